"""What is mended in a hand-in before it runs, and what is told of it."""

import copy
import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.assignment import find_assignment, find_assignments, load_assignment
from autograder.repair import EDITED_MARKS, EDITED_TYPE, HIDDEN_CHECK, METADATA, REPAIRED, Repair

ROOT = Path(__file__).resolve().parents[2]


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
        for each in mended.metadata[REPAIRED]:
            assert set(each) == {"flag", "cell", "sentence"}
            assert "\n" not in each["sentence"]
        return mended

    return repaired


NAMES = ["scale", "check_scale", "shift", "check_shift", "why"]


def names(notebook):
    return [cell.metadata["nbgrader"]["grade_id"] for cell in notebook.cells if "nbgrader" in cell.metadata]


def told(mended):
    """What was mended, as (flag, number of the cell, sentence)."""
    return [tuple(each.values()) for each in mended.metadata[REPAIRED]]


def number_of(mended, name):
    return mended.cells.index(cell_of(mended, name)) + 1


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_an_honest_notebook_keeps_every_cell(notebook, repair):
    before = [(cell.cell_type, cell.source) for cell in notebook.cells]
    mended = repair(notebook)
    assert [(cell.cell_type, cell.source) for cell in mended.cells] == before
    assert names(mended) == NAMES
    assert told(mended) == []


def test_what_editors_and_answers_change_is_not_told(notebook, repair, built_course):
    """Answered, saved with other line ends, by an editor that drops what it does not know."""
    solved = load_assignment(built_course / "solutions" / "1-numbers").notebook("numbers").solved()
    for handed_in in (notebook, solved):
        for cell in handed_in.cells:
            cell.source = "\r\n".join(f"{line} \t" for line in cell.source.split("\n")) + "\r\n\n"
            cell.metadata.update(editable=True, collapsed=False, tags=["mine"])
            for key in ("checksum", "cell_type", "task"):
                cell.metadata.get("nbgrader", {}).pop(key, None)
        answer = cell_of(handed_in, "scale")
        answer.source = "def scale(values, factor=3.0):\n    return factor * values"
        cell_of(handed_in, "why").source = "Because."
        handed_in.cells.insert(0, new_code_cell("1", metadata={"tags": ["raises-exception"]}))
        handed_in.metadata["kernelspec"] = {"name": "colab", "display_name": "mine"}
        assert told(repair(handed_in)) == []


def test_the_assignments_of_this_course_are_honest():
    for name in find_assignments(ROOT):
        for authored in find_assignment(ROOT, name).notebooks:
            facts = {"nbgrader": {"assignment": name, "notebook": authored.name}}
            released = ROOT / "assignments" / name / f"{authored.name}.ipynb"
            for handed_in in (authored.solved(), nbformat.read(released, as_version=4)):
                mended, _ = Repair(root=str(ROOT)).preprocess(handed_in, facts)
                assert told(mended) == [], (name, authored.name)


def test_marks_are_the_assignments_whatever_was_handed_in(notebook, repair):
    cell_of(notebook, "check_scale").metadata.nbgrader.update(points=100, grade=False, locked=False, schema_version=1)
    cell_of(notebook, "scale").metadata.nbgrader.update(grade=True, points=50)
    mended = repair(notebook)
    check, exercise = (cell_of(mended, name).metadata.nbgrader for name in ("check_scale", "scale"))
    assert (check.points, check.grade, check.locked, check.schema_version) == (4, True, True, 3)
    assert exercise.grade is False
    assert "points" not in exercise
    assert told(mended) == [
        (
            EDITED_MARKS,
            number_of(mended, "scale"),
            "The answer's cell of `scale` had marks that are not the assignment's: points 50 instead of none, "
            "grade True instead of False.",
        ),
        (
            EDITED_MARKS,
            number_of(mended, "check_scale"),
            "The check of `scale` had marks that are not the assignment's: points 100 instead of 4, grade False "
            "instead of True, locked False instead of True.",
        ),
    ]


def test_the_first_of_two_keeps_the_marks_and_the_second_its_place(notebook, repair):
    at = notebook.cells.index(cell_of(notebook, "check_scale"))
    twin = copy.deepcopy(notebook.cells[at])
    twin.id = "twin"
    notebook.cells.insert(at + 1, twin)
    mended = repair(notebook)
    assert names(mended) == NAMES
    assert mended.cells[at].metadata.nbgrader.grade_id == "check_scale"
    assert (mended.cells[at + 1].id, "nbgrader" in mended.cells[at + 1].metadata) == ("twin", False)
    assert told(mended) == [("", at + 2, "The check of `scale` stands here once more; this copy counts for nothing.")]


@pytest.mark.parametrize(
    "marks", ["scale", 3, None, [], {}, {"grade_id": None}, {"grade_id": ["scale"]}, {"grade_id": "x"}]
)
def test_marks_that_are_none_of_this_assignments_are_dropped(notebook, repair, marks):
    notebook.cells.insert(0, new_code_cell("mine = 1", metadata={"nbgrader": marks}))
    mended = repair(notebook)
    assert names(mended) == NAMES
    assert mended.cells[0].source == "mine = 1"
    assert "nbgrader" not in mended.cells[0].metadata
    called = " (x)" if marks == {"grade_id": "x"} else ""
    sentence = f"This cell's marks{called} are none of this assignment's and were dropped."
    assert told(mended) == ([] if marks is None else [("", 1, sentence)])


