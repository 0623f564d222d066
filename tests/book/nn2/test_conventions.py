"""The table of conventions: Keras's column against Keras, ours against the homework, and none left unchecked."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from nn2.conventions import SOURCES, convention, conventions

ROOT = Path(__file__).resolve().parents[3]
ROWS = conventions()
PAGE = ROOT / "book" / "appendix" / "conventions.md"
EMPTY = inspect.Parameter.empty


def cells(source, with_argument):
    """The rows that have a cell of a source, with an argument or with a value that only a text tells."""
    found = [row for row in ROWS if source in row and ("argument" in row[source]) == with_argument]
    found = found if with_argument else [row for row in found if "value" in row[source]]
    return [pytest.param(row, id=f"{row['quantity']}-{row['method']}") for row in found]


def names(source):
    """(quantity, method) of the rows whose value no signature holds."""
    return {(case.values[0]["quantity"], case.values[0]["method"]) for case in cells(source, False)}


# Keras


@pytest.mark.parametrize("row", cells("Keras", True))
def test_keras_has_this_argument_with_this_default(row):
    cell = row["Keras"]
    module, name = cell["of"].rsplit(".", 1)
    found = getattr(importlib.import_module(module), name)
    parameter = inspect.signature(found).parameters[cell["argument"]]
    assert parameter.default == cell.get("value", EMPTY)
    required = [each for each in inspect.signature(found).parameters.values() if each.default is EMPTY]
    if inspect.isclass(found) and hasattr(found, "get_config") and all(each.kind > 1 for each in required):
        assert found().get_config()[cell["argument"]] == pytest.approx(cell["value"])


def fed(optimizer, *gradients, start=0.0):
    """Where the weight is after each gradient: a list of floats."""
    import keras

    weight, places = keras.Variable(start, dtype="float32"), []
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient, dtype="float32")], [weight])
        places.append(float(keras.ops.convert_to_numpy(weight)))
    return places


def epsilon_of_adagrad(optimizers):
    return fed(optimizers.Adagrad(1.0, initial_accumulator_value=0.0, epsilon=7.0), 3.0), -3 / 4.0, -3 / (3 + 7)


def epsilon_of_rmsprop(optimizers):
    return fed(optimizers.RMSprop(1.0, rho=0.75, epsilon=12.0), 4.0), -4 / 4.0, -4 / (2 + 12)


def epsilon_of_adadelta(optimizers):
    # both roots: the first step is √ε · g / √(0.1 g² + ε)
    return fed(optimizers.Adadelta(1.0, rho=0.9, epsilon=4.0), 3.0), -2 * 3 / np.sqrt(0.9 + 4), None


@pytest.mark.parametrize(
    ("method", "ask"),
    [("Adagrad", epsilon_of_adagrad), ("RMSProp", epsilon_of_rmsprop), ("Adadelta", epsilon_of_adadelta)],
)
def test_where_keras_puts_epsilon(method, ask):
    import keras

    (place,), inside, _ = ask(keras.optimizers)
    assert convention("place of epsilon", method, "Keras") == "inside"
    assert place == pytest.approx(inside, rel=1e-5)


def test_keras_corrects_adams_epsilon_with_the_moments():
    import keras

    assert convention("place of epsilon", "Adam", "Keras") == "outside, before the correction"
    (place,) = fed(keras.optimizers.Adam(1.0, beta_1=0.5, beta_2=0.75, epsilon=1.0), 4.0)
    m, v = 0.5 * 4, 0.25 * 16
    assert place == pytest.approx(-(m / 0.5) * np.sqrt(0.25) / (np.sqrt(v) + 1), rel=1e-5)
    assert place != pytest.approx(-(m / 0.5) / (np.sqrt(v / 0.25) + 1), rel=0.05)  # the paper's
    assert convention("first t", "Adam", "Keras") == 1  # with t = 0 the correction would divide by zero


def test_the_rate_is_part_of_kerass_velocity_and_nesterov_steps_ahead():
    import keras

    optimizer = keras.optimizers.SGD(0.1, momentum=0.5)
    (first,) = fed(optimizer, 1.0)
    weight = keras.Variable(first)
    ours = keras.optimizers.SGD(0.1, momentum=0.5)
    ours.apply([keras.ops.ones(())], [weight])
    ours.learning_rate = 0.0
    ours.apply([keras.ops.ones(())], [weight])
    moved = float(keras.ops.convert_to_numpy(weight)) - 2 * first
    assert convention("place of the learning rate", "momentum", "Keras") == "in the velocity"
    assert moved == pytest.approx(-0.05)  # a rate of 0 does not stop the ball
    (place,) = fed(keras.optimizers.SGD(0.1, momentum=0.5, nesterov=True), 1.0)
    assert convention("Nesterov's look ahead", "momentum", "Keras") == "step ahead"
    assert place == pytest.approx(0.5 * -0.1 - 0.1)


def test_keras_schedules_count_steps_from_0_and_a_boundary_has_the_old_rate():
    import keras

    schedules = keras.optimizers.schedules
    power = schedules.InverseTimeDecay(0.8, 10, 1.0)
    c, first = convention("power", "power scheduling", "Keras"), convention("first n", "schedules", "Keras")
    assert [float(power(n)) for n in (0, 10, 30)] == pytest.approx([0.8 / (1 + n / 10) ** c for n in (0, 10, 30)])
    seen = []

    class Watched(schedules.LearningRateSchedule):
        def __call__(self, step):
            seen.append(int(step))
            return 0.1

        def get_config(self):
            return {}

    fed(keras.optimizers.SGD(Watched()), 1.0, 1.0)
    assert min(seen) == first and max(seen) <= 2
    piecewise = schedules.PiecewiseConstantDecay([10], [0.8, 0.2])
    assert convention("step at a boundary", "piecewise constant", "Keras") == "old rate"
    assert [float(piecewise(step)) for step in (10, 11)] == pytest.approx([0.8, 0.2])


def test_keras_lowers_the_rate_after_patience_bad_epochs():
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    callback = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate([1.0, 1.0, 1.0]):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        rates.append(float(model.optimizer.learning_rate))
    assert convention("bad epochs before the rate falls", "plateau", "Keras") == "patience"
    assert rates == [1.0, 1.0, 0.5]


def test_kerass_penalties_and_mean_squared_error_have_no_half():
    import keras

    weights = np.array([3.0, -4.0], "float32")
    for name, whole in (("L1", 7.0), ("L2", 25.0)):
        assert convention("penalty", name, "Keras") == "whole"
        assert float(getattr(keras.regularizers, name)(0.1)(weights)) == pytest.approx(0.1 * whole)
    assert convention("mean squared error", "regression", "Keras") == "whole"
    assert float(keras.losses.MeanSquaredError()([[0.0, 0.0]], [[3.0, 4.0]])) == pytest.approx(12.5)


def test_keras_drops_the_rate_and_scales_in_training():
    import keras

    out = keras.ops.convert_to_numpy(keras.layers.Dropout(0.2, seed=0)(np.ones((100, 100), "float32"), training=True))
    assert np.mean(out == 0) == pytest.approx(0.2, abs=0.03)
    assert convention("scaling", "dropout", "Keras") == "training"
    assert out.max() == pytest.approx(1 / 0.8)
    assert float(keras.layers.Dropout(0.2)(np.ones((1, 1), "float32"))[0, 0]) == 1


def test_keras_normalizes_and_remembers_with_ddof_0_and_epsilon_inside():
    import keras

    x = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    layer = keras.layers.BatchNormalization(momentum=0.75, epsilon=2.0)
    out = keras.ops.convert_to_numpy(layer(x, training=True))
    ddof = convention("ddof", "batch variance", "Keras")
    assert convention("place of epsilon", "batch normalization", "Keras") == "inside"
    np.testing.assert_allclose(out, (x - x.mean(0)) / np.sqrt(x.var(0, ddof=ddof) + 2.0), rtol=1e-4, atol=1e-5)
    new = x.var(0, ddof=convention("ddof", "moving variance", "Keras"))
    moving = keras.ops.convert_to_numpy(layer.moving_variance)
    np.testing.assert_allclose(moving, 0.75 + 0.25 * new, rtol=1e-4)  # momentum is the old one's weight


def test_the_shape_of_kerass_weights():
    import keras

    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    assert convention("shape of a layer's weights", "dense layer", "Keras") == "in, out"
    assert tuple(layer.kernel.shape) == (2, 3)


def test_no_value_of_kerass_column_is_left_unchecked():
    tested = Path(__file__).read_text(encoding="utf-8")
    asked = set(re.findall(r'convention\("([^"]+)", "([^"]+)", "Keras"\)', tested))
    asked |= {("place of epsilon", method) for method in ("Adagrad", "RMSProp", "Adadelta")}
    asked |= {("penalty", name) for name in ("L1", "L2")}
    assert names("Keras") <= asked


# ours


def definition(of):
    """The function or class of the homework that "2-optimizers/in-keras:Adagrad" names, as a syntax tree."""
    file, name = of.split(":")
    tree = ast.parse((ROOT / "solutions" / f"{file}.py").read_text(encoding="utf-8"))
    return next(node for node in tree.body if getattr(node, "name", None) == name)


def defaults(of):
    """Each argument of a homework function, or of a class's ``__init__``, with its default or `EMPTY`."""
    found = definition(of)
    if isinstance(found, ast.ClassDef):
        found = next(node for node in found.body if getattr(node, "name", None) == "__init__")
    arguments = found.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    known = {each.arg: EMPTY for each in (*positional, *arguments.kwonlyargs)}
    return known | {each.arg: ast.literal_eval(value) for each, value in pairs if value is not None}


