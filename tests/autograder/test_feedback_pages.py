"""The feedback page and formgrader's page: what they show, what they leave out, and that nothing planted runs or loads.

A graded notebook is made by hand here, as the judge leaves it: what our run printed is in a cell's outputs, what was
handed in is in its metadata, and the grader's own outputs are marked.
"""

import base64
import io
import os
import re
import shutil
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import nbformat
import pytest
import site_checks
import vectors
from dangers import added, dangers
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

from autograder.assignment import find_assignment
from autograder.build import release
from autograder.feedback import message
from autograder.judge import RIGHT, WRONG, CheckResult, Verdict
from autograder.misconceptions import Misconception
from autograder.nbgrader_config import course_config
from autograder.pages import AsHandedIn, FeedbackPage, feedback_page
from autograder.preprocessors import HANDED_IN

SECRET = "probe inputs 0.8143"  # no character of it is escaped on a page
CONFIG = """from pathlib import Path

from autograder.nbgrader_config import course_config

c = get_config()
c.merge(course_config(Path(__file__).parent.resolve()))
"""


def figure():
    """A figure as matplotlib's inline backend hands it over."""
    file = io.BytesIO()
    drawing, axis = plt.subplots(figsize=(4, 2))
    axis.plot([3, 1, 2])
    drawing.savefig(file, format="png")
    plt.close(drawing)
    return base64.b64encode(file.getvalue()).decode()


def stream(text):
    return new_output("stream", text=text)


def display(data, **metadata):
    return new_output("display_data", data=data, metadata=metadata)


def result(data):
    return new_output("execute_result", data=data, execution_count=1)


def told(name, points=1.5, out_of=4):
    """A check's message and its points, as the judge writes them."""
    verdicts = (
        Verdict("a", "a 2 × 3 array times a factor", RIGHT, "", True),
        Verdict("b", "the default factor", WRONG, "`scaled` has a wrong number: 3 at [0].", False),
    )
    slip = Misconception("adds", name, "The factor is added; it should stretch the values.", "")
    number = new_output("execute_result", data={"text/plain": f"{points:g}"}, metadata={"judge": True})
    return [display(message(CheckResult(name, points, out_of, verdicts, (slip,))), judge=True), number]


def note(text):
    return display({"text/plain": text}, judge=True)


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


