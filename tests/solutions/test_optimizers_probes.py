"""The probes of 2-optimizers: known mistakes are caught and named, fair answers pass, and nothing earns nothing."""

import tomllib
from pathlib import Path

import counts
import pytest

NUMPY = ("momentum_step", "adagrad_step", "rmsprop_step", "adam_step")
KERAS = ("Adagrad", "RMSProp")
REGIONS = {"body": 0, "build": 0, "update_step": 1, "get_config": 2}
FAIR = tomllib.loads(Path(__file__).with_name("fair_answers_optimizers.toml").read_text(encoding="utf-8"))["answer"]

# Keras compiles a training step twice for every answer: about a second each, for some sixty answers.
EXERCISES = [*NUMPY, *(pytest.param(name, marks=pytest.mark.slow) for name in KERAS)]


def seeds_for(exercise, what):
    """Keras answers take a second each, so they are asked with fewer seeds; a class's seed is another one anyway."""
    return range(counts.count(f"seeds for each {what} in {'NumPy' if exercise in NUMPY else 'Keras'}"))


@pytest.fixture(scope="module")
def reference(optimizers):
    """What the reference answers, by exercise and seed, asked once."""
    known = {}

    def ask(exercise, seed):
        if (exercise, seed) not in known:
            known[exercise, seed] = optimizers.ask(optimizers.namespace(exercise), exercise, seed)
        return known[exercise, seed]

    return ask


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_misconception_is_caught_and_told_apart(optimizers, reference, exercise):
    mistakes = [each for each in optimizers.assignment.misconceptions if each.exercise == exercise]
    assert mistakes
    for seed in seeds_for(exercise, "known mistake"):
        wrong = {each: optimizers.ask(optimizers.namespace(exercise, each.wrong_cell), exercise, seed)
                 for each in mistakes}  # fmt: skip
        for mistake in mistakes:
            result = optimizers.judge(exercise, wrong[mistake], reference(exercise, seed), wrong)
            assert result.points < result.out_of, f"{mistake.name} is not caught with seed {seed}"
            assert [each.name for each in result.diagnoses] == [mistake.name], f"seed {seed}"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_fair_answers_earn_every_point(optimizers, reference, exercise):
    answers = [each for each in FAIR if each["exercise"] == exercise]
    assert answers
    for seed in seeds_for(exercise, "fair answer"):
        for answer in answers:
            regions = {REGIONS[key]: text for key, text in answer.items() if key in REGIONS}
            cell = optimizers.with_solution(exercise, answer.get("before", ""), regions)
            replies = optimizers.ask(optimizers.namespace(exercise, cell), exercise, seed)
            result = optimizers.judge(exercise, replies, reference(exercise, seed))
            lost = {each.probe: each.sentence for each in result.verdicts if not each.earns}
            assert lost == {}, f"{answer['name']} with seed {seed}"


def test_fair_answers_are_well_formed(optimizers):
    assert len(FAIR) >= 50
    for answer in FAIR:
        assert answer["exercise"] in (*NUMPY, *KERAS)
        assert set(answer) <= {"name", "exercise", "before", *REGIONS}, answer["name"]
        assert set(answer) - {"name", "exercise"}, f"{answer['name']} is the reference itself"
    labels = [(answer["exercise"], answer["name"]) for answer in FAIR]
    assert len(labels) == len(set(labels))


STATES = {"adam_step": 2}
NOTHING = {
    "identity": lambda states: lambda *given, **settings: given[: 1 + states],
    "zeros": lambda states: lambda *given, **settings: [0 * each for each in given[: 1 + states]],
    "ones": lambda states: lambda *given, **settings: [0 * each + 1 for each in given[: 1 + states]],
    "NaN": lambda states: lambda *given, **settings: [each * float("nan") for each in given[: 1 + states]],
    "numbers": lambda states: lambda *given, **settings: [0.5] * (1 + states),
    "None": lambda states: lambda *given, **settings: None,
    "several None": lambda states: lambda *given, **settings: [None] * (1 + states),
    "text": lambda states: lambda *given, **settings: "weights"[: 1 + states],
    "the gradient": lambda states: lambda *given, **settings: [given[1 + states]] * (1 + states),
    "one array": lambda states: lambda *given, **settings: given[0],
    "empty arrays": lambda states: lambda *given, **settings: [given[0].ravel()[:0]] * (1 + states),
    "not a function": lambda states: 3,
}


@pytest.mark.parametrize("answer", NOTHING)
@pytest.mark.parametrize("exercise", NUMPY)
def test_empty_answers_score_nothing(optimizers, reference, exercise, answer):
    names = {exercise: NOTHING[answer](STATES.get(exercise, 1))}
    for seed in range(counts.count("seeds for each empty answer")):
        result = optimizers.judge(exercise, optimizers.ask(names, exercise, seed), reference(exercise, seed))
        earning = [each.probe for each in result.verdicts if each.earns]
        assert result.points == 0, f"seed {seed}: {earning}"


EMPTY_CLASSES = {
    "does nothing": {0: "super().build(variables)", 1: "pass", 2: "return super().get_config()"},
    "keeps state, never steps": {1: "pass"},
    "weights become zero": {1: "self.assign(variable, ops.zeros_like(variable))"},
    "weights and state become zero": {
        1: "for each in (variable, self.accumulators[self._get_variable_index(variable)]):\n    each.assign(each * 0)"
    },
    "None": {0: "return None", 1: "return None", 2: "return None"},
    "gradient descent": {1: "self.assign_sub(variable, learning_rate * gradient)"},
}


@pytest.mark.slow  # each class is compiled twice, about a second each
@pytest.mark.parametrize("answer", EMPTY_CLASSES)
@pytest.mark.parametrize("exercise", KERAS)
def test_empty_classes_score_nothing(optimizers, reference, exercise, answer):
    names = optimizers.namespace(exercise, optimizers.with_solution(exercise, regions=EMPTY_CLASSES[answer]))
    result = optimizers.judge(exercise, optimizers.ask(names, exercise, 0), reference(exercise, 0))
    assert result.points == 0, [each.probe for each in result.verdicts if each.earns]


@pytest.mark.parametrize("exercise", [*NUMPY, *KERAS])
def test_untouched_and_missing_answers_score_nothing(optimizers, reference, exercise):
    stub = {number: "# YOUR CODE HERE\nraise NotImplementedError()" for number in range(3)}
    untouched = optimizers.namespace(exercise, optimizers.with_solution(exercise, regions=stub))
    result = optimizers.judge(exercise, optimizers.ask(untouched, exercise, 0), reference(exercise, 0))
    assert result.points == 0
    assert {each.outcome for each in result.verdicts} == {"not answered"}
    result = optimizers.judge(exercise, optimizers.ask({}, exercise, 0), reference(exercise, 0))
    assert result.points == 0
    assert f"`{exercise}` is missing" in result.verdicts[0].sentence


@pytest.mark.parametrize("exercise", [*NUMPY, *KERAS])
def test_reference_answers_each_probe_within_a_second(optimizers, reference, exercise):
    from time import process_time

    reference(exercise, 0)  # the first call imports and compiles
    begun = process_time()
    replies = optimizers.ask(optimizers.namespace(exercise), exercise, 1)
    assert process_time() - begun < len(replies)
    assert all(reply.failure is None and reply.outputs for reply in replies.values())


def test_probes_draw_the_same_from_one_seed_and_others_from_another(optimizers):
    for probe in optimizers.assignment.probes:
        assert repr(probe.inputs(1)) == repr(probe.inputs(1))
        assert repr(probe.inputs(1)) != repr(probe.inputs(2)), probe.id
