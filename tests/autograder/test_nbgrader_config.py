"""What nbgrader is told of a course: its folders, our steps in its lists, and what is never handed out."""

import os
import sys
from pathlib import Path

import pytest
from nbgrader import preprocessors as stock

from autograder import preprocessors as ours
from autograder.nbgrader_config import authored_names, course_config, make_alembic_findable, page_names
from autograder.repair import Repair


@pytest.fixture
def config(course):
    return course_config(course)


def test_every_folder_lies_in_the_course(config, course):
    directory = config.CourseDirectory
    assert directory.root == str(course)
    assert (directory.source_directory, directory.release_directory) == ("solutions", "assignments")
    for name in ("submitted", "autograded", "feedback"):
        assert directory[f"{name}_directory"] == f"classroom/{name}"
    assert directory.db_url == f"sqlite:///{course}/classroom/gradebook.db"


def test_our_steps_stand_among_nbgraders(config):
    assert config.Autograde.sanitize_preprocessors[0] is Repair
    assert config.Autograde.autograde_preprocessors[0] is ours.JudgedExecution
    lists = [*config.Autograde.sanitize_preprocessors, *config.Autograde.autograde_preprocessors]
    assert stock.OverwriteCells in lists
    assert stock.SaveAutoGrades in lists
    assert stock.Execute not in lists
    assert "ClearMetadataPreprocessor" not in [step.__name__ for step in lists]  # it would take the verdicts away


def test_no_tag_and_no_kernel_name_of_a_students_is_honoured(config):
    assert config.JudgedExecution.skip_cells_with_tag == ""
    assert config.JudgedExecution.kernel_name == "python3"


def test_authored_files_are_ignored_by_their_exact_names(course, config):
    assert authored_names(course / "solutions") == ["misconceptions.toml", "numbers.py", "probes.py"]
    assert {"misconceptions.toml", "numbers.py", "probes.py"} <= set(config.CourseDirectory.ignore)
    assert "*.py" not in config.CourseDirectory.ignore


def test_a_listed_module_is_not_ignored(course):
    folder = course / "solutions" / "1-numbers"
    (folder / "helper.py").write_text("", encoding="utf-8")
    assert "helper.py" in authored_names(course / "solutions")
    (folder / "assignment.toml").write_text('data = ["helper.py"]\n', encoding="utf-8")
    assert authored_names(course / "solutions") == ["assignment.toml", "misconceptions.toml", "numbers.py", "probes.py"]


def test_a_page_that_a_student_hands_in_does_not_stand_where_ours_is_written(built_course):
    assert page_names(built_course / "solutions") == ["numbers.html"]
    assert "numbers.html" in course_config(built_course).CourseDirectory.ignore


def test_alembic_is_found_beside_this_python(monkeypatch):
    beside = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    make_alembic_findable()
    make_alembic_findable()
    assert os.environ["PATH"] == f"{beside}:/usr/bin:/bin"
