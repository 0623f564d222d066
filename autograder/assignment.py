"""An assignment as it is authored: one folder of ``solutions/``, read and checked."""

import functools
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import AuthoringError, CourseError
from autograder.misconceptions import Misconception, load_misconceptions
from autograder.notebooks import AuthoredNotebook, read_notebook
from autograder.probes import Probe, load_probes
from autograder.sandbox import limits
from autograder.sandbox.shadows import shadows

NOT_NOTEBOOKS = ("probes.py",)
OTHER_FILES = ("misconceptions.toml", "assignment.toml")
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


@dataclass(frozen=True)
class Assignment:
    """One folder of ``solutions/``.

    Parameters
    ----------
    folder : Path
        ``solutions/<name>``.
    notebooks : tuple of AuthoredNotebook
        Its notebooks, in the order of their names.
    probes : tuple of Probe
        What the judge asks.
    misconceptions : tuple of Misconception
        Known wrong answers.
    data : tuple of Path
        Files that are handed out beside the notebooks.
    watch : mapping of str to tuple of str
        By exercise, what its answer is not to use of a library; a hint for the instructor, never points.
    cell_seconds : float or None
        How long a cell may take when a hand-in is graded, where the usual limit is too short for honest answers.
    """

    folder: Path
    notebooks: tuple[AuthoredNotebook, ...]
    probes: tuple[Probe, ...]
    misconceptions: tuple[Misconception, ...]
    data: tuple[Path, ...] = ()
    watch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cell_seconds: float | None = None

    @property
    def name(self) -> str:
        return self.folder.name

    @functools.cached_property
    def version(self) -> str:
        """A hash of everything that decides a score: notebooks, probes, misconceptions and data."""
        digest = hashlib.sha256()
        files = [notebook.path for notebook in self.notebooks] + [self.folder / "probes.py"]
        for path in [*files, self.folder / "misconceptions.toml", *self.data]:
            if path.exists():
                content = path.read_bytes()
                digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:16]

    def notebook(self, name: str) -> AuthoredNotebook:
        """The notebook called ``name`` (without ``.ipynb``)."""
        return next(notebook for notebook in self.notebooks if notebook.name == name)

    def probes_of(self, check: str) -> list[Probe]:
        """The probes among which a check's points are shared."""
        return [probe for probe in self.probes if probe.check == check]

    @property
    def automatic_points(self) -> float:
        """What the checks of all notebooks are worth together."""
        return sum(check.points for notebook in self.notebooks for check in notebook.checks)

    @property
    def manual_points(self) -> float:
        """What the essay questions of all notebooks are worth together."""
        return sum(essay.points for notebook in self.notebooks for essay in notebook.essays)


def load_assignment(folder: Path) -> Assignment:
    """Read one folder of ``solutions/`` and refuse, with file and line, what makes no sense.

    Raises
    ------
    AuthoringError
        For a mark, a probe, a misconception or a file that does not fit the rest.
    """
    settings = read_settings(folder)
    data = settings.data
    sources = sorted(path for path in folder.glob("*.py") if path.name not in NOT_NOTEBOOKS and path not in data)
    if not sources:
        raise AuthoringError(f"{folder}: an assignment needs at least one notebook (a .py file), found none")
    expected = {path.name for path in sources} | {path.with_suffix(".ipynb").name for path in sources}
    expected |= set(NOT_NOTEBOOKS) | set(OTHER_FILES) | {path.name for path in data}
    for path in sorted(folder.iterdir()):
        if path.name not in expected and path.name not in ("__pycache__", ".ipynb_checkpoints"):
            raise AuthoringError(
                f"{path}: no notebook, probe or misconception; list it under `data` in assignment.toml if it is "
                "handed out, or remove it"
            )
    notebooks = tuple(read_notebook(path) for path in sources)
    checks = _unique_names(notebooks)
    probes = tuple(load_probes(folder / "probes.py")) if (folder / "probes.py").exists() else ()
    for probe in probes:
        for check in (probe.check, *probe.spoiled_by):
            if check not in checks:
                raise AuthoringError(
                    f"{folder / 'probes.py'}:{probe.line}: {probe.id!r} names the check {check!r}, which is none"
                )
    unprobed = [check for name, check in checks.items() if name not in {probe.check for probe in probes}]
    if unprobed:
        raise AuthoringError(
            f"{unprobed[0].path}:{unprobed[0].line}: no probe asks the check {unprobed[0].name!r}, so nobody could "
            "earn its points; add one to probes.py"
        )
    exercises = {mark.name for notebook in notebooks for mark in notebook.exercises}
    for name in settings.watch:
        if name not in exercises:
            raise AuthoringError(f"{folder / 'assignment.toml'}: watch names the exercise {name!r}, which is none")
    misconceptions = tuple(load_misconceptions(folder / "misconceptions.toml", notebooks))
    return Assignment(folder, notebooks, probes, misconceptions, data, settings.watch, settings.cell_seconds)


