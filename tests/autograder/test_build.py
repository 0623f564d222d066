"""The builder: the same bytes every time, nothing that leaks, and nothing half-written when it fails."""

import json
import shutil

import nbformat
import pytest
from nbclient.exceptions import DeadKernelError

from autograder import build as builder
from autograder.assignment import load_assignment
from autograder.build import build, is_fresh, release, same_folders, stale
from autograder.errors import AuthoringError, CourseError


def silent(line):
    pass


def contents(root):
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root): path.read_bytes() for path in files if ".stamps" not in path.parts}


def assignment_of(root):
    return load_assignment(root / "solutions" / "1-numbers")


def test_two_builds_give_the_same_bytes(built_course, course):
    said = []
    assert build(assignment_of(course), course, say=said.append)
    assert contents(course) == contents(built_course)
    assert said == [
        "1-numbers: running numbers.ipynb",
        "1-numbers: asking the solved numbers every probe twice",
        "1-numbers: writing assignments/1-numbers",
    ]
    assert sorted(str(path) for path in contents(course)) == [
        "assignments/1-numbers/numbers.ipynb",
        "solutions/1-numbers/misconceptions.toml",
        "solutions/1-numbers/numbers.ipynb",
        "solutions/1-numbers/numbers.py",
        "solutions/1-numbers/probes.py",
    ]


def test_a_second_build_writes_nothing(copied):
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*")}
    said = []
    assert not build(assignment_of(copied), copied, say=said.append)
    assert {path: path.stat().st_mtime_ns for path in copied.rglob("*")} == before
    assert said == []


def test_what_no_longer_fits_is_named_and_built_again(copied, built_course, monkeypatch):
    given = built_course / "assignments" / "1-numbers"  # nbgrader's part is slow, and tested above
    monkeypatch.setattr(builder, "release", lambda assignment, folder: shutil.copytree(given, folder))
    released = copied / "assignments" / "1-numbers" / "numbers.ipynb"
    (copied / "assignments" / "1-numbers" / "left-over.txt").write_text("", encoding="utf-8")
    (copied / "solutions" / "1-numbers" / "numbers.ipynb").write_text("<<<<<<< HEAD", encoding="utf-8")
    solved, handed_out = stale(assignment_of(copied), copied)
    assert "numbers.ipynb does not fit numbers.py; run `make assignments`" in solved
    assert "assignments/1-numbers does not fit solutions/1-numbers; run `make assignments`" in handed_out
    before = released.read_bytes()
    assert build(assignment_of(copied), copied, say=silent)
    assert [path.name for path in released.parent.iterdir()] == ["numbers.ipynb"]
    assert released.read_bytes() == before
    assert [path.name for path in (copied / "assignments").iterdir()] == ["1-numbers"]


@pytest.fixture(scope="module")
def solved(built_course):
    return nbformat.read(built_course / "solutions" / "1-numbers" / "numbers.ipynb", as_version=4)


@pytest.fixture(scope="module")
def released(built_course):
    return nbformat.read(built_course / "assignments" / "1-numbers" / "numbers.ipynb", as_version=4)


def test_both_notebooks_are_valid_and_name_no_machine(solved, released):
    for notebook in (solved, released):
        nbformat.validate(notebook)
        assert notebook.metadata == {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "assignment": {"name": "1-numbers", "edition": notebook.metadata.assignment.edition},
        }
    assert solved.metadata.assignment.edition == released.metadata.assignment.edition


