"""The reference answers of 2-optimizers against independent oracles: closed forms, Keras, finite differences."""

import doctest
import inspect

import numpy as np
import pytest

STEPS = 6
NUMPY = ("momentum_step", "adagrad_step", "rmsprop_step", "adam_step")
KERAS = ("Adagrad", "RMSProp")


@pytest.fixture(scope="module")
def step(optimizers):
    """The four NumPy functions, by name."""
    return {name: optimizers.namespace(name)[name] for name in NUMPY}


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def keras_trajectory(optimizer, weights, gradients):
    """What one of Keras's own optimizers makes of the same gradients, after every step."""
    import keras

    variable = keras.Variable(weights, dtype="float64", name="weights")
    visited = []
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        visited.append(np.array(keras.ops.convert_to_numpy(variable)))
    return visited


def trajectory(function, weights, state, gradients, counted=False, **settings):
    """The weights after every step of a NumPy function, and its last state."""
    visited = []
    for number, gradient in enumerate(gradients, 1):
        weights, *state = function(weights, *state, gradient, *([number] if counted else []), **settings)
        visited.append(weights)
    return visited, state


# Closed forms


def test_momentum_under_a_constant_push_is_a_geometric_sum(step):
    alpha, beta = 0.1, 0.8
    _, (velocity,) = trajectory(
        step["momentum_step"], np.array(0.0), [np.array(0.0)], [np.array(2.0)] * 7, learning_rate=alpha, momentum=beta
    )
    assert velocity == pytest.approx(-alpha * 2.0 * (1 - beta**7) / (1 - beta))


def test_adagrad_under_a_constant_push_walks_a_harmonic_sum(step):
    visited, (accumulator,) = trajectory(
        step["adagrad_step"], np.array(0.0), [np.array(0.0)], [np.array(-3.0)] * 9, learning_rate=0.5, epsilon=1e-300
    )
    assert accumulator == pytest.approx(9 * 9.0)
    assert visited[-1] == pytest.approx(0.5 * sum(1 / np.sqrt(t) for t in range(1, 10)))


def test_adagrad_epsilon_stands_under_the_root(step):
    weights, accumulator = step["adagrad_step"](
        np.array([2.0]), np.array([16.0]), np.array([3.0]), learning_rate=1.0, epsilon=11.0
    )
    assert weights == pytest.approx([2 - 3 / 6])
    assert accumulator == pytest.approx([25.0])


def test_rmsprop_average_weighs_each_square_by_its_age(step, rng):
    rho, gradients = 0.7, rng.normal(size=(STEPS, 4))
    _, (accumulator,) = trajectory(
        step["rmsprop_step"], np.zeros(4), [np.full(4, 2.0)], gradients, learning_rate=0.1, rho=rho
    )
    ages = np.arange(STEPS)[::-1, None]
    assert accumulator == pytest.approx(rho**STEPS * 2.0 + np.sum((1 - rho) * rho**ages * gradients**2, axis=0))


def test_rmsprop_settles_at_the_learning_rate(step):
    visited, _ = trajectory(
        step["rmsprop_step"], np.array(0.0), [np.array(0.0)], [np.array(5.0)] * 300, learning_rate=0.25
    )
    assert visited[-2] - visited[-1] == pytest.approx(0.25, rel=1e-6)


def test_adam_moments_are_weighted_means(step, rng):
    beta_1, beta_2, gradients = 0.6, 0.8, rng.normal(size=(STEPS, 3))
    visited, _ = trajectory(
        step["adam_step"],
        np.zeros(3),
        [np.zeros(3), np.zeros(3)],
        gradients,
        counted=True,
        learning_rate=0.3,
        beta_1=beta_1,
        beta_2=beta_2,
    )
    ages = np.arange(STEPS)[::-1]
    mean = np.average(gradients, axis=0, weights=beta_1**ages)
    mean_square = np.average(gradients**2, axis=0, weights=beta_2**ages)
    assert visited[-2] - visited[-1] == pytest.approx(0.3 * mean / np.sqrt(mean_square), rel=1e-6)


