"""A fair answer is a whole cell, an edit or other solutions; anything else in the file is refused with its line."""

import pytest

from autograder.errors import AuthoringError
from autograder.fair_answers import FairAnswer, find_regions, load_fair_answers
from autograder.notebooks import read_notebook

TWO_METHODS = '''

# %% exercise="Scaler"
class Scaler:
    """Scales."""

    def __init__(self, factor):
        ### BEGIN SOLUTION
        self.factor = factor
        ### END SOLUTION

    def apply(self, values):
        """Return the scaled values."""
        ### BEGIN SOLUTION
        scaled = values * self.factor
        return scaled
        ### END SOLUTION


class Shifter:
    def apply(self, values):
        ### BEGIN SOLUTION
        return values + 1
        ### END SOLUTION


### BEGIN SOLUTION
FACTOR = 2
### END SOLUTION

# %% check="Scaler" points=1
assert Scaler(2).apply(3) == 6, "twice three is six"
'''

ANSWERS = '''\
# Right answers.

[[answer]]
name = "a whole cell"
exercise = "shift"
cell = """
shift = lambda values, *, by: values + by
"""

[[answer]]
name = "an edit"
exercise = "scale"
before = "import operator"
find = "values * factor"
replace = "operator.mul(values, factor)"

[[answer]]
name = "a body"
exercise = "shift"
body = """
if by:
    return by + values

return values
"""

[[answer]]
name = "some bodies"
exercise = "Scaler"

[answer.bodies]
__init__ = "self._factor = factor"
"Scaler.apply" = "return self._factor * values"
'''


@pytest.fixture
def load(course):
    """Write a file of answers, changed at the first place where ``old`` stands, and load it."""
    folder = course / "solutions" / "1-numbers"
    notebook = folder / "numbers.py"
    notebook.write_text(notebook.read_text(encoding="utf-8") + TWO_METHODS, encoding="utf-8")
    path = course / "fair.toml"

    def load_changed(old="", new=""):
        assert old in ANSWERS
        path.write_text(ANSWERS.replace(old, new, 1), encoding="utf-8")
        return load_fair_answers(path, [read_notebook(notebook)])

    load_changed.path = path
    return load_changed


def body_of(answer: FairAnswer, after: str) -> str:
    """What stands below a line of an answer's cell."""
    return answer.cell.partition(after)[2]


def test_answers_come_in_their_order(load):
    assert [(each.name, each.exercise) for each in load()] == [
        ("a whole cell", "shift"),
        ("an edit", "scale"),
        ("a body", "shift"),
        ("some bodies", "Scaler"),
    ]


def test_a_cell_is_taken_as_it_is(load):
    assert load()[0].cell == "shift = lambda values, *, by: values + by\n"


def test_an_edit_is_applied_below_the_lines_before(load):
    cell = load()[1].cell
    assert cell.startswith("import operator\ndef scale(values, factor=3.0):\n")
    assert "    scaled = operator.mul(values, factor)\n    return scaled\n" in cell


def test_a_body_is_indented_where_the_solution_stood(load):
    assert body_of(load()[2], '``by``."""\n') == "    if by:\n        return by + values\n\n    return values\n"


def test_bodies_stand_in_for_the_solutions_that_they_name(load):
    cell = load()[3].cell
    assert "    def __init__(self, factor):\n        self._factor = factor\n\n" in cell
    assert '"""Return the scaled values."""\n        return self._factor * values\n\n\nclass Shifter' in cell
    assert cell.endswith("        return values + 1\n\n\nFACTOR = 2\n")


def test_no_answer_keeps_the_marks_of_a_solution(load):
    assert not [each.name for each in load() if "###" in each.cell]


def test_the_answers_work(load):
    found = {each.name: each for each in load()}
    names = {}
    exec(found["an edit"].cell + found["a body"].cell + found["some bodies"].cell, names)
    assert (names["scale"](2), names["shift"](2, by=5), names["Scaler"](4).apply(3)) == (6.0, 7, 12)


