"""What a probe is: its inputs are drawn outside, its question is asked inside, and its check's points are shared.

A probe has two halves. ``draw`` runs in the grader and makes inputs from a seeded generator. ``ask`` runs in the
process that holds the answer under test (the reference, a misconception, or a student's) and hands back named arrays.
Neither half knows the right answer: the judge compares what comes back with what the solved notebook gave back.
"""

import ast
import builtins
import functools
import inspect
import math
import textwrap
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.errors import AuthoringError

# Names an asking half may use without importing them: the asker puts them there, and nothing else.
PROVIDED = frozenset({"np", "keras"})
LARGEST_FALSE_ALARM = 1e-6  # how often a right answer may fail one probe, by the luck of its own draws


@dataclass(frozen=True)
class Measurement:
    """What a random answer is judged by: a number measured in what came back, and how far luck alone may move it.

    Parameters
    ----------
    value : float or ndarray
        The number (or numbers) measured.
    margin : float or ndarray
        How far the value of a right answer may lie from the reference's own value on the same inputs. It must follow
        from the inputs alone; ``autograder.chance`` has margins whose false alarms are known.
    """

    value: Any
    margin: Any


@dataclass(frozen=True)
class Probe:
    """One question that the judge asks of one exercise.

    Parameters
    ----------
    check : str
        The check whose points this probe shares, which is also the exercise's name.
    name : str
        What this probe is called within its check, in lower case with hyphens.
    question : str
        What is asked, in words that finish the sentence "Asked: …", such as "six steps with changing gradients".
    draw : callable
        ``draw(rng) -> dict``: the inputs, from a ``numpy.random.Generator``: arrays, numbers, strings, booleans, None,
        or lists and dicts of these.
    ask : callable
        ``ask(student, inputs) -> dict``: named outputs, each an array or a number. ``student.name`` is what the
        notebook calls ``name``. The function stands alone: it may use ``np`` (and ``keras`` in a Keras notebook),
        builtins, and what it imports itself from the standard library; its source is sent to where it runs.
    weight : float
        Its share of the check's points, relative to the check's other probes.
    requires : str
        The name of a probe of the same check without which this one earns nothing: for properties, such as
        "the arguments keep their values", that an answer of zeros would also have.
    spoiled_by : tuple of str
        Other checks whose mistakes make this probe fail too (a backward pass read through a wrong forward pass).
    seconds : float
        The longest a student's answer may take. The reference must answer within one second.
    measure : callable, optional
        For random answers: ``measure(inputs, outputs) -> dict`` of :class:`Measurement` by name. It runs in the grader,
        on what came back from the student and from the reference, and these two are compared instead of the outputs.
        Kind and shape of the outputs are compared with the reference's before it is called.
    false_alarm : float
        The chance that a right answer fails this probe by luck: 0 without ``measure``, at most 1e-6 with it.
    drawn_with : str
        The name of a probe of the same check that gets the same random numbers: with the same ``draw``, the same
        inputs. For two questions about one thing that was drawn, of which one ``requires`` the other.
    own_only : bool
        Whether it is asked of the known mistakes in its own exercise alone, and not of those in exercises that it goes
        through: for answers that take long and hang on luck, of which no mistake elsewhere could be told.
    """

    check: str
    name: str
    question: str
    draw: Callable[[np.random.Generator], dict[str, Any]]
    ask: Callable[[Any, dict[str, Any]], dict[str, Any]]
    weight: float = 1.0
    requires: str = ""
    spoiled_by: tuple[str, ...] = ()
    seconds: float = 10.0
    measure: Callable[[dict[str, Any], dict[str, np.ndarray]], dict[str, Measurement]] | None = None
    false_alarm: float = 0.0
    drawn_with: str = ""
    own_only: bool = False

    @property
    def id(self) -> str:
        """The probe's name within its assignment, such as ``adagrad_step/trajectory``."""
        return f"{self.check}/{self.name}"

    @property
    def line(self) -> int:
        """The line of ``probes.py`` at which the asking half begins."""
        return self.ask.__code__.co_firstlineno

    def inputs(self, seed: int) -> dict[str, Any]:
        """Draw this probe's inputs: the same for the same seed, and independent of every probe not drawn with it."""
        words = [seed, *f"{self.check}/{self.drawn_with or self.name}".encode()]
        return self.draw(np.random.default_rng(words))

    def source(self) -> str:
        """The asking half as source text that defines one function, whose name is ``ask.__name__``."""
        return _source_of(self.ask)


@functools.cache
def _source_of(ask):
    """Read once, when the probes are loaded, so that a later edit of the file cannot mix two versions."""
    return textwrap.dedent(inspect.getsource(ask))


