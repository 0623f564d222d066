"""The week-1 network in NumPy, against Keras and finite differences."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from nn2.data import load_digits
from nn2.dense import SIZES, accuracy, flatten, gradient, loss, outputs, unflatten, week1_start
from nn2.networks import week1_network

SMALL = (4, 5, 3, 2)


def small_case(seed=0):
    rng = np.random.default_rng(seed)
    count = sum(a * b + b for a, b in pairwise(SMALL))
    return rng.normal(size=count), rng.normal(size=(7, 2, 2)), rng.integers(2, size=7)


def test_flatten_and_unflatten_are_inverses_and_views():
    weights, _, _ = small_case()
    arrays = unflatten(weights, SMALL)
    assert [array.shape for array in arrays] == [(4, 5), (5,), (5, 3), (3,), (3, 2), (2,)]
    np.testing.assert_array_equal(flatten(arrays), weights)
    arrays[0][0, 0] = 17.0
    assert weights[0] == 17.0


def test_a_vector_of_another_length_is_one_sentence():
    with pytest.raises(ValueError, match=r"weights: expected shape \(51,\) for a network of sizes \(4, 5, 3, 2\), got"):
        unflatten(np.zeros(50), SMALL)


@pytest.mark.parametrize("sizes_and_case", [(SMALL, small_case()), (SMALL, small_case(1))])
def test_the_gradient_is_the_finite_difference_of_the_loss(sizes_and_case):
    sizes, (weights, inputs, targets) = sizes_and_case
    step = 1e-6
    differences = [
        (loss(weights + shift, inputs, targets, sizes) - loss(weights - shift, inputs, targets, sizes)) / (2 * step)
        for shift in step * np.eye(len(weights))
    ]
    before = weights.copy()
    np.testing.assert_allclose(gradient(weights, inputs, targets, sizes), differences, atol=1e-8)
    np.testing.assert_array_equal(weights, before)


def test_the_gradient_of_all_is_the_mean_of_each_ones():
    weights, inputs, targets = small_case()
    each = [gradient(weights, inputs[i : i + 1], targets[i : i + 1], SMALL) for i in range(len(targets))]
    np.testing.assert_allclose(gradient(weights, inputs, targets, SMALL), np.mean(each, axis=0), atol=1e-12)


def test_large_scores_are_no_trouble():
    weights, inputs, targets = small_case()
    assert np.isfinite(loss(1e4 * weights, inputs, targets, SMALL))
    assert np.isfinite(gradient(1e4 * weights, inputs, targets, SMALL)).all()


def test_it_is_the_network_of_keras():
    model, (inputs, targets) = week1_network(seed=3), load_digits(3).validation
    weights = week1_start(3)
    assert weights.shape == (model.count_params(),) and weights.dtype == np.float32
    said = model.evaluate(inputs, targets, verbose=0, return_dict=True)
    assert loss(weights, inputs, targets) == pytest.approx(said["loss"], rel=1e-4)
    assert accuracy(weights, inputs, targets) == pytest.approx(said["accuracy"])
    np.testing.assert_allclose(np.exp(outputs(weights, inputs)), model.predict(inputs, verbose=0), atol=1e-5)
    model.optimizer.learning_rate = 1.0
    model.train_on_batch(inputs, targets)
    step = flatten(model.get_weights()) - weights
    np.testing.assert_allclose(step, -gradient(weights, inputs, targets), atol=1e-5)
    assert SIZES == (64, 300, 100, 10)


def test_importing_does_not_import_keras():
    code = "import sys, nn2.dense; assert not {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
