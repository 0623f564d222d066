"""What the judge asks of each exercise of this assignment: inputs, and the calls. No answers."""

import math
from typing import TYPE_CHECKING

import numpy as np

from autograder.probes import Probe

if TYPE_CHECKING:
    import keras  # the asking halves of a Keras notebook find it where they run

# What each NumPy function returns, in order. All but the weights are its state.
RESULTS = {
    "momentum_step": ["weights", "velocity"],
    "adagrad_step": ["weights", "accumulator"],
    "rmsprop_step": ["weights", "accumulator"],
    "adam_step": ["weights", "first moment", "second moment"],
}
SIGNED = ("velocity", "first moment")  # a state that may be negative
FAR_FROM_ZERO = {"adam_step": (3.0, 6.0)}  # Adam's weights do not cross 0, where a relative tolerance would see its ε


# Drawing. Gradients and states keep away from 0 (or are 0 on purpose), so that no right answer depends on luck: where
# the squares are tiny, it would show where Adam's ε stands, which is not judged.


def away_from_zero(rng, shape, low=0.5, high=2.0, dtype="float64"):
    """Numbers of both signs whose size lies between `low` and `high`."""
    return np.asarray(rng.choice([-1.0, 1.0], size=shape) * rng.uniform(low, high, size=shape), dtype=dtype)


def one_walk(rng, function, shape=(3, 4), *, steps=6, size=(0.5, 2.0), at_rest=False, dtype="float64", layout="C"):
    """Weights, a state, and a changing gradient for each step.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws it all.
    function : str
        The student's function, which decides the state.
    shape, steps, dtype
        Of the arrays, and how many gradients.
    size : pair of float
        Between which sizes the gradients' entries lie.
    at_rest : bool
        Whether the state starts at zero.
    layout : {"C", "F", "strided"}
        How the arrays lie in memory when the student's function gets them.
    """
    state = []
    for name in RESULTS[function][1:]:
        value = away_from_zero(rng, shape, dtype=dtype)
        state.append(np.zeros_like(value) if at_rest else value if name in SIGNED else np.abs(value))
    gradients = [away_from_zero(rng, shape, *size, dtype=dtype) for _ in range(steps)]
    weights = away_from_zero(rng, shape, *FAR_FROM_ZERO.get(function, (0.5, 2.0)), dtype=dtype)
    return {"label": "", "weights": weights, "state": state, "gradients": gradients, "layout": layout}


def settings_from(rng, settings):
    """Keyword arguments in which each pair of numbers is replaced by a number drawn from between them."""
    return {
        name: math.exp(rng.uniform(*np.log(value))) if isinstance(value, tuple) else value
        for name, value in settings.items()
    }


def question(function, settings, walks, *, first_step=1, interleaved=False):
    """Make a `draw`: the walks that ``walks(rng)`` gives, taken one after the other or in turns."""

    def draw(rng):
        return {
            "function": function,
            "results": RESULTS[function],
            "settings": settings_from(rng, settings),
            "first_step": first_step if function == "adam_step" else None,
            "interleaved": interleaved,
            "walks": walks(rng),
        }

    return draw


def steps_of(function, **options):
    return lambda rng: [one_walk(rng, function, **options)]


def shapes_of(function):
    def walks(rng):
        shapes = ((5,), (2, 3, 2), (1, 1), ())
        return [one_walk(rng, function, shape, steps=3) | {"label": f" of shape {shape}"} for shape in shapes]

    return walks


def layouts_of(function):
    def walks(rng):
        kinds = {"F": " in Fortran order", "strided": " as every other row of an array"}
        return [one_walk(rng, function, steps=3, layout=kind) | {"label": label} for kind, label in kinds.items()]

    return walks


def two_parameters_of(function):
    def walks(rng):
        labels = (" of one parameter", " of another")
        return [one_walk(rng, function, (4,), steps=4) | {"label": label} for label in labels]

    return walks


def silenced(rng, gradients):
    """Half of each gradient becomes exactly zero, at other places each time; the first entry always, the last never."""
    kept = [rng.random(gradient.shape) < 0.5 for gradient in gradients]
    for keep in kept:
        keep.flat[0], keep.flat[-1] = False, True
    return [np.where(keep, gradient, gradient.dtype.type(0)) for keep, gradient in zip(kept, gradients, strict=True)]


