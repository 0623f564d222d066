"""Each kind of edit is made, once, in the same order every time; what cannot matter is not made."""

import ast

import pytest
from equivalents import load_equivalents
from mutants import mutants_of, statements_in

from autograder.errors import AuthoringError

STEP = '''
import numpy as np


def step(weights, total, *, rate=0.1, ahead=False):
    """Take a step."""
    total = total + weights**2
    if ahead and rate < 1:
        weights = weights - rate * np.sqrt(total, axis=1)
    for each in range(3):
        total += each
    return weights, total[each]
'''
KEEPER = """
class Keeper(Base):
    def __init__(self, rate=0.5, size=2, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.size = size

    def update(self, value):
        old = self.kept(value)
        self.assign(old, self.rate * value)
        old.assign(value)
        return {"rate": self.rate, "old": old}
"""


def edits(source):
    return [(mutant.was, mutant.becomes) for mutant in mutants_of(source)]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("total = total + weights ** 2", "total = total - weights ** 2"),
        ("total = total + weights ** 2", "total = total + weights * 2"),
        ("total = total + weights ** 2", "total = weights ** 2"),
        ("total = total + weights ** 2", "total = total"),
        ("total = total + weights ** 2", "total = total + weights ** 3"),
        ("total = total + weights ** 2", "total = total + 2 ** weights"),
        ("total = total + weights ** 2", "total = total + rate ** 2"),
        ("total = total + weights ** 2", "total = total + np.mean(weights) ** 2"),
        ("total = total + weights ** 2", "total = -total + weights ** 2"),
        ("total = total + weights ** 2", "total += weights ** 2"),
        ("total = total + weights ** 2", "weights[...] = total + weights ** 2\ntotal = weights"),
        ("total = total + weights ** 2", ""),
        ("", "total = total + weights ** 2"),
        ("if ahead and rate < 1:", "if ahead or rate < 1:"),
        ("if ahead and rate < 1:", "if not (ahead and rate < 1):"),
        ("if ahead and rate < 1:", "if True:"),
        ("if ahead and rate < 1:", "if rate < 1:"),
        ("if ahead and rate < 1:", "if ahead and rate <= 1:"),
        ("if ahead and rate < 1:", "if ahead and rate < 0:"),
        ("if ahead and rate < 1:", "if ahead and 0.1 < 1:"),
        ("weights = weights - rate * np.sqrt(total, axis=1)", "weights = weights + rate * np.sqrt(total, axis=1)"),
        ("weights = weights - rate * np.sqrt(total, axis=1)", "weights = -(rate * np.sqrt(total, axis=1))"),
        ("weights = weights - rate * np.sqrt(total, axis=1)", "weights = rate * np.sqrt(total, axis=1) - weights"),
        ("weights = weights - rate * np.sqrt(total, axis=1)", "weights = weights - rate / np.sqrt(total, axis=1)"),
        ("weights = weights - rate * np.sqrt(total, axis=1)", "weights = weights - np.sqrt(total, axis=1)"),
        ("weights = weights - rate * np.sqrt(total, axis=1)", "weights = weights - rate * total"),
        ("weights = weights - rate * np.sqrt(total, axis=1)", "weights = weights - rate * np.sqrt(total)"),
        ("weights = weights - rate * np.sqrt(total, axis=1)", "weights = weights - rate * np.sqrt(total, axis=0)"),
        ("weights = weights - rate * np.sqrt(total, axis=1)", "weights = weights - rate * np.square(total, axis=1)"),
        ("for each in range(3):", "for each in range(2):"),
        ("for each in range(3):", "for each in list(range(3))[1:]:"),
        ("total += each", "total -= each"),
        ("total += each", "total = each"),
        ("total += each", "total = total + each"),
        ("return (weights, total[each])", "return (total[each], weights)"),
        ("return (weights, total[each])", "return (weights,)"),
        ("return (weights, total[each])", "return (weights, total[0])"),
        ("return (weights, total[each])", ""),
        (
            "def step(weights, total, *, rate=0.1, ahead=False):",
            "def step(weights, total, *, rate=0.05, ahead=False):",
        ),
        ("def step(weights, total, *, rate=0.1, ahead=False):", "def step(weights, total, *, rate=0.1, ahead=True):"),
    ],
)
def test_a_function_is_edited_in_every_way(was, becomes):
    assert edits(STEP).count((was, becomes)) == 1


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("self.assign(old, self.rate * value)", "old = self.rate * value"),
        ("self.assign(old, self.rate * value)", "self.assign_add(old, self.rate * value)"),
        ("self.assign(old, self.rate * value)", "self.assign(self.rate * value, old)"),
        ("self.assign(old, self.rate * value)", "self.assign(old, self.size * value)"),
        ("self.assign(old, self.rate * value)", "self.assign(old, 0.5 * value)"),
        ("self.assign(old, self.rate * value)", ""),
        ("", "self.assign(old, self.rate * value)"),
        ("old.assign(value)", "old = value"),
        (
            "self.assign(old, self.rate * value)\nold.assign(value)",
            "old.assign(value)\nself.assign(old, self.rate * value)",
        ),
        ("return {'rate': self.rate, 'old': old}", "return {'rate': self.rate}"),
        ("return {'rate': self.rate, 'old': old}", "return {'other_rate': self.rate, 'old': old}"),
        ("super().__init__(**kwargs)", "super().__init__()"),
        ("def __init__(self, rate=0.5, size=2, **kwargs):", "def __init__(self, rate=1.0, size=2, **kwargs):"),
    ],
)
def test_a_class_is_edited_in_every_way(was, becomes):
    assert edits(KEEPER).count((was, becomes)) == 1


