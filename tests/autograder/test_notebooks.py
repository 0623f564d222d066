"""Marks become nbgrader's metadata, and a mark that makes no sense is refused with its file and line."""

import re

import nbformat
import pytest

from autograder.errors import AuthoringError
from autograder.notebooks import BEGIN, END, read_notebook

GOOD = '''\
# %% [markdown]
# # A notebook

# %%
import math

# %% exercise="double"
def double(value):
    """Return twice the value."""
    ### BEGIN SOLUTION
    return 2 * value
    ### END SOLUTION

# %% check="double" points=1.5 tags=["visible"]
assert double(2) == 4

# %% [markdown] essay="why" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# Because.
# ### END SOLUTION
'''


@pytest.fixture
def read(tmp_path):
    """Write a notebook's text and read it."""

    def write_and_read(text):
        path = tmp_path / "numbers.py"
        path.write_text(text, encoding="utf-8")
        return read_notebook(path)

    return write_and_read


def line_of(text, start):
    """The number of the only line that begins so."""
    numbers = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start)]
    assert len(numbers) == 1, f"{start!r} begins {len(numbers)} lines"
    return numbers[0]


def changed(old, new):
    assert GOOD.count(old) == 1, f"{old!r} stands {GOOD.count(old)} times in the good notebook"
    return GOOD.replace(old, new)


def test_marks_become_exactly_the_metadata_that_nbgrader_wants(read):
    _, plain, exercise, check, essay = read(GOOD).solved().cells
    common = {"schema_version": 3, "task": False}
    assert plain.metadata == {}
    assert exercise.metadata == {
        "nbgrader": {**common, "grade_id": "double", "grade": False, "solution": True, "locked": False}
    }
    assert check.metadata == {
        "tags": ["visible"],
        "nbgrader": {
            **common,
            "grade_id": "check_double",
            "grade": True,
            "solution": False,
            "locked": True,
            "points": 1.5,
        },
    }
    assert essay.metadata == {
        "nbgrader": {**common, "grade_id": "why", "grade": True, "solution": True, "locked": False, "points": 3}
    }
    assert type(essay.metadata.nbgrader.points) is int
    assert [cell.cell_type for cell in (exercise, check, essay)] == ["code", "code", "markdown"]


def test_the_solved_notebook_is_valid_and_the_same_every_time(read):
    notebook = read(GOOD)
    once, twice = notebook.solved(), notebook.solved()
    nbformat.validate(once)
    assert nbformat.writes(once) == nbformat.writes(twice)
    assert once.cells[0].source == "# A notebook"
    assert once.cells[1].execution_count is None
    assert once.cells[1].outputs == []


def test_cell_ids_come_from_marks_and_text_and_are_unique(read):
    same_twice = GOOD + "\n# %%\nimport math\n\n# %%\nimport math\n"
    ids = [cell.id for cell in read(same_twice).solved().cells]
    assert ids[2:5] == ["double", "check_double", "why"]
    assert len(set(ids)) == len(ids)
    assert ids[5:] == [f"{ids[1]}-2", f"{ids[1]}-3"]


def test_an_edit_changes_only_the_edited_cells_id(read):
    before = [cell.id for cell in read(GOOD).solved().cells]
    after = [cell.id for cell in read(changed("import math", "import cmath")).solved().cells]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True, True, True]


def test_the_longest_name_still_gives_a_valid_notebook(read):
    name = "a" * 51
    nbformat.validate(read(GOOD.replace('"double"', f'"{name}"')).solved())
    with pytest.raises(AuthoringError, match="must be a word"):
        read(GOOD.replace('"double"', f'"{name}a"'))


SECOND_CHECK = '\n# %% check="double" points=2\nassert double(1) == 2\n'
SECOND_EXERCISE = f'\n# %% exercise="double"\n{BEGIN}\ndouble = None\n{END}\n'
CHECK_LINE = '# %% check="double"'

