"""Sphinx extension: {question}, a self-check question with a reason for every choice; quiz.js answers at once."""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

CHOICES = (3, 5)  # at least, at most
MARKS = {"[ ]": False, "[x]": True}
LETTERS = "abcde"


class question(nodes.General, nodes.Element):
    """A question; its children are the title, the text, the choices and the folded answer."""


class folded_answer(nodes.General, nodes.Element):
    """What stands folded below the choices, and what the script takes the reasons from."""


def split_mark(item: nodes.list_item) -> bool | None:
    """Take ``[ ]`` or ``[x]`` off the start of a choice; return whether it is the right one, None where none stands."""
    first = next(iter(item.findall(nodes.Text)), None)
    mark = str(first)[:3] if first is not None else ""
    if mark not in MARKS:
        return None
    first.parent.replace(first, nodes.Text(str(first)[3:].lstrip()))
    return MARKS[mark]


class Question(SphinxDirective):
    """```{question} id```: Markdown, then a list of choices ``- [ ] …``, each with one block quote, the reason."""

    required_arguments = 1
    has_content = True

    def run(self):
        name = self.arguments[0]
        text = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, text)
        lists = [child for child in text.children if isinstance(child, nodes.bullet_list)]
        if len(lists) != 1 or text.children[-1] is not lists[0] or len(text.children) < 2:
            raise self.error(f"question {name}: expected its text and then one list of choices, nothing after it.")
        choices, answer, right = self.read_choices(name, lists[0])
        text.remove(lists[0])
        text["classes"] = ["question-text"]
        known = self.env.temp_data.setdefault("nn2 questions", set())
        if name in known:
            raise self.error(f"question {name}: the page has two questions of this name.")
        known.add(name)
        title = nodes.paragraph(classes=["question-title"])
        title += nodes.Text(f"Question {len(known)}")
        made = question("", title, text, choices, answer)
        made["name"], made["page"], made["right"] = name, self.env.docname, right
        return [made]

    def read_choices(self, name, items):
        """Return the choices without their reasons, the reasons as an answer to fold, and the right choice's index."""
        low, high = CHOICES
        if not low <= len(items) <= high:
            raise self.error(f"question {name}: expected {low} to {high} choices, got {len(items)}.")
        marks = [split_mark(item) for item in items]
        if None in marks:
            letter = LETTERS[marks.index(None)]
            raise self.error(f"question {name}: choice ({letter}) does not begin with [ ] or [x].")
        if marks.count(True) != 1:
            raise self.error(f"question {name}: expected one choice with [x], got {marks.count(True)}.")
        right = marks.index(True)
        answer, reasons = folded_answer(), nodes.enumerated_list(enumtype="loweralpha", prefix="(", suffix=")")
        for letter, item in zip(LETTERS, items, strict=False):
            quotes = [child for child in item.children if isinstance(child, nodes.block_quote)]
            if len(quotes) != 1 or item.children[-1] is not quotes[0]:
                raise self.error(f"question {name}: choice ({letter}) needs one reason, a block quote at its end.")
            item.remove(quotes[0])
            reasons += nodes.list_item("", *quotes[0].children)
        lead = nodes.paragraph()
        lead += nodes.strong(text=f"({LETTERS[right]})")
        lead += nodes.Text(" is right. The reasons, in the order of the choices:")
        answer += [lead, reasons]
        choices = nodes.enumerated_list("", *items.children, enumtype="loweralpha", prefix="(", suffix=")")
        choices["classes"] = ["question-choices"]
        return choices, answer, right


def visit_question(self, node):
    data = {f"data-{key}": str(node[key]) for key in ("page", "name", "right")}
    self.body.append(self.starttag(node, "nn2-question", "", CLASS="question", **data))


def depart_question(self, node):
    self.body.append("</nn2-question>\n")


def visit_folded_answer(self, node):
    self.body.append('<details class="question-answer"><summary>Answer</summary>\n')


def depart_folded_answer(self, node):
    self.body.append("</details>\n")


def nothing(self, node):
    """Other formats show the children as they are."""


def add_script(app, pagename, templatename, context, doctree):
    """Load quiz.js on the pages that have a question, and on no other."""
    if doctree is not None and next(iter(doctree.findall(question)), None) is not None:
        app.add_js_file("quiz.js", type="module")


def setup(app):
    others = {"latex": (nothing, nothing), "text": (nothing, nothing)}
    app.add_node(question, html=(visit_question, depart_question), **others)
    app.add_node(folded_answer, html=(visit_folded_answer, depart_folded_answer), **others)
    app.add_directive("question", Question)
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
