"""Training with a rate for every step: against the sweep, and what a list of rates and fresh noise change."""

import numpy as np
import pytest
from nn2.data import load_digits
from nn2.schedules import noisy, schedule_rates, train_with_rates
from nn2.training import sweep

STEPS = 34


@pytest.fixture(scope="module")
def runs():
    import keras

    rates = [np.full(STEPS, 0.05), np.zeros(STEPS), np.repeat([0.05, 0.0], STEPS // 2)]
    return train_with_rates(keras.optimizers.SGD, rates, seeds=(0, 1), epochs=1)


def test_a_constant_list_is_a_constant_rate_and_every_row_starts_afresh(runs):
    import keras

    swept = sweep(keras.optimizers.SGD, [0.05], seeds=(0, 1), epochs=1)
    np.testing.assert_allclose(runs.batch_loss[0], swept.training_loss[0], rtol=1e-4)
    np.testing.assert_allclose(runs.validation_loss[0], swept.validation_loss[0], rtol=1e-4)
    np.testing.assert_allclose(runs.test_accuracy[0], swept.test_accuracy[0], atol=0.01)


def test_each_row_has_its_own_rates_at_its_own_steps(runs):
    assert (runs.training_loss[0] < runs.training_loss[2] - 0.05).all()  # half the steps do less than all
    assert (runs.training_loss[2] < runs.training_loss[1] - 0.05).all()  # and more than none


def test_the_noise_is_new_at_every_look_and_the_same_for_every_row():
    import keras

    settings = {"seeds": (0,), "epochs": 2, "pixel_noise": 0.5}
    still = train_with_rates(keras.optimizers.SGD, np.zeros((2, 2 * STEPS)), **settings)
    first, second = still.batch_loss[0, 0]
    assert first != second and abs(first - second) < 0.1
    np.testing.assert_allclose(still.batch_loss[0], still.batch_loss[1], rtol=1e-5)
    clean = train_with_rates(keras.optimizers.SGD, np.zeros((1, STEPS)), seeds=(0,), epochs=1)
    assert abs(still.training_loss[0, 0] - clean.training_loss[0, 0]) > 1e-3


def test_noise_has_the_size_asked_and_leaves_the_examples_alone():
    examples = load_digits(0).training
    before = examples.inputs.copy()
    changed = noisy(examples, 0.5, np.random.default_rng(0))
    assert np.isclose((changed.inputs - before).std(), 0.5, rtol=0.02)
    assert np.array_equal(examples.inputs, before) and changed.targets is examples.targets
    assert changed.inputs.dtype == np.float32


def test_rates_of_the_wrong_length_are_told():
    import keras

    with pytest.raises(ValueError, match=r"rates: expected shape \(rows, 34\), got \(1, 33\)"):
        train_with_rates(keras.optimizers.SGD, np.ones((1, 33)), seeds=(0,), epochs=1)


def test_a_schedule_is_asked_from_step_0_on():
    from keras.optimizers.schedules import InverseTimeDecay

    rates = schedule_rates(InverseTimeDecay(1.0, decay_steps=1, decay_rate=1.0), steps=4)
    np.testing.assert_allclose(rates, [1, 1 / 2, 1 / 3, 1 / 4], rtol=1e-6)
