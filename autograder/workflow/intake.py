"""What was handed in: which notebooks of a class can be graded, and in one sentence why the others cannot."""

import hashlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.assignment import Assignment
from autograder.notebooks import AuthoredNotebook, another_edition
from autograder.wire import clean

LARGEST_BYTES = 50_000_000
PATTERN_CHARACTERS = "*?[]"  # nbgrader looks for folders by pattern, so a name with one of these finds another folder


@dataclass(frozen=True)
class Submission:
    """One student's hand-in.

    Parameters
    ----------
    student : str
        The name of the folder it lies in, without characters that no page, log or database could hold.
    folder : Path
        ``classroom/submitted/<student>/<assignment>``.
    notebooks : tuple of str
        The names (without ``.ipynb``) of the notebooks that can be graded.
    problems : dict of str to str
        For each notebook that cannot, a sentence that names the file.
    digest : str
        A hash over every name and byte handed in.
    """

    student: str
    folder: Path
    notebooks: tuple[str, ...]
    problems: dict[str, str]
    digest: str


def collect(assignment: Assignment, submitted: Path) -> list[Submission]:
    """Look through ``submitted/*/<assignment>`` and say of each what can be graded. Nothing is changed.

    Parameters
    ----------
    assignment : Assignment
        Which hand-ins to look at.
    submitted : Path
        The folder that holds one folder a student.
    """
    folders = sorted(path for path in submitted.glob(f"*/{assignment.name}") if path.is_dir())
    return [examine(assignment, folder) for folder in folders]


def examine(assignment: Assignment, folder: Path) -> Submission:
    """One student's hand-in: what can be graded, and why the rest cannot."""
    problems, readable = {}, []
    wanted = [notebook.name for notebook in assignment.notebooks]
    student = folder.parent.name
    if clean(student) != student or any(character in student for character in PATTERN_CHARACTERS):
        sentence = (
            f"the folder's name {student!a} cannot be a student's name: it is too long, begins or ends with a "
            f"space, or holds a control character or one of {' '.join(PATTERN_CHARACTERS)}; rename it"
        )
        return Submission(clean(student), folder, (), {wanted[0]: sentence}, digest_of(folder))
    present = sorted(path.name for path in folder.glob("*.ipynb"))
    for name in wanted:
        path = folder / f"{name}.ipynb"
        if path.name not in present:
            others = [other for other in present if other.removesuffix(".ipynb") not in wanted]
            seen = f"; found {clean(', '.join(others))}" if others else ""
            problems[name] = f"{path.name} was not handed in{seen}"
            continue
        problem = unreadable(path, assignment.notebook(name))
        if problem:
            problems[name] = f"{path.name} {problem}"
        else:
            readable.append(name)
    return Submission(student, folder, tuple(readable), problems, digest_of(folder))


def unreadable(path: Path, authored: AuthoredNotebook) -> str:
    """Why a file is no notebook of this assignment, as the end of a sentence that its name begins; "" if it is one."""
    if path.is_symlink() or not path.is_file():
        return "is no regular file"
    size = path.stat().st_size
    if size == 0:
        return "is empty"
    if size > LARGEST_BYTES:
        return f"is larger than {LARGEST_BYTES // 1_000_000} MB; clear its outputs and hand it in again"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return "is not text in UTF-8, so it is no notebook"
    if any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in text.splitlines()):
        return "holds the marks of a merge conflict; resolve it and hand it in again"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        return f"is not a notebook: it is no JSON{where}; it may have been cut off while it was saved"
    if not isinstance(document, dict) or "nbformat" not in document:
        return "is not a notebook: it is JSON, but has no nbformat"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat's, about what it mends while it reads
            notebook = nbformat.reads(text, as_version=4)
        cells = [(cell.cell_type, cell.source, cell.metadata.get("nbgrader")) for cell in notebook.cells]
    except Exception as error:  # nbformat raises what it meets; whatever it is, this is no notebook
        return f"is not a notebook that Jupyter can open ({type(error).__name__})"
    found = [marks.get("grade_id") for _, _, marks in cells if isinstance(marks, dict)]
    if not any(mark.grade_id in found for mark in authored.marked):
        return "has none of this assignment's cells; is it the notebook of another assignment?"
    return another_edition(notebook, authored)


def digest_of(folder: Path) -> str:
    """A hash over every name and byte in a folder; links and devices count by their name alone."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        regular = path.is_file() and not path.is_symlink()
        content = path.read_bytes() if regular else b""
        name = str(path.relative_to(folder)).encode(errors="surrogateescape")
        digest.update(len(name).to_bytes(8, "big") + name + len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()