@pytest.fixture
def notebook(built_course):
    """The released notebook as the judge leaves it: run outputs hold a probe, handed-in ones do not."""
    notebook = nbformat.read(built_course / "assignments" / "1-numbers" / "numbers.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [stream(SECRET), result({"text/plain": repr(SECRET)}), display({"text/html": SECRET})]
    for name in ("scale", "shift"):
        cell_of(notebook, f"check_{name}").outputs += told(name)
    cell_of(notebook, "scale").outputs.append(note("This cell stopped with NameError."))
    cell_of(notebook, "scale").metadata[HANDED_IN] = [stream("printed at home\n")]
    return notebook


def page_of(nb, **facts):
    """A notebook's feedback page."""
    nb, _ = AsHandedIn().preprocess(nb, {})
    totals = {"score": 3.0, "out_of": 9.5, "late_penalty": 0.0}
    return feedback_page(nb, **{"notebook": "numbers", "assignment": "1-numbers", **totals, **facts})


def alone(source):
    """A notebook of one Markdown cell, or of one code cell that was handed in with an output."""
    if isinstance(source, str):
        return new_notebook(cells=[new_markdown_cell(source)])
    return new_notebook(cells=[new_code_cell("x", metadata={HANDED_IN: [source]})])


EMPTY = page_of(new_notebook())


class Page(HTMLParser):
    """The text of a page, its tags, its identifiers and the places it links to."""

    def __init__(self, page):
        super().__init__()
        self.text, self.tags, self.ids, self.links = "", [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.text += " " if tag in ("p", "td", "div") else ""
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []

    def handle_data(self, data):
        self.text += "" if self.tags[-1:] == ["style"] else data

    @property
    def words(self):
        return " ".join(self.text.split())


# What was handed in, and what our run printed


def test_a_page_shows_what_was_handed_in_and_what_the_grader_says(notebook):
    page = page_of(notebook)
    assert SECRET not in page
    for shown in (
        "printed at home",
        "This cell stopped with NameError.",
        "1.5 of 4 points",
        "a wrong number: 3 at [0]",
        "The factor is added; it should stretch the values.",
    ):
        assert shown in Page(page).text


def test_a_probe_leaves_by_no_kind_of_output(notebook):
    kinds = ["text/plain", "text/html", "text/markdown", "text/latex", "application/json"]
    carried = [
        stream(SECRET),
        new_output("stream", name="stderr", text=SECRET),
        new_output("error", ename=SECRET, evalue=SECRET, traceback=[SECRET]),
        *[display({kind: SECRET}) for kind in kinds],
        *[result({kind: SECRET}) for kind in kinds],
        display({"text/plain": "x"}, judge="yes", note=SECRET),
        display({"text/plain": SECRET}, judge=1),
    ]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs += carried
    assert SECRET not in page_of(notebook)


def test_what_was_handed_in_cannot_speak_for_the_grader():
    notebook = new_notebook(cells=[new_code_cell("x", metadata={HANDED_IN: told("scale", 4)})])
    page = page_of(notebook)
    assert "4 of 4 points" in page
    assert "The grader" not in page


def test_the_bare_number_of_points_is_shown_only_where_no_message_tells_it(notebook):
    shown, _ = AsHandedIn().preprocess(notebook, {})
    check = cell_of(shown, "check_scale")
    assert [output.output_type for output in check.outputs] == ["display_data"]
    check.outputs = told("scale")[1:]
    again, _ = AsHandedIn().preprocess(shown, {})
    assert [output.output_type for output in cell_of(again, "check_scale").outputs] == ["execute_result"]


@pytest.mark.parametrize("odd", [None, 3, "x", {}, [None, 3, {"output_type": "x"}], {"0": 1}])
def test_odd_outputs_that_were_handed_in_are_none(odd):
    shown, _ = AsHandedIn().preprocess(new_notebook(cells=[new_code_cell("x", metadata={HANDED_IN: odd})]), {})
    nbformat.validate(shown)
    assert shown.cells[0].outputs == []
    assert HANDED_IN not in shown.cells[0].metadata


def test_all_the_outputs_that_were_handed_in_share_one_room(monkeypatch):
    monkeypatch.setattr("autograder.pages.NOTEBOOK", 3000)
    cells = [new_code_cell("x", metadata={HANDED_IN: [stream("y" * 1000)]}) for _ in range(4)]
    shown, _ = AsHandedIn().preprocess(new_notebook(cells=cells), {})
    assert [cell.outputs[0].output_type for cell in shown.cells] == ["stream"] * 2 + ["display_data"] * 2


# The page itself


def test_points_comments_and_what_is_still_to_be_graded_stand_first(notebook):
    marks = cell_of(notebook, "check_scale").metadata.nbgrader
    marks.update(score=1.5, points=4)
    cell_of(notebook, "check_shift").metadata.nbgrader.update(score=2.5, points=2.5)
    cell_of(notebook, "why").metadata.nbgrader.update(score=0, points=3, waiting=True, comment="So **far** $x^2$")
    cell_of(notebook, "shift").metadata.nbgrader.update(comment="A fine name.")
    page = Page(page_of(notebook, score=3.5, late_penalty=0.5))
    words = page.words
    assert "3.5 of 9.5 points so far" in words
    assert "One part is still to be graded by hand." in words
    head = words[: words.index("Each cell is shown")]
    for row in ("scale 1.5 of 4", "shift (with a comment)", "shift 2.5 of 2.5", "not graded yet, of 3", "late −0.5"):
        assert row in head
    assert "Comment So far" in words
    assert "A fine name." in words


def test_a_graded_essay_shows_its_points(notebook):
    cell_of(notebook, "why").metadata.nbgrader.update(score=2, points=3, waiting=False)
    words = Page(page_of(notebook)).words
    assert "why 2 of 3" in words
    assert "graded by hand" not in words


def test_every_link_leads_within_the_page(notebook):
    page = Page(page_of(notebook))
    assert len(page.links) >= 3
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert len(set(page.ids)) == len(page.ids)


def test_a_page_says_what_it_is_and_forbids_the_rest():
    assert EMPTY.startswith("<!doctype html>")
    for part in ('<html lang="en">', "<title>Feedback on numbers (1-numbers)</title>", 'name="viewport"', "<h1>"):
        assert part in EMPTY
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]+)"', EMPTY)[1]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert dangers(EMPTY) == ["<style>"]


def test_names_are_escaped():
    page = page_of(new_notebook(), notebook="<b>\u202e", assignment='"><script>')
    assert "<title>Feedback on &lt;b&gt; (&#34;&gt;&lt;script&gt;)</title>" in page


