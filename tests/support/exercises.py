"""Every exercise of every assignment, for the tests that hold for all of them, and the answers authored for them."""

import functools
from pathlib import Path

import pytest

from autograder.assignment import Assignment, find_assignment, find_assignments
from autograder.fair_answers import FairAnswer, load_fair_answers
from autograder.worlds import is_keras

ROOT = Path(__file__).resolve().parents[2]
# Where an assignment's files for these tests lie: fair.toml, empty.toml, wrong.toml, equivalent.toml.
AUTHORED = ROOT / "tests" / "solutions"


@functools.cache
def assignments() -> dict[str, Assignment]:
    """All assignments by name, read once."""
    return {name: find_assignment(ROOT, name) for name in find_assignments(ROOT)}


def every_exercise() -> list:
    """Parameters ``assignment, exercise`` for pytest; the Keras ones are marked slow.

    Keras compiles a training step twice for every answer that is asked, which takes about half a second.
    """
    return [
        pytest.param(name, mark.name, id=f"{name}-{mark.name}", marks=[pytest.mark.slow] if is_keras(notebook) else [])
        for name, assignment in assignments().items()
        for notebook in assignment.notebooks
        for mark in notebook.exercises
    ]


@functools.cache
def authored(assignment: str, file: str) -> tuple[FairAnswer, ...]:
    """The answers in one of an assignment's files for these tests: ``fair.toml``, ``empty.toml`` or ``wrong.toml``."""
    return tuple(load_fair_answers(AUTHORED / assignment / file, assignments()[assignment].notebooks))
