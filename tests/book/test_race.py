"""The optimizer race: its JavaScript against Keras's optimizers, and the element in a browser, by keyboard."""

import gzip
import json
import shutil

import numpy as np
import pytest
from matplotlib.figure import Figure
from nn2.descent import feed_optimizer
from nn2.race import STEPS, keras_optimizer, race_element, race_surface, race_table, walk
from nn2.surfaces import rotation
from site_checks import in_browser, serve
from test_explorables import ASSETS, HERE, run_node

NAMES = ["SGD", "momentum", "Adagrad", "RMSprop", "Adam"]
SURFACES = ["ravine", "saddle", "noisy bowl"]
PLAIN = {"beta": 0.9, "rho": 0.9, "beta2": 0.999}
OTHER = {"beta": 0.7, "rho": 0.99, "beta2": 0.95}
RATES = [0.1, 0.5, 2.0]
MODULES = ("race.js", "optimizers.js", "drawing.js")

# Keras needs about ten seconds to come in, and takes some thousand steps.
pytestmark = pytest.mark.slow


def runner(name, rate, settings=PLAIN):
    """Keras's optimizer, from the names that the explorable has for its settings."""
    return keras_optimizer(name, rate, beta=settings["beta"], rho=settings["rho"], beta_2=settings["beta2"])


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    """A file with the race's table and what Keras and NumPy say about it."""
    rng = np.random.default_rng(0)
    slopes, turns = [], []
    for surface in SURFACES:
        for angle in (0, 30, 45, 90):
            valley, point = race_surface(surface, angle), rng.uniform(-6, 6, size=2)
            found = {"gradient": valley.gradient(point).tolist(), "distance": float(valley.distance(point))}
            slopes.append({"surface": surface, "angle": angle, "point": point.tolist()} | found)
            turns.append({"angle": angle, "point": point.tolist(), "turned": (rotation(angle) @ point).tolist()})
    fed, walks = [], []
    given = np.concatenate([np.full(10, 1e-3), rng.normal(size=30), [0.0, 100.0]])  # small first: epsilon shows
    for name in NAMES:
        for settings in (PLAIN, OTHER):
            positions = feed_optimizer(runner(name, 0.3, settings), given).positions
            fed.append({"name": name, "slopes": given.tolist(), "positions": positions.tolist()})
            fed[-1]["settings"] = settings | {"rate": 0.3}
        for surface, angle, rate, settings in (
            ("ravine", 0, 0.1, PLAIN),
            ("ravine", 30, 0.2, OTHER),
            ("saddle", 0, 0.1, PLAIN),
            ("saddle", 45, 0.2, PLAIN),
            ("noisy bowl", 0, 0.1, OTHER),
        ):
            positions = walk(surface, runner(name, rate, settings), angle=angle, steps=40).positions
            walks.append({"surface": surface, "angle": angle, "name": name, "settings": settings | {"rate": rate}})
            walks[-1]["positions"] = positions.tolist()
    best = []
    for surface, name in (("ravine", "SGD"), ("saddle", "Adagrad"), ("noisy bowl", "Adam")):
        valley = race_surface(surface)
        ends = [valley.distance(walk(surface, runner(name, rate), steps=40).positions[-1]) for rate in RATES]
        best.append({"surface": surface, "name": name, "settings": PLAIN, "rates": RATES, "best": int(np.argmin(ends))})
    away = race_surface("ravine").distance(walk("ravine", runner("SGD", 1.0), steps=STEPS).positions)
    even = {one["name"]: one["positions"] for one in walks if (one["surface"], one["angle"]) == ("ravine", 0)}
    order = sorted((float(np.linalg.norm(positions[40])), name) for name, positions in even.items())
    first, *others = [(name, f"{distance:.2g}") for distance, name in order]
    rest = ", ".join(" ".join(one) for one in others)
    told = f"After 40 steps {first[0]} is nearest, {first[1]} from a minimum. Then {rest}."
    expected = {
        "slopes": slopes,
        "turns": turns,
        "fed": fed,
        "walks": walks,
        "best": best,
        "leaves": {"surface": "ravine", "name": "SGD", "settings": {"rate": 1.0}, "left": int(np.argmax(away > 30))},
        "sentence": {"surface": "ravine", "walks": even, "told": told},
    }
    file = tmp_path_factory.mktemp("race") / "numbers.json"
    file.write_text(json.dumps({"table": race_table(), "expected": expected}))
    return file


def test_functions_agree_with_keras(numbers):
    result = run_node([HERE / "explorables" / "race.test.mjs"], numbers)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("spoil", "noticed"),
    [
        (lambda table: table["surfaces"]["saddle"].update(well=4.01), "slopes and distances are NumPy's"),
        (lambda table: table["noise"][7].reverse(), "each walk is Keras's"),
        (lambda table: table["surfaces"]["ravine"].update(start=[-4.0, -3.9]), "each walk is Keras's"),
    ],
)
def test_node_sees_a_wrong_table(numbers, tmp_path, spoil, noticed):
    """The tests can fail: one number changed, and they do."""
    content = json.loads(numbers.read_text())
    spoil(content["table"])
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(content))
    result = run_node([HERE / "explorables" / "race.test.mjs"], wrong)
    failed = [line for line in result.stdout.splitlines() if line.startswith(("not ok", "✖"))]
    assert result.returncode != 0 and any(noticed in line for line in failed), result.stdout


def test_the_race_is_small():
    assert sum(len(gzip.compress((ASSETS / name).read_bytes())) for name in MODULES) < 8_000


PAGE = """<!doctype html><html lang="en"><head><title>A race</title></head>
<body><main><h1>A race</h1>{element}</main></body></html>"""


def test_the_race_in_a_browser(tmp_path):
    """Keyboard, words, reduced motion, print, both widths; the steps are in race_in_browser.mjs."""
    pages = tmp_path / "optimizers"
    pages.mkdir()
    shutil.copytree(ASSETS, tmp_path / "_static" / "explorables")
    (tmp_path / "favicon.ico").touch()
    (pages / "race.html").write_text(PAGE.format(element=race_element(Figure(), alt="Paths").data))
    with serve(tmp_path) as address:
        said = in_browser(HERE / "race_in_browser.mjs", f"{address}/optimizers/race.html")
    assert said.strip() == "9 things seen"
