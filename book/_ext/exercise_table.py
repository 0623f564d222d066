"""Sphinx extension: {exercise-table}, the times, exercises and points of an assignment, read from its notebooks."""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

HEAD = ("Exercise", "Points", "Graded by")
PROBES, PERSON = "probes", "a person"
CHECK = "check_"


def exercises(notebook: dict) -> list[tuple[str, float, bool]]:
    """What a released notebook asks: (name, points, whether a person grades it), in the notebook's order.

    The points of an exercise stand in its check's nbgrader metadata, those of an essay in the essay's own.
    """
    found = []
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("grade"):
            found.append((mark["grade_id"].removeprefix(CHECK), float(mark["points"]), bool(mark["solution"])))
    return found


def prose(notebook: dict) -> str:
    """The text of a notebook's Markdown cells."""
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def heading(notebook: dict) -> str:
    """A notebook's title and, where its first lines say so, its time: "Optimizers from scratch, about 90 minutes"."""
    text = prose(notebook)
    title = re.search(r"^# +(.+?) *$", text, re.M)
    time = re.search(r"\*\*Time:\*\* *([^.\n]+)", text)
    return ", ".join(found[1] for found in (title, time) if found)


class ExerciseTable(SphinxDirective):
    """```{exercise-table} 2-optimizers```: a table that follows the notebooks in book/homework/2-optimizers/."""

    required_arguments = 1

    def run(self):
        folder = Path(self.env.srcdir) / "homework" / self.arguments[0]
        paths = sorted(folder.glob("*.ipynb"))
        parts = []
        for path in paths:
            self.env.note_dependency(str(path))
            notebook = json.loads(path.read_text(encoding="utf-8"))
            parts.append((heading(notebook), exercises(notebook)))
        if not any(rows for _, rows in parts):
            raise self.error(f"exercise-table: no exercise found in homework/{self.arguments[0]}/*.ipynb.")
        return [table(parts)]


def table(parts) -> nodes.table:
    """A table of all exercises with a heading for each notebook, and the sum of the points at its end."""
    rows = []
    for notebook, asked in parts:
        rows.append(nodes.row("", nodes.entry("", nodes.paragraph("", "", nodes.strong("", notebook)), morecols=2)))
        for name, points, by_hand in asked:
            rows.append(
                row(nodes.literal("", name), nodes.Text(f"{points:g}"), nodes.Text(PERSON if by_hand else PROBES))
            )
    total = sum(points for _, asked in parts for _, points, _ in asked)
    rows.append(row(nodes.strong("", "Together"), nodes.strong("", f"{total:g}"), nodes.Text("")))
    return table_of(HEAD, (3, 1, 2), rows, "exercises")


def table_of(head, widths, rows, kind: str) -> nodes.table:
    """A table with a heading for each column, the columns' shares of the width, and a class for the style sheet."""
    group = nodes.tgroup("", *(nodes.colspec("", colwidth=width) for width in widths), cols=len(head))
    group += nodes.thead("", row(*(nodes.Text(text) for text in head)))
    group += nodes.tbody("", *rows)
    return nodes.table("", group, classes=[kind])


def row(*contents) -> nodes.row:
    """One row; each content becomes a cell."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", content)) for content in contents))


def setup(app):
    app.add_directive("exercise-table", ExerciseTable)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
