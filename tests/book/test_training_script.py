"""The training script of the SageMaker chapter: what it needs, what it leaves, what it says when a thing is missing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "book" / "practical" / "train.py"


@pytest.fixture
def folders(tmp_path):
    made = {name: tmp_path / name for name in ("SM_CHANNEL_TRAINING", "SM_MODEL_DIR", "SM_OUTPUT_DATA_DIR")}
    for folder in made.values():
        folder.mkdir()
    rng = np.random.default_rng(0)
    arrays = {
        f"{part}_{what}": values
        for part in ("training", "validation")
        for what, values in (("inputs", rng.normal(size=(40, 8, 8))), ("targets", rng.integers(0, 10, 40)))
    }
    np.savez(made["SM_CHANNEL_TRAINING"] / "digits.npz", **arrays)
    return made


def run(folders, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SM_")}
    environment |= {name: str(path) for name, path in folders.items()}
    return subprocess.run([sys.executable, SCRIPT, *words], env=environment, capture_output=True, text=True)


@pytest.mark.slow  # starts Python with TensorFlow, and trains for two epochs
def test_a_job_leaves_a_model_a_history_and_a_line_for_each_epoch(folders):
    done = run(folders, "--epochs=2", "--learning-rate=0.05")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["epoch=1", "epoch=2"]
    assert [path.name for path in folders["SM_MODEL_DIR"].iterdir()] == ["network.keras"]
    assert [path.name for path in folders["SM_OUTPUT_DATA_DIR"].iterdir()] == ["history.json"]


@pytest.mark.slow  # starts Python with TensorFlow
@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("SM_CHANNEL_TRAINING", "--training: expected a folder, or its SM_ variable in the environment"),
        ("SM_MODEL_DIR", "--model-dir: expected a folder, or its SM_ variable in the environment"),
        ("digits.npz", "--training: expected a folder with digits.npz, got "),
    ],
)
def test_what_is_missing_is_one_sentence(folders, missing, sentence):
    if missing == "digits.npz":
        (folders["SM_CHANNEL_TRAINING"] / missing).unlink()
    else:
        del folders[missing]
    done = run(folders, "--epochs=1")
    assert done.returncode == 2
    assert sentence in done.stderr.splitlines()[-1]
    assert not folders.get("SM_MODEL_DIR") or not list(folders["SM_MODEL_DIR"].iterdir())
