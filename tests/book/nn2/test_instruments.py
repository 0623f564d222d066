"""The instruments, each against what it should show by hand; on TensorFlow here, on JAX in a process of its own."""

import os
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from nn2.data import Examples
from nn2.instruments import Readings, dead_shares, draw_panel, instrument_panel, kernel_gradients


@pytest.fixture
def examples():
    rng = np.random.default_rng(0)
    return Examples(rng.normal(size=(20, 2, 2)).astype("float32"), rng.integers(3, size=20))


def network(*, optimizer=None, hidden=5, **compiling):
    import keras

    layers = [keras.Input((2, 2)), keras.layers.Flatten()]
    for seed in range(1 if hidden else 0):
        start = keras.initializers.GlorotUniform(seed=seed)
        layers.append(keras.layers.Dense(hidden, activation="relu", kernel_initializer=start, name="hidden"))
    start = keras.initializers.GlorotUniform(seed=9)
    layers.append(keras.layers.Dense(3, activation="softmax", kernel_initializer=start, name="last"))
    model = keras.Sequential(layers)
    model.compile(optimizer or keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy", **compiling)
    return model


def test_the_gradient_of_a_network_without_hidden_layers_is_the_formula(examples):
    import keras

    model = network(hidden=0, optimizer=keras.optimizers.Adam(0.3))
    probabilities = keras.ops.convert_to_numpy(model(examples.inputs))
    errors = probabilities - np.eye(3)[examples.targets]
    by_hand = examples.inputs.reshape(20, 4).T @ errors / 20
    before = model.get_weights()
    (gradient,) = kernel_gradients(model, examples)
    np.testing.assert_allclose(gradient, by_hand, atol=1e-6)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_dead_unit_is_one_that_is_0_for_all_examples(examples):
    model = network(hidden=4)
    kernel, bias, *rest = model.get_weights()
    bias[:] = (-100, 100, -100, -100)
    kernel[0, 3], bias[3] = 1.0, 0.5 - examples.inputs[:, 0, 0].max()  # alive for one example at least
    kernel[1:, 3] = 0
    model.set_weights([kernel, bias, *rest])
    assert dead_shares(model, examples.inputs) == [0.5]
    assert dead_shares(network(hidden=0), examples.inputs) == []


def test_readings_of_a_training_in_single_full_batches_are_those_of_gradient_descent(examples):
    model, panel = network(), instrument_panel(examples, examples)
    norms = [float(np.linalg.norm(kernel)) for kernel in model.get_weights()[::2]]
    model.fit(*examples, batch_size=20, epochs=3, verbose=0, callbacks=[panel])
    readings = panel.readings
    assert readings.layers == ["hidden", "last"]
    assert np.shape(readings.gradient_norms) == (4, 2) and np.shape(readings.update_ratios) == (3, 2)
    assert np.shape(readings.dead_shares) == (4, 1)
    assert readings.training_loss == readings.validation_loss and len(readings.training_loss) == 4
    assert readings.training_loss[3] < readings.training_loss[0]
    np.testing.assert_allclose(readings.update_ratios[0], 0.1 * np.array(readings.gradient_norms[0]) / norms, rtol=1e-4)


def test_it_only_looks(examples):
    import keras

    finals = []
    for callbacks in ([], [instrument_panel(examples, examples)]):
        model = network(optimizer=keras.optimizers.Adam(0.01))
        model.fit(*examples, batch_size=8, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
        finals.append(model.get_weights())
    for without, with_panel in zip(*finals, strict=True):
        np.testing.assert_array_equal(without, with_panel)


def test_each_fit_begins_anew_and_another_model_may_come(examples):
    panel = instrument_panel(examples, examples)
    for model in (network(), network(hidden=7)):
        for _ in range(2):
            model.fit(*examples, epochs=1, verbose=0, callbacks=[panel])
            assert len(panel.readings.training_loss) == 2 and len(panel.readings.update_ratios) == 1


def test_several_steps_at_a_time_are_refused(examples):
    with pytest.raises(ValueError, match="steps_per_execution: expected 1, got 4"):
        network(steps_per_execution=4).fit(*examples, verbose=0, callbacks=[instrument_panel(examples, examples)])


def test_the_panel_draws_what_was_read():
    figure = matplotlib.figure.Figure()
    axes = figure.subplots(1, 4)
    readings = Readings(
        ["hidden", "last"], [2.0, 1.0], [2.5, 1.5], [[0.0, 1.0], [0.5, 2.0]], [[0.01, 0.1]], [[0.0], [0.25]]
    )
    draw_panel(axes, readings)
    loss, gradients, updates, dead = ([list(line.get_ydata()) for line in one.lines] for one in axes)
    assert loss == [[2.0, 1.0], [2.5, 1.5]] and dead == [[0.0, 25.0]]
    assert gradients == [[1e-9, 0.5], [1.0, 2.0]]  # a logarithm has no place for 0
    assert updates == [[0.01], [0.1], [1e-3, 1e-3]]
    assert [one.get_title() for one in axes] == ["loss", "gradient norm", "update / weight", "dead units, %"]


@pytest.mark.slow  # starts JAX in another process
def test_on_jax_it_reads_the_same():
    code = (
        "import numpy as np, keras, test_instruments as here; from nn2.data import Examples\n"
        "assert keras.backend.backend() == 'jax'\n"
        "rng = np.random.default_rng(0)\n"
        "examples = Examples(rng.normal(size=(20, 2, 2)).astype('float32'), rng.integers(3, size=20))\n"
        "here.test_readings_of_a_training_in_single_full_batches_are_those_of_gradient_descent(examples)\n"
        "here.test_the_gradient_of_a_network_without_hidden_layers_is_the_formula(examples)\n"
        "here.test_it_only_looks(examples)\n"
    )
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": os.path.dirname(__file__)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
