"""The reference answers of 1-schedules against independent oracles: closed forms, Keras's own, normal equations."""

import doctest
import inspect
import json
import math

import numpy as np
import pytest

NUMPY = (
    "power_decay",
    "exponential_decay",
    "piecewise_constant",
    "ReduceOnPlateau",
    "minibatches",
    "gradient_descent",
)
KERAS = ("PowerDecay", "rate_for_epoch", "plateau_callback")
STEPS = np.array([0, 1, 4, 9, 10, 11, 29, 30, 31, 200, 10_000])


@pytest.fixture(scope="module")
def answers(in_process):
    """The NumPy answers, by name."""
    schedules = in_process("1-schedules")
    return {name: schedules.namespace(name)[name] for name in NUMPY}


@pytest.fixture(scope="module")
def in_keras(in_process):
    """The names of the Keras notebook's exercises, from the cells that train nothing."""
    return in_process("1-schedules").cells(
        "in-keras", "import keras", "class PowerDecay", "def rate_for_epoch", "def plateau_callback"
    )


@pytest.fixture
def rng():
    return np.random.default_rng(10)


@pytest.fixture
def data(rng):
    """Inputs and targets of a line with noise, 40 examples."""
    inputs = rng.normal(size=(40, 3))
    return inputs, inputs @ np.array([1.0, -2.0, 0.5]) + 0.7 + 0.3 * rng.normal(size=40)


def in_numbers(schedule, steps=STEPS):
    """What a schedule of Keras says, as an array."""
    import keras

    return np.array([float(keras.ops.convert_to_numpy(schedule(int(step)))) for step in steps])


# Closed forms


def test_power_decay_is_a_fraction_after_multiples_of_its_unit(answers):
    rates = answers["power_decay"](np.arange(0, 50, 10), initial_learning_rate=0.6, decay_steps=10)
    assert rates == pytest.approx([0.6, 0.3, 0.2, 0.15, 0.12])


def test_power_decay_with_a_power_of_half_falls_as_a_root(answers):
    rate = answers["power_decay"](30, initial_learning_rate=1.0, decay_steps=2, power=0.5)
    assert rate == pytest.approx(0.25)


def test_power_decay_adds_up_like_a_logarithm_and_exponential_decay_to_a_bound(answers):
    steps, settings = np.arange(100_000), {"initial_learning_rate": 1.0, "decay_steps": 7}
    power = answers["power_decay"](steps, **settings)
    assert power[10_000:].sum() == pytest.approx(7 * math.log(100_006.5 / 10_006.5), rel=1e-6)
    exponential = answers["exponential_decay"](steps, **settings)
    assert exponential.sum() == pytest.approx(1 / (1 - 0.1 ** (1 / 7)))


def test_exponential_decay_multiplies_by_one_factor_at_every_step(answers):
    rates = answers["exponential_decay"](np.arange(20), initial_learning_rate=0.3, decay_steps=5.0, decay_rate=0.2)
    assert rates[1:] / rates[:-1] == pytest.approx(np.full(19, 0.2 ** (1 / 5)))
    assert rates[[0, 5, 10]] == pytest.approx([0.3, 0.06, 0.012])


# Keras's own schedules


def test_power_decay_agrees_with_inverse_time_decay(answers):
    import keras

    theirs = keras.optimizers.schedules.InverseTimeDecay(0.7, decay_steps=13, decay_rate=1.0)
    assert answers["power_decay"](STEPS, initial_learning_rate=0.7, decay_steps=13) == pytest.approx(
        in_numbers(theirs), rel=1e-5
    )


def test_exponential_decay_agrees_with_keras(answers):
    import keras

    theirs = keras.optimizers.schedules.ExponentialDecay(0.7, decay_steps=13, decay_rate=0.6)
    ours = answers["exponential_decay"](STEPS[:-1], initial_learning_rate=0.7, decay_steps=13, decay_rate=0.6)
    assert ours == pytest.approx(in_numbers(theirs, STEPS[:-1]), rel=1e-4)


@pytest.mark.parametrize("boundaries", [[10], [10, 30], [4, 10, 11, 31]])
def test_piecewise_constant_agrees_with_keras_at_every_step(answers, rng, boundaries):
    import keras

    values = [float(value) for value in rng.uniform(0.1, 1.0, size=len(boundaries) + 1)]
    theirs = keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, values)
    steps = np.arange(40)
    ours = answers["piecewise_constant"](steps, boundaries=boundaries, values=values)
    assert ours == pytest.approx(in_numbers(theirs, steps), rel=1e-6)
    assert [float(answers["piecewise_constant"](int(n), boundaries=boundaries, values=values)) for n in steps] == list(
        ours
    )


