"""Experiments that take longer than a page may: run by a command, kept as small tables that know their code."""

import argparse
import ast
import datetime
import hashlib
import importlib.util
import json
import platform
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

__all__ = ["Experiment", "StaleTableError", "Table", "differences", "load_experiment", "load_table"]

BOOK = Path(__file__).resolve().parent.parent
FOLDER = BOOK / "experiments"


class StaleTableError(RuntimeError):
    """A table was made by other code than there is now, or is not there; the message says what to run."""


def without_docstrings(tree: ast.AST) -> ast.AST:
    """Take the docstrings out of a module, so that a word in one does not ask for minutes of computing."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            node.body = body[1:] or [ast.Pass()]
    return tree


def imported(tree: ast.AST) -> set[str]:
    """The modules of nn2 that a module imports, by their names without ``nn2.``."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "nn2":
            found |= {node.module.partition(".")[2]} if "." in node.module else {name.name for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name.partition(".")[2] for name in node.names if name.name.startswith("nn2.")}
    return found


def code_files(script: Path) -> list[Path]:
    """A script and every module of nn2 that it imports, directly or through others."""
    files, waiting = {}, [script]
    while waiting:
        path = waiting.pop()
        if path in files or not path.is_file():
            continue
        files[path] = imported(ast.parse(path.read_text(encoding="utf-8")))
        waiting += [BOOK / "nn2" / f"{name}.py" for name in files[path]]
    return [script, *sorted(path for path in files if path != script)]


def code_hash(script: Path) -> str:
    """A hash of what a script computes: of the syntax trees, without comments and docstrings; 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in code_files(script):
        tree = without_docstrings(ast.parse(path.read_text(encoding="utf-8")))
        digest.update(f"{path.name}\0{ast.dump(tree)}\0".encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Experiment:
    """A script in ``book/experiments/``: its rows' settings, and how one row is run.

    Parameters
    ----------
    script : Path
    """

    script: Path

    @property
    def name(self) -> str:
        """The script's name without ``.py``."""
        return self.script.stem

    @property
    def table_path(self) -> Path:
        """Where its table is kept."""
        return self.script.with_suffix(".json")

    @cached_property
    def module(self):
        """The script, imported."""
        spec = importlib.util.spec_from_file_location(f"experiment_{self.name}", self.script)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def run_row(self, settings: dict) -> dict:
        """Run one row; the results come back as JSON would hold them."""
        return json.loads(json.dumps(self.module.run(**settings), default=plain))

    def run(self, say=print) -> dict:
        """Run all rows; return the table, ready for JSON: ``provenance`` and ``rows``."""
        begun, rows = time.perf_counter(), []
        for number, settings in enumerate(self.module.rows(), 1):
            before = time.perf_counter()
            rows.append(settings | self.run_row(settings))
            say(f"{self.name} {number}: {settings} ({time.perf_counter() - before:.1f} s)")
        provenance = {
            "command": f"make experiments NAME={self.name}",
            "code": code_hash(self.script),
            "date": datetime.date.today().isoformat(),
            "seconds": round(time.perf_counter() - begun, 1),
            "versions": versions(),
        }
        return {"provenance": provenance, "rows": rows}

    def write(self, table: dict) -> None:
        """Keep a table, a row a line, so that a change of one row is a change of one line."""
        rows = ",\n".join("  " + json.dumps(row) for row in table["rows"])
        provenance = json.dumps(table["provenance"], indent=1)
        self.table_path.write_text(f'{{"provenance": {provenance},\n"rows": [\n{rows}\n]}}\n', encoding="utf-8")

    def is_fresh(self) -> bool:
        """Whether the kept table was made by this code."""
        if not self.table_path.is_file():
            return False
        return json.loads(self.table_path.read_text(encoding="utf-8"))["provenance"]["code"] == code_hash(self.script)