def sparse_walks_of(function):
    """Half of each gradient is zero; the first entry never gets one and has no past."""

    def walks(rng):
        walk = one_walk(rng, function)
        walk["gradients"] = silenced(rng, walk["gradients"])
        for array in walk["state"]:
            array.flat[0] = 0.0
        return [walk]

    return walks


def silent_walks_of(function):
    """Every gradient is zero."""

    def walks(rng):
        walk = one_walk(rng, function, steps=3)
        return [walk | {"gradients": [np.zeros_like(gradient) for gradient in walk["gradients"]]}]

    return walks


# Asking the NumPy functions. Each call gets arrays of its own, so that an answer which changes its arguments loses the
# points of `arguments` alone.


def ask_walks(student, inputs):
    function, results = getattr(student, inputs["function"]), inputs["results"]
    expected = f"{len(results)} values ({', '.join(results)})"

    def lay_out(value, layout):
        if layout == "strided":
            value = np.asarray(value)
            wide = np.full((2 * len(value), *value.shape[1:]), np.nan, dtype=value.dtype)
            wide[::2] = value
            return wide[::2]
        return np.array(value, order=layout)

    walks = inputs["walks"]
    turns = [(number, which) for which, walk in enumerate(walks) for number in range(len(walk["gradients"]))]
    if inputs["interleaved"]:
        turns.sort()
    now = [[walk["weights"], *walk["state"]] for walk in walks]
    outputs = {}
    for number, which in turns:
        walk = walks[which]
        given = [lay_out(value, walk["layout"]) for value in (*now[which], walk["gradients"][number])]
        counted = [] if inputs["first_step"] is None else [inputs["first_step"] + number]
        returned = function(*given, *counted, **inputs["settings"])
        try:
            is_sequence = len(returned) >= 0 and hasattr(returned, "__getitem__") and not hasattr(returned, "keys")
        except TypeError:  # a number, an array of no dimension, a generator
            is_sequence = False
        if not is_sequence or isinstance(returned, str | bytes):
            raise TypeError(f"expected {expected}, got a single {type(returned).__name__}")
        if len(returned) != len(results):
            is_array = isinstance(returned, np.ndarray)
            got = f"one array of shape {returned.shape}" if is_array else len(returned)
            raise ValueError(f"expected {expected}, got {got}")
        returned = list(returned)
        for name, value in zip(results, returned, strict=True):
            outputs[f"{name}{walk['label']} after step {number + 1}"] = value
        arrays = [np.asarray(value) for value in returned]
        shape = np.shape(walk["gradients"][number])
        if any(array.dtype.kind not in "biuf" or array.shape != shape for array in arrays):
            return outputs  # wrong already, and no next step can be asked with it
        now[which] = returned
    return outputs


def ask_twice(student, inputs):
    function, results, walk = getattr(student, inputs["function"]), inputs["results"], inputs["walks"][0]
    given = [walk["weights"], *walk["state"], walk["gradients"][0]]
    counted = [] if inputs["first_step"] is None else [inputs["first_step"]]
    function(*given, *counted, **inputs["settings"])
    again = function(*given, *counted, **inputs["settings"])
    try:
        again = list(again)
    except TypeError:  # nothing, or a number
        again = [again]
    outputs = {f"{name} of a second call": value for name, value in zip(results, again, strict=False)}
    for name, value in zip([*results, "gradient"], given, strict=True):
        outputs[f"{name} handed in"] = value
    return outputs


def numpy_probes(function, *, first, second, required, values=()):
    """The probes that every NumPy exercise has.

    Parameters
    ----------
    function : str
        The exercise.
    first, second : dict
        Two sets of settings.
    required : dict
        The settings that have no default.
    values : sequence of Probe
        This exercise's own probes, put after the first two.
    """

    def probe(name, question_text, draw, weight, **options):
        return Probe(function, name, question_text, draw, ask_walks, weight=weight, **options)

    small = (0.05, 0.1)  # so small that a default ε shows
    defaults = steps_of(function, size=small, at_rest=True) if "epsilon" in second else steps_of(function, at_rest=True)
    needs_values = {"requires": "six-steps"}
    return [
        probe("six-steps", "six steps with changing gradients", question(function, first, steps_of(function)), 3),
        probe("other-settings", "six steps with other settings", question(function, second, steps_of(function)), 2),
        *values,
        probe("defaults", "steps from rest with the default settings", question(function, required, defaults), 1),
        probe("shapes", "arrays of other shapes", question(function, first, shapes_of(function)), 1),
        probe("sparse", "gradients with zeros in them", question(function, first, sparse_walks_of(function)), 1),
        probe(
            "two-parameters",
            "two parameters that take turns, each with a state of its own",
            question(function, second, two_parameters_of(function), interleaved=True),
            1,
        ),
        probe(
            "float32",
            "arrays of single precision",
            question(function, first, steps_of(function, dtype="float32")),
            0.5,
        ),
        probe("layouts", "arrays that lie otherwise in memory", question(function, first, layouts_of(function)), 0.5),
        probe(
            "no-gradient",
            "steps without any gradient",
            question(function, first, silent_walks_of(function)),
            0.5,
            **needs_values,
        ),
        Probe(
            function,
            "arguments",
            "that the arguments keep their values and a second call gives the same",
            question(function, second, steps_of(function, steps=1)),
            ask_twice,
            weight=1,
            **needs_values,
        ),
    ]


