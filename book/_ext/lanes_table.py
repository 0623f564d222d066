"""Sphinx extension: {lanes} and {notebook-times}, when and where the solved notebooks ran last, from lanes.json.

The record is written by ``make nbval WRITE=1`` and its like, never typed.
"""

import json
from pathlib import Path

from docutils import nodes
from exercise_table import row
from sphinx.util.docutils import SphinxDirective

# Each lane by its name in the record: what is run, with which of Keras's backends, and on what.
LANES = {
    "cpu": ("make nbval", "TensorFlow", "CPU"),
    "jax": ("make nbval-jax", "JAX", "CPU"),
    "gpu": ("make nbval-gpu", "TensorFlow", "GPU"),
    "gpu-jax": ("make nbval-gpu BACKEND=jax", "JAX", "GPU"),
}


class FromRecord(SphinxDirective):
    """A table made from lanes.json, which lies beside the page."""

    def run(self):
        path = Path(self.env.doc2path(self.env.docname)).with_name("lanes.json")
        self.env.note_dependency(str(path))
        record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return [self.table(record)]


class Lanes(FromRecord):
    """```{lanes}```: a row for each lane, "never run" included."""

    def table(self, record):
        rows = []
        for name, (command, backend, device) in LANES.items():
            ran = record.get(name)
            if ran:
                counts = f"{sum(each['result'] == 'passed' for each in ran['notebooks'].values())} of "
                counts += f"{len(ran['notebooks'])} notebooks passed"
                versions = ", ".join(f"{library} {version}" for library, version in ran["libraries"].items())
                told = ran["date"], counts, f"{ran['processor']}; Python {ran['python']}, {versions}"
            else:
                told = "never run", "", ""
            rows.append(row(nodes.literal("", command), *map(nodes.Text, (backend, device, *told))))
        return _table(("Command", "Backend", "Device", "Last run", "Result", "Machine"), (3, 1, 1, 1, 2, 4), rows)


class NotebookTimes(FromRecord):
    """```{notebook-times}```: a row for each notebook, with the seconds that it took in each lane that has run."""

    def table(self, record):
        ran = [name for name in LANES if name in record]
        notebooks = sorted({notebook for name in ran for notebook in record[name]["notebooks"]})
        if not notebooks:
            raise self.error("notebook-times: no lane has run yet; run `make nbval WRITE=1`.")
        head = ["Solved notebook", *(f"{LANES[name][1]} on {LANES[name][2]}" for name in ran)]
        rows = []
        for notebook in notebooks:
            taken = [record[name]["notebooks"].get(notebook) for name in ran]
            seconds = [f"{each['seconds']:.0f} s" if each else "not run" for each in taken]
            rows.append(row(nodes.literal("", notebook), *map(nodes.Text, seconds)))
        return _table(head, (3, *(1 for _ in ran)), rows)


def _table(head, widths, rows):
    group = nodes.tgroup("", *(nodes.colspec("", colwidth=width) for width in widths), cols=len(head))
    group += nodes.thead("", row(*(nodes.Text(text) for text in head)))
    group += nodes.tbody("", *rows)
    return nodes.table("", group, classes=["report-card"])


def setup(app):
    app.add_directive("lanes", Lanes)
    app.add_directive("notebook-times", NotebookTimes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
