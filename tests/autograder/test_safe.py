"""What a notebook brought is fit to be shown: nothing runs, loads, hides or floods, and what is honest stays."""

import base64
import io

import nbformat
import numpy as np
import pytest
import vectors
from dangers import dangers
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from autograder import safe
from autograder.feedback import message
from autograder.judge import RIGHT, WRONG, CheckResult, Verdict
from autograder.misconceptions import Misconception


def drawn(kind="PNG", size=(4, 3)):
    """A small picture, as base64 text."""
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


PNG, JPEG = drawn(), drawn("JPEG")
RENDERERS = [safe.html, safe.markdown]

# HTML


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("name", vectors.HTML)
def test_html_neither_runs_nor_loads(name, render):
    made = render(vectors.HTML[name])
    assert dangers(made) == []
    assert safe.html(safe.html(vectors.HTML[name])) == safe.html(vectors.HTML[name])


@pytest.mark.parametrize("name", vectors.MARKDOWN)
def test_markdown_neither_runs_nor_loads(name):
    attachments = {
        "planted.svg": {"image/svg+xml": base64.b64encode(vectors.SVG.encode()).decode()},
        "planted.html": {"text/html": "PHNjcmlwdD4="},
        "planted.png": {"image/png": base64.b64encode(vectors.SVG.encode()).decode()},
    }
    assert dangers(safe.markdown(vectors.MARKDOWN[name], attachments)) == []


def test_the_text_of_a_script_or_a_style_is_no_text_of_the_page():
    assert safe.html("<style>p {}</style><script>planted</script><p>told</p>") == "<p>told</p>"


def test_a_table_as_pandas_writes_it_stays_a_table():
    table = (
        '<div><style scoped>.dataframe {}</style><table border="1" class="dataframe"><thead>'
        '<tr style="text-align: right;"><th></th><th colspan="2">loss</th></tr></thead>'
        "<tbody><tr><th>0</th><td>0.25</td><td>1</td></tr></tbody></table><p>1 rows × 2 columns</p></div>"
    )
    made = safe.html(table)
    for kept in ('<tr style="text-align:right">', '<th colspan="2">loss</th>', "<td>0.25</td>", "1 rows × 2 columns"):
        assert kept in made
    assert "class" not in made


def test_the_graders_own_message_passes_unchanged():
    verdicts = (
        Verdict("a", "six steps", RIGHT, "", True),
        Verdict("b", "one `w`", WRONG, "`w` has 3 at [0] < 1.", False),
    )
    told = message(CheckResult("scale", 1.33, 4.0, verdicts, (Misconception("adds", "scale", "You `added`.", ""),)))
    assert safe.html(told["text/html"]) == told["text/html"]


def test_html_without_end_is_not_read():
    assert safe.html("<b>" * (safe.TAG_COUNT + 1)) == ""
    assert safe.html("x" * (safe.HTML + 1)) == ""
    assert safe.html("x" * safe.HTML) != ""


# Markdown


def test_markdown_reads_as_in_jupyter():
    made = safe.markdown("# Head\n\n**bold** `a<b` and $x^2$\n\n- one\n\n| a | b |\n|--:|---|\n| 1 | $y$ |\n\n~~gone~~")
    for kept in (
        "<h1>Head</h1>",
        "<strong>bold</strong>",
        "<code>a&lt;b</code>",
        "<msup><mi>x</mi><mn>2</mn></msup>",
        "<li>one</li>",
        '<th style="text-align:right">a</th>',
        "<del>gone</del>",
    ):
        assert kept in made
    assert made.count("<math") == 2


def test_a_formula_on_its_own_line_and_one_that_cannot_be_read():
    assert '<math display="block">' in safe.markdown("so\n\n$$\na = b\n$$\n\nand")
    assert "<code>\\unheard</code>" in safe.markdown("$\\unheard$")


def test_links_become_their_text_and_address():
    made = safe.markdown("[NumPy](https://numpy.org/doc) <https://keras.io> [mail](mailto:a@b.example)")
    assert made == "<p>NumPy (https://numpy.org/doc) https://keras.io mail (mailto:a@b.example)</p>\n"


