"""Known wrong answers: each is one edit of the right one, with the hint that it earns."""

from dataclasses import dataclass
from pathlib import Path

from autograder.errors import AuthoringError
from autograder.tables import edit_once, need_text, read_tables

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
    cells = {mark.name: mark.source for notebook in notebooks for mark in notebook.exercises}
    found = {}
    for label, table in read_tables(path, "misconception", KEYS):
        texts = {key: need_text(label, table, key, may_be_empty=key == "replace") for key in KEYS}
        name, exercise = texts["name"], texts["exercise"]
        if name in found:
            raise AuthoringError(f"{label} stands there twice")
        if exercise not in cells:
            raise AuthoringError(f"{label} edits the exercise {exercise!r}, which does not exist")
        wrong = edit_once(label, cells[exercise], texts["find"], texts["replace"])
        found[name] = Misconception(name, exercise, " ".join(texts["hint"].split()), wrong)
    return list(found.values())
