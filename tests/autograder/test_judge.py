"""From arrays to a verdict: what passes, what is said of the rest, how points are shared, and which mistake it was."""

import warnings

import numpy as np
import pytest

from autograder.chance import share_margin
from autograder.judge import (
    DIED,
    ERROR,
    NOT_ANSWERED,
    NOT_REACHED,
    RIGHT,
    TIMED_OUT,
    WRONG,
    NoAnswer,
    diagnose,
    differ,
    judge_check,
    same,
)
from autograder.misconceptions import Misconception
from autograder.probes import Measurement, Probe
from autograder.wire import Answer, Failure, Other
from autograder.words import Words


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def gives(value, name="out"):
    return Answer({name: value if isinstance(value, Other) else np.asarray(value)})


def raises(kind, message="", line=""):
    return Answer(failure=Failure(kind, message, line))


def probe(name, weight=1.0, requires=""):
    return Probe("scale", name, f"about {name}", lambda rng: {}, lambda student, inputs: {}, weight, requires)


def mistake(name):
    return Misconception(name, "scale", f"the hint of {name}", "")


RIGHT_VALUES = np.array([[1.25, -2.5], [3.75, 0.0]])
F32 = np.float32

PASSES = {
    "the same": (RIGHT_VALUES, RIGHT_VALUES.copy()),
    "Fortran order": (RIGHT_VALUES, np.asfortranarray(RIGHT_VALUES)),
    "integers for whole numbers": (np.array([1.0, 2.0]), np.array([1, 2])),
    "an unsigned small integer": (np.array([1.0, 2.0]), np.array([1, 2], dtype=np.uint8)),
    "float32 for float32": (np.array([1.0], F32), np.array([1.0], F32)),
    "float64 for float32": (np.array([0.1], F32), np.array([0.1])),
    "float32 for float64 where exact": (np.array([0.5]), np.array([0.5], F32)),
    "a number for a 0-d array": (np.array(2.0), np.float64(2.0)),
    "empty": (np.zeros((0, 4)), np.zeros((0, 4))),
    "bool": (np.array([True, False]), np.array([True, False])),
    "NaN where it belongs": (np.array([np.nan, 1.0]), np.array([np.nan, 1.0])),
    "infinity where it belongs": (np.array([-np.inf, 1.0]), np.array([-np.inf, 1.0])),
    "within relative tolerance": (np.array([1000.0]), np.array([1000.0 * (1 + 0.9e-6)])),
    "within absolute tolerance": (np.array([0.0]), np.array([0.9e-9])),
    "within float32's relative tolerance": (np.array([1000.0], F32), np.array([1000.0 * (1 + 0.9e-3)])),
    "within float32's absolute tolerance": (np.array([0.0], F32), np.array([0.9e-5])),
    "integers": (np.array([3, 4]), np.array([3.0, 4.0])),
    "the same other thing": (Other("dict"), Other("dict")),
}


@pytest.mark.parametrize("name", PASSES)
def test_it_passes(name):
    right, got = PASSES[name]
    assert differ(gives(right), gives(got)) == ""