def test_adam_first_step_is_the_learning_rate_whatever_the_gradient(step):
    gradients = np.array([1e-3, -1.0, 1e3])
    weights, *_ = step["adam_step"](np.zeros(3), np.zeros(3), np.zeros(3), gradients, 1, learning_rate=0.1)
    assert weights == pytest.approx(-0.1 * np.sign(gradients), rel=1e-4)


# Keras


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_agrees_with_keras(step, rng, nesterov):
    import keras

    weights, gradients = rng.normal(size=(3, 4)), rng.normal(size=(STEPS, 3, 4))
    settings = {"learning_rate": 0.25, "momentum": 0.75, "nesterov": nesterov}
    visited, _ = trajectory(step["momentum_step"], weights, [np.zeros((3, 4))], gradients, **settings)
    np.testing.assert_allclose(visited, keras_trajectory(keras.optimizers.SGD(**settings), weights, gradients))


def test_adagrad_agrees_with_keras(step, rng):
    import keras

    weights, gradients = rng.normal(size=(3, 4)), rng.normal(size=(STEPS, 3, 4))
    theirs = keras.optimizers.Adagrad(0.25, initial_accumulator_value=0.5, epsilon=2.0**-7)
    visited, _ = trajectory(
        step["adagrad_step"], weights, [np.full((3, 4), 0.5)], gradients, learning_rate=0.25, epsilon=2.0**-7
    )
    np.testing.assert_allclose(visited, keras_trajectory(theirs, weights, gradients), rtol=1e-6)


def test_rmsprop_agrees_with_keras(step, rng):
    import keras

    weights, gradients = rng.normal(size=(3, 4)), rng.normal(size=(STEPS, 3, 4))
    settings = {"learning_rate": 0.125, "rho": 0.75, "epsilon": 2.0**-7}
    visited, _ = trajectory(step["rmsprop_step"], weights, [np.zeros((3, 4))], gradients, **settings)
    theirs = keras_trajectory(keras.optimizers.RMSprop(**settings), weights, gradients)
    np.testing.assert_allclose(visited, theirs, rtol=1e-6)


def test_adam_agrees_with_keras_where_epsilon_is_negligible(step, rng):
    import keras

    weights, gradients = rng.normal(size=(3, 4)), rng.normal(size=(STEPS, 3, 4))
    settings = {"learning_rate": 0.125, "beta_1": 0.5, "beta_2": 0.75, "epsilon": 1e-12}
    moments = [np.zeros((3, 4)), np.zeros((3, 4))]
    visited, _ = trajectory(step["adam_step"], weights, moments, gradients, counted=True, **settings)
    theirs = keras_trajectory(keras.optimizers.Adam(**settings), weights, gradients)
    np.testing.assert_allclose(visited, theirs, rtol=1e-6)


def twins(optimizers, name):
    """A student's class (the reference) and Keras's own, with the same settings."""
    import keras

    ours = optimizers.namespace(name)[name]
    if name == "Adagrad":
        settings = {"learning_rate": 0.25, "initial_accumulator_value": 0.5, "epsilon": 0.01}
        return ours(**settings), keras.optimizers.Adagrad(**settings)
    settings = {"learning_rate": 0.125, "rho": 0.75, "epsilon": 0.01}
    return ours(**settings), keras.optimizers.RMSprop(**settings)


@pytest.mark.parametrize("name", KERAS)
def test_keras_class_agrees_with_keras_step_by_step(optimizers, rng, name):
    weights, gradients = rng.normal(size=5), rng.normal(size=(STEPS, 5))
    ours, theirs = (keras_trajectory(each, weights, gradients) for each in twins(optimizers, name))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("name", KERAS)
