"""Signals and gradients by layer."""

import numpy as np
import pytest
from nn2.propagation import gradients, propagate


def test_gradients_are_those_of_the_function_and_zero_where_it_does_not_depend():
    first, second = gradients(lambda xs: xs[0][0] * xs[0][1] ** 2, [np.array([3.0, 2.0]), np.array([1.0])])
    np.testing.assert_allclose(first, [4.0, 12.0])
    np.testing.assert_array_equal(second, [0.0])


def test_a_variable_is_read_and_kept():
    import keras

    variable = keras.Variable(np.array([1.0, 2.0]))
    np.testing.assert_allclose(gradients(lambda xs: (xs[0] ** 2)[1], [variable])[0], [0.0, 4.0])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), [1.0, 2.0])


def test_a_linear_stack_is_a_product_of_matrices_both_ways():
    sent = propagate("linear", "glorot_normal", seed=3, depth=4, width=6, batch=50)
    outputs, found = sent.outputs.astype(float), sent.gradients.astype(float)
    for layer in range(4):  # the matrix that a layer applies, found from what it did, takes the gradient back
        matrix = np.linalg.lstsq(outputs[layer], outputs[layer + 1], rcond=None)[0]
        np.testing.assert_allclose(outputs[layer] @ matrix, outputs[layer + 1], atol=1e-4)
        np.testing.assert_allclose(found[layer + 1] @ matrix.T, found[layer], atol=1e-3)


def test_every_layer_has_weights_of_its_own_and_the_seed_decides():
    import keras

    fixed = keras.initializers.GlorotNormal(seed=7)
    sent, again, other = (propagate("linear", fixed, seed=seed, depth=2, width=5) for seed in (0, 0, 1))
    np.testing.assert_array_equal(sent.outputs, again.outputs)
    assert not np.allclose(sent.outputs, other.outputs)
    matrices = [np.linalg.lstsq(*sent.outputs[k : k + 2].astype(float), rcond=None)[0] for k in (0, 1)]
    assert not np.allclose(*matrices, atol=1e-2)


def test_start_scales_the_inputs_and_sizes_are_root_mean_squares():
    sent = propagate("linear", "identity", seed=0, depth=3, width=40, start=3.0)
    assert sent.signal_sizes == pytest.approx(np.full(4, 3.0), rel=0.05)
    assert sent.gradient_sizes == pytest.approx(np.full(4, np.sqrt(np.mean(sent.gradients[-1] ** 2))))


def test_a_residual_stack_adds_what_was_there():
    plain = propagate("linear", "identity", seed=0, depth=2, width=5)
    sent = propagate("linear", "identity", seed=0, depth=2, width=5, residual=0.5)
    np.testing.assert_allclose(sent.outputs[2], 1.5**2 * plain.outputs[0], rtol=1e-5)
    np.testing.assert_allclose(sent.gradients[0], 1.5**2 * plain.gradients[2], rtol=1e-5)