# what was expected, what came, and what is said
FAILS = {
    "None": (RIGHT_VALUES, Other("NoneType"), "`out` came back as nothing (None), where an array or a number"),
    "a text": (RIGHT_VALUES, Other("str"), "`out` came back as a value of type str, where an array or a number"),
    "complex": (RIGHT_VALUES, RIGHT_VALUES + 0j, "`out` came back with numbers of type complex128, where real numbers"),
    "bool": (np.array([1.0, 0.0]), np.array([True, False]), "came back with numbers of type bool"),
    "a number for a bool": (np.array([True]), np.array([1.0]), "came back with numbers of type float64"),
    "shape (1,) for ()": (np.array(2.0), np.array([2.0]), "in shape (1,), where shape () was expected"),
    "shape () for (1,)": (np.array([2.0]), np.array(2.0), "in shape (), where shape (1,) was expected"),
    "a scalar for equal entries": (np.full(3, 2.0), np.array(2.0), "in shape (), where shape (3,) was expected"),
    "a row for a matrix of equal rows": (np.ones((2, 3)), np.ones(3), "in shape (3,), where shape (2, 3) was"),
    "a row for a column": (np.ones((3, 1)), np.ones((1, 3)), "in shape (1, 3), where shape (3, 1) was expected"),
    "(1, 1) for ()": (np.array(1.0), np.ones((1, 1)), "in shape (1, 1), where shape () was expected"),
    "empty for a number": (np.array(1.0), np.zeros((0, 4)), "in shape (0, 4), where shape () was expected"),
    "empty for empty of another shape": (np.zeros((0, 4)), np.zeros((4, 0)), "in shape (4, 0), where shape (0, 4)"),
    "NaN": (
        RIGHT_VALUES,
        np.where(RIGHT_VALUES == 0, np.nan, RIGHT_VALUES),
        "as float64 in shape (2, 2), with nan at [1, 1], where a finite",
    ),
    "infinity": (
        np.array([1.0, 2.0]),
        np.array([1.0, -np.inf]),
        "as float64 in shape (2,), with -inf at [1], where a finite number",
    ),
    "a number for NaN": (np.array([np.nan]), np.array([0.5]), "in shape (1,), with 0.5 at [0], which is wrong."),
    "the other infinity": (np.array([np.inf]), np.array([-np.inf]), "with -inf at [0], which is wrong."),
    "NaN for infinity": (np.array([np.inf, 1.0]), np.array([np.nan, 1.0]), "with nan at [0], which is wrong."),
    "beyond relative tolerance": (np.array([1000.0]), np.array([1000.0 * (1 + 1.1e-6)]), "largest error is 0.0011"),
    "beyond absolute tolerance": (np.array([0.0]), np.array([1.2e-9]), "largest error is 1.2e-09"),
    "float32 beyond float64's tolerance": (
        np.array([0.1]),
        np.array([0.1001], F32),
        "as float32 in shape (1,), with 0.1001 at [0], which is wrong",
    ),
    "beyond float32's tolerance": (np.array([1000.0], F32), np.array([1001.1]), "largest error is 1.1."),
    "beyond float32's absolute tolerance": (np.array([0.0], F32), np.array([1.2e-5]), "largest error is 1.2e-05"),
    "an integer off by one": (np.array([10**9]), np.array([10**9 + 1]), "largest error is 1."),
    "a wrong bool": (
        np.array([True, False]),
        np.array([True, True]),
        "as bool in shape (2,), with 1 at [1], which is wrong",
    ),
    "a 0-d array": (
        np.array(2.0),
        np.array(5.5),
        "`out` came back as the float64 5.5, which is wrong; the largest error is 3.5.",
    ),
    "the first wrong entry and the largest error": (
        np.array([[1.25, 2.5], [3.75, 6.0]]),
        np.array([[1.25, 2.0], [3.75, 9.5]]),
        "in shape (2, 2), with 2 at [0, 1] (the first of 2 such numbers), which is wrong; the largest error is 3.5.",
    ),
    "another other thing": (Other("dict"), Other("set"), "came back as something else than expected"),
    "numbers for another thing": (Other("dict"), np.ones(2), "came back as something else than expected"),
}


@pytest.mark.parametrize("name", FAILS)
def test_it_fails_and_the_sentence_says_how(name):
    right, got, sentence = FAILS[name]
    told = differ(gives(right), gives(got))
    assert sentence in told
    assert "\n" not in told


def test_the_tolerance_is_the_references_not_the_answers():
    loose, tight = np.array([1.0], F32), np.array([1.0])
    almost = np.array([1.0005])
    assert differ(gives(loose), gives(almost)) == ""
    assert differ(gives(tight), gives(almost)) != ""
    assert differ(gives(tight), gives(almost.astype(F32))) != ""