def load_probes(path: Path) -> list[Probe]:
    """Read ``PROBES`` from an assignment's ``probes.py`` and refuse what could not be asked.

    Parameters
    ----------
    path : Path
        The file; it must define ``PROBES``, a list of :class:`Probe`.

    Raises
    ------
    AuthoringError
        If the file does not run or does not define the list, two probes share a name, a ``requires`` or a
        ``drawn_with`` names no probe of the same check, a weight or a time is not positive, or an asking half is no
        function or uses a name that will not exist where it runs.
    """
    probes = getattr(_run_file(path), "PROBES", None)
    if not isinstance(probes, list) or not all(isinstance(probe, Probe) for probe in probes):
        raise AuthoringError(f"{path}: PROBES must be a list of Probe, got {type(probes).__name__}")
    names = set()
    for probe in probes:
        if not inspect.isfunction(probe.ask) or probe.ask.__name__ == "<lambda>":
            raise AuthoringError(
                f"{path}: the asking half of {probe.id!r} must be a function made with def, got {probe.ask!r}"
            )
        where = f"{path}:{probe.line}"
        if probe.id in names:
            raise AuthoringError(f"{where}: two probes are called {probe.id!r}; a probe's name is unique in its check")
        names.add(probe.id)
        for what, number in (("weight", probe.weight), ("seconds", probe.seconds)):
            if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < math.inf:
                raise AuthoringError(f"{where}: the {what} of {probe.id!r} must be a number above 0, got {number!r}")
        if not _is_chance(probe):
            raise AuthoringError(
                f"{where}: {probe.id!r} needs a false alarm above 0 and at most {LARGEST_FALSE_ALARM:g} where it has a "
                f"measure, and none where it has not; got {probe.false_alarm!r}"
            )
        stray = sorted(free_names(probe.source()) - PROVIDED - set(dir(builtins)))
        if stray:
            raise AuthoringError(
                f"{where}: the asking half of {probe.id!r} uses {', '.join(stray)}, which it neither imports "
                "nor defines; it runs alone, in another process"
            )
    by_id = {probe.id: probe for probe in probes}
    for probe in probes:
        required = by_id.get(f"{probe.check}/{probe.requires}")
        if probe.requires and required is None:
            raise AuthoringError(
                f"{path}:{probe.line}: {probe.id!r} requires {probe.requires!r}, which is no probe of {probe.check!r}"
            )
        if probe.drawn_with and f"{probe.check}/{probe.drawn_with}" not in by_id:
            raise AuthoringError(
                f"{path}:{probe.line}: {probe.id!r} is drawn with {probe.drawn_with!r}, which is no probe of "
                f"{probe.check!r}"
            )
        if probe.requires and required.requires:
            raise AuthoringError(
                f"{path}:{probe.line}: {probe.id!r} requires {probe.requires!r}, which itself requires another probe; "
                "name one that checks values"
            )
        if probe.check in probe.spoiled_by:
            raise AuthoringError(f"{path}:{probe.line}: {probe.id!r} is said to be spoiled by its own check")
    return probes


def _is_chance(probe):
    """Whether a probe's false alarm is a number that fits its having a measure or not."""
    chance = probe.false_alarm
    if isinstance(chance, bool) or not isinstance(chance, int | float):
        return False
    return 0 < chance <= LARGEST_FALSE_ALARM if probe.measure else chance == 0


def _run_file(path):
    """Run ``probes.py`` as a module; nothing is cached beside it."""
    module = ModuleType(f"probes_of_{path.parent.name.replace('-', '_')}")
    module.__file__ = str(path)
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    except Exception as error:
        if isinstance(error, SyntaxError) and error.filename == str(path):
            line, reason = error.lineno, error.msg
        else:
            frames = traceback.extract_tb(error.__traceback__)
            line = next((frame.lineno for frame in reversed(frames) if frame.filename == str(path)), 1)
            reason = error
        raise AuthoringError(f"{path}:{line}: {type(error).__name__}: {reason}") from None
    return module


def free_names(source: str) -> set[str]:
    """Names that a function's source reads and does not bind: what it expects to find around it."""
    tree = ast.parse(source)
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    read = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return read - bound


def share(points: float, probes: list[Probe], passed: set[str]) -> float:
    """The part of a check's points that the passed probes earn.

    Parameters
    ----------
    points : float
        What the whole check is worth.
    probes : list of Probe
        All probes of the check.
    passed : set of str
        Names (within the check) of the probes whose answer was right.

    Returns
    -------
    float
        Rounded to two decimals; exactly ``points`` when every probe passed.
    """
    earning = [p for p in probes if p.name in passed and (not p.requires or p.requires in passed)]
    if len(earning) == len(probes):
        return points
    return round(points * sum(p.weight for p in earning) / sum(p.weight for p in probes), 2)


def worth(points: float, probe: Probe, probes: list[Probe]) -> float:
    """One probe's own part of a check's points, not rounded."""
    return points * probe.weight / sum(other.weight for other in probes)
