"""The first two worlds in which a probe is asked: the reference, and each misconception.

The third, a student's kernel, is in ``preprocessors``. Expected values are only ever computed here, by running the
solved notebook; nothing stores a second copy of an answer but the cache that this file writes.
"""

import ast
import hashlib
import json
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
from nbclient.exceptions import CellExecutionError

from autograder.assignment import Assignment
from autograder.errors import AuthoringError
from autograder.files import replace_file
from autograder.misconceptions import Misconception
from autograder.probes import Measurement, Probe
from autograder.sandbox.kernel import KernelLost, OwnNotebookClient, QuestionTimedOut
from autograder.wire import ASKER, Answer, BadReply, Other, decode, question

REFERENCE_SECONDS = 10.0
ONE_SECOND = 1.0  # the longest that the reference may take to answer a probe, on a machine that takes LOOP_SECONDS
LOOP_SECONDS = 0.025  # for the loop in `slowness`
# A variant may define names of its own, or others anew, and make NumPy strict: all that is put back after it.
KEEP = "import numpy as __judge_numpy__\n__judge_kept__ = __judge_numpy__.geterr(), dict(globals())"
RESTORE = """__judge_numpy__.seterr(**__judge_kept__[0])
(lambda names, kept: (names.clear(), names.update(kept)))(globals(), __judge_kept__[1])"""
LIBRARIES = ("numpy", "keras", "ipykernel")


@dataclass(frozen=True)
class Expected:
    """What the reference and each misconception answer, for one seed.

    Parameters
    ----------
    reference : mapping of str to mapping of str to Answer
        By check, then by probe name.
    wrong : mapping of str to mapping of Misconception to mapping of str to Answer
        By check, then by misconception (of its own exercise, or of one that it goes through), then by probe name. A
        notebook's mistakes are asked when one of its checks is first looked up, so only where somebody failed.
    """

    reference: Mapping[str, Mapping[str, Answer]]
    wrong: Mapping[str, Mapping[Misconception, Mapping[str, Answer]]]


class WrongAnswers(Mapping):
    """What each misconception answers, by check, asked notebook by notebook when it is first wanted.

    Parameters
    ----------
    assignment : Assignment
        Whose misconceptions.
    ask : callable
        Given one of its notebooks, asks that one's mistakes: {check: {misconception: {probe: Answer}}}.
    """

    def __init__(self, assignment: Assignment, ask):
        self._ask, self._asked = ask, {}
        self._notebooks = {mark.name: notebook for notebook in assignment.notebooks for mark in notebook.checks}

    def __getitem__(self, check):
        notebook = self._notebooks[check]
        if notebook.name not in self._asked:
            self._asked[notebook.name] = self._ask(notebook)
        return self._asked[notebook.name][check]

    def __iter__(self):
        return iter(self._notebooks)

    def __len__(self):
        return len(self._notebooks)


def is_keras(notebook) -> bool:
    """Whether a notebook is of the Keras half: its code imports keras."""
    lines = (line.strip() for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines())
    return any(line.startswith(("import keras", "from keras")) for line in lines)


def expected_answers(assignment: Assignment, seed: int, cache: Path | None = None, say=print) -> Expected:
    """Ask the reference all probes, and every misconception when it is wanted, or read what they said from the cache.

    A misconception is asked the probes of its own check, and those of every later check that goes through its exercise,
    but for the ones that are ``own_only``.

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
    where = assignment.folder / "misconceptions.toml"
    known = {mistake.name: mistake for mistake in assignment.misconceptions}

    def asked(notebook, *mistakes):
        """One notebook's replies, of the reference or of its mistakes, asked now or read from the cache."""
        who = "known mistakes" if mistakes else "reference"
        path = cache and cache / f"{assignment.name}-{key_of(assignment, seed)}-{notebook.name}-{who.split()[-1]}.json"
        if path and path.exists():
            return read_answers(assignment, json.loads(path.read_text(encoding="utf-8")))
        say(f"{assignment.name}: asking the {who} of {notebook.name}")
        said = ask_notebook(assignment, notebook, seed, mistakes, reference=not mistakes)
        answers = read_answers(assignment, said)  # refuses what must not be kept
        if path:
            cache.mkdir(parents=True, exist_ok=True)
            replace_file(path, json.dumps(said).encode())
        return answers

    def wrong_ones(notebook):
        own = {mark.name for mark in notebook.exercises}
        mistakes = [Variant(m.name, m.exercise, m.wrong_cell, where) for m in known.values() if m.exercise in own]
        if not mistakes:
            return {mark.name: {} for mark in notebook.checks}
        answers = asked(notebook, *mistakes)
        return {check: {known[name]: each for name, each in found["wrong"].items()} for check, found in answers.items()}

    right = {}
    for notebook in assignment.notebooks:
        right |= {check: found["reference"] for check, found in asked(notebook).items()}
    return Expected(right, WrongAnswers(assignment, wrong_ones))