def test_the_expected_number_is_never_told():
    rng = np.random.default_rng(5)
    for _ in range(200):
        right = rng.normal(size=(2, 2))
        got = right + rng.uniform(10, 20, size=(2, 2))
        told = differ(gives(right), gives(got))
        assert told
        for value in right.flat:
            assert all(f"{value:.{digits}g}" not in told for digits in range(4, 17))


def test_a_missing_output_is_named_and_one_too_many_is_not_held_against_anyone():
    both = Answer({"weights": np.ones(2), "velocity": np.ones(2)})
    assert differ(both, gives(np.ones(2), "weights")) == "`velocity` did not come back."
    assert differ(gives(np.ones(2), "weights"), both) == ""


def test_a_failure_is_a_sentence_with_the_students_line():
    told = differ(gives(1.0), raises("ValueError", "no", "x = f(y)"))
    assert told == "It stopped with ValueError: no, in the line `x = f(y)`."
    assert differ(gives(1.0), raises("", "", "")) == "It stopped with an error."


PROBES = [probe("values", weight=2), probe("default"), probe("purity", requires="values")]
REFERENCE = {"values": gives([2.0, 4.0]), "default": gives([3.0, 6.0]), "purity": gives([1.0, 2.0])}
ADDS, SQUARES, TWIN = mistake("adds"), mistake("squares"), mistake("twin")
SLIPS = {
    ADDS: {"values": gives([3.0, 4.0]), "default": gives([4.0, 5.0]), "purity": gives([1.0, 2.0])},
    SQUARES: {"values": gives([4.0, 8.0]), "default": gives([9.0, 18.0]), "purity": gives([1.0, 2.0])},
    TWIN: {"values": gives([4.0, 8.0]), "default": gives([3.0, 6.0]), "purity": gives([1.0, 2.0])},
}


def judged(replies):
    return judge_check("scale", 4.0, PROBES, replies, REFERENCE, SLIPS)


def outcomes(result):
    return [verdict.outcome for verdict in result.verdicts]


def test_a_right_answer_earns_everything():
    result = judged(REFERENCE)
    assert (result.points, result.out_of, result.diagnoses) == (4.0, 4.0, ())
    assert outcomes(result) == [RIGHT] * 3
    assert all(verdict.earns and verdict.sentence == "" for verdict in result.verdicts)


def test_part_of_it_earns_its_share():
    result = judged(REFERENCE | {"default": gives([0.0, 0.0])})
    assert result.points == 3.0
    assert outcomes(result) == [RIGHT, WRONG, RIGHT]


def test_a_property_counts_only_together_with_the_values():
    result = judged(REFERENCE | {"values": gives([0.0, 0.0])})
    assert result.points == 1.0
    purity = result.verdicts[2]
    assert (purity.outcome, purity.earns) == (RIGHT, False)
    assert purity.sentence == "This holds, but it counts only together with: about values."


@pytest.mark.parametrize("value", [np.zeros(2), np.ones(2), np.array([1.0, 2.0]), Other("NoneType"), np.array(3.0)])
def test_identity_zeros_constants_and_nothing_score_0(value):
    assert judged(dict.fromkeys(REFERENCE, gives(value))).points == 0


def test_what_was_not_reached_says_so_and_earns_nothing():
    result = judged({"values": REFERENCE["values"]})
    assert result.points == 2.0
    assert outcomes(result) == [RIGHT, NOT_REACHED, NOT_REACHED]
    assert result.verdicts[1].sentence == "The notebook ended before this could be asked."
    assert judged({}).points == 0


def test_no_answer_keeps_its_outcome_and_sentence():
    result = judged({"values": NoAnswer(TIMED_OUT, "too long"), "default": NoAnswer(DIED, "gone")})
    assert outcomes(result) == [TIMED_OUT, DIED, NOT_REACHED]
    assert [verdict.sentence for verdict in result.verdicts[:2]] == ["too long", "gone"]
    assert (result.points, result.diagnoses) == (0, ())


def test_an_untouched_exercise_is_not_an_error():
    result = judged(dict.fromkeys(REFERENCE, raises("NotImplementedError")))
    assert outcomes(result) == [NOT_ANSWERED] * 3
    assert result.verdicts[0].sentence == "This exercise has not been answered yet."
    assert result.points == 0


