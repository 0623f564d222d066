"""The last words of `make course` name every place and how to open it, or the first one that is missing."""

import importlib.util
from pathlib import Path

import nbformat
import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "summary.py"


@pytest.fixture
def summary(tmp_path):
    """The script, pointed at a made-up course."""
    spec = importlib.util.spec_from_file_location("summary", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT = tmp_path
    return module.summary


def fill(root):
    cell = nbformat.v4.new_code_cell("", metadata={"nbgrader": {}})
    for path in ("assignments/1-numbers/numbers.ipynb", "classroom/autograded/ada/1-numbers/numbers.ipynb"):
        (root / path).parent.mkdir(parents=True)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), root / path)
    for path in ("_build/html/index.html", "classroom/gradebook.db", "classroom/reports/1-numbers.html"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    (root / "classroom" / "feedback").mkdir()


def test_every_place_is_named_with_how_to_open_it(summary, tmp_path):
    fill(tmp_path)
    told = summary("1-numbers")
    for words in ("_build/html/index.html", "make serve", "assignments/", "1 notebooks with 1 marked cells",
                  "classroom/gradebook.db", "make formgrader", "1 graded students",
                  "classroom/feedback/", "classroom/reports/1-numbers.html"):  # fmt: skip
        assert words in told


def test_the_first_missing_place_is_named(summary, tmp_path):
    fill(tmp_path)
    (tmp_path / "classroom" / "gradebook.db").unlink()
    with pytest.raises(SystemExit, match=r"classroom/gradebook.db should be there by now"):
        summary("1-numbers")
