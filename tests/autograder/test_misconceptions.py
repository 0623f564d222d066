"""A known wrong answer is one edit of the right one; anything else in the file is refused with its line."""

import pytest

from autograder.errors import AuthoringError
from autograder.misconceptions import load_misconceptions
from autograder.notebooks import read_notebook


@pytest.fixture
def load(course):
    """Change the small course's misconceptions at the first place where ``old`` stands, and load them."""
    folder = course / "solutions" / "1-numbers"

    def load_changed(old="", new=""):
        path = folder / "misconceptions.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_misconceptions(path, [read_notebook(folder / "numbers.py")])

    load_changed.path = folder / "misconceptions.toml"
    return load_changed


def header(path, number):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [at for at, line in enumerate(lines, 1) if line == "[[misconception]]"][number - 1]


def test_each_edit_is_applied_to_its_exercises_cell(load):
    adds, squares, subtracts = load()
    assert (adds.name, adds.exercise) == ("scale-adds", "scale")
    assert "scaled = values + factor\n" in adds.wrong_cell
    assert "scaled = values * factor**2\n" in squares.wrong_cell
    assert "shifted = values - by\n" in subtracts.wrong_cell
    assert adds.wrong_cell.replace("values + factor", "values * factor") == squares.wrong_cell.replace("**2", "")


def test_a_hint_written_over_several_lines_is_one_sentence(load):
    mistakes = load('hint = "The factor is applied twice."', 'hint = """The factor\n  is applied\ntwice."""')
    assert mistakes[1].hint == "The factor is applied twice."


def test_an_assignment_needs_no_misconceptions(load):
    load.path.unlink()
    assert load_misconceptions(load.path, []) == []


# what to change, into what, in which table, and what is said
BAD = {
    "applies nowhere": ('find = "values * factor"', 'find = "factor * values"', 1, "stands 0 times in its exercise"),
    "applies twice": ('find = "values * factor"', 'find = "scaled"', 1, "'scaled' stands 2 times in its exercise"),
    "changes nothing": ('replace = "values + factor"', 'replace = "values * factor"', 1, "changes nothing"),
    "unknown key": ('hint = "The shift', 'hnit = 1\nhint = "The shift', 3, "has the unknown key 'hnit'"),
    "hint missing": ('hint = "The factor is applied twice."', "", 2, "needs 'hint', a text, got None"),
    "hint empty": ('hint = "The factor is applied twice."', 'hint = " "', 2, "needs 'hint', a text, got ' '"),
    "name missing": ('name = "scale-adds"', "", 1, "'number 1' needs 'name', a text, got None"),
    "name a number": ('name = "scale-adds"', "name = 3", 1, "needs 'name', a text, got 3"),
    "name taken": ('name = "scale-squares"', 'name = "scale-adds"', 2, "'scale-adds' stands there twice"),
    "no such exercise": ('exercise = "shift"', 'exercise = "shaft"', 3, "edits the exercise 'shaft', which does not"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_misconception_is_refused_with_file_and_line(case, load):
    old, new, number, sentence = BAD[case]
    with pytest.raises(AuthoringError) as refused:
        load(old, new)
    told = str(refused.value)
    assert told.startswith(f"{load.path}:{header(load.path, number)}: misconception "), told
    assert sentence in told
    assert "\n" not in told


def test_a_file_that_is_not_toml_is_refused_with_the_line(load):
    with pytest.raises(AuthoringError, match=r"misconceptions\.toml: not TOML: .*line 2"):
        load('name = "scale-adds"', "name = scale-adds")


def test_a_file_that_is_not_text_is_refused(load):
    load.path.write_bytes(b"\xff")
    with pytest.raises(AuthoringError, match=r"misconceptions\.toml: not TOML"):
        load_misconceptions(load.path, [])


@pytest.mark.parametrize("text", ["misconception = 3", "misconception = [1]", "[misconception]\nname = 'x'"])
def test_tables_of_another_form_are_refused(load, text):
    load.path.write_text(text, encoding="utf-8")
    with pytest.raises(AuthoringError, match=r"under the heading \[\[misconception\]\]"):
        load()


def test_an_unknown_table_is_refused(load):
    with pytest.raises(AuthoringError, match="unknown table 'mistake'"):
        load("[[misconception]]", "[[mistake]]")
