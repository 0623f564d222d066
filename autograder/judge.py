"""From arrays to a verdict: compare, diagnose, share the points. Pure functions; no kernel, no file, no nbgrader."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.misconceptions import Misconception
from autograder.probes import Measurement, Probe, share, worth
from autograder.wire import Answer, Failure, Other
from autograder.words import Words

# Relative and absolute tolerance for the precision of the reference's numbers.
TOLERANCE = {np.dtype("f2"): (1e-2, 1e-3), np.dtype("f4"): (1e-3, 1e-5), np.dtype("f8"): (1e-6, 1e-9)}

RIGHT, WRONG, ERROR, NOT_ANSWERED = "right", "wrong", "error", "not answered"
TIMED_OUT, DIED, NOT_REACHED, UNREADABLE = "time-out", "killed the kernel", "not reached", "unreadable"


@dataclass(frozen=True)
class NoAnswer:
    """A probe that got no answer: why, as an outcome and a sentence."""

    outcome: str
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What the judge found for one probe.

    Parameters
    ----------
    probe : str
        The probe's name within its check.
    question : str
        What was asked.
    outcome : str
        One of the outcomes above.
    sentence : str
        What came back, for the student; empty when right.
    earns : bool
        Whether the probe's weight counts (a right property without its values does not).
    out_of : float
        The probe's part of the check's points.
    """

    probe: str
    question: str
    outcome: str
    sentence: str
    earns: bool
    out_of: float = 0.0


@dataclass(frozen=True)
class CheckResult:
    """A check's points, the verdict of each of its probes, and the misconceptions that explain what failed.

    Parameters
    ----------
    name : str
        The check.
    points, out_of : float
        What it earned, and could have.
    verdicts : tuple of Verdict
        One for each probe, in their order.
    diagnoses : tuple of Misconception
        Known mistakes that give exactly what came back.
    """

    name: str
    points: float
    out_of: float
    verdicts: tuple[Verdict, ...]
    diagnoses: tuple[Misconception, ...]


def judge_check(
    name: str,
    out_of: float,
    probes: Sequence[Probe],
    replies: Mapping[str, Answer | NoAnswer],
    reference: Mapping[str, Answer],
    wrong: Mapping[Misconception, Mapping[str, Answer]],
    *,
    seed: int = 0,
    words: Words | None = None,
    not_right: Collection[str] = (),
) -> CheckResult:
    """Judge what came back for one check.

    Parameters
    ----------
    name : str
        The check.
    out_of : float
        Its points.
    probes : sequence of Probe
        All its probes.
    replies : mapping of str to Answer or NoAnswer
        What came back, by probe name; a probe that is missing was not reached.
    reference : mapping of str to Answer
        What the solved notebook gives back, by probe name.
    wrong : mapping of Misconception to mapping of str to Answer
        What each known mistake in this exercise, or in one that spoils it, gives back, by probe name.
    seed : int
        From which the inputs were drawn; random answers are measured against them.
    words : Words, optional
        What of a student's own texts may be repeated; without it, everything.
    not_right : collection of str
        The other checks that have lost points: a probe that they spoil says so, and their known mistakes may explain
        what came back here; those of a check that lost none are passed over.
    """
    wrong = {mistake: given for mistake, given in wrong.items() if mistake.exercise in (name, *not_right)}
    unreached = NoAnswer(NOT_REACHED, "The notebook ended before this could be asked.")
    inputs = {probe.name: probe.inputs(seed) if probe.measure else {} for probe in probes}
    seen, truth, mistaken = {}, {}, {mistake: {} for mistake in wrong}
    for probe in probes:
        reply = replies.get(probe.name, unreached)
        truth[probe.name] = measured(probe, inputs[probe.name], reference[probe.name], reference[probe.name])
        seen[probe.name] = measured(probe, inputs[probe.name], reference[probe.name], reply)
        for mistake, given in wrong.items():
            if probe.name in given:
                reply = measured(probe, inputs[probe.name], reference[probe.name], given[probe.name])
                mistaken[mistake][probe.name] = reply
    found = {probe.name: _outcome(probe, truth[probe.name], seen[probe.name], words, not_right) for probe in probes}
    passed = {probe for probe, (outcome, _) in found.items() if outcome == RIGHT}
    verdicts = []
    for probe in probes:
        outcome, sentence = found[probe.name]
        earns = outcome == RIGHT and (not probe.requires or probe.requires in passed)
        if outcome == RIGHT and not earns:
            asked = next(other.question for other in probes if other.name == probe.requires)
            sentence = f"This holds, but it counts only together with: {asked}."
        part = worth(out_of, probe, list(probes))
        verdicts.append(Verdict(probe.name, probe.question, outcome, sentence, earns, part))
    failed = [probe.name for probe in probes if probe.name not in passed]
    points = share(out_of, list(probes), passed)
    return CheckResult(name, points, out_of, tuple(verdicts), diagnose(failed, seen, mistaken))


