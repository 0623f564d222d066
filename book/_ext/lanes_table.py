"""Sphinx extension: {lanes} and {notebook-times}, when and where the solved notebooks ran last, from lanes.json.

The record is written by ``make nbval WRITE=1`` and its like, never typed.
"""

import json
from pathlib import Path

from docutils import nodes
from exercise_table import row, table_of
from sphinx.util.docutils import SphinxDirective

NAMES = {"tensorflow": "TensorFlow", "jax": "JAX"}  # Keras's backends as their makers write them


class FromRecord(SphinxDirective):
    """A table made from lanes.json, which lies beside the page."""

    def run(self):
        path = Path(self.env.doc2path(self.env.docname)).with_name("lanes.json")
        self.env.note_dependency(str(path))
        if not path.is_file():
            raise self.error(f"{self.name}: lanes.json is not there; run `make nbval WRITE=1`.")
        return [self.table(list(json.loads(path.read_text(encoding="utf-8")).values()))]


class Lanes(FromRecord):
    """```{lanes}```: a row for each lane, "never run" included."""

    @staticmethod
    def table(lanes: list[dict]) -> nodes.table:
        head, rows = ("Command", "Backend", "Device", "Last run", "Result", "Machine"), []
        for lane in lanes:
            run, told = lane["run"], ("never run", "", "")
            if run:
                passed = sum(each["result"] == "passed" for each in run["notebooks"].values())
                versions = ", ".join(f"{library} {version}" for library, version in run["libraries"].items())
                result = f"{run['result']}: {passed} of {len(run['notebooks'])} notebooks as stored"
                told = run["date"], result, f"{run['processor']}; Python {run['python']}, {versions}"
            where = NAMES[lane["backend"]], lane["device"]
            rows.append(row(nodes.literal("", lane["command"]), *map(nodes.Text, (*where, *told))))
        return table_of(head, (3, 1, 1, 1, 2, 4), rows, "report-card")


class NotebookTimes(FromRecord):
    """```{notebook-times}```: a row for each notebook, with the seconds that it took in each lane that has run."""

    @staticmethod
    def table(lanes: list[dict]) -> nodes.table:
        ran = [lane for lane in lanes if lane["run"]]
        head = ["Solved notebook", *(f"{NAMES[lane['backend']]} on {lane['device']}" for lane in ran)]
        rows = []
        for notebook in sorted({notebook for lane in ran for notebook in lane["run"]["notebooks"]}):
            taken = [lane["run"]["notebooks"].get(notebook) for lane in ran]
            seconds = [f"{each['seconds']:.0f} s" if each else "not run" for each in taken]
            rows.append(row(nodes.literal("", notebook), *map(nodes.Text, seconds)))
        return table_of(head, (3, *(1 for _ in ran)), rows, "report-card")


def setup(app):
    app.add_directive("lanes", Lanes)
    app.add_directive("notebook-times", NotebookTimes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
