"""What a notebook brought, made fit to be shown: no script, nothing from another place, nothing that hides or floods.

All of it works by allow-lists: what is not known to be harmless is left out, or shown as the text that it is.
"""

import base64
import re
from html import escape, unescape
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import nh3
from mistune import import_plugin
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from PIL import Image

from autograder.formulas import ATTRIBUTES as FORMULA_ATTRIBUTES
from autograder.formulas import ELEMENTS as FORMULA_ELEMENTS
from autograder.formulas import formula

JUDGE = "judge"  # an output's metadata where the grader wrote it; the grader strips it from what a student handed in
TEXT = 20_000  # characters of one text
HTML = 300_000  # characters of one piece of HTML, its pictures aside; of a longer one nothing is shown
TAG_COUNT = 10_000  # of one piece of HTML
SOURCE = 100_000  # characters of one cell's source, its pictures aside
PICTURE = 4_000_000  # bytes of one picture
PIXELS = 25_000_000  # of one picture: a few bytes can unfold to many
OUTPUTS = 100  # of one cell
NOTEBOOK = 20_000_000  # characters of a notebook's outputs, as they were handed in
CUT = "\n[… the rest is not shown here]"

PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG"}
DATA_URL = re.compile(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=]+)")
ATTACHED = "attachment:"  # how Jupyter writes the address of a picture that the cell brings

ESCAPE_CODE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)", re.DOTALL)
UNSEEN = re.compile(  # control characters, what turns the direction of text, halves of characters, invisible tags
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\U000e0000-\U000e007f]"
)