def test_an_address_that_is_none_is_not_told():
    assert safe.markdown("[x](javascript:planted) [y](y.html) [z](#z)") == "<p>x y z</p>\n"


@pytest.mark.parametrize("language", ["", "python", "unheard-of", "mermaid"])
def test_a_block_of_code_is_shown_as_it_is(language):
    assert safe.markdown(f"```{language}\nA-->|<b>| B\n```") == "<pre><code>A--&gt;|&lt;b&gt;| B\n</code></pre>\n"


def test_pictures_that_the_cell_brings_are_shown():
    attachments = {"my plot.png": {"image/png": PNG}, "photo.jpg": {"image/jpeg": JPEG}}
    made = safe.markdown("![a](attachment:my%20plot.png) <img src='attachment:photo.jpg' width=20>", attachments)
    assert f'<img src="data:image/png;base64,{PNG}" alt="a">' in made
    assert f'src="data:image/jpeg;base64,{JPEG}"' in made
    assert 'alt="picture without a description"' in made
    assert 'width="20"' in made


def test_a_large_picture_within_the_text_is_shown():
    noise = np.random.default_rng(0).integers(0, 255, (150, 150, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    assert len(data) > safe.TEXT
    made = safe.markdown(f"before ![noise](data:image/png;base64,{data}) after")
    assert f'<img src="data:image/png;base64,{data}" alt="noise">' in made
    assert "after" in made


def test_a_picture_that_is_not_shown_is_said():
    assert "<em>[picture not shown: my plot]</em>" in safe.markdown("![my plot](plot.png)")
    assert "<em>[picture not shown]</em>" in safe.markdown("<img src='plot.png'>")


def test_a_text_that_cannot_be_read_as_markdown_is_shown_as_it_is(monkeypatch):
    monkeypatch.setattr(safe, "TAG_COUNT", 4)
    assert safe.markdown("<b>" * 5) == f"<pre>{'&lt;b&gt;' * 5}</pre>"

    def too_deep(*args):
        raise RecursionError

    monkeypatch.setattr(safe.MarkdownWithMath, "render", too_deep)
    assert safe.markdown("*told* <b>") == "<pre>*told* &lt;b&gt;</pre>"


# Text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mError\x1b[0m: \x1b[38;5;246mx\x1b[39m", "Error: x"),
        ("\x1b]8;;https://evil.example\x07link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x1b\\text\x1bM", "text"),
        ("1/3 \r2/3 \r3/3 done\nnext", "3/3 done\nnext"),
        ("10/10 ━━━\r\n", "10/10 ━━━\n"),
        ("1/2" + "\b" * 3 + "\r2/2\r", "2/2"),
        ("a\x00b\x07c\x9bd\ue000", "abcd\ue000"),
        ("user\u202etxt.exe\u2066", "usertxt.exe"),
        ("half \ud800 of one", "half  of one"),
        ("tab\tand 👩‍💻 ñ ε", "tab\tand 👩‍💻 ñ ε"),
        (["two ", "parts"], "two parts"),
        (["two ", 3], ""),
        (None, ""),
        (b"bytes", ""),
    ],
)
def test_a_text_is_what_can_be_seen_of_it(text, shown):
    assert safe.plain(text) == shown


def test_a_flood_is_cut_and_says_so():
    assert safe.plain("x" * 11, 10) == "x" * 10 + safe.CUT
    assert safe.plain("x" * 10, 10) == "x" * 10
    assert safe.plain("\x00" * 100 + "x", 10) == safe.CUT


# Pictures


def test_a_picture_is_what_it_says():
    assert safe.picture("image/png", PNG) == PNG
    assert safe.picture("image/png", [PNG[:20] + "\n", PNG[20:]]) == PNG
    assert safe.picture("image/jpeg", JPEG) == JPEG


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("image/png", JPEG),
        ("image/jpeg", PNG),
        ("image/svg+xml", PNG),
        ("image/png", base64.b64encode(vectors.SVG.encode()).decode()),
        ("image/png", PNG[:40]),
        ("image/png", PNG[:-8] + "AAAAAAA="),
        ("image/png", '" onerror="planted'),
        ("image/png", {"a": 1}),
        ("image/png", ""),
        ("image/png", None),
    ],
)
def test_what_is_no_picture_is_not_shown(kind, data):
    assert safe.picture(kind, data) is None