def test_regions_are_named_by_what_is_around_them(load):
    load()
    source = read_notebook(load.path.parent / "solutions" / "1-numbers" / "numbers.py").exercises[-1].source
    regions = find_regions(source)
    assert [region.name for region in regions] == ["Scaler.__init__", "Scaler.apply", "Shifter.apply", ""]
    assert [region.margin for region in regions] == [" " * 8] * 3 + [""]
    assert all(source.splitlines()[region.first].strip() == "### BEGIN SOLUTION" for region in regions)


def test_an_assignment_needs_no_fair_answers(tmp_path):
    assert load_fair_answers(tmp_path / "fair.toml", []) == []


# what to change, into what, in which table, and what is said
BAD = {
    "name missing": ('name = "an edit"', "", 2, "'number 2' needs 'name', a text, got None"),
    "exercise missing": ('exercise = "shift"', "", 1, "needs 'exercise', a text, got None"),
    "no such exercise": ('exercise = "shift"', 'exercise = "shaft"', 1, "answers the exercise 'shaft', which does not"),
    "name taken": ('name = "a body"', 'name = "a whole cell"', 3, "'a whole cell' stands there twice for 'shift'"),
    "unknown key": ("before =", "after =", 2, "has the unknown key 'after'"),
    "no form": ('find = "values * factor"\n', "", 2, "exactly one of cell, find, body, bodies, got none"),
    "two forms": ("before =", "cell =", 2, "exactly one of cell, find, body, bodies, got cell and find"),
    "nothing to replace with": ('replace = "operator.mul(values, factor)"', "", 2, "needs 'replace', a text, got None"),
    "replace without find": ("cell =", 'replace = "x"\ncell =', 1, "has 'replace' without 'find'"),
    "before a whole cell": ("cell =", 'before = "x = 1"\ncell =', 1, "has 'before' beside 'cell'"),
    "edit that fits nowhere": ("values * factor", "factor * values", 2, "stands 0 times in its exercise, expected"),
    "edit that fits twice": ('"values * factor"', '"scaled"', 2, "'scaled' stands 2 times in its exercise"),
    "edit that changes nothing": ('"operator.mul(values, factor)"', '"values * factor"', 2, "changes nothing"),
    "body of many": ('exercise = "shift"\nbody', 'exercise = "Scaler"\nbody', 3, "holds 4 solutions; use 'bodies'"),
    "bodies no table": ("[answer.bodies]\n__init__", "bodies", 4, "has the unknown key 'Scaler.apply'"),
    "bodies a text": ('body = """', 'bodies = """', 3, "needs 'bodies', a table of texts, got "),
    "body a number": ('"self._factor = factor"', "3", 4, "needs '__init__', a text, got 3"),
    "no such region": ("__init__ =", "build =", 4, "solution in 'build', of which its exercise holds 0, expected one"),
    "two such regions": ('"Scaler.apply"', "apply", 4, "solution in 'apply', of which its exercise holds 2"),
    "no Python": ("self._factor * values", "self._factor values", 4, "is no Python: invalid syntax in line "),
    "the reference": (
        'before = "import operator"\nfind = "values * factor"\nreplace = "operator.mul(values, factor)"',
        'find = "values * factor"\nreplace = "(values * factor)  # once"',
        2,
        "is the reference itself",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_answer_is_refused_with_file_and_line(case, load):
    old, new, number, sentence = BAD[case]
    with pytest.raises(AuthoringError) as refused:
        load(old, new)
    lines = load.path.read_text(encoding="utf-8").splitlines()
    line = [at for at, text in enumerate(lines, 1) if text == "[[answer]]"][number - 1]
    told = str(refused.value)
    assert told.startswith(f"{load.path}:{line}: answer "), told
    assert sentence in told
    assert "\n" not in told


def test_a_file_of_another_form_is_refused(load):
    with pytest.raises(AuthoringError, match=r"fair\.toml: unknown table 'answers'; only \[\[answer\]\] is known"):
        load("[[answer]]", "[[answers]]")
    with pytest.raises(AuthoringError, match=r"fair\.toml: not TOML: .*line 4"):
        load('name = "a whole cell"', "name = a whole cell")