_TAGS = (
    "abbr b blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub summary sup table "
    "tbody td tfoot th thead tr tt u ul var"
)
TAGS = FORMULA_ELEMENTS | set(_TAGS.split())
GONE_WITH_CONTENT = {"iframe", "noscript", "object", "script", "style", "svg", "template", "title"}
TAG_ATTRIBUTES = {
    "*": {"style"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "span": {"role", "aria-label"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    **{name: FORMULA_ATTRIBUTES for name in FORMULA_ELEMENTS},
}
VALUES = {
    "role": "img",
    "scope": "row|col|rowgroup|colgroup",
    **dict.fromkeys(("width", "height", "colspan", "rowspan", "start"), r"\d{1,4}"),
}
LENGTH = r"\d{1,2}(\.\d{1,3})?(em|px)?"
STYLES = {  # a property's whole value must be one of these: an address or a huge box never is
    "text-align": "left|right|center",
    "list-style": "none",
    "padding": f"{LENGTH}( {LENGTH})*",
    "padding-left": LENGTH,
    "border-left": r"\d{1,2}px solid #[0-9a-f]{3,6}",
}


def plain(value: Any, limit: int = TEXT) -> str:
    """A text without escape codes, without what cannot be seen, and not longer than ``limit`` characters.

    A progress bar that wrote over itself is shown as it ended. A list of texts is joined; anything else becomes "".
    """
    text = _joined(value)
    cut, text = len(text) > 4 * limit, text[: 4 * limit]
    text = ESCAPE_CODE.sub("", text).replace("\r\n", "\n")
    text = "\n".join(map(_as_it_ended, text.split("\n")))
    text = UNSEEN.sub("", text)
    return text[:limit] + CUT if cut or len(text) > limit else text


def _joined(value):
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else ""


def _as_it_ended(line):
    return next((part for part in reversed(line.split("\r")) if part.strip("\b ")), "")


def picture(kind: str, data: Any) -> str | None:
    """A picture's base64 text if it is what it says, a PNG or a JPEG of a bearable size; None otherwise."""
    text = _joined(data)
    if kind not in PICTURES or not text or len(text) > 2 * PICTURE:
        return None
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
        with Image.open(BytesIO(raw), formats=[PICTURES[kind]]) as image:  # reads the header alone
            width, height = image.size
            image.verify()
    except Exception:  # each format's reader has errors of its own
        return None
    fits = width * height <= PIXELS and len(raw) <= PICTURE
    return base64.b64encode(raw).decode("ascii") if fits else None


def attached_pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Of a cell's attachments, those pictures that can be shown: for each name, one MIME type and its base64 text."""
    found = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for kind in PICTURES:
            data = picture(kind, bundle.get(kind)) if isinstance(bundle, dict) else None
            if data:
                found[plain(name, 300)] = {kind: data}
    return found


def html(text: str) -> str:
    """HTML of which formatting, tables, formulas and checked pictures are left; "" if it is too long to be read.

    Addresses, identifiers and classes are dropped, and every style but a few that align or indent. A picture that
    cannot be shown leaves a note.
    """
    return _clean(*_set_aside(text, None))


def markdown(text: str, attachments: Any = None) -> str:
    """A Markdown text as safe HTML.

    Parameters
    ----------
    text : str
        Markdown, with formulas between dollars and with whatever HTML its author put into it.
    attachments : dict of str to dict, optional
        The cell's attachments, each a dict of MIME type to base64 text.
    """
    text, pictures = _set_aside(text, attachments)
    text = plain(text)
    try:
        plugins = [import_plugin(name) for name in ("strikethrough", "table", "def_list")]
        rendered = MarkdownWithMath(renderer=_Renderer(), plugins=plugins).render(text)
    except Exception:  # a text nested too deeply to be read as Markdown is shown as it is
        rendered = ""
    return _clean(rendered, pictures) or f"<pre>{escape(text)}</pre>"


def latex(text: str) -> str:
    """A ``text/latex`` output as safe HTML: one formula, without its dollars."""
    return formula(plain(text).strip().strip("$"), display=True)


def _set_aside(text, attachments):
    """The text with short names for the pictures in it, and each picture's checked address by its name."""
    pictures = {
        name: f"data:{kind};base64,{data}"
        for name, bundle in attached_pictures(attachments).items()
        for kind, data in bundle.items()
    }

    def name(found):
        data = picture(found[1], found[2])
        pictures[f"aside-{len(pictures)}"] = f"data:{found[1]};base64,{data}" if data else None
        return f"{ATTACHED}aside-{len(pictures) - 1}"

    return DATA_URL.sub(name, text), pictures


def _clean(text, pictures):
    if len(text) > HTML or text.count("<") > TAG_COUNT:  # nested without end, it takes time that grows as its square
        return ""

    def attribute(tag, name, value):
        if name == "src":
            return pictures.get(unquote(value.removeprefix(ATTACHED))) if value.startswith(ATTACHED) else None
        if name == "style":
            return ";".join(f"{key}:{setting}" for key, setting in _declarations(value)) or None
        if name in ("alt", "aria-label"):
            return plain(value, 300)
        return value if re.fullmatch(VALUES.get(name, r"[\w.%+\- ]{1,40}"), value, re.ASCII) else None

    cleaned = nh3.clean(
        UNSEEN.sub("", text),
        tags=TAGS,
        clean_content_tags=GONE_WITH_CONTENT,
        attributes=TAG_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"attachment", "data"},
        link_rel=None,
    )
    return re.sub("<img([^>]*)>", _shown_or_said, cleaned)  # in what was cleaned, no value holds a > of its own


def _declarations(style):
    for declaration in style[:500].lower().split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if re.fullmatch(STYLES.get(key, "(?!)"), value):
            yield key, value


def _shown_or_said(tag):
    alt = re.search(' alt="([^"]+)"', tag[1])
    if ' src="data:' not in tag[1]:
        return f"<em>[picture not shown{': ' + escape(unescape(alt[1]), quote=False) if alt else ''}]</em>"
    return tag[0] if alt else f'<img{tag[1].replace(" alt=" + chr(34) * 2, "")} alt="picture without a description">'


class _Renderer(IPythonRenderer):
    """Markdown as nbconvert reads it, with formulas as MathML, and with addresses as text."""

    def __init__(self):
        super().__init__(escape=False)

    def heading(self, text, level, **attrs):
        return f"<h{level}>{text}</h{level}>\n"

    def link(self, text, url, title=None):
        told = re.match("https?://|mailto:", url) and escape(url) not in text
        return f"{text} ({escape(url)})" if told else text

    def image(self, text, url, title=None):
        alt = unescape(re.sub("<[^>]*>", "", text))
        return f'<img src="{escape(url)}" alt="{escape(alt)}">'

    def block_code(self, code, info=None):
        return f"<pre><code>{escape(code)}</code></pre>\n"

    def block_math(self, body):
        return formula(body, display=True)

    def inline_math(self, body):
        return formula(body)

    def latex_environment(self, name, body):
        return formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)


def safe_output(output: Any) -> NotebookNode | None:
    """One output of a code cell, fit to be shown; None if nothing of it is.

    Parameters
    ----------
    output : dict
        An output as nbformat has it, or whatever stands in its place.

    Returns
    -------
    NotebookNode or None
        A stream, an error, or a display or result with ``text/plain``, cleaned ``text/html``, ``text/markdown`` and
        ``text/latex`` as sources (to be read with `markdown` and `latex`), and checked PNG and JPEG pictures alone.
        Of its metadata a picture's size is left, and the mark of the grader's own outputs.
    """
    output = output if isinstance(output, dict) else {}
    kind = output.get("output_type")
    if kind == "stream":
        text = plain(output.get("text"))
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=text) if text else None
    if kind == "error":
        lines = output.get("traceback")
        lines = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        name, value = plain(output.get("ename"), 300), plain(output.get("evalue"))
        traceback = plain("\n".join(lines)).split("\n") if lines else [f"{name}: {value}"]
        return new_output("error", ename=name, evalue=value, traceback=traceback)
    if kind not in ("display_data", "execute_result"):
        return None
    data = _safe_data(output.get("data"))
    if not data:
        return None
    shown = new_output(kind, data=data, metadata=_safe_metadata(output.get("metadata"), data))
    if kind == "execute_result":
        shown.execution_count = _count(output.get("execution_count"))
    return shown


