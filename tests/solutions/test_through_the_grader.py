"""Every assignment, through the builder and the grader as a class goes through them."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.assignment import find_assignment, find_assignments
from autograder.build import build, release, same_folders, stale, to_bytes
from autograder.judge import judge_check
from autograder.notebooks import BEGIN, END
from autograder.preprocessors import METADATA
from autograder.workflow.ledger import Ledger
from autograder.workflow.run import grade
from autograder.workflow.sample_class import cell_of, half_done, solved
from autograder.worlds import expected_answers

ROOT = Path(__file__).resolve().parents[2]
NAMES = find_assignments(ROOT)
STUB_LINES = {"# YOUR CODE HERE", "raise NotImplementedError()"}


@pytest.fixture(scope="module", params=NAMES)
def assignment(request):
    return find_assignment(ROOT, request.param)


@pytest.fixture(scope="module")
def course(assignment, tmp_path_factory):
    """A course with this assignment alone and three hand-ins: everything right, untouched, half done."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(assignment.folder, root / "solutions" / assignment.name)
    released = ROOT / "assignments" / assignment.name

    def untouched():
        return {nb.name: nbformat.read(released / f"{nb.name}.ipynb", as_version=4) for nb in assignment.notebooks}

    half = untouched()
    half_done(assignment)(half)
    for student, notebooks in {"right": solved(assignment), "untouched": untouched(), "half": half}.items():
        folder = root / "classroom" / "submitted" / student / assignment.name
        folder.mkdir(parents=True)
        for name, notebook in notebooks.items():
            (folder / f"{name}.ipynb").write_bytes(to_bytes(notebook))
    outcome = grade(assignment, root, say=lambda line: None)
    assert outcome.problems == {}
    assert outcome.graded == 3
    return root


@pytest.fixture(scope="module")
def expected(assignment, course):
    """What the reference and every misconception answered while the class was graded."""
    seed = Ledger(course / "classroom" / "ledger.jsonl").seed(assignment.name, assignment.version)
    return expected_answers(assignment, seed, course / "classroom" / "expected", say=pytest.fail)


def verdicts(course, assignment, student):
    """Each check's verdict of one student, by name."""
    found = {}
    for notebook in assignment.notebooks:
        path = course / "classroom" / "autograded" / student / assignment.name / f"{notebook.name}.ipynb"
        facts = nbformat.read(path, as_version=4).metadata[METADATA]
        found |= {check["check"]: check for check in facts["checks"]}
    return found


def automatic_score(course, assignment, student):
    """The automatic points that stand in the gradebook."""
    with Gradebook(f"sqlite:///{course / 'classroom' / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(assignment.name, student)
        return sum(grade.auto_score or 0 for notebook in submission.notebooks for grade in notebook.grades)


def test_committed_notebooks_fit_their_sources(assignment):
    assert stale(assignment, ROOT) == []


def test_two_releases_are_identical_to_the_byte(assignment, tmp_path):
    release(assignment, tmp_path / "one")
    release(assignment, tmp_path / "two")
    assert same_folders(tmp_path / "one", tmp_path / "two")


def test_a_second_build_writes_nothing(assignment):
    assert build(assignment, ROOT, say=pytest.fail) is False


def test_release_holds_no_solution_probe_or_misconception(assignment):
    released = "\n".join(path.read_text() for path in sorted((ROOT / "assignments" / assignment.name).rglob("*.ipynb")))
    cells = [cell.source for path in (ROOT / "assignments" / assignment.name).glob("*.ipynb")
             for cell in nbformat.read(path, as_version=4).cells]  # fmt: skip
    lines = {line.strip() for source in cells for line in source.splitlines()}
    for notebook in assignment.notebooks:
        given = {line.strip() for cell, mark in zip(notebook.cells, notebook.marks, strict=True)
                 if not mark or mark.kind == "check" for line in cell.source.splitlines()}  # fmt: skip
        for mark in [*notebook.exercises, *notebook.essays]:
            secret, outside = set(), set()
            inside = False
            for line in mark.source.splitlines():
                if line.strip() in (BEGIN, END):
                    inside = line.strip() == BEGIN
                    continue
                (secret if inside else outside).add(line.strip())
            leaked = {line for line in secret - outside - given if len(line) > 12} & lines
            assert not leaked, f"{mark.name}: {sorted(leaked)[0]!r} stands in the release"
    for mistake in assignment.misconceptions:
        assert mistake.hint not in released
        assert mistake.name not in released
    for probe in assignment.probes:
        assert probe.question not in released
    assert BEGIN not in released
    assert lines >= STUB_LINES


def test_untouched_release_scores_nothing(course, assignment):
    assert automatic_score(course, assignment, "untouched") == 0
    for check in verdicts(course, assignment, "untouched").values():
        assert check["points"] == 0
        assert not any(probe["earns"] for probe in check["probes"])


def test_solved_notebooks_score_all_automatic_points(course, assignment):
    lost = {name: check for name, check in verdicts(course, assignment, "right").items()
            if check["points"] != check["out_of"]}  # fmt: skip
    assert lost == {}
    assert automatic_score(course, assignment, "right") == assignment.automatic_points


def test_half_done_scores_exactly_what_was_done(course, assignment):
    done = {mark.name for notebook in assignment.notebooks
            for mark in notebook.exercises[: (len(notebook.exercises) + 1) // 2]}  # fmt: skip
    found = verdicts(course, assignment, "half")
    assert {name for name, check in found.items() if check["points"] == check["out_of"]} == done
    assert {check["points"] for name, check in found.items() if name not in done} == {0}


def test_every_misconception_loses_points_and_is_named(assignment, course, expected):
    survived, misnamed = [], []
    seed = Ledger(course / "classroom" / "ledger.jsonl").seed(assignment.name, assignment.version)
    for mistake in assignment.misconceptions:
        check = mistake.exercise
        result = judge_check(
            check,
            1.0,
            assignment.probes_of(check),
            expected.wrong[check][mistake],
            expected.reference[check],
            expected.wrong[check],
            seed=seed,
        )
        if result.points == 1.0:
            survived.append(mistake.name)
        if mistake not in result.diagnoses:
            misnamed.append(mistake.name)
    assert survived == []
    assert misnamed == []


def test_feedback_tells_neither_seed_nor_probe(course, assignment):
    seed = Ledger(course / "classroom" / "ledger.jsonl").seed(assignment.name, assignment.version)
    for page in (course / "classroom" / "feedback").rglob("*.html"):
        text = page.read_text()
        assert str(seed) not in text
        assert not [probe.id for probe in assignment.probes if probe.source() in text]


def test_solved_cells_still_carry_their_marks(assignment):
    for name, notebook in solved(assignment).items():
        for mark in assignment.notebook(name).marked:
            assert BEGIN not in cell_of(notebook, mark.grade_id).source
