"""An assignment's own cells and probes, run in this process: what the judge does with a kernel, without one."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from autograder import asker
from autograder.assignment import find_assignment
from autograder.judge import CheckResult, judge_check
from autograder.notebooks import BEGIN, END
from autograder.wire import Answer, decode, pack
from autograder.worlds import is_keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

ROOT = Path(__file__).resolve().parents[2]


class InProcess:
    """An assignment whose answers are asked here.

    Parameters
    ----------
    name : str
        The assignment's folder in ``solutions/``.
    """

    def __init__(self, name):
        self.assignment = find_assignment(ROOT, name)
        self.exercises = {
            mark.name: (mark.source, notebook) for notebook in self.assignment.notebooks for mark in notebook.exercises
        }
        self.sources = {probe.ask: probe.source() for probe in self.assignment.probes}

    def namespace(self, exercise: str, cell: str | None = None) -> dict:
        """Run a notebook's imports and one exercise's cell (the solved one unless another is given)."""
        source, notebook = self.exercises[exercise]
        names = {"__name__": "__main__"}
        exec("import numpy as np", names)
        if is_keras(notebook):
            exec("import keras\nfrom keras import ops", names)
        exec(compile(source if cell is None else cell, f"<{exercise}>", "exec"), names)
        return names

    def cells(self, notebook: str, *needles: str) -> dict:
        """Run the cells of a notebook that hold one of the texts, in their order; exercises are run solved."""
        names = {"__name__": "__main__"}
        for cell in self.assignment.notebook(notebook).cells:
            if cell.cell_type == "code" and any(needle in cell.source for needle in needles):
                exec(compile(cell.source, f"<{notebook}>", "exec"), names)
        return names

    def ask(self, names: dict, exercise: str, seed: int) -> dict[str, Answer]:
        """Every probe's reply from the answer in a namespace, through the same wire as a student's."""
        keras, replies = is_keras(self.exercises[exercise][1]), {}
        for probe in self.assignment.probes_of(exercise):
            request = {
                "source": self.sources[probe.ask],
                "function": probe.ask.__name__,
                "inputs": pack(probe.inputs(seed)),
                "keras": keras,
            }
            replies[probe.name] = decode(repr(asker.answer(json.dumps(request), names)))
        return replies

    def judge(self, exercise, replies, reference, wrong=None, out_of=10.0) -> CheckResult:
        """The judge's verdict."""
        return judge_check(exercise, out_of, self.assignment.probes_of(exercise), replies, reference, wrong or {})

    def with_solution(self, exercise: str, before: str = "", regions: dict[int, str] | None = None) -> str:
        """An exercise's cell with other text in its solution regions (by number), and with lines above it."""
        lines, kept, number, inside = self.exercises[exercise][0].splitlines(), [], -1, False
        for line in lines:
            if line.strip() == BEGIN:
                number, inside = number + 1, True
                if number in (regions or {}):
                    margin = line[: line.index(BEGIN)]
                    kept += [margin + text if text else "" for text in regions[number].strip("\n").splitlines()]
            if not inside or number not in (regions or {}):
                kept.append(line)
            if line.strip() == END:
                inside = False
        return "\n".join([before.strip("\n"), *kept]).lstrip("\n")


@pytest.fixture(scope="session")
def optimizers():
    """The assignment 2-optimizers."""
    return InProcess("2-optimizers")


@pytest.fixture(autouse=True)
def same_numpy_afterwards():
    """An answer under test may change NumPy's error state; the next test must not notice."""
    with np.errstate():
        yield
