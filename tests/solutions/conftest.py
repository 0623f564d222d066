"""An assignment's own cells and probes, run in this process: what the judge does with a kernel, without one."""

import ast
import contextlib
import functools
import io
import json
import os
import warnings
from dataclasses import replace

import exercises
import matplotlib
import numpy as np
import pytest
from exercises import authored
from limits import limited
from slices import asked_of_the_student, needed, uses

from autograder import asker
from autograder.judge import CheckResult, judge_check
from autograder.probes import Probe
from autograder.wire import Answer, decode, pack
from autograder.worlds import is_keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


class InProcess:
    """An assignment whose answers are asked here.

    Parameters
    ----------
    name : str
        The assignment's folder in ``solutions/``.
    """

    CELL_SECONDS = 10.0  # an exercise's cell only defines something

    def __init__(self, name):
        self.assignment = exercises.assignments()[name]
        self.exercises = {
            mark.name: (mark.source, notebook) for notebook in self.assignment.notebooks for mark in notebook.exercises
        }
        self.sources = {probe.ask: probe.source() for probe in self.assignment.probes}
        self.known, self.run = {}, {}

    def is_keras(self, exercise: str) -> bool:
        """Whether an exercise is of the Keras half."""
        return is_keras(self.exercises[exercise][1])

    def before_check(self, exercise: str) -> dict:
        """A notebook's names where an exercise is checked: what is needed of the cells above has run, solved.

        Each notebook is run once, and only as far as it was asked for. Trainings and figures that no answer reads are
        left out; test_through_the_grader.py runs the whole notebooks, as the judge does.
        """
        notebook = self.exercises[exercise][1]
        names, seen, cells = self.run.setdefault(notebook.name, ({"__name__": "__main__"}, {}, self.code_of(notebook)))
        matplotlib.use("agg")  # not by MPLBACKEND, which the kernels that tests start would inherit
        while exercise not in seen:
            mark, source = next(cells)
            if mark and mark.kind == "check":
                seen[mark.name] = dict(names)
                continue
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that there is no screen for the figures
                exec(compile(source, f"<{notebook.name}>", "exec"), names)
        return seen[exercise]

    @functools.cached_property
    def read_by_answers(self) -> set[str]:
        """Names that an exercise, a known answer to it or a probe takes from the notebook."""
        name = self.assignment.name
        answers = [mistake.wrong_cell for mistake in self.assignment.misconceptions]
        answers += [each.cell for file in ("fair.toml", "wrong.toml", "empty.toml") for each in authored(name, file)]
        found = set().union(*(asked_of_the_student(source) for source in self.sources.values()))
        for source in answers:
            with contextlib.suppress(SyntaxError):  # some are no Python, on purpose
                found |= uses(source, own=False)
        return found

    def code_of(self, notebook):
        """The code cells of a notebook that matter here, with their marks; checks only say where they stand."""
        pairs = zip(notebook.marks, notebook.cells, strict=True)
        cells = [(mark, cell.source) for mark, cell in pairs if cell.cell_type == "code"]
        checks = [bool(mark and mark.kind == "check") for mark, _ in cells]
        run = [(source, bool(mark)) for (mark, source), check in zip(cells, checks, strict=True) if not check]
        keep = iter(needed(run, self.read_by_answers))
        return iter([cell for cell, check in zip(cells, checks, strict=True) if check or next(keep)])

    def namespace(self, exercise: str, cell: str | None = None) -> dict:
        """The names of a notebook where an exercise is checked, with one's own cell in place of the solved one."""
        names, solved = dict(self.before_check(exercise)), self.exercises[exercise][0]
        for statement in ast.parse(solved).body:
            names.pop(getattr(statement, "name", None), None)  # a cell that does not define it must not find it
        source = solved if cell is None else cell
        exec(compile(source, f"<{exercise}>", "exec"), names)
        return names

    def cells(self, notebook: str, *needles: str) -> dict:
        """Run the cells of a notebook that hold one of the texts, in their order; exercises are run solved."""
        names = {"__name__": "__main__"}
        for cell in self.assignment.notebook(notebook).cells:
            if cell.cell_type == "code" and any(needle in cell.source for needle in needles):
                exec(compile(cell.source, f"<{notebook}>", "exec"), names)
        return names

    def ask_one(self, names: dict, probe: Probe, seed: int) -> Answer:
        """One probe's reply from the answer in a namespace, through the same wire as a student's."""
        request = {
            "source": self.sources[probe.ask],
            "function": probe.ask.__name__,
            "inputs": pack(probe.inputs(seed)),
            "keras": self.is_keras(probe.check),
        }
        return decode(repr(asker.answer(json.dumps(request), names)))

    def ask(self, names: dict, exercise: str, seed: int) -> dict[str, Answer]:
        """Every probe's reply from the answer in a namespace."""
        return {probe.name: self.ask_one(names, probe, seed) for probe in self.assignment.probes_of(exercise)}

    def reference(self, exercise: str, seed: int) -> dict[str, Answer]:
        """What the solved notebook replies to every probe, asked once for each seed."""
        if (exercise, seed) not in self.known:
            self.known[exercise, seed] = self.ask(self.namespace(exercise), exercise, seed)
        return self.known[exercise, seed]

    def judge(self, exercise, replies, seed, wrong=None, out_of=10.0) -> CheckResult:
        """The judge's verdict."""
        probes = self.assignment.probes_of(exercise)
        return judge_check(exercise, out_of, probes, replies, self.reference(exercise, seed), wrong or {}, seed=seed)

    def earns_everything(self, exercise: str, cell: str, seed: int) -> bool:
        """Whether no probe tells a cell from the reference; the first one that does so is the last one asked."""
        expected = self.reference(exercise, seed)
        try:
            with limited(self.CELL_SECONDS):
                names = self.namespace(exercise, cell)
        except Exception:
            return False
        for probe in self.assignment.probes_of(exercise):
            with limited(probe.seconds):
                reply = {probe.name: self.ask_one(names, probe, seed)}
            alone = [replace(probe, requires="")]
            right = {probe.name: expected[probe.name]}
            if judge_check(exercise, 1.0, alone, reply, right, {}, seed=seed).points < 1.0:
                return False
        return True


@pytest.fixture(scope="session")
def in_process():
    """Give an assignment's name, get the assignment, whose answers are asked in this process."""
    return functools.cache(InProcess)


@pytest.fixture(scope="session")
def optimizers(in_process):
    """The assignment 2-optimizers."""
    return in_process("2-optimizers")


@pytest.fixture(autouse=True)
def same_numpy_afterwards():
    """An answer under test may change NumPy's error state; the next test must not notice."""
    with np.errstate():
        yield