def find_assignments(root: Path) -> list[str]:
    """The names of all assignments below ``root/solutions``, in order."""
    solutions = root / "solutions"
    if not solutions.is_dir():
        raise CourseError(f"{root} holds no course: a folder called solutions was expected in it")
    return sorted(path.name for path in solutions.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))


def find_assignment(root: Path, name: str) -> Assignment:
    """Load the assignment called ``name``, or say which there are."""
    names = find_assignments(root)
    if name not in names:
        raise CourseError(f"no assignment is called {name!r}; there is {', '.join(names) or 'none yet'}")
    return load_assignment(root / "solutions" / name)


def when_changed(root: str, name: str) -> int:
    """When a file of an assignment was last changed, in nanoseconds: what is kept of it is good until then."""
    return max((path.stat().st_mtime_ns for path in (Path(root) / "solutions" / name).glob("*")), default=0)


@functools.lru_cache(maxsize=8)
def read_once(root: str, name: str, changed: int) -> Assignment:
    """An assignment as it stands in ``solutions/``, read again only when a file of it has changed."""
    return find_assignment(Path(root), name)


@dataclass(frozen=True)
class Settings:
    """What an assignment's ``assignment.toml`` sets.

    Parameters
    ----------
    data : tuple of Path
        Files that are handed out beside the notebooks.
    watch : mapping of str to tuple of str
        By exercise, the library's functions and classes that its answer is not to use.
    cell_seconds : float or None
        How long a cell may take; None for the usual limit.
    """

    data: tuple[Path, ...] = ()
    watch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cell_seconds: float | None = None


def read_settings(folder: Path) -> Settings:
    """Read an assignment's ``assignment.toml``; without one everything is as usual.

    Raises
    ------
    AuthoringError
        For what is no TOML, an unknown setting, or a value that makes no sense.
    """
    path = folder / "assignment.toml"
    if not path.exists():
        return Settings()
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuthoringError(f"{path}: not TOML: {error}") from None
    unknown = sorted(set(settings) - {"data", "watch", "cell_seconds"})
    if unknown:
        raise AuthoringError(f"{path}: unknown setting {unknown[0]!r}; only data, watch and cell_seconds are known")
    return Settings(
        _read_data(settings.get("data", []), path),
        _read_watch(settings.get("watch", {}), path),
        _read_seconds(settings.get("cell_seconds"), path),
    )


def listed_data(folder: Path) -> tuple[Path, ...]:
    """The files that an assignment's ``assignment.toml`` lists as handed out beside the notebooks."""
    return read_settings(folder).data


def _read_data(names, path):
    folder = path.parent
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise AuthoringError(f"{path}: data must be a list of file names, got {names!r}")
    for name in names:
        if Path(name).name != name or name.endswith(".ipynb") or name in NOT_NOTEBOOKS + OTHER_FILES:
            raise AuthoringError(f"{path}: data names {name!r}, which cannot be handed out beside the notebooks")
        if not (folder / name).is_file():
            raise AuthoringError(f"{path}: data names {name!r}, which is no file in {folder.name}")
        if name in shadows(folder):
            raise AuthoringError(
                f"{path}: data names {name!r}, which would be imported in place of a library; give it another name"
            )
    return tuple(folder / name for name in names)


def _read_seconds(seconds, path):
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= limits.CPU_SECONDS:
        raise AuthoringError(
            f"{path}: cell_seconds must be a number above 0 and at most {limits.CPU_SECONDS}, which a whole notebook "
            f"may take, got {seconds!r}"
        )
    return float(seconds)


def _read_watch(watch, path):
    if not isinstance(watch, dict):
        raise AuthoringError(f"{path}: watch must be a table of exercises, got {watch!r}")
    for exercise, names in watch.items():
        if not isinstance(names, list) or not all(isinstance(name, str) and DOTTED.fullmatch(name) for name in names):
            raise AuthoringError(
                f"{path}: watch.{exercise} must be a list of names as they are imported (keras.random.dropout), got "
                f"{names!r}"
            )
    return {exercise: tuple(names) for exercise, names in watch.items()}


def _unique_names(notebooks):
    seen, checks = {}, {}
    for notebook in notebooks:
        for cell in notebook.marked:
            before = seen.setdefault(cell.name, cell)  # a check shares its exercise's name
            if before is not cell and not (cell.kind == "check" and before.kind == "exercise"):
                raise AuthoringError(
                    f"{cell.path}:{cell.line}: the name {cell.name!r} is taken by the {before.kind} at "
                    f"{before.path.name}:{before.line}; names are unique in an assignment"
                )
        checks |= {check.name: check for check in notebook.checks}
    return checks
