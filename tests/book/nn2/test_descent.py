"""Descents: NumPy steps and Keras's optimizers, against closed forms."""

from functools import partial

import numpy as np
import pytest
from nn2.descent import Path, feed_optimizer, run_optimizer, run_step
from nn2.surfaces import ravine

START = np.array([-4.0, 3.0])


def plain(weights, state, gradient, *, learning_rate):
    return weights - learning_rate * gradient, state


def closed_form(learning_rate, steps):
    """Gradient descent on the ravine: each coordinate is multiplied by 1 - learning_rate * curvature."""
    factors = 1 - learning_rate * np.array([0.2, 4.0])
    return START * factors ** np.arange(steps + 1)[:, None]


def test_run_step_follows_the_closed_form():
    path = run_step(partial(plain, learning_rate=0.3), ravine().gradient, START, steps=25)
    np.testing.assert_allclose(path.positions, closed_form(0.3, 25), rtol=1e-12)
    assert path.gradients.shape == (25, 2)


def test_run_step_hands_the_state_on_from_zero():
    def counting(weights, state, gradient):
        return weights + state, state + 1

    assert run_step(counting, lambda weights: weights, [0.0], steps=4).positions.ravel().tolist() == [0, 0, 1, 3, 6]


def test_run_optimizer_follows_the_closed_form():
    import keras

    path = run_optimizer(keras.optimizers.SGD(0.3), ravine().gradient, START, steps=25)
    np.testing.assert_allclose(path.positions, closed_form(0.3, 25), rtol=1e-5)
    np.testing.assert_allclose(path.gradients, closed_form(0.3, 25)[:-1] * [0.2, 4.0], rtol=1e-5)
    np.testing.assert_allclose(path.effective_rates, 0.3, rtol=1e-4)


def test_rows_of_a_variable_are_descents_of_their_own():
    import keras

    together = run_optimizer(keras.optimizers.RMSprop(0.1), ravine().gradient, [START, 2 * START], steps=5)
    alone = run_optimizer(keras.optimizers.RMSprop(0.1), ravine().gradient, 2 * START, steps=5)
    np.testing.assert_allclose(together.positions[:, 1], alone.positions, rtol=1e-6)


def test_a_used_optimizer_is_refused():
    import keras

    optimizer = keras.optimizers.SGD(0.1)
    run_optimizer(optimizer, ravine().gradient, START, steps=1)
    with pytest.raises(ValueError, match="optimizer: expected a fresh one"):
        run_optimizer(optimizer, ravine().gradient, START, steps=1)


def test_feed_optimizer_gives_the_gradients_it_was_given():
    import keras

    path = feed_optimizer(keras.optimizers.SGD(0.5), [1.0, -2.0, 4.0])
    np.testing.assert_allclose(path.positions, [0.0, -0.5, 0.5, -1.5], rtol=1e-6)
    np.testing.assert_array_equal(path.gradients, [1.0, -2.0, 4.0])


def test_effective_rate_is_nan_where_there_was_no_gradient():
    path = Path(np.array([[1.0, 1.0], [0.5, 1.0]]), np.array([[1.0, 0.0]]))
    np.testing.assert_array_equal(path.effective_rates, [[0.5, np.nan]])


def test_arrival_wants_the_path_to_stay():
    distances = np.array([10.0, 0.5, 3.0, 0.9, 0.8])
    assert Path(distances[:, None], np.zeros((4, 1))).arrival(0.1) == 3
    assert Path(distances[:3, None], np.zeros((2, 1))).arrival(0.1) == np.inf
    assert Path(distances[:2, None], np.zeros((1, 1))).arrival(0.1) == 1


def test_arrival_of_several_descents_at_once():
    positions = np.array([[[10.0], [10.0]], [[0.5], [5.0]]])
    np.testing.assert_array_equal(Path(positions, np.zeros((1, 2, 1))).arrival(0.1), [1, np.inf])