@pytest.mark.parametrize("row", cells("ours", True))
def test_the_homework_has_this_argument_with_this_default(row):
    cell = row["ours"]
    assert defaults(cell["of"])[cell["argument"]] == cell.get("value", EMPTY)


def homework(of):
    """The homework's own function, run here and shown nowhere."""
    module = ast.Module(body=[definition(of)], type_ignores=[])
    space = {"np": np}
    exec(compile(module, of, "exec"), space)
    return space[of.split(":")[1]]


OPTIMIZERS = "2-optimizers/from-scratch"


def test_our_optimizers_put_epsilon_where_the_table_says():
    zero, three = np.zeros(1), np.array([3.0])
    weights, _ = homework(f"{OPTIMIZERS}:adagrad_step")(zero, zero, three, learning_rate=1.0, epsilon=7.0)
    assert convention("place of epsilon", "Adagrad", "ours") == "inside"
    assert weights == pytest.approx(-3 / 4)
    weights, _ = homework(f"{OPTIMIZERS}:rmsprop_step")(zero, zero, 4 + zero, learning_rate=1.0, rho=0.75, epsilon=12.0)
    assert convention("place of epsilon", "RMSProp", "ours") == "inside"
    assert weights == pytest.approx(-4 / 4)
    settings = {"learning_rate": 1.0, "beta_1": 0.5, "beta_2": 0.75, "epsilon": 1.0}
    t = convention("first t", "Adam", "ours")
    weights, *_ = homework(f"{OPTIMIZERS}:adam_step")(zero, zero, zero, 4 + zero, t, **settings)
    assert convention("place of epsilon", "Adam", "ours") == "outside"
    assert weights == pytest.approx(-4 / (4 + 1))


