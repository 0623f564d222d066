"""From an authored py:percent file to nbgrader's notebooks: the solved one, and the one that students open.

Three short marks in a cell's metadata stand for nbgrader's long ones: ``exercise="name"`` (students write here),
``check="name" points=4`` (visible asserts, whose points the judge's probes share out) and ``essay="name" points=3``
(a Markdown cell graded by hand).
"""

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat

from autograder.errors import AuthoringError

MARKS = ("exercise", "check", "essay")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
KEPT_METADATA = ("tags", "slideshow")  # of an authored cell's metadata, what belongs in a notebook
UNREAD = "incorrectly_encoded_metadata"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,50}")
CELL_LINE = re.compile(r"# %%( |$)")
STAMP = "assignment"  # where a notebook's metadata tells which edition of which assignment it is
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class MarkedCell:
    """A cell that carries a mark.

    Parameters
    ----------
    kind : {"exercise", "check", "essay"}
        Which mark.
    name : str
        What the mark names.
    points : float
        What the cell is worth; 0 for an exercise, whose check carries the points.
    source : str
        The cell's text, solution included.
    path : Path
        The authored file.
    line : int
        The line of the cell's marker in it.
    """

    kind: str
    name: str
    points: float
    source: str
    path: Path
    line: int

    @property
    def grade_id(self) -> str:
        """What nbgrader calls the cell."""
        return f"check_{self.name}" if self.kind == "check" else self.name