def benign(png):
    """An honest notebook with every kind of cell and output, some of them wide."""
    numbers = " ".join(map(str, range(99)))
    outputs = [
        stream("\x1b[1m3/3\x1b[0m done\n" + numbers),
        display({"image/png": png, "text/plain": "<Figure size 400x200 with 1 Axes>"}),
        result({"text/html": f"<table><tr><th>loss</th>{'<td>0.25</td>' * 40}</tr></table>", "text/plain": "loss"}),
        display({"text/html": f"<pre style='white-space:pre;overflow-x:auto'>Model {numbers}</pre>"}),
        display({"text/latex": "$\\displaystyle \\frac{x}{2}$", "text/plain": "x/2"}),
        display({"text/markdown": "## *told*", "text/plain": "told"}),
        new_output("error", ename="E", evalue="v", traceback=["\x1b[31mTraceback\x1b[0m", "  1 / 0 <- here"]),
        result({"text/plain": "array([1, 2])"}),
    ]
    wide = f"```\n{numbers}\n```\n\n|{'a|' * 40}\n|{'-|' * 40}\n|{'1|' * 40}\n\n$${'x + ' * 60}y$$"
    return [
        new_markdown_cell("# Head\n\nand $\\sqrt{s}$ and\n\n" + wide),
        new_raw_cell("raw <b>" + numbers),
        new_code_cell(f"def f(x):\n    return x < 1  # told {numbers}", metadata={HANDED_IN: outputs}),
    ]


def test_all_kinds_of_cells_and_outputs_are_readable():
    png = figure()
    page = page_of(new_notebook(cells=benign(png)))
    for shown in (
        "<h2>Head</h2>",
        "<h3><em>told</em></h3>",
        "<msqrt>",
        "<mfrac>",
        "raw &lt;b&gt;",
        "<pre>Model 0 1 2",
        "3/3 done",
        f'<img src="data:image/png;base64,{png}" alt="Output of the cell above: &lt;Figure size 400x200 with 1 Axes',
        "<td>0.25</td>",
        "Traceback\n  1 / 0 &lt;- here",
        "array([1, 2])",
    ):
        assert shown in page
    assert "return x < 1  # told" in Page(page).text
    assert "\x1b" not in page


@pytest.mark.parametrize("name", vectors.HTML)
def test_planted_html_is_harmless_on_the_page(name):
    for brought in (vectors.HTML[name], display({"text/html": vectors.HTML[name]})):
        assert added(page_of(alone(brought)), EMPTY) == []


@pytest.mark.parametrize("name", vectors.MARKDOWN)
def test_planted_markdown_is_harmless_on_the_page(name):
    for brought in (vectors.MARKDOWN[name], display({"text/markdown": vectors.MARKDOWN[name]})):
        assert added(page_of(alone(brought)), EMPTY) == []


def test_a_page_is_safe_whoever_asks_for_it(notebook):
    totals = {"score": 0, "out_of": 1}
    page = feedback_page(hostile(notebook), notebook="numbers", assignment="1-numbers", **totals)
    assert [danger for danger in added(page, EMPTY) if not re.match("<a href=#", danger)] == []


def test_planted_text_is_harmless_on_the_page():
    for text in [*vectors.HTML.values(), *vectors.MARKDOWN.values()]:
        marks = {"grade_id": "x", "grade": True, "comment": text, "score": 1, "points": 1}
        kinds = ["text/plain", "text/latex", "image/png", "image/svg+xml"]
        outputs = [stream(text), new_output("error", ename=text, evalue=text, traceback=[text])]
        outputs += [display({kind: text}) for kind in kinds]
        cell = new_code_cell(text, metadata={"nbgrader": marks, HANDED_IN: outputs})
        page = page_of(new_notebook(cells=[cell, new_raw_cell(text)]))
        assert [danger for danger in added(page, EMPTY) if danger not in dangers("<a href=#cell-1></a>")] == []


# nbgrader's own ways to these pages


def test_the_configuration_names_our_page_and_our_steps(course):
    config = course_config(course).GenerateFeedback
    assert config.exporter_class is FeedbackPage
    assert config.preprocessors[0] is AsHandedIn


@pytest.fixture(scope="module")
def root(built_course, tmp_path_factory):
    """A course's folder, with a place for what ada handed in, graded."""
    root = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(built_course, root)
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    (root / "classroom" / "autograded" / "ada" / "1-numbers").mkdir(parents=True)
    return root