def plain(value):
    """Let NumPy's numbers and arrays into JSON."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"an experiment's result: expected numbers, text or lists of them, got {type(value).__name__}")


def versions() -> dict[str, str]:
    """The versions of what computes."""
    import keras

    return {"python": platform.python_version(), "numpy": np.__version__, "keras": keras.__version__,
            "backend": keras.backend.backend()}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A kept table.

    Parameters
    ----------
    rows : list of dict
        Settings and results of each row.
    provenance : dict
        ``command``, ``code``, ``date``, ``seconds`` and ``versions``.
    """

    rows: list
    provenance: dict

    def where(self, **settings) -> "Table":
        """Return the table of those rows that have all these settings.

        Raises
        ------
        ValueError
            If there is none.
        """
        rows = [row for row in self.rows if all(row.get(name) == value for name, value in settings.items())]
        if not rows:
            raise ValueError(f"the table has no row with {settings}")
        return Table(rows, self.provenance)

    def column(self, name: str, **settings) -> np.ndarray:
        """Return one entry of each row (with these settings): ndarray of shape (rows, ...)."""
        return np.array([row[name] for row in self.where(**settings).rows], dtype=None)


def load_experiment(name: str, folder: Path | None = None) -> Experiment:
    """Find an experiment by its name, in ``book/experiments/`` or another folder.

    Raises
    ------
    ValueError
        If there is no such script.
    """
    folder = folder or FOLDER
    script = folder / f"{name}.py"
    if not script.is_file():
        known = sorted(path.stem for path in folder.glob("*.py"))
        raise ValueError(f"experiment: expected one of {', '.join(known) or 'none yet'}, got {name}")
    return Experiment(script)


def load_table(name: str, folder: Path | None = None) -> Table:
    """Read an experiment's table.

    Parameters
    ----------
    name : str
        Of the script.
    folder : Path, optional
        Where it lies, if not in ``book/experiments/``.

    Returns
    -------
    Table

    Raises
    ------
    StaleTableError
        If the table is missing, or the code has changed since it was made.
    """
    experiment = load_experiment(name, folder)
    if not experiment.is_fresh():
        state = "was made by other code" if experiment.table_path.is_file() else "is missing"
        raise StaleTableError(f"{name}.json {state}: run `make experiments NAME={name}` and commit what it writes.")
    kept = json.loads(experiment.table_path.read_text(encoding="utf-8"))
    return Table(kept["rows"], kept["provenance"])


def differences(kept: dict, now: dict, *, relative: float, absolute: float = 0.0) -> list[str]:
    """Say where a row run again differs from the one that was kept by more than it may: a sentence each, or none.

    Parameters
    ----------
    kept, now : dict
        A row's results.
    relative, absolute : float
        How far a number may be from the kept one. NaN and infinity must be the same.
    """
    told = [f"{name}: kept, but not found again" for name in kept.keys() - now.keys()]
    told += [f"{name}: found, but not kept" for name in now.keys() - kept.keys()]
    for name in kept.keys() & now.keys():
        one, other = np.asarray(kept[name]), np.asarray(now[name])
        if one.dtype.kind in "fi" and other.dtype.kind in "fi" and one.shape == other.shape:
            near = np.isclose(other, one, rtol=relative, atol=absolute, equal_nan=True)
            if not near.all():
                at = int(np.argmin(near.ravel()))
                told.append(f"{name}: {one.ravel()[at]} was kept, {other.ravel()[at]} came")
        elif kept[name] != now[name]:
            told.append(f"{name}: {kept[name]!r} was kept, {now[name]!r} came")
    return sorted(told)


def main(arguments=None) -> int:
    """Run the experiments whose tables are missing or stale, or the named one in any case."""
    parser = argparse.ArgumentParser(prog="make experiments", description=main.__doc__)
    parser.add_argument("name", nargs="?", help="one experiment, run in any case")
    name = parser.parse_args(arguments).name
    try:
        wanted = [load_experiment(name)] if name else [Experiment(path) for path in sorted(FOLDER.glob("*.py"))]
    except ValueError as error:
        print(f"make experiments: {error}", file=sys.stderr)
        return 2
    for experiment in wanted:
        if not name and experiment.is_fresh():
            print(f"{experiment.name}: its table is of today's code.")
            continue
        experiment.write(experiment.run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
