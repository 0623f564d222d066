"""Find the homework's answers where they must not stand: in the book's code cells and the site's downloads."""

import ast
import json
import re
import textwrap
from pathlib import Path

EXCEPTED = ("momentum_step",)  # the chapter's worked example
CELL = re.compile(r'^# %%.*?\bexercise="(?P<name>[^"]+)"', re.M)
REGION = re.compile(r"^[ \t]*### BEGIN SOLUTION[^\n]*\n(.*?)^[ \t]*### END SOLUTION", re.M | re.S)
FENCE = re.compile(
    r"^(?P<fence>[`~:]{3,})[ \t]*\{?(?:code-cell|code-block|code|python|ipython3?|py)\b[^\n]*\n"
    r"(?P<code>.*?)^(?P=fence)[ \t]*$",
    re.M | re.S,
)
OPTIONS = re.compile(r"\A(?:---\n.*?^---\n|(?::[\w-]+:[^\n]*\n)+)", re.M | re.S)


class Anonymous(ast.NodeTransformer):
    """Rename variables in the order of their appearance, and write ``s += g`` as ``s = s + g``."""

    def __init__(self):
        self.names = {}

    def visit_Name(self, node):
        name = self.names.setdefault(node.id, f"v{len(self.names)}")
        return ast.Name(id=name, ctx=ast.Load())

    def visit_arg(self, node):
        return ast.arg(arg=self.names.setdefault(node.arg, f"v{len(self.names)}"), annotation=None)

    def visit_AugAssign(self, node):
        value = ast.BinOp(left=node.target, op=node.op, right=node.value)
        return self.visit(ast.Assign(targets=[node.target], value=value))

    def visit_AnnAssign(self, node):
        return self.visit(ast.Assign(targets=[node.target], value=node.value)) if node.value else ast.Pass()


def form(statements: list[ast.stmt]) -> tuple[str, ...]:
    """What is left of statements once their variables' names do not count."""
    anonymous = Anonymous()
    copies = ast.parse(ast.unparse(ast.Module(body=statements, type_ignores=[]))).body
    return tuple(ast.dump(anonymous.visit(statement)) for statement in copies)


def is_documentation(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring or another bare constant."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def answers(source: str) -> dict[str, list[tuple[str, ...]]]:
    """The exercises of a py:percent notebook, and the form of each solution region longer than one formula.

    A region that ends in ``return`` counts without that line, too, where two statements or more are left.
    """
    found = {}
    for cell in re.split(r"(?m)^(?=# %%)", source):
        mark = CELL.match(cell)
        if not mark or mark["name"] in EXCEPTED:
            continue
        forms = found.setdefault(mark["name"], [])
        for region in REGION.findall(cell):
            statements = [node for node in ast.parse(textwrap.dedent(region)).body if not is_documentation(node)]
            variants = [statements]
            if statements and isinstance(statements[-1], ast.Return):
                variants.append(statements[:-1])
            forms += [form(variant) for variant in variants if len(variant) > 1]
    return found


def bodies(tree: ast.AST):
    """Every list of statements in a tree: of the module, of functions, of loops and branches."""
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield [statement for statement in block if not is_documentation(statement)]


def shown(code: str, known: dict[str, list[tuple[str, ...]]]) -> list[str]:
    """The exercises whose answer stands somewhere in ``code``, as a stretch of statements of the same form."""
    lines = [re.sub(r"^(\s*)[%!?].*$", r"\1pass", line) for line in textwrap.dedent(code).splitlines()]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return []  # not Python: a shell line, an output, another language
    lengths = {len(answer) for answers_of_one in known.values() for answer in answers_of_one}
    stretches = {
        form(body[start : start + length])
        for body in bodies(tree)
        for length in lengths
        for start in range(len(body) - length + 1)
    }
    return [name for name, answers_of_one in known.items() if stretches.intersection(answers_of_one)]


def code_in(path: Path) -> list[str]:
    """The pieces of Python in a file: a notebook's code cells, a page's fenced blocks, or a whole script."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    if path.suffix == ".md":
        return [OPTIONS.sub("", match["code"]) for match in FENCE.finditer(text)]
    return [text] if path.suffix == ".py" else []


def revealed(files: list[Path], known: dict[str, list[tuple[str, ...]]]) -> list[str]:
    """Sentences: which file shows the answer to which exercise."""
    return [
        f"{path.name} shows the answer to {name}"
        for path in files
        for code in code_in(path)
        for name in shown(code, known)
    ]
