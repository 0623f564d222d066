"""Known wrong answers: each is one edit of the right one, with the hint that it earns."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import AuthoringError

HEADER = re.compile(r"\s*\[\[\s*misconception\s*\]\]")
KEYS = ("name", "exercise", "find", "replace", "hint")


@dataclass(frozen=True)
class Misconception:
    """One edit of the right answer.

    Parameters
    ----------
    name : str
        Unique in its assignment, such as ``adagrad-epsilon-outside``.
    exercise : str
        Whose cell is edited.
    hint : str
        What a student who made this mistake reads.
    wrong_cell : str
        The exercise's whole cell with the edit applied.
    """

    name: str
    exercise: str
    hint: str
    wrong_cell: str


def load_misconceptions(path: Path, notebooks) -> list[Misconception]:
    """Read ``misconceptions.toml`` and apply each edit, which must fit exactly once in its exercise's cell.

    Parameters
    ----------
    path : Path
        The file; an assignment without one has no known misconceptions.
    notebooks : sequence of AuthoredNotebook
        The assignment's notebooks, whose exercises are edited.

    Raises
    ------
    AuthoringError
        If the file is not TOML, a table lacks a key or has an unknown one, a name is taken, an exercise does not
        exist, or an edit does not apply exactly once or changes nothing.
    """
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuthoringError(f"{path}: not TOML: {error}") from None
    tables = document.pop("misconception", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise AuthoringError(f"{path}: each misconception is a table under the heading [[misconception]]")
    if document:
        raise AuthoringError(f"{path}: unknown table {next(iter(document))!r}; only [[misconception]] is known")
    cells = {mark.name: mark.source for notebook in notebooks for mark in notebook.exercises}
    headers = [number for number, line in enumerate(text.splitlines(), 1) if HEADER.match(line)]
    lines = headers if len(headers) == len(tables) else [1] * len(tables)
    found = {}
    for number, (line, table) in enumerate(zip(lines, tables, strict=True), 1):
        label = f"{path}:{line}: misconception {table.get('name', f'number {number}')!r}"
        for key in KEYS:
            if not isinstance(table.get(key), str) or not (table[key].strip() or key == "replace"):
                raise AuthoringError(f"{label} needs {key!r}, a text, got {table.get(key)!r}")
        unknown = sorted(set(table) - set(KEYS))
        if unknown:
            raise AuthoringError(f"{label} has the unknown key {unknown[0]!r}")
        if table["name"] in found:
            raise AuthoringError(f"{label} stands there twice")
        if table["exercise"] not in cells:
            raise AuthoringError(f"{label} edits the exercise {table['exercise']!r}, which does not exist")
        cell = cells[table["exercise"]]
        times = cell.count(table["find"])
        if times != 1:
            raise AuthoringError(f"{label}: {table['find']!r} stands {times} times in its exercise, expected once")
        wrong = cell.replace(table["find"], table["replace"])
        if wrong == cell:
            raise AuthoringError(f"{label} changes nothing")
        found[table["name"]] = Misconception(table["name"], table["exercise"], " ".join(table["hint"].split()), wrong)
    return list(found.values())
