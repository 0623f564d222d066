"""The reference and every misconception are asked through a real kernel, once; then the cache answers."""

import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from autograder import worlds
from autograder.assignment import load_assignment
from autograder.errors import AuthoringError
from autograder.judge import differ
from autograder.worlds import expected_answers, goes_through, is_keras, slowness, verify_probes, waited_since, waiting

SEED = 12345


@pytest.fixture(scope="module")
def asked(built_course, tmp_path_factory):
    """The small course's answers, and the folder that caches them."""
    cache, said = tmp_path_factory.mktemp("expected"), []
    assignment = load_assignment(built_course / "solutions" / "1-numbers")
    expected = expected_answers(assignment, SEED, cache, say=said.append)
    return assignment, expected, cache, said


def test_mistakes_are_asked_when_they_are_wanted_and_once(built_course, tmp_path):
    assignment, said = load_assignment(built_course / "solutions" / "1-numbers"), []
    expected = expected_answers(assignment, SEED, tmp_path, say=said.append)
    assert said == ["1-numbers: asking the reference of numbers"]
    assert set(expected.wrong) == {"scale", "shift"}
    assert len(said) == 1
    for check in ("scale", "shift", "scale"):
        assert expected.wrong[check]
    assert said[1:] == ["1-numbers: asking the known mistakes of numbers"]
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(KeyError):
        expected.wrong["none"]


@pytest.fixture
def no_kernel(monkeypatch):
    def refuse(*arguments, **settings):
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(worlds, "OwnNotebookClient", refuse)


def test_the_reference_answers_every_probe(asked):
    assignment, expected, _, said = asked
    assert {check: set(answers) for check, answers in expected.reference.items()} == {
        "scale": {"any-factor", "default", "purity"},
        "shift": {"values"},
    }
    any_factor, default, purity = (probe.inputs(SEED) for probe in assignment.probes_of("scale"))
    scale = {name: answer.outputs for name, answer in expected.reference["scale"].items()}
    np.testing.assert_allclose(scale["any-factor"]["scaled"], any_factor["values"] * any_factor["number"])
    np.testing.assert_allclose(scale["default"]["scaled"], default["values"] * 3.0)
    np.testing.assert_array_equal(scale["purity"]["values after the call"], purity["values"])
    assert said[0] == "1-numbers: asking the reference of numbers"


def test_each_misconception_differs_from_the_reference_and_from_the_others(asked):
    _, expected, *_ = asked
    assert {check: [mistake.name for mistake in wrong] for check, wrong in expected.wrong.items()} == {
        "scale": ["scale-adds", "scale-squares"],
        "shift": ["shift-subtracts"],
    }
    for check, wrong in expected.wrong.items():
        for answers in wrong.values():
            assert set(answers) == set(expected.reference[check])
            assert any(differ(expected.reference[check][name], answer) for name, answer in answers.items())
    adds, squares = expected.wrong["scale"].values()
    assert differ(adds["any-factor"], squares["any-factor"])


def test_a_misconception_does_not_spoil_what_is_asked_after_it(asked):
    assignment, expected, *_ = asked
    inputs = assignment.probes_of("shift")[0].inputs(SEED)
    shifted = expected.reference["shift"]["values"].outputs["shifted"]
    np.testing.assert_allclose(shifted, inputs["values"] + inputs["number"])


@pytest.mark.usefixtures("no_kernel")
def test_the_second_time_the_cache_answers(asked):
    assignment, expected, cache, _ = asked
    again = expected_answers(assignment, SEED, cache, say=pytest.fail)
    for check, answers in expected.reference.items():
        for name, answer in answers.items():
            assert differ(answer, again.reference[check][name]) == ""
    assert list(again.wrong["scale"]) == list(expected.wrong["scale"])


@pytest.mark.usefixtures("no_kernel")
def test_the_cache_is_keyed_by_seed_and_version(asked, tmp_path):
    assignment, _, cache, _ = asked
    with pytest.raises(AssertionError, match="a kernel was started"):
        expected_answers(assignment, SEED + 1, cache, say=lambda line: None)
    changed = tmp_path / "1-numbers"
    shutil.copytree(assignment.folder, changed)
    expected_answers(load_assignment(changed), SEED, cache, say=pytest.fail)
    with (changed / "probes.py").open("a", encoding="utf-8") as file:
        file.write("# a remark\n")
    with pytest.raises(AssertionError, match="a kernel was started"):
        expected_answers(load_assignment(changed), SEED, cache, say=lambda line: None)
    with pytest.raises(AssertionError, match="a kernel was started"):
        expected_answers(assignment, SEED, None, say=lambda line: None)


@pytest.mark.usefixtures("no_kernel")
def test_another_librarys_version_asks_anew(asked, monkeypatch):
    assignment, _, cache, _ = asked
    monkeypatch.setattr(worlds, "version", lambda name: "0.0")
    with pytest.raises(AssertionError, match="a kernel was started"):
        expected_answers(assignment, SEED, cache, say=lambda line: None)