NESTEROV = {"learning_rate": (0.1, 0.5), "momentum": (0.5, 0.95), "nesterov": True}
GRADIENT_DESCENT = {"learning_rate": (0.1, 0.5), "momentum": 0.0}
ADAM = {"learning_rate": (0.02, 0.08), "beta_1": (0.7, 0.95), "beta_2": (0.8, 0.99), "epsilon": 1e-8}

MOMENTUM_STEP = numpy_probes(
    "momentum_step",
    first={"learning_rate": (0.1, 0.5), "momentum": (0.5, 0.85)},
    second={"learning_rate": (0.02, 0.08), "momentum": (0.93, 0.99), "nesterov": False},
    required={"learning_rate": (0.1, 0.5)},
    values=[
        Probe(
            "momentum_step",
            "nesterov",
            "six steps with nesterov=True",
            question("momentum_step", NESTEROV, steps_of("momentum_step")),
            ask_walks,
            weight=3,
        ),
        Probe(
            "momentum_step",
            "no-momentum",
            "six steps with a momentum of 0, which is plain gradient descent",
            question("momentum_step", GRADIENT_DESCENT, steps_of("momentum_step")),
            ask_walks,
        ),
        Probe(
            "momentum_step",
            "arguments-with-nesterov",
            "that the arguments keep their values with nesterov=True, too",
            question("momentum_step", NESTEROV, steps_of("momentum_step", steps=1)),
            ask_twice,
            weight=0.5,
            requires="nesterov",
        ),
    ],
)

ADAGRAD_STEP = numpy_probes(
    "adagrad_step",
    first={"learning_rate": (0.1, 0.5), "epsilon": 1e-8},
    second={"learning_rate": (0.6, 1.5), "epsilon": 1e-2},
    required={"learning_rate": (0.3, 0.6)},
)

RMSPROP_STEP = numpy_probes(
    "rmsprop_step",
    first={"learning_rate": (0.1, 0.5), "rho": (0.6, 0.85), "epsilon": 1e-8},
    second={"learning_rate": (0.6, 1.5), "rho": (0.93, 0.99), "epsilon": 1e-2},
    required={"learning_rate": (0.3, 0.6)},
)

ADAM_STEP = numpy_probes(
    "adam_step",
    first=ADAM,
    second={"learning_rate": (0.1, 0.3), "beta_1": (0.3, 0.6), "beta_2": (0.5, 0.7)},
    required={"learning_rate": (0.02, 0.08)},
    values=[
        Probe(
            "adam_step",
            "later-steps",
            "six steps that begin with the seventh",
            question("adam_step", ADAM, steps_of("adam_step"), first_step=7),
            ask_walks,
            weight=2,
        ),
        Probe(
            "adam_step",
            "late-steps",
            "steps after the thousandth, where the correction has faded",
            question("adam_step", ADAM, steps_of("adam_step", steps=3), first_step=1001),
            ask_walks,
        ),
    ],
)


# Drawing for the Keras classes. Weights are small beside the steps, because single precision is compared to a
# thousandth.


def keras_question(name, settings, shapes=((3, 2), (4,)), *, steps=6, size=(0.3, 1.5), sparse=False, **more):
    """Make a `draw`: settings, start values of a few variables, and a gradient for each at each step."""

    def draw(rng):
        gradients = [[away_from_zero(rng, shape, *size, dtype="float32") for shape in shapes] for _ in range(steps)]
        if sparse:
            gradients = [silenced(rng, each) for each in gradients]
        return {
            "class": name,
            "settings": settings_from(rng, settings),
            "variables": [away_from_zero(rng, shape, 0.1, 0.5, dtype="float32") for shape in shapes],
            "gradients": gradients,
            "schedule": None,
            "rates": None,
        } | more

    return draw


