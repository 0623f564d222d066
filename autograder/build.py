"""``autograder build``: solutions/*.py become solved notebooks beside them and, through nbgrader, the released ones."""

import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from autograder.assignment import Assignment
from autograder.errors import AuthoringError, CourseError
from autograder.files import replace_file
from autograder.sandbox.kernel import OwnNotebookClient
from autograder.worlds import is_keras, key_of, verify_probes


def build(assignment: Assignment, root: Path, say=print) -> bool:
    """Write an assignment's solved and released notebooks, unless they are there and fit.

    Parameters
    ----------
    assignment : Assignment
        What to build.
    root : Path
        The course's folder, which holds ``assignments/``.
    say : callable
        Is told, in a line each, what takes long.

    Returns
    -------
    bool
        Whether anything was written. Everything is made in a temporary folder first, so that a failure leaves
        what was there.
    """
    written = False
    with tempfile.TemporaryDirectory() as scratch:
        solved = {}
        for notebook in assignment.notebooks:
            target = notebook.path.with_suffix(".ipynb")
            if is_fresh(notebook, target):
                continue
            say(f"{assignment.name}: running {target.name}")
            solved[target] = to_bytes(execute(notebook.solved(), Path(scratch), assignment, notebook))
        folder = Path(scratch) / "release"
        release(assignment, folder)
        verify_once(assignment, root, say)
        target = root / "assignments" / assignment.name
        if not same_folders(folder, target):
            say(f"{assignment.name}: writing {target.relative_to(root)}")
            staged = target.with_name(f".{target.name}.new")
            shutil.rmtree(staged, ignore_errors=True)
            shutil.copytree(folder, staged)
            shutil.rmtree(target, ignore_errors=True)
            staged.rename(target)
            written = True
        for path, content in solved.items():
            replace_file(path, content)
            written = True
    return written


def verify_once(assignment: Assignment, root: Path, say=print) -> None:
    """Refuse probes that the judge could not rely on; what has been found fit is not asked again until it changes.

    Raises
    ------
    AuthoringError
        As ``worlds.verify_probes`` says.
    """
    found_fit = root / ".stamps" / f"probes-{assignment.name}-{key_of(assignment, 0)}"
    if assignment.probes and not found_fit.exists():
        verify_probes(assignment, say)
        found_fit.parent.mkdir(exist_ok=True)
        found_fit.touch()


def stale(assignment: Assignment, root: Path) -> list[str]:
    """Name what a build would write: a sentence for each solved or released notebook that no longer fits."""
    problems = [
        f"{notebook.path.with_suffix('.ipynb')} does not fit {notebook.path.name}"
        for notebook in assignment.notebooks
        if not is_fresh(notebook, notebook.path.with_suffix(".ipynb"))
    ]
    with tempfile.TemporaryDirectory() as scratch:
        release(assignment, Path(scratch) / "release")
        target = root / "assignments" / assignment.name
        if not same_folders(Path(scratch) / "release", target):
            problems.append(f"{target} does not fit solutions/{assignment.name}")
    return [f"{problem}; run `make assignments`" for problem in problems]


def is_fresh(notebook, path: Path) -> bool:
    """Whether the executed notebook at ``path`` has exactly the cells that ``notebook`` would be lowered to."""
    if not path.exists():
        return False
    try:
        executed = nbformat.read(path, as_version=4)
    except Exception:  # whatever is the matter with it (a merge conflict, say), it has to be made anew
        return False
    if any(cell.cell_type == "code" and cell.execution_count is None and cell.source for cell in executed.cells):
        return False
    return to_bytes(without_outputs(executed)) == to_bytes(notebook.solved())