def test_our_momentum_has_the_rate_in_its_velocity_and_looks_ahead_as_keras_does():
    step = homework(f"{OPTIMIZERS}:momentum_step")
    zero, one = np.zeros(1), np.ones(1)
    _, velocity = step(zero, zero, one, learning_rate=0.1, momentum=0.5)
    assert convention("place of the learning rate", "momentum", "ours") == "in the velocity"
    assert velocity == pytest.approx(-0.1)
    weights, _ = step(zero, zero, one, learning_rate=0.1, momentum=0.5, nesterov=True)
    assert convention("Nesterov's look ahead", "momentum", "ours") == "step ahead"
    assert weights == pytest.approx(-0.15)


def test_our_schedules_count_from_0_and_a_boundary_has_the_old_rate():
    schedules = "1-schedules/from-scratch"
    power, piecewise = homework(f"{schedules}:power_decay"), homework(f"{schedules}:piecewise_constant")
    first = convention("first n", "schedules", "ours")
    assert power(first, initial_learning_rate=0.8, decay_steps=10) == pytest.approx(0.8)
    assert convention("step at a boundary", "piecewise constant", "ours") == "old rate"
    assert [piecewise(step, boundaries=[10], values=[0.8, 0.2]) for step in (10, 11)] == [0.8, 0.2]
    plateau = homework(f"{schedules}:ReduceOnPlateau")(1.0, factor=0.5, patience=2)
    assert convention("bad epochs before the rate falls", "plateau", "ours") == "patience"
    assert [plateau.update(1.0) for _ in range(3)] == [1.0, 1.0, 0.5]


def test_our_penalties_dropout_and_batch_norm_are_the_tables():
    overfitting, weights = "3-overfitting/from-scratch", np.array([3.0, -4.0])
    for name, method, whole in (("l1_penalty", "L1", 7.0), ("l2_penalty", "L2", 25.0)):
        assert convention("penalty", method, "ours") == "whole"
        assert homework(f"{overfitting}:{name}")(weights, 0.1)[0] == pytest.approx(0.1 * whole)
    drop = homework(f"{overfitting}:dropout_forward")
    out, _ = drop(np.ones(10_000), 0.2, rng=np.random.default_rng(0), training=True)
    assert np.mean(out == 0) == pytest.approx(0.2, abs=0.03)
    assert convention("scaling", "dropout", "ours") == "training"
    assert out.max() == pytest.approx(1 / 0.8)
    stopping = homework(f"{overfitting}:EarlyStopping")(patience=2)
    for epoch, loss in enumerate([2.0, 1.0, 3.0, 3.0]):
        stopping.update(epoch, loss, [np.array([float(epoch)])])
    assert convention("best weights come back", "early stopping", "ours") is True
    assert stopping.best_weights[0] == [1.0]

    x = np.random.default_rng(0).normal(size=(5, 3))
    normalize = homework("4-vanishing-gradients/from-scratch:batch_norm_forward")
    ones, zeros = np.ones(3), np.zeros(3)
    out, _, variance, _ = normalize(x, ones, zeros, zeros, ones, momentum=0.75, epsilon=2.0, training=True)
    ddof = convention("ddof", "batch variance", "ours")
    assert convention("place of epsilon", "batch normalization", "ours") == "inside"
    np.testing.assert_allclose(out, (x - x.mean(0)) / np.sqrt(x.var(0, ddof=ddof) + 2.0))
    new = x.var(0, ddof=convention("ddof", "moving variance", "ours"))
    np.testing.assert_allclose(variance, 0.75 + 0.25 * new)