def _safe_data(data):
    data = data if isinstance(data, dict) else {}
    found = {kind: picture(kind, data.get(kind)) for kind in PICTURES}
    found["text/html"] = html(_joined(data.get("text/html")))
    if not re.search(r"<img|[^\s<>]+(?![^<]*>)", found["text/html"]):  # nothing but tags is left
        found["text/html"] = ""
    for kind in ("text/markdown", "text/latex", "text/plain"):
        found[kind] = plain(data.get(kind))
    found = {kind: content for kind, content in found.items() if content}
    if data and not found:
        kinds = ", ".join(plain(kind, 60) for kind in list(data)[:3])
        found["text/plain"] = f"[an output of type {kinds} is not shown here]"
    return found


def _safe_metadata(metadata, data):
    metadata = metadata if isinstance(metadata, dict) else {}
    safe = {JUDGE: True} if metadata.get(JUDGE) is True else {}
    for kind in PICTURES:
        given = metadata.get(kind)
        sizes = {name: given.get(name) for name in ("width", "height")} if isinstance(given, dict) else {}
        sizes = {name: size for name, size in sizes.items() if type(size) in (int, float) and 1 <= size <= 4000}
        if kind in data and sizes:
            safe[kind] = sizes
    return safe


def _count(value):
    return value if type(value) is int and 0 <= value < 1_000_000 else None


def safe_outputs(outputs: Any, room: int = NOTEBOOK) -> list[NotebookNode]:
    """A code cell's outputs, each as `safe_output` gives it, and a note where there are more than can be shown.

    Parameters
    ----------
    outputs : list of dict
        The outputs; anything else counts as none.
    room : int
        How many characters of outputs may still be read: reading takes time, too.
    """
    outputs = outputs if isinstance(outputs, list) else []
    shown = []
    for number, output in enumerate(outputs):
        room -= weight(output)
        if room < 0 or number == OUTPUTS:
            rest = f"[outputs of this cell that are not shown here: {len(outputs) - number}]"
            return [*shown, new_output("display_data", data={"text/plain": rest})]
        safe = safe_output(output)
        shown += [safe] if safe else []
    return shown


def weight(outputs: Any) -> int:
    """How much room outputs take, in characters."""
    return len(repr(outputs))


def safe_cell(cell: Any, room: int = NOTEBOOK) -> NotebookNode:
    """A cell fit to be shown: its source, its outputs, the pictures attached to it, and nbgrader's marks.

    Markdown stays a source, to be shown by way of `markdown`. ``room`` is that of `safe_outputs`.
    """
    cell = cell if isinstance(cell, dict) else {}
    kind, source = cell.get("cell_type"), _joined(cell.get("source"))
    marks = cell["metadata"].get("nbgrader") if isinstance(cell.get("metadata"), dict) else None
    facts = {"metadata": {"nbgrader": _safe_marks(marks)} if isinstance(marks, dict) else {}}
    if isinstance(cell.get("id"), str) and re.fullmatch(r"[\w\-]{1,64}", cell["id"], re.ASCII):
        facts["id"] = cell["id"]
    if kind == "code":
        facts["outputs"] = safe_outputs(cell.get("outputs"), room)
        facts["execution_count"] = _count(cell.get("execution_count"))
        return new_code_cell(plain(source, SOURCE), **facts)
    if kind == "markdown":
        if pictures := attached_pictures(cell.get("attachments")):
            facts["attachments"] = pictures
        return new_markdown_cell(UNSEEN.sub("", source), **facts)
    return new_raw_cell(plain(source, SOURCE), **facts)


def _safe_marks(marks):
    kinds = {
        **dict.fromkeys(("grade", "solution", "locked", "task", "waiting"), bool),
        **dict.fromkeys(("points", "score", "schema_version"), (int, float)),
    }
    safe = {name: marks[name] for name, kind in kinds.items() if isinstance(marks.get(name), kind)}
    name = marks.get("grade_id")
    safe["grade_id"] = name if isinstance(name, str) and re.fullmatch(r"[\w\-]{1,200}", name, re.ASCII) else ""
    if isinstance(marks.get("comment"), str):
        safe["comment"] = plain(marks["comment"])
    return safe


def safe_notebook(notebook: Any) -> NotebookNode:
    """A notebook fit to be shown: safe cells, no metadata of its own, and not more of it than a page can bear."""
    room, cells = NOTEBOOK, []
    for cell in notebook.get("cells", ()):
        cells.append(safe_cell(cell, room))
        room -= weight(cell)
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python", "pygments_lexer": "ipython3"}})
