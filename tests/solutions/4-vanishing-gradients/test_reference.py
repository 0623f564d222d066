"""The reference answers of 4-vanishing-gradients against independent oracles: Keras, finite differences, quadrature."""

import doctest
import inspect
import runpy

import exercises
import numpy as np
import pytest

NAME = "4-vanishing-gradients"
ACTIVATIONS = ("sigmoid", "leaky_relu", "elu", "selu")
NUMPY = ("initial_weights", *ACTIVATIONS, "gradient_norms_by_depth", "batch_norm_forward", "batch_norm_backward")
KERAS = ("BatchNormalization", "make_normalized_network", "make_mended_network")


@pytest.fixture(scope="module")
def world(in_process):
    return in_process(NAME)


@pytest.fixture(scope="module")
def answer(world):
    """The reference's functions and classes, by name."""
    return {name: value for exercise in NUMPY for name, value in world.namespace(exercise).items()}


@pytest.fixture
def rng():
    return np.random.default_rng(40)


def slopes(loss, array, h=1e-5):
    """The gradient of ``loss()`` with respect to ``array``, by central differences."""
    found = np.empty_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + h
        above = loss()
        array[place] = kept - h
        found[place] = (above - loss()) / (2 * h)
        array[place] = kept
    return found


# Initial weights


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("scheme", ["glorot", "he", "lecun"])
def test_initial_weights_have_the_variance_of_keras(answer, rng, scheme, distribution):
    import keras

    shape = (150, 600)
    theirs = keras.initializers.get(f"{scheme}_{distribution}")(shape)
    ours = answer["initial_weights"](*shape, scheme=scheme, distribution=distribution, rng=rng)
    assert ours.shape == shape
    assert ours.var() == pytest.approx(np.var(keras.ops.convert_to_numpy(theirs)), rel=0.05)
    if distribution == "uniform":
        assert np.abs(ours).max() == pytest.approx(np.abs(keras.ops.convert_to_numpy(theirs)).max(), rel=1e-3)


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_initial_weights_come_from_the_generator_alone(answer, distribution):
    settings = {"scheme": "lecun", "distribution": distribution}
    generators = [np.random.default_rng(1), np.random.default_rng(1)]
    one, other = (answer["initial_weights"](3, 4, **settings, rng=generator) for generator in generators)
    np.testing.assert_array_equal(one, other)
    assert not np.any(one == answer["initial_weights"](3, 4, **settings, rng=generators[0]))