def test_a_picture_that_unfolds_to_too_much_is_not_shown(monkeypatch):
    assert safe.picture("image/png", drawn(size=(6000, 6000))) is None
    for limit in (len(base64.b64decode(PNG)) - 1, 10):
        monkeypatch.setattr(safe, "PICTURE", limit)
        assert safe.picture("image/png", PNG) is None


# Outputs


def display(data, **metadata):
    return new_output("display_data", data=data, metadata=metadata)


def test_streams_and_errors_are_text():
    stream = safe.safe_output(new_output("stream", name="stderr", text="\x1b[31mcareful\x1b[0m"))
    assert stream == {"output_type": "stream", "name": "stderr", "text": "careful"}
    raised = new_output("error", ename="E\x1b[0m", evalue="v", traceback=["\x1b[31mone\x1b[0m", "two\nthree"])
    error = safe.safe_output(raised)
    assert (error.ename, error.evalue, error.traceback) == ("E", "v", ["one", "two", "three"])
    assert safe.safe_output(new_output("error", ename="E", evalue="v")).traceback == ["E: v"]


def test_a_display_keeps_what_is_harmless():
    data = {
        "text/plain": "told",
        "text/html": "<b>told</b>" + vectors.HTML["script"],
        "text/markdown": "*told*",
        "text/latex": "$x$",
        "image/png": PNG,
        "image/jpeg": JPEG,
        "image/svg+xml": vectors.SVG,
        "application/javascript": vectors.SCRIPT,
        "application/pdf": PNG,
        "application/vnd.jupyter.widget-view+json": {"model_id": "planted"},
        "text/vnd.mermaid": "planted",
    }
    shown = safe.safe_output(display(data)).data
    assert shown["text/html"] == "<b>told</b>"
    assert set(shown) == {"text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg"}


@pytest.mark.parametrize("kind", ["application/javascript", "image/svg+xml", "text/vnd.mermaid", "application/pdf"])
def test_a_display_of_which_nothing_can_be_shown_says_so(kind):
    assert safe.safe_output(display({kind: "planted"})).data == {
        "text/plain": f"[an output of type {kind} is not shown here]"
    }


def test_html_of_which_nothing_is_left_gives_way_to_the_text():
    for html in ("<script>planted</script>", "<div><iframe src=planted></iframe></div>", "<p> </p>"):
        assert safe.safe_output(display({"text/html": html, "text/plain": "told"})).data == {"text/plain": "told"}
    assert "text/html" in safe.safe_output(display({"text/html": "<p>x</p>", "text/plain": "told"})).data


def test_of_the_metadata_only_a_size_and_the_graders_mark_are_left():
    metadata = {
        "judge": True,
        "filenames": {"image/png": "planted.png"},
        "text/html": {"isolated": True},
        "image/png": {"width": 20, "height": "1 onerror=planted", "unconfined": True, "alt": "x"},
        "image/jpeg": {"width": 20},
    }
    assert safe.safe_output(display({"image/png": PNG}, **metadata)).metadata == {
        "judge": True,
        "image/png": {"width": 20},
    }


@pytest.mark.parametrize("mark", [1, "yes", "True", {}, [True], None])
def test_nothing_but_true_marks_the_graders_own(mark):
    assert safe.safe_output(display({"text/plain": "x"}, judge=mark)).metadata == {}


def test_points_pass_as_nbgrader_reads_them():
    number = new_output("execute_result", data={"text/plain": "1.33"}, metadata={"judge": True}, execution_count=None)
    assert safe.safe_output(number) == number


