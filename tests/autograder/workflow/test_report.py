"""The class report: it counts rightly, escapes every name, loads nothing and runs nothing."""

import re
from html.parser import HTMLParser

import pytest
from nbgrader.api import Gradebook

from autograder.assignment import find_assignment, load_assignment
from autograder.nbgrader_config import make_alembic_findable
from autograder.workflow.intake import Submission
from autograder.workflow.report import page, waiting_for_a_person

make_alembic_findable()  # a new gradebook needs it

VOID = {"meta", "br", "rect"}


class Page(HTMLParser):
    """A page's tags, attributes and cells; refuses tags that do not close as they opened."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.rows, self.text = [], [], [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def row(self, first):
        return next(row for row in self.rows if row and row[0].startswith(first))


@pytest.fixture(scope="module")
def assignment(built_course):
    return load_assignment(built_course / "solutions" / "1-numbers")


def check(name, earned, out_of, outcomes, diagnoses=()):
    probes = [
        {"probe": probe, "outcome": outcome, "earns": outcome == "right", "sentence": ""}
        for probe, outcome in outcomes.items()
    ]
    return {"check": name, "points": earned, "out_of": out_of, "diagnoses": list(diagnoses), "probes": probes}


def student(name, scale=None, shift=None, diagnoses=(), ended=(), waiting=0, pages=(), told=()):
    checks = {}
    if scale is not None:
        outcome = {4: "right", 0: "not answered"}.get(scale, "wrong")
        checks["scale"] = check(
            "scale", scale, 4, dict.fromkeys(["any-factor", "default", "purity"], outcome), diagnoses
        )
    if shift is not None:
        checks["shift"] = check("shift", shift, 2.5, {"values": "right" if shift else "wrong"})
    return {
        "student": name,
        "checks": checks,
        "isolation": "a sandbox" if checks else "",
        "ended": list(ended),
        "pages": list(pages),
        "points": sum(each["points"] for each in checks.values()),
        "waiting": waiting,
        "told": list(told),
    }


CLASS = [
    student("ada", 4, 2.5, waiting=1, pages=[("numbers", "../feedback/ada/1-numbers/numbers.html")]),
    student("bela", 2, 0, ["scale-adds"]),
    student("carl", 2, 2.5, ["scale-adds", "scale-squares"], ended=["The notebook ended early."]),
    student("dora", 0, 0, waiting=1),
    student("emil"),
]


@pytest.fixture(scope="module")
def report(assignment):
    return Page(page(assignment, CLASS, {"emil": ["numbers.ipynb is empty"]}))


def test_the_facts_are_counted(report):
    for fact in ("hand-ins5", "graded4", "with a problem1", "median3.25 of 6.5", "essays to read2"):
        assert fact in report.text
    assert "Isolation while grading: a sandbox." in report.text


def test_every_exercise_has_its_row(report):
    scale, shift = report.row("scale"), report.row("shift")
    earned = sum(each["points"] for each in (student["checks"].get("scale", {"points": 0}) for student in CLASS))
    assert scale[2].split() == [f"{100 * earned / (4 * 4):.0f}", "%"]
    assert scale[3:5] == ["1 of 4", "1"]
    assert shift[3] == "2 of 4"


def test_mistakes_are_counted_by_name_with_what_students_were_told(report):
    assert report.row("2")[1:] == ["scale", "scale-adds", "The factor is added; it should stretch the values."]
    assert report.row("1")[1:] == ["scale", "scale-squares", "The factor is applied twice."]


def test_problems_are_named(report):
    assert ["emil", "numbers.ipynb is empty"] in report.rows


def test_every_student_has_a_row_with_points_and_a_link(report):
    assert report.row("ada") == ["ada", "4", "2.5", "6.5", "1", "numbers"]
    assert report.row("carl")[0] == "carlThe notebook ended early."
    assert [row for row in report.rows if row[0] == "emil"][-1] == ["emil", "–", "–", "0", "–", "–"]
    assert report.row("out of")[1:4] == ["4", "2.5", "6.5"]
    assert ("href", "../feedback/ada/1-numbers/numbers.html") in report.attributes


def test_the_histogram_counts_every_graded_student_and_is_told_in_words(report):
    (label,) = [value for name, value in report.attributes if name == "aria-label"]
    assert sum(int(count) for count in re.findall(r": (\d+)", label)) == 4


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'&amp;", "a</td></table>"]
)
def test_a_hostile_name_is_only_text(assignment, name):
    hostile = student(name, 4, 0, diagnoses=[name], ended=[name], pages=[(name, f"../{name}")])
    text = page(assignment, [hostile], {name: [name]})
    parsed = Page(text)
    assert not {"script", "img"} & set(parsed.tags)
    assert not [attribute for attribute, _ in parsed.attributes if attribute.startswith("on")]
    assert parsed.text.count(name) >= 4
    assert "<script" not in text


@pytest.mark.parametrize("students", [[], CLASS[-1:], CLASS])
def test_the_page_loads_nothing_and_runs_nothing(assignment, students):
    text = page(assignment, students, {})
    parsed = Page(text)
    assert not {"script", "link", "iframe", "object", "embed", "img", "form", "base"} & set(parsed.tags)
    assert not {"src", "srcset", "action", "background"} & {name for name, _ in parsed.attributes}
    for word in ("http", "url(", "@import", "javascript:"):
        assert word not in text


def test_a_class_of_which_nothing_could_be_graded_has_a_report(assignment):
    text = Page(page(assignment, CLASS[-1:], {"emil": ["numbers.ipynb is empty"]})).text
    assert "median–" in text
    assert "nothing ran" in text


def test_only_essays_of_notebooks_that_could_be_opened_wait_for_a_person(course):
    assignment = find_assignment(course, "1-numbers")
    (course / "classroom").mkdir()
    with Gradebook(f"sqlite:///{course / 'classroom' / 'gradebook.db'}") as gradebook:
        gradebook.add_assignment("1-numbers")
        gradebook.add_notebook("numbers", "1-numbers")
        for name, kind in (("check_scale", "code"), ("why", "markdown")):
            gradebook.add_grade_cell(name, "numbers", "1-numbers", max_score=4, cell_type=kind)
        gradebook.add_student("hana")
        for grade in gradebook.add_submission("1-numbers", "hana").notebooks[0].grades:
            grade.needs_manual_grade = True
        gradebook.db.commit()
    opened = Submission("hana", course, ("numbers",), {}, "")
    broken = Submission("hana", course, (), {"numbers": "is empty"}, "")
    unknown = Submission("nobody", course, ("numbers",), {}, "")
    assert waiting_for_a_person(assignment, course, opened) == 1
    assert waiting_for_a_person(assignment, course, broken) == 0
    assert waiting_for_a_person(assignment, course, unknown) == 0


def test_flags_and_what_was_mended_are_listed_escaped_and_flags_first(assignment):
    told = [
        ("numbers", "", 3, "A check was missing and was put back."),
        ("numbers", "frames", 2, "It reads the <frames> of what calls it."),
    ]
    text = page(assignment, [student("ada", 4, 2.5, told=told), student("bela", 4, 2.5)], {})
    flag, mended = (row for row in Page(text).rows if row[0] in ("flag", "mended"))
    assert flag == ["flag", "ada", "numbers", "2", "It reads the <frames> of what calls it."]
    assert mended == ["mended", "ada", "numbers", "3", "A check was missing and was put back."]
    assert "Worth a look" not in page(assignment, [student("bela", 4, 2.5)], {})