def reply(**reply):
    return repr(json.dumps(reply))


BAD = {
    "it raises": (reply(error={"type": "ValueError", "message": "no"}), "fails in the reference: ValueError: no"),
    "it yields nothing": (reply(outputs={}), "yields nothing in the reference"),
    "it yields no array": (
        reply(outputs={"out": {"kind": "other", "type": "NoneType"}}),
        "yields 'out' in the reference as NoneType, expected an array",
    ),
    "no reply": (None, "got no reply from the reference"),
}


@pytest.mark.usefixtures("no_kernel")
@pytest.mark.parametrize("case", BAD)
def test_a_probe_that_fails_in_the_reference_is_named(case, asked, tmp_path):
    assignment, _, cache, _ = asked
    text, sentence = BAD[case]
    (path,) = cache.glob("*-reference.json")
    said = json.loads(path.read_text(encoding="utf-8"))
    said["scale"]["reference"]["default"] = text
    (tmp_path / path.name).write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(AuthoringError) as refused:
        expected_answers(assignment, SEED, tmp_path, say=pytest.fail)
    assert str(refused.value).startswith(f"{assignment.folder / 'probes.py'}:")
    assert "'scale/default'" in str(refused.value)
    assert sentence in str(refused.value)


def rewritten(course, old, new):
    path = course / "solutions" / "1-numbers" / "probes.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return load_assignment(path.parent)


def test_a_probe_that_raises_in_a_real_kernel_is_named_and_nothing_is_cached(course, tmp_path):
    assignment = rewritten(course, 'student.scale(inputs["values"])}', 'student.scales(inputs["values"])}')
    with pytest.raises(AuthoringError, match=r"'scale/default' fails in the reference: NameError: `scales` is missing"):
        expected_answers(assignment, SEED, tmp_path / "cache", say=lambda line: None)
    assert not (tmp_path / "cache").exists()


def test_a_probe_that_ends_the_kernel_is_named(course):
    ask = 'student.scale(inputs["values"])}'
    assignment = rewritten(course, ask, f"__import__('os')._exit(0) or {ask}")
    with pytest.raises(AuthoringError, match=r"numbers\.py gives no reply to 'scale/default': the kernel died"):
        expected_answers(assignment, SEED, say=lambda line: None)


def test_a_keras_notebook_is_known_by_its_import(asked, course):
    (notebook,) = asked[0].notebooks
    assert not is_keras(notebook)
    path = course / "solutions" / "1-numbers" / "numbers.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("import numpy as np", "import numpy as np\nfrom keras import ops"), encoding="utf-8")
    (notebook,) = load_assignment(path.parent).notebooks
    assert is_keras(notebook)


# --- A mistake in one exercise is asked the probes of the later ones that go through it ---

THROUGH_SCALE = "shifted = scale(values, 1.0) + by"


def spoil(course, declared):
    """Let `shift` go through `scale`, declared in its probe or not."""
    notebook = course / "solutions" / "1-numbers" / "numbers.py"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace("shifted = values + by", THROUGH_SCALE), encoding="utf-8")
    mistakes = course / "solutions" / "1-numbers" / "misconceptions.toml"
    text = mistakes.read_text(encoding="utf-8")
    mistakes.write_text(text.replace('"values + by"', '"1.0) + by"').replace('"values - by"', '"1.0) - by"'))
    return rewritten(course, "seconds=2)", 'seconds=2, spoiled_by=("scale",))' if declared else "seconds=3)")


@pytest.mark.parametrize("declared", [True, False])
def test_a_mistake_is_asked_what_goes_through_it_declared_or_not(course, declared):
    assignment = spoil(course, declared)
    assert goes_through(assignment, assignment.notebooks[0], "shift") == ["scale"]
    assert goes_through(assignment, assignment.notebooks[0], "scale") == []
    expected = expected_answers(assignment, SEED, say=lambda line: None)
    wrong = {mistake.name: answers["values"] for mistake, answers in expected.wrong["shift"].items()}
    assert list(wrong) == ["shift-subtracts", "scale-adds", "scale-squares"]
    right = expected.reference["shift"]["values"]
    inputs = assignment.probes_of("shift")[0].inputs(SEED)
    np.testing.assert_allclose(right.outputs["shifted"], inputs["values"] + inputs["number"])
    np.testing.assert_allclose(wrong["scale-adds"].outputs["shifted"], inputs["values"] + 1.0 + inputs["number"])
    assert differ(right, wrong["scale-squares"]) == ""  # a factor of 1 twice is a factor of 1
    assert set(expected.wrong["scale"]) == set(assignment.misconceptions[:2])


