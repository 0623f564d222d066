"""``autograder explain``: one student's grade on one screen, down to the evidence of each probe."""

import functools
import re
import shutil
import textwrap
from pathlib import Path

import nbformat

from autograder.assignment import Assignment
from autograder.errors import CourseError
from autograder.feedback import MARKS, points
from autograder.preprocessors import METADATA

LEAST_WIDTH, MOST_WIDTH = 60, 160
# What a student reads in whole sentences, an instructor reads in a line for each probe.
SHORTER = (
    (r" came back as (\w+) in shape (\([\d, ]*\)), with ", r" \1 \2: "),
    (" came back as ", ": "),
    (", which is wrong; the largest error is ", "; error up to "),
    (r" \(the first of (\d+) such numbers\)", r", \1 in all"),
)


def explain(assignment: Assignment, root: Path, student: str, width: int | None = None) -> str:
    """Say how a student's automatic points came about.

    Probes that earned their points share a line; each that did not has its own, with what the probe was worth and what
    came back, as far as the screen is wide. The student's feedback page has the whole sentences.

    Parameters
    ----------
    assignment : Assignment
        What was graded.
    root : Path
        The course's folder.
    student : str
        The name of the student's folder.
    width : int, optional
        The screen's width in characters; by default the terminal's, at most 160.

    Raises
    ------
    CourseError
        If nothing of this student's has been graded.
    """
    width = width or min(max(shutil.get_terminal_size().columns, LEAST_WIDTH), MOST_WIDTH)
    graded = graded_notebooks(assignment, root, student)
    facts = [verdicts for _, verdicts in graded]
    earned = sum(check["points"] for verdicts in facts for check in verdicts["checks"])
    hints = {mistake.name: mistake for mistake in assignment.misconceptions}
    versions = {verdicts["version"] for verdicts in facts}
    stale = "" if versions == {assignment.version} else " (the assignment has changed since: grade it again)"
    lines = [
        f"{student}, {assignment.name}: {points(earned)} of {points(assignment.automatic_points)} automatic points",
        f"version {', '.join(sorted(versions))}{stale}; isolation {facts[0]['isolation']}",
    ]
    for name, verdicts in graded:
        lines += ["", f"{name}.ipynb"]
        lines += _wrapped(verdicts["ended"], "  ! ", width)
        for kind in ("repaired", "flags"):
            for told in verdicts.get(kind, ()):
                lines += _wrapped(f"cell {told['cell']}: {told['sentence']}", "  ! ", width)
        for check in verdicts["checks"]:
            lines += _check(check, hints, width)
    return "\n".join(lines)


def graded_notebooks(assignment: Assignment, root: Path, student: str) -> list[tuple[str, dict]]:
    """The verdicts that a student's graded notebooks carry, by notebook, in the assignment's order.

    Raises
    ------
    CourseError
        If there is none.
    """
    folder = root / "classroom" / "autograded"
    known = sorted(path.parent.name for path in folder.glob(f"*/{assignment.name}"))
    if student not in known:
        there = f"; there is {', '.join(known)}" if known else ""
        raise CourseError(f"no graded hand-in of {student!a} for {assignment.name} in {folder}{there}")
    found = []
    for notebook in assignment.notebooks:
        path = folder / student / assignment.name / f"{notebook.name}.ipynb"
        if path.exists():
            verdicts = nbformat.read(path, as_version=4).metadata.get(METADATA)
            if verdicts:
                found.append((notebook.name, verdicts))
    if not found:
        raise CourseError(f"the graded hand-in of {student!a} for {assignment.name} holds no verdict: grade it again")
    return found


def _check(check, hints, width):
    whole = check["points"] == check["out_of"]
    score = f"{points(check['points'])} of {points(check['out_of'])}"
    lines = [f"  {MARKS[whole]} {check['check']}: {score}"]
    for name in check["diagnoses"]:
        said = f"{name}: {hints[name].hint}" if name in hints else name
        lines += _wrapped(said, "      → ", width)
    earning = [probe["probe"] for probe in check["probes"] if probe["earns"]]
    told = {}
    for probe in check["probes"]:
        if not probe["earns"]:
            told.setdefault((probe["outcome"], probe["sentence"]), []).append(probe)
    for (outcome, sentence), probes in told.items():
        lost = sum(probe["out_of"] for probe in probes)
        names = ", ".join(probe["probe"] for probe in probes)
        evidence = functools.reduce(lambda text, each: re.sub(*each, text), SHORTER, sentence)
        lines.append(_cut(f"      {MARKS[False]} {names} (−{points(lost)}, {outcome}): {evidence}", width))
    if earning:
        lines += _wrapped(", ".join(earning), f"      {MARKS[True]} ", width)
    return lines


def _cut(line, width):
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


def _wrapped(text, mark, width):
    """A text in lines of at most ``width`` characters, the first behind its mark and the others below it."""
    return textwrap.wrap(text, width, initial_indent=mark, subsequent_indent=" " * len(mark)) if text else []
