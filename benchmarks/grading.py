"""Compare our grading with stock nbgrader's, on the same hand-ins, in one run.

Stock grades the solved notebooks' own visible checks in a plain kernel. Ours starts a sandbox for each notebook and
asks all probes as well, so a ratio below one is the price of that.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.assignment import find_assignment
from autograder.build import quiet_nbgrader, release, to_bytes
from autograder.nbgrader_config import make_alembic_findable
from autograder.sandbox.limits import CELL_SECONDS
from autograder.workflow.ledger import Ledger
from autograder.workflow.run import grade
from autograder.workflow.sample_class import solved
from autograder.worlds import expected_answers

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Time both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assignment", default="2-optimizers")
    parser.add_argument("--submissions", type=int, default=4, help="how many right hand-ins to grade (default: 4)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    if chosen.submissions < 1:
        parser.error(f"--submissions must be at least 1, got {chosen.submissions}")
    assignment = find_assignment(ROOT, chosen.assignment)
    with tempfile.TemporaryDirectory() as scratch:
        course = Path(scratch)
        shutil.copytree(ROOT / "solutions", course / "solutions")
        assignment = find_assignment(course, chosen.assignment)
        for number in range(chosen.submissions):
            folder = course / "classroom" / "submitted" / f"student-{number:03d}" / assignment.name
            folder.mkdir(parents=True)
            for name, notebook in solved(assignment).items():
                (folder / f"{name}.ipynb").write_bytes(to_bytes(notebook))
        found = compare(assignment, course, chosen.submissions)
    if chosen.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:<28} {value:.3g}")


def compare(assignment, course: Path, submissions: int) -> dict[str, float]:
    """Grade the same hand-ins by stock nbgrader and by ours.

    Returns
    -------
    dict of str to float
        Submissions a minute of each, their ratio, and the seconds that asking the reference took, once for the class.
    """
    started = time.perf_counter()
    seed = Ledger(course / "classroom" / "ledger.jsonl").seed(assignment.name, assignment.version)
    expected_answers(assignment, seed, course / "classroom" / "expected", say=lambda line: None)
    reference = time.perf_counter() - started

    started = time.perf_counter()
    grade_stock(assignment, course)
    stock = time.perf_counter() - started

    started = time.perf_counter()
    outcome = grade(assignment, course, say=lambda line: None)
    ours = time.perf_counter() - started
    if outcome.graded != submissions or outcome.problems:
        raise SystemExit(f"ours graded {outcome.graded} of {submissions}: {outcome.problems}")
    return {
        "submissions": submissions,
        "stock_per_minute": 60 * submissions / stock,
        "ours_per_minute": 60 * submissions / ours,
        "ratio": stock / ours,
        "reference_seconds": reference,
    }


def grade_stock(assignment, course: Path) -> None:
    """Grade with nbgrader as it comes; only the folders and the time a cell may take are ours."""
    make_alembic_findable()
    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.submitted_directory = "classroom/submitted"
    config.CourseDirectory.autograded_directory = "stock"
    config.CourseDirectory.db_url = f"sqlite:///{course / 'stock.db'}"
    config.CourseDirectory.assignment_id = assignment.name
    config.Execute.timeout = CELL_SECONDS
    with tempfile.TemporaryDirectory() as scratch:
        release(assignment, Path(scratch) / "release", db_url=config.CourseDirectory.db_url)
    with quiet_nbgrader() as said:
        try:
            Autograde(coursedir=CourseDirectory(config=config), config=config).start()
        except Exception as error:
            raise SystemExit(f"stock nbgrader could not grade: {said() or error}") from error


if __name__ == "__main__":
    main()
