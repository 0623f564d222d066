"""The reference answers of 3-overfitting against independent oracles: closed forms, Keras's own, finite differences."""

import doctest
import inspect

import numpy as np
import pytest

NUMPY = (
    "l1_penalty",
    "l2_penalty",
    "penalised_loss_and_gradients",
    "dropout_forward",
    "dropout_backward",
    "EarlyStopping",
)
KERAS = ("generalization_gap", "Dropout", "make_regularized_model", "make_early_stopping")
SHAPES = ((3, 4), (5,), (2, 3, 2), ())


@pytest.fixture(scope="module")
def overfitting(in_process):
    """The assignment 3-overfitting."""
    return in_process("3-overfitting")


@pytest.fixture(scope="module")
def answers(overfitting):
    """The NumPy answers, by name."""
    names = overfitting.namespace("EarlyStopping")
    return {name: names[name] for name in NUMPY}


@pytest.fixture(scope="module")
def in_keras(overfitting):
    """The names of the Keras notebook's exercises, each from cells that train nothing."""
    names = overfitting.cells(
        "in-keras", "import keras", *(f"{kind} {name}" for name in KERAS for kind in ("def", "class"))
    )
    return names | overfitting.cells("in-keras", "import keras", "def play", "def make_early_stopping")


@pytest.fixture
def rng():
    return np.random.default_rng(30)


def slopes(function, array, h=1e-6):
    """The gradient of ``function(array)`` by central differences."""
    found = np.empty_like(array)
    for place in np.ndindex(array.shape):
        step = np.zeros_like(array)
        step[place] = h
        found[place] = (function(array + step) - function(array - step)) / (2 * h)
    return found


# The penalties


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["l1_penalty", "l2_penalty"])
def test_penalties_are_kerass(answers, rng, name, shape):
    import keras

    weights = rng.normal(size=shape)
    theirs = {"l1_penalty": keras.regularizers.L1, "l2_penalty": keras.regularizers.L2}[name](0.3)
    assert answers[name](weights, 0.3)[0] == pytest.approx(float(theirs(weights.astype("float32"))), rel=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["l1_penalty", "l2_penalty"])
def test_penalties_gradients_are_finite_differences(answers, rng, name, shape):
    weights = rng.normal(size=shape)
    gradient = answers[name](weights, 0.7)[1]
    np.testing.assert_allclose(gradient, slopes(lambda w: answers[name](w, 0.7)[0], weights), rtol=1e-6, atol=1e-8)


def test_l1_has_no_slope_at_zero(answers):
    value, gradient = answers["l1_penalty"](np.array([0.0, -0.0, 2.0]), 0.5)
    assert value == 1.0
    np.testing.assert_array_equal(gradient, [0, 0, 0.5])


def test_l1_gradient_descent_is_soft_thresholding(answers):
    """Under the penalty alone, n steps of rate α take nαλ off every weight, and none passes zero."""
    weights = np.array([2.0, -0.5, 0.25])
    visited = weights
    for _ in range(6):
        visited = visited - 0.125 * answers["l1_penalty"](visited, 1.0)[1]
    np.testing.assert_array_equal(visited, np.sign(weights) * np.maximum(np.abs(weights) - 6 * 0.125, 0))


def test_l2_gradient_descent_is_a_geometric_decay(answers, rng):
    weights = rng.normal(size=4)
    visited = weights
    for _ in range(6):
        visited = visited - 0.1 * answers["l2_penalty"](visited, 0.4)[1]
    np.testing.assert_allclose(visited, weights * (1 - 2 * 0.1 * 0.4) ** 6)


# The penalized loss


def a_network(rng, batch=6, features=3, hidden=5, outputs=2):
    parameters = {
        "W1": rng.normal(size=(features, hidden)),
        "b1": rng.normal(size=hidden),
        "W2": rng.normal(size=(hidden, outputs)),
        "b2": rng.normal(size=outputs),
    }
    return parameters, rng.normal(size=(batch, features)), rng.normal(size=(batch, outputs))


@pytest.mark.parametrize("penalty", ["l1_penalty", "l2_penalty"])
def test_penalised_gradients_are_finite_differences(answers, rng, penalty):
    parameters, *batch = a_network(rng)
    settings = {"penalty": answers[penalty], "strength": 0.2}
    _, gradients = answers["penalised_loss_and_gradients"](parameters, *batch, **settings)
    for name, array in parameters.items():

        def loss(changed, name=name):
            return answers["penalised_loss_and_gradients"](parameters | {name: changed}, *batch, **settings)[0]

        np.testing.assert_allclose(gradients[name], slopes(loss, array), rtol=1e-5, atol=1e-7, err_msg=name)


