"""The sweep over learning rates and seeds, against training by hand with Keras's own loop."""

import numpy as np
import pytest
from nn2.data import Examples, load_digits
from nn2.networks import week1_network
from nn2.training import Sweep, loss_and_accuracy, shuffled_batches, sweep


@pytest.fixture(scope="module")
def swept():
    import keras

    return sweep(keras.optimizers.RMSprop, [0.0, 0.001, 0.003], seeds=(0, 1), epochs=2)


def by_hand(learning_rate, seed, epochs=2):
    """The same training in the plainest way: a batch at a time, on a fresh network."""
    import keras

    digits, network = load_digits(seed), week1_network(seed=seed)
    network.compile(optimizer=keras.optimizers.RMSprop(learning_rate), loss=network.loss)
    batches = shuffled_batches(digits.training, epochs=epochs, seed=seed)
    losses, sizes = [], []
    for index in range(len(batches)):
        inputs, targets = batches[index]
        probabilities = keras.ops.convert_to_numpy(network(inputs))
        losses.append(-np.log(probabilities[np.arange(len(targets)), targets]).mean())
        sizes.append(len(targets))
        network.train_on_batch(inputs, targets)
    per_epoch = [
        np.average(part, weights=weights)
        for part, weights in zip(np.split(np.array(losses), epochs), np.split(np.array(sizes), epochs), strict=True)
    ]
    return per_epoch, loss_and_accuracy(network, digits.validation), loss_and_accuracy(network, digits.test)


def test_shapes(swept):
    assert swept.training_loss.shape == (3, 2, 2)
    assert swept.validation_loss.shape == swept.validation_accuracy.shape == swept.test_accuracy.shape == (3, 2)


def test_every_run_starts_afresh_and_is_the_training_by_hand(swept):
    training, validation, test = by_hand(0.003, seed=1)  # the last run of the sweep, after five others
    np.testing.assert_allclose(swept.training_loss[2, 1], training, rtol=2e-2)
    np.testing.assert_allclose(swept.validation_loss[2, 1], validation[0], rtol=5e-2)
    assert swept.validation_accuracy[2, 1] == pytest.approx(validation[1], abs=0.02)
    assert swept.test_accuracy[2, 1] == pytest.approx(test[1], abs=0.02)


def test_a_rate_of_zero_changes_nothing(swept):
    for column in (0, 1):
        untouched = loss_and_accuracy(week1_network(seed=column), load_digits(column).validation)
        np.testing.assert_allclose(swept.validation_loss[0, column], untouched[0], rtol=1e-4)
        np.testing.assert_allclose(swept.training_loss[0, column, 0], swept.training_loss[0, column, 1], rtol=1e-3)


def test_best_is_the_lowest_validation_loss(swept):
    assert swept.best == int(np.argmin(swept.validation_loss.mean(axis=1))) == 2


def test_a_run_that_blew_up_is_not_the_best():
    zeros = np.zeros((2, 1))
    assert Sweep(np.array([1.0, 9.0]), zeros[..., None], np.array([[3.0], [np.nan]]), zeros, zeros).best == 0


def test_index_finds_a_rate_or_says_which_there_are(swept):
    assert swept.index(0.003) == 2
    with pytest.raises(ValueError, match=r"learning_rate: expected one of \[0.0, 0.001, 0.003\], got 0.5"):
        swept.index(0.5)


def test_each_epoch_deals_every_example_once_in_a_new_order():
    examples = Examples(np.arange(70.0).reshape(70, 1, 1), np.arange(70))
    batches = shuffled_batches(examples, epochs=2, seed=0)
    dealt = [batches[index] for index in range(len(batches))]
    assert [len(targets) for _, targets in dealt] == [32, 32, 6] * 2
    first, second = (np.concatenate([targets for _, targets in dealt[part]]) for part in (slice(3), slice(3, 6)))
    assert sorted(first) == sorted(second) == list(range(70)) and not np.array_equal(first, second)
    for inputs, targets in dealt:
        np.testing.assert_array_equal(inputs[:, 0, 0], targets)


def test_loss_and_accuracy_of_a_network_that_guesses():
    import keras

    guesser = keras.Sequential(
        [keras.Input((2, 2)), keras.layers.Flatten(), keras.layers.Dense(4, "softmax", kernel_initializer="zeros")]
    )
    examples = Examples(np.ones((8, 2, 2), "float32"), np.array([0, 0, 1, 2, 3, 1, 2, 3]))
    loss, accuracy = loss_and_accuracy(guesser, examples)
    assert loss == pytest.approx(np.log(4), rel=1e-5) and accuracy == 0.25