def test_a_probe_for_its_own_mistakes_alone_is_not_asked_of_others(course):
    spoil(course, declared=True)
    assignment = rewritten(course, "seconds=2,", "seconds=2, own_only=True,")
    expected = expected_answers(assignment, SEED, say=lambda line: None)
    assert [mistake.name for mistake in expected.wrong["shift"]] == ["shift-subtracts"]
    assert set(expected.wrong["scale"]) == set(assignment.misconceptions[:2])


def test_an_exercise_named_only_in_a_probes_inputs_is_gone_through(course):
    old = "def draw_values(rng):\n    return {"
    assignment = rewritten(course, old, f'{old}"name": "scale", ')
    assert goes_through(assignment, assignment.notebooks[0], "shift") == ["scale"]


# --- Probes that the judge could not rely on are refused while building ---

UNRELIABLE = {
    "it raises": ('student.shift(inputs["values"], by=inputs["number"])', "1 / 0", "fails in the reference: ZeroDiv"),
    "it yields nothing": (
        'return {"shifted": student.shift(inputs["values"], by=inputs["number"])}',
        "return {}",
        "yields nothing in the reference",
    ),
    "other names the second time": (
        '{"shifted": student.shift(',
        "{f\"shifted {inputs['values'][0, 0] > 0} {int(inputs['number'] * 1e6)}\": student.shift(",
        "in one run and not in the other",
    ),
    "too slow": (
        'return {"shifted": student.shift(',
        'import time\n    time.sleep(1.1)\n    return {"shifted": student.shift(',
        "takes 1.1 seconds in the reference; at most one is allowed",
    ),
    "only its inputs": (
        '{"shifted": student.shift(inputs["values"], by=inputs["number"])}',
        '{"values": inputs["values"]}',
        "expects nothing but what it hands in, so an answer that does nothing would earn it",
    ),
    "a measure that raises": (
        "ask_shift, seconds=2",
        "ask_shift, seconds=2, measure=lambda inputs, outputs: outputs['none'], false_alarm=1e-6",
        "its measure fails on the reference: KeyError: 'none'",
    ),
    "a measure of nothing": (
        "ask_shift, seconds=2",
        "ask_shift, seconds=2, measure=lambda inputs, outputs: {}, false_alarm=1e-6",
        "its measure must give Measurements by name, got {}",
    ),
    "an infinite margin": (
        "ask_shift, seconds=2",
        "ask_shift, seconds=2, measure=lambda inputs, outputs: {'x': Measurement(1.0, np.inf)}, false_alarm=1e-6",
        "its measure gives a number that is not finite in the reference",
    ),
}


@pytest.mark.parametrize("case", UNRELIABLE)
def test_an_unreliable_probe_is_named(case, course, monkeypatch):
    monkeypatch.setattr(worlds, "slowness", lambda: 1.0)
    old, new, sentence = UNRELIABLE[case]
    rewritten(course, "import Probe", "import Measurement, Probe")
    assignment = rewritten(course, old, new)
    with pytest.raises(AuthoringError) as refused:
        verify_probes(assignment, say=lambda line: None)
    probe = assignment.probes_of("shift")[0]
    assert str(refused.value).startswith((f"{assignment.folder / 'probes.py'}:{probe.line}: 'shift/values'",
                                          f"{assignment.folder / 'probes.py'}: 'shift/values'"))  # fmt: skip
    assert sentence in str(refused.value)


def test_a_second_is_a_second_of_an_ordinary_machine(course, monkeypatch):
    old, new, _ = UNRELIABLE["too slow"]
    assignment = rewritten(course, old, new)
    monkeypatch.setattr(worlds, "slowness", lambda: 2.0)
    verify_probes(assignment, say=lambda line: None)


def test_slowness_is_about_1_or_more_wherever_this_runs():
    assert 0.2 < slowness() < 100


def test_reliable_probes_are_asked_and_pass(course):
    said = []
    verify_probes(load_assignment(course / "solutions" / "1-numbers"), say=said.append)
    assert said == ["1-numbers: asking the solved numbers every probe twice"]


@pytest.mark.slow  # two processes share a processor for half a second
def test_time_without_a_processor_is_told_from_time_that_computes():
    (processor, *_) = allowed = os.sched_getaffinity(0)
    rival = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        os.sched_setaffinity(rival.pid, {processor})
        os.sched_setaffinity(0, {processor})
        before, started = waiting(os.getpid()), time.perf_counter()
        while time.perf_counter() < started + 0.5:
            pass
        crowded = waited_since(before, waiting(os.getpid()))
    finally:
        os.sched_setaffinity(0, allowed)
        rival.kill()
        rival.wait()
    assert 0.1 < crowded < 0.5
    before = waiting(os.getpid())
    time.sleep(0.2)  # who sleeps is not ready, so nothing of it is taken off
    assert waited_since(before, waiting(os.getpid())) < 0.1
    assert waiting(2**22 + 1) == {}