@pytest.mark.parametrize(("penalty", "regularizer"), [("l1_penalty", "L1"), ("l2_penalty", "L2")])
def test_penalised_loss_is_kerass(answers, rng, penalty, regularizer):
    import keras

    parameters, inputs, targets = a_network(rng)
    charged = getattr(keras.regularizers, regularizer)(0.05)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(5, activation="relu", kernel_regularizer=charged),
            keras.layers.Dense(2, kernel_regularizer=charged),
        ]
    )
    model.set_weights(list(parameters.values()))
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", jit_compile=False)
    theirs = model.train_on_batch(inputs, targets)
    settings = {"penalty": answers[penalty], "strength": 0.05}
    loss, gradients = answers["penalised_loss_and_gradients"](parameters, inputs, targets, **settings)
    assert loss == pytest.approx(float(theirs), rel=1e-5)
    for (name, array), moved in zip(parameters.items(), model.get_weights(), strict=True):
        np.testing.assert_allclose(array - 0.1 * gradients[name], moved, rtol=1e-4, atol=1e-5, err_msg=name)


def test_biases_are_not_charged(answers, rng):
    parameters, *batch = a_network(rng)

    def marked(weights, strength):
        assert weights.ndim == 2, "a bias was handed to the penalty"
        return 0.0, np.zeros_like(weights)

    answers["penalised_loss_and_gradients"](parameters, *batch, penalty=marked, strength=1.0)


# Dropout in NumPy


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_dropout_keeps_expected_value_and_has_the_variance_of_a_scaled_coin(answers, rate):
    outputs, _ = answers["dropout_forward"](np.ones(200_000), rate, rng=np.random.default_rng(1), training=True)
    variance = rate / (1 - rate)
    assert outputs.mean() == pytest.approx(1, abs=5 * np.sqrt(variance / 200_000) + 1e-12)
    assert outputs.var() == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("shape", SHAPES)
def test_dropout_backward_is_a_finite_difference(answers, rng, shape):
    inputs, upstream = rng.normal(size=shape), rng.normal(size=shape)

    def forward(array):
        return answers["dropout_forward"](array, 0.4, rng=np.random.default_rng(2), training=True)

    gradient = answers["dropout_backward"](upstream, forward(inputs)[1])
    found = slopes(lambda array: np.sum(upstream * forward(array)[0]), inputs)
    np.testing.assert_allclose(gradient, found, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, float("nan"), float("inf")])
@pytest.mark.parametrize("training", [True, False])
def test_dropout_refuses_a_bad_rate(answers, rate, training):
    with pytest.raises(ValueError, match="rate"):
        answers["dropout_forward"](np.ones(3), rate, rng=np.random.default_rng(0), training=training)


def test_dropout_leaves_generator_and_inputs_alone_in_test_mode(answers, rng):
    inputs, generator = rng.normal(size=(3, 4)), np.random.default_rng(3)
    outputs, cache = answers["dropout_forward"](inputs, 0.5, rng=generator, training=False)
    np.testing.assert_array_equal(outputs, inputs)
    np.testing.assert_array_equal(answers["dropout_backward"](inputs, cache), inputs)
    assert generator.random() == np.random.default_rng(3).random()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dropout_keeps_the_precision(answers, dtype):
    inputs = np.ones((3, 4), dtype)
    outputs, cache = answers["dropout_forward"](inputs, 0.5, rng=np.random.default_rng(4), training=True)
    assert outputs.dtype == answers["dropout_backward"](inputs, cache).dtype == dtype


# Early stopping, against Keras's


def test_early_stopping_stops_where_kerass_does(answers, in_keras, rng):
    for _ in range(200):
        losses = (rng.integers(0, 12, size=15) / 4).tolist()
        patience, min_delta = int(rng.integers(1, 5)), float(rng.integers(0, 3)) / 4
        ours = answers["EarlyStopping"](patience=patience, min_delta=min_delta)
        stop = next((n for n, loss in enumerate(losses, 1) if ours.update(n, loss, [np.array([[float(n)]])])), 15)
        import keras

        theirs = keras.callbacks.EarlyStopping(patience=patience, min_delta=min_delta, restore_best_weights=True)
        assert in_keras["play"](theirs, losses) == (stop, ours.best_weights[0][0, 0])


def test_early_stopping_counts_nan_as_not_better(answers):
    stopping = answers["EarlyStopping"](patience=3)
    said = [
        stopping.update(0, loss, [np.ones(1)]) for loss in (np.nan, np.nan, 2.0, np.nan, 1.0, np.nan, np.nan, np.nan)
    ]
    assert said == [False] * 7 + [True]


# In Keras


