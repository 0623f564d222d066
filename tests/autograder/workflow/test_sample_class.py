"""The sample class: twelve hand-ins that hold what a week's hand-ins hold, and never a student's own work lost."""

import json
import shutil

import nbformat
import pytest

from autograder.assignment import load_assignment
from autograder.errors import CourseError
from autograder.workflow.intake import collect
from autograder.workflow.sample_class import answer, make_sample_class


@pytest.fixture
def root(built_course, tmp_path):
    shutil.copytree(built_course, tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture
def assignment(root):
    return load_assignment(root / "solutions" / "1-numbers")


def text_of(root, student):
    return (root / "classroom" / "submitted" / student / "1-numbers" / "numbers.ipynb").read_text(encoding="utf-8")


def source_of(root, student, grade_id):
    notebook = nbformat.reads(text_of(root, student), as_version=4)
    return next(c.source for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def test_twelve_hand_ins_of_which_one_is_broken(root, assignment):
    students = make_sample_class(assignment, root)
    assert len(students) == len(set(students)) == 12
    submissions = collect(assignment, root / "classroom" / "submitted")
    assert [submission.student for submission in submissions] == sorted(students)
    assert [submission.student for submission in submissions if submission.problems] == ["hana"]
    assert "it is no JSON" in submissions[students.index("hana")].problems["numbers"]


def test_each_is_what_it_is_meant_to_be(root, assignment):
    make_sample_class(assignment, root)
    released = (root / "assignments" / "1-numbers" / "numbers.ipynb").read_text(encoding="utf-8")
    assert json.loads(text_of(root, "goran")) == json.loads(released)
    assert "scaled = values * factor" in source_of(root, "ada", "scale")
    assert "shifted = values - by" in source_of(root, "chen", "shift")
    assert "scaled = values * factor" in source_of(root, "fatma", "scale")
    assert "NotImplementedError" in source_of(root, "fatma", "shift")
    assert "while True:" in source_of(root, "ines", "shift")
    for student in ("ada", "bela", "fatma", "goran", "kofi"):
        compile(source_of(root, student, "shift"), student, "exec")
    with pytest.raises(SyntaxError):
        compile(source_of(root, "jonas", "shift"), "jonas", "exec")
    cells = [
        cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nbformat.reads(text_of(root, "kofi"), 4).cells
    ]
    assert (cells.count("check_scale"), cells.count("check_shift")) == (2, 0)


def test_no_hand_in_holds_a_mark_of_the_authors(root, assignment):
    for student in make_sample_class(assignment, root):
        assert "BEGIN SOLUTION" not in text_of(root, student)
        assert "END SOLUTION" not in text_of(root, student)


def test_made_twice_it_is_the_same(root, assignment):
    students = make_sample_class(assignment, root)
    before = [text_of(root, student) for student in students]
    assert make_sample_class(assignment, root) == students
    assert [text_of(root, student) for student in students] == before


def test_a_hand_in_that_is_no_sample_is_never_overwritten(root, assignment):
    mine = root / "classroom" / "submitted" / "goran" / "1-numbers"
    mine.mkdir(parents=True)
    (mine / "numbers.ipynb").write_text("a week of work", encoding="utf-8")
    with pytest.raises(CourseError, match=f"{mine} holds what no sample class put there"):
        make_sample_class(assignment, root)
    assert text_of(root, "goran") == "a week of work"
    assert [path.name for path in (root / "classroom" / "submitted").iterdir()] == ["goran"]


def test_a_sample_that_somebody_went_on_with_is_never_overwritten(root, assignment):
    make_sample_class(assignment, root)
    path = root / "classroom" / "submitted" / "ada" / "1-numbers" / "helper.py"
    path.write_text("mine = 1", encoding="utf-8")
    with pytest.raises(CourseError, match="holds what no sample class put there"):
        make_sample_class(assignment, root)
    assert path.exists()


def test_an_assignment_that_was_not_built_is_named(root, assignment):
    shutil.rmtree(root / "assignments")
    with pytest.raises(CourseError, match=r"numbers\.ipynb does not exist; run `autograder build` first"):
        make_sample_class(assignment, root)
    assert not (root / "classroom").exists()


def test_an_answer_needs_a_docstring_to_stand_behind(assignment):
    notebooks = {"numbers": nbformat.v4.new_notebook()}
    cell = nbformat.v4.new_code_cell("def scale(): pass", metadata={"nbgrader": {"grade_id": "scale"}})
    notebooks["numbers"].cells = [cell]
    with pytest.raises(CourseError, match="scale: an exercise's docstring was expected, found none"):
        answer("numbers", "scale", "pass")(notebooks)
