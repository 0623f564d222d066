"""tools/check-python.sh: one sentence and exit code 2 for a Python that is missing, too old, or no Python."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "check-python.sh"


def check(interpreter):
    return subprocess.run([SCRIPT, str(interpreter)], capture_output=True, text=True, timeout=30)


def stub(folder, body):
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_python_of_these_tests_will_do():
    done = check(sys.executable)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("version", ["3.11.0", "3.13.1", "3.20.0", "4.0.0"])
def test_new_enough(tmp_path, version):
    assert check(stub(tmp_path, f"echo {version}")).returncode == 0


@pytest.mark.parametrize("version", ["3.10.13", "3.9.18", "3.1.5", "3.2.6", "2.7.18"])
def test_too_old(tmp_path, version):
    python = stub(tmp_path, f"echo {version}")
    done = check(python)
    assert done.returncode == 2
    assert done.stderr == (
        f"Python 3.11 or newer is needed, `{python}` is {version}: pass PYTHON=/path/to/python3.12 to make\n"
    )


def test_missing(tmp_path):
    done = check(tmp_path / "nothing-here")
    assert done.returncode == 2
    assert "was not found" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("body", ["exit 1", "echo hello", "exit 0", "echo 3.12.1; exit 1"])
def test_not_a_python(tmp_path, body):
    done = check(stub(tmp_path, body))
    assert done.returncode == 2
    assert "does not run as Python" in done.stderr and done.stderr.count("\n") == 1
