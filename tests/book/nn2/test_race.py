"""The race's surfaces, and what its element is given."""

import json
import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from nn2.race import (
    NOISE,
    STARTS,
    STEPS,
    SURFACES,
    Valley,
    keras_optimizer,
    race_element,
    race_surface,
    race_table,
    walk,
)
from nn2.surfaces import ravine

ANGLES = (0, 30, 90)


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("name", SURFACES)
def test_the_gradient_is_the_values(name, angle):
    valley, h = race_surface(name, angle), 1e-6
    for point in np.random.default_rng(1).uniform(-5, 5, size=(5, 2)):
        steps = h * np.eye(2)
        slopes = [(valley.value(point + step) - valley.value(point - step)) / (2 * h) for step in steps]
        np.testing.assert_allclose(valley.gradient(point), slopes, atol=1e-6)


@pytest.mark.parametrize("angle", ANGLES)
def test_the_ravine_is_the_books(angle):
    points = np.random.default_rng(2).uniform(-5, 5, size=(4, 2))
    np.testing.assert_allclose(race_surface("ravine", angle).gradient(points), ravine(angle).gradient(points))


@pytest.mark.parametrize("angle", ANGLES)
def test_two_wells_have_their_curvatures_and_a_saddle_between(angle):
    valley = Valley((1.5, 0.5), well=3.0, angle=angle)
    h = 1e-5
    for point, expected in (([3.0, 0.0], (1.5, 0.5)), ([-3.0, 0.0], (1.5, 0.5)), ([0.0, 0.0], (-0.75, 0.5))):
        middle = valley.turned(point)
        np.testing.assert_allclose(valley.gradient(middle), 0, atol=1e-12)
        for axis, curvature in enumerate(expected):
            step = valley.turned(h * np.eye(2)[axis])
            found = (valley.value(middle + step) - 2 * valley.value(middle) + valley.value(middle - step)) / h**2
            assert found == pytest.approx(curvature, abs=1e-4)


def test_distance_is_to_the_nearest_minimum():
    valley = Valley((1.0, 1.0), well=4.0, angle=90)
    np.testing.assert_allclose(valley.distance([[0, 4], [0, -4], [0, 0], [3, -4]]), [0, 0, 4, 3], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: race_surface("canyon"), "surface: expected one of ravine, saddle, noisy bowl, got 'canyon'"),
        (lambda: keras_optimizer("Lion", 0.1), "optimizer: expected one of SGD, .*, got 'Lion'"),
        (lambda: walk("ravine", None, steps=STEPS + 1), f"steps: expected at most {STEPS}"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_the_table_is_plain_json_of_finite_numbers():
    table = json.loads(json.dumps(race_table(), allow_nan=False))
    assert list(table["optimizers"]) == ["SGD", "momentum", "Adagrad", "RMSprop", "Adam"]
    assert len({json.dumps(look["dashes"]) for look in table["optimizers"].values()}) == 5
    assert np.array(table["noise"]).shape == (STEPS, 2) == NOISE.shape
    assert [name for name, surface in table["surfaces"].items() if surface["noisy"]] == ["noisy bowl"]
    assert {name: tuple(surface["start"]) for name, surface in table["surfaces"].items()} == STARTS


def test_the_element_is_the_races():
    html = race_element(Figure(), alt="A race").data
    data = re.search(r'<script type="application/json">(.*?)</script>', html, re.S).group(1)
    assert json.loads(data) == json.loads(json.dumps(race_table()))
    assert html.startswith("<nn2-race>") and 'src="../_static/explorables/race.js"' in html and 'alt="A race"' in html


@pytest.mark.slow  # Keras comes in
def test_everybody_gets_the_same_noise():
    paths = [walk("noisy bowl", keras_optimizer("SGD", rate), steps=3) for rate in (0.1, 0.1, 0.2)]
    valley = race_surface("noisy bowl")
    for path in paths:
        np.testing.assert_allclose(path.gradients - valley.gradient(path.positions[:-1]), NOISE[:3], atol=1e-9)
    np.testing.assert_array_equal(paths[0].positions, paths[1].positions)
