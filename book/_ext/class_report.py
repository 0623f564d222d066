"""Sphinx extension: {class-report}, a part of the class report that the grader writes, for a made-up class.

The report's own code makes it whenever the book is built, so that the page shows what an instructor sees.
"""

import re
from pathlib import Path
from types import SimpleNamespace

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from autograder.judge import NOT_ANSWERED, RIGHT, WRONG
from autograder.workflow import report

POINTS = {"clip_gradient": 4.0, "clip_entries": 2.0}
PROBES = {"clip_gradient": {"long": 3.0, "short": 1.0}, "clip_entries": {"both-signs": 2.0}}
HINTS = {
    "clip-by-largest-entry": "You measure the gradient by its largest entry. "
    "Its length is the root of the sum of all squares.",
    "clip-always": "You stretch a gradient that is shorter than the limit. It should stay as it is.",
}
# By student: for each check the probes that earned (None: nothing was answered) and the mistakes that were named.
CLASS = {
    "ana": ({"clip_gradient": ("long", "short"), "clip_entries": ("both-signs",)}, ()),
    "ben": ({"clip_gradient": ("long",), "clip_entries": ("both-signs",)}, ("clip-always",)),
    "cem": ({"clip_gradient": (), "clip_entries": ("both-signs",)}, ("clip-by-largest-entry",)),
    "dee": ({"clip_gradient": (), "clip_entries": ("both-signs",)}, ("clip-by-largest-entry",)),
    "eva": ({"clip_gradient": ("long", "short"), "clip_entries": None}, ()),
    "fin": ({}, ()),
}
PROBLEMS = {"fin": ["clipping.ipynb was not handed in; found clipping_final.ipynb"]}
TOLD = {"ben": [("clipping", "", 4, "The check of `clip_gradient` was missing and was put back here.")]}


def made_up() -> tuple[SimpleNamespace, list[dict]]:
    """The assignment and the students' facts, in the form in which the report takes them."""
    checks = [SimpleNamespace(name=name, points=points) for name, points in POINTS.items()]
    assignment = SimpleNamespace(
        name="6-clipping",
        version="a1b2c3d4e5f60718",
        automatic_points=sum(POINTS.values()),
        notebooks=[SimpleNamespace(name="clipping", checks=checks)],
        misconceptions=[
            SimpleNamespace(name=name, exercise="clip_gradient", hint=hint) for name, hint in HINTS.items()
        ],
    )
    students = []
    for student, (answered, named) in CLASS.items():
        found = {name: verdicts(name, earned, named) for name, earned in answered.items()}
        students.append(
            {
                "student": student,
                "checks": found,
                "isolation": "bubblewrap: own user, processes, network and files" if found else "",
                "ended": [],
                "pages": [],
                "told": TOLD.get(student, []),
                "points": sum(check["points"] for check in found.values()),
                "waiting": int(bool(found)),
            }
        )
    return assignment, students


def verdicts(name, earned, named):
    """One check's result, as a graded notebook carries it."""
    outcomes = {
        probe: NOT_ANSWERED if earned is None else RIGHT if probe in earned else WRONG for probe in PROBES[name]
    }
    return {
        "check": name,
        "points": sum(PROBES[name][probe] for probe in earned or ()),
        "out_of": POINTS[name],
        "diagnoses": list(named) if name == "clip_gradient" else [],
        "probes": [{"probe": probe, "outcome": outcome} for probe, outcome in outcomes.items()],
    }


def parts() -> dict[str, str]:
    """The report's parts as HTML, by their headings; what stands above the first heading is "The class"."""
    assignment, students = made_up()
    body = re.search(r"<main>(.*)</main>", report.page(assignment, students, PROBLEMS), re.S)[1]
    above, *pieces = body.split("<h2>")
    found = {"The class": above[above.index("<dl") :]}
    for piece in pieces:
        heading, content = piece.split("</h2>", 1)
        # The report's columns scroll on a narrow screen; here that has to work by keyboard, too.
        found[heading] = content.replace('<div class="scroll">', '<div class="scroll" tabindex="0">')
    return found


class ClassReport(SphinxDirective):
    """```{class-report} The exercises```: the part of the report under this heading."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        self.env.note_dependency(str(Path(report.__file__)))
        self.env.note_dependency(__file__)
        found = parts()
        if self.arguments[0] not in found:
            raise self.error(f"class-report: expected one of {', '.join(found)}; got {self.arguments[0]!r}.")
        return [nodes.raw("", f'<div class="class-report">{found[self.arguments[0]]}</div>', format="html")]


def setup(app):
    app.add_directive("class-report", ClassReport)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