@dataclass(frozen=True)
class AuthoredNotebook:
    """One py:percent file, read and checked: its cells (as nbformat has them) and the mark of each, or None."""

    path: Path
    cells: tuple[nbformat.NotebookNode, ...]
    marks: tuple[MarkedCell | None, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def marked(self) -> list[MarkedCell]:
        return [mark for mark in self.marks if mark]

    @property
    def checks(self) -> list[MarkedCell]:
        return [mark for mark in self.marked if mark.kind == "check"]

    @property
    def essays(self) -> list[MarkedCell]:
        return [mark for mark in self.marked if mark.kind == "essay"]

    @property
    def exercises(self) -> list[MarkedCell]:
        return [mark for mark in self.marked if mark.kind == "exercise"]

    @functools.cached_property
    def edition(self) -> str:
        """A hash of what is asked: the exercises as students see them, and the names and points of checks and essays.

        A corrected typo in the prose, another answer or another probe leave it as it is.
        """
        digest = hashlib.sha256()
        for mark in self.marked:
            asked = without_solution(mark.source) if mark.kind == "exercise" else ""
            digest.update(f"{mark.kind}\0{mark.name}\0{mark.points}\0{len(asked)}\0{asked}\0".encode())
        return digest.hexdigest()[:12]

    def solved(self) -> nbformat.NotebookNode:
        """nbgrader's source notebook: the marks lowered to its metadata, solutions in place, nothing executed.

        Two calls give the same notebook to the byte: a cell's id comes from its mark, or from its text.
        """
        stamp = {"name": self.path.parent.name, "edition": self.edition}
        notebook = nbformat.v4.new_notebook(
            metadata={"kernelspec": dict(KERNEL), "language_info": {"name": "python"}, STAMP: stamp}
        )
        taken = set()
        for cell, mark in zip(self.cells, self.marks, strict=True):
            lowered = nbformat.from_dict(
                {
                    "cell_type": cell.cell_type,
                    "id": _stable_id(cell.source, mark, taken),
                    "metadata": {key: value for key, value in cell.metadata.items() if key in KEPT_METADATA},
                    "source": cell.source,
                }
            )
            if cell.cell_type == "code":
                lowered.update(execution_count=None, outputs=[])
            if mark:
                lowered.metadata["nbgrader"] = _nbgrader_metadata(mark)
            notebook.cells.append(lowered)
        return notebook


def without_solution(source: str) -> str:
    """A cell's text with what stands between the solution marks left out."""
    kept, inside = [], False
    for line in source.splitlines():
        if line.strip() in (BEGIN, END):
            inside = line.strip() == BEGIN
        elif not inside:
            kept.append(line.rstrip())
    return "\n".join(kept)


def another_edition(handed_in: nbformat.NotebookNode, notebook: AuthoredNotebook) -> str:
    """Why a hand-in is of another edition of its assignment, as the end of a sentence; "" if it is of this one.

    A notebook whose metadata some editor has dropped is taken for one of this edition.
    """
    stamp = handed_in.metadata.get(STAMP)
    edition = stamp.get("edition") if isinstance(stamp, dict) else None
    if not isinstance(edition, str) or edition == notebook.edition:
        return ""
    return (
        f"was made from another edition of the assignment ({edition[:12]!a}; the current one is "
        f"{notebook.edition}), in which the exercises were not the same; the answers have to be moved into the "
        "current notebook"
    )


def read_notebook(path: Path) -> AuthoredNotebook:
    """Read a py:percent file and check its marks.

    Parameters
    ----------
    path : Path
        ``solutions/<assignment>/<notebook>.py``.

    Raises
    ------
    AuthoringError
        For a mark that makes no sense: the sentence names the file and the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise AuthoringError(f"{path}: not text in UTF-8: {error.reason} at byte {error.start}") from None
    try:
        parsed = jupytext.reads(text, fmt="py:percent")
    except Exception as error:  # jupytext raises what it meets: any of it means that the file is no notebook
        raise AuthoringError(f"{path}: not a py:percent notebook: {error}") from None
    lines = [number for number, line in enumerate(text.splitlines(), 1) if CELL_LINE.match(line)]
    if len(lines) != len(parsed.cells):
        raise AuthoringError(
            f"{path}:{_first_line(text)}: {len(lines)} cell markers make {len(parsed.cells)} cells; every cell, the "
            "first one too, starts with a line `# %%`, and no string holds such a line"
        )
    marks = tuple(_read_mark(cell, path, line) for cell, line in zip(parsed.cells, lines, strict=True))
    notebook = AuthoredNotebook(path, tuple(parsed.cells), marks)
    _check_marks_together(notebook)
    return notebook


def _first_line(text):
    return next((number for number, line in enumerate(text.splitlines(), 1) if line.strip()), 1)


def _read_mark(cell, path, line):
    where = f"{path}:{line}"
    if UNREAD in cell.metadata:  # jupytext keeps what it cannot read under this key: a mark would be lost silently
        raise AuthoringError(
            f'{where}: the marks {cell.metadata[UNREAD]!r} cannot be read; write check="name" points=4, with quotes '
            "around names and numbers as digits"
        )
    kinds = [kind for kind in MARKS if kind in cell.metadata]
    if not kinds:
        if "points" in cell.metadata:
            raise AuthoringError(f"{where}: points on a cell that is no check and no essay")
        if BEGIN in cell.source or END in cell.source:
            raise AuthoringError(f"{where}: a solution outside an exercise or essay would be handed out")
        return None
    if len(kinds) > 1:
        raise AuthoringError(f"{where}: one cell cannot be both {kinds[0]} and {kinds[1]}")
    kind, name = kinds[0], cell.metadata[kinds[0]]
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise AuthoringError(
            f"{where}: the {kind}'s name must be a word of letters, digits and underscores, got {name!r}"
        )
    wanted = "markdown" if kind == "essay" else "code"
    if cell.cell_type != wanted:
        raise AuthoringError(f"{where}: the {kind} {name!r} must be a {wanted} cell, got {cell.cell_type}")
    points = cell.metadata.get("points")
    if kind == "exercise":
        if points is not None:
            raise AuthoringError(f"{where}: the exercise {name!r} has points; they belong on its check")
        points = 0.0
    elif isinstance(points, bool) or not isinstance(points, int | float) or not points > 0 or points == float("inf"):
        got = "none" if points is None else repr(points)
        raise AuthoringError(f"{where}: the {kind} {name!r} needs points above 0, got {got}")
    _check_regions(cell.source, kind, name, where)
    return MarkedCell(kind, name, float(points), cell.source, path, line)


def _check_regions(source, kind, name, where):
    inside, regions = False, 0
    for text in source.splitlines():
        if text.strip() == BEGIN:
            if inside:
                raise AuthoringError(f"{where}: a solution begins inside a solution in {name!r}")
            inside, regions = True, regions + 1
        elif text.strip() == END:
            if not inside:
                raise AuthoringError(f"{where}: a solution ends before it begins in {name!r}")
            inside = False
        elif BEGIN in text or END in text:
            raise AuthoringError(f"{where}: {text.strip()!r} must stand alone on its line in {name!r}")
    if inside:
        raise AuthoringError(f"{where}: a solution begins and never ends in {name!r}")
    if kind == "check" and regions:
        raise AuthoringError(f"{where}: a solution in the check {name!r} would be handed out")
    if kind != "check" and not regions:
        raise AuthoringError(f"{where}: the {kind} {name!r} holds no solution between {BEGIN} and {END}")


def _check_marks_together(notebook):
    seen = {}
    for mark in notebook.marked:
        before = seen.setdefault((mark.kind, mark.name), mark)
        if before is not mark:
            raise AuthoringError(
                f"{mark.path}:{mark.line}: the {mark.kind} {mark.name!r} stands at line {before.line} already"
            )
    for mark in notebook.checks:
        exercise = seen.get(("exercise", mark.name))
        if exercise is None:
            raise AuthoringError(f"{mark.path}:{mark.line}: the check {mark.name!r} has no exercise of that name")
        if exercise.line > mark.line:
            raise AuthoringError(f"{mark.path}:{mark.line}: the check {mark.name!r} stands before its exercise")
    for mark in notebook.exercises:
        if ("check", mark.name) not in seen:
            raise AuthoringError(f"{mark.path}:{mark.line}: the exercise {mark.name!r} has no check of that name")
    ids = {}
    for mark in notebook.marked:
        before = ids.setdefault(mark.grade_id, mark)
        if before is not mark:
            raise AuthoringError(
                f"{mark.path}:{mark.line}: {mark.kind} {mark.name!r} and {before.kind} {before.name!r} would both be "
                f"{mark.grade_id!r} in the gradebook"
            )


def _nbgrader_metadata(mark):
    metadata = {
        "schema_version": 3,
        "grade_id": mark.grade_id,
        "grade": mark.kind != "exercise",
        "solution": mark.kind != "check",
        "locked": mark.kind == "check",
        "task": False,
    }
    if metadata["grade"]:
        points = mark.points
        metadata["points"] = int(points) if points.is_integer() else points
    return metadata


def _stable_id(source, mark, taken):
    stem = mark.grade_id if mark else "text-" + hashlib.sha256(source.encode()).hexdigest()[:8]
    number, name = 1, stem[:60]
    while name in taken:
        number += 1
        name = f"{stem[:60]}-{number}"
    taken.add(name)
    return name
