"""What a probe may be, what is refused, and how a check's points are shared among its probes."""

import numpy as np
import pytest

from autograder.errors import AuthoringError
from autograder.probes import Probe, free_names, load_probes, share, worth


def probe(name, weight=1.0, requires="", check="scale"):
    return Probe(check, name, "a question", lambda rng: {}, lambda student, inputs: {}, weight, requires)


@pytest.fixture
def probes_file(course):
    return course / "solutions" / "1-numbers" / "probes.py"


@pytest.fixture
def edit(probes_file):
    """Change the small course's probes at one place."""

    def replace(old, new):
        text = probes_file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        probes_file.write_text(text.replace(old, new), encoding="utf-8")

    return replace


def line_of(path, start):
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


def test_the_small_courses_probes_load(probes_file):
    probes = load_probes(probes_file)
    assert [probe.id for probe in probes] == ["scale/any-factor", "scale/default", "scale/purity", "shift/values"]
    assert probes[0].source().startswith("def ask_scale(student, inputs):")


def test_loading_leaves_nothing_beside_the_file_and_sees_every_edit(probes_file, edit):
    before = load_probes(probes_file)
    edit("weight=2", "weight=3")  # the same length, within the same second: a stale bytecode cache would hide it
    assert (before[0].weight, load_probes(probes_file)[0].weight) == (2, 3)
    assert sorted(path.name for path in probes_file.parent.iterdir()) == [
        "misconceptions.toml",
        "numbers.py",
        "probes.py",
    ]


def test_inputs_hang_on_the_seed_and_on_the_probes_name_alone(probes_file):
    first, second = load_probes(probes_file)[:2]
    again = load_probes(probes_file)[0]
    np.testing.assert_array_equal(first.inputs(7)["values"], again.inputs(7)["values"])
    assert not np.array_equal(first.inputs(7)["values"], first.inputs(8)["values"])
    assert not np.array_equal(first.inputs(7)["values"], second.inputs(7)["values"])


def test_probes_drawn_together_get_the_same_inputs(probes_file, edit):
    edit('requires="any-factor"', 'requires="any-factor", drawn_with="default"')
    _, default, purity, _ = load_probes(probes_file)
    for seed in range(3):
        np.testing.assert_array_equal(default.inputs(seed)["values"], purity.inputs(seed)["values"])
    assert not np.array_equal(purity.inputs(0)["values"], purity.inputs(1)["values"])


