"""The two pages on which a graded notebook is read: a student's feedback, and an instructor's formgrader.

Neither runs a script that a notebook brought, and neither loads anything from another host. Each has two locks: what is
shown goes through ``safe``, and the page's own Content-Security-Policy forbids the rest.
"""

import re
from pathlib import Path
from typing import Any

from IPython.lib.lexers import IPython3Lexer
from jinja2 import Environment, FileSystemLoader, pass_context
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from nbgrader.server_extensions import formgrader
from pygments import highlight
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from autograder import safe
from autograder.feedback import points
from autograder.preprocessors import HANDED_IN
from autograder.safe import JUDGE, NOTEBOOK, safe_notebook, safe_outputs, weight

TEMPLATES = Path(__file__).with_name("templates")


class AsHandedIn(NbGraderPreprocessor):
    """Show each cell with the outputs it was handed in with, never with those of our run.

    A later cell of a hostile notebook may have seen a probe, and could print it. What was handed in was made at home,
    before any probe was asked. The grader's own outputs stay, and stand first.
    """

    def preprocess(self, nb, resources):
        room = NOTEBOOK
        for cell in nb.cells:
            if cell.cell_type == "code":
                handed_in = cell.metadata.pop(HANDED_IN, [])
                own = [output for output in cell.outputs if _by_the_grader(output)]
                cell.outputs = _told(own) + _unmarked(safe_outputs(handed_in, room))
                room -= weight(handed_in)
        return nb, resources


def _by_the_grader(output):
    return output.get("metadata", {}).get(JUDGE) is True


def _told(outputs):
    """The grader's outputs, without the bare number from which nbgrader reads the points, if a message tells it."""
    messages = [output for output in outputs if output.output_type != "execute_result"]
    return messages or outputs


def _unmarked(outputs):
    for output in outputs:
        output.get("metadata", {}).pop(JUDGE, None)
    return outputs


class Grades(GetGrades):
    """nbgrader's GetGrades, which also says which parts still wait to be graded by hand."""

    def preprocess_cell(self, cell, resources, cell_index):
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade") or marks.get("task"):
            which = marks["grade_id"], self.notebook_id, self.assignment_id, self.student_id
            marks["waiting"] = bool(self.gradebook.find_grade(*which).needs_manual_grade)
        return cell, resources


class FeedbackPage(Exporter):
    """A graded notebook as one HTML file that needs nothing beside it."""

    output_mimetype = "text/html"

    def _file_extension_default(self):
        return ".html"

    def from_notebook_node(self, nb, resources=None, **kw):
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        facts = resources.get("nbgrader", {})
        page = feedback_page(
            nb,
            notebook=facts.get("notebook", ""),
            assignment=facts.get("assignment", ""),
            score=facts.get("score", 0.0),
            out_of=facts.get("max_score", 0.0),
            late_penalty=facts.get("late_penalty", 0.0),
        )
        return page, resources


def feedback_page(
    nb: Any, *, notebook: str, assignment: str, score: float, out_of: float, late_penalty: float = 0.0
) -> str:
    """A student's page for one graded notebook.

    Parameters
    ----------
    nb : NotebookNode
        The notebook, with scores and comments among its cells' marks, as nbgrader's GetGrades puts them there.
    notebook, assignment : str
        Their names.
    score, out_of : float
        The points given, less ``late_penalty``, and those that can be reached.
    """
    cells = safe_notebook(nb).cells
    waiting = sum(bool(cell.metadata.get("nbgrader", {}).get("waiting")) for cell in cells)
    names = {"notebook": safe.plain(notebook, 200), "assignment": safe.plain(assignment, 200)}
    totals = {"score": score, "out_of": out_of, "late_penalty": late_penalty, "waiting": waiting}
    return ENVIRONMENT.get_template("feedback.html.j2").render(cells=cells, **names, **totals)


def _label(cell):
    """What a graded part is called: a check by its exercise's name."""
    marks = cell.metadata.nbgrader
    return marks.grade_id.removeprefix("check_") if marks.get("grade") else marks.grade_id


def _code(source):
    return Markup(highlight(source, IPython3Lexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True)))


def _output(output):
    """One safe output as HTML."""
    if output.output_type == "stream":
        return _preformatted(output.text)
    if output.output_type == "error":
        return _preformatted("\n".join(output.traceback))
    data = output.data
    if "text/html" in data:
        return _lowered(safe.html(data["text/html"]))
    if "text/markdown" in data:
        return _lowered(safe.markdown(data["text/markdown"]))
    if "text/latex" in data:
        return Markup(f"<p>{safe.latex(data['text/latex'])}</p>")
    for kind in safe.PICTURES:
        if kind in data:
            alt = Markup.escape(data.get("text/plain", "")[:200] or "picture")
            return Markup(f'<img src="data:{kind};base64,{data[kind]}" alt="Output of the cell above: {alt}">')
    return _preformatted(data.get("text/plain", ""))


def _preformatted(text):
    return Markup("<pre>{}</pre>").format(text)


def _lowered(html):
    """Safe HTML with its headings one level further down, below the page's own; no text in it holds a bare ``<``."""
    return Markup(re.sub(r"<(/?)h([1-5])>", lambda tag: f"<{tag[1]}h{int(tag[2]) + 1}>", html))


def _markdown(text, attachments=None):
    return _lowered(safe.markdown(text, attachments))


ENVIRONMENT = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
ENVIRONMENT.filters.update(code=_code, label=_label, markdown=_markdown, output=_output, points=points)
ENVIRONMENT.tests["by_the_grader"] = _by_the_grader


def safe_to_show(nb, resources):
    """formgrader's step: of a graded notebook only what is safe to show inside an instructor's logged-in session."""
    return safe_notebook(nb), resources


@pass_context
def markdown2html(context, source):
    """nbconvert's filter of this name, as formgrader's template calls it: Markdown cells and Markdown outputs."""
    return safe.markdown(source, context.get("cell", {}).get("attachments"))


def pages_config() -> Config:
    """What nbgrader and formgrader are told of the two pages."""
    config = Config()
    config.GenerateFeedback.preprocessors = [AsHandedIn, Grades]
    config.GenerateFeedback.exporter_class = FeedbackPage

    # formgrader makes an HTMLExporter of its own, with its template's folder; ours stands before it and extends it.
    stock = Path(formgrader.__file__).with_name("templates")
    config.HTMLExporter.template_name = "safe_formgrade"
    config.HTMLExporter.template_file = "safe.html.j2"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(stock)]
    config.HTMLExporter.extra_template_paths = [str(stock)]
    config.HTMLExporter.preprocessors = ["autograder.pages.safe_to_show"]
    config.HTMLExporter.filters = {
        "markdown2html": "autograder.pages.markdown2html",
        "latex2html": "autograder.safe.latex",
    }
    return config