ODD = [
    None,
    3,
    "x",
    [],
    {},
    {"output_type": None},
    {"output_type": ["stream"]},
    {"output_type": "update_display_data", "data": {"text/plain": "x"}},
    {"output_type": "stream"},
    {"output_type": "stream", "text": 3},
    {"output_type": "stream", "text": "x", "name": "<script>"},
    {"output_type": "error"},
    {"output_type": "error", "ename": 1, "evalue": [], "traceback": "x"},
    {"output_type": "error", "ename": "E", "evalue": "", "traceback": [1, "x"]},
    {"output_type": "display_data"},
    {"output_type": "display_data", "data": []},
    {"output_type": "display_data", "data": {"text/plain": {"a": 1}}, "metadata": 3},
    {"output_type": "display_data", "data": {"text/html": 3, 4: 5}, "metadata": {"image/png": 3}},
    {"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {"image/png": {"width": True}}},
    {"output_type": "execute_result", "data": {"text/plain": "x"}, "execution_count": "1"},
    {"output_type": "execute_result", "data": {"text/plain": "x"}, "execution_count": -1, "x": 1},
]


def test_odd_outputs_make_a_valid_notebook():
    cell = new_code_cell("x")
    cell.outputs = safe.safe_outputs(ODD)
    nbformat.validate(new_notebook(cells=[cell]))
    assert 5 < len(cell.outputs) < len(ODD)
    for not_a_list in (None, 3, "x", {"a": 1}):
        assert safe.safe_outputs(not_a_list) == []


def test_outputs_beyond_the_limits_are_counted_not_shown(monkeypatch):
    monkeypatch.setattr(safe, "OUTPUTS", 2)
    outputs = [new_output("stream", text="x") for _ in range(5)]
    shown = safe.safe_outputs(outputs)
    assert shown[:2] == outputs[:2]
    assert shown[2:] == [display({"text/plain": "[outputs of this cell that are not shown here: 3]"})]
    shown = safe.safe_outputs(outputs, room=safe.weight(outputs[0]))
    assert shown[1:] == [display({"text/plain": "[outputs of this cell that are not shown here: 4]"})]


# Cells and notebooks


def test_a_cell_keeps_its_source_its_marks_and_its_pictures():
    marks = {"grade_id": "check_scale", "grade": True, "solution": False, "points": 4, "score": 1.5, "comment": "well"}
    cell = new_markdown_cell("<b>*as it was*</b>\n", metadata={"nbgrader": marks, "tags": ["planted"]}, id="mine")
    cell.attachments = {"a.png": {"image/png": PNG, "text/html": "planted"}, "b.svg": {"image/svg+xml": "x"}}
    shown = safe.safe_cell(cell)
    assert (shown.source, shown.id, shown.metadata) == ("<b>*as it was*</b>\n", "mine", {"nbgrader": marks})
    assert shown.attachments == {"a.png": {"image/png": PNG}}


def test_marks_that_are_none_are_dropped():
    marks = {"grade_id": 'x" onclick="planted', "grade": "yes", "points": "4", "comment": 3, "planted": 1}
    shown = safe.safe_cell(new_code_cell("x", metadata={"nbgrader": marks}))
    assert shown.metadata.nbgrader == {"grade_id": ""}
    assert "nbgrader" not in safe.safe_cell(new_code_cell("x", metadata={"nbgrader": 3})).metadata


@pytest.mark.parametrize("cell", [None, 3, {}, {"cell_type": "x"}, {"cell_type": "code", "metadata": 3, "id": 3}])
def test_an_odd_cell_is_still_a_cell(cell):
    nbformat.validate(new_notebook(cells=[safe.safe_cell(cell)]))


def test_a_notebook_brings_no_metadata_of_its_own():
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"planted": 1}}}
    language = {"name": '"><script>planted</script>', "pygments_lexer": "html"}
    notebook = new_notebook(metadata={"title": "planted", "widgets": widgets, "language_info": language})
    notebook.cells = [new_code_cell("x = 1", outputs=[display({"text/html": vectors.HTML["script"]})])]
    shown = safe.safe_notebook(notebook)
    nbformat.validate(shown)
    assert "planted" not in nbformat.writes(shown)
    assert shown.cells[0].source == "x = 1"


def test_a_notebook_has_one_room_for_all_its_outputs(monkeypatch):
    cells = [new_code_cell("x", outputs=[new_output("stream", text="y" * 1000)]) for _ in range(4)]
    monkeypatch.setattr(safe, "NOTEBOOK", 3000)
    shown = [cell.outputs[0].output_type for cell in safe.safe_notebook(new_notebook(cells=cells)).cells]
    assert shown == ["stream", "stream", "display_data", "display_data"]
