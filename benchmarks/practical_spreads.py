"""How training runs of 5-practical scatter over seeds: measures the spreads that its probes take their margins from.

Runs the solved notebook as far as `run_all` and asks it, from many seeds, what the probes ask. Prints the table
`SPREADS` for `solutions/5-practical/probes.py`, and for each number the mean, the largest distance from it in standard
deviations, and the excess kurtosis: the margins assume that the numbers are normally distributed.
"""

import argparse
import contextlib
import io
import runpy
import sys
from pathlib import Path

import numpy as np

from autograder.asker import Student
from autograder.assignment import find_assignment

ROOT = Path(__file__).resolve().parent.parent
NAME = "5-practical"


def main() -> None:
    """Measure each technique's spreads, or those of one, and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100, help="how many runs of each technique (default: 100)")
    parser.add_argument("--technique", help="only this one")
    chosen = parser.parse_args()
    if chosen.runs < 2:
        parser.error(f"--runs must be at least 2, got {chosen.runs}")
    probes = runpy.run_path(str(ROOT / "solutions" / NAME / "probes.py"))
    if chosen.technique not in (None, *probes["SPREADS"]):
        parser.error(f"--technique must be one of {', '.join(probes['SPREADS'])}, got {chosen.technique}")
    student = Student(solved_names())
    for technique in [chosen.technique] if chosen.technique else probes["SPREADS"]:
        numbers = measure(probes, student, technique, chosen.runs)
        spreads = ", ".join(f"{spread:.4f}" for spread in numbers.std(axis=0, ddof=1))
        print(f'    "{technique}": ({spreads}),', flush=True)
        print(shape_of(numbers), file=sys.stderr, flush=True)


def solved_names() -> dict:
    """The names of the solved notebook after `run_all` was defined."""
    names = {"__name__": "__main__"}
    notebook = find_assignment(ROOT, NAME).notebook("practical")
    for mark, cell in zip(notebook.marks, notebook.cells, strict=True):
        if cell.cell_type == "code" and not (mark and mark.kind == "check"):
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.source, f"<{notebook.name}>", "exec"), names)
        if mark and mark.name == "run_all":
            return names
    raise SystemExit("the notebook has no exercise run_all")


def measure(probes: dict, student: Student, technique: str, runs: int) -> np.ndarray:
    """Training loss, validation loss and accuracy of many runs: an array of shape (runs, 3)."""
    draw = probes["run_of"]([technique])
    rows = []
    for number in range(runs):
        outputs = probes["ask_new_run"](student, draw(np.random.default_rng([number, *technique.encode()])))
        rows.append([outputs[name] for name in probes["NUMBERS"]])
    return np.array(rows, dtype=float)


def shape_of(numbers: np.ndarray) -> str:
    """Mean, largest distance from it and excess kurtosis of each column, as a line."""
    spreads = numbers.std(axis=0)
    scaled = (numbers - numbers.mean(axis=0)) / np.where(spreads > 0, spreads, 1)
    columns = zip(numbers.mean(axis=0), np.abs(scaled).max(axis=0), (scaled**4).mean(axis=0) - 3, strict=True)
    return "; ".join(f"mean {mean:.3f}, farthest {far:.1f}, kurtosis {tails:.1f}" for mean, far, tails in columns)


if __name__ == "__main__":
    main()
