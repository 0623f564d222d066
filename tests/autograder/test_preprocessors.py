"""What is mended in a hand-in before it runs, and how a check's own output is kept from deciding its points."""

import copy
import io
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.preprocessors import METADATA, HandedIn, JudgedExecution, Repair, shown_output
from autograder.sandbox import limits


@pytest.fixture
def notebook(built_course):
    """The released notebook."""
    return nbformat.read(built_course / "assignments" / "1-numbers" / "numbers.ipynb", as_version=4)


@pytest.fixture
def repair(built_course):
    def repaired(notebook):
        facts = {"nbgrader": {"assignment": "1-numbers", "notebook": "numbers"}}
        mended, _ = Repair(root=str(built_course)).preprocess(notebook, facts)
        nbformat.validate(mended)
        return mended

    return repaired


NAMES = ["scale", "check_scale", "shift", "check_shift", "why"]


def names(notebook):
    return [cell.metadata["nbgrader"]["grade_id"] for cell in notebook.cells if "nbgrader" in cell.metadata]


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_an_honest_notebook_keeps_every_cell(notebook, repair):
    before = [(cell.cell_type, cell.source) for cell in notebook.cells]
    mended = repair(notebook)
    assert [(cell.cell_type, cell.source) for cell in mended.cells] == before
    assert names(mended) == NAMES


def test_marks_are_the_assignments_whatever_was_handed_in(notebook, repair):
    cell_of(notebook, "check_scale").metadata.nbgrader.update(points=100, grade=False, locked=False, schema_version=1)
    cell_of(notebook, "scale").metadata.nbgrader.update(grade=True, points=50)
    mended = repair(notebook)
    check, exercise = (cell_of(mended, name).metadata.nbgrader for name in ("check_scale", "scale"))
    assert (check.points, check.grade, check.locked, check.schema_version) == (4, True, True, 3)
    assert exercise.grade is False
    assert "points" not in exercise


def test_the_first_of_two_keeps_the_marks_and_the_second_its_place(notebook, repair):
    at = notebook.cells.index(cell_of(notebook, "check_scale"))
    twin = copy.deepcopy(notebook.cells[at])
    twin.id = "twin"
    notebook.cells.insert(at + 1, twin)
    mended = repair(notebook)
    assert names(mended) == NAMES
    assert mended.cells[at].metadata.nbgrader.grade_id == "check_scale"
    assert (mended.cells[at + 1].id, "nbgrader" in mended.cells[at + 1].metadata) == ("twin", False)


@pytest.mark.parametrize(
    "marks", ["scale", 3, None, [], {}, {"grade_id": None}, {"grade_id": ["scale"]}, {"grade_id": "x"}]
)
def test_marks_that_are_none_of_this_assignments_are_dropped(notebook, repair, marks):
    notebook.cells.insert(0, new_code_cell("mine = 1", metadata={"nbgrader": marks}))
    mended = repair(notebook)
    assert names(mended) == NAMES
    assert mended.cells[0].source == "mine = 1"
    assert "nbgrader" not in mended.cells[0].metadata


def test_tags_that_hide_a_check_are_dropped_and_others_stay(notebook, repair):
    notebook.cells[0].metadata.tags = ["mine", "skip-execution", "raises-exception"]
    notebook.cells[1].metadata.tags = {"skip-execution": 1}
    mended = repair(notebook)
    assert [cell.metadata.tags for cell in mended.cells[:2]] == [["mine"], []]


def test_verdicts_of_the_students_own_are_dropped(notebook, repair):
    notebook.metadata[METADATA] = {"checks": []}
    assert METADATA not in repair(notebook).metadata


@pytest.mark.parametrize(
    ("gone", "before"),
    [
        (["check_scale"], {"check_scale": "shift"}),
        (["check_shift"], {"check_shift": "why"}),
        (["shift", "check_shift"], {"check_shift": "why"}),
        (["scale", "check_scale"], {"check_scale": "shift"}),
        (["check_shift", "why"], {"check_shift": "why", "why": None}),
        (NAMES, {"check_scale": "check_shift", "check_shift": "why", "why": None}),
    ],
)
def test_a_missing_check_is_put_back_before_the_next_mark(notebook, repair, gone, before):
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in gone]
    own = [cell.id for cell in notebook.cells]
    mended = repair(notebook)
    assert [cell.id for cell in mended.cells if cell.id in own] == own
    graded = ["check_scale", "check_shift", "why"]
    assert names(mended) == [name for name in NAMES if name not in gone or name in graded]
    cells = mended.cells
    for name, following in before.items():
        at = cells.index(cell_of(mended, name))
        behind = cells[at + 1].metadata.nbgrader.grade_id if at + 1 < len(cells) else None
        assert behind == following


def test_a_missing_check_stands_behind_an_answer_in_a_cell_of_the_students_own(notebook, repair):
    notebook.cells.remove(cell_of(notebook, "check_shift"))
    exercise = cell_of(notebook, "shift")
    exercise.metadata = {}
    mended = repair(notebook)
    assert mended.cells.index(exercise) < mended.cells.index(cell_of(mended, "check_shift"))


def test_an_older_notebook_gets_no_cell_ids(notebook, repair):
    document = json.loads(nbformat.writes(notebook))
    document["nbformat_minor"] = 4
    document["cells"] = [cell for cell in document["cells"] if cell["id"] != "check_shift"]
    for cell in document["cells"]:
        del cell["id"]
    mended = repair(nbformat.from_dict(document))
    assert names(mended) == NAMES
    assert not any("id" in cell for cell in mended.cells)


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
