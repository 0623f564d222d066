"""Copies side by side are what they would be alone; the data is what its words say."""

from typing import NamedTuple

import numpy as np
import pytest
from nn2.copies import few_digits, moons, moved, train_copies, type_carelessly
from nn2.data import Examples, load_digits


class Small(NamedTuple):
    training: Examples
    validation: Examples


def some_digits(seed, count=20):
    digits = load_digits(seed)
    return Small(*(Examples(*(values[:count] for values in part)) for part in digits[:2]))


def test_few_digits_are_the_first_of_the_split_and_only_training_labels_are_careless():
    digits, all_digits = few_digits(3, examples=50, careless=0.5), load_digits(3)
    assert np.array_equal(digits.training.inputs, all_digits.training.inputs[:50])
    assert 5 < np.sum(digits.training.targets != all_digits.training.targets[:50]) < 40
    assert np.array_equal(digits.validation.targets, all_digits.validation.targets)
    assert np.array_equal(few_digits(3, examples=50).training.targets, all_digits.training.targets[:50])
    again = few_digits(3, examples=50, careless=0.5)
    assert np.array_equal(again.training.targets, digits.training.targets)


def test_the_careless_hand_types_its_share_and_hits_the_truth_one_time_in_ten():
    truth = Examples(np.zeros((20000, 1)), np.full(20000, 7))
    typed = type_carelessly(truth, 0.2, rng=np.random.default_rng(0))
    assert abs(np.mean(typed.targets != 7) - 0.18) < 0.01
    assert set(np.unique(typed.targets)) == set(range(10))
    assert (truth.targets == 7).all()


def test_moons_without_noise_lie_on_their_circles():
    points, classes = moons(200, noise=0.0, rng=np.random.default_rng(0))
    upper, lower = points[classes == 0], points[classes == 1]
    assert len(upper) == len(lower) == 100 and points.dtype == np.float32
    assert np.allclose(np.linalg.norm(upper, axis=1), 1, atol=1e-6) and (upper[:, 1] >= 0).all()
    assert np.allclose(np.linalg.norm(lower - [1, 0.5], axis=1), 1, atol=1e-6) and (lower[:, 1] <= 0.5).all()
    noisy, _ = moons(20000, noise=0.3, rng=np.random.default_rng(0))
    assert abs(np.std(noisy[:, 1] - moons(20000, noise=0.0, rng=np.random.default_rng(0)).inputs[:, 1]) - 0.3) < 0.01


def test_moved_images_move_by_their_own_pixels_and_paper_comes_in():
    images = np.arange(2 * 3 * 4 * 4.0).reshape(2, 3, 4, 4) + 1
    moves = np.random.default_rng(0).integers(-2, 3, size=(2, 2, 3))
    result = moved(images, moves)
    for place in np.ndindex(2, 3):
        down, right = moves[(slice(None), *place)]
        expected = np.zeros((4, 4))
        for row, column in np.ndindex(4, 4):
            if 0 <= row - down < 4 and 0 <= column - right < 4:
                expected[row, column] = images[place][row - down, column - right]
        assert np.array_equal(result[place], expected)
    assert np.array_equal(moved(images, np.zeros((2, 2, 3), dtype=int)), images)


@pytest.mark.slow  # builds and trains three Keras networks
@pytest.mark.parametrize("strength", [0.0, 0.01])
def test_a_copy_trains_as_it_would_alone(strength):
    import keras

    data = [some_digits(0), some_digits(1)]
    regularizer = keras.regularizers.L2(strength) if strength else None
    settings = {"epochs": 3, "batch_size": 8, "regularizer": regularizer}
    together = train_copies(data, seeds=[5, 6], **settings)
    for column, (one, seed) in enumerate(zip(data, [5, 6], strict=True)):
        alone = train_copies([one], seeds=[seed], **settings)
        for part in ("training", "validation"):
            assert np.allclose(alone.loss[part][:, 0], together.loss[part][:, column], rtol=1e-3)
            assert np.array_equal(alone.accuracy[part][:, 0], together.accuracy[part][:, column])
    assert together.loss["training"].shape == (4, 2) and together.epochs.tolist() == [0, 1, 2, 3]
    assert (together.loss["training"][-1] < together.loss["training"][0]).all()


@pytest.mark.slow  # builds and trains two Keras networks
def test_a_copy_is_the_week_1_network_trained_by_hand_in_its_order():
    import keras
    from nn2.networks import week1_network

    data = some_digits(4, count=20)
    copy = train_copies([data], seeds=[9], epochs=2, batch_size=8, regularizer=keras.regularizers.L2(0.01))
    network = week1_network(seed=9)
    for layer in network.layers:
        if layer.weights:
            layer.kernel.regularizer = keras.regularizers.L2(0.01)
    network.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(9)
    for _ in range(2):
        order = rng.permutation(20)
        for start in range(0, 20, 8):
            rows = order[start : start + 8]
            network.train_on_batch(data.training.inputs[rows], data.training.targets[rows])
    for stacked, alone in zip(copy.network.get_weights(), network.get_weights(), strict=True):
        assert np.allclose(stacked[0], alone, atol=1e-4)
    probabilities = keras.ops.convert_to_numpy(network(data.validation.inputs))
    loss = -np.log(probabilities[np.arange(20), data.validation.targets]).mean()
    assert np.isclose(copy.loss["validation"][-1, 0], loss, rtol=1e-3)


@pytest.mark.slow  # builds and trains two Keras networks
def test_dropout_and_shifts_act_in_training_alone_and_measure_is_every_so_many_epochs():
    data = [some_digits(0)]
    settings = {"seeds": [1], "epochs": 4, "measure": 2}
    plain = train_copies(data, **settings)
    for change in ({"rate": 0.5}, {"shift": 1}):
        changed = train_copies(data, **settings, **change)
        assert changed.epochs.tolist() == [0, 2, 4]
        assert np.allclose(changed.loss["training"][0], plain.loss["training"][0], rtol=1e-5)  # measured whole
        assert not np.allclose(changed.loss["training"][-1], plain.loss["training"][-1], rtol=1e-3)
