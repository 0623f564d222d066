"""The lanes: each notebook's device is asked and printed, a wrong one fails the run, and a run is kept."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("lanes_under_test", ROOT / "tools" / "lanes.py")
lanes = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = lanes
SPEC.loader.exec_module(lanes)

# A stand-in for keras on a machine with a GPU, or with none.
KERAS = """
class backend:
    backend = staticmethod(lambda: {backend!r})
class ops:
    @staticmethod
    def ones(size):
        class Array:
            device = {device!r}
        return Array
"""


@pytest.fixture
def run_lane(tmp_path):
    """Run a lane over one small notebook, with a keras that says what it is told to."""

    def run(lane, *options, backend="tensorflow", device="/device:CPU:0", prints="3\n", first="import keras"):
        (tmp_path / "libraries").mkdir(exist_ok=True)
        (tmp_path / "libraries" / "keras.py").write_text(KERAS.format(backend=backend, device=device))
        cell = new_code_cell(f"{first}\nprint(3)", execution_count=1)
        cell.outputs = [new_output("stream", name="stdout", text=prints)]
        (tmp_path / "1-numbers").mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=[cell]), tmp_path / "1-numbers" / "numbers.ipynb")
        environment = os.environ | {"PYTHONPATH": str(tmp_path / "libraries")}
        environment.pop("PYTEST_XDIST_WORKER", None)
        command = [sys.executable, str(ROOT / "tools" / "lanes.py"), lane, str(tmp_path / "1-numbers"), *options]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)

    return run


@pytest.mark.parametrize(
    ("lane", "backend", "device"),
    [
        ("cpu", "tensorflow", "/job:localhost/replica:0/task:0/device:CPU:0"),
        ("jax", "jax", "TFRT_CPU_0"),
        ("gpu", "tensorflow", "/job:localhost/replica:0/task:0/device:GPU:0"),
        ("gpu-jax", "jax", "cuda:0"),
    ],
)
def test_a_lane_passes_where_every_notebook_computed_there_and_printed_the_same(run_lane, lane, backend, device):
    done = run_lane(lane, backend=backend, device=device)
    assert done.returncode == 0, done.stdout
    assert f"numbers.ipynb: {backend} on {device_of(device)}" in done.stdout


def device_of(device):
    return "GPU" if "GPU" in device or "cuda" in device else "CPU"


def test_the_gpu_lane_fails_where_keras_sees_no_gpu(run_lane):
    done = run_lane("gpu")
    assert done.returncode == 2
    assert done.stdout == (
        "make nbval-gpu: Keras must compute with tensorflow on a GPU here, got: tensorflow on CPU.\n"
    )


def test_a_lane_fails_where_its_backend_is_not_there(run_lane):
    done = run_lane("jax", backend="tensorflow")
    assert done.returncode == 2
    assert "with jax on a CPU here, got: tensorflow on CPU." in done.stdout


def test_a_notebook_that_leaves_the_gpu_fails_its_lane(run_lane):
    away = "import keras\nkeras.ops.ones = lambda size: type('Array', (), {'device': 'CPU'})"
    done = run_lane("gpu", device="/device:GPU:0", first=away)
    assert done.returncode == 1
    assert "numbers.ipynb: tensorflow on CPU  <- expected tensorflow on GPU" in done.stdout


def test_a_notebook_whose_device_nobody_knows_fails_its_lane(run_lane):
    done = run_lane("cpu", first="import keras\ndel keras.ops")
    assert done.returncode == 1
    assert "numbers.ipynb: unknown  <- expected tensorflow on CPU" in done.stdout


def test_another_output_fails_the_lane(run_lane):
    assert run_lane("cpu", prints="4\n").returncode == 1


def test_a_notebook_without_keras_computes_with_numpy(run_lane):
    done = run_lane("gpu", device="/device:GPU:0", first="")
    assert done.returncode == 0
    assert "numbers.ipynb: NumPy on CPU" in done.stdout


def test_no_notebook_at_all_is_no_success(run_lane, tmp_path):
    run_lane("cpu")
    (tmp_path / "1-numbers" / "numbers.ipynb").unlink()
    command = [sys.executable, str(ROOT / "tools" / "lanes.py"), "cpu", str(tmp_path / "1-numbers")]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "libraries")}
    assert subprocess.run(command, capture_output=True, env=environment, cwd=tmp_path).returncode != 0


def test_a_cpu_lane_hides_the_gpus():
    assert lanes.LANES["cpu"].environment["CUDA_VISIBLE_DEVICES"] == "-1"
    assert lanes.LANES["jax"].environment["JAX_PLATFORMS"] == "cpu"
    assert lanes.LANES["gpu"].environment == {"KERAS_BACKEND": "tensorflow"}


def test_a_run_is_kept_beside_the_other_lanes(tmp_path):
    path, earlier = tmp_path / "lanes.json", {"result": "passed"}
    path.write_text(json.dumps({"jax": {"run": earlier}, "gone": {"run": {}}}), encoding="utf-8")
    seen = lanes.Notebooks(lanes.LANES["cpu"])
    seen.devices["solutions/1-numbers/numbers.ipynb"] = "tensorflow on CPU"
    seen.seconds["solutions/1-numbers/numbers.ipynb"] = 4.321
    lanes.write(path, "cpu", seen, 0)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert list(record) == ["cpu", "jax", "gpu", "gpu-jax"]
    assert record["jax"] == {"command": "make nbval-jax", "backend": "jax", "device": "CPU", "run": earlier}
    assert record["gpu"]["run"] is record["gpu-jax"]["run"] is None
    run = record["cpu"]["run"]
    assert run["result"] == "passed"
    assert run["libraries"]["numpy"]
    assert run["notebooks"] == {
        "1-numbers/numbers": {"device": "tensorflow on CPU", "seconds": 4.3, "result": "passed"}
    }
    seen.failed.add("solutions/1-numbers/numbers.ipynb")
    lanes.write(path, "cpu", seen, 1)
    run = json.loads(path.read_text(encoding="utf-8"))["cpu"]["run"]
    assert run["result"] == run["notebooks"]["1-numbers/numbers"]["result"] == "failed"


def test_every_lane_is_a_target_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for lane in lanes.LANES.values():
        assert f"\n{lane.target.split()[1]}:" in makefile