@dataclass(frozen=True)
class Measured:
    """A random answer as it is compared: what was measured in it, by name, and the answer itself."""

    values: Mapping[str, Measurement]
    answer: Answer


def measured(
    probe: Probe, inputs: dict[str, Any], reference: Answer, reply: Answer | NoAnswer
) -> Answer | NoAnswer | Measured:
    """Replace an answer to a probe that measures by what is measured in it.

    An answer stays as it is where the probe has no measure, where there is nothing to measure, and where kind or shape
    of an output is not the reference's, which is then what is the matter with it. A measure that fails on a student's
    numbers has measured nothing, which is wrong; one that fails on the reference's raises.
    """
    if probe.measure is None or not isinstance(reply, Answer) or reply.failure or _unlike(reference, reply):
        return reply
    outputs = {name: reply.outputs[name] for name in reference.outputs}
    try:
        with np.errstate(all="ignore"):
            return Measured(probe.measure(inputs, outputs), reply)
    except Exception:
        if reply is reference:
            raise
        return Measured({}, reply)


def _outcome(probe, expected, reply, words, not_right):
    blame = [f"`{check}`" for check in probe.spoiled_by if check in not_right]
    if isinstance(reply, NoAnswer):
        return reply.outcome, reply.sentence
    failure = reply.failure if isinstance(reply, Answer) else None
    if failure and failure.type == "NotImplementedError":
        return NOT_ANSWERED, "This exercise has not been answered yet."
    if failure and blame:
        told = describe_failure(failure, words)
        return NOT_REACHED, f"This is asked through {' and '.join(blame)}, which must be right first. {told}"
    if failure:
        return ERROR, describe_failure(failure, words)
    difference = differ(expected, reply, words)
    if difference and blame:
        difference += f" It was asked through {' and '.join(blame)}, which must be right first."
    return (WRONG, difference) if difference else (RIGHT, "")


def describe_failure(failure: Failure, words: Words | None = None) -> str:
    """An exception as a sentence, with the student's line where it was raised."""
    told = words.failure(failure) if words else failure
    message = f": {told.message}" if told.message else ""
    where = f", in the line `{told.line}`" if told.line else ""
    return f"It stopped with {told.type or 'an error'}{message}{where}."


def differ(expected: Answer | Measured, got: Answer | Measured, words: Words | None = None) -> str:
    """Say in a sentence how an answer differs from the expected one, or "" if it does not.

    The sentence tells what came back, never what was expected.
    """
    if isinstance(got, Answer) and got.failure:
        return describe_failure(got.failure, words)
    if isinstance(expected, Measured) and isinstance(got, Measured):
        return _differ_by_measure(expected, got)
    if isinstance(expected, Measured):  # measured() found it unlike the reference
        return _unlike(expected.answer, got, words)
    for name, right in expected.outputs.items():
        if name not in got.outputs:
            return f"`{name}` did not come back."
        value = got.outputs[name]
        difference = _unlike_in_one(name, right, value, words) or _differ_in_one(name, right, value)
        if difference:
            return difference
    return ""


def _differ_by_measure(expected, got):
    for name, right in expected.values.items():
        if name not in got.values:
            return f"In what came back, the {name} could not be measured."
        value = np.asarray(got.values[name].value, dtype=float)
        distance = np.abs(value - np.asarray(right.value, dtype=float))
        if not np.all(distance <= right.margin):  # NaN is too far, too
            index = tuple(int(i) for i in np.argwhere(~(distance <= right.margin))[0])
            return f"In what came back, the {name} is {value[index]:.4g}, further off than luck alone would bring it."
    return ""


def _unlike(expected, got, words=None):
    """How the outputs' kinds and shapes differ from the expected ones, as a sentence."""
    for name, right in expected.outputs.items():
        if name not in got.outputs:
            return f"`{name}` did not come back."
        if told := _unlike_in_one(name, right, got.outputs[name], words):
            return told
    return ""