def test_keras_class_agrees_with_keras_inside_fit(optimizers, rng, name):
    import keras

    inputs, targets = rng.normal(size=(24, 3)).astype("float32"), rng.normal(size=(24, 2)).astype("float32")
    kernel, found = rng.normal(size=(3, 2)), []
    for optimizer in twins(optimizers, name):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.set_weights([kernel, np.zeros(2)])
        model.compile(optimizer=optimizer, loss="mse")
        model.fit(inputs, targets, batch_size=4, shuffle=False, verbose=0)
        found.append(model.get_weights())
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_worked_example_agrees_with_keras(optimizers, rng):
    import keras

    weights, gradients = rng.normal(size=5), rng.normal(size=(STEPS, 5))
    example = optimizers.cells("in-keras", "import keras", "class Momentum")["Momentum"]
    settings = {"learning_rate": 0.25, "momentum": 0.75}
    theirs = keras_trajectory(keras.optimizers.SGD(**settings), weights, gradients)
    np.testing.assert_allclose(keras_trajectory(example(**settings), weights, gradients), theirs, rtol=1e-6)


@pytest.mark.parametrize("name", KERAS)
def test_keras_class_keeps_its_settings(optimizers, name):
    ours, theirs = twins(optimizers, name)
    settings, copied = ours.get_config(), type(ours).from_config(ours.get_config()).get_config()
    assert copied == settings
    own = {"Adagrad": {"initial_accumulator_value", "epsilon"}, "RMSProp": {"rho", "epsilon"}}[name]
    for key in own | {"learning_rate"}:
        assert settings[key] == theirs.get_config()[key]


@pytest.mark.parametrize("name", KERAS)
def test_keras_class_built_twice_keeps_one_accumulator(optimizers, name):
    import keras

    ours, _ = twins(optimizers, name)
    variables = [keras.Variable(np.ones(3), name="weights")]
    ours.build(variables)
    before = len(ours.variables)
    ours.build(variables)
    assert len(ours.variables) == before == 3  # the accumulator, the learning rate, the count of steps


# Finite differences, and what the notebook states


@pytest.mark.parametrize("surface", ["ravine", "turned"])
def test_the_ravines_gradients_are_finite_differences(optimizers, rng, surface):
    names = optimizers.cells("from-scratch", "import numpy", "def ravine", "def turned")
    function = names["ravine" if surface == "ravine" else "turned_ravine"]
    gradient = names[f"{surface}_gradient"]
    for point in rng.normal(size=(5, 2)) * 3:
        slopes = [(function(point + h) - function(point - h)) / 2e-5 for h in 1e-5 * np.eye(2)]
        np.testing.assert_allclose(gradient(point), slopes, rtol=1e-6, atol=1e-9)


def test_the_ravine_is_the_function_in_the_text(optimizers, rng):
    names = optimizers.cells("from-scratch", "import numpy", "def ravine")
    points = rng.normal(size=(5, 2))
    np.testing.assert_allclose(names["ravine"](points), 0.1 * points[:, 0] ** 2 + 2 * points[:, 1] ** 2)


@pytest.mark.parametrize("name", [*NUMPY, *KERAS])
def test_docstring_examples_are_true(optimizers, name):
    names = optimizers.namespace(name)
    example = doctest.DocTestParser().get_doctest(names[name].__doc__, names, name, None, 0)
    assert len(example.examples) >= 2
    told = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=told.append)
    assert runner.failures == 0, "".join(told)


DEFAULTS = {
    "momentum_step": {"momentum": 0.9, "nesterov": False},
    "adagrad_step": {"epsilon": 1e-6},
    "rmsprop_step": {"rho": 0.9, "epsilon": 1e-6},
    "adam_step": {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
    "Adagrad": {"learning_rate": 0.01, "initial_accumulator_value": 0.1, "epsilon": 1e-6, "name": "adagrad"},
    "RMSProp": {"learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-6, "name": "rmsprop"},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_are_those_of_the_contract(optimizers, name):
    parameters = inspect.signature(optimizers.namespace(name)[name]).parameters.values()
    assert {each.name: each.default for each in parameters if each.default is not each.empty} == DEFAULTS[name]


@pytest.mark.parametrize("name", NUMPY)
def test_arguments_keep_their_values(step, rng, name):
    given = [np.abs(rng.normal(size=(3, 2))) for _ in range(4 if name == "adam_step" else 3)]
    before = [each.copy() for each in given]
    step[name](*given, *([3] if name == "adam_step" else []), learning_rate=0.1)
    np.testing.assert_array_equal(given, before)
