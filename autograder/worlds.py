"""The first two worlds in which a probe is asked: the reference, and each misconception.

The third, a student's kernel, is in ``preprocessors``. Expected values are only ever computed here, by running the
solved notebook; nothing stores a second copy of an answer but the cache that this file writes.
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from nbclient.exceptions import CellExecutionError

from autograder.assignment import Assignment
from autograder.errors import AuthoringError
from autograder.files import replace_file
from autograder.misconceptions import Misconception
from autograder.probes import Probe
from autograder.sandbox.kernel import KernelLost, OwnNotebookClient, QuestionTimedOut
from autograder.wire import ASKER, Answer, BadReply, Other, decode, question

REFERENCE_SECONDS = 10.0
LIBRARIES = ("numpy", "keras", "ipykernel")


@dataclass(frozen=True)
class Expected:
    """What the reference and each misconception answer, for one seed.

    Parameters
    ----------
    reference : mapping of str to mapping of str to Answer
        By check, then by probe name.
    wrong : mapping of str to mapping of Misconception to mapping of str to Answer
        By check, then by misconception, then by probe name.
    """

    reference: Mapping[str, Mapping[str, Answer]]
    wrong: Mapping[str, Mapping[Misconception, Mapping[str, Answer]]]


def is_keras(notebook) -> bool:
    """Whether a notebook is of the Keras half: its code imports keras."""
    lines = (line.strip() for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines())
    return any(line.startswith(("import keras", "from keras")) for line in lines)


def expected_answers(assignment: Assignment, seed: int, cache: Path | None = None, say=print) -> Expected:
    """Ask the reference and every misconception all probes, or read what they said from the cache.

    Parameters
    ----------
    assignment : Assignment
        Whose probes.
    seed : int
        From which the probes draw their inputs.
    cache : Path, optional
        A folder where the replies are kept, keyed by all that they depend on.
    say : callable
        Is told, in a line, what takes long.

    Raises
    ------
    AuthoringError
        If a probe fails in the reference or gives back nothing to compare.
    """
    said = None
    if cache:
        path = cache / f"{assignment.name}-{_key(assignment, seed)}.json"
        if path.exists():
            said = json.loads(path.read_text(encoding="utf-8"))
    if said is None:
        said = {}
        for notebook in assignment.notebooks:
            say(f"{assignment.name}: asking the solved {notebook.name} and its known mistakes")
            said |= _ask_notebook(assignment, notebook, seed)
        expected = _read(assignment, said)  # refuses what must not be kept
        if cache:
            cache.mkdir(parents=True, exist_ok=True)
            replace_file(path, json.dumps(said).encode())
        return expected
    return _read(assignment, said)


def _key(assignment, seed):
    parts = [assignment.version, str(seed), ASKER, *(f"{name} {version(name)}" for name in LIBRARIES)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _ask_notebook(assignment, notebook, seed):
    """Replies as they came over the wire: {check: {"reference": {probe: text}, "wrong": {mistake: {probe: text}}}}."""
    solved, keras, said = notebook.solved(), is_keras(notebook), {}
    checks = {mark.grade_id: mark.name for mark in notebook.checks}
    exercises = {mark.name: mark.source for mark in notebook.exercises}
    wrong_ones = assignment.folder / "misconceptions.toml"
    with tempfile.TemporaryDirectory() as folder:
        for path in assignment.data:
            (Path(folder) / path.name).write_bytes(path.read_bytes())
        world = OwnNotebookClient(solved, resources={"metadata": {"path": folder}})
        with world.setup_kernel():
            for index, cell in enumerate(solved.cells):
                name = checks.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
                if name is None:
                    _run(world, cell, index, notebook)
                    continue
                probes = assignment.probes_of(name)
                said[name] = {"reference": _ask(world, probes, seed, keras, str(notebook.path)), "wrong": {}}
                for mistake in assignment.misconceptions:
                    if mistake.exercise == name:
                        _become(world, mistake, wrong_ones)
                        who = f"{wrong_ones}: {mistake.name!r}"
                        said[name]["wrong"][mistake.name] = _ask(world, probes, seed, keras, who)
                world.ask(exercises[name], "0", REFERENCE_SECONDS)
                if len(said) == len(checks):
                    break
    return said


def _run(world, cell, index, notebook):
    try:
        world.execute_cell(cell, index)
    except CellExecutionError as error:
        reason = f"{error.ename}: {error.evalue}".strip()
        raise AuthoringError(f"{notebook.path}: the solved notebook fails when it runs: {reason}") from None


def _ask(world, probes: list[Probe], seed, keras, who):
    said = {}
    for probe in probes:
        try:
            said[probe.name] = world.ask(*question(probe, probe.inputs(seed), keras), REFERENCE_SECONDS)
        except QuestionTimedOut:
            said[probe.name] = None
        except KernelLost as lost:
            raise AuthoringError(f"{who} gives no reply to {probe.id!r}: {lost}") from None
    return said


def _become(world, mistake, where):
    try:
        world.ask(mistake.wrong_cell, "0", REFERENCE_SECONDS)
    except (QuestionTimedOut, KernelLost):
        raise AuthoringError(f"{where}: {mistake.name!r} does not even run: its cell hangs or dies") from None


def _read(assignment, said):
    mistakes = {mistake.name: mistake for mistake in assignment.misconceptions}
    reference, wrong = {}, {}
    for check, replies in said.items():
        reference[check] = {}
        for name, text in replies["reference"].items():
            reference[check][name] = _reference_answer(assignment, f"{check}/{name}", text)
        wrong[check] = {
            mistakes[mistake]: {name: answer for name, text in asked.items() if (answer := _wrong_answer(text))}
            for mistake, asked in replies["wrong"].items()
        }
    return Expected(reference, wrong)


def _reference_answer(assignment, probe, text):
    where = f"{assignment.folder / 'probes.py'}: {probe!r}"
    try:
        answer = decode(text)
    except BadReply:
        raise AuthoringError(f"{where} got no reply from the reference") from None
    if answer.failure:
        raise AuthoringError(f"{where} fails in the reference: {answer.failure.type}: {answer.failure.message}")
    if not answer.outputs:
        raise AuthoringError(f"{where} yields nothing in the reference")
    for name, value in answer.outputs.items():
        if isinstance(value, Other):
            raise AuthoringError(f"{where} yields {name!r} in the reference as {value.type}, expected an array")
    return answer


def _wrong_answer(text):
    try:
        return decode(text)
    except BadReply:
        return None
