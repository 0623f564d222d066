"""``autograder report-card``: how good is the grader? Every known mistake and every fair answer, judged."""

import datetime
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.assignment import Assignment
from autograder.fair_answers import load_fair_answers
from autograder.feedback import points
from autograder.judge import judge_check
from autograder.wire import Answer
from autograder.worlds import LIBRARIES, Variant, ask_notebook, read_answers

SEED = 1  # a class's own seed is secret; the card's is not, so that anybody can make it again
SCORE = 100.0  # each check is judged out of so many points, so that the card speaks in per cent


def report_card(assignments: list[Assignment], root: Path, say=print) -> dict[str, Any]:
    """Ask every misconception and every fair answer, judge them, and tell of each what the grader makes of it.

    Parameters
    ----------
    assignments : list of Assignment
        Whose probes are examined.
    root : Path
        The course's folder; fair answers are in ``tests/solutions/<assignment>/fair.toml``.
    say : callable
        Is told, in a line, what takes long.

    Returns
    -------
    dict
        ``assignments``, a list of tables: for each assignment its ``provenance`` (when, with which versions and seed),
        its ``mistakes`` and its ``fair_answers``. Shares are in per cent of the check's points.
    """
    return {"assignments": [_examine(assignment, root, say) for assignment in assignments]}


def _provenance():
    return {
        "command": "autograder report-card",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "seed": SEED,
    }


def _examine(assignment, root, say):
    where = root / "tests" / "solutions" / assignment.name / "fair.toml"
    fair = load_fair_answers(where, assignment.notebooks)
    toml = assignment.folder / "misconceptions.toml"
    mistakes = [Variant(f"mistake/{each.name}", each.exercise, each.wrong_cell, toml)
                for each in assignment.misconceptions]  # fmt: skip
    answers = [Variant(f"fair/{each.exercise}/{each.name}", each.exercise, each.cell, where) for each in fair]
    replies = {}
    for notebook in assignment.notebooks:
        say(f"{assignment.name}: asking {notebook.name}, its known mistakes and its fair answers")
        replies |= ask_notebook(assignment, notebook, SEED, [*mistakes, *answers])
    replies = read_answers(assignment, replies)
    judged = _Judged(assignment, replies)
    return {
        "assignment": assignment.name,
        "version": assignment.version,
        "provenance": _provenance(),
        "probes": len(assignment.probes),
        "false_alarm": sum(probe.false_alarm for probe in assignment.probes),
        "mistakes": [judged.mistake(each) for each in assignment.misconceptions],
        "fair_answers": [judged.fair_answer(each) for each in fair],
    }


class _Judged:
    """The replies of an assignment's worlds, judged check by check."""

    def __init__(self, assignment, replies):
        self.assignment, self.replies = assignment, replies
        known = {each.name: each for each in assignment.misconceptions}
        self.wrong = {
            check: {
                known[name.removeprefix("mistake/")]: given
                for name, given in asked["wrong"].items()
                if name.startswith("mistake/")
            }
            for check, asked in replies.items()
        }

    def judge(self, check: str, given: dict[str, Answer], not_right=(), elsewhere=False):
        """The judge's result for one variant in one check: its own, or one that goes through its exercise."""
        probes, reference = self.assignment.probes_of(check), self.replies[check]["reference"]
        if elsewhere:
            probes = [probe for probe in probes if not probe.own_only]
        return judge_check(check, SCORE, probes, given, reference, self.wrong[check], seed=SEED, not_right=not_right)

    def mistake(self, mistake):
        """One row of the table of mistakes."""
        result = self.judge(mistake.exercise, self.wrong[mistake.exercise][mistake])
        spoils, declared = {}, []
        for check in self.replies:
            if check == mistake.exercise or mistake not in self.wrong[check]:
                continue
            spoilt = self.judge(check, self.wrong[check][mistake], not_right=[mistake.exercise], elsewhere=True)
            lost = {verdict.probe for verdict in spoilt.verdicts if not verdict.earns}
            if lost:
                spoils[check] = round(SCORE - spoilt.points, 2)
            fine = {probe.name for probe in self.assignment.probes_of(check) if mistake.exercise in probe.spoiled_by}
            if lost and lost <= fine:
                declared.append(check)
        return {
            "name": mistake.name,
            "exercise": mistake.exercise,
            "hint": mistake.hint,
            "caught_by": [verdict.probe for verdict in result.verdicts if not verdict.earns],
            "lost": round(SCORE - result.points, 2),
            "diagnosed_as": [each.name for each in result.diagnoses],
            "spoils": spoils,
            "spoils_as_declared": declared,
        }

    def fair_answer(self, answer):
        """One row of the table of fair answers."""
        label = f"fair/{answer.exercise}/{answer.name}"
        asked = {check: replies["wrong"][label] for check, replies in self.replies.items() if label in replies["wrong"]}
        failed = {}
        for check, given in asked.items():
            for verdict in self.judge(check, given, elsewhere=check != answer.exercise).verdicts:
                if not verdict.earns:
                    failed[f"{check}/{verdict.probe}"] = verdict.sentence
        score = self.judge(answer.exercise, asked[answer.exercise]).points
        return {"name": answer.name, "exercise": answer.exercise, "score": score, "failed": failed}