def test_an_exception_is_an_error():
    result = judged(REFERENCE | {"default": raises("TypeError", "no")})
    assert outcomes(result) == [RIGHT, ERROR, RIGHT]
    assert result.verdicts[1].sentence == "It stopped with TypeError: no."


def test_the_mistake_whose_numbers_came_back_is_named():
    assert judged(SLIPS[ADDS]).diagnoses == (ADDS,)
    assert judged(SLIPS[SQUARES]).diagnoses == (SQUARES,)


def test_a_mistake_that_explains_everything_is_preferred_to_one_that_explains_a_part():
    assert judged(SLIPS[TWIN]).diagnoses == (TWIN,)


def test_where_two_explain_a_part_both_are_named():
    replies = {"values": gives([4.0, 8.0]), "default": gives([7.0, 7.0]), "purity": gives([1.0, 2.0])}
    assert judged(replies).diagnoses == (SQUARES, TWIN)


def test_two_that_explain_everything_are_both_named():
    twins = {SQUARES: SLIPS[SQUARES], mistake("copy"): SLIPS[SQUARES]}
    assert diagnose(["values"], SLIPS[SQUARES], twins) == tuple(twins)


def test_right_numbers_are_never_diagnosed():
    harmless = {mistake("harmless"): REFERENCE}
    assert judge_check("scale", 4.0, PROBES, REFERENCE, REFERENCE, harmless).diagnoses == ()


def test_numbers_that_nobody_knows_are_not_diagnosed():
    assert judged(dict.fromkeys(REFERENCE, gives([0.5, 0.25]))).diagnoses == ()


def test_a_property_that_failed_is_diagnosed_too():
    changes = {mistake("in-place"): REFERENCE | {"purity": gives([2.0, 4.0])}}
    replies = REFERENCE | {"purity": gives([2.0, 4.0])}
    assert judge_check("scale", 4.0, PROBES, replies, REFERENCE, changes).diagnoses == tuple(changes)


def test_a_mistake_that_raises_is_known_by_its_exception():
    raising = {mistake("raises"): dict.fromkeys(REFERENCE, raises("IndexError", "out of bounds", "its line"))}
    same_exception = dict.fromkeys(REFERENCE, raises("IndexError", "out of bounds", "another line"))
    other_exception = dict.fromkeys(REFERENCE, raises("IndexError", "something else"))
    assert judge_check("scale", 4, PROBES, same_exception, REFERENCE, raising).diagnoses == tuple(raising)
    assert judge_check("scale", 4, PROBES, other_exception, REFERENCE, raising).diagnoses == ()


def test_two_answers_are_the_same_only_if_both_say_something():
    assert same(gives(1.0), gives(1.0))
    assert not same(gives(1.0), gives(1.1))
    assert not same(Answer(), Answer())
    assert not same(gives(1.0), raises("ValueError"))
    assert not same(raises("ValueError"), gives(1.0))


# --- Random answers: what is measured in them is compared ---


def draw_rate(rng):
    return {"rate": 0.25, "rng": int(rng.integers(2**31))}


def share_of_zeros(inputs, outputs):
    margin = share_margin(outputs["out"].size, 1e-6)
    return {
        "share of zeros": Measurement(np.mean(outputs["out"] == 0), margin),
        "largest entry": Measurement(outputs["out"].max() * (1 - inputs["rate"]), 1e-9),
    }


def random_probe(measure=share_of_zeros, **settings):
    settings = {"measure": measure, "false_alarm": 1e-6} | settings
    return Probe("scale", "dropped", "a random answer", draw_rate, lambda student, inputs: {}, **settings)


def dropped(rate, seed, scale=1.0, size=100_000):
    kept = np.random.default_rng(seed).random(size) >= rate
    return gives(kept * scale / (1 - rate))


NOT_SCALED, SHARE_KEPT = mistake("not scaled"), mistake("share kept")