def _unlike_in_one(name, right, value, words):
    if isinstance(right, Other):
        same = isinstance(value, Other) and value.type == right.type
        return "" if same else f"`{name}` came back as something else than expected."
    if isinstance(value, Other):
        kind = words.repeat(value.type) if words else value.type
        article = "an" if kind.startswith("array") else "a value of type"
        what = "nothing (None)" if value.type == "NoneType" else f"{article} {kind}"
        return f"`{name}` came back as {what}, where an array or a number was expected."
    if value.dtype.kind not in ("b" if right.dtype.kind == "b" else "iuf"):
        return f"`{name}` came back with numbers of type {value.dtype.name}, where real numbers were expected."
    if value.shape != right.shape:
        return f"`{name}` came back in shape {value.shape}, where shape {right.shape} was expected."
    broken = np.isfinite(right) & ~np.isfinite(value)
    if broken.any():
        return f"`{name}` came back {_form(value)}{_entry(value, broken)}, where a finite number was expected."
    return ""


def _differ_in_one(name, right, value):
    if isinstance(right, Other):
        return ""
    with np.errstate(all="ignore"):
        close = _close(value, right)
        if close.all():
            return ""
        error = np.abs(np.subtract(value, right, dtype=np.float64)[np.isfinite(right) & ~close])
    largest = f"; the largest error is {error.max():.2g}" if error.size else ""
    return f"`{name}` came back {_form(value)}{_entry(value, ~close)}, which is wrong{largest}."


def _form(value):
    """How an array came back, as the middle of a sentence that its first doubtful entry ends."""
    return f"as {value.dtype.name} in shape {value.shape}, with " if value.shape else f"as the {value.dtype.name} "


def _close(value, right):
    relative, absolute = TOLERANCE.get(right.dtype, (0.0, 0.0))
    return np.isclose(value, right, rtol=relative, atol=absolute, equal_nan=True)


def _entry(value, where):
    places = np.argwhere(where)
    index = tuple(int(i) for i in places[0])
    number = f"{value[index]:.6g}"
    if not index:
        return number
    first = f" (the first of {len(places)} such numbers)" if len(places) > 1 else ""
    return f"{number} at [{', '.join(map(str, index))}]{first}"


def diagnose(
    failed: Sequence[str],
    replies: Mapping[str, Answer | NoAnswer | Measured],
    wrong: Mapping[Misconception, Mapping[str, Answer | Measured]],
) -> tuple[Misconception, ...]:
    """Find the known mistakes that give what came back.

    Mistakes that explain every probe's answer, the right ones too, are named, and no others then. Failing that, the
    ones that explain the most of the probes that failed are named, and the same again for what they leave unexplained:
    a student can have made two mistakes.
    """
    answered = {name: reply for name, reply in replies.items() if not isinstance(reply, NoAnswer)}
    failed = [name for name in failed if name in answered]
    if not failed:
        return ()

    def explains(mistake, name):
        return name in wrong[mistake] and same(wrong[mistake][name], answered[name])

    whole = tuple(mistake for mistake in wrong if all(explains(mistake, name) for name in answered))
    if whole:
        return whole
    telling = [name for name in failed if _telling(answered[name])]
    explained = {mistake: {name for name in telling if explains(mistake, name)} for mistake in wrong}
    named, left = [], set(telling)
    while left:
        most = max((len(names & left) for names in explained.values()), default=0)
        if most == 0:
            break
        best = [mistake for mistake, names in explained.items() if len(names & left) == most]
        named += best
        left -= set().union(*(explained[mistake] for mistake in best))
    return tuple(named)


def _telling(answer):
    """Whether an answer says more of its mistake than that there is one: NaN alone would fit many."""
    if isinstance(answer, Measured):
        return True
    return not answer.failure and any(
        isinstance(value, np.ndarray) and np.isfinite(value).any() for value in answer.outputs.values()
    )


def same(one: Answer | Measured, other: Answer | Measured) -> bool:
    """Whether two answers agree within the tolerance of the first: both in their numbers, or both in their failure."""
    if isinstance(one, Measured) or isinstance(other, Measured):
        return isinstance(one, Measured) and isinstance(other, Measured) and not _differ_by_measure(one, other)
    if one.failure or other.failure:
        return one.failure is not None and other.failure is not None and _told(one.failure) == _told(other.failure)
    return bool(one.outputs) and not differ(one, other)


def _told(failure):
    return failure.type, failure.message
