"""A small class is graded end to end, once; the tests below look at what came out."""

import copy
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import numpy as np
import pytest
from nbgrader.api import Gradebook

from autograder.assignment import load_assignment
from autograder.errors import CourseError
from autograder.repair import EDITED_MARKS, EDITED_TYPE, HIDDEN_CHECK, METADATA, REPAIRED
from autograder.workflow import sample_class
from autograder.workflow.explain import explain
from autograder.workflow.ledger import Ledger
from autograder.workflow.run import grade
from autograder.worlds import expected_answers

ROOT = Path(__file__).parents[3]
HOSTILE = "<img src=x onerror=alert(1)>#&amp;%41+'\""
CELL_SECONDS = 5  # what an endless cell costs this file


def code(source, **metadata):
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def cell_id(notebook, number):
    """The grade id of a cell by its number; "" for an unmarked one, None for the notebook as a whole."""
    return notebook.cells[number - 1].metadata.get("nbgrader", {}).get("grade_id", "") if number else None


def careful(notebook):
    """A right notebook that is strict, warns, writes to stderr and has names like those of builtins."""
    notebook.cells.insert(
        0,
        code(
            "import sys, warnings\nimport numpy as np\n_ = np.seterr(all='raise')\nwarnings.simplefilter('error')\n"
            "_ = print('a note', file=sys.stderr)\nsum, len, input, id, dict, globals, exec = range(7)"
        ),
    )
    check = sample_class.cell_of(notebook, "check_scale")
    check.source += "\nprint('a note', file=sys.stderr)\n7"


def adds_and_stumbles(notebook):
    """A known slip in one exercise, and a syntax error in the other."""
    cell = sample_class.cell_of(notebook, "scale")
    cell.source = cell.source.replace("values * factor", "values + factor")
    cell = sample_class.cell_of(notebook, "shift")
    cell.source = cell.source.replace("return shifted", "return shifted,, by")


def half_done(notebook):
    """One exercise with a wrong default, the other one untouched."""
    cell = sample_class.cell_of(notebook, "scale")
    cell.source = "def scale(values, factor=2.0):\n    return factor * values"


def endless(notebook):
    sample_class.cell_of(notebook, "shift").source = "def shift(values, *, by):\n    while True:\n        pass"


def killer(notebook):
    """A cell that ends the kernel, between the two exercises."""
    check = sample_class.cell_of(notebook, "check_scale")
    notebook.cells.insert(notebook.cells.index(check) + 1, code("import os\nos._exit(0)"))


def tamperer(notebook):
    """An untouched notebook whose checks, points, tags and outputs are not what they were."""
    scale, shift = (sample_class.cell_of(notebook, f"check_{name}") for name in ("scale", "shift"))
    scale.source = "4"
    scale.metadata.tags = ["skip-execution", "raises-exception"]
    scale.metadata.nbgrader.points = 100
    scale.execution_count = 1
    scale.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "4"}, execution_count=1)]
    shift.cell_type = "markdown"
    del shift["outputs"], shift["execution_count"]
    notebook.metadata[METADATA] = {"checks": [{"check": "scale", "points": 4, "out_of": 4, "diagnoses": []}]}
    for name in ("scale", "shift"):
        sample_class.cell_of(notebook, name).source += "\n4"


def torn(notebook):
    """Right answers; one check twice, the other one and its exercise's cell gone, and a cell of another assignment."""
    cells = notebook.cells
    check = sample_class.cell_of(notebook, "check_scale")
    twin = copy.deepcopy(check)
    twin.id = "twin"
    cells.insert(cells.index(check) + 1, twin)
    stranger = code("1", nbgrader={**check.metadata.nbgrader, "grade_id": "check_other", "points": 50})
    cells.insert(cells.index(check), stranger)
    exercise = sample_class.cell_of(notebook, "shift")
    exercise.metadata = {}
    cells.remove(sample_class.cell_of(notebook, "check_shift"))
    cells.remove(sample_class.cell_of(notebook, "why"))


# student → what is done to the solved or the released notebook, and the points for scale and shift
CLASS = {
    "careful": (careful, "solved", 4, 2.5),
    HOSTILE: (adds_and_stumbles, "solved", 0, 0),
    "half": (half_done, "released", 3, 0),
    "untouched": (lambda notebook: None, "released", 0, 0),
    "endless": (endless, "solved", 4, 0),
    "killer": (killer, "solved", 4, 0),
    "tamperer": (tamperer, "released", 0, 0),
    "torn": (torn, "solved", 4, 2.5),
}
# student → the flag of what was mended, and the cell
MENDED = {
    "careful": [("", "check_scale")],
    "tamperer": [
        *[("", None), (EDITED_MARKS, "check_scale"), ("", "check_scale"), (HIDDEN_CHECK, "check_scale")],
        (EDITED_TYPE, "check_shift"),
    ],
    "torn": [("", ""), ("", ""), ("", "check_shift"), ("", "why")],
}
BROKEN = "broken"