def judge_random(reply, wrong=None, measure=share_of_zeros, **settings):
    probes, truth = [random_probe(measure, **settings)], {"dropped": dropped(0.25, 1)}
    return judge_check("scale", 4.0, probes, {"dropped": reply}, truth, wrong or {})


@pytest.mark.parametrize("seed", range(2, 22))
def test_right_random_answers_pass_whatever_they_drew(seed):
    assert judge_random(dropped(0.25, seed)).points == 4.0


@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_random_answer_fails_and_is_named(seed):
    wrong = {
        NOT_SCALED: {"dropped": dropped(0.25, 30, scale=0.75)},
        SHARE_KEPT: {"dropped": dropped(0.75, 31, scale=0.25 / 0.75)},
    }
    result = judge_random(dropped(0.25, seed, scale=0.75), wrong)
    assert (result.points, result.diagnoses) == (0, (NOT_SCALED,))
    assert "the largest entry is 0.75, further off than luck alone would bring it" in result.verdicts[0].sentence
    result = judge_random(dropped(0.75, seed, scale=0.25 / 0.75), wrong)
    assert (result.points, result.diagnoses) == (0, (SHARE_KEPT,))
    assert result.verdicts[0].sentence.startswith("In what came back, the share of zeros is 0.7")


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (gives(np.zeros(3)), "came back in shape (3,), where shape (100000,) was expected"),
        (gives(np.full(100_000, np.nan)), "with nan at [0]"),
        (gives(Other("NoneType")), "as nothing (None)"),
        (Answer({}), "`out` did not come back"),
        (raises("TypeError", "no"), "It stopped with TypeError: no."),
    ],
)
def test_a_random_answer_of_another_form_is_not_measured(reply, sentence):
    result = judge_random(reply, {NOT_SCALED: {"dropped": dropped(0.25, 30, scale=0.75)}})
    assert result.points == 0
    assert sentence in result.verdicts[0].sentence
    assert result.diagnoses == ()


def test_a_margin_is_the_references_not_the_answers():
    def measure(inputs, outputs):
        return {"mean": Measurement(outputs["out"].mean(), float(outputs["out"].max()))}

    assert judge_random(gives(np.full(100_000, 1e9)), measure=measure).points == 0


def test_a_measure_that_fails_on_an_answer_is_a_verdict_and_on_the_reference_an_error():
    def strict(inputs, outputs):
        if outputs["out"].max() > 100:
            raise ZeroDivisionError
        return {"mean": Measurement(outputs["out"].mean(), 0.1)}

    result = judge_random(gives(np.full(100_000, 1e9)), measure=strict)
    assert result.verdicts[0].sentence == "In what came back, the mean could not be measured."
    with pytest.raises(ZeroDivisionError):
        judge_check("scale", 4.0, [random_probe(strict)], {}, {"dropped": gives(np.full(3, 1e9))}, {})


def test_nan_is_further_off_than_any_margin():
    def measure(inputs, outputs):
        return {"ratio": Measurement(np.log(outputs["out"].mean()), 1e9)}

    assert judge_random(gives(np.full(100_000, -1.0)), measure=measure).points == 0


# --- A wrong answer spoils what is asked through it, and that is said ---


SPOILT = [probe("values", weight=2), Probe("scale", "backward", "the way back", lambda rng: {},
          lambda student, inputs: {}, spoiled_by=("forward",))]  # fmt: skip
THROUGH = {"values": gives([2.0]), "backward": gives([3.0])}


def judge_spoilt(backward, not_right):
    return judge_check("scale", 3.0, SPOILT, THROUGH | {"backward": backward}, THROUGH, {}, not_right=not_right)


def test_a_spoilt_probe_says_through_what_it_was_asked():
    verdict = judge_spoilt(gives([4.0]), ["forward"]).verdicts[1]
    assert verdict.outcome == WRONG
    assert verdict.sentence.endswith("It was asked through `forward`, which must be right first.")
    assert "forward" not in judge_spoilt(gives([4.0]), []).verdicts[1].sentence
    assert judge_spoilt(gives([3.0]), ["forward"]).verdicts[1].outcome == RIGHT


