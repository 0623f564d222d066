"""A hand-in is read whatever an editor made of it, and a check's own output is kept from deciding its points."""

import io
import json
import shutil

import nbformat
import pytest
from nbformat.v4 import new_output

from autograder.assignment import load_assignment
from autograder.preprocessors import HandedIn, JudgedExecution, shown_output
from autograder.sandbox import limits
from autograder.workflow import sample_class
from autograder.workflow.run import grade


@pytest.fixture
def notebook(built_course):
    """The released notebook."""
    return nbformat.read(built_course / "assignments" / "1-numbers" / "numbers.ipynb", as_version=4)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_byte_order_mark_is_read_over(notebook, mark):
    text, _ = HandedIn().from_file(io.StringIO(mark + nbformat.writes(notebook)))
    assert json.loads(text)["cells"]


def test_no_output_of_a_checks_own_decides_points():
    error = new_output("error", ename="AssertionError", evalue="no", traceback=["line 1", "line 2"])
    stderr = new_output("stream", name="stderr", text="careful")
    number = new_output("execute_result", data={"text/plain": "4"}, execution_count=1)
    picture = new_output("display_data", data={"text/plain": "4"})
    shown = [shown_output(output) for output in (error, stderr, number, picture)]
    assert [output.output_type for output in shown] == ["stream", "stream", "display_data", "display_data"]
    assert [output.name for output in shown[:2]] == ["stdout", "stdout"]
    assert shown[0].text == "line 1\nline 2"
    assert shown[2].data == {"text/plain": "4"}
    assert shown_output(nbformat.from_dict({"output_type": "update_display_data"})) is None


def test_a_flood_is_cut(monkeypatch):
    monkeypatch.setattr("autograder.preprocessors.OUTPUT_BYTES", 10)
    assert shown_output(new_output("stream", name="stdout", text="x" * 99)).text == "x" * 10
    assert shown_output(new_output("error", ename="E", evalue="", traceback=["x" * 99])).text == "x" * 10


def test_after_one_cell_has_hung_the_others_get_less_time():
    execution = JudgedExecution(timeout=60)
    assert execution._seconds_for(None) == 60
    execution._hung = True
    assert execution._seconds_for(None) == limits.AGAIN_SECONDS < 60
    assert JudgedExecution(timeout=3)._seconds_for(None) == 3


SLEEP = """
def shift(values, *, by):
    return values + by


import time
time.sleep(3)
"""


@pytest.mark.parametrize(("cell_seconds", "runs_through"), [(1, False), (30, True)])
def test_an_assignment_says_how_long_its_cells_may_take(built_course, tmp_path, cell_seconds, runs_through):
    root = tmp_path / "course"
    shutil.copytree(built_course, root)
    folder = root / "solutions" / "1-numbers"
    (folder / "assignment.toml").write_text(f"cell_seconds = {cell_seconds}\n", encoding="utf-8")
    assignment = load_assignment(folder)
    notebook = sample_class.solved(assignment)["numbers"]
    sample_class.cell_of(notebook, "shift").source = SLEEP
    path = root / "classroom" / "submitted" / "slow" / "1-numbers" / "numbers.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    grade(assignment, root, say=lambda line: None)
    graded = nbformat.read(root / "classroom" / "autograded" / "slow" / "1-numbers" / "numbers.ipynb", as_version=4)
    told = "".join(str(output) for output in sample_class.cell_of(graded, "shift").outputs)
    assert ("When this notebook was run from top to bottom, this cell" in told) is not runs_through


@pytest.mark.parametrize(
    "output",
    [
        {},
        {"output_type": "stream", "text": ["a", 3]},
        {"output_type": "stream"},
        {"output_type": "display_data", "data": "text"},
        {"output_type": "display_data"},
        {"output_type": "widget", "data": {}},
        {"output_type": 3},
    ],
)
def test_what_is_no_output_of_its_kind_is_left_out(output):
    assert shown_output(nbformat.from_dict(output)) is None


def test_half_of_an_output_is_shown_as_far_as_it_goes():
    error = nbformat.from_dict({"output_type": "error", "traceback": ["line", 3, None]})
    assert shown_output(error).text == "line"
    display = nbformat.from_dict({"output_type": "display_data", "data": {"text/plain": "4"}, "metadata": [3]})
    assert shown_output(display).metadata == {}


def test_what_is_kept_of_our_run_is_safe_to_show():
    output = new_output("display_data", data={"text/html": "<b>x</b><script>1</script>", "application/javascript": "1"})
    assert shown_output(output).data == {"text/html": "<b>x</b>"}


def test_the_graders_mark_is_taken_off_a_students_output():
    output = new_output("display_data", data={"text/plain": "4"}, metadata={"judge": True})
    assert shown_output(output).metadata == {}