# Reduce on plateau


def keras_rates(losses, learning_rate, **settings):
    """What Keras's ReduceLROnPlateau makes of the same losses, after each one."""
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(learning_rate), loss="mse")
    callback = keras.callbacks.ReduceLROnPlateau(monitor="loss", **settings)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"loss": loss})
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    return rates


@pytest.mark.parametrize("patience", [1, 2, 5])
@pytest.mark.parametrize("floor", [0.0, 0.05, 2.0])
def test_reduce_on_plateau_agrees_with_keras(answers, rng, patience, floor):
    losses = 3 / np.sqrt(np.arange(1.0, 81.0)) + rng.normal(size=80) * 0.1
    losses[[20, 21]] = math.nan  # not the first, which Keras takes for the best for ever after
    plateau = answers["ReduceOnPlateau"](0.8, factor=0.6, patience=patience, min_delta=0.03, min_learning_rate=floor)
    ours = [plateau.update(float(loss)) for loss in losses]
    theirs = keras_rates(losses, 0.8, factor=0.6, patience=patience, min_delta=0.03, min_lr=floor)
    assert ours == pytest.approx(theirs, rel=1e-5)
    assert (min(ours) < 0.8) == (floor < 0.8)


def test_reduce_on_plateau_falls_by_its_factor_after_each_patience(answers):
    plateau = answers["ReduceOnPlateau"](1.0, factor=0.5, patience=3)
    rates = [plateau.update(1.0) for _ in range(13)]
    assert rates == [1.0] * 3 + [0.5] * 3 + [0.25] * 3 + [0.125] * 3 + [0.0625]


# Mini-batches and gradient descent


@pytest.mark.parametrize(("examples", "batch_size"), [(10, 3), (10, 5), (7, 1), (7, 7), (1, 1)])
def test_minibatches_hold_every_example_once(answers, rng, examples, batch_size):
    inputs, targets = np.arange(examples), np.arange(examples) * 10
    batches = list(answers["minibatches"](inputs, targets, batch_size=batch_size, rng=rng))
    assert [len(x) for x, _ in batches[:-1]] == [batch_size] * (math.ceil(examples / batch_size) - 1)
    some, theirs = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    assert sorted(some) == list(range(examples))
    assert np.array_equal(theirs, 10 * some)


def test_minibatches_come_in_every_order(answers, rng):
    seen = {
        tuple(np.concatenate([x for x, _ in answers["minibatches"](np.arange(4), np.arange(4), batch_size=3, rng=rng)]))
        for _ in range(600)
    }
    assert len(seen) == 24  # one is missing with a chance of 24 · (23/24)^600, one in five billion


def descend(answers, data, **settings):
    start = np.zeros(data[0].shape[1]), 0.0
    return answers["gradient_descent"](*start, *data, **({"rng": np.random.default_rng(0)} | settings))


def test_gradient_descent_comes_to_rest_where_the_normal_equations_say(answers, data):
    weights, bias, losses = descend(answers, data, schedule=lambda step: 0.2, batch_size=40, epochs=300)
    with_ones = np.column_stack([data[0], np.ones(40)])
    best = np.linalg.solve(with_ones.T @ with_ones, with_ones.T @ data[1])
    assert np.append(weights, bias) == pytest.approx(best, abs=1e-9)
    assert losses[-1] == pytest.approx(np.mean((with_ones @ best - data[1]) ** 2))
    assert np.all(np.diff(losses) <= 1e-12)


def test_gradient_descent_takes_the_steps_of_a_linear_recurrence(answers, data):
    rates = [0.3, 0.1, 0.2, 0.05]
    weights, bias, _ = descend(answers, data, schedule=lambda step: rates[step], batch_size=40, epochs=4)
    with_ones = np.column_stack([data[0], np.ones(40)])
    hessian, pull = 2 * with_ones.T @ with_ones / 40, 2 * with_ones.T @ data[1] / 40
    best = np.linalg.solve(hessian, pull)
    values, vectors = np.linalg.eigh(hessian)
    left = np.prod([1 - rate * values for rate in rates], axis=0) * (vectors.T @ -best)
    assert np.append(weights, bias) == pytest.approx(best + vectors @ left)


