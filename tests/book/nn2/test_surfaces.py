"""The surfaces, against finite differences and closed forms."""

import numpy as np
import pytest
from nn2.descent import run_step
from nn2.surfaces import Quadratic, momentum_factor, ravine, rotation


@pytest.mark.parametrize("angle", [0, 30, 45, 120])
def test_gradient_is_the_finite_difference_of_the_value(angle):
    surface = Quadratic((0.2, 4.0), angle)
    point, step = np.array([-3.0, 1.5]), 1e-5
    differences = [
        (surface.value(point + shift) - surface.value(point - shift)) / (2 * step) for shift in step * np.eye(2)
    ]
    np.testing.assert_allclose(surface.gradient(point), differences, rtol=1e-7)


def test_the_ravine_is_the_formula_of_the_chapter():
    x1, x2 = np.random.default_rng(0).normal(size=(2, 20))
    points = np.stack([x1, x2], axis=-1)
    np.testing.assert_allclose(ravine().value(points), 0.1 * x1**2 + 2 * x2**2)
    np.testing.assert_allclose(ravine().gradient(points), np.stack([0.2 * x1, 4 * x2], axis=-1))


def test_rotation_is_counter_clockwise_and_keeps_lengths():
    np.testing.assert_allclose(rotation(90) @ [1, 0], [0, 1], atol=1e-12)
    np.testing.assert_allclose(rotation(33) @ rotation(33).T, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("angle", [15, 45, 90])
def test_a_turned_point_sees_the_value_it_saw(angle):
    points = np.random.default_rng(1).normal(size=(6, 2))
    turned = ravine(angle)
    np.testing.assert_allclose(turned.value(turned.turned(points)), ravine().value(points))
    np.testing.assert_allclose(turned.gradient(turned.turned(points)), ravine().gradient(points) @ rotation(angle).T)


def test_at_45_degrees_both_coordinates_are_equally_steep():
    np.testing.assert_allclose(ravine(45).hessian, [[2.1, -1.9], [-1.9, 2.1]])


@pytest.mark.parametrize("curvatures", [(1.0,), (1.0, 2.0, 3.0), (0.0, 1.0), (1.0, -2.0)])
def test_other_curvatures_are_refused(curvatures):
    with pytest.raises(ValueError, match="curvatures: expected two positive numbers, got"):
        Quadratic(curvatures)


@pytest.mark.parametrize("learning_rate", [0.05, 0.3, 0.47])
def test_momentum_factor_without_momentum_is_the_closed_form(learning_rate):
    expected = max(abs(1 - learning_rate * 0.2), abs(1 - learning_rate * 4.0))
    assert momentum_factor((0.2, 4.0), learning_rate=learning_rate, momentum=0.0) == pytest.approx(expected)


def test_momentum_factor_is_what_a_long_run_shrinks_by():
    def heavy_ball(weights, velocity, gradient):
        velocity = 0.5 * velocity - 0.02 * gradient
        return weights + velocity, velocity

    distances = run_step(heavy_ball, ravine().gradient, [-4.0, -4.0], 400).distances
    factor = momentum_factor((0.2, 4.0), learning_rate=0.02, momentum=0.5)
    assert distances[400] / distances[300] == pytest.approx(factor**100, rel=1e-3)
