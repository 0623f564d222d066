"""Deep networks, and training them on a grid."""

from functools import partial

import numpy as np
import pytest
from nn2.data import Examples, load_digits
from nn2.deep import deep_network, train_grid, train_steps

make = partial(deep_network, depth=2, activation="tanh", initializer="glorot_uniform", width=12)


def test_layers_stand_behind_each_hidden_layer():
    import keras

    model = make(seed=0, behind=keras.layers.LayerNormalization)
    names = [type(layer).__name__ for layer in model.layers]
    assert names == ["Flatten", *["Dense", "LayerNormalization"] * 2, "Dense"]
    assert [layer.activation.__name__ for layer in model.layers[1::2]] == ["tanh", "tanh", "softmax"]


def test_the_seed_decides_the_weights_and_layers_differ():
    weights, again, other = (make(seed=seed, depth=3).get_weights() for seed in (0, 0, 1))
    assert all(np.array_equal(ours, same) for ours, same in zip(weights, again, strict=True))
    assert not np.array_equal(weights[2], other[2]) and not np.array_equal(weights[2], weights[4])
    assert not any(bias.any() for bias in weights[1::2])


def test_constant_weights_need_no_seed():
    assert (make(seed=0, initializer="ones").get_weights()[0] == 1).all()


class Recorder:
    def fit(self, inputs, targets, *, batch_size, shuffle, verbose):
        self.targets, self.batch_size, self.shuffle = targets, batch_size, shuffle
        return self

    history = {"loss": [0.5]}  # noqa: RUF012


def test_steps_deal_full_batches_anew_in_every_epoch():
    model, examples = Recorder(), Examples(np.zeros((10, 8, 8), "float32"), np.arange(10))
    assert train_steps(model, examples, steps=4, seed=0, batch_size=5) == 0.5
    assert len(model.targets) == 20 and model.batch_size == 5 and model.shuffle is False
    assert sorted(model.targets[:10]) == sorted(model.targets[10:]) == list(range(10))
    assert not np.array_equal(model.targets[:10], model.targets[10:])


def test_a_grid_starts_every_run_from_the_same_weights_and_an_empty_optimizer():
    import keras

    momentum = partial(keras.optimizers.SGD, momentum=0.9)
    found = train_grid(make, momentum, [0.1, 1e-9, 0.1], seeds=(0, 1), steps=40)
    assert {name: shares.shape for name, shares in found.items()} == dict.fromkeys(found, (3, 2))
    assert found["training"][0] == pytest.approx(found["training"][2], abs=0.01)
    assert (found["training"][0] > 0.5).all() and (found["training"][1] < 0.4).all()

    model = make(seed=1)
    model.compile(momentum(0.1), "sparse_categorical_crossentropy", jit_compile=False)
    digits = load_digits(1)
    train_steps(model, digits.training, steps=40, seed=1)
    guesses = keras.ops.convert_to_numpy(model(digits.test.inputs)).argmax(axis=1)
    assert found["test"][0, 1] == pytest.approx(np.mean(guesses == digits.test.targets), abs=0.02)
