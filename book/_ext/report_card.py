"""Sphinx extension: {report-card}, how the grader treats every known mistake and fair answer, from report-card.json.

The table is written by ``autograder report-card --write book/teach/report-card.json``, never typed.
"""

import json
from pathlib import Path

from docutils import nodes
from exercise_table import row, table_of
from sphinx.util.docutils import SphinxDirective


def per_cent(number: float) -> str:
    """A share as a person writes it: 100 %, 12.5 %."""
    return f"{round(number, 1):g} %"


def totals(card: dict) -> dict[str, int | float]:
    """What the card says of all assignments together."""
    tables = card["assignments"]
    mistakes = [mistake for table in tables for mistake in table["mistakes"]]
    fair = [answer for table in tables for answer in table["fair_answers"]]
    return {
        "mistakes": len(mistakes),
        "caught": sum(mistake["caught_by"] > 0 for mistake in mistakes),
        "named": sum(mistake["named"] for mistake in mistakes),
        "fair": len(fair),
        "spared": sum(answer["score"] == 100 for answer in fair),
        "probes": sum(table["probes"] for table in tables),
    }


def provenance(table: dict) -> str:
    """Where the numbers of an assignment come from, in a sentence."""
    facts = table["provenance"]
    libraries = ", ".join(f"{name} {version}" for name, version in facts["libraries"].items())
    return (
        f"Written by {facts['command']} on {facts['date']} with Python {facts['python']}, {libraries}, and the inputs "
        f"of seed {facts['seed']}."
    )


class ReportCard(SphinxDirective):
    """```{report-card}```: a summary of all assignments, and for each a table of mistakes and one of fair answers."""

    def run(self):
        path = Path(self.env.doc2path(self.env.docname)).with_name("report-card.json")
        self.env.note_dependency(str(path))
        if not path.is_file():
            raise self.error("report-card: report-card.json is not there; run `make report-card`.")
        card = json.loads(path.read_text(encoding="utf-8"))
        parts = [overview(card)]
        for table in card["assignments"]:
            written = nodes.paragraph("", provenance(table))
            parts += [folded(f"{table['assignment']}: the known mistakes", written, mistakes_table(table))]
            parts += [folded(f"{table['assignment']}: the fair answers", written.deepcopy(), fair_table(table))]
        return parts


def overview(card: dict) -> nodes.table:
    """One row for each assignment and one for all together."""
    head = ("Assignment", "Probes", "Mistakes", "Caught", "Named", "Fair answers", "Spared", "False alarm")
    rows = []
    for table in card["assignments"]:
        alone = totals({"assignments": [table]})
        chance = f"{table['false_alarm']:.1g}" if table["false_alarm"] else "none"
        rows.append(row(nodes.Text(table["assignment"]), *_counts(alone), nodes.Text(chance)))
    whole = sum(table["false_alarm"] for table in card["assignments"])
    rows.append(
        row(nodes.strong("", "Together"), *_counts(totals(card)), nodes.Text(f"{whole:.1g}" if whole else "none"))
    )
    return table_of(head, (3, 1, 1, 1, 1, 1, 1, 1), rows, "report-card")


def _counts(counted):
    return [nodes.Text(str(counted[name])) for name in ("probes", "mistakes", "caught", "named", "fair", "spared")]


def mistakes_table(table: dict) -> nodes.table:
    """Each known mistake: its exercise, its name, the hint that it earns, and how it fared."""
    rows = []
    for mistake in table["mistakes"]:
        fared = f"caught by {mistake['caught_by']}, loses {per_cent(mistake['lost'])}"
        fared += ", named" if mistake["named"] else ", not named"
        fared += "".join(f"; spoils {check} ({per_cent(lost)})" for check, lost in mistake["spoils"].items())
        rows.append(
            row(
                nodes.literal("", mistake["exercise"]),
                nodes.Text(mistake["name"]),
                nodes.Text(mistake["hint"].replace("`", "")),
                nodes.Text(fared),
            )
        )
    return table_of(
        ("Exercise", "Mistake", "What the student reads", "How it fares"), (2, 3, 6, 3), rows, "report-card"
    )


def fair_table(table: dict) -> nodes.table:
    """Each fair answer: its exercise, what is unusual about it, and its score."""
    rows = [
        row(nodes.literal("", answer["exercise"]), nodes.Text(answer["name"]), nodes.Text(per_cent(answer["score"])))
        for answer in table["fair_answers"]
    ]
    return table_of(("Exercise", "What is unusual about it", "Score"), (2, 6, 1), rows, "report-card")


def folded(title: str, *content: nodes.Node) -> nodes.admonition:
    """What opens when its title is clicked."""
    return nodes.admonition("", nodes.title("", title), *content, classes=["admonition", "dropdown"])


def setup(app):
    app.add_directive("report-card", ReportCard)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