@pytest.mark.parametrize(
    ("source", "was", "becomes"),
    [
        ("def f(x, a):\n    return x.copy()", "return x.copy()", "return x"),
        ("def f(x, a):\n    return np.var(x)", "return np.var(x)", "return np.var(x, ddof=1)"),
        ("def f(x, a):\n    return np.var(x)", "return np.var(x)", "return np.var(x, axis=0)"),
        ("def f(x, a):\n    return x.mean()", "return x.mean()", "return x.sum()"),
        ("def f(x, a):\n    return x.mean()", "return x.mean()", "return x.mean(axis=0)"),
        ("def f(x, a):\n    return -x", "return -x", "return x"),
        ("def f(x, a):\n    return x if a else 0", "return x if a else 0", "return 0 if a else x"),
        ("def f(x, a):\n    return x / a", "return x / a", "return x // a"),
        ("def f(x, a):\n    return x / a", "return x / a", "return 1 / a"),
        ("def f(x, a):\n    return x / a", "return x / a", "x[...] = x / a\nreturn x"),
        ("def f(x, a):\n    return x / a, a", "return (x / a, a)", "x[...] = x / a\nreturn (x, a)"),
        ("def f(x, a):\n    while not a:\n        x()", "while not a:", "while a:"),
        (
            "def f(x, a):\n    if a:\n        x()\n    else:\n        a()",
            "    x()\nelse:\n    a()",
            "    a()\nelse:\n    x()",
        ),
    ],
)
def test_further_edits(source, was, becomes):
    assert edits(source).count((was, becomes)) == 1


@pytest.mark.parametrize("source", [STEP, KEEPER])
def test_every_mutant_is_another_program_with_one_edit(source):
    mutants = mutants_of(source)
    trees = [ast.dump(ast.parse(mutant.cell)) for mutant in mutants]
    assert len(set(trees)) == len(trees) > 60
    assert len({(mutant.where, mutant.was, mutant.becomes) for mutant in mutants}) == len(mutants)
    whole = ast.unparse(ast.parse(source)).replace('    """Take a step."""\n', "")
    for mutant in mutants:
        assert mutant.cell != whole
        lines, old = mutant.cell.splitlines(), [line.strip() for line in mutant.was.splitlines()]
        kept = [line for line in whole.splitlines() if line.strip() and line.strip() not in old]
        assert [line for line in kept if line not in lines] == []


@pytest.mark.parametrize("source", [STEP, KEEPER])
def test_two_runs_give_the_same_mutants(source):
    assert mutants_of(source) == mutants_of(source)


def test_a_mutant_says_what_it_is():
    told = {str(mutant) for mutant in mutants_of(STEP)}
    assert "step: `total += each` becomes `total -= each`" in told
    assert "step without `total = total + weights ** 2`" in told
    assert "the cell without `import numpy as np`" in told
    assert "step with `total += each` once more" in told
    assert "Keeper.update without `old.assign(value)`" in {str(mutant) for mutant in mutants_of(KEEPER)}