FIRST, DEFAULT, SHIFT = "def ask_scale(", "def ask_scale_default(", "def ask_shift("
BAD = {
    "a name that does not exist there": (
        'student.scale(inputs["values"])}',
        'helper(student.scale(inputs["values"]))}',
        DEFAULT,
        "the asking half of 'scale/default' uses helper, which it neither imports nor defines",
    ),
    "two of one name": (
        'Probe("scale", "default"',
        'Probe("scale", "any-factor"',
        DEFAULT,
        "two probes are called 'scale/any-factor'",
    ),
    "requires no probe": (
        'requires="any-factor"',
        'requires="values"',
        "def ask_purity(",
        "'scale/purity' requires 'values', which is no probe of 'scale'",
    ),
    "drawn with no probe": (
        'requires="any-factor"',
        'requires="any-factor", drawn_with="values"',
        "def ask_purity(",
        "'scale/purity' is drawn with 'values', which is no probe of 'scale'",
    ),
    "weight 0": ("weight=2", "weight=0", FIRST, "the weight of 'scale/any-factor' must be a number above 0, got 0"),
    "weight nan": ("weight=2", "weight=float('nan')", FIRST, "must be a number above 0, got nan"),
    "weight text": ("weight=2", "weight='2'", FIRST, "must be a number above 0, got '2'"),
    "no time": ("seconds=2", "seconds=0", SHIFT, "the seconds of 'shift/values' must be a number above 0, got 0"),
    "a measure without a false alarm": (
        "seconds=2",
        "measure=max",
        SHIFT,
        "'shift/values' needs a false alarm above 0 and at most 1e-06 where it has a measure, and none where it has "
        "not; got 0.0",
    ),
    "a false alarm without a measure": ("seconds=2", "false_alarm=1e-7", SHIFT, "and none where it has not; got 1e-07"),
    "too many false alarms": ("seconds=2", "measure=max, false_alarm=1e-5", SHIFT, "where it has a measure"),
    "a false alarm that is no number": ("seconds=2", "measure=max, false_alarm='no'", SHIFT, "got 'no'"),
    "spoiled by itself": (
        "seconds=2",
        'spoiled_by=("shift",)',
        SHIFT,
        "'shift/values' is said to be spoiled by its own check",
    ),
    "requires what requires": (
        "draw_values, ask_scale_default)",
        'draw_values, ask_scale_default, requires="purity")',
        DEFAULT,
        "'scale/default' requires 'purity', which itself requires another probe; name one that checks values",
    ),
    "not Python": (
        "def ask_shift(student, inputs):",
        "def ask_shift(student inputs):",
        SHIFT,
        "SyntaxError: invalid syntax",
    ),
    "it raises": ("PROBES = [", "PROBES = [1 / 0,", "PROBES = [", "ZeroDivisionError: division by zero"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_probe_is_refused_with_file_and_line(case, probes_file, edit):
    old, new, start, sentence = BAD[case]
    edit(old, new)
    with pytest.raises(AuthoringError) as refused:
        load_probes(probes_file)
    told = str(refused.value)
    assert told.startswith(f"{probes_file}:{line_of(probes_file, start)}: "), told
    assert sentence in told
    assert "\n" not in told


def test_probes_must_be_a_list_of_probes(probes_file):
    probes_file.write_text("PROBES = (1, 2)\n", encoding="utf-8")
    with pytest.raises(AuthoringError, match="PROBES must be a list of Probe, got tuple"):
        load_probes(probes_file)


def test_an_asking_half_that_is_a_lambda_is_refused(probes_file, edit):
    edit("draw_values, ask_shift", "draw_values, lambda student, inputs: {}")
    with pytest.raises(AuthoringError, match="'shift/values' must be a function made with def"):
        load_probes(probes_file)


@pytest.mark.parametrize(
    ("body", "free"),
    [
        ("return x + inputs", {"x"}),
        ("x = 1\n    return x", set()),
        ("import math as m\n    return m.pi", set()),
        ("return [v for v in inputs]", set()),
        ("def f(a, *b, **c): return a\n    return f", set()),
        ("try: pass\n    except ValueError as error: return error", {"ValueError"}),
        ("return np.zeros(3)", {"np"}),
    ],
)
def test_free_names(body, free):
    assert free_names(f"def ask(student, inputs):\n    {body}\n") == free


@pytest.mark.parametrize(
    ("passed", "points"),
    [
        (set(), 0.0),
        ({"values"}, 2.0),
        ({"default"}, 1.0),
        ({"purity"}, 0.0),
        ({"values", "purity"}, 3.0),
        ({"default", "purity"}, 1.0),
        ({"values", "default", "purity"}, 4.0),
    ],
)
def test_points_are_shared_by_weight_and_a_property_earns_only_with_values(passed, points):
    probes = [probe("values", weight=2), probe("default"), probe("purity", requires="values")]
    assert share(4.0, probes, passed) == points


def test_the_whole_is_exact_and_a_part_is_rounded_to_cents():
    probes = [probe("a"), probe("b"), probe("c")]
    assert share(0.1, probes, {"a", "b", "c"}) == 0.1
    assert share(1, probes, {"a"}) == 0.33


def test_what_the_probes_are_worth_adds_up():
    probes = [probe("a", weight=2), probe("b"), probe("c", weight=0.5)]
    assert [worth(7.0, each, probes) for each in probes] == [4.0, 2.0, 1.0]