@pytest.mark.parametrize("batch_size", [1, 7])
def test_gradient_descent_with_a_schedule_gets_close_in_small_batches(answers, data, batch_size):
    def schedule(step):
        return answers["power_decay"](step, initial_learning_rate=0.04 * batch_size, decay_steps=40 / batch_size)

    _, _, losses = descend(answers, data, schedule=schedule, batch_size=batch_size, epochs=200)
    with_ones = np.column_stack([data[0], np.ones(40)])
    best = np.linalg.lstsq(with_ones, data[1], rcond=None)[0]
    assert losses[-1] < 1.01 * np.mean((with_ones @ best - data[1]) ** 2)


def test_gradient_descent_agrees_with_finite_differences(answers, data, rng):
    point = rng.normal(size=4)

    def loss(at):
        return np.mean((data[0] @ at[:3] + at[3] - data[1]) ** 2)

    slopes = [(loss(point + 1e-5 * e) - loss(point - 1e-5 * e)) / 2e-5 for e in np.eye(4)]
    weights, bias, _ = answers["gradient_descent"](
        point[:3], point[3], *data, schedule=lambda step: 1.0, batch_size=40, epochs=1, rng=rng
    )
    assert point - np.append(weights, bias) == pytest.approx(slopes, rel=1e-6)


# Keras


def test_keras_power_decay_agrees_with_numpy_and_its_copy(in_keras, answers):
    settings = {"initial_learning_rate": 0.4, "decay_steps": 7.5, "power": 1.3}
    schedule = in_keras["PowerDecay"](**settings)
    copy = in_keras["PowerDecay"].from_config(json.loads(json.dumps(schedule.get_config())))
    expected = answers["power_decay"](STEPS, **settings)
    assert in_numbers(schedule) == pytest.approx(expected, rel=1e-4)
    assert in_numbers(copy) == pytest.approx(expected, rel=1e-4)


def test_rate_for_epoch_agrees_with_piecewise_constant_decay(in_keras):
    import keras

    theirs = keras.optimizers.schedules.PiecewiseConstantDecay([9, 29], [0.01, 0.005, 0.001])
    epochs = np.arange(50)
    ours = [in_keras["rate_for_epoch"](int(epoch), 0.3) for epoch in epochs]
    assert ours == pytest.approx(in_numbers(theirs, epochs), rel=1e-6)


def test_plateau_callback_agrees_with_the_numpy_class(in_keras, answers, rng):
    import keras

    losses = 3 / np.sqrt(np.arange(1.0, 61.0)) + rng.normal(size=60) * 0.1
    settings = {"factor": 0.6, "patience": 2, "min_delta": 0.03, "min_learning_rate": 0.05}
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.8), loss="mse")
    callback, plateau = in_keras["plateau_callback"](**settings), answers["ReduceOnPlateau"](0.8, **settings)
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"loss": -epoch, "val_loss": loss})
        rate = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
        assert rate == pytest.approx(plateau.update(float(loss)), rel=1e-5)
    assert rate == pytest.approx(0.05)


@pytest.mark.parametrize("name", (*NUMPY, "PowerDecay", "rate_for_epoch"))
def test_examples_in_docstrings_are_true(answers, in_keras, name):
    names = dict(in_keras) if name in KERAS else {"np": np, **answers}
    example = doctest.DocTestParser().get_doctest(names[name].__doc__, names, name, None, 0)
    assert example.examples
    told = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=told.append)
    assert runner.failures == 0, "".join(told)


DEFAULTS = {
    "power_decay": {"power": 1.0},
    "exponential_decay": {"decay_rate": 0.1},
    "ReduceOnPlateau": {"min_delta": 1e-4, "min_learning_rate": 0.0},
    "PowerDecay": {"power": 1.0},
    "plateau_callback": {"factor": 0.1, "patience": 10, "min_delta": 1e-4, "min_learning_rate": 0.0},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_are_those_of_the_contract(answers, in_keras, name):
    parameters = inspect.signature((in_keras if name in KERAS else answers)[name]).parameters.values()
    assert {each.name: each.default for each in parameters if each.default is not each.empty} == DEFAULTS[name]


def test_every_exercise_is_held_against_something(in_process):
    assert set(in_process("1-schedules").exercises) == {*NUMPY, *KERAS}