class Page(HTMLParser):
    """A page's tags, attributes and text."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


class Graded:
    """The class after it was graded once."""

    def __init__(self, root):
        self.root, self.classroom, self.said = root, root / "classroom", []
        self.assignment = load_assignment(root / "solutions" / "1-numbers")
        self.outcome = grade(self.assignment, root, say=self.said.append)

    def verdicts(self, student):
        path = self.classroom / "autograded" / student / "1-numbers" / "numbers.ipynb"
        return nbformat.read(path, as_version=4).metadata[METADATA]

    def check(self, student, name):
        return next(check for check in self.verdicts(student)["checks"] if check["check"] == name)

    def page(self, student):
        return Page(self.classroom / "feedback" / student / "1-numbers" / "numbers.html")

    def gradebook(self):
        return Gradebook(f"sqlite:///{self.classroom / 'gradebook.db'}")


@pytest.fixture(scope="module")
def graded(built_course, tmp_path_factory):
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(built_course, root)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    assignment = load_assignment(root / "solutions" / "1-numbers")
    released = root / "assignments" / "1-numbers" / "numbers.ipynb"
    for student, (change, start, *_) in CLASS.items():
        notebook = sample_class.solved(assignment)["numbers"]
        if start == "released":
            notebook = nbformat.read(released, as_version=4)
        change(notebook)
        text, encoding = nbformat.writes(notebook, version=4), "utf-8"
        if student == "careful":
            encoding = "utf-8-sig"  # as some editors save it
        if student == "half":
            text = nbformat.writes(notebook, version=3)  # as a very old Jupyter saves it
        path = root / "classroom" / "submitted" / student / "1-numbers" / "numbers.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding=encoding)
    broken = root / "classroom" / "submitted" / BROKEN / "1-numbers" / "numbers.ipynb"
    broken.parent.mkdir(parents=True)
    broken.write_text(released.read_text(encoding="utf-8")[:500], encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograder.nbgrader_config.CELL_SECONDS", CELL_SECONDS)
        return Graded(root)


@pytest.fixture
def graded_copy(graded, tmp_path):
    """The graded class in a folder of its own, to be graded again."""
    shutil.copytree(graded.root, tmp_path / "course")
    return tmp_path / "course"


def test_only_the_broken_hand_in_is_a_problem(graded):
    assert list(graded.outcome.problems) == [BROKEN]
    (sentence,) = graded.outcome.problems[BROKEN]
    assert sentence.startswith("numbers.ipynb is not a notebook: it is no JSON")
    assert (graded.outcome.graded, graded.outcome.unchanged) == (len(CLASS), 0)


@pytest.mark.parametrize("student", CLASS)
def test_the_points_are_what_the_answers_are_worth(graded, student):
    *_, scale, shift = CLASS[student]
    assert (graded.check(student, "scale")["points"], graded.check(student, "shift")["points"]) == (scale, shift)


@pytest.mark.parametrize("student", CLASS)
def test_the_graded_notebook_says_what_was_mended(graded, student):
    path = graded.classroom / "autograded" / student / "1-numbers" / "numbers.ipynb"
    notebook = nbformat.read(path, as_version=4)
    told = [(each["flag"], cell_id(notebook, each["cell"])) for each in notebook.metadata[REPAIRED]]
    assert told == MENDED.get(student, [])


@pytest.mark.parametrize("student", CLASS)
def test_the_gradebook_says_the_same(graded, student):
    with graded.gradebook() as gradebook:
        (notebook,) = gradebook.find_submission("1-numbers", student).notebooks
        scores = {grade.name: (grade.auto_score, grade.max_score) for grade in notebook.grades}
    *_, scale, shift = CLASS[student]
    assert scores["check_scale"] == (scale, 4)
    assert scores["check_shift"] == (shift, 2.5)
    assert set(scores) == {"check_scale", "check_shift", "why"}


def test_the_broken_hand_in_is_not_in_the_gradebook(graded):
    with graded.gradebook() as gradebook:
        assert sorted(submission.student.id for submission in gradebook.assignment_submissions("1-numbers")) == sorted(
            CLASS
        )


def test_an_answered_essay_waits_for_a_person_and_an_untouched_one_does_not(graded):
    with graded.gradebook() as gradebook:

        def waiting(student):
            (notebook,) = gradebook.find_submission("1-numbers", student).notebooks
            return next(grade for grade in notebook.grades if grade.name == "why").needs_manual_grade

        assert waiting("careful")
        assert not waiting("untouched")


def outcomes(check):
    return {probe["probe"]: probe["outcome"] for probe in check["probes"]}


def test_an_untouched_notebook_is_not_an_error(graded):
    assert outcomes(graded.check("untouched", "scale")) == dict.fromkeys(
        ["any-factor", "default", "purity"], "not answered"
    )


def test_part_of_a_check_earns_part_of_its_points(graded):
    assert outcomes(graded.check("half", "scale")) == {"any-factor": "right", "default": "wrong", "purity": "right"}


def test_the_known_slip_is_named(graded):
    assert graded.check(HOSTILE, "scale")["diagnoses"] == ["scale-adds"]
    assert [check["diagnoses"] for check in graded.verdicts("careful")["checks"]] == [[], []]


def test_a_syntax_error_costs_its_own_exercise_and_is_told(graded):
    (probe,) = graded.check(HOSTILE, "shift")["probes"]
    assert probe["outcome"] == "error"
    assert "`shift` is missing: no cell that ran has defined it" in probe["sentence"]


def test_an_endless_answer_costs_its_own_exercise_and_is_told(graded):
    (probe,) = graded.check("endless", "shift")["probes"]
    assert probe["outcome"] == "time-out"
    assert probe["sentence"] == "No answer within 2 seconds: look for a loop that never ends."
    assert graded.verdicts("endless")["ended"] == ""


def test_a_kernel_that_dies_keeps_the_marks_before_it(graded):
    assert outcomes(graded.check("killer", "shift")) == {"values": "not reached"}
    assert graded.verdicts("killer")["ended"] == (
        "The notebook ended early: the cell that begins with `import os` ended the kernel."
    )
    assert any("killer: 4 of 6.5; The notebook ended early" in line for line in graded.said)


def test_every_result_names_version_and_isolation(graded):
    for student in CLASS:
        verdicts = graded.verdicts(student)
        assert verdicts["version"] == graded.assignment.version
        assert verdicts["isolation"]


def test_feedback_carries_message_and_hint(graded):
    page = graded.page(HOSTILE)
    assert "0 of 4 points for scale" in page.text
    assert "The factor is added; it should stretch the values." in page.text
    assert "Asked: a 2 × 3 array times a factor." in page.text
    assert "4 of 4 points for scale" in graded.page("careful").text
    assert "look for a loop that never ends" in graded.page("endless").text


def test_feedback_holds_no_secret(graded):
    seed = Ledger(graded.classroom / "ledger.jsonl").seed("1-numbers", graded.assignment.version)
    expected = expected_answers(graded.assignment, seed, graded.classroom / "expected").reference
    secrets = [str(seed), "__judge", "any-factor", "draw_values", "ask_scale", "inputs["]
    for answers in expected.values():
        for answer in answers.values():
            for output in answer.outputs.values():
                secrets += [f"{number:.5g}" for number in np.ravel(output)]
    for student in CLASS:
        source = graded.page(student).source
        assert [secret for secret in secrets if secret in source] == []


def test_no_source_of_a_probe_lies_in_the_graded_notebook(graded):
    for path in (graded.classroom / "autograded").rglob("*"):
        if path.is_file():
            content = path.read_text(encoding="utf-8")
            assert "ask_scale" not in content
            assert "draw_values" not in content
    assert not list((graded.classroom / "autograded").rglob("probes.py"))


def test_the_report_counts_the_class_and_escapes_its_names(graded):
    page = Page(graded.outcome.report)
    assert HOSTILE in page.text
    assert not {"img", "script", "link", "iframe"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    median = statistics.median(scale + shift for *_, scale, shift in CLASS.values())
    for fact in (f"hand-ins{len(CLASS) + 1}", f"graded{len(CLASS)}", "with a problem1", f"median{median} of 6.5"):
        assert fact in page.text
    assert "http" not in page.source
    assert "scale-adds" in page.text
    assert BROKEN in page.text


def test_the_reports_links_lead_to_the_feedback_pages(graded):
    links = [value for name, value in Page(graded.outcome.report).attributes if name == "href"]
    assert len(links) == len(CLASS)
    for link in links:
        parts = urlsplit(link)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
        assert (graded.outcome.report.parent / unquote(parts.path)).is_file(), link


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(database):
    with sqlite3.connect(database) as connection:
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        return {name: sorted(connection.execute(f"select * from {name}"), key=repr) for name in tables}


def test_a_second_run_finds_everything_unchanged_and_changes_nothing(graded_copy):
    classroom = graded_copy / "classroom"
    before, marks = contents(classroom), rows(classroom / "gradebook.db")
    assignment, said = load_assignment(graded_copy / "solutions" / "1-numbers"), []
    outcome = grade(assignment, graded_copy, say=said.append)
    assert (outcome.graded, outcome.unchanged) == (0, len(CLASS) + 1)
    assert all(line.endswith(": unchanged") for line in said)
    assert rows(classroom / "gradebook.db") == marks
    after = contents(classroom)
    assert set(after) == set(before)
    assert [path.name for path in after if after[path] != before[path]] == []


def test_only_a_changed_hand_in_is_graded_again(graded_copy):
    classroom = graded_copy / "classroom"
    assignment, said = load_assignment(graded_copy / "solutions" / "1-numbers"), []
    submitted = classroom / "submitted"
    shutil.copy(
        submitted / "careful" / "1-numbers" / "numbers.ipynb", submitted / "untouched" / "1-numbers" / "numbers.ipynb"
    )
    others = [path for path in contents(classroom) if "untouched" not in path.parts and "autograded" in path.parts]
    before = {path: path.read_bytes() for path in others}
    outcome = grade(assignment, graded_copy, say=said.append)
    assert (outcome.graded, outcome.unchanged) == (1, len(CLASS))
    assert [line for line in said if "unchanged" not in line and "untouched: 6.5 of 6.5" in line]
    assert {path: path.read_bytes() for path in others} == before
    with Gradebook(f"sqlite:///{classroom / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("1-numbers", "untouched").score == 6.5
        assert gradebook.find_submission("1-numbers", "killer").score == 4


def test_nbgraders_own_command_takes_the_same_way(graded, graded_copy):
    classroom = graded_copy / "classroom"
    path = classroom / "autograded" / "half" / "1-numbers" / "numbers.ipynb"
    shutil.rmtree(classroom / "autograded")
    result = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "1-numbers", "--student", "half", "--force"],
        cwd=graded_copy,
        env={"PATH": "/usr/bin:/bin", "HOME": str(graded_copy)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert nbformat.read(path, as_version=4).metadata[METADATA] == graded.verdicts("half")
    with Gradebook(f"sqlite:///{classroom / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("1-numbers", "half").score == 3


def test_nothing_handed_in_is_said_and_nothing_is_written(built_course, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(built_course, root)
    before = contents(root)
    with pytest.raises(CourseError, match=r"nothing to grade: no folder matches .*/classroom/submitted/\*/1-numbers"):
        grade(load_assignment(root / "solutions" / "1-numbers"), root, say=print)
    assert contents(root) == before
    assert not (root / "classroom").exists()


def test_the_ledger_tells_what_was_graded(graded):
    events = list(Ledger(graded.classroom / "ledger.jsonl").events("graded"))
    assert sorted(event["student"] for event in events) == sorted([*CLASS, BROKEN])
    assert {event["version"] for event in events} == {graded.assignment.version}
    assert json.dumps(events)


def test_the_seed_is_in_the_ledger_and_in_no_other_file(graded):
    seed = str(Ledger(graded.classroom / "ledger.jsonl").seed("1-numbers", graded.assignment.version))
    files = [path for path in graded.classroom.rglob("*") if path.is_file()]
    assert len(files) > 2 * len(CLASS)
    holding = [path.name for path in files if seed.encode() in path.read_bytes() or seed in path.name]
    assert holding == ["ledger.jsonl"]


def seeds_drawn(root, assignment):
    events = Ledger(root / "classroom" / "ledger.jsonl").events("seed")
    return [event["seed"] for event in events if event["version"] == assignment.version]


def test_a_new_seed_is_drawn_on_request_alone_and_grades_everything_again(built_course, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(built_course, root)
    assignment = load_assignment(root / "solutions" / "1-numbers")
    path = root / "classroom" / "submitted" / "ada" / "1-numbers" / "numbers.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(sample_class.solved(assignment)["numbers"], path)
    found = []
    for settings in ({}, {}, {"new_seed": True}, {}):
        outcome = grade(assignment, root, say=lambda line: None, **settings)
        found.append((outcome.graded, outcome.unchanged, len(seeds_drawn(root, assignment))))
    assert found == [(1, 0, 1), (0, 1, 1), (1, 0, 2), (0, 1, 2)]
    first, second = seeds_drawn(root, assignment)
    assert first != second
    assert Ledger(root / "classroom" / "ledger.jsonl").seed("1-numbers", assignment.version) == second


def test_each_probe_carries_what_an_instructor_needs_to_explain_it(graded):
    told = explain(graded.assignment, graded.root, "half", width=100)
    assert "half, 1-numbers: 3 of 6.5 automatic points" in told
    assert "default (−1, wrong): `scaled` float64 (2, 3): " in told
    assert "values (−2.5, not answered): This exercise has not been answered yet." in told
    assert "scale-adds: The factor is added" in explain(graded.assignment, graded.root, HOSTILE, width=100)
