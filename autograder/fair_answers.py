"""Right answers that look unlike ours, as an unusual student would hand them in: each must earn every point."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import AuthoringError
from autograder.notebooks import BEGIN, END
from autograder.tables import edit_once, need_text, read_tables

KEYS = ("name", "exercise", "cell", "find", "replace", "body", "bodies", "before")
FORMS = ("cell", "find", "body", "bodies")


@dataclass(frozen=True)
class FairAnswer:
    """One right answer that is not the reference.

    Parameters
    ----------
    name : str
        What is unusual about it; unique in its exercise.
    exercise : str
        Which exercise it answers.
    cell : str
        The exercise's whole cell as a student would hand it in.
    """

    name: str
    exercise: str
    cell: str


@dataclass(frozen=True)
class Region:
    """Where one solution stands in an exercise's cell.

    Parameters
    ----------
    name : str
        The function, method or class around it, such as ``adam_step`` or ``Adagrad.build``; "" outside of all.
    first, last : int
        Its lines, counted from 0, the two marks included.
    margin : str
        The white space before its marks.
    """

    name: str
    first: int
    last: int
    margin: str


def load_fair_answers(path: Path, notebooks) -> list[FairAnswer]:
    """Read ``fair.toml``: one table ``[[answer]]`` for each answer.

    Beside ``name`` and ``exercise`` a table holds exactly one of: ``cell``, the whole cell; ``find`` and ``replace``,
    an edit of the reference that applies exactly once; ``body``, the text that takes the place of the exercise's only
    solution; or ``bodies``, a table of such texts by the function or method in which each solution stands (those that
    are not named keep the reference's). All but ``cell`` may add ``before``, lines above the rest.

    Parameters
    ----------
    path : Path
        The file; an assignment without one has no answers to try.
    notebooks : sequence of AuthoredNotebook
        The assignment's notebooks, whose exercises are answered.

    Raises
    ------
    AuthoringError
        If the file is not TOML, a table has an unknown key or not exactly one of the forms, a name is taken in its
        exercise, an exercise or a region does not exist, an edit does not apply exactly once, or what comes out is no
        Python or the reference itself.
    """
    cells = {mark.name: mark.source for notebook in notebooks for mark in notebook.exercises}
    found = {}
    for label, table in read_tables(path, "answer", KEYS):
        name, exercise = need_text(label, table, "name"), need_text(label, table, "exercise")
        if exercise not in cells:
            raise AuthoringError(f"{label} answers the exercise {exercise!r}, which does not exist")
        if (exercise, name) in found:
            raise AuthoringError(f"{label} stands there twice for {exercise!r}")
        cell = _cell_of(label, table, cells[exercise])
        try:
            same = ast.dump(ast.parse(cell)) == ast.dump(ast.parse(cells[exercise]))
        except (SyntaxError, ValueError) as error:
            line = f" in line {error.lineno} of its cell" if isinstance(error, SyntaxError) else ""
            raise AuthoringError(f"{label} is no Python: {getattr(error, 'msg', error)}{line}") from None
        if same:
            raise AuthoringError(f"{label} is the reference itself")
        found[exercise, name] = FairAnswer(name, exercise, cell)
    return list(found.values())


def _cell_of(label, table, reference):
    forms = [form for form in FORMS if form in table]
    if len(forms) != 1:
        raise AuthoringError(f"{label} needs exactly one of {', '.join(FORMS)}, got {' and '.join(forms) or 'none'}")
    (form,) = forms
    if "replace" in table and form != "find":
        raise AuthoringError(f"{label} has 'replace' without 'find'")
    if form == "cell":
        if "before" in table:
            raise AuthoringError(f"{label} has 'before' beside 'cell', which is whole already")
        return need_text(label, table, "cell").strip("\n") + "\n"
    before = need_text(label, table, "before").strip("\n") + "\n" if "before" in table else ""
    if form == "find":
        replacement = need_text(label, table, "replace", may_be_empty=True)
        return before + without_marks(edit_once(label, reference, need_text(label, table, "find"), replacement))
    regions = find_regions(reference)
    if form == "body":
        if len(regions) != 1:
            raise AuthoringError(f"{label} has 'body', but its exercise holds {len(regions)} solutions; use 'bodies'")
        texts = {regions[0]: need_text(label, table, "body")}
    else:
        if not isinstance(table["bodies"], dict) or not table["bodies"]:
            raise AuthoringError(f"{label} needs 'bodies', a table of texts, got {table['bodies']!r}")
        texts = {_region(label, key, regions): need_text(label, table["bodies"], key) for key in table["bodies"]}
    return before + fill_regions(reference, texts)


def _region(label, name, regions):
    fitting = [region for region in regions if region.name == name or region.name.endswith(f".{name}")]
    if len(fitting) != 1:
        there = ", ".join(sorted({region.name or "(outside of all functions)" for region in regions}))
        raise AuthoringError(
            f"{label} fills the solution in {name!r}, of which its exercise holds {len(fitting)}, expected one; "
            f"there is {there}"
        )
    return fitting[0]


def find_regions(source: str) -> list[Region]:
    """The solutions in an exercise's cell, in their order, each with the name of what is around it."""
    around = []  # (first line, last line, name), outer ones first

    def visit(node, prefix):
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{prefix}.{child.name}" if prefix else child.name
                around.append((child.lineno - 1, child.end_lineno, name))
            visit(child, name)

    visit(ast.parse(source), "")
    regions, lines = [], source.splitlines()
    for number, line in enumerate(lines):
        if line.strip() == BEGIN:
            begun = number
        elif line.strip() == END:  # it may be the line after its function's last
            name = next((name for first, last, name in reversed(around) if first <= begun <= last), "")
            regions.append(Region(name, begun, number, lines[begun][: lines[begun].index(BEGIN)]))
    return regions


def fill_regions(source: str, texts: Mapping[Region, str]) -> str:
    """A cell with other texts, which are indented to fit, in some of its solutions, and without the marks."""
    lines = source.splitlines()
    for region in sorted(texts, key=lambda region: region.first, reverse=True):
        text = texts[region].strip("\n").splitlines()
        lines[region.first : region.last + 1] = [region.margin + line if line else "" for line in text]
    return without_marks("\n".join(lines) + "\n")


def without_marks(source: str) -> str:
    """A cell without the lines that mark its solutions."""
    return "".join(line for line in source.splitlines(keepends=True) if line.strip() not in (BEGIN, END))
