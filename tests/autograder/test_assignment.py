"""An assignment is read whole, and what does not fit together is refused before anything is written."""

import pytest

from autograder.assignment import find_assignment, find_assignments, load_assignment
from autograder.errors import AuthoringError, CourseError

SECOND = """\
# %% exercise="{exercise}"
### BEGIN SOLUTION
answer = 1
### END SOLUTION

# %% check="{exercise}" points=1
assert answer == 1

# %% [markdown] essay="{essay}" points=1
# ### BEGIN SOLUTION
# Yes.
# ### END SOLUTION
"""


@pytest.fixture
def folder(course):
    return course / "solutions" / "1-numbers"


def refusal(folder):
    with pytest.raises(AuthoringError) as refused:
        load_assignment(folder)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_the_small_course_is_read_whole(folder):
    assignment = load_assignment(folder)
    assert assignment.name == "1-numbers"
    assert [notebook.name for notebook in assignment.notebooks] == ["numbers"]
    assert (assignment.automatic_points, assignment.manual_points) == (6.5, 3.0)
    assert [probe.name for probe in assignment.probes_of("scale")] == ["any-factor", "default", "purity"]
    assert len(assignment.misconceptions) == 3


def test_the_version_hangs_on_every_file_that_decides_a_score(folder):
    versions = {load_assignment(folder).version}
    for name in ("numbers.py", "probes.py", "misconceptions.toml"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("\n# a remark\n")
        versions.add(load_assignment(folder).version)
    (folder / "table.csv").write_text("1\n", encoding="utf-8")
    (folder / "assignment.toml").write_text('data = ["table.csv"]\n', encoding="utf-8")
    versions.add(load_assignment(folder).version)
    (folder / "table.csv").write_text("2\n", encoding="utf-8")
    versions.add(load_assignment(folder).version)
    assert len(versions) == 6
    assert load_assignment(folder).version in versions


def test_an_unknown_assignment_is_named_beside_those_there_are(course):
    with pytest.raises(CourseError, match="no assignment is called '9-none'; there is 1-numbers"):
        find_assignment(course, "9-none")
    with pytest.raises(CourseError, match="no assignment is called"):
        find_assignment(course, "../solutions/1-numbers")


def test_a_folder_that_is_no_course_is_named(tmp_path):
    with pytest.raises(CourseError, match=f"{tmp_path} holds no course: a folder called solutions"):
        find_assignments(tmp_path)


def test_a_course_without_assignments_says_so(tmp_path):
    (tmp_path / "solutions").mkdir()
    assert find_assignments(tmp_path) == []
    with pytest.raises(CourseError, match="there is none yet"):
        find_assignment(tmp_path, "1-numbers")


def test_a_folder_without_a_notebook_is_refused(folder):
    (folder / "numbers.py").unlink()
    assert refusal(folder).startswith(f"{folder}: an assignment needs at least one notebook")


@pytest.mark.parametrize("name", ["notes.txt", "table.csv", "other.ipynb", ".hidden", "subfolder"])
def test_an_unknown_file_is_refused_by_name(folder, name):
    if name == "subfolder":
        (folder / name).mkdir()
    else:
        (folder / name).write_text("", encoding="utf-8")
    assert refusal(folder).startswith(f"{folder / name}: no notebook, probe or misconception")


def test_a_listed_file_is_data(folder):
    for name in ("table.csv", "helper.py"):
        (folder / name).write_text("", encoding="utf-8")
    (folder / "assignment.toml").write_text('data = ["table.csv", "helper.py"]\n', encoding="utf-8")
    assignment = load_assignment(folder)
    assert [path.name for path in assignment.data] == ["table.csv", "helper.py"]
    assert [notebook.name for notebook in assignment.notebooks] == ["numbers"]


def test_what_an_answer_is_not_to_use_is_read_and_changes_no_version(folder):
    before = load_assignment(folder)
    assert before.watch == {}
    settings = 'watch = { scale = ["numpy.multiply", "scipy.special.expit"] }\n'
    (folder / "assignment.toml").write_text(settings, encoding="utf-8")
    assignment = load_assignment(folder)
    assert assignment.watch == {"scale": ("numpy.multiply", "scipy.special.expit")}
    assert assignment.data == ()
    assert assignment.version == before.version


def test_how_long_a_cell_may_take_is_read_and_changes_no_version(folder):
    before = load_assignment(folder)
    assert before.cell_seconds is None
    (folder / "assignment.toml").write_text("cell_seconds = 180\n", encoding="utf-8")
    assignment = load_assignment(folder)
    assert assignment.cell_seconds == 180.0
    assert assignment.version == before.version


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("cell_seconds = 0", "cell_seconds must be a number above 0 and at most 900"),
        ("cell_seconds = true", "which a whole notebook may take, got True"),
        ("cell_seconds = 1000", "got 1000"),
        ("cell_seconds = nan", "got nan"),
        ('cell_seconds = "60"', "got '60'"),
        ('data = ["table.csv"]', "data names 'table.csv', which is no file in 1-numbers"),
        ('data = ["probes.py"]', "data names 'probes.py', which cannot be handed out"),
        ('data = ["misconceptions.toml"]', "data names 'misconceptions.toml', which cannot be handed out"),
        ('data = ["numbers.ipynb"]', "data names 'numbers.ipynb', which cannot be handed out"),
        ('data = ["../../secret"]', "data names '../../secret', which cannot be handed out"),
        ('data = "table.csv"', "data must be a list of file names, got 'table.csv'"),
        ("data = [1]", "data must be a list of file names, got [1]"),
        ('data = ["random.py"]', "data names 'random.py', which would be imported in place of a library"),
        ("watch = 3", "watch must be a table of exercises, got 3"),
        ('watch = ["scale"]', "watch must be a table of exercises, got ['scale']"),
        ('watch = { scale = "numpy.multiply" }', "watch.scale must be a list of names as they are imported"),
        ("watch = { scale = [1] }", "watch.scale must be a list of names as they are imported"),
        ('watch = { scale = ["multiply"] }', "watch.scale must be a list of names as they are imported"),
        ('watch = { scale = ["numpy.multiply()"] }', "watch.scale must be a list of names as they are imported"),
        ('watch = { check_scale = ["numpy.multiply"] }', "watch names the exercise 'check_scale', which is none"),
        ('dta = ["table.csv"]', "unknown setting 'dta'"),
        ("data = [", "not TOML"),
    ],
)
def test_bad_settings_are_refused(folder, settings, sentence):
    (folder / "assignment.toml").write_text(settings, encoding="utf-8")
    if "random.py" in settings:
        (folder / "random.py").touch()
    told = refusal(folder)
    assert told.startswith(f"{folder / 'assignment.toml'}: ")
    assert sentence in told


