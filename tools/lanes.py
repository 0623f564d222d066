"""Run the solved notebooks on one backend and device, compare what they print, and keep when that was done last.

A command, ``python tools/lanes.py cpu``, and the pytest plugin that it runs nbval with: the plugin asks each notebook's
kernel which device it computes on, and fails the run where that is not the lane's.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RECORD = Path("book/homework/lanes.json")  # what --write writes, relative to the course's folder
LIBRARIES = ("keras", "numpy", "tensorflow", "tensorflow-cpu", "jax")
# What a kernel is asked when its last cell has run. It prints where Keras puts an array, or that Keras was not used.
WHERE = """
def _where():
    import sys
    if "keras" not in sys.modules:
        return "NumPy on CPU"
    import keras
    device = str(keras.ops.ones(1).device).upper()
    return f"{keras.backend.backend()} on {'GPU' if 'GPU' in device or 'CUDA' in device else 'CPU'}"
print(_where())
"""
ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Lane:
    """One way of running the notebooks.

    Parameters
    ----------
    backend : str
        Keras's backend: "tensorflow" or "jax".
    device : str
        "CPU" or "GPU": where every notebook that uses Keras has to compute.
    target : str
        The Makefile's target and its settings.
    """

    backend: str
    device: str
    target: str

    def __str__(self):
        return f"{self.backend} on {self.device}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that choose backend and device; a CPU lane sees no GPU."""
        hidden = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"} if self.device == "CPU" else {}
        return {"KERAS_BACKEND": self.backend} | hidden


LANES = {
    "cpu": Lane("tensorflow", "CPU", "make nbval"),
    "jax": Lane("jax", "CPU", "make nbval-jax"),
    "gpu": Lane("tensorflow", "GPU", "make nbval-gpu"),
    "gpu-jax": Lane("jax", "GPU", "make nbval-gpu BACKEND=jax"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one lane; the result is pytest's exit code, or 2 where the machine has not what the lane needs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lane", choices=LANES)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path("solutions")], help="where the notebooks are")
    parser.add_argument("--write", action="store_true", help=f"run them one by one and keep the times in {RECORD}")
    chosen = parser.parse_args(arguments)
    lane = LANES[chosen.lane]
    os.environ.update(lane.environment)
    seen = device_here()
    if seen != str(lane):
        print(f"{lane.target}: Keras must compute with {lane.backend} on a {lane.device} here, got: {seen}.")
        return 2
    plugin = Notebooks(lane)
    run = [*map(str, chosen.folders), "--nbval", "--nbval-current-env", "-p", "lanes"]
    run += ["--nbval-sanitize-with", str(ROOT / "tests" / "nbval.cfg"), "--import-mode=importlib"]
    run += [] if chosen.write else ["-n", "2", "--dist", "loadfile"]
    outcome = int(pytest.main(run, plugins=[plugin]))
    if plugin.strangers:
        outcome = outcome or 1
    if chosen.write:
        write(ROOT / RECORD, chosen.lane, plugin, outcome)
    return outcome


def device_here() -> str:
    """Where Keras computes in this environment, as "jax on GPU", or the last line of what went wrong."""
    asked = subprocess.run([sys.executable, "-c", f"import keras\n{WHERE}"], capture_output=True, text=True)
    told = (asked.stdout if asked.returncode == 0 else asked.stderr).strip().splitlines()
    return told[-1] if told else f"no answer (exit code {asked.returncode})"


class Notebooks:
    """What a run says of each notebook: its device, its seconds, and whether its outputs were those that are stored.

    Parameters
    ----------
    lane : Lane
        Where the notebooks have to compute.
    """

    def __init__(self, lane: Lane):
        self.lane = lane
        self.devices, self.seconds, self.failed = {}, defaultdict(float), set()

    @property
    def strangers(self) -> list[str]:
        """The notebooks that computed elsewhere, or of which nobody knows where."""
        allowed = {str(self.lane), "NumPy on CPU"}
        return sorted(name for name in self.seconds if self.devices.get(name) not in allowed)

    def pytest_runtest_logreport(self, report):
        """Add up what the workers report of each cell."""
        name = report.nodeid.partition("::")[0]
        self.seconds[name] += report.duration
        if report.failed:
            self.failed.add(name)
        for key, value in report.user_properties:
            if key == "device":
                self.devices[name] = value

    def pytest_terminal_summary(self, terminalreporter):
        """Print which device each notebook used."""
        terminalreporter.section("where the notebooks computed")
        strangers = self.strangers
        for name in sorted(self.seconds):
            strange = f"  <- expected {self.lane}" if name in strangers else ""
            terminalreporter.write_line(f"{name}: {self.devices.get(name) or 'unknown'}{strange}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """Ask a notebook's kernel, before it goes, where it computed."""
    kernel = getattr(item.parent, "kernel", None)
    if kernel and (nextitem is None or nextitem.parent is not item.parent):
        item.user_properties.append(("device", printed_by(kernel, WHERE)))


def printed_by(kernel, code: str) -> str:
    """What a kernel of nbval's prints when it runs some code; "" if it says nothing in time."""
    asked, printed = kernel.execute_cell_input(code, allow_stdin=False), ""
    try:
        while True:
            message = kernel.get_message("iopub", timeout=ANSWER_SECONDS)
            if message["parent_header"].get("msg_id") != asked:
                continue
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed += message["content"]["text"]
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return printed.strip()
    except Exception:  # no message in time, or a dead kernel: then the device is unknown, and the lane fails
        return ""


def write(path: Path, name: str, plugin: Notebooks, outcome: int) -> None:
    """Keep a lane's run in the record; the other lanes' runs stay.

    Parameters
    ----------
    path : Path
        The record, a JSON object with an entry for each lane: its command, backend and device, and its last run, null
        for never.
    name : str
        The lane.
    plugin : Notebooks
        What was seen.
    outcome : int
        pytest's exit code.
    """
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    runs = {lane: kept["run"] for lane, kept in record.items()}
    runs[name] = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "result": "passed" if outcome == 0 else "failed",
        "processor": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {each: found for each in LIBRARIES if (found := installed(each))},
        "notebooks": {
            "/".join(Path(notebook).parts[-2:]).removesuffix(".ipynb"): {
                "device": plugin.devices.get(notebook) or "unknown",
                "seconds": round(plugin.seconds[notebook], 1),
                "result": "failed" if notebook in plugin.failed else "passed",
            }
            for notebook in sorted(plugin.seconds)
        },
    }
    record = {
        each: {"command": lane.target, "backend": lane.backend, "device": lane.device, "run": runs.get(each)}
        for each, lane in LANES.items()
    }
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def installed(distribution: str) -> str | None:
    """The version of a distribution, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main())
