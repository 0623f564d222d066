"""nn2 is light to import: Keras comes in when a function needs it."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "book" / "nn2"
NAMES = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
MODULES = ["nn2", *(f"nn2.{name}" for name in NAMES)]
assert "data" in NAMES


@pytest.mark.parametrize("module", MODULES)
def test_importing_does_not_import_keras(module):
    code = f"import sys, {module}; assert not {{'keras', 'tensorflow', 'jax', 'torch'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
