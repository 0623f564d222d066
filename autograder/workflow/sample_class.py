"""A sample class of twelve hand-ins, made from the solved and the released notebooks of an assignment.

It holds what a week's hand-ins hold: right answers, known mistakes, a half-done one, an untouched one, a broken one
and one that never ends. Everything is derived from the assignment, so it fits whatever the assignment becomes.
"""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat

from autograder.assignment import Assignment
from autograder.build import to_bytes
from autograder.errors import CourseError
from autograder.files import replace_file
from autograder.notebooks import BEGIN, END
from autograder.workflow.intake import digest_of
from autograder.workflow.ledger import Ledger

Notebooks = dict[str, nbformat.NotebookNode]


def make_sample_class(assignment: Assignment, root: Path) -> list[str]:
    """Write twelve hand-ins below ``classroom/submitted`` and give the students' names.

    Parameters
    ----------
    assignment : Assignment
        A built one: the released notebooks are read from ``assignments/``.
    root : Path
        The course's folder.

    Raises
    ------
    CourseError
        If the assignment has not been built, or a folder of a sample student holds what this did not write.
    """
    released = root / "assignments" / assignment.name
    missing = [notebook.name for notebook in assignment.notebooks if not (released / f"{notebook.name}.ipynb").exists()]
    if missing:
        raise CourseError(f"{released / missing[0]}.ipynb does not exist; run `autograder build` first")
    made = hand_ins(assignment, released)
    folders = {student: root / "classroom" / "submitted" / student / assignment.name for student in made}
    ledger = Ledger(root / "classroom" / "ledger.jsonl")
    ours = {event["digest"] for event in ledger.events("sample")}
    for folder in folders.values():
        if folder.exists() and digest_of(folder) not in ours:
            raise CourseError(f"{folder} holds what no sample class put there; move it away, so that it is not lost")
    for student, files in made.items():
        folder = folders[student]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, content in files.items():
            replace_file(folder / name, content)
        ledger.append("sample", assignment=assignment.name, student=student, digest=digest_of(folder))
    return list(made)


def hand_ins(assignment: Assignment, released: Path) -> dict[str, dict[str, bytes]]:
    """Each student's files by name.

    The first and the last exercise of the first notebook, and the last one of the last notebook, are where most of
    the sample's mistakes are made.
    """
    first, last = assignment.notebooks[0], assignment.notebooks[-1]
    early, late = first.exercises[min(1, len(first.exercises) - 1)].name, first.exercises[-1].name
    middle = first.exercises[len(first.exercises) // 2].name

    def student(*changes: Callable[[Notebooks], None], start: Callable[[], Notebooks] = lambda: solved(assignment)):
        notebooks = start()
        for change in changes:
            change(notebooks)
        return {f"{name}.ipynb": to_bytes(notebook) for name, notebook in notebooks.items()}

    def untouched():
        return {
            notebook.name: nbformat.read(released / f"{notebook.name}.ipynb", as_version=4)
            for notebook in assignment.notebooks
        }

    whole = student()
    return {
        "ada": whole,
        "bela": student(noisy(first.name), helper_cells),
        "chen": student(mistaken(assignment, early, 0)),
        "dora": student(mistaken(assignment, middle, 0), mistaken(assignment, late, 1)),
        "emil": student(mistaken(assignment, last.exercises[-1].name, 0)),
        "fatma": student(half_done(assignment), start=untouched),
        "goran": student(start=untouched),
        "hana": {
            **whole,
            f"{first.name}.ipynb": whole[f"{first.name}.ipynb"][: len(whole[f"{first.name}.ipynb"]) // 2],
        },
        "ines": student(answer(first.name, middle, "while True:\n    pass")),
        "jonas": student(answer(first.name, late, "return weights,, gradient")),
        "kofi": student(doubled_and_deleted(first.name)),
        "lena": {f"{first.name}.ipynb": student(mistaken(assignment, early, 1))[f"{first.name}.ipynb"]},
    }


def solved(assignment: Assignment) -> Notebooks:
    """The solved notebooks as a student would hand them in: solution marks removed, essays answered."""
    notebooks = {}
    for authored in assignment.notebooks:
        notebook = authored.solved()
        for cell in notebook.cells:
            marks = cell.metadata.get("nbgrader", {})
            if marks.get("solution"):
                cell.source = without_solution_lines(cell.source)
        notebooks[authored.name] = notebook
    return notebooks


def without_solution_lines(source: str) -> str:
    """A cell's text without the lines that mark where its solution begins and ends."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in (BEGIN, END))


def cell_of(notebook: nbformat.NotebookNode, grade_id: str) -> nbformat.NotebookNode:
    """The cell that nbgrader knows by this id."""
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def mistaken(assignment: Assignment, exercise: str, number: int) -> Callable[[Notebooks], None]:
    """Make the ``number``-th known mistake of an exercise (counted round, where it has fewer)."""
    known = [mistake for mistake in assignment.misconceptions if mistake.exercise == exercise]

    def change(notebooks):
        for authored in assignment.notebooks:
            if known and exercise in {mark.name for mark in authored.exercises}:
                wrong = known[number % len(known)].wrong_cell
                cell_of(notebooks[authored.name], exercise).source = without_solution_lines(wrong)

    return change


def answer(notebook: str, exercise: str, body: str) -> Callable[[Notebooks], None]:
    """Replace the answer of an exercise in a notebook by other lines, at the indentation of its docstring."""

    def change(notebooks):
        cell = cell_of(notebooks[notebook], exercise)
        head = cell.source.split('"""')[:2]
        if len(head) < 2:
            raise CourseError(f"{exercise}: an exercise's docstring was expected, found none")
        indented = "\n".join(f"    {line}" for line in body.splitlines())
        cell.source = f'{head[0]}"""{head[1]}"""\n{indented}\n'

    return change


def half_done(assignment: Assignment) -> Callable[[Notebooks], None]:
    """Answer the first half of each notebook's exercises, and leave the rest and the essays as they were."""

    def change(notebooks):
        right = solved(assignment)
        for authored in assignment.notebooks:
            for mark in authored.exercises[: (len(authored.exercises) + 1) // 2]:
                done = cell_of(right[authored.name], mark.name).source
                cell_of(notebooks[authored.name], mark.name).source = done

    return change


def noisy(notebook: str) -> Callable[[Notebooks], None]:
    """A right notebook that also warns on stderr and makes NumPy strict, as a careful student might."""

    def change(notebooks):
        source = (
            'import sys\nimport numpy as np\n_ = np.seterr(all="raise")\n_ = print("a note to myself", file=sys.stderr)'
        )
        notebooks[notebook].cells.append(nbformat.v4.new_code_cell(source, id="my-notes"))

    return change


def helper_cells(notebooks: Notebooks) -> None:
    """A scratch cell at the top of each notebook whose names are those of builtins."""
    for notebook in notebooks.values():
        scratch = nbformat.v4.new_code_cell("input, id = 3, 7", id="scratch")
        notebook.cells.insert(0, scratch)


def doubled_and_deleted(notebook: str) -> Callable[[Notebooks], None]:
    """The first check stands there twice, and the last one is gone."""

    def change(notebooks):
        cells = notebooks[notebook].cells
        checks = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("locked")]
        twin = copy.deepcopy(checks[0])
        twin.id = "a-copy"
        cells.insert(cells.index(checks[0]) + 1, twin)
        cells.remove(checks[-1])

    return change