def test_a_check_under_another_name_is_tampering(notebook, repair):
    cell_of(notebook, "check_scale").metadata.nbgrader.grade_id = "check_free"
    mended = repair(notebook)
    at = number_of(mended, "check_scale")
    assert told(mended) == [
        (EDITED_MARKS, at - 1, "This copy of the check of `scale` was given other marks; it counts for nothing."),
        ("", at, "The check of `scale` was missing and was put back here."),
    ]


def test_so_are_two_checks_that_swapped_their_names(notebook, repair):
    scale, shift = (cell_of(notebook, name).metadata.nbgrader for name in ("check_scale", "check_shift"))
    scale.grade_id, shift.grade_id = shift.grade_id, scale.grade_id
    mended = repair(notebook)
    assert [
        (flag, sentence) for flag, _, sentence in told(mended) if "text" in sentence
    ] == [
        (EDITED_MARKS, "The check of `shift` held the text of the check of `scale`; its own was put back."),
        (EDITED_MARKS, "The check of `scale` held the text of the check of `shift`; its own was put back."),
    ]  # fmt: skip


def test_an_edited_check_is_told_and_no_tampering(notebook, repair):
    cell_of(notebook, "check_scale").source += "\nprint('here')"
    mended = repair(notebook)
    sentence = "The check of `scale` was edited; its own text was put back."
    assert told(mended) == [("", number_of(mended, "check_scale"), sentence)]


@pytest.mark.parametrize(
    ("name", "was", "flag"),
    [
        ("check_scale", "markdown", EDITED_TYPE),
        ("check_shift", "raw", EDITED_TYPE),
        ("scale", "markdown", ""),
        ("why", "code", ""),
    ],
)
def test_a_flipped_type_is_flipped_back(notebook, repair, name, was, flag):
    cell = cell_of(notebook, name)
    right, source = cell.cell_type, cell.source
    cell.cell_type = was
    if was == "code":
        cell.update(outputs=[], execution_count=None)
    else:
        cell.pop("outputs"), cell.pop("execution_count")
        cell["attachments"] = {}
    mended = repair(notebook)
    assert (cell_of(mended, name).cell_type, cell_of(mended, name).source) == (right, source)
    ((told_flag, number, sentence),) = told(mended)
    assert (told_flag, number) == (flag, number_of(mended, name))
    assert sentence.endswith(f" was a cell of type {was}; it is of type {right} again.")


@pytest.mark.parametrize("tag", ["skip-execution", "raises-exception"])
@pytest.mark.parametrize(("name", "flag"), [("check_scale", HIDDEN_CHECK), ("scale", ""), ("why", "")])
def test_a_tag_that_hides_a_check_is_tampering(notebook, repair, tag, name, flag):
    cell_of(notebook, name).metadata.tags = ["mine", tag]
    mended = repair(notebook)
    assert cell_of(mended, name).metadata.tags == ["mine"]
    ((told_flag, number, sentence),) = told(mended)
    assert (told_flag, number) == (flag, number_of(mended, name))
    assert f"`{name.removeprefix('check_')}` had the tag {tag}, which was taken off." in sentence


@pytest.mark.parametrize("tags", ["skip-execution", None, 3, {"skip-execution": 1}, [["skip-execution"], {}, None, 3]])
def test_tags_that_are_none_are_dropped(notebook, repair, tags):
    cell_of(notebook, "check_scale").metadata.tags = tags
    assert cell_of(repair(notebook), "check_scale").metadata.tags == []


@pytest.mark.parametrize("value", ["4\u202e\x00\nx", 10.0**300, [4], {"a": 1}, None, True, "x" * 10**6])
def test_whatever_stands_in_a_mark_becomes_one_clean_sentence(notebook, repair, value):
    cell_of(notebook, "check_scale").metadata.nbgrader.points = value
    ((flag, _, sentence),) = told(repair(notebook))
    assert flag == EDITED_MARKS
    assert len(sentence) < 500
    assert sentence.isprintable()


def test_tags_that_hide_a_check_are_dropped_and_others_stay(notebook, repair):
    notebook.cells[0].metadata.tags = ["mine", "skip-execution", "raises-exception"]
    notebook.cells[1].metadata.tags = {"skip-execution": 1}
    mended = repair(notebook)
    assert [cell.metadata.tags for cell in mended.cells[:2]] == [["mine"], []]


def test_verdicts_of_the_students_own_are_dropped(notebook, repair):
    notebook.metadata[METADATA] = {"checks": []}
    mended = repair(notebook)
    assert METADATA not in mended.metadata
    assert told(mended) == [("", 0, "It came with verdicts of its own, which were dropped.")]


@pytest.mark.parametrize("own", ["nothing", [], [{"flag": "", "cell": 1, "sentence": "All is well."}], {"a": 1}])
def test_what_a_student_says_was_mended_does_not_count(notebook, repair, own):
    notebook.metadata[REPAIRED] = own
    assert told(repair(notebook)) == []


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
    missing = [name for name in graded if name in gone]
    assert [number for _, number, _ in told(mended)] == [number_of(mended, name) for name in missing]
    assert {(flag, sentence[-34:]) for flag, _, sentence in told(mended)} == {
        ("", "was missing and was put back here.")
    }


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