def execute(notebook: nbformat.NotebookNode, scratch: Path, assignment: Assignment, authored) -> nbformat.NotebookNode:
    """Run the solved notebook from top to bottom, in an empty folder with the assignment's data; keep its outputs."""
    folder = scratch / f"run-{authored.name}"
    folder.mkdir()
    for path in assignment.data:
        shutil.copy(path, folder)
    try:
        resources = {"metadata": {"path": str(folder)}}
        OwnNotebookClient(notebook, numpy_only=not is_keras(authored), resources=resources).execute()
    except CellExecutionError as error:
        reason = f"{error.ename}: {error.evalue}".strip()
        raise AuthoringError(f"{authored.path}: the solved notebook fails when it runs: {reason}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        reason = "a cell takes too long" if isinstance(error, CellTimeoutError) else "a cell ends the kernel"
        raise AuthoringError(f"{authored.path}: the solved notebook fails when it runs: {reason}") from None
    notebook.metadata["language_info"] = {"name": "python"}  # the version would differ from machine to machine
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error" or output.get("name") == "stderr":
                text = output.get("text", output.get("ename"))
                raise AuthoringError(f"{authored.path}: the solved notebook writes to stderr: {text.strip()[:200]!r}")
    return notebook


def release(assignment: Assignment, folder: Path, db_url: str | None = None) -> None:
    """Have nbgrader make the students' notebooks, and enter the assignment in a gradebook.

    Parameters
    ----------
    assignment : Assignment
        What to release.
    folder : Path
        Where the students' part is written; must not exist.
    db_url : str, optional
        The gradebook's address; by default a gradebook that is thrown away.
    """
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    from autograder.nbgrader_config import course_config

    with tempfile.TemporaryDirectory() as scratch:
        course = Path(scratch)
        source = course / "solutions" / assignment.name
        source.mkdir(parents=True)
        for notebook in assignment.notebooks:
            (source / f"{notebook.name}.ipynb").write_bytes(to_bytes(notebook.solved()))
        for path in assignment.data:
            shutil.copy(path, source)
        if assignment.data:
            shutil.copy(assignment.folder / "assignment.toml", source)  # it says that a .py among them is handed out
        config = course_config(course)
        config.CourseDirectory.db_url = db_url or f"sqlite:///{course / 'gradebook.db'}"
        config.CourseDirectory.assignment_id = assignment.name
        with quiet_nbgrader() as said:
            try:
                GenerateAssignment(coursedir=CourseDirectory(config=config), config=config).start()
            except Exception as error:
                raise CourseError(f"nbgrader would not release {assignment.name}: {said() or error}") from error
        shutil.copytree(course / "assignments" / assignment.name, folder)
    for path in folder.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["language_info"] = {"name": "python"}
        path.write_bytes(to_bytes(notebook))


@contextmanager
def quiet_nbgrader() -> Iterator:
    """Keep nbgrader's log off the terminal; yields a function that tells the error that began it all."""
    from traitlets.log import get_logger

    errors = []

    class Keep(logging.Handler):
        def emit(self, record):
            if record.levelno >= logging.ERROR:
                errors.append(record.getMessage().strip())

    def first_error():
        told = [text for text in errors if text.startswith("Traceback")] + errors
        return told[0].splitlines()[-1] if told else ""

    logger, keep = get_logger(), Keep()
    handlers, propagate, level = logger.handlers[:], logger.propagate, logger.level
    logger.handlers, logger.propagate = [keep], False
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy's and nbformat's, about what nbgrader does
            yield first_error
    finally:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def without_outputs(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy of a notebook as it was before it ran."""
    bare = nbformat.from_dict(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.update(execution_count=None, outputs=[])
            cell.metadata.pop("execution", None)
    return bare


def to_bytes(notebook: nbformat.NotebookNode) -> bytes:
    """A notebook as the bytes of its file: the same notebook, the same bytes."""
    return (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode()


def same_folders(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same bytes; checkpoints do not count."""

    def content(folder):
        files = (path for path in folder.rglob("*") if path.is_file() and ".ipynb_checkpoints" not in path.parts)
        return {path.relative_to(folder): path.read_bytes() for path in files}

    return other.is_dir() and content(one) == content(other)
