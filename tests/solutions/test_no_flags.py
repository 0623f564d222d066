"""No fair answer, however unusual, no known mistake and no solved notebook looks like tampering."""

import exercises
import pytest
from exercises import authored

from autograder.flags import read_flags
from autograder.worlds import is_keras

AT_ONCE = 20  # cells: more are not read of one notebook


@pytest.mark.parametrize("assignment", exercises.assignments())
def test_fair_answers_and_known_mistakes_raise_no_flag(assignment):
    loaded = exercises.assignments()[assignment]
    for notebook in loaded.notebooks:
        own = {mark.name for mark in notebook.exercises}
        answers = [*authored(assignment, "fair.toml")]
        cells = [(answer.exercise, answer.cell) for answer in answers if answer.exercise in own]
        cells += [(each.exercise, each.wrong_cell) for each in loaded.misconceptions if each.exercise in own]
        assert len(cells) > 20
        opening = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
        reading = {"exercises": sorted(own), "watch": loaded.watch, "numpy_only": not is_keras(notebook)}
        for first in range(0, len(cells), AT_ONCE):
            some = [
                (0, "", opening),
                *((first + at, *cell) for at, cell in enumerate(cells[first : first + AT_ONCE], 1)),
            ]
            assert read_flags(some, **reading) == []