# Activations


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_those_of_keras(answer, rng, name):
    import keras

    z = rng.normal(size=(40, 50)) * 4
    settings = {"leaky_relu": ({"slope": 0.2}, {"negative_slope": 0.2}), "elu": ({"alpha": 1.5}, {"alpha": 1.5})}
    ours, theirs = settings.get(name, ({}, {}))
    expected = getattr(keras.activations, name)(keras.ops.convert_to_tensor(z), **theirs)
    np.testing.assert_allclose(answer[name](z, **ours), keras.ops.convert_to_numpy(expected), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_are_finite_differences(answer, rng, name):
    z = rng.uniform(0.1, 5, size=(30, 20)) * rng.choice([-1, 1], size=(30, 20))
    settings = {"leaky_relu": {"slope": 0.3}, "elu": {"alpha": 1.7}}.get(name, {})
    above, below = (answer[name](z + h, **settings) for h in (1e-5, -1e-5))
    found = answer[f"{name}_derivative"](z, **settings)
    np.testing.assert_allclose(found, (above - below) / 2e-5, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_right_far_from_zero(answer, name):
    z = np.array([-1000.0, 1000.0])
    scale, floor = 1.0507009873554805, 1.7580993408473766
    ends = {"sigmoid": (0, 1), "leaky_relu": (-10, 1000), "elu": (-1, 1000), "selu": (-floor, 1000 * scale)}
    tails = {"sigmoid": (0, 0), "leaky_relu": (0.01, 1), "elu": (0, 1), "selu": (0, scale)}
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(answer[name](z), ends[name], atol=1e-12)
        np.testing.assert_allclose(answer[f"{name}_derivative"](z), tails[name], atol=1e-12)


def test_selu_reproduces_mean_and_variance(answer):
    points, weights = np.polynomial.hermite_e.hermegauss(180)
    weights = weights / weights.sum()  # for the standard normal distribution
    values = answer["selu"](points)
    assert np.sum(weights * values) == pytest.approx(0, abs=1e-3)
    assert np.sum(weights * values**2) == pytest.approx(1, abs=1e-3)


# Gradient norms


def derivative_of_tanh(z):
    return 1 - np.tanh(z) ** 2


def test_gradient_norms_are_finite_differences_of_the_loss(answer):
    depth, width, rng = 3, 4, np.random.default_rng(7)
    inputs = rng.normal(size=(128, width))  # in the order in which the reference draws
    weights = [
        answer["initial_weights"](width, width, scheme="he", distribution="normal", rng=rng) for _ in range(depth)
    ]

    def loss():
        outputs = inputs
        for matrix in weights:
            outputs = np.tanh(outputs @ matrix)
        return np.mean(0.5 * np.sum(outputs**2, axis=1))

    found = answer["gradient_norms_by_depth"](
        depth, width, activation=np.tanh, derivative=derivative_of_tanh, scheme="he", rng=np.random.default_rng(7)
    )
    np.testing.assert_allclose(found, [np.linalg.norm(slopes(loss, matrix)) for matrix in weights], rtol=1e-6)


def truncated_weights(fan_in, fan_out, *, scheme, distribution, rng):
    """What is as good as a normal distribution: one cut off at two standard deviations, as in Keras."""
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme]
    numbers = rng.normal(size=(fan_in, fan_out))
    while np.any(far := np.abs(numbers) > 2):
        numbers[far] = rng.normal(size=far.sum())
    return numbers * np.sqrt(variance) / 0.87962566103423978


@pytest.fixture(scope="module")
def probes():
    return runpy.run_path(str(exercises.ROOT / "solutions" / NAME / "probes.py"))


@pytest.mark.parametrize("activation", ["logistic", "relu", "tanh", "linear"])
def test_one_calls_norms_lie_within_the_half_widths_often_enough(world, probes, activation):
    scheme, depth, half_widths, half_width = probes["COMBINATIONS"][activation]
    names = world.namespace("gradient_norms_by_depth")
    pairs = {
        "logistic": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
        "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
        "tanh": (np.tanh, derivative_of_tanh),
        "linear": (lambda z: z, np.ones_like),
    }
    middle, calls = None, 500
    for draw in (names["initial_weights"], truncated_weights):
        names["initial_weights"], rng = draw, np.random.default_rng(1)
        logarithms = np.log(
            [
                names["gradient_norms_by_depth"](
                    depth,
                    probes["WIDTH"],
                    activation=pairs[activation][0],
                    derivative=pairs[activation][1],
                    scheme=scheme,
                    rng=rng,
                )
                for _ in range(calls)
            ]
        )
        found = np.column_stack([np.diff(logarithms, axis=1), logarithms.mean(axis=1)])
        middle = np.median(found, axis=0) if middle is None else middle  # of whole normal weights
        outside = np.mean(np.abs(found - middle) > [*half_widths, half_width], axis=0)
        assert np.all(outside <= probes["OUTSIDE"]), outside


# Batch normalization in NumPy


def test_batch_norm_forward_agrees_with_keras(answer, rng):
    import keras

    settings = {"momentum": 0.8, "epsilon": 0.01}
    layer = keras.layers.BatchNormalization(**settings, dtype="float64")
    layer.build((None, 3))
    gamma, beta = rng.normal(size=(2, 3))
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    mean, variance = np.zeros(3), np.ones(3)
    for training in (True, True, True, False):
        x = rng.normal(2.0, 3.0, size=(6, 3))
        expected = keras.ops.convert_to_numpy(layer(x, training=training))
        y, mean, variance, _ = answer["batch_norm_forward"](
            x, gamma, beta, mean, variance, **settings, training=training
        )
        np.testing.assert_allclose(y, expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(mean, keras.ops.convert_to_numpy(layer.moving_mean), rtol=1e-6)
    np.testing.assert_allclose(variance, keras.ops.convert_to_numpy(layer.moving_variance), rtol=1e-6)


@pytest.mark.parametrize("epsilon", [1e-5, 0.5])
@pytest.mark.parametrize("shape", [(5, 3), (6, 1), (4, 7)])
def test_batch_norm_backward_is_the_gradient_of_the_forward_pass(answer, rng, shape, epsilon):
    x, upstream = rng.normal(size=(2, *shape))
    gamma, beta = rng.normal(size=(2, shape[1]))
    statistics = np.zeros(shape[1]), np.ones(shape[1])

    def forward():
        return answer["batch_norm_forward"](x, gamma, beta, *statistics, epsilon=epsilon, training=True)

    found = answer["batch_norm_backward"](upstream, forward()[3])
    for array, gradient in zip((x, gamma, beta), found, strict=True):
        np.testing.assert_allclose(
            gradient, slopes(lambda: np.sum(upstream * forward()[0]), array), rtol=1e-5, atol=1e-7
        )


def test_batch_norm_keeps_its_arguments(answer, rng):
    given = [rng.normal(size=(5, 3)), *rng.normal(size=(2, 3)), np.ones(3), np.ones(3)]
    before = [np.array(each) for each in given]
    for training in (True, False):
        *_, cache = answer["batch_norm_forward"](*given, training=training)
    upstream = rng.normal(size=(5, 3))
    kept = upstream.copy()
    answer["batch_norm_backward"](upstream, cache)
    np.testing.assert_array_equal(upstream, kept)
    for one, other in zip(given, before, strict=True):
        np.testing.assert_array_equal(one, other)


# Keras


def layer_pair(world):
    """The reference's layer and Keras's own, with the same settings."""
    import keras

    settings = {"momentum": 0.75, "epsilon": 0.02}
    return world.namespace("BatchNormalization")["BatchNormalization"](**settings), keras.layers.BatchNormalization(
        **settings
    )


def test_layer_agrees_with_keras_batch_by_batch(world, rng):
    import keras

    pair = layer_pair(world)
    for training in (True, True, False, True, None, False):
        x = keras.ops.convert_to_tensor(rng.normal(1.0, 2.0, size=(6, 4)).astype("float32"))
        ours, theirs = (keras.ops.convert_to_numpy(layer(x, training=training)) for layer in pair)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_layer_agrees_with_keras_inside_fit(world, rng):
    import keras

    inputs, targets = rng.normal(1, 1, size=(30, 3)).astype("float32"), rng.normal(size=(30, 2)).astype("float32")
    kernels, found = (rng.normal(size=(3, 4)), rng.normal(size=(4, 2))), []
    for layer in layer_pair(world):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), layer, keras.layers.Dense(2)])
        model.layers[0].kernel.assign(kernels[0])
        model.layers[2].kernel.assign(kernels[1])
        model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse", jit_compile=False)
        model.fit(inputs, targets, batch_size=5, shuffle=False, verbose=0)
        found.append(model.predict(inputs, verbose=0))
    np.testing.assert_allclose(*found, rtol=1e-3, atol=1e-4)


