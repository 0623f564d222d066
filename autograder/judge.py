"""From arrays to a verdict: compare, diagnose, share the points. Pure functions; no kernel, no file, no nbgrader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.misconceptions import Misconception
from autograder.probes import Probe, share
from autograder.wire import Answer, Failure, Other

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
    """

    probe: str
    question: str
    outcome: str
    sentence: str
    earns: bool


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
        What each known mistake in this exercise gives back, by probe name.
    """
    unreached = NoAnswer(NOT_REACHED, "The notebook ended before this could be asked.")
    replies = {probe.name: replies.get(probe.name, unreached) for probe in probes}
    found = {probe.name: _outcome(reference[probe.name], replies[probe.name]) for probe in probes}
    passed = {probe for probe, (outcome, _) in found.items() if outcome == RIGHT}
    verdicts = []
    for probe in probes:
        outcome, sentence = found[probe.name]
        earns = outcome == RIGHT and (not probe.requires or probe.requires in passed)
        if outcome == RIGHT and not earns:
            asked = next(other.question for other in probes if other.name == probe.requires)
            sentence = f"This holds, but it counts only together with: {asked}."
        verdicts.append(Verdict(probe.name, probe.question, outcome, sentence, earns))
    failed = [probe.name for probe in probes if probe.name not in passed]
    points = share(out_of, list(probes), passed)
    return CheckResult(name, points, out_of, tuple(verdicts), diagnose(failed, replies, wrong))


def _outcome(expected, reply):
    if isinstance(reply, NoAnswer):
        return reply.outcome, reply.sentence
    if reply.failure and reply.failure.type == "NotImplementedError":
        return NOT_ANSWERED, "This exercise has not been answered yet."
    if reply.failure:
        return ERROR, describe_failure(reply.failure)
    difference = differ(expected, reply)
    return (WRONG, difference) if difference else (RIGHT, "")


def describe_failure(failure: Failure) -> str:
    """An exception as a sentence, with the student's line where it was raised."""
    message = f": {failure.message}" if failure.message else ""
    where = f", in the line `{failure.line}`" if failure.line else ""
    return f"It stopped with {failure.type or 'an error'}{message}{where}."


def differ(expected: Answer, got: Answer) -> str:
    """Say in a sentence how an answer differs from the expected one, or "" if it does not.

    The sentence tells what came back, never what was expected.
    """
    if got.failure:
        return describe_failure(got.failure)
    for name, right in expected.outputs.items():
        if name not in got.outputs:
            return f"`{name}` did not come back."
        difference = _differ_in_one(name, right, got.outputs[name])
        if difference:
            return difference
    return ""


def _differ_in_one(name, right, value):
    if isinstance(right, Other):
        same = isinstance(value, Other) and value.type == right.type
        return "" if same else f"`{name}` came back as something else than expected."
    if isinstance(value, Other):
        what = "nothing (None)" if value.type == "NoneType" else f"a value of type {value.type}"
        return f"`{name}` came back as {what}, where an array or a number was expected."
    if value.dtype.kind not in ("b" if right.dtype.kind == "b" else "iuf"):
        return f"`{name}` came back with numbers of type {value.dtype.name}, where real numbers were expected."
    if value.shape != right.shape:
        return f"`{name}` came back in shape {value.shape}, where shape {right.shape} was expected."
    finite = np.isfinite(right)
    broken = finite & ~np.isfinite(value)
    if broken.any():
        return f"`{name}` holds {_entry(value, broken)}, where a finite number was expected."
    with np.errstate(all="ignore"):
        close = _close(value, right)
        if close.all():
            return ""
        error = np.abs(np.subtract(value, right, dtype=np.float64)[finite & ~close])
    largest = f"; the largest error is {error.max():.2g}" if error.size else ""
    return f"`{name}` has a wrong number: {_entry(value, ~close)}{largest}."


def _close(value, right):
    relative, absolute = TOLERANCE.get(right.dtype, (0.0, 0.0))
    return np.isclose(value, right, rtol=relative, atol=absolute, equal_nan=True)


def _entry(value, where):
    index = tuple(int(i) for i in np.argwhere(where)[0])
    number = f"{value[index]:.6g}"
    return number if not index else f"{number} at [{', '.join(map(str, index))}]"


def diagnose(
    failed: Sequence[str],
    replies: Mapping[str, Answer | NoAnswer],
    wrong: Mapping[Misconception, Mapping[str, Answer]],
) -> tuple[Misconception, ...]:
    """Find the known mistakes that give what came back.

    A mistake that explains every probe's answer, the right ones too, is preferred; otherwise each one that explains
    the answer of some failed probe is named.
    """
    answered = {name: reply for name, reply in replies.items() if isinstance(reply, Answer)}
    failed = [name for name in failed if name in answered]
    if not failed:
        return ()

    def explains(mistake, names):
        given = wrong[mistake]
        return all(name in given and same(given[name], answered[name]) for name in names)

    whole = tuple(mistake for mistake in wrong if explains(mistake, answered))
    return whole or tuple(mistake for mistake in wrong if any(explains(mistake, [name]) for name in failed))


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers agree within the tolerance of the first: both in their numbers, or both in their failure."""
    if one.failure or other.failure:
        return one.failure is not None and other.failure is not None and _told(one.failure) == _told(other.failure)
    return bool(one.outputs) and not differ(one, other)


def _told(failure):
    return failure.type, failure.message