BAD = {
    "check without exercise": (
        changed('exercise="double"', 'exercise="triple"'),
        CHECK_LINE,
        "the check 'double' has no exercise of that name",
    ),
    "exercise without check": (
        changed('# %% check="double" points=1.5 tags=["visible"]', "# %%"),
        '# %% exercise="double"',
        "the exercise 'double' has no check of that name",
    ),
    "check before its exercise": (
        '# %% check="double" points=1\nassert double(1) == 2\n' + SECOND_EXERCISE,
        CHECK_LINE,
        "the check 'double' stands before its exercise",
    ),
    "points missing": (changed(" points=1.5", ""), CHECK_LINE, "needs points above 0, got none"),
    "points negative": (changed("points=1.5", "points=-1"), CHECK_LINE, "needs points above 0, got -1"),
    "points zero": (changed("points=1.5", "points=0"), CHECK_LINE, "needs points above 0, got 0"),
    "points quoted": (changed("points=1.5", 'points="4"'), CHECK_LINE, "needs points above 0, got '4'"),
    "points a word": (changed("points=1.5", "points=four"), CHECK_LINE, "cannot be read"),
    "points nan": (changed("points=1.5", "points=nan"), CHECK_LINE, "cannot be read"),
    "points NaN": (changed("points=1.5", "points=NaN"), CHECK_LINE, "needs points above 0, got nan"),
    "points inf": (changed("points=1.5", "points=inf"), CHECK_LINE, "cannot be read"),
    "points Infinity": (changed("points=1.5", "points=Infinity"), CHECK_LINE, "needs points above 0, got inf"),
    "points overflow": (changed("points=1.5", "points=1e400"), CHECK_LINE, "needs points above 0, got inf"),
    "points true": (changed("points=1.5", "points=true"), CHECK_LINE, "needs points above 0, got True"),
    "points of an essay": (changed("points=3", "points=0"), '# %% [markdown] essay="why"', "needs points above 0"),
    "points on an exercise": (
        changed('exercise="double"', 'exercise="double" points=2'),
        '# %% exercise="double"',
        "has points; they belong on its check",
    ),
    "points on a plain cell": (
        changed("# %%\nimport", "# %% points=2\nimport"),
        "# %% points=2",
        "points on a cell that is no check and no essay",
    ),
    "a name without quotes": (changed('check="double"', "check=double"), "# %% check=double", "cannot be read"),
    "a name that is no word": (
        changed('check="double"', 'check="double it"'),
        '# %% check="double it"',
        "must be a word of letters, digits and underscores, got 'double it'",
    ),
    "two checks of one name": (
        GOOD + SECOND_CHECK,
        '# %% check="double" points=2',
        f"the check 'double' stands at line {line_of(GOOD, CHECK_LINE)} already",
    ),
    "two exercises of one name": (
        GOOD + SECOND_EXERCISE.replace("# %%", "# %% again"),
        '# %% again exercise="double"',
        f"the exercise 'double' stands at line {line_of(GOOD, '# %% exercise')} already",
    ),
    "essay and exercise of one name": (
        changed('essay="why"', 'essay="double"'),
        '# %% [markdown] essay="double"',
        "would both be 'double' in the gradebook",
    ),
    "essay called as a check is": (
        changed('essay="why"', 'essay="check_double"'),
        '# %% [markdown] essay="check_double"',
        "would both be 'check_double' in the gradebook",
    ),
    "essay on a code cell": (
        changed('# %% [markdown] essay="why"', '# %% essay="why"'),
        '# %% essay="why"',
        "the essay 'why' must be a markdown cell, got code",
    ),
    "check on a markdown cell": (
        changed('# %% check="double"', '# %% [markdown] check="double"'),
        '# %% [markdown] check="double"',
        "the check 'double' must be a code cell, got markdown",
    ),
    "exercise on a markdown cell": (
        changed('# %% exercise="double"', '# %% [markdown] exercise="double"'),
        '# %% [markdown] exercise="double"',
        "the exercise 'double' must be a code cell, got markdown",
    ),
    "two marks on one cell": (
        changed('exercise="double"', 'exercise="double" check="double"'),
        '# %% exercise="double"',
        "one cell cannot be both exercise and check",
    ),
    "solution never ends": (
        changed("    ### END SOLUTION\n", ""),
        '# %% exercise="double"',
        "a solution begins and never ends in 'double'",
    ),
    "solution ends before it begins": (
        changed("    ### BEGIN SOLUTION\n", ""),
        '# %% exercise="double"',
        "a solution ends before it begins in 'double'",
    ),
    "solution in a solution": (
        changed("    ### BEGIN SOLUTION\n", "    ### BEGIN SOLUTION\n    ### BEGIN SOLUTION\n"),
        '# %% exercise="double"',
        "a solution begins inside a solution in 'double'",
    ),
    "solution mark with company": (
        changed("    ### BEGIN SOLUTION\n", "    ### BEGIN SOLUTION of the task\n"),
        '# %% exercise="double"',
        "must stand alone on its line in 'double'",
    ),
    "no solution in an exercise": (
        changed("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION\n", ""),
        '# %% exercise="double"',
        "the exercise 'double' holds no solution",
    ),
    "no model answer in an essay": (
        changed("# ### BEGIN SOLUTION\n# Because.\n# ### END SOLUTION\n", ""),
        '# %% [markdown] essay="why"',
        "the essay 'why' holds no solution",
    ),
    "solution in a check": (
        changed("assert double(2) == 4", f"{BEGIN}\nassert double(2) == 4\n{END}"),
        CHECK_LINE,
        "a solution in the check 'double' would be handed out",
    ),
    "solution in an unmarked cell": (
        changed("# %%\nimport math", f"# %% imports\n{BEGIN}\nimport math\n{END}"),
        "# %% imports",
        "a solution outside an exercise or essay would be handed out",
    ),
    "misspelled mark": (
        changed('exercise="double"', 'exercize="double"'),
        '# %% exercize="double"',
        "a solution outside an exercise or essay would be handed out",
    ),
    "cell before the first marker": ("import os\n\n" + GOOD, "import os", "starts with a line `# %%`"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_mark_is_refused_with_file_and_line(case, read, tmp_path):
    text, start, sentence = BAD[case]
    with pytest.raises(AuthoringError) as refused:
        read(text)
    line = next(number for number, found in enumerate(text.splitlines(), 1) if found.startswith(start))
    told = str(refused.value)
    assert told.startswith(f"{tmp_path / 'numbers.py'}:{line}: "), told
    assert sentence in told
    assert "\n" not in told


def test_a_marker_inside_a_text_is_refused_rather_than_miscounted(read):
    with pytest.raises(AuthoringError, match=re.escape("no string holds such a line")):
        read(changed("import math", 'text = """\n# %% not a cell\n"""'))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "numbers.py"
    path.write_bytes(b"# %%\nname = '\xff'\n")
    with pytest.raises(AuthoringError, match=re.escape(f"{path}: ") + ".*UTF-8"):
        read_notebook(path)


def edition_of(folder, *changes):
    """The edition of the good notebook after some texts in it were replaced."""
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    folder.mkdir(exist_ok=True)
    (folder / "numbers.py").write_text(text, encoding="utf-8")
    return read_notebook(folder / "numbers.py").edition


@pytest.mark.parametrize(
    "change",
    [
        ("def double(value):", "def double(value, times=2):"),
        ("Return twice the value", "Return the value twice"),
        ("points=1.5", "points=3"),
        ('essay="why"', 'essay="wherefore"'),
    ],
)
def test_another_edition_asks_something_else(tmp_path, change):
    assert edition_of(tmp_path / "a", change) != edition_of(tmp_path / "b")


@pytest.mark.parametrize(
    "change",
    [
        ("# # A notebook", "# # Another notebook"),
        ("return 2 * value", "return value + value"),
        ("assert double(2) == 4", "assert double(3) == 6"),
        ("# *Your answer:*", "# *Your own answer:*"),
        ("def double(value):\n", "def double(value):   \n"),
    ],
)
def test_prose_answers_and_visible_checks_leave_the_edition_as_it_is(tmp_path, change):
    assert edition_of(tmp_path / "a", change) == edition_of(tmp_path / "b")
