"""What a student reads about one check, as HTML and as plain text, and the same facts for the report."""

import re
from html import escape

from autograder.judge import RIGHT, CheckResult

MARKS = {True: "✓", False: "✗"}
STYLE = "border-left:4px solid #7a8699;padding:0.25em 1em"


def message(result: CheckResult) -> dict[str, str]:
    """A check's feedback as a display's data: ``text/html`` and ``text/plain``, both made of escaped text alone."""
    return {"text/html": _html(result), "text/plain": _plain(result)}


def note(text: str) -> dict[str, str]:
    """A sentence of the grader's about a cell, as a display's data."""
    return {"text/html": f'<p style="{STYLE}">{_marked_up(text)}</p>', "text/plain": text}


def score(result: CheckResult) -> dict[str, str]:
    """A check's points in the form in which nbgrader reads them from a result."""
    return {"text/plain": f"{result.points:g}"}


def points(number: float) -> str:
    """Points as a person writes them: 4, 2.5, 1.33."""
    return f"{round(number, 2):g}"


def lines(result: CheckResult) -> list[tuple[bool, str, str]]:
    """For each probe: whether it earned, what was asked, and what came back.

    Probes that failed for the same reason, word for word, share their sentence: it stands at the first.
    """
    told, found = set(), []
    for verdict in result.verdicts:
        repeated = verdict.sentence in told and verdict.outcome != RIGHT
        found.append((verdict.earns, verdict.question, "The same." if repeated else verdict.sentence))
        told.add(verdict.sentence)
    return found


def hints(result: CheckResult) -> list[str]:
    """One sentence for each misconception that gives exactly what came back."""
    if len(result.diagnoses) > 1:
        told = "What came back fits more than one slip. One of them{place}:"
    else:
        told = "What came back is exactly what a known slip{place} gives."
    places = ["" if mistake.exercise == result.name else f" in `{mistake.exercise}`" for mistake in result.diagnoses]
    return [
        f"{told.format(place=place)} {mistake.hint}" for place, mistake in zip(places, result.diagnoses, strict=True)
    ]


def _plain(result):
    text = [f"{points(result.points)} of {points(result.out_of)} points for {result.name}"]
    text += [f"  → {hint}" for hint in hints(result)]
    for earned, asked, came_back in lines(result):
        text.append(f"  {MARKS[earned]} Asked: {asked}." + (f" {came_back}" if came_back else ""))
    return "\n".join(text)


def _html(result):
    rows = []
    for earned, asked, came_back in lines(result):
        word = "right" if earned else "not yet"
        rest = f"<br>{_marked_up(came_back)}" if came_back else ""
        mark = f'<span role="img" aria-label="{word}">{MARKS[earned]}</span>'
        rows.append(f'<li style="list-style:none">{mark} Asked: {_marked_up(asked)}.{rest}</li>')
    tips = "".join(f"<p><strong>Hint.</strong> {_marked_up(hint)}</p>" for hint in hints(result))
    score = f"<strong>{points(result.points)} of {points(result.out_of)} points</strong>"
    head = f"{score} for <code>{escape(result.name)}</code>"
    return f'<div style="{STYLE}"><p>{head}</p>{tips}<ul style="padding-left:0">{"".join(rows)}</ul></div>'


def _marked_up(text):
    """Escaped text, with what stands between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def summary(result: CheckResult) -> dict:
    """A check's result as plain data, for the graded notebook's metadata and the class report."""
    return {
        "check": result.name,
        "points": result.points,
        "out_of": result.out_of,
        "diagnoses": [mistake.name for mistake in result.diagnoses],
        "probes": [
            {
                "probe": verdict.probe,
                "question": verdict.question,
                "outcome": verdict.outcome,
                "earns": verdict.earns,
                "out_of": round(verdict.out_of, 2),
                "sentence": verdict.sentence,
            }
            for verdict in result.verdicts
        ],
    }