@pytest.fixture(scope="module")
def graded(root):
    """The same folder, with a gradebook in which ada has points and a comment, and the id of her submission."""
    address = f"sqlite:///{root / 'classroom' / 'gradebook.db'}"
    release(find_assignment(root, "1-numbers"), root / "released", db_url=address)
    with Gradebook(address) as gradebook, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy warns of how nbgrader adds a submission
        gradebook.add_student("ada", last_name="<script>planted</script>")
        gradebook.add_submission("1-numbers", "ada")
        submission = gradebook.find_submission_notebook("numbers", "1-numbers", "ada")
        for grade in submission.grades:
            if grade.name.startswith("check"):
                grade.auto_score, grade.needs_manual_grade = 1.5, False
        gradebook.find_comment("shift", "numbers", "1-numbers", "ada").manual_comment = "Well *named*."
        gradebook.db.commit()
        return root, submission.id


def put(root, notebook):
    """Make ``notebook`` ada's graded one."""
    path = root / "classroom" / "autograded" / "ada" / "1-numbers" / "numbers.ipynb"
    nbformat.write(notebook, path)
    return path


def generated(root):
    """The page that nbgrader's generate_feedback writes for ada."""
    config = course_config(root)
    config.CourseDirectory.assignment_id = "1-numbers"
    GenerateFeedback(coursedir=CourseDirectory(config=config), config=config, force=True).start()
    return root / "classroom" / "feedback" / "ada" / "1-numbers" / "numbers.html"


@pytest.fixture
def formgraded(root, monkeypatch):
    """What formgrader makes of ada's notebook, set up as its server extension sets itself up."""

    def render(notebook):
        path = put(root, notebook)
        monkeypatch.chdir(root)
        extension = FormgradeExtension()
        extension.root_dir = str(root)
        extension.initialize([])
        facts = {"submission_id": "1", "notebook_id": "numbers", "assignment_id": "1-numbers", "student": "ada"}
        facts |= {"base_url": "", "index": 0, "total": 1, "last_name": "<script>planted</script>", "first_name": "A"}
        page, _ = HTMLExporter(config=extension.config).from_filename(str(path), resources=facts)
        return re.sub('nonce[-=]"?[0-9a-f-]+"?', "nonce", page)

    return render


def hostile(notebook):
    """``notebook`` with everything planted in every place, also where our run's outputs are."""
    widgets = {
        "application/vnd.jupyter.widget-state+json": {"state": {"planted": "</script>" + vectors.HTML["script"]}}
    }
    notebook.metadata.update(title=vectors.HTML["script"], widgets=widgets)
    png = figure()
    outputs = [
        *[display({"text/html": text}) for text in vectors.HTML.values()],
        *[display({"text/markdown": text}) for text in vectors.MARKDOWN.values()],
    ]
    others = [
        display({"text/html": vectors.HTML["script"]}, **{"text/html": {"isolated": True}}),
        display({"application/javascript": vectors.SCRIPT}),
        display({"image/svg+xml": vectors.SVG}),
        display({"text/vnd.mermaid": vectors.HTML["script"]}),
        display({"application/vnd.jupyter.widget-view+json": {"model_id": "planted"}}),
        display({"text/latex": vectors.MARKDOWN["HTML in a formula"]}),
        display({"image/png": base64.b64encode(vectors.SVG.encode()).decode()}),
        display({"image/png": f'{png}" onerror="{vectors.SCRIPT}'}),
        display({"image/png": png}, **{"image/png": {"width": f"1 onerror={vectors.SCRIPT}", "alt": "planted"}}),
        display({"image/png": png}, filenames={"image/png": "planted.png"}),
        stream(vectors.HTML["script"]),
        new_output("error", ename=vectors.HTML["script"], evalue="", traceback=[vectors.HTML["img onerror"]]),
    ]
    svg = base64.b64encode(vectors.SVG.encode()).decode()
    attachments = {
        "planted.svg": {"image/svg+xml": svg},
        "planted.html": {"text/html": svg},
        "planted.png": {"image/png": svg, "image/svg+xml": svg},
    }
    for text in [*vectors.HTML.values(), *vectors.MARKDOWN.values()]:
        if "missing" not in text:  # stock formgrader stops there
            notebook.cells.append(new_markdown_cell(text, attachments=attachments))
    for start in range(0, len(outputs), 50):
        brought = outputs[start : start + 50]
        notebook.cells.append(new_code_cell("x", outputs=brought, metadata={HANDED_IN: brought}))
    metadata = {HANDED_IN: others, "tags": ["planted"], "magics_language": "html"}
    notebook.cells.append(new_code_cell(vectors.HTML["script"], outputs=others, metadata=metadata))
    notebook.cells.append(new_raw_cell(vectors.HTML["script"], metadata={"raw_mimetype": "text/html"}))
    cell_of(notebook, "why").source += "".join(f"\n\n{text}\n\n" for text in vectors.HTML.values())
    cell_of(notebook, "shift").outputs += others
    return notebook