def fit_question(name, settings):
    """Make a `draw`: settings, and a tiny linear model with data for six steps of four rows."""

    def draw(rng):
        return {
            "class": name,
            "settings": settings_from(rng, settings),
            "weights": [away_from_zero(rng, shape, 0.1, 0.5, dtype="float32") for shape in ((3, 2), (2,))],
            "inputs": rng.normal(size=(24, 3)).astype("float32"),
            "targets": rng.normal(size=(24, 2)).astype("float32"),
        }

    return draw


# Asking the Keras classes. `jit_compile=False` leaves out the backend's second compiler, which costs more than six
# steps do; the step is compiled all the same.


def ask_apply(student, inputs):
    settings = dict(inputs["settings"])
    if inputs["schedule"]:
        settings["learning_rate"] = keras.optimizers.schedules.ExponentialDecay(**inputs["schedule"])
    optimizer = getattr(student, inputs["class"])(**settings)
    variables = [
        keras.Variable(value, dtype="float32", name=f"parameter_{index}")
        for index, value in enumerate(inputs["variables"])
    ]
    outputs = {}
    for number, gradients in enumerate(inputs["gradients"]):
        if inputs["rates"]:
            optimizer.learning_rate = inputs["rates"][number]
        optimizer.apply([keras.ops.convert_to_tensor(gradient) for gradient in gradients], variables)
        for index, variable in enumerate(variables, 1):
            value = np.array(keras.ops.convert_to_numpy(variable))
            outputs[f"variable {index} after step {number + 1}"] = value
    return outputs


def ask_state(student, inputs):
    optimizer = getattr(student, inputs["class"])(**inputs["settings"])
    variables = [
        keras.Variable(value, dtype="float32", name=f"parameter_{index}")
        for index, value in enumerate(inputs["variables"])
    ]
    outputs = {}
    for number, gradients in enumerate(inputs["gradients"], 1):
        optimizer.apply([keras.ops.convert_to_tensor(gradient) for gradient in gradients], variables)
        for variable in variables:
            shape = tuple(variable.shape)
            found = [each for each in optimizer.variables if tuple(each.shape) == shape]
            if len(found) != 1:
                raise ValueError(
                    f"expected one variable of shape {shape} in optimizer.variables, the accumulator of the weight of "
                    f"that shape, found {len(found)}"
                )
            value = np.array(keras.ops.convert_to_numpy(found[0]))
            outputs[f"accumulator of shape {shape} after step {number}"] = value
    return outputs


def ask_copy(student, inputs):
    its_class = getattr(student, inputs["class"])
    optimizer = its_class.from_config(its_class(**inputs["settings"]).get_config())
    variables = [
        keras.Variable(value, dtype="float32", name=f"parameter_{index}")
        for index, value in enumerate(inputs["variables"])
    ]
    outputs = {}
    for number, gradients in enumerate(inputs["gradients"], 1):
        optimizer.apply([keras.ops.convert_to_tensor(gradient) for gradient in gradients], variables)
        for index, variable in enumerate(variables, 1):
            value = np.array(keras.ops.convert_to_numpy(variable))
            outputs[f"variable {index} after step {number} of the copy"] = value
    return outputs


def ask_fit(student, inputs):
    import re

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.set_weights(inputs["weights"])
    model.compile(optimizer=getattr(student, inputs["class"])(**inputs["settings"]), loss="mse", jit_compile=False)
    try:
        model.fit(inputs["inputs"], inputs["targets"], batch_size=4, shuffle=False, verbose=0)
    except NotImplementedError:
        raise
    except Exception as error:  # a backend's messages name tensors, which are numbered; keep what stays the same
        what = re.sub(r"'[^']*[0-9][^']*'", "…", str(error).strip().partition("\n")[0])
        told = RuntimeError(f"fit stopped with {type(error).__name__}: {what}")
        raise told.with_traceback(error.__traceback__) from None
    kernel, bias = model.get_weights()
    return {"kernel after six steps of fit": kernel, "bias after six steps of fit": bias}


