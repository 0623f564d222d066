"""A small course of one assignment, fast enough to build and grade in a test."""

import shutil
from pathlib import Path

import pytest

NOTEBOOK = '''\
# %% [markdown]
# # Numbers

# %%
import numpy as np

# %% exercise="scale"
def scale(values, factor=3.0):
    """Return ``values`` times ``factor``; does not change its arguments."""
    ### BEGIN SOLUTION
    scaled = values * factor
    return scaled
    ### END SOLUTION

# %% check="scale" points=4
assert scale(np.array([1.0]))[0] == 3.0, "three times one is three"

# %% exercise="shift"
def shift(values, *, by):
    """Return ``values`` plus ``by``."""
    ### BEGIN SOLUTION
    shifted = values + by
    return shifted
    ### END SOLUTION

# %% check="shift" points=2.5
assert shift(np.zeros(1), by=2.0)[0] == 2.0, "nothing plus two is two"

# %% [markdown]
# Why does a shift not scale?

# %% [markdown] essay="why" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# Because addition is not multiplication. Rubric: 3 points for saying so.
# ### END SOLUTION
'''

PROBES = '''\
"""Questions about numbers."""

import numpy as np

from autograder.probes import Probe


def draw_values(rng):
    return {"values": rng.normal(size=(2, 3)), "number": float(rng.uniform(2, 5))}


def ask_scale(student, inputs):
    return {"scaled": student.scale(inputs["values"], inputs["number"])}


def ask_scale_default(student, inputs):
    return {"scaled": student.scale(inputs["values"])}


def ask_purity(student, inputs):
    student.scale(inputs["values"], inputs["number"])
    return {"values after the call": inputs["values"]}


def ask_shift(student, inputs):
    return {"shifted": student.shift(inputs["values"], by=inputs["number"])}


PROBES = [
    Probe("scale", "any-factor", "a 2 × 3 array times a factor", draw_values, ask_scale, weight=2),
    Probe("scale", "default", "the default factor", draw_values, ask_scale_default),
    Probe("scale", "purity", "whether the argument keeps its values", draw_values, ask_purity, requires="any-factor"),
    Probe("shift", "values", "a 2 × 3 array plus a number", draw_values, ask_shift, seconds=2),
]
'''

MISCONCEPTIONS = """\
[[misconception]]
name = "scale-adds"
exercise = "scale"
find = "values * factor"
replace = "values + factor"
hint = "The factor is added; it should stretch the values."

[[misconception]]
name = "scale-squares"
exercise = "scale"
find = "values * factor"
replace = "values * factor**2"
hint = "The factor is applied twice."

[[misconception]]
name = "shift-subtracts"
exercise = "shift"
find = "values + by"
replace = "values - by"
hint = "The shift goes the wrong way."
"""


def write_course(
    root: Path, notebook: str = NOTEBOOK, probes: str = PROBES, misconceptions: str = MISCONCEPTIONS
) -> Path:
    """Write ``solutions/1-numbers`` below ``root`` and give its path."""
    folder = root / "solutions" / "1-numbers"
    folder.mkdir(parents=True)
    (folder / "numbers.py").write_text(notebook, encoding="utf-8")
    (folder / "probes.py").write_text(probes, encoding="utf-8")
    (folder / "misconceptions.toml").write_text(misconceptions, encoding="utf-8")
    return folder


@pytest.fixture
def course(tmp_path):
    """The root of a small course, not built."""
    write_course(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def built_course(tmp_path_factory):
    """The root of a small course whose notebooks are built; tests must not change it."""
    from autograder.assignment import find_assignment
    from autograder.build import build

    root = tmp_path_factory.mktemp("course")
    write_course(root)
    build(find_assignment(root, "1-numbers"), root, say=lambda line: None)
    return root


@pytest.fixture
def copied(built_course, tmp_path):
    """A built course of one's own."""
    shutil.copytree(built_course, tmp_path / "copied")
    return tmp_path / "copied"
