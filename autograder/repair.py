"""Mends a hand-in before it runs, and tells what it mended: marks, tags and checks that are not the assignment's."""

import copy

from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from autograder.assignment import read_once, when_changed
from autograder.wire import clean

METADATA = "judge"  # where a graded notebook carries its verdicts
REPAIRED = "repaired"  # and where it tells what was mended
SKIPPING_TAGS = ("skip-execution", "raises-exception")
EDITABLE = ("points", "grade", "solution", "locked", "task")  # the marks on which a score hangs
# What no student does by accident. It is shown to the instructor and, like all flags, changes no score.
EDITED_MARKS, EDITED_TYPE, HIDDEN_CHECK = "edited-marks", "edited-type", "hidden-check"


class Repair(NbGraderPreprocessor):
    """Mend what nbgrader would stumble over: marks that are missing, foreign or there twice, a tag that hides a check.

    Only marks, types and tags of marked cells and missing checks are touched; every cell of the student's keeps its
    place and its text. What was mended is told in ``nb.metadata["repaired"]``, a list of ``{"flag", "cell",
    "sentence"}``: ``flag`` is "" or a name from this file, and ``cell`` counts the mended notebook's cells from 1 (0
    is the notebook as a whole). An honest notebook's list is empty.
    """

    root = Unicode(help="The course's folder.").tag(config=True)

    def preprocess(self, nb, resources):
        facts = resources["nbgrader"]
        assignment = read_once(self.root, facts["assignment"], when_changed(self.root, facts["assignment"]))
        notebook = assignment.notebook(facts["notebook"])
        wanted = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.solved().cells if is_marked(cell)}
        self._calls = {mark.grade_id: CALLED[mark.kind].format(mark.name) for mark in notebook.marked}
        self._texts = {text_of(wanted[mark.grade_id]): mark.grade_id for mark in notebook.checks}
        self._told = []
        seen = set()
        for cell in nb.cells:
            self._mend(cell, wanted, seen)
        self._put_back(nb, wanted, seen)
        if nb.metadata.pop(METADATA, None) is not None:  # verdicts are ours to write
            self._tell(None, "It came with verdicts of its own, which were dropped.")
        numbers = {id(cell): number for number, cell in enumerate(nb.cells, 1)}
        told = [
            {"flag": flag, "cell": numbers.get(id(cell), 0), "sentence": sentence}
            for flag, cell, sentence in self._told
        ]
        nb.metadata[REPAIRED] = sorted(told, key=lambda each: each["cell"])
        return nb, resources

    def _tell(self, cell, sentence, flag=""):
        self._told.append((flag, cell, sentence))

    def _mend(self, cell, wanted, seen):
        marks = cell.metadata.pop("nbgrader", None)
        name = marks.get("grade_id") if isinstance(marks, dict) else None
        if not isinstance(name, str) or name not in wanted:
            if marks is not None:
                self._tell_of_foreign_marks(cell, name)
        elif name in seen:  # the first of two keeps the marks; the second runs as plain code
            self._tell(cell, f"{self._calls[name]} stands here once more; this copy counts for nothing.")
        else:
            seen.add(name)
            right = wanted[name].metadata.nbgrader
            cell.metadata["nbgrader"] = copy.deepcopy(right)
            self._tell_of_edits(cell, name, {key: (right.get(key), marks.get(key)) for key in EDITABLE})
            if right.locked:
                self._tell_of_text(cell, name, wanted[name])
            self._mend_type(cell, name, wanted[name].cell_type)
        self._mend_tags(cell)

    def _mend_type(self, cell, name, right):
        was = cell.cell_type
        if was == right:
            return
        cell.cell_type = right
        if right == "code":
            cell.update(outputs=[], execution_count=None)
            cell.pop("attachments", None)
        else:
            for key in ("outputs", "execution_count"):
                cell.pop(key, None)
        flag = EDITED_TYPE if cell.metadata.nbgrader.locked else ""
        self._tell(cell, f"{self._calls[name]} was a cell of type {clean(was)}; it is of type {right} again.", flag)

    def _mend_tags(self, cell):
        if "tags" not in cell.metadata:
            return
        tags = cell.metadata["tags"]
        tags = [tag for tag in tags if isinstance(tag, str)] if type(tags) is list else []
        cell.metadata["tags"] = [tag for tag in tags if tag not in SKIPPING_TAGS]
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name and len(tags) > len(cell.metadata["tags"]):  # on a cell of the student's own it hides nothing
            hiding = next(tag for tag in tags if tag in SKIPPING_TAGS)
            flag = HIDDEN_CHECK if cell.metadata.nbgrader.locked else ""
            self._tell(cell, f"{self._calls[name]} had the tag {hiding}, which was taken off.", flag)

    def _tell_of_foreign_marks(self, cell, name):
        check = self._texts.get(text_of(cell))
        if check:
            sentence = f"This copy of {lowered(self._calls[check])} was given other marks; it counts for nothing."
            self._tell(cell, sentence, EDITED_MARKS)
        else:
            called = f" ({clean(name)})" if isinstance(name, str) else ""
            self._tell(cell, f"This cell's marks{called} are none of this assignment's and were dropped.")

    def _tell_of_edits(self, cell, name, marks):
        # A mark that is missing and one that is false are the same to nbgrader.
        differ = {key: (right, was) for key, (right, was) in marks.items() if (right or None) != (was or None)}
        edited = [f"{key} {shown(was)} instead of {shown(right)}" for key, (right, was) in differ.items()]
        if edited:
            sentence = f"{self._calls[name]} had marks that are not the assignment's: {', '.join(edited)}."
            self._tell(cell, sentence, EDITED_MARKS)

    def _tell_of_text(self, cell, name, right):
        text = text_of(cell)
        if text == text_of(right):
            return
        other = self._texts.get(text)
        if other:
            sentence = f"{self._calls[name]} held the text of {lowered(self._calls[other])}; its own was put back."
            self._tell(cell, sentence, EDITED_MARKS)
        else:
            self._tell(cell, f"{self._calls[name]} was edited; its own text was put back.")

    def _put_back(self, nb, wanted, seen):
        """Put a missing check or essay before the next marked cell, so behind all that its answer may stand in."""
        place = len(nb.cells)
        for name, cell in reversed(wanted.items()):
            if name in seen:
                names = [old.metadata.get("nbgrader", {}).get("grade_id") for old in nb.cells]
                place = names.index(name)
            elif cell.metadata.nbgrader.grade:
                new = new_code_cell if cell.cell_type == "code" else new_markdown_cell
                marks = copy.deepcopy(cell.metadata.nbgrader)
                added = new("", metadata={"nbgrader": marks}, id=f"{name}-again")  # nbgrader fills in a check's source
                if nb.nbformat_minor < 5:
                    del added["id"]
                nb.cells.insert(place, added)
                self._tell(added, f"{self._calls[name]} was missing and was put back here.")


CALLED = {"check": "The check of `{}`", "exercise": "The answer's cell of `{}`", "essay": "The question `{}`"}


def is_marked(cell) -> bool:
    """Whether a cell carries nbgrader's marks."""
    return "nbgrader" in cell.metadata


def text_of(cell) -> str:
    """A cell's text as it is compared: without what editors do to line ends."""
    lines = str(cell.source).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def lowered(sentence: str) -> str:
    """A sentence's beginning as its middle."""
    return sentence[:1].lower() + sentence[1:]


def shown(value) -> str:
    """A mark's value in a sentence, whatever a student made of it."""
    if value is None:
        return "none"
    return clean(str(value)) if isinstance(value, str | bool | int | float) else "something else"