def published(card: dict[str, Any]) -> dict[str, Any]:
    """What the book shows of a card: each mistake's name and hint and how it fared, but no edit and no probe."""
    tables = []
    for table in card["assignments"]:
        mistakes = [
            {
                "name": row["name"],
                "exercise": row["exercise"],
                "hint": row["hint"],
                "caught_by": len(row["caught_by"]),
                "lost": row["lost"],
                "named": row["diagnosed_as"] == [row["name"]],
                "spoils": row["spoils"],
            }
            for row in table["mistakes"]
        ]
        fair = [{key: row[key] for key in ("name", "exercise", "score")} for row in table["fair_answers"]]
        tables.append(table | {"mistakes": mistakes, "fair_answers": fair})
    return {"assignments": tables}


def joined(new: dict[str, Any], old: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """A published card with the tables of a new one, and those of an older one for the rest of the assignments.

    Parameters
    ----------
    new, old : dict
        Two published cards; the old one may be empty.
    names : list of str
        All assignments, in their order; a table of any other is dropped.
    """
    tables = {table["assignment"]: table for card in (old, new) for table in card.get("assignments", ())}
    return {"assignments": [tables[name] for name in names if name in tables]}


def problems_in(card: dict[str, Any]) -> list[str]:
    """What is wrong with the grader: a sentence for each mistake or fair answer that it does not treat as it should."""
    problems = []
    for table in card["assignments"]:
        label = table["assignment"]
        for row in table["mistakes"]:
            who = f"{label}: the mistake {row['name']!r}"
            if not row["caught_by"]:
                problems.append(f"{who} survives: no probe of {row['exercise']!r} catches it")
            if row["diagnosed_as"] != [row["name"]]:
                named = " and ".join(map(repr, row["diagnosed_as"])) or "nothing"
                problems.append(f"{who} is diagnosed as {named}")
            for check, lost in row["spoils"].items():
                if check not in row["spoils_as_declared"]:
                    problems.append(
                        f"{who} costs {points(lost)} % of {check!r} too, by a probe that is not declared to be "
                        f"spoiled_by {row['exercise']!r}"
                    )
        for row in table["fair_answers"]:
            if row["failed"]:
                probe, sentence = next(iter(row["failed"].items()))
                problems.append(
                    f"{label}: the fair answer {row['name']!r} to {row['exercise']!r} gets {points(row['score'])} % "
                    f"({probe}: {sentence})"
                )
    return problems


def as_text(card: dict[str, Any]) -> str:
    """The card for a terminal: a line for each mistake and each fair answer, and a summary."""
    lines = []
    for table in card["assignments"]:
        lines += [f"{table['assignment']} (version {table['version']})", ""]
        lines += ["mistake → caught by → points lost → diagnosed as"]
        for row in table["mistakes"]:
            caught = f"{row['caught_by'][0]}{_more(row['caught_by'])}" if row["caught_by"] else "NOTHING"
            named = "itself" if row["diagnosed_as"] == [row["name"]] else ", ".join(row["diagnosed_as"]) or "NOTHING"
            spoils = "".join(f"; spoils {check} ({points(lost)} %)" for check, lost in row["spoils"].items())
            lines.append(f"  {row['name']} → {caught} → {points(row['lost'])} % → {named}{spoils}")
        lines += ["", "fair answer → score"]
        lines += [f"  {row['exercise']}: {row['name']} → {points(row['score'])} %" for row in table["fair_answers"]]
        lines += ["", summary(table), ""]
    return "\n".join(lines).rstrip()


def _more(names):
    return f" and {len(names) - 1} more" if len(names) > 1 else ""


def summary(table: dict[str, Any]) -> str:
    """One assignment's card in a sentence or two."""
    mistakes, fair = table["mistakes"], table["fair_answers"]
    caught = sum(bool(row["caught_by"]) for row in mistakes)
    named = sum(row["diagnosed_as"] == [row["name"]] for row in mistakes)
    failed = sum(bool(row["failed"]) for row in fair)
    chance = f"{table['false_alarm']:.1g}" if table["false_alarm"] else "0, for no answer of it is random"
    return (
        f"{table['assignment']}: {caught} of {len(mistakes)} mistakes caught, {named} named; "
        f"{failed} of {len(fair)} fair answers failed; chance that a right answer fails by luck: {chance}."
    )
