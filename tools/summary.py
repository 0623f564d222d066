"""The last words of ``make course``: where everything is, and how to open it."""

import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent


def summary(assignment: str) -> str:
    """Say where the website, the assignments, the gradebook and the report are.

    Parameters
    ----------
    assignment : str
        The assignment that has been graded.
    """
    released = sorted((ROOT / "assignments").glob("*/*.ipynb"))
    graded = sorted((ROOT / "classroom" / "autograded").glob(f"*/{assignment}/*.ipynb"))
    students = {path.parent.parent.name for path in graded}
    exercises = sum("nbgrader" in cell.metadata for path in released for cell in nbformat.read(path, 4).cells)
    rows = [
        ("website", "_build/html/index.html", "make serve, then http://127.0.0.1:8000"),
        ("assignments", "assignments/", f"{len(released)} notebooks with {exercises} marked cells; see its README.md"),
        ("gradebook", "classroom/gradebook.db", f"make formgrader shows the {len(students)} graded students"),
        ("feedback", "classroom/feedback/", "one page for each student and notebook"),
        ("class report", f"classroom/reports/{assignment}.html", "open it in a browser"),
    ]
    missing = [place for _, place, _ in rows if not (ROOT / place).exists()]
    if missing:
        raise SystemExit(f"make course: {missing[0]} should be there by now, and is not")
    lines = [f"  {name:<13} {place:<38} {how}" for name, place, how in rows]
    return "\n".join(["", "The course is built and a sample class is graded.", *lines])


if __name__ == "__main__":
    print(summary(sys.argv[1]))