def line_of(path, start):
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


@pytest.mark.parametrize(
    ("exercise", "essay", "culprit", "first", "taken_by"),
    [
        ("scale", "fresh", '# %% exercise="scale"', '# %% exercise="scale"', "the exercise at numbers.py"),
        ("fresh", "why", '# %% [markdown] essay="why"', '# %% [markdown] essay="why"', "the essay at numbers.py"),
        ("fresh", "shift", '# %% [markdown] essay="shift"', '# %% exercise="shift"', "the exercise at numbers.py"),
    ],
)
def test_a_name_is_unique_across_the_notebooks(folder, exercise, essay, culprit, first, taken_by):
    second = folder / "second.py"
    second.write_text(SECOND.format(exercise=exercise, essay=essay), encoding="utf-8")
    told = refusal(folder)
    assert told.startswith(f"{second}:{line_of(second, culprit)}: the name ")
    assert f"is taken by {taken_by}:{line_of(folder / 'numbers.py', first)}; " in told


def test_a_check_that_no_probe_asks_is_refused_at_its_line(folder):
    second = folder / "second.py"
    second.write_text(SECOND.format(exercise="fresh", essay="other"), encoding="utf-8")
    assert refusal(folder).startswith(f"{second}:{line_of(second, '# %% check')}: no probe asks the check 'fresh'")
    (folder / "probes.py").unlink()
    numbers = folder / "numbers.py"
    assert refusal(folder).startswith(f"{numbers}:{line_of(numbers, '# %% check')}: no probe asks the check 'scale'")


@pytest.mark.parametrize(
    ("old", "new", "start", "sentence"),
    [
        ('Probe("shift"', 'Probe("shaft"', "def ask_shift(", "'shaft/values' names the check 'shaft', which is none"),
        ("seconds=2", "spoiled_by=('shaft',)", "def ask_shift(", "'shift/values' names the check 'shaft'"),
    ],
)
def test_a_probe_of_an_unknown_check_is_refused_at_its_line(folder, old, new, start, sentence):
    path = folder / "probes.py"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    told = refusal(folder)
    assert told.startswith(f"{path}:{line_of(path, start)}: ")
    assert sentence in told