def test_formgrader_shows_our_run_the_message_and_no_script_of_the_notebooks(formgraded, notebook):
    stock = formgraded(new_notebook(cells=[cell for cell in notebook.cells if "nbgrader" in cell.metadata]))
    page = formgraded(notebook)
    assert SECRET in page  # the instructor sees what our run printed
    assert "1.5 of 4 points" in Page(page).text
    assert page.count(">Grader:<") == 3
    assert "YOUR ANSWER HERE" in page
    assert added(formgraded(hostile(notebook)), stock) == []


def test_formgrader_shows_the_pictures_that_a_cell_brings(formgraded):
    png = figure()
    cell = new_markdown_cell("![plot](attachment:plot.png)", attachments={"plot.png": {"image/png": png}})
    assert f'<img alt="plot" src="data:image/png;base64,{png}"/>' in formgraded(new_notebook(cells=[cell]))


def test_formgrader_runs_its_own_scripts_alone(formgraded):
    page = formgraded(new_notebook(cells=[new_markdown_cell("$x_1$ and $$\\frac{a}{b}$$")]))
    assert page.count("<script") == page.count("<script nonce") > 10
    assert "script-src 'nonce'" in page
    assert "planted</script>" not in page  # a student's name is text
    assert "https://" not in page  # stock fetches MathJax
    assert page.count("<math") == 2


@pytest.mark.slow  # nbgrader enters the assignment in a gradebook
def test_generate_feedback_writes_our_page_with_scores_and_comments_of_the_gradebook(graded, notebook):
    root, _ = graded
    put(root, notebook)
    words = Page(generated(root).read_text(encoding="utf-8")).words
    assert "3 of 9.5 points so far" in words
    assert "scale 1.5 of 4" in words
    assert "not graded yet, of 3" in words
    assert "shift (with a comment)" in words
    assert "Comment Well named." in words
    assert "printed at home" in words
    assert SECRET not in words


# In a browser


def looked_at(visits):
    """Complaints about each page, but not that a page is heavy: a hostile one is."""
    for found in visits:
        assert "violations" in found, found["console"]
        yield [said for said in site_checks.complaints(found) if "bytes of its own" not in said]


@contextmanager
def jupyter(root):
    """A Jupyter server in the course's folder, open to this machine alone; gives its address."""
    log, own = (
        root / "server.log",
        {f"JUPYTER_{kind}_DIR": str(root / ".jupyter" / kind) for kind in ("CONFIG", "RUNTIME")},
    )
    options = [
        "--no-browser",
        "--ip=127.0.0.1",
        "--port=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={root}",
    ]
    options += ["--allow-root"] if os.geteuid() == 0 else []
    with log.open("w") as file:
        order = [sys.executable, "-m", "jupyter", "server", *options]
        server = subprocess.Popen(order, cwd=root, env=os.environ | own, stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
            assert time.monotonic() < deadline and server.poll() is None, log.read_text()[-2000:]
            time.sleep(0.1)
        yield found[0]
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.mark.slow  # two visits of a browser and nbgrader's own conversion
def test_feedback_pages_ask_for_nothing_run_nothing_planted_and_are_readable(graded, notebook):
    root, _ = graded
    put(root, hostile(notebook))
    page = generated(root)
    notebook.cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata] + benign(figure())
    (page.parent / "benign.html").write_text(page_of(notebook), encoding="utf-8")
    assert [
        danger for danger in added(page.read_text(encoding="utf-8"), EMPTY) if not re.match("<a href=#", danger)
    ] == []
    visits = site_checks.visit(page.parent, [page.name, "benign.html"], shots=os.environ.get("NN2_SHOTS"))
    assert [list(found["loaded"]) for found in visits] == [["/numbers.html"], ["/benign.html"]] * 2
    assert list(looked_at(visits)) == [[]] * 4


@pytest.mark.slow  # starts a Jupyter server and a browser
def test_formgraders_page_of_a_hostile_notebook_runs_nothing_planted_and_still_grades(graded, notebook):
    root, submission = graded
    put(root, hostile(notebook))
    with jupyter(root) as origin:
        pages, shots = [f"formgrader/submissions/{submission}/"], os.environ.get("NN2_SHOTS")
        (found,) = site_checks.visit_at(origin, pages, ["light"], shots=shots)
    assert found["console"] == []  # neither a planted script nor one that the page's policy had to stop
    assert found["foreign"] == []
    assert found["failed"] == []
    assert all(path.startswith("/formgrader/") for path in found["loaded"])
    assert {"/formgrader/api/grades", "/formgrader/api/comments"} <= set(found["loaded"])
