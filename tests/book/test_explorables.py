"""The explorables' JavaScript: `node --test`, on numbers that NumPy has just computed."""

import json
import os
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from nn2.descent import Path as Descent
from nn2.descent import run_step
from nn2.explorables import descent_table
from nn2.surfaces import ravine

HERE = Path(__file__).parent
ASSETS = HERE.parents[1] / "book" / "_assets" / "explorables"
ANGLES, RATES, STEPS, FRACTION = [0, 45], [0.01, 0.4, 0.8], 30, 0.1


def plain(weights, state, gradient, *, learning_rate):
    return weights - learning_rate * gradient, state


def descents(learning_rate):
    """Plain gradient descent on the ravine at each angle, side by side."""
    surfaces = [ravine(angle) for angle in ANGLES]
    step = partial(plain, learning_rate=learning_rate)
    alone = [run_step(step, surface.gradient, surface.turned([-4.0, -4.0]), STEPS) for surface in surfaces]
    return Descent(*(np.stack([getattr(path, name) for path in alone], axis=1) for name in ("positions", "gradients")))


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    """A file with a table for the explorable and what NumPy says about it."""
    runs = [descents(rate) for rate in RATES]
    table = descent_table(
        {"SGD": runs}, learning_rates=RATES, angles=ANGLES, curvatures=ravine().curvatures, fraction=FRACTION
    )
    paths, arrivals = [], []
    for rate in (0, 1):
        for angle in range(len(ANGLES)):
            one = Descent(runs[rate].positions[:, angle], runs[rate].gradients[:, angle])
            place = {"optimizer": "SGD", "rate": rate, "angle": angle}
            paths.append(place | {"positions": one.positions.tolist(), "distances": one.distances.tolist()})
            for fraction in (0.05, 0.1, 0.5, 0.95):
                steps = one.arrival(fraction)
                steps = None if np.isinf(steps) else int(steps)
                arrivals.append({"distances": one.distances.tolist(), "fraction": fraction, "steps": steps})
    levels = [0.1, 2.0, 36.0]
    half_axes = [[np.sqrt(level / 0.1), np.sqrt(level / 2.0)] for level in levels]  # where 0.1 x1^2 and 2 x2^2 reach it
    positions = {value: float((np.log10(value) + 3) / 4) for value in (0.001, 0.05, 1.0, 10.0)}

    def told(rate, angle, ending):
        head = f"SGD, learning rate {RATES[rate]}, ravine turned by {ANGLES[angle]}°: "
        return {"optimizer": "SGD", "rate": rate, "angle": angle, "text": head + ending}

    def share(distances):
        return round(100 * distances[-1] / distances[0])

    slow, good = runs[0].distances[:, 0], runs[1].distances[:, 1]
    left = int(np.argmax(runs[2].distances[:, 0] > table["limit"]))
    expected = {
        "paths": paths,
        "arrivals": arrivals,
        "contours": [{"level": level, "halfAxes": axes} for level, axes in zip(levels, half_axes, strict=True)],
        "logPositions": [{"value": value, "position": position} for value, position in positions.items()],
        "sentences": {
            "arrives": told(
                1,
                1,
                f"{good[-1]:.2g} from the minimum after {STEPS} steps, {share(good)} % of the start. "
                f"Within 10 % of the start for good after {int(runs[1].arrival(FRACTION)[1])} steps.",
            ),
            "wanders": told(
                0,
                0,
                f"{slow[-1]:.2g} from the minimum after {STEPS} steps, {share(slow)} % of the start. "
                f"Not within 10 % of the start for good in {STEPS} steps.",
            ),
            "leaves": told(2, 0, f"runs away: more than 30 from the minimum by step {left}."),
        },
    }
    file = tmp_path_factory.mktemp("explorables") / "numbers.json"
    file.write_text(json.dumps({"table": table, "expected": expected}))
    return file


def run_node(tests, numbers):
    node = shutil.which("node")
    if node is None:
        pytest.fail("node is not installed: the explorables' tests need Node 20 or later")
    return subprocess.run(
        [node, "--test", *map(str, tests)],
        env=os.environ | {"NN2_NUMBERS": str(numbers)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_functions_agree_with_numpy(numbers):
    result = run_node([HERE / "explorables" / "descent.test.mjs"], numbers)
    assert result.returncode == 0, result.stdout + result.stderr


def test_node_sees_a_wrong_number(numbers, tmp_path):
    """The tests can fail: one curvature changed, and they do."""
    content = json.loads(numbers.read_text())
    content["table"]["curvatures"][0] *= 1.01
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(content))
    result = run_node([HERE / "explorables" / "descent.test.mjs"], wrong)
    assert result.returncode != 0 and "points on a contour have its value" in result.stdout


MODULES = sorted(path.name for path in ASSETS.glob("*.js"))


@pytest.mark.parametrize("module", MODULES)
def test_modules_load_nothing_but_each_other(module):
    text = (ASSETS / module).read_text()
    for forbidden in ("fetch(", "http:", "https:", "import(", "XMLHttpRequest", "WebSocket"):
        assert forbidden not in text, f"{module} holds {forbidden!r}"
    imported = re.findall(r"^import .* from \"(.*)\";$", text, re.M)
    assert len(imported) == len(re.findall(r"\bimport\b", text))
    assert {name.removeprefix("./") for name in imported} <= set(MODULES)


@pytest.mark.parametrize("module", [name for name in MODULES if name != "optimizers.js"])
def test_modules_only_look_up_and_draw(module):
    """No optimizer in JavaScript, but for the race's formulas: nothing that a step needs stands in a module."""
    text = (ASSETS / module).read_text()
    for forbidden in ("gradient", "accumulator", "epsilon", "velocity"):
        assert forbidden not in text, f"{module} holds {forbidden!r}"
