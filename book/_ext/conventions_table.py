"""Sphinx extension: {conventions}, one group of appendix/conventions.toml as a table with a column for each source."""

import re

from docutils import nodes
from exercise_table import row, table_of
from nn2.conventions import FILE, SOURCES, conventions
from sphinx.util.docutils import SphinxDirective

HEADS = {"slides": "the slides", "papers": "the papers", "Keras": "Keras", "PyTorch": "PyTorch", "ours": "ours"}
NOTHING = "–"


def number(value) -> str:
    """A default as its author would type it: 0.9, 1e-7, True, "zeros"."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    return re.sub(r"e-0", "e-", f"{value:g}") if 0 < value < 1e-3 else str(value)


def told(cell) -> str:
    """What a cell says, as MyST: the argument with its default, and then its text."""
    parts = []
    if "argument" in cell:
        default = f"={number(cell['value'])}" if "value" in cell else ""
        parts.append(f"`{cell['argument']}{default}`" + ("" if default else ", no default"))
    if "text" in cell:
        parts.append(cell["text"])
    return ", ".join(parts)


class Conventions(SphinxDirective):
    """```{conventions} epsilon```: the rows of one group."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        self.env.note_dependency(str(FILE))
        try:
            rows = [each for each in conventions() if each["group"] == self.arguments[0]]
        except ValueError as error:
            raise self.error(str(error)) from None
        if not rows:
            raise self.error(f"conventions: expected a group of {FILE.name}, got {self.arguments[0]!r}.")
        shown = [source for source in SOURCES if any(source in each for each in rows)]
        head = ("", *(HEADS[source] for source in shown))
        body = [row(self.said(f"{each['quantity']}, *{each['method']}*"), *self.cells(each, shown)) for each in rows]
        return [table_of(head, (2, *(2 for _ in shown)), body, "conventions")]

    def cells(self, each, shown):
        """A node for each source of a row."""
        return [self.said(told(each[source]) if source in each else NOTHING) for source in shown]

    def said(self, text):
        """MyST text as one node."""
        children, _ = self.state.inline_text(text, self.lineno)
        return nodes.inline("", "", *children)


def setup(app):
    app.add_directive("conventions", Conventions)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
