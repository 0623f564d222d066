"""The week-1 network."""

import numpy as np
import pytest
from nn2.networks import week1_network


@pytest.fixture(scope="module")
def network():
    return week1_network(seed=0)


def test_layers_are_those_of_week_1(network):
    dense = [layer for layer in network.layers if type(layer).__name__ == "Dense"]
    assert [layer.units for layer in dense] == [300, 100, 10]
    assert [layer.activation.__name__ for layer in dense] == ["relu", "relu", "softmax"]
    assert network.count_params() == (64 + 1) * 300 + (300 + 1) * 100 + (100 + 1) * 10


def test_compiled_as_in_week_1(network):
    assert network.loss == "sparse_categorical_crossentropy"
    assert type(network.optimizer).__name__ == "SGD" and float(network.optimizer.learning_rate) == pytest.approx(0.01)


def test_outputs_are_probabilities(network):
    import keras

    images = np.random.default_rng(0).uniform(size=(5, 8, 8)).astype("float32")
    np.testing.assert_allclose(keras.ops.convert_to_numpy(network(images)).sum(axis=1), 1, rtol=1e-5)


def test_weights_come_from_the_seed_and_biases_are_zero(network):
    weights, again, other = (
        network.get_weights(),
        week1_network(seed=0).get_weights(),
        week1_network(seed=1).get_weights(),
    )
    for ours, same, different in zip(weights, again, other, strict=True):
        np.testing.assert_array_equal(ours, same)
        assert np.array_equal(ours, different) == (ours.ndim == 1)
        if ours.ndim == 1:
            assert not ours.any()


def test_weights_are_glorot_uniform(network):
    for matrix in network.get_weights()[::2]:
        limit = np.sqrt(6 / sum(matrix.shape))
        assert 0.95 * limit < abs(matrix).max() <= limit * (1 + 1e-6)
