"""The one place where nbgrader is told of this course: its folders, its gradebook, and our steps among its own.

nbgrader finds it through ``nbgrader_config.py`` in the course's folder, so ``nbgrader autograde`` and formgrader's
button take the same way as ``autograder grade``.
"""

import os
import sys
from pathlib import Path

from traitlets.config import Config

from autograder.sandbox.limits import CELL_SECONDS, START_SECONDS

IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__"]


def course_config(root: Path, trust: bool = False) -> Config:
    """nbgrader's configuration for the course in ``root``.

    Parameters
    ----------
    root : Path
        The folder that holds ``solutions/``, ``assignments/`` and, for an instructor, ``classroom/``.
    trust : bool
        Run notebooks without the sandbox; every result says so.
    """
    from nbgrader import preprocessors as stock

    from autograder import preprocessors as ours
    from autograder.pages import pages_config
    from autograder.repair import Repair

    make_alembic_findable()
    config = Config()
    classroom = root / "classroom"
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "assignments"
    config.CourseDirectory.submitted_directory = "classroom/submitted"
    config.CourseDirectory.autograded_directory = "classroom/autograded"
    config.CourseDirectory.feedback_directory = "classroom/feedback"
    config.CourseDirectory.db_url = f"sqlite:///{classroom / 'gradebook.db'}"
    # The authored files, by their exact names: `*.py` would also throw away a student's own helper module.
    config.CourseDirectory.ignore = IGNORED + authored_names(root / "solutions") + page_names(root / "solutions")

    config.Autograde.sanitize_preprocessors = [
        Repair,
        ours.KeepHandedIn,
        stock.ClearOutput,
        stock.DeduplicateIds,
        stock.OverwriteKernelspec,
        stock.OverwriteCells,
        stock.CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        ours.JudgedExecution,
        stock.IgnorePattern,
        stock.LimitOutput,
        stock.SaveAutoGrades,
        stock.AssignLatePenalties,
        stock.CheckCellMetadata,
    ]
    config.Autograde.exporter_class = ours.HandedIn
    config.merge(pages_config())
    config.Repair.root = str(root)
    config.JudgedExecution.root = str(root)
    config.JudgedExecution.trust = trust
    config.JudgedExecution.shutdown_kernel = "immediate"
    config.JudgedExecution.timeout = CELL_SECONDS
    config.JudgedExecution.startup_timeout = START_SECONDS
    config.JudgedExecution.kernel_name = "python3"  # whatever kernel a student's notebook names
    config.JudgedExecution.skip_cells_with_tag = ""  # nbclient's default tag would skip a check
    config.JudgedExecution.extra_arguments = ["--IPKernelApp.capture_fd_output=False"]
    return config


def make_alembic_findable() -> None:
    """nbgrader calls the command ``alembic`` by its bare name: look for it beside this Python, activated or not."""
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", "")])


def authored_names(solutions: Path) -> list[str]:
    """The names of the files in ``solutions/*/`` that are authored and never handed out."""
    from autograder.assignment import listed_data

    authored = {path for pattern in ("*/*.py", "*/*.toml") for path in solutions.glob(pattern)}
    handed_out = {path for folder in solutions.glob("*/") for path in listed_data(folder)}
    return sorted({path.name for path in authored - handed_out})


def page_names(solutions: Path) -> list[str]:
    """The names of the feedback pages: a file of that name that was handed in would stand where ours is written."""
    return sorted({f"{path.stem}.html" for path in solutions.glob("*/*.ipynb")})