def key_of(assignment: Assignment, seed: int) -> str:
    """A hash of all that the replies of the reference and its known mistakes depend on."""
    parts = [assignment.version, str(seed), ASKER, *(f"{name} {version(name)}" for name in LIBRARIES)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Variant:
    """An exercise's cell as somebody else would have written it: a misconception, or a fair answer.

    Parameters
    ----------
    name : str
        Unique among the variants that are asked together.
    exercise : str
        Whose cell it replaces.
    cell : str
        The whole cell.
    where : Path
        The file that it comes from, for error messages.
    """

    name: str
    exercise: str
    cell: str
    where: Path


def ask_notebook(
    assignment: Assignment, notebook, seed: int, variants: Sequence[Variant] = (), reference: bool = True
) -> dict:
    """Run a solved notebook and ask each check's probes: of the reference, and of every variant that they can meet.

    Parameters
    ----------
    assignment : Assignment
        Whose probes.
    notebook : AuthoredNotebook
        One of its notebooks.
    seed : int
        From which the probes draw their inputs.
    variants : sequence of Variant
        Who is asked beside the reference.
    reference : bool
        Whether the reference is asked.

    Returns
    -------
    dict
        Replies as they came over the wire: {check: {"reference": {probe: text}, "wrong": {variant: {probe: text}}}}.
        A text is None where no answer came in time.
    """
    keras, said = is_keras(notebook), {}
    exercises = {mark.name: mark.source for mark in notebook.exercises}
    for world, mark in _checks(assignment, notebook):
        name, probes = mark.name, assignment.probes_of(mark.name)
        right = _ask(world, probes, seed, keras, str(notebook.path)) if reference else {}
        replies = {"reference": right, "wrong": {}}
        through = [probe for probe in probes if not probe.own_only]
        for exercise in [name, *goes_through(assignment, notebook, name)] if through else [name]:
            for variant in variants:
                if variant.exercise == exercise:
                    world.ask(KEEP, "0", REFERENCE_SECONDS)
                    _become(world, variant)
                    if exercise != name:  # what was defined by means of the exercise is defined anew
                        world.ask(exercises[name], "0", REFERENCE_SECONDS)
                    who = f"{variant.where}: {variant.name!r}"
                    asked = probes if exercise == name else through
                    replies["wrong"][variant.name] = _ask(world, asked, seed, keras, who)
                    world.ask(RESTORE, "0", REFERENCE_SECONDS)
        said[name] = replies
    return said


def goes_through(assignment: Assignment, notebook, check: str) -> list[str]:
    """The notebook's earlier exercises that a check's exercise or its probes mention, declared or not."""
    probes = assignment.probes_of(check)
    texts = [mark.source for mark in notebook.exercises if mark.name == check]
    texts += [text for probe in probes for text in (probe.source(), *_strings(probe.inputs(0)))]
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    found = []
    for mark in notebook.exercises:
        if mark.name == check:
            break
        declared = any(mark.name in probe.spoiled_by for probe in probes)
        if declared or words & _defined(mark.source):
            found.append(mark.name)
    return found


def _defined(cell):
    """The names of a cell's functions and classes."""
    return {node.name for node in ast.parse(cell).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def verify_probes(assignment: Assignment, say=print) -> None:
    """Refuse a probe that the judge could not rely on, by asking the reference each one twice, with two seeds.

    Raises
    ------
    AuthoringError
        Names the first probe that raises in the reference, yields nothing, yields other names the second time, takes
        more than a second, gives back nothing but what it was given without requiring a probe of values, or whose
        measure fails.
    """
    for notebook in assignment.notebooks:
        say(f"{assignment.name}: asking the solved {notebook.name} every probe twice")
        keras = is_keras(notebook)
        for world, mark in _checks(assignment, notebook):
            for probe in assignment.probes_of(mark.name):
                _verify(assignment, notebook, probe, world, keras)


def _verify(assignment, notebook, probe, world, keras):
    answers, seconds = [], []
    where = f"{assignment.folder / 'probes.py'}:{probe.line}: {probe.id!r}"
    for seed in (1, 2, 2, 2):
        if len(answers) > 1 and min(seconds) <= ONE_SECOND:
            break  # the third time and the fourth are for a probe that was slow: the machine may have been busy
        kernel = world.km.provisioner.pid
        before, waited, started = slowness(), waiting(kernel), time.perf_counter()
        text = _ask(world, [probe], seed, keras, str(notebook.path))[probe.name]
        took = time.perf_counter() - started - waited_since(waited, waiting(kernel))
        seconds.append(took / max(1.0, (before + slowness()) / 2))
        if text is None:
            raise AuthoringError(f"{where} takes more than {REFERENCE_SECONDS:g} seconds in the reference")
        answers.append(_reference_answer(assignment, probe.id, text))
    names = [sorted(answer.outputs) for answer in answers[:2]]
    if names[0] != names[1]:
        other = sorted(set(names[0]) ^ set(names[1]))[0]
        raise AuthoringError(f"{where} yields {other!r} in one run and not in the other")
    if min(seconds) > ONE_SECOND:
        raise AuthoringError(
            f"{where} takes {min(seconds):.1f} seconds in the reference; at most one is allowed, so that a class of "
            "hundreds can be graded"
        )
    inputs = probe.inputs(2)
    if probe.measure:
        _verify_measure(where, probe, inputs, answers[1])
        return
    given = [array for array in _arrays(inputs) if array.size]
    outputs = answers[1].outputs.values()
    if not probe.requires and all(any(_equal(value, array) for array in given) for value in outputs):
        raise AuthoringError(
            f"{where} expects nothing but what it hands in, so an answer that does nothing would earn it; give it "
            "`requires`, the name of a probe that checks values"
        )


def slowness() -> float:
    """How many times as long as on a machine of the usual kind a short loop computes here and now."""
    started, total = time.process_time(), 0
    for number in range(300_000):
        total += number * number % 7
    return (time.process_time() - started) / LOOP_SECONDS


def waiting(pid: int) -> dict[Path, float]:
    """For each thread of a process and its children, the seconds that it was ready and had no processor, so far."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return {}
    found = {}
    for process in processes:
        for counts in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):  # none where the system does not count
            with suppress(OSError):  # a thread that has just ended
                found[counts] = int(counts.read_text().split()[1]) / 1e9
    return found


def waited_since(before: dict[Path, float], now: dict[Path, float]) -> float:
    """How long the thread that waited most has waited in between, in seconds."""
    return max((seconds - before.get(thread, 0.0) for thread, seconds in now.items()), default=0.0)


def _verify_measure(where, probe, inputs, answer):
    try:
        one = probe.measure(inputs, answer.outputs)
    except Exception as error:
        raise AuthoringError(f"{where}: its measure fails on the reference: {type(error).__name__}: {error}") from None
    if not one or not all(isinstance(found, Measurement) for found in one.values()):
        raise AuthoringError(f"{where}: its measure must give Measurements by name, got {one!r:.80}")
    if not all(np.isfinite(found.value).all() and np.isfinite(found.margin).all() for found in one.values()):
        raise AuthoringError(f"{where}: its measure gives a number that is not finite in the reference")


def _arrays(value):
    if isinstance(value, np.ndarray | np.generic):
        yield np.asarray(value)
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _arrays(item)


def _equal(value, array):
    return value.shape == array.shape and np.array_equal(value, array)


def _checks(assignment, notebook) -> Iterator:
    """Run a solved notebook in a kernel of its own and stop at each check: yields the kernel and the check's mark."""
    solved = notebook.solved()
    checks = {mark.grade_id: mark for mark in notebook.checks}
    with tempfile.TemporaryDirectory() as folder:
        for path in assignment.data:
            (Path(folder) / path.name).write_bytes(path.read_bytes())
        where = {"metadata": {"path": folder}}
        world = OwnNotebookClient(solved, numpy_only=not is_keras(notebook), resources=where)
        with world.setup_kernel():
            left = len(checks)
            for index, cell in enumerate(solved.cells):
                mark = checks.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
                if mark is None:
                    _run(world, cell, index, notebook)
                    continue
                yield world, mark
                left -= 1
                if not left:
                    break


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


def _become(world, variant):
    try:
        world.ask(variant.cell, "0", REFERENCE_SECONDS)
    except (QuestionTimedOut, KernelLost):
        raise AuthoringError(f"{variant.where}: {variant.name!r} does not even run: its cell hangs or dies") from None


def read_answers(assignment: Assignment, said: dict) -> dict:
    """What ``ask_notebook`` gives, decoded: {check: {"reference": {probe: Answer}, "wrong": {variant: …}}}.

    A variant's probe that got no answer in time, or one that nobody can read, is left out.

    Raises
    ------
    AuthoringError
        If a probe fails in the reference or gives back nothing to compare.
    """
    answers = {}
    for check, replies in said.items():
        reference = {
            name: _reference_answer(assignment, f"{check}/{name}", text) for name, text in replies["reference"].items()
        }
        wrong = {
            variant: {name: answer for name, text in asked.items() if (answer := _wrong_answer(text))}
            for variant, asked in replies["wrong"].items()
        }
        answers[check] = {"reference": reference, "wrong": wrong}
    return answers


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