def ask_save(student, inputs):
    import os
    import tempfile

    its_class = getattr(student, inputs["class"])
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.set_weights(inputs["weights"])
    model.compile(optimizer=its_class(**inputs["settings"]), loss="mse", jit_compile=False)
    try:
        model.fit(inputs["inputs"][:12], inputs["targets"][:12], batch_size=4, shuffle=False, verbose=0)
    except NotImplementedError:
        raise
    except Exception as error:
        raise RuntimeError(f"fit stopped with {type(error).__name__} before the model could be saved") from None
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        loaded = keras.models.load_model(path, custom_objects={its_class.__name__: its_class})
    loaded.fit(inputs["inputs"][12:], inputs["targets"][12:], batch_size=4, shuffle=False, verbose=0)
    kernel, bias = loaded.get_weights()
    return {"kernel after three steps, loading and three more": kernel, "bias after the same": bias}


def keras_probes(name, *, first, second, without_start, defaults_size, values=()):
    """The probes of an optimizer class.

    Parameters
    ----------
    name : str
        The class, which is also the exercise.
    first, second : dict
        Two sets of settings, the second with a large ε.
    without_start : dict
        Settings with which the accumulator starts at zero, for gradients that are zero.
    defaults_size : pair of float
        The sizes of the gradients with which the default settings show.
    values : sequence of tuple
        This class's own probes, put after those of the default settings.
    """
    schedule = {"initial_learning_rate": 0.5, "decay_steps": 2, "decay_rate": 0.4}
    rates = [0.4, 0.1, 0.3, 0.05, 0.2, 0.5]
    no_rate = {setting: value for setting, value in first.items() if setting != "learning_rate"}
    asked = [
        ("six-steps", "six steps of `apply`", keras_question(name, first), ask_apply, 3),
        ("other-settings", "six steps with other settings", keras_question(name, second), ask_apply, 2),
        ("defaults", "steps with the default settings", keras_question(name, {}, size=defaults_size), ask_apply, 1),
        *values,
        (
            "same-shape",
            "two variables of the same shape",
            keras_question(name, first, ((4,), (4,)), steps=4),
            ask_apply,
            1,
        ),
        ("sparse", "gradients with zeros in them", keras_question(name, without_start, sparse=True), ask_apply, 1),
        ("state", "the accumulators in `optimizer.variables`", keras_question(name, second), ask_state, 2),
        (
            "schedule",
            "a learning rate that follows a schedule",
            keras_question(name, no_rate, schedule=schedule),
            ask_apply,
            1,
        ),
        (
            "changed-rate",
            "a learning rate that is changed between steps",
            keras_question(name, first, rates=rates),
            ask_apply,
            1,
        ),
        ("copy", "six steps of a copy made by `from_config(get_config())`", keras_question(name, second), ask_copy, 2),
        ("fit", "six compiled steps inside `fit`", fit_question(name, first), ask_fit, 3),
        ("save", "training that goes on after saving and loading", fit_question(name, second), ask_save, 2),
    ]
    return [
        Probe(name, probe, text, draw, ask, weight=weight, seconds=30.0) for probe, text, draw, ask, weight in asked
    ]


ADAGRAD = keras_probes(
    "Adagrad",
    first={"learning_rate": (0.1, 0.3), "initial_accumulator_value": (0.2, 0.5), "epsilon": 1e-7},
    second={"learning_rate": (0.4, 0.8), "initial_accumulator_value": (0.6, 0.9), "epsilon": 0.2},
    without_start={"learning_rate": (0.1, 0.3), "initial_accumulator_value": 0.0, "epsilon": 1e-6},
    defaults_size=(0.2, 0.9),
    values=[
        (
            "default-epsilon",
            "steps with the default ε and tiny gradients, where the accumulators start at zero",
            keras_question(
                "Adagrad", {"learning_rate": (0.1, 0.3), "initial_accumulator_value": 0.0}, size=(0.0005, 0.002)
            ),
            ask_apply,
            0.5,
        ),
    ],
)

RMSPROP = keras_probes(
    "RMSProp",
    first={"learning_rate": (0.02, 0.08), "rho": (0.5, 0.8), "epsilon": 1e-7},
    second={"learning_rate": (0.1, 0.3), "rho": (0.93, 0.99), "epsilon": 0.2},
    without_start={"learning_rate": (0.02, 0.08), "rho": (0.5, 0.8), "epsilon": 1e-6},
    defaults_size=(0.002, 0.01),
)

PROBES = [*MOMENTUM_STEP, *ADAGRAD_STEP, *RMSPROP_STEP, *ADAM_STEP, *ADAGRAD, *RMSPROP]