def test_keras_dropout_has_kerass_statistics(in_keras):
    import keras

    ones = np.ones((400, 500), "float32")
    for rate in (0.1, 0.4, 0.8):
        ours, theirs = (
            keras.ops.convert_to_numpy(layer(rate, seed=5)(ones, training=True))
            for layer in (in_keras["Dropout"], keras.layers.Dropout)
        )
        np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=1e-6)
        assert np.mean(ours == 0) == pytest.approx(np.mean(theirs == 0), abs=0.01)


def test_keras_dropout_keeps_its_settings(in_keras):
    layer = in_keras["Dropout"](0.3, seed=6, name="mine")
    config = layer.get_config()
    assert (config["rate"], config["seed"], config["name"]) == (0.3, 6, "mine")
    assert in_keras["Dropout"].from_config(config).get_config() == config
    assert len(layer.trainable_variables) == 0
    assert len(layer.variables) == 1  # the state of its seed generator


def test_regularized_network_is_the_week_1_network(in_keras):
    from nn2.networks import week1_network

    theirs, ours = week1_network(seed=0), in_keras["make_regularized_model"](0.01, 0.5)
    images = np.random.default_rng(7).random((5, 8, 8)).astype("float32")
    ours(images)
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(images), theirs(images), rtol=1e-5)
    kernels = theirs.get_weights()[::2]
    assert float(sum(ours.losses)) == pytest.approx(0.01 * sum(np.sum(each**2) for each in kernels), rel=1e-5)


@pytest.mark.parametrize("losses", [[3.0, 2.0, 2.5, 2.25], [1.0, 2.0, 3.0, 4.0]])
def test_keras_early_stopping_restores_the_best_epoch(in_keras, losses):
    best = int(np.argmin(losses))
    ran, weight = in_keras["play"](in_keras["make_early_stopping"](2), losses)
    assert (ran, weight) == (min(best + 3, 4), best + 1.0)


def test_gap_of_a_history_of_kerass_own(in_keras):
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse", jit_compile=False)
    ones, twos = np.ones((4, 1)), np.full((4, 1), 2.0)
    history = model.fit(ones, ones, validation_data=(ones, twos), epochs=2, verbose=0).history
    assert in_keras["generalization_gap"](history) == history["val_loss"][1] - history["loss"][1]


# What the notebooks state


def test_worked_example_of_noise_is_normal_and_quiet_outside_of_training(overfitting):
    import keras

    noise = overfitting.cells("in-keras", "import keras", "class Noise")["Noise"](0.5, seed=8)
    zeros = np.zeros((300, 300), "float32")
    drawn = keras.ops.convert_to_numpy(noise(zeros, training=True))
    assert drawn.std() == pytest.approx(0.5, rel=0.02)
    np.testing.assert_array_equal(noise(zeros), zeros)
    copy = type(noise).from_config(noise.get_config())
    np.testing.assert_array_equal(copy(zeros, training=True), drawn)


@pytest.mark.parametrize("name", [*NUMPY, *KERAS])
def test_docstring_examples_are_true(overfitting, answers, in_keras, name):
    names = {"np": np} | dict(answers if name in NUMPY else in_keras)
    example = doctest.DocTestParser().get_doctest(inspect.getdoc(names[name]), names, name, None, 0)
    assert example.examples
    told = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=told.append)
    assert runner.failures == 0, "".join(told)


SIGNATURES = {
    "l1_penalty": "(weights, strength)",
    "l2_penalty": "(weights, strength)",
    "penalised_loss_and_gradients": "(parameters, inputs, targets, *, penalty, strength)",
    "dropout_forward": "(inputs, rate, *, rng, training)",
    "dropout_backward": "(upstream, cache)",
    "EarlyStopping": "(*, patience, min_delta=0.0)",
    "generalization_gap": "(history)",
    "Dropout": "(rate, seed=None, **kwargs)",
    "make_regularized_model": "(strength, rate)",
    "make_early_stopping": "(patience)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_those_of_the_contract(answers, in_keras, name):
    answer = (answers if name in NUMPY else in_keras)[name]
    parameters = inspect.signature(answer.__init__ if inspect.isclass(answer) else answer).parameters.values()
    parameters = [each for each in parameters if each.name != "self"]
    assert str(inspect.Signature(parameters)) == SIGNATURES[name]


# What luck may do to a verdict


def test_false_alarms_are_stated_and_add_up(overfitting):
    """A right hand-in loses a point by luck once in more than fifty thousand hand-ins."""
    chances = [probe.false_alarm for probe in overfitting.assignment.probes]
    assert all((probe.false_alarm > 0) == bool(probe.measure) for probe in overfitting.assignment.probes)
    assert sum(chances) < 2e-5
