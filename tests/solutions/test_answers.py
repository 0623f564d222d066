"""Every assignment's probes: known mistakes are caught and named, fair answers pass, and nothing earns nothing.

An assignment joins by adding files: ``solutions/<assignment>/`` and, in ``<assignment>/`` beside this file,

- ``fair.toml``: right answers that look unlike ours;
- ``empty.toml``: answers that must earn nothing, beyond those that are made for every exercise;
- ``wrong.toml``: mistakes for which no hint is kept, because what they answer hangs on what was asked before.
"""

from time import process_time

import counts
import exercises
import pytest
from empty_answers import STUB, empty_answers
from exercises import authored
from twins import twins

from autograder.fair_answers import fill_regions, find_regions

each_exercise = pytest.mark.parametrize(("assignment", "exercise"), exercises.every_exercise())
each_assignment = pytest.mark.parametrize("assignment", exercises.assignments())
FAIR_ANSWERS = 40  # for each assignment


def seeds_for(world, exercise, what):
    """Keras answers take long, so they are asked with fewer seeds; a class's seed is another one anyway.

    Right answers that draw numbers of their own are asked with more, for there is luck in their verdict.
    """
    random = what == "fair answer" and any(probe.measure for probe in world.assignment.probes_of(exercise))
    where = "Keras" if world.is_keras(exercise) else "NumPy"
    return range(counts.count(f"seeds for each {what} in {where}{' that is random' * random}"))


@each_exercise
def test_every_misconception_is_caught_and_told_apart(in_process, assignment, exercise):
    world = in_process(assignment)
    mistakes = [each for each in world.assignment.misconceptions if each.exercise == exercise]
    assert mistakes
    for seed in seeds_for(world, exercise, "known mistake"):
        wrong = {each: world.ask(world.namespace(exercise, each.wrong_cell), exercise, seed) for each in mistakes}
        for mistake in mistakes:
            result = world.judge(exercise, wrong[mistake], seed, wrong)
            assert result.points < result.out_of, f"{mistake.name} is not caught with seed {seed}"
            assert [each.name for each in result.diagnoses] == [mistake.name], f"seed {seed}"


@each_exercise
def test_fair_answers_earn_every_point(in_process, assignment, exercise):
    world = in_process(assignment)
    answers = [each for each in authored(assignment, "fair.toml") if each.exercise == exercise]
    assert answers
    for seed in seeds_for(world, exercise, "fair answer"):
        for answer in answers:
            result = world.judge(exercise, world.ask(world.namespace(exercise, answer.cell), exercise, seed), seed)
            lost = {each.probe: each.sentence for each in result.verdicts if not each.earns}
            assert lost == {}, f"{answer.name} with seed {seed}"
            assert result.points == result.out_of


@each_exercise
def test_other_wrong_answers_lose_points(in_process, assignment, exercise):
    world = in_process(assignment)
    for answer in authored(assignment, "wrong.toml"):
        if answer.exercise == exercise:
            for seed in seeds_for(world, exercise, "known mistake"):
                result = world.judge(exercise, world.ask(world.namespace(exercise, answer.cell), exercise, seed), seed)
                assert result.points < result.out_of, f"{answer.name} is not caught with seed {seed}"


@each_assignment
def test_there_are_many_fair_answers_and_no_two_are_the_same(in_process, assignment):
    answers = authored(assignment, "fair.toml")
    assert len(answers) >= FAIR_ANSWERS
    cells = {f"{name}: the reference": source for name, (source, _) in in_process(assignment).exercises.items()}
    assert twins(cells | {f"{answer.exercise}: {answer.name}": answer.cell for answer in answers}) == []


@each_exercise
def test_empty_answers_score_nothing(in_process, assignment, exercise):
    world = in_process(assignment)
    keras = world.is_keras(exercise)

    def run(cell):
        return world.namespace(exercise, cell)

    answers = dict(empty_answers(world.exercises[exercise][0], world.namespace(exercise)))
    assert len(answers) > 8
    for answer in authored(assignment, "empty.toml"):
        if answer.exercise == exercise:
            answers[answer.name] = lambda run, answer=answer: run(answer.cell)
    for label, make in answers.items():
        for seed in range(1 if keras else counts.count("seeds for each empty answer")):
            result = world.judge(exercise, world.ask(make(run), exercise, seed), seed)
            earning = [each.probe for each in result.verdicts if each.earns]
            assert result.points == 0, f"{label} with seed {seed}: {earning}"


@each_exercise
def test_untouched_and_missing_answers_are_called_that(in_process, assignment, exercise):
    world = in_process(assignment)
    source = world.exercises[exercise][0]
    untouched = world.namespace(exercise, fill_regions(source, {region: STUB for region in find_regions(source)}))
    result = world.judge(exercise, world.ask(untouched, exercise, 0), 0)
    assert result.points == 0
    assert {each.outcome for each in result.verdicts} == {"not answered"}
    result = world.judge(exercise, world.ask({}, exercise, 0), 0)
    assert result.points == 0
    assert f"`{exercise}` is missing" in result.verdicts[0].sentence


@each_exercise
def test_reference_answers_each_probe_within_a_second(in_process, assignment, exercise):
    world = in_process(assignment)
    world.reference(exercise, 0)  # the first call imports and compiles
    begun = process_time()
    replies = world.ask(world.namespace(exercise), exercise, 1)
    assert process_time() - begun < len(replies)
    assert all(reply.failure is None and reply.outputs for reply in replies.values())


@each_assignment
def test_probes_draw_the_same_from_one_seed_and_others_from_another(in_process, assignment):
    for probe in in_process(assignment).assignment.probes:
        assert repr(probe.inputs(1)) == repr(probe.inputs(1))
        assert repr(probe.inputs(1)) != repr(probe.inputs(2)), probe.id