def test_the_same_edit_in_two_places_is_numbered():
    twice = [mutant for mutant in mutants_of("def f(x):\n    g(x)\n    h(x)\n    g(x)") if mutant.was == "g(x)"]
    assert [mutant.where for mutant in twice if not mutant.becomes] == ["f", "f (2)"]


@pytest.mark.parametrize(
    "lines",
    [
        "a = x + 1\n    b = x + 2",  # neither reads what the other writes
        "a = np.sqrt(x)\n    b = np.exp(x)",
        "a['b'] = x\n    a['c'] = 2",
    ],
)
def test_an_order_that_cannot_matter_is_left_alone(lines):
    first, second = (line.strip() for line in lines.splitlines())
    found = edits(f"def f(x):\n    {lines}\n    return a, b")
    assert (f"{first}\n{second}", f"{second}\n{first}") not in found
    assert ("", first) not in found


@pytest.mark.parametrize(
    "lines",
    [
        "a = x + 1\n    b = a + 2",
        "a = x + 1\n    x = 2",
        "a = x.draw()\n    b = x.draw()",
        "a = np.random.normal()\n    b = np.random.normal()",
        "a = next(x)\n    b = next(x)",
        "a.b = x\n    c = a.b",
        "a['b'] = x\n    c = np.sum(a)",
        "a = x\n    a['b'] = 2",
    ],
)
def test_an_order_that_can_matter_is_changed(lines):
    first, second = (line.strip() for line in lines.splitlines())
    assert (f"{first}\n{second}", f"{second}\n{first}") in edits(f"def f(x):\n    {lines}\n    return a, b")


# Those that may pass


@pytest.fixture
def listed(tmp_path):
    """Write a list of equivalent mutants of STEP and load it."""
    path = tmp_path / "equivalent.toml"

    def load(text):
        path.write_text(text, encoding="utf-8")
        return load_equivalents(path, {"step": mutants_of(STEP), "other": []})

    return load


LISTED = """\
[[equivalent]]
exercise = "step"
reason = "Because
 it is."
edits = [["total += each", "total = total + each"], ["return (weights, total[each])", ""]]
""".replace('"Because\n it is."', '"""Because\n it is."""')


def test_equivalent_mutants_come_with_their_reason(listed):
    found = listed(LISTED)
    assert found["other"] == {}
    assert {str(mutant): reason for mutant, reason in found["step"].items()} == {
        "step: `total += each` becomes `total = total + each`": "Because it is.",
        "step without `return (weights, total[each])`": "Because it is.",
    }


def test_an_assignment_needs_no_list(tmp_path):
    assert load_equivalents(tmp_path / "equivalent.toml", {"step": []}) == {"step": {}}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("total += each", "total += every", "'total += every' to 'total = total + each' fits 0 mutants, expected one"),
        ('["return (weights, total[each])", ""]', '["total += each", "total = total + each"]', "stands there twice"),
        ('"step"', '"stop"', "is about the exercise 'stop', which does not exist"),
        ("reason =", "why =", "has the unknown key 'why'"),
        ('"""Because\n it is."""', '""', "needs 'reason', a text, got ''"),
        ('edits = [["total += each", "total = total + each"], [', "edits = [3, [", "a list of pairs of texts"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(listed, old, new, sentence):
    assert old in LISTED
    with pytest.raises(AuthoringError, match=r"equivalent\.toml:1: equivalent 'number 1'") as refused:
        listed(LISTED.replace(old, new, 1))
    assert sentence in str(refused.value)


def test_an_edit_that_fits_two_mutants_is_refused(tmp_path):
    path = tmp_path / "equivalent.toml"
    path.write_text('[[equivalent]]\nexercise = "f"\nreason = "So."\nedits = [["g(x)", ""]]\n', encoding="utf-8")
    with pytest.raises(AuthoringError, match="fits 2 mutants, expected one"):
        load_equivalents(path, {"f": mutants_of("def f(x):\n    g(x)\n    h(x)\n    g(x)")})


def test_statements_are_counted_without_docstrings():
    assert statements_in(STEP) == 8
    assert statements_in(KEEPER) == 10
