"""One student's grade on one screen: every check and probe, what it cost, and why."""

import nbformat
import pytest

from autograder.assignment import load_assignment
from autograder.errors import CourseError
from autograder.preprocessors import METADATA
from autograder.workflow.explain import explain

VERDICTS = {
    "assignment": "1-numbers",
    "isolation": "bubblewrap",
    "ended": "The notebook ended early: the cell that begins with `import os` ended the kernel.",
    "repaired": [{"flag": "", "cell": 3, "sentence": "A check was missing and was put back."}],
    "flags": [{"flag": "frames", "cell": 2, "line": 4, "sentence": "It reads the frames of what calls it."}],
    "checks": [
        {
            "check": "scale",
            "points": 1.0,
            "out_of": 4.0,
            "diagnoses": ["scale-adds"],
            "probes": [
                {"probe": "any-factor", "question": "q", "outcome": "wrong", "earns": False, "out_of": 2.0,
                 "sentence": "`scaled` came back as float64 in shape (2, 3), with 7 at [0, 0] (the first of 6 such "
                 "numbers), which is wrong; the largest error is 0.5."},
                {"probe": "default", "question": "q", "outcome": "right", "earns": True, "out_of": 1.0,
                 "sentence": ""},
                {"probe": "purity", "question": "q", "outcome": "right", "earns": False, "out_of": 1.0,
                 "sentence": "This holds, but it counts only together with: q."},
            ],
        },
        {
            "check": "shift",
            "points": 2.5,
            "out_of": 2.5,
            "diagnoses": [],
            "probes": [{"probe": "values", "question": "q", "outcome": "right", "earns": True, "out_of": 2.5,
                        "sentence": ""}],
        },
    ],
}  # fmt: skip


@pytest.fixture
def assignment(course):
    return load_assignment(course / "solutions" / "1-numbers")


def write(course, verdicts, student="ada"):
    folder = course / "classroom" / "autograded" / student / "1-numbers"
    folder.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(metadata={METADATA: verdicts} if verdicts else {})
    nbformat.write(notebook, folder / "numbers.ipynb")


def test_everything_is_on_the_screen(course, assignment):
    write(course, VERDICTS | {"version": assignment.version})
    assert explain(assignment, course, "ada", width=200).splitlines() == [
        "ada, 1-numbers: 3.5 of 6.5 automatic points",
        f"version {assignment.version}; isolation bubblewrap",
        "",
        "numbers.ipynb",
        "  ! The notebook ended early: the cell that begins with `import os` ended the kernel.",
        "  ! cell 3: A check was missing and was put back.",
        "  ! cell 2: It reads the frames of what calls it.",
        "  ✗ scale: 1 of 4",
        "      → scale-adds: The factor is added; it should stretch the values.",
        "      ✗ any-factor (−2, wrong): `scaled` float64 (2, 3): 7 at [0, 0], 6 in all; error up to 0.5.",
        "      ✗ purity (−1, right): This holds, but it counts only together with: q.",
        "      ✓ default",
        "  ✓ shift: 2.5 of 2.5",
        "      ✓ values",
    ]


def test_no_line_is_wider_than_the_screen(course, assignment):
    write(course, VERDICTS | {"version": assignment.version})
    lines = explain(assignment, course, "ada", width=60).splitlines()
    assert max(map(len, lines)) <= 60
    assert len(lines) < 30
    assert any(
        line.startswith("      ✗ any-factor (−2, wrong): `scaled` float64 (2") and line.endswith("…") for line in lines
    )


def test_a_hand_in_with_everything_wrong_still_fits_a_screen(course, assignment):
    probe = VERDICTS["checks"][0]["probes"][0]
    wrong = [{**probe, "probe": f"p{number}", "sentence": f"{number} {probe['sentence']}"} for number in range(11)]
    check = {**VERDICTS["checks"][0], "probes": wrong}
    write(course, VERDICTS | {"version": assignment.version, "checks": [check] * 4})
    assert len(explain(assignment, course, "ada", width=100).splitlines()) < 65


def test_a_grade_of_an_older_version_says_so(course, assignment):
    write(course, VERDICTS | {"version": "0123"})
    assert "version 0123 (the assignment has changed since: grade it again)" in explain(assignment, course, "ada")


def test_somebody_who_was_not_graded_is_named(course, assignment):
    write(course, VERDICTS | {"version": assignment.version})
    with pytest.raises(CourseError, match=r"no graded hand-in of 'bela' for 1-numbers in .*autograded; there is ada"):
        explain(assignment, course, "bela")
    with pytest.raises(CourseError, match=r"no graded hand-in of '\.\./ada'"):
        explain(assignment, course, "../ada")


def test_a_notebook_without_verdicts_says_so(course, assignment):
    write(course, None)
    with pytest.raises(CourseError, match="holds no verdict: grade it again"):
        explain(assignment, course, "ada")