def test_our_regression_loss_spread_and_weights_are_the_tables():
    import exercises

    schedules = exercises.assignments()["1-schedules"].notebook("from-scratch")
    loss = next(cell.source for cell in schedules.cells if "def mean_squared_error(" in cell.source)
    space = {"np": np}
    tree = ast.parse(loss)
    tree.body = [node for node in tree.body if getattr(node, "name", "") == "mean_squared_error"]
    exec(compile(tree, "loss", "exec"), space)
    assert convention("mean squared error", "regression", "ours") == "whole"
    found = space["mean_squared_error"](np.zeros(1), 0.0, np.zeros((2, 1)), np.array([3.0, 4.0]))
    assert found == pytest.approx(12.5)

    values = [1.0, 2.0, 4.0]
    rows = [{"technique": "one", "validation_accuracy": value} for value in values]
    _, spread = homework("5-practical/practical:summarize")(rows)["one"]
    assert spread == pytest.approx(np.std(values, ddof=convention("ddof", "spread over seeds", "ours")))
    draw = homework("4-vanishing-gradients/from-scratch:initial_weights")
    weights = draw(4, 5, scheme="he", distribution="normal", rng=np.random.default_rng(0))
    assert convention("shape of a layer's weights", "dense layer", "ours") == "in, out"
    assert weights.shape == (4, 5)


def test_no_value_of_our_column_is_left_unchecked():
    tested = Path(__file__).read_text(encoding="utf-8")
    asked = set(re.findall(r'convention\("([^"]+)", "([^"]+)", "ours"\)', tested))
    assert names("ours") <= asked | {("penalty", name) for name in ("L1", "L2")}


# the table itself


def test_every_group_is_on_the_page_and_each_in_the_file():
    shown = re.findall(r"^```\{conventions\} (.+)$", PAGE.read_text(encoding="utf-8"), re.M)
    assert sorted(shown) == sorted({row["group"] for row in ROWS})


def test_values_are_read_by_quantity_method_and_source():
    assert convention("epsilon", "Adagrad", "Keras") == 1e-7
    assert convention("rate", "dropout", "papers") == "kept"
    assert convention("momentum", "SGD", "PyTorch") == 0


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("epsilon", "SGD", "Keras"), "no 'epsilon' of 'SGD' in the column 'Keras'; it has one for Adadelta, Adagrad"),
        (("epsilon", "Adagrad", "JAX"), "in the column 'JAX'; it has none for any method"),
        (("learning rate", "SGD", "ours"), "the column 'ours' gives no value for 'learning rate' of 'SGD'"),
    ],
)
def test_what_is_not_there_is_one_sentence(asked, sentence):
    with pytest.raises(KeyError) as raised:
        convention(*asked)
    assert sentence in raised.value.args[0]


HEAD = '[[convention]]\ngroup = "g"\nquantity = "q"\nmethod = "m"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD.replace('"g"', "3"), "row 1 ('q', 'm'): expected a text for 'group', got 3"),
        (HEAD + HEAD, "row 2 ('q', 'm'): expected one row for each quantity and method, got a second"),
        (HEAD + 'JAX = { text = "a" }', "expected the sources slides, papers, Keras, PyTorch, ours, got 'JAX'"),
        (HEAD + 'ours = { txt = "a" }', "expected the keys value, of, argument, text for ours, got 'txt'"),
        (HEAD + 'ours = { of = "a" }', "expected 'of' with 'argument', or 'text', for ours, got ['of']"),
        (HEAD + "ours = { value = 1 }", "expected 'of' with 'argument', or 'text', for ours, got ['value']"),
    ],
)
def test_a_bad_row_is_one_sentence(tmp_path, text, sentence):
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(ValueError, match=r"^c\.toml: ") as raised:
        conventions(tmp_path / "c.toml")
    assert sentence in str(raised.value)


def test_sources_are_the_columns():
    assert {source for row in ROWS for source in row if source in SOURCES} == set(SOURCES)
