"""The report card: every mistake and fair answer has its row, and each way to treat one wrongly is told."""

import json
from pathlib import Path

import pytest

from autograder.assignment import find_assignment, find_assignments, load_assignment
from autograder.cli import main
from autograder.report_card import as_text, joined, problems_in, published, report_card

ROOT = Path(__file__).resolve().parents[2]
FAIR = '''\
[[answer]]
name = "factor first"
exercise = "scale"
body = "return factor * values"

[[answer]]
name = "a strict notebook that names everything"
exercise = "scale"
body = """
np.seterr(all="raise")
global shift, ravine
shift = ravine = None
return np.multiply(values, factor)
"""

[[answer]]
name = "by subtraction"
exercise = "shift"
body = "return values - -by"
'''


@pytest.fixture
def fair(course):
    """The small course with a few fair answers."""
    path = course / "tests" / "solutions" / "1-numbers" / "fair.toml"
    path.parent.mkdir(parents=True)
    path.write_text(FAIR, encoding="utf-8")
    return path


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def card_of(course):
    return report_card([load_assignment(course / "solutions" / "1-numbers")], course, say=lambda line: None)


def test_a_clean_card_has_a_row_for_everything(course, fair):
    card = card_of(course)
    assert problems_in(card) == []
    (table,) = card["assignments"]
    rows = {row["name"]: row for row in table["mistakes"]}
    assert list(rows) == ["scale-adds", "scale-squares", "shift-subtracts"]
    assert rows["scale-adds"]["caught_by"] == ["any-factor", "default", "purity"]
    assert rows["scale-adds"]["lost"] == 100
    assert rows["scale-adds"]["diagnosed_as"] == ["scale-adds"]
    assert [row["score"] for row in table["fair_answers"]] == [100, 100, 100]
    assert (table["probes"], table["false_alarm"]) == (4, 0)
    assert set(table["provenance"]["libraries"]) == {"numpy", "keras", "ipykernel"}
    assert json.loads(json.dumps(card)) == card


def test_the_text_tells_every_row_and_the_sum(course, fair):
    lines = as_text(card_of(course)).splitlines()
    assert "  scale-adds → any-factor and 2 more → 100 % → itself" in lines
    assert "  shift: by subtraction → 100 %" in lines
    assert lines[-1] == (
        "1-numbers: 3 of 3 mistakes caught, 3 named; 0 of 3 fair answers failed; chance that a right answer fails by "
        "luck: 0, for no answer of it is random."
    )


def test_what_is_published_holds_no_edit_and_no_probe(course, fair):
    text = json.dumps(published(card_of(course)))
    assert "scale-adds" in text
    assert "The factor is added; it should stretch the values." in text
    for secret in ("any-factor", "purity", "values + factor", "find", "replace", "ask_scale"):
        assert secret not in text


def test_a_mistake_that_survives_is_told(course, fair):
    edit(course / "solutions" / "1-numbers" / "misconceptions.toml", '"values * factor**2"', '"values * factor * 1.0"')
    assert problems_in(card_of(course)) == [
        "1-numbers: the mistake 'scale-squares' survives: no probe of 'scale' catches it",
        "1-numbers: the mistake 'scale-squares' is diagnosed as nothing",
    ]


def test_mistakes_that_cannot_be_told_apart_are_told(course, fair):
    edit(course / "solutions" / "1-numbers" / "misconceptions.toml", '"values * factor**2"', '"factor + values"')
    assert problems_in(card_of(course)) == [
        "1-numbers: the mistake 'scale-adds' is diagnosed as 'scale-adds' and 'scale-squares'",
        "1-numbers: the mistake 'scale-squares' is diagnosed as 'scale-adds' and 'scale-squares'",
    ]


def test_a_fair_answer_that_loses_a_point_is_told_with_its_probe(course, fair):
    edit(fair, "return values - -by", "return values - by")
    (problem,) = problems_in(card_of(course))
    assert problem.startswith(
        "1-numbers: the fair answer 'by subtraction' to 'shift' gets 0 % (shift/values: `shifted` came back as float64"
    )


@pytest.mark.parametrize("declared", [True, False])
def test_a_mistake_that_spoils_another_check_must_be_declared(course, fair, declared):
    folder = course / "solutions" / "1-numbers"
    edit(folder / "numbers.py", "shifted = values + by", "shifted = scale(values, 2.0) / 2.0 + by")
    edit(folder / "misconceptions.toml", '"values + by"', '"2.0 + by"')
    edit(folder / "misconceptions.toml", '"values - by"', '"2.0 - by"')
    if declared:
        edit(folder / "probes.py", "ask_shift, seconds=2", 'ask_shift, seconds=2, spoiled_by=("scale",)')
    card = card_of(course)
    adds = next(row for row in card["assignments"][0]["mistakes"] if row["name"] == "scale-adds")
    assert adds["spoils"] == {"shift": 100}
    assert adds["spoils_as_declared"] == (["shift"] if declared else [])
    told = "costs 100 % of 'shift' too, by a probe that is not declared to be spoiled_by 'scale'"
    assert [told in problem for problem in problems_in(card)] == ([] if declared else [True, True])
    assert "spoils shift (100 %)" in as_text(card)


def test_the_command_writes_the_table_and_ends_with_1_where_something_is_wrong(course, fair, capsys):
    table = course / "card.json"
    assert main(["--course", str(course), "report-card", "1-numbers", "--json", "--write", str(table)]) == 0
    said = capsys.readouterr()
    assert published(json.loads(said.out)) == json.loads(table.read_text(encoding="utf-8"))
    assert main(["--course", str(course), "report-card", "--write", str(table)]) == 0
    assert len(json.loads(table.read_text(encoding="utf-8"))["assignments"]) == 1
    _ = capsys.readouterr()
    edit(fair, "return factor * values", "return factor + values")
    assert main(["--course", str(course), "report-card"]) == 1
    said = capsys.readouterr()
    assert "the fair answer 'factor first' to 'scale' gets 0 %" in said.err
    assert "scale: factor first → 0 %" in said.out


def test_a_table_written_later_joins_the_others_and_an_unknown_one_goes():
    def card(**versions):
        return {"assignments": [{"assignment": name, "version": version} for name, version in versions.items()]}

    assert joined(card(b=2), card(a=1, b=1, gone=1), ["a", "b", "c"]) == card(a=1, b=2)
    assert joined(card(b=2), {}, ["a", "b"]) == card(b=2)


def test_the_books_card_is_of_todays_assignments():
    card = json.loads((ROOT / "book" / "teach" / "report-card.json").read_text(encoding="utf-8"))
    names = find_assignments(ROOT)
    tables = {table["assignment"]: table for table in card["assignments"]}
    assert list(tables) == names, "run `make report-card`"
    for name in names:
        assignment = find_assignment(ROOT, name)
        table = tables[name]
        assert table["version"] == assignment.version, f"{name} has changed: run `make report-card`"
        assert [(row["name"], row["hint"]) for row in table["mistakes"]] == [
            (mistake.name, mistake.hint) for mistake in assignment.misconceptions
        ]
        assert all(row["caught_by"] and row["named"] for row in table["mistakes"])
        assert {row["score"] for row in table["fair_answers"]} == {100}