def test_a_probe_that_a_wrong_answer_made_fail_was_not_reached():
    verdict = judge_spoilt(raises("KeyError", "mask"), ["forward"]).verdicts[1]
    assert verdict.outcome == NOT_REACHED
    assert verdict.sentence == (
        "This is asked through `forward`, which must be right first. It stopped with KeyError: mask."
    )
    assert judge_spoilt(raises("KeyError", "mask"), ["another"]).verdicts[1].outcome == ERROR


def test_a_mistake_elsewhere_is_named_only_where_that_exercise_has_lost_points():
    here, forward = mistake("here"), Misconception("there", "forward", "the hint of there", "")
    same_answer = THROUGH | {"backward": gives([4.0])}
    given = "scale", 3.0, SPOILT, same_answer, THROUGH, {here: same_answer, forward: same_answer}
    assert judge_check(*given).diagnoses == (here,)
    assert judge_check(*given, not_right=["another"]).diagnoses == (here,)
    assert judge_check(*given, not_right=["forward"]).diagnoses == (here, forward)


# --- Diagnosis of more than one mistake, and of answers that say little ---


def test_two_mistakes_in_one_answer_are_both_named():
    first, second = mistake("first"), mistake("second")
    wrong = {
        first: {"values": gives([7.0, 7.0]), "default": REFERENCE["default"], "purity": REFERENCE["purity"]},
        second: {"values": REFERENCE["values"], "default": gives([8.0, 8.0]), "purity": REFERENCE["purity"]},
    }
    both = {"values": gives([7.0, 7.0]), "default": gives([8.0, 8.0]), "purity": REFERENCE["purity"]}
    assert judge_check("scale", 4.0, PROBES, both, REFERENCE, wrong).diagnoses == (first, second)


def test_the_mistake_that_explains_more_is_named_alone():
    more, less = mistake("more"), mistake("less")
    wrong = {
        less: {"values": gives([7.0, 7.0]), "default": gives([1.0, 1.0]), "purity": gives([0.0, 0.0])},
        more: {"values": gives([7.0, 7.0]), "default": gives([8.0, 8.0]), "purity": gives([0.0, 0.0])},
    }
    replies = {"values": gives([7.0, 7.0]), "default": gives([8.0, 8.0]), "purity": REFERENCE["purity"]}
    assert judge_check("scale", 4.0, PROBES, replies, REFERENCE, wrong).diagnoses == (more,)


def test_nan_alone_points_to_no_mistake_unless_it_explains_everything():
    nans = gives([np.nan, np.nan])
    divides = mistake("divides")
    wrong = {divides: {"values": nans, "default": gives([1.0, 2.0]), "purity": REFERENCE["purity"]}}
    partly = {"values": nans, "default": gives([5.0, 5.0]), "purity": REFERENCE["purity"]}
    assert judge_check("scale", 4.0, PROBES, partly, REFERENCE, wrong).diagnoses == ()
    assert judge_check("scale", 4.0, PROBES, wrong[divides], REFERENCE, wrong).diagnoses == (divides,)


def test_what_a_probe_is_worth_stands_in_its_verdict():
    assert [verdict.out_of for verdict in judged(REFERENCE).verdicts] == [2.0, 1.0, 1.0]


def test_only_words_that_may_be_repeated_are():
    told = judge_check(
        "scale", 4.0, PROBES, dict.fromkeys(REFERENCE, raises("Zxqwv", "vbnwrt 0.73421 list", "secret line")),
        REFERENCE, {}, words=Words(["scale = 1"]),
    ).verdicts[0].sentence  # fmt: skip
    assert told == "It stopped with an error: … list."
    told = judge_check(
        "scale", 4.0, PROBES, dict.fromkeys(REFERENCE, gives(Other("Zxqwv"))), REFERENCE, {}, words=Words([])
    ).verdicts[0].sentence  # fmt: skip
    assert "Zxqwv" not in told