def test_the_solved_notebook_has_run_from_top_to_bottom(solved):
    counts = [cell.execution_count for cell in solved.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert not any("execution" in cell.metadata for cell in solved.cells)


def test_the_released_notebook_has_not_run(released):
    assert all(
        cell.execution_count is None and cell.outputs == [] for cell in released.cells if cell.cell_type == "code"
    )


def test_the_release_holds_no_answer_no_probe_and_no_misconception(built_course, released):
    text = json.dumps(released, ensure_ascii=False)
    folder = built_course / "solutions" / "1-numbers"
    assignment = assignment_of(built_course)
    for line in ("scaled = values * factor", "return scaled", "shifted = values + by", "Because addition", "Rubric"):
        assert line in (folder / "numbers.py").read_text(encoding="utf-8")
        assert line not in text
    for word in ("BEGIN SOLUTION", "END SOLUTION", "any-factor", "draw_values", "ask_scale", "autograder"):
        assert word not in text
    for mistake in assignment.misconceptions:
        assert mistake.name not in text
        assert mistake.hint not in text
    assert sorted(path.name for path in (built_course / "assignments" / "1-numbers").iterdir()) == ["numbers.ipynb"]


def cell_of(notebook, grade_id):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def test_what_students_need_is_still_there(released):
    assert "Why does a shift not scale?" in [cell.source for cell in released.cells]
    assert cell_of(released, "why").source.startswith("*Your answer:*")
    assert '"""Return ``values`` plus ``by``."""' in cell_of(released, "shift").source
    assert "raise NotImplementedError()" in cell_of(released, "shift").source
    assert (
        cell_of(released, "check_scale").source == 'assert scale(np.array([1.0]))[0] == 3.0, "three times one is three"'
    )
    assert cell_of(released, "check_scale").metadata.nbgrader.points == 4
    assert cell_of(released, "check_scale").metadata.editable is False


SPOILT = {
    "it fails": ("import numpy as np", "import numpy as np\nnope", "fails when it runs: NameError: name 'nope' is"),
    "it is no NumPy alone": (
        "import numpy as np",
        "import numpy as np\nimport tensorflow",
        "fails when it runs: ModuleNotFoundError: tensorflow cannot be imported here: this is a NumPy notebook",
    ),
    "a check fails": ("[0] == 3.0", "[0] == 4.0", "fails when it runs: AssertionError: three times one is three"),
    "it warns": (
        "import numpy as np",
        "import numpy as np, sys; _ = sys.stderr.write('oh dear')",
        "writes to stderr: 'oh dear'",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_solved_notebook_that_does_not_run_clean_changes_nothing(case, copied):
    old, new, sentence = SPOILT[case]
    path = copied / "solutions" / "1-numbers" / "numbers.py"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    before = contents(copied)
    with pytest.raises(AuthoringError) as refused:
        build(assignment_of(copied), copied, say=silent)
    assert str(refused.value).startswith(f"{path}: the solved notebook ")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert contents(copied) == before


def test_a_solved_notebook_that_ends_its_kernel_is_named(course, monkeypatch):
    class Dying(builder.OwnNotebookClient):
        def execute(self, **settings):
            raise DeadKernelError("Kernel died")

    monkeypatch.setattr(builder, "OwnNotebookClient", Dying)
    with pytest.raises(AuthoringError, match=r"numbers\.py: the solved notebook fails when it runs: a cell ends the"):
        build(assignment_of(course), course, say=silent)
    assert not (course / "assignments").exists()


def test_a_release_that_fails_leaves_the_old_one(copied, monkeypatch):
    def failing(assignment, folder, db_url=None):
        raise CourseError("nbgrader would not release 1-numbers")

    monkeypatch.setattr(builder, "release", failing)
    before = contents(copied)
    with pytest.raises(CourseError):
        build(assignment_of(copied), copied, say=silent)
    assert contents(copied) == before


def test_an_edit_makes_the_solved_notebook_stale_and_a_remark_beside_it_does_not(copied):
    path = copied / "solutions" / "1-numbers" / "numbers.py"
    (notebook,) = assignment_of(copied).notebooks
    assert is_fresh(notebook, path.with_suffix(".ipynb"))
    path.write_text(path.read_text(encoding="utf-8").replace("# # Numbers", "# # More numbers"), encoding="utf-8")
    (notebook,) = assignment_of(copied).notebooks
    assert not is_fresh(notebook, path.with_suffix(".ipynb"))
    assert not is_fresh(notebook, path.with_name("nowhere.ipynb"))


def test_a_solved_notebook_that_has_not_run_is_stale(copied):
    (notebook,) = assignment_of(copied).notebooks
    path = notebook.path.with_suffix(".ipynb")
    path.write_bytes(builder.to_bytes(notebook.solved()))
    assert not is_fresh(notebook, path)


def test_listed_files_are_handed_out_a_module_too(course, tmp_path):
    folder = course / "solutions" / "1-numbers"
    for name in ("table.csv", "helper.py"):
        (folder / name).write_text("# 1\n", encoding="utf-8")
    (folder / "assignment.toml").write_text('data = ["table.csv", "helper.py"]\n', encoding="utf-8")
    release(assignment_of(course), tmp_path / "release")
    assert sorted(path.name for path in (tmp_path / "release").iterdir()) == ["helper.py", "numbers.ipynb", "table.csv"]


def test_folders_are_the_same_by_name_and_byte(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    assert not same_folders(one, other)
    for folder in (one, other):
        (folder / ".ipynb_checkpoints").mkdir(parents=True)
        (folder / "a").write_bytes(b"1")
    (one / ".ipynb_checkpoints" / "b").write_bytes(b"2")
    assert same_folders(one, other)
    (other / "a").write_bytes(b"2")
    assert not same_folders(one, other)
    (other / "a").rename(other / "b")
    assert not same_folders(one, other)