def test_lectures_network_has_the_numbers_of_the_text(world):
    network = world.namespace("make_normalized_network")["make_normalized_network"]()
    trained = sum(int(np.prod(each.shape)) for each in network.trainable_variables)
    assert (trained, network.count_params() - trained) == (50_610 + 800, 800)
    assert [layer.momentum for layer in network.layers if hasattr(layer, "momentum")] == [0.99, 0.99]


def test_gradients_instead_are_the_step_of_gradient_descent(world, rng):
    import keras

    names = world.cells("in-keras", "import keras", "class GradientsInstead")
    names["inputs"], names["targets"] = rng.uniform(size=(8, 3, 2)).astype("float32"), rng.integers(10, size=8)
    names["training"] = np.arange(8)
    network = keras.Sequential([keras.Input((3, 2)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    before = network.get_weights()[0]
    norms = names["gradient_norms"](network, examples=8)
    np.testing.assert_array_equal(network.get_weights()[0], before)
    network.compile(keras.optimizers.SGD(1.0), loss="sparse_categorical_crossentropy")
    network.train_on_batch(names["inputs"], names["targets"])
    np.testing.assert_allclose(norms, [np.linalg.norm(before - network.get_weights()[0])], rtol=1e-4)


# What the docstrings say


@pytest.mark.parametrize("exercise", [*NUMPY, *KERAS])
def test_docstring_examples_are_true(world, exercise):
    names = world.namespace(exercise)
    defined = [name for name in (exercise, f"{exercise}_derivative") if name in names]
    assert len(defined) == 1 + (exercise in ACTIVATIONS)
    for name in defined:
        example = doctest.DocTestParser().get_doctest(names[name].__doc__, names, name, None, 0)
        assert example.examples
        told = []
        runner = doctest.DocTestRunner(verbose=False)
        runner.run(example, out=told.append, clear_globs=False)
        assert runner.failures == 0, "".join(told)


DEFAULTS = {
    "initial_weights": {},
    "sigmoid": {},
    "sigmoid_derivative": {},
    "leaky_relu": {"slope": 0.01},
    "leaky_relu_derivative": {"slope": 0.01},
    "elu": {"alpha": 1.0},
    "elu_derivative": {"alpha": 1.0},
    "selu": {},
    "selu_derivative": {},
    "gradient_norms_by_depth": {},
    "batch_norm_forward": {"momentum": 0.99, "epsilon": 1e-3},
    "batch_norm_backward": {},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_are_those_of_the_contract(answer, name):
    parameters = inspect.signature(answer[name]).parameters.values()
    assert {each.name: each.default for each in parameters if each.default is not each.empty} == DEFAULTS[name]


def test_layers_defaults_are_those_of_the_contract(world):
    parameters = inspect.signature(world.namespace("BatchNormalization")["BatchNormalization"]).parameters.values()
    defaults = {each.name: each.default for each in parameters if each.default is not each.empty}
    assert defaults == {"momentum": 0.99, "epsilon": 1e-3}


def test_no_probe_fails_a_right_answer_more_often_than_once_in_a_million(world):
    chances = [probe.false_alarm for probe in world.assignment.probes]
    assert max(chances) <= 1e-6
    assert sum(chances) < 2e-6
