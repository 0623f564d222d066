"""From a code cell's text to a Python syntax tree, with the lines set aside that are IPython's and not Python's."""

import ast
import re

CELL_MAGIC = re.compile(r"%%(\w*)")
NO_PYTHON = ("bash", "sh", "script", "sx", "system", "writefile", "file", "html", "javascript", "js", "latex")
ESCAPED = re.compile(r"(\s*)([!%?,;/]|\S.*\?\s*$)")
ASSIGNED = re.compile(r"([\w.,\s\[\]\"'*]+=\s*)([!%]\S.*)$")
PROMPT = re.compile(r"\s*(>>> ?|In \[\d+\]: ?|\.\.\.: ?|\.\.\. )")
ATTEMPTS = 30


def parse(source: str) -> tuple[ast.Module | None, list[tuple[int, str]]]:
    """Read a cell as IPython would.

    Parameters
    ----------
    source : str
        The cell's text, of any kind.

    Returns
    -------
    ast.Module or None
        Its tree, in which a line of IPython's is ``pass`` (and what it assigns, None); None where that is no Python,
        so that IPython could not run it either.
    list of (int, str)
        The numbers of IPython's lines, from 1, and what they say. A line of a cell that is in another language
        altogether has the cell's magic in front.
    """
    tree = as_python(source)
    if tree:
        return tree, []
    lines, escaped = lines_of(source), []
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    magic = CELL_MAGIC.match(lines[first])
    if magic:
        escaped.append((first + 1, lines[first].strip()))
        lines[first] = ""
        if magic[1] in NO_PYTHON:
            others = [(number, f"{magic[0]} {line.strip()}") for number, line in enumerate(lines, 1) if line.strip()]
            return ast.Module([], []), escaped + others
    lines = _without_prompts(lines, first)
    tree, found = _without_escaped(lines)
    return tree, escaped + found


def lines_of(source: str) -> list[str]:
    """A cell's lines as Python counts them: a form feed ends none."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def as_python(text: str) -> ast.Module | None:
    """A text's syntax tree, or None where it has none."""
    return _compiled(text)[0]


def _compiled(text):
    """A tree and None, or None and the index of the line at which Python stumbles, if it says so."""
    try:
        return ast.parse(text), None
    except SyntaxError as error:
        return None, error.lineno - 1 if error.lineno and error.lineno <= text.count("\n") + 1 else None
    except (ValueError, RecursionError, MemoryError, OverflowError):  # a NUL, half a surrogate pair, too deep a nesting
        return None, None


def _without_prompts(lines, first):
    """A cell pasted from a terminal or a docstring: without its prompts, and without a margin that all lines share."""
    if any(PROMPT.match(line) for line in lines[first : first + 2]):
        lines = [PROMPT.sub("", line, count=1) for line in lines]
    start = next((line for line in lines if line.strip()), "")
    margin = start[: len(start) - len(start.lstrip())]
    if margin and all(line.startswith(margin) or not line.strip() for line in lines):
        lines = [line[len(margin) :] for line in lines]
    return lines


def _without_escaped(lines):
    """Read a cell without IPython's lines: first without all that look like one, then, where that is no Python (one
    may stand in a text), without those at which Python stumbles, one after the other."""
    found = [(number, *_replaced(line)) for number, line in enumerate(lines) if _replaced(line)[1]]
    tree = as_python(_with(lines, found))
    if tree:
        return tree, [(number + 1, told) for number, _, told in found]
    taken = []
    for _ in range(ATTEMPTS):
        tree, stumbled = _compiled(_with(lines, taken))
        fits = [each for each in found if each[0] == stumbled and each not in taken]
        if tree or not fits:
            break
        taken += fits
    return tree, [(number + 1, told) for number, _, told in (taken if tree else found)]


def _with(lines, replaced):
    lines = list(lines)
    for number, instead, _ in replaced:
        lines[number] = instead
    return "\n".join(lines)


def _replaced(line):
    """What stands for a line that may be IPython's, and what it says; the line itself and "" for another."""
    escaped = ESCAPED.match(line)
    if escaped:
        return f"{escaped[1]}pass", line.strip()
    assigned = ASSIGNED.match(line)
    if assigned:
        return f"{assigned[1]}None", assigned[2].strip()
    return line, ""
