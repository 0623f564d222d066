"""What the judge asks of each exercise of this assignment: inputs, and the calls. No answers."""

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from autograder.chance import mean_margin, share_margin
from autograder.probes import Measurement, Probe

if TYPE_CHECKING:
    import keras  # the asking halves of a Keras notebook find it where they run


def probes_of(check, *asked, **options):
    """The probes of a check, each given by name, question, drawing and asking half, weight, and what it requires."""
    return [Probe(check, *each, **options) for each in asked]


# The schedules: drawing. A setting that is a pair of numbers is drawn from between them.


def settings_from(rng, settings):
    """Keyword arguments in which each pair of numbers is replaced by a number drawn from between them.

    A pair of whole numbers gives a whole number.
    """
    drawn = {}
    for name, value in settings.items():
        if isinstance(value, tuple) and all(isinstance(end, int) for end in value):
            value = int(rng.integers(value[0], value[1] + 1))
        elif isinstance(value, tuple):
            value = math.exp(rng.uniform(*np.log(value)))
        drawn[name] = value
    return drawn


def some_steps(rng, settings, count=6):
    """Whole numbers of steps in a wild order: one within the first `decay_steps`, all within four times as many."""
    decay_steps = math.ceil(settings["decay_steps"])
    steps = rng.integers(1, 4 * decay_steps, size=count)
    steps[0] = rng.integers(1, decay_steps)
    return [int(step) for step in steps]


def steps_question(function, settings, steps=some_steps):
    """Make a `draw`: settings, and some steps that are asked one by one."""

    def draw(rng):
        drawn = settings_from(rng, settings)
        return {"function": function, "settings": drawn, "steps": steps(rng, drawn)}

    return draw


def arrays_question(function, settings, shapes, dtypes=("int64",)):
    """Make a `draw`: settings, and an array of steps of each of these shapes."""

    def draw(rng):
        drawn = settings_from(rng, settings)
        arrays = []
        for index, shape in enumerate(shapes):
            steps = np.array(some_steps(rng, drawn, count=math.prod(shape))).reshape(shape)
            arrays.append(steps.astype(dtypes[index % len(dtypes)]))
        return {"function": function, "settings": drawn, "arrays": arrays, "labels": [f" of shape {s}" for s in shapes]}

    return draw


# The schedules: asking.


def ask_steps(student, inputs):
    function, settings = getattr(student, inputs["function"]), inputs["settings"]
    return {f"rate {number}": function(step, **settings) for number, step in enumerate(inputs["steps"], 1)}


def ask_arrays(student, inputs):
    function, settings = getattr(student, inputs["function"]), inputs["settings"]
    pairs = zip(inputs["labels"], inputs["arrays"], strict=True)
    return {f"rates of steps{label}": function(steps, **settings) for label, steps in pairs}


def ask_twice(student, inputs):
    function, settings, steps = getattr(student, inputs["function"]), inputs["settings"], inputs["arrays"][0]
    function(steps, **settings)
    outputs = {"rates of a second call": function(steps, **settings), "steps handed in": steps}
    for name in ("boundaries", "values"):
        if name in settings:
            outputs[f"{name} handed in"] = settings[name]
    return outputs


def decay_probes(function, *, first, second, default, late):
    """The probes of a schedule that falls smoothly.

    Parameters
    ----------
    function : str
        The exercise.
    first, second : dict
        Two sets of settings, the second with `decay_steps` that are no whole number.
    default : dict
        Settings without the one that has a default.
    late : dict
        Settings for very late steps.
    """

    def far_steps(rng, settings):
        return [int(step) for step in rng.integers(10_000, 100_000, size=4)]

    shapes = ((3, 4), (1,), (2, 1, 3), ())
    asked = [
        ("steps", "the rates of some steps", steps_question(function, first), ask_steps, 3),
        ("other-settings", "some steps with other settings", steps_question(function, second), ask_steps, 2),
        ("default", "some steps with a default setting", steps_question(function, default), ask_steps, 1),
        ("late", "steps after the ten thousandth", steps_question(function, late, far_steps), ask_steps, 0.5),
        ("array", "nine steps in one array", arrays_question(function, first, [(9,)]), ask_arrays, 2),
        (
            "shapes",
            "arrays of steps of other shapes and integer types",
            arrays_question(function, second, shapes, ("int64", "int32")),
            ask_arrays,
            1,
        ),
        (
            "arguments",
            "that the steps keep their values and a second call gives the same",
            arrays_question(function, first, [(5,)]),
            ask_twice,
            0.5,
            "array",
        ),
    ]
    return probes_of(function, *asked)


POWER_DECAY = decay_probes(
    "power_decay",
    first={"initial_learning_rate": (0.1, 0.9), "decay_steps": (20, 60), "power": (0.4, 0.7)},
    second={"initial_learning_rate": (0.01, 0.1), "decay_steps": (5.2, 9.7), "power": (1.4, 2.2)},
    default={"initial_learning_rate": (1.1, 2.0), "decay_steps": (7, 30)},
    late={"initial_learning_rate": (0.1, 0.9), "decay_steps": (5000, 9000), "power": (0.4, 0.7)},
)

EXPONENTIAL_DECAY = decay_probes(
    "exponential_decay",
    first={"initial_learning_rate": (0.1, 0.9), "decay_steps": (20, 60), "decay_rate": (0.3, 0.6)},
    second={"initial_learning_rate": (0.01, 0.1), "decay_steps": (5.2, 9.7), "decay_rate": (0.75, 0.9)},
    default={"initial_learning_rate": (1.1, 2.0), "decay_steps": (7, 30)},
    late={"initial_learning_rate": (0.1, 0.9), "decay_steps": (40_000, 60_000), "decay_rate": (0.3, 0.6)},
)


# Piecewise constant rates. The values neither rise nor fall throughout, so that an order of theirs is of no use.


def pieces_from(rng, pieces):
    """Boundaries at least 7 apart, and one value more."""
    boundaries = np.cumsum(rng.integers(7, 30, size=pieces - 1))
    values = rng.uniform(0.1, 0.3, size=pieces) + 0.4 * (np.arange(pieces) % 2)
    values[rng.integers(pieces)] += 1.0
    return [int(boundary) for boundary in boundaries], [float(value) for value in values]


def inside_steps(rng, boundaries):
    """A step well inside of each piece."""
    ends = [-3, *boundaries, boundaries[-1] + 40]
    return [int(rng.integers(low + 3, high - 2)) for low, high in itertools.pairwise(ends)]


def boundary_steps(rng, boundaries):
    """Every boundary and the step after it, in a wild order."""
    steps = [boundary + more for boundary in boundaries for more in (0, 1)]
    return [steps[index] for index in rng.permutation(len(steps))]


def pieces_question(pieces, steps, kind="list"):
    """Make a `draw`: boundaries and values, and steps asked one by one."""

    def draw(rng):
        boundaries, values = pieces_from(rng, pieces)
        settings = {"boundaries": boundaries, "values": values}
        return {"settings": settings, "steps": steps(rng, boundaries), "kind": kind}

    return draw


def pieces_arrays(pieces, shapes, dtypes=("int64",)):
    """Make a `draw`: boundaries and values, and arrays of steps, boundaries among them."""

    def draw(rng):
        boundaries, values = pieces_from(rng, pieces)
        arrays = []
        for index, shape in enumerate(shapes):
            near = [*boundary_steps(rng, boundaries), *inside_steps(rng, boundaries), 0]
            steps = rng.choice(near, size=shape)
            arrays.append(np.asarray(steps, dtype=dtypes[index % len(dtypes)]))
        return {
            "function": "piecewise_constant",
            "settings": {"boundaries": boundaries, "values": values},
            "arrays": arrays,
            "labels": [f" of shape {shape}" for shape in shapes],
        }

    return draw


def ask_pieces(student, inputs):
    make = {"list": list, "tuple": tuple, "array": np.array}[inputs["kind"]]
    settings = {name: make(value) for name, value in inputs["settings"].items()}
    pairs = enumerate(inputs["steps"], 1)
    return {f"rate {number}": student.piecewise_constant(step, **settings) for number, step in pairs}


def both_kinds_of_steps(rng, boundaries):
    return [*inside_steps(rng, boundaries), *boundary_steps(rng, boundaries)]


PIECEWISE_CONSTANT = probes_of(
    "piecewise_constant",
    ("inside", "steps well inside of the pieces", pieces_question(3, inside_steps), ask_pieces, 2),
    ("boundaries", "the boundaries, and the steps after them", pieces_question(3, boundary_steps), ask_pieces, 2),
    ("one-boundary", "a single boundary", pieces_question(2, both_kinds_of_steps), ask_pieces, 1),
    ("many-pieces", "seven pieces", pieces_question(7, both_kinds_of_steps), ask_pieces, 1),
    ("array", "nine steps in one array", pieces_arrays(3, [(9,)]), ask_arrays, 2),
    (
        "shapes",
        "arrays of steps of other shapes and integer types",
        pieces_arrays(4, ((3, 4), (1,), (2, 1, 3), ()), ("int64", "int32")),
        ask_arrays,
        1,
    ),
    ("tuples", "boundaries and values in tuples", pieces_question(4, inside_steps, "tuple"), ask_pieces, 0.5),
    ("arrays", "boundaries and values in arrays", pieces_question(4, inside_steps, "array"), ask_pieces, 0.5),
    (
        "arguments",
        "that the arguments keep their values and a second call gives the same",
        pieces_arrays(3, [(5,)]),
        ask_twice,
        1,
        "array",
    ),
)


# Reduce on plateau. What a loss is to be is written as a letter: b: better than the best by far; v: by a little more
# than min_delta; s, t: by about 0.4 and 0.7 of min_delta, which does not count; w: worse than the best; r: after w,
# better than the last, not than the best; n: NaN.


def losses_for(rng, script, min_delta):
    """Losses that are what the letters of a script say, none of them closer to a tie than a tenth of `min_delta`."""
    losses = [rng.uniform(5.0, 6.0)]
    best = losses[0] if script[0] == "b" else math.inf
    if script[0] == "n":
        losses[0] = math.nan
    for letter in script[1:]:
        if letter == "n":
            losses.append(math.nan)
            continue
        if best == math.inf:
            best = rng.uniform(5.0, 6.0)
            losses.append(best)
            continue
        below = {
            "b": min_delta + rng.uniform(0.1, 0.3),
            "v": min_delta * rng.uniform(1.2, 1.4),
            "s": min_delta * rng.uniform(0.3, 0.5),
            "t": min_delta * rng.uniform(0.6, 0.8),
            "w": -rng.uniform(0.2, 0.5),
            "r": -(losses[-1] - best) * rng.uniform(0.3, 0.7),
        }[letter]
        losses.append(best - below)
        if letter in "bv":
            best = losses[-1]
    return np.array(losses)


def plateau_question(script, settings, initial=(0.3, 0.9)):
    """Make a `draw`: settings and losses; a floor is given as a share of the initial rate."""

    def draw(rng):
        drawn = settings_from(rng, settings)
        learning_rate = float(rng.uniform(*initial))
        if "min_learning_rate" in drawn:
            drawn["min_learning_rate"] *= learning_rate
        losses = losses_for(rng, script, drawn.get("min_delta", 1e-4))
        return {"learning_rate": learning_rate, "settings": drawn, "losses": losses, "numpy": False}

    return draw


def two_plateaus(rng):
    """Two objects with other settings that take turns."""
    one = plateau_question("bwwbwwwbww", {"factor": (0.2, 0.4), "patience": 2, "min_delta": (0.01, 0.05)})(rng)
    two = plateau_question("bwbwwwwwbw", {"factor": (0.5, 0.8), "patience": 3, "min_delta": (0.01, 0.05)})(rng)
    return {"objects": [one, two]}


def numpy_losses(rng):
    """Losses as NumPy's numbers and arrays of shape ()."""
    draw = plateau_question("bwrwbwwwbsw", {"factor": (0.3, 0.6), "patience": 2, "min_delta": (0.02, 0.1)})
    return draw(rng) | {"numpy": True}


def ask_updates(student, inputs):
    plateau = student.ReduceOnPlateau(inputs["learning_rate"], **inputs["settings"])
    rates = []
    for number, loss in enumerate(inputs["losses"]):
        if not inputs["numpy"]:
            loss = float(loss)
        elif number % 2:
            loss = np.array(loss)
        rates.append(plateau.update(loss))
    return {"rates that update returns": rates}


def ask_attribute(student, inputs):
    plateau = student.ReduceOnPlateau(inputs["learning_rate"], **inputs["settings"])
    outputs = {"learning_rate before the first update": plateau.learning_rate}
    rates = []
    for loss in inputs["losses"]:
        plateau.update(float(loss))
        rates.append(plateau.learning_rate)
    return outputs | {"learning_rate after each update": rates}


def ask_two_objects(student, inputs):
    plateaus = [student.ReduceOnPlateau(each["learning_rate"], **each["settings"]) for each in inputs["objects"]]
    rates = [[], []]
    for losses in zip(*(each["losses"] for each in inputs["objects"]), strict=True):
        for plateau, loss, its in zip(plateaus, losses, rates, strict=True):
            its.append(plateau.update(float(loss)))
    return {"rates of one object": rates[0], "rates of the other": rates[1]}


USUAL = {"factor": (0.3, 0.6), "patience": 3, "min_delta": (0.02, 0.1)}
PATIENT = {"factor": (0.6, 0.9), "patience": 5}
FLOORED = {"factor": (0.3, 0.5), "patience": 2, "min_delta": (0.02, 0.1), "min_learning_rate": (0.06, 0.2)}
BELOW = {"factor": (0.3, 0.6), "patience": 2, "min_delta": (0.02, 0.1), "min_learning_rate": (1.5, 3.0)}

REDUCE_ON_PLATEAU = probes_of(
    "ReduceOnPlateau",
    (
        "calls",
        "losses that improve, stall, worsen and recover",
        plateau_question("bwwbwrwbwbwwwbwrrwwwbwbwwwww", USUAL),
        ask_updates,
        3,
    ),
    (
        "small-steps",
        "improvements that are too small to count, and one that adds up",
        plateau_question("bstvstsbwstwwvstvssss", USUAL),
        ask_updates,
        2,
    ),
    (
        "other-settings",
        "another patience, and the default settings",
        plateau_question("bwwwwbwwwstwwwwwwwrwstvwwwwwwwwwww", PATIENT),
        ask_updates,
        2,
    ),
    ("patience-one", "a patience of one", plateau_question("bwbbwrwbtvw", USUAL | {"patience": 1}), ask_updates, 1),
    ("floor", "a rate that has come to its floor", plateau_question("bwwwwbwwwwwwwwww", FLOORED), ask_updates, 2),
    (
        "below-floor",
        "a rate that lies below the floor from the start",
        plateau_question("bwwwwbww", BELOW),
        ask_updates,
        0.5,
        "calls",
    ),
    ("nan", "losses that are NaN", plateau_question("nbnwnnbnnbwnnn", USUAL), ask_updates, 1),
    ("nan-first", "NaN as the first losses of all", plateau_question("nnnnbwnwnwnw", USUAL), ask_updates, 0.5),
    (
        "attribute",
        "the attribute that holds the rate, before and after each update",
        plateau_question("bwwwbwwwwwwbw", USUAL),
        ask_attribute,
        1,
    ),
    ("two-objects", "two objects that take turns", two_plateaus, ask_two_objects, 1),
    ("numpy-numbers", "losses that are NumPy's numbers", numpy_losses, ask_updates, 0.5),
)


# Mini-batches. Which order a seed gives is not asked: exact answers are compared after they have been sorted, and
# random ones by what is measured in them.

EPOCHS, EXAMPLES = 2000, 6  # of the probe that looks at many epochs
SHARES = EXAMPLES**2 + EXAMPLES * (EXAMPLES - 1)  # how many shares it measures


def data_from(rng, shapes, dtype="float64"):
    """Inputs and targets: numbers no two of which are alike."""
    return {
        name: rng.normal(size=shape).astype(dtype) for name, shape in zip(("inputs", "targets"), shapes, strict=True)
    }


def epoch_question(batch_size, shapes, **options):
    """Make a `draw`: data, a seed for the student's generator, and a batch size."""

    def draw(rng):
        seed = int(rng.integers(2**31))
        return {"batch_size": batch_size, "seed": seed, **data_from(rng, shapes, **options)}

    return draw


def ask_epoch(student, inputs):
    given = np.array(inputs["inputs"]), np.array(inputs["targets"])
    epoch = student.minibatches(*given, batch_size=inputs["batch_size"], rng=np.random.default_rng(inputs["seed"]))
    try:
        batches = iter(epoch)
    except TypeError:
        raise TypeError(f"expected an iterable of batches, got a single {type(epoch).__name__}") from None
    some, theirs = [], []
    for batch in batches:
        try:
            x, y = batch
        except (TypeError, ValueError):
            raise TypeError(f"expected batches of two arrays, got one that is a {type(batch).__name__}") from None
        some.append(np.array(x))
        theirs.append(np.array(y))
    sizes = [x.shape[0] if x.ndim else 0 for x in some]
    if not sizes or min(sizes) == 0:
        return {"sizes of the batches": sizes, "inputs, sorted": np.zeros(0), "targets, in the same order": np.zeros(0)}
    some, theirs = np.concatenate(some), np.concatenate(theirs)
    order = np.argsort(some.reshape(len(some), -1)[:, 0])
    outputs = {"sizes of the batches": sizes, "inputs, sorted": some[order]}
    return outputs | {"targets, in the same order": theirs[order] if len(theirs) == len(some) else theirs}


def ask_untouched(student, inputs):
    x, y = inputs["inputs"], inputs["targets"]
    for seed in (inputs["seed"], inputs["seed"] + 1):
        rng = np.random.default_rng(seed)
        sizes = [len(each) for each, _ in student.minibatches(x, y, batch_size=inputs["batch_size"], rng=rng)]
    return {"sizes of the batches": sizes, "inputs handed in": x, "targets handed in": y}


def orders_question(count, examples, batch_size):
    """Make a `draw`: seeds, each of them for a generator, and how the data are to be cut."""

    def draw(rng):
        seeds = [int(seed) for seed in rng.integers(2**31, size=count)]
        return {"seeds": seeds, "examples": examples, "batch_size": batch_size}

    return draw


def ask_many_epochs(student, inputs):
    count = inputs["examples"]
    numbers, rng, orders = np.arange(float(count)), np.random.default_rng(inputs["seeds"][0]), []
    for _ in range(2000):
        epoch = student.minibatches(numbers.copy(), numbers.copy(), batch_size=inputs["batch_size"], rng=rng)
        order = np.concatenate([np.array(x) for x, _ in epoch])
        if order.shape != (count,):
            raise ValueError(f"expected an epoch of {count} examples, got inputs of shape {order.shape}")
        orders.append(order)
    return {"examples by epoch and place": orders}


def measure_shares(inputs, outputs):
    """How often each example comes at each place, and how often each one follows each other one."""
    orders, examples = outputs["examples by epoch and place"], np.arange(EXAMPLES)
    margin = share_margin(EPOCHS, 1e-6 / SHARES)
    at = np.array([[np.mean(orders[:, place] == each) for place in range(EXAMPLES)] for each in examples])
    after = [
        np.mean(np.any((orders[:, :-1] == one) & (orders[:, 1:] == other), axis=1))
        for one in examples
        for other in examples
        if one != other
    ]
    return {
        "share of epochs in which an example comes at one place": Measurement(at, margin),
        "share of epochs in which an example follows another one": Measurement(np.array(after), margin),
    }


def ask_seeds(student, inputs):
    count, orders = inputs["examples"], []
    for seed in [each for each in inputs["seeds"] for _ in range(2)]:
        numbers = np.arange(float(count))
        epoch = student.minibatches(
            numbers, numbers + 0.5, batch_size=inputs["batch_size"], rng=np.random.default_rng(seed)
        )
        orders.append(np.concatenate([np.array(x) for x, _ in epoch]))
    return {"examples, twice by seed": orders}


def measure_seeds(inputs, outputs):
    """How many seeds give the same order twice, and how many orders there are."""
    orders = outputs["examples, twice by seed"]
    same = [np.array_equal(*orders[index : index + 2]) for index in range(0, len(orders), 2)]
    return {
        "number of seeds that give the same batches twice": Measurement(float(sum(same)), 0.5),
        "number of different orders": Measurement(float(len(np.unique(orders[::2], axis=0))), 0.5),
    }


MINIBATCHES = [
    Probe(
        "minibatches",
        "one-epoch",
        "every example once, with its target, and the last batch smaller",
        epoch_question(4, ((10, 3), (10,))),
        ask_epoch,
        weight=3,
    ),
    Probe(
        "minibatches",
        "shuffled",
        "many epochs from one generator, in which every order is equally likely",
        orders_question(1, EXAMPLES, 2),
        ask_many_epochs,
        weight=3,
        measure=measure_shares,
        false_alarm=1e-6,  # see measure_shares
    ),
    Probe(
        "minibatches",
        "seeds",
        "that the order comes from `rng` alone: two generators of one seed, and other seeds",
        orders_question(3, 14, 5),
        ask_seeds,
        weight=2,
        measure=measure_seeds,
        false_alarm=1e-9,  # two of three orders are the same with a chance of 3/14!, for either answer
    ),
    Probe("minibatches", "one-by-one", "batches of one example", epoch_question(1, ((5, 2), (5,))), ask_epoch),
    Probe(
        "minibatches",
        "whole",
        "a single batch of all examples",
        epoch_question(7, ((7, 2), (7,))),
        ask_epoch,
        requires="one-epoch",
    ),
    Probe(
        "minibatches", "no-rest", "as many examples as fill all batches", epoch_question(3, ((12, 2), (12,))), ask_epoch
    ),
    Probe(
        "minibatches",
        "shapes",
        "inputs and targets of other shapes",
        epoch_question(3, ((8, 2, 3), (8, 4))),
        ask_epoch,
        weight=0.5,
    ),
    Probe(
        "minibatches",
        "flat",
        "one number for each input, in single precision",
        epoch_question(2, ((9,), (9,)), dtype="float32"),
        ask_epoch,
        weight=0.5,
    ),
    Probe(
        "minibatches",
        "arguments",
        "that inputs and targets keep their values and their order",
        epoch_question(4, ((10, 3), (10,))),
        ask_untouched,
        requires="one-epoch",
    ),
]


# Gradient descent. With one batch of everything the order of the examples plays no part. With smaller batches it must
# not either: the data are such that every order leads to the same numbers. Either all examples are the same; or their
# inputs, each followed by a 1, are at right angles, so that a step on one example leaves the errors of all others as
# they are, and the rate is the same throughout an epoch.

RUNS = 300  # of the probe that looks at many runs


def regression_from(rng, examples, features, dtype="float64"):
    """Inputs, targets, and a start."""
    return {
        "inputs": rng.normal(size=(examples, features)).astype(dtype),
        "targets": rng.normal(size=examples).astype(dtype),
        "weights": rng.normal(size=features).astype(dtype),
        "bias": float(rng.uniform(0.5, 1.5)),
    }


def upright_inputs(rng, examples):
    """Inputs of shape (n, n - 1): each row, followed by a 1, is at right angles to all others and has the length √n."""
    basis, _ = np.linalg.qr(np.column_stack([np.ones(examples), rng.normal(size=(examples, examples - 1))]))
    return math.sqrt(examples) * basis[:, 1:]


def whole_question(examples, features, epochs, layout="C", **options):
    """Make a `draw`: all examples in one batch, and a rate for each step."""

    def draw(rng):
        data = regression_from(rng, examples, features, **options)
        rates = rng.uniform(0.02, 0.1, size=epochs + 5)
        data |= {"rates": rates, "batch_size": examples, "epochs": epochs, "layout": layout}
        return data | {"seed": int(rng.integers(2**31))}

    return draw


def alike_question(examples, batch_size, epochs):
    """Make a `draw`: examples that are all the same, and a rate of its own for each step."""

    def draw(rng):
        data = regression_from(rng, examples, 3)
        data["inputs"][:], data["targets"][:] = data["inputs"][0], data["targets"][0]
        steps = epochs * math.ceil(examples / batch_size)
        rates = rng.uniform(0.03, 0.2, size=steps + 5) / (1 + np.sum(data["inputs"][0] ** 2))
        data |= {"rates": rates, "batch_size": batch_size, "epochs": epochs, "layout": "C"}
        return data | {"seed": int(rng.integers(2**31))}

    return draw


def upright_question(examples, batch_size, epochs):
    """Make a `draw`: inputs at right angles, and a rate for each epoch, which the schedule gives by step."""

    def draw(rng):
        data = regression_from(rng, examples, examples - 1)
        data["inputs"] = upright_inputs(rng, examples)
        by_epoch = batch_size * rng.uniform(0.1, 0.4, size=epochs) / examples
        rates = np.append(np.repeat(by_epoch, examples // batch_size), [0.0] * 5)
        data |= {"rates": rates, "batch_size": batch_size, "epochs": epochs, "layout": "C"}
        return data | {"seed": int(rng.integers(2**31))}

    return draw


def ask_descent(student, inputs):
    rates = inputs["rates"]

    def schedule(step):
        return float(rates[step]) if np.ndim(step) == 0 else rates[step]

    def lay_out(value):
        if inputs["layout"] == "strided":
            wide = np.full((2 * len(value), *value.shape[1:]), np.nan, dtype=value.dtype)
            wide[::2] = value
            return wide[::2]
        return np.array(value, order=inputs["layout"])

    given = lay_out(inputs["weights"]), inputs["bias"], lay_out(inputs["inputs"]), lay_out(inputs["targets"])
    options = {"batch_size": inputs["batch_size"], "epochs": inputs["epochs"]}
    rng = np.random.default_rng(inputs["seed"])
    returned = student.gradient_descent(*given, schedule=schedule, rng=rng, **options)
    expected = "3 values (weights, bias, losses)"
    try:
        returned = tuple(returned)
    except TypeError:
        raise TypeError(f"expected {expected}, got a single {type(returned).__name__}") from None
    if len(returned) != 3:
        raise ValueError(f"expected {expected}, got {len(returned)}")
    return dict(zip(("weights", "bias", "losses"), returned, strict=True))


def ask_descent_twice(student, inputs):
    given = [inputs["weights"], inputs["bias"], inputs["inputs"], inputs["targets"]]
    rates, options = inputs["rates"], {"batch_size": inputs["batch_size"], "epochs": inputs["epochs"]}
    for _ in range(2):
        rng = np.random.default_rng(inputs["seed"])
        returned = student.gradient_descent(*given, schedule=lambda step: rates[step], rng=rng, **options)
    weights, bias, losses = returned
    outputs = {"weights of a second call": weights, "bias of the same": bias, "losses of the same": losses}
    names = ("weights handed in", "bias handed in", "inputs handed in", "targets handed in")
    return outputs | dict(zip(names, given, strict=True))


def descent_seeds(rng):
    """Twelve examples, one epoch one by one, for three seeds."""
    data = regression_from(rng, 12, 2) | {"rates": np.full(20, 0.05)}
    return data | {"seeds": [int(seed) for seed in rng.integers(2**31, size=3)]}


def ask_descent_seeds(student, inputs):
    found, rates = [], inputs["rates"]
    for seed in [each for each in inputs["seeds"] for _ in range(2)]:
        given = [np.array(inputs[name]) for name in ("weights", "inputs", "targets")]
        weights, _, _ = student.gradient_descent(
            given[0],
            inputs["bias"],
            *given[1:],
            schedule=lambda step: rates[step],
            batch_size=1,
            epochs=1,
            rng=np.random.default_rng(seed),
        )
        found.append(weights)
    return {"weights, twice by seed": found}


def measure_descent_seeds(inputs, outputs):
    """How many seeds give the same weights twice, and how many different weights there are."""
    found = outputs["weights, twice by seed"]
    same = [np.allclose(*found[index : index + 2], rtol=1e-9) for index in range(0, len(found), 2)]
    different = len(np.unique(np.round(found[::2], 9), axis=0))
    return {
        "number of seeds that give the same weights twice": Measurement(float(sum(same)), 0.5),
        "number of different weights": Measurement(float(different), 0.5),
    }


def anew_question(rng):
    """Six examples at right angles with errors of size 1; the rate is 0 but for the first step of either epoch.

    There the rate takes the error of the example to 0. So the loss after the two epochs is 5/6 if both begin with the
    same example, and 4/6 if not.
    """
    examples = 6
    rates = np.zeros(2 * examples + 5)
    rates[[0, examples]] = 1 / (2 * examples)
    seeds = [int(seed) for seed in rng.integers(2**31, size=RUNS)]
    targets = rng.choice([-1.0, 1.0], size=examples)
    return {"inputs": upright_inputs(rng, examples), "targets": targets, "rates": rates, "seeds": seeds}


def ask_anew(student, inputs):
    rates, last = inputs["rates"], []
    for seed in inputs["seeds"]:
        _, _, losses = student.gradient_descent(
            np.zeros(5),
            0.0,
            inputs["inputs"].copy(),
            inputs["targets"].copy(),
            schedule=lambda step: rates[step],
            batch_size=1,
            epochs=2,
            rng=np.random.default_rng(seed),
        )
        last.append(losses[1])
    return {"losses after two epochs": last}


def measure_anew(inputs, outputs):
    """The mean loss, which tells how often both epochs begin with the same example."""
    mean = np.mean(outputs["losses after two epochs"])
    return {"mean loss after two epochs": Measurement(mean, mean_margin(RUNS, 1 / 6, 5e-7))}


GRADIENT_DESCENT = probes_of(
    "gradient_descent",
    ("full-batch", "five steps with all examples in one batch", whole_question(12, 3, 5), ask_descent, 3),
    ("other-data", "other data, and more steps", whole_question(20, 5, 9), ask_descent, 1),
    ("one-feature", "one feature and few examples", whole_question(4, 1, 3), ask_descent, 1),
    (
        "steps",
        "batches of which the last is smaller, and a rate for each step",
        alike_question(10, 4, 3),
        ask_descent,
        3,
    ),
    ("one-by-one", "batches of one example, where the order plays no part", upright_question(8, 1, 3), ask_descent, 2),
    (
        "mini-batches",
        "batches of four examples, where the order plays no part",
        upright_question(12, 4, 3),
        ask_descent,
        2,
    ),
    ("float32", "arrays of single precision", whole_question(12, 3, 5, dtype="float32"), ask_descent, 0.5),
    ("layouts", "arrays that are every other row of larger ones", whole_question(9, 2, 3, "strided"), ask_descent, 0.5),
    (
        "arguments",
        "that the arguments keep their values and a second call gives the same",
        whole_question(7, 2, 2),
        ask_descent_twice,
        1,
        "full-batch",
    ),
    spoiled_by=("minibatches",),
)

RANDOM_DESCENT = [
    Probe(
        "gradient_descent",
        "seeds",
        "that the batches are drawn from `rng`: generators of one seed, and of others",
        descent_seeds,
        ask_descent_seeds,
        weight=1,
        spoiled_by=("minibatches",),
        measure=measure_descent_seeds,
        false_alarm=2e-8,  # two of three orders are the same with a chance of 3/12!, for either answer
        own_only=True,
    ),
    Probe(
        "gradient_descent",
        "anew",
        "that every epoch draws batches of its own",
        anew_question,
        ask_anew,
        weight=1,
        spoiled_by=("minibatches",),
        measure=measure_anew,
        false_alarm=5e-7,
        own_only=True,
    ),
]


# Keras: power decay. Rates are compared in single precision, to a thousandth.


def power_question(settings, *, late=False):
    """Make a `draw`: settings, and steps in a wild order, one of them twice."""

    def draw(rng):
        drawn = settings_from(rng, settings)
        steps = some_steps(rng, drawn) if not late else [int(step) for step in rng.integers(10_000, 100_000, size=4)]
        return {"settings": drawn, "steps": [*steps, 0, steps[0]]}

    return draw


def training_question(settings):
    """Make a `draw`: settings, and inputs for a model whose weight falls by rate times input at every step."""

    def draw(rng):
        return {
            "settings": settings_from(rng, settings),
            "inputs": rng.uniform(0.5, 1.5, size=(24, 1)).astype("float32"),
        }

    return draw


def ask_rates(student, inputs):
    schedule = student.PowerDecay(**inputs["settings"])
    rates = [schedule(step) for step in inputs["steps"]]
    return {f"rate {number}": keras.ops.convert_to_numpy(rate) for number, rate in enumerate(rates, 1)}


def ask_tensors(student, inputs):
    schedule, outputs = student.PowerDecay(**inputs["settings"]), {}
    for number, step in enumerate(inputs["steps"], 1):
        tensor = keras.ops.convert_to_tensor(step, dtype="int32")
        variable = keras.Variable(step, dtype="int32", trainable=False, name="step")
        outputs[f"rate {number}, of a tensor"] = keras.ops.convert_to_numpy(schedule(tensor))
        outputs[f"rate {number}, of a variable"] = keras.ops.convert_to_numpy(schedule(variable))
    return outputs


def ask_copied_rates(student, inputs):
    import json

    original = student.PowerDecay(**inputs["settings"])
    copy = student.PowerDecay.from_config(json.loads(json.dumps(original.get_config())))
    rates = [copy(step) for step in inputs["steps"]]
    return {f"rate {number} of the copy": keras.ops.convert_to_numpy(rate) for number, rate in enumerate(rates, 1)}


def ask_optimizer(student, inputs):
    weight = keras.Variable([0.0], dtype="float32", name="weight")
    optimizer = keras.optimizers.SGD(student.PowerDecay(**inputs["settings"]))
    outputs = {}
    for number, size in enumerate(inputs["inputs"][:6, 0], 1):
        optimizer.apply([keras.ops.convert_to_tensor([size])], [weight])
        outputs[f"weight after step {number}"] = np.array(keras.ops.convert_to_numpy(weight))
    return outputs


def ask_training(student, inputs):
    import re

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1), dtype="float32")])
    optimizer = keras.optimizers.SGD(student.PowerDecay(**inputs["settings"]))
    model.compile(optimizer=optimizer, loss=lambda wanted, output: keras.ops.mean(output), jit_compile=False)
    outputs = {}
    for number in range(1, 4):
        some = inputs["inputs"][8 * (number - 1) : 8 * number]
        try:
            model.fit(some, np.zeros((8, 1)), batch_size=4, shuffle=False, verbose=0)
        except NotImplementedError:
            raise
        except Exception as error:  # a backend's messages name tensors, which are numbered; keep what stays the same
            what = re.sub(r"'[^']*[0-9][^']*'", "…", str(error).strip().partition("\n")[0])
            told = RuntimeError(f"fit stopped with {type(error).__name__}: {what}")
            raise told.with_traceback(error.__traceback__) from None
        outputs[f"weight after {2 * number} steps of fit"] = model.get_weights()[0]
    return outputs


def ask_saving(student, inputs):
    import os
    import tempfile

    its_class = student.PowerDecay
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1), dtype="float32")])
    optimizer = keras.optimizers.SGD(its_class(**inputs["settings"]))
    model.compile(optimizer=optimizer, loss="mae", jit_compile=False)
    some, targets = inputs["inputs"], np.full((24, 1), -100.0)
    try:
        model.fit(some[:12], targets[:12], batch_size=4, shuffle=False, verbose=0)
    except NotImplementedError:
        raise
    except Exception as error:
        raise RuntimeError(f"fit stopped with {type(error).__name__} before the model could be saved") from None
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        loaded = keras.models.load_model(path, custom_objects={its_class.__name__: its_class})
    before = loaded.get_weights()[0]
    loaded.fit(some[12:], targets[12:], batch_size=4, shuffle=False, verbose=0)
    return {"change of the weight in three steps after loading": loaded.get_weights()[0] - before}


FIRST = {"initial_learning_rate": (0.1, 0.9), "decay_steps": (20, 60), "power": (0.4, 0.7)}
SECOND = {"initial_learning_rate": (0.01, 0.1), "decay_steps": (5.2, 9.7), "power": (1.4, 2.2)}
QUICK = {"initial_learning_rate": (0.2, 0.9), "decay_steps": (2, 3), "power": (0.5, 0.8)}
STEEP = {"initial_learning_rate": (0.2, 0.9), "decay_steps": (1.2, 3.4), "power": (1.2, 1.6)}
BY_DEFAULT = {"initial_learning_rate": (1.1, 2.0), "decay_steps": (7, 30)}
LATE = {"initial_learning_rate": (0.1, 0.9), "decay_steps": (5000, 9000), "power": (0.4, 0.7)}

POWER_DECAY_CLASS = probes_of(
    "PowerDecay",
    ("steps", "the rates of some steps", power_question(FIRST), ask_rates, 3),
    ("other-settings", "some steps with other settings", power_question(SECOND), ask_rates, 2),
    ("default", "some steps with the default power", power_question(BY_DEFAULT), ask_rates, 1),
    ("late", "steps after the ten thousandth", power_question(LATE, late=True), ask_rates, 0.5),
    ("tensors", "steps that are tensors and variables of integers", power_question(FIRST), ask_tensors, 2),
    ("optimizer", "six steps of an optimizer with this schedule", training_question(QUICK), ask_optimizer, 2),
    ("fit", "six compiled steps inside `fit`", training_question(STEEP), ask_training, 3),
    ("copy", "a copy made by `from_config(get_config())`, through JSON", power_question(SECOND), ask_copied_rates, 2),
    ("save", "training that goes on after saving and loading", training_question(QUICK), ask_saving, 2),
    seconds=30.0,
)


# Keras: a rate for every epoch. The present rate is drawn, so that it is never the right answer.


def epochs_question(epochs, present=(0.02, 0.9)):
    """Make a `draw`: the epochs that ``epochs(rng)`` gives, and the present rates."""

    def draw(rng):
        numbers = [int(epoch) for epoch in epochs(rng)]
        return {"epochs": numbers, "present": [float(rate) for rate in rng.uniform(*present, size=len(numbers))]}

    return draw


def ask_rate_for_epoch(student, inputs):
    pairs = zip(inputs["epochs"], inputs["present"], strict=True)
    return {f"rate {number}": student.rate_for_epoch(*pair) for number, pair in enumerate(pairs, 1)}


def scheduler_question(rng):
    """Three stretches of training, each over a change of the phase or inside of one."""
    stretches = [[int(rng.integers(7, 9)), 12], [int(rng.integers(27, 29)), 32], [0, 2]]
    return {"stretches": stretches, "learning_rate": float(rng.uniform(0.02, 0.9))}


def ask_scheduler(student, inputs):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(inputs["learning_rate"]), loss="mse", jit_compile=False)
    scheduler = keras.callbacks.LearningRateScheduler(student.rate_for_epoch)
    outputs = {}
    for number, (first, last) in enumerate(inputs["stretches"], 1):
        rates = []
        record = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs, rates=rates: rates.append(
                float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
            )
        )
        data = np.zeros((4, 1)), np.zeros((4, 1))
        model.fit(*data, initial_epoch=first, epochs=last, callbacks=[scheduler, record], verbose=0)
        outputs[f"rates around change {number}" if number < 3 else "rates of the first two epochs"] = rates[-4:]
    return outputs


RATE_FOR_EPOCH = probes_of(
    "rate_for_epoch",
    (
        "inside",
        "epochs well inside of the three phases",
        epochs_question(lambda rng: [rng.integers(2, 7), rng.integers(14, 26), rng.integers(34, 90)]),
        ask_rate_for_epoch,
        2,
    ),
    (
        "changes",
        "the epochs before and after each change",
        epochs_question(lambda rng: rng.permutation([0, 8, 9, 10, 11, 28, 29, 30, 31])),
        ask_rate_for_epoch,
        2,
    ),
    (
        "present-rate",
        "epochs with a present rate that is very small",
        epochs_question(lambda rng: rng.permutation([1, 5, 15, 20, 40, 60]), (1e-6, 1e-5)),
        ask_rate_for_epoch,
        1,
    ),
    ("scheduler", "training with a `LearningRateScheduler`", scheduler_question, ask_scheduler, 2),
    seconds=30.0,
)


# Keras: reduce on plateau. The training loss falls all the while, or does the contrary of the validation loss.


def callback_question(script, settings, *, contrary=False):
    """Make a `draw`: settings, and the two losses of every epoch."""

    def draw(rng):
        drawn = settings_from(rng, settings)
        learning_rate = float(rng.uniform(0.3, 0.9))
        if "min_learning_rate" in drawn:
            drawn["min_learning_rate"] *= learning_rate
        watched = losses_for(rng, script, drawn.get("min_delta", 1e-4))
        falling = 9.0 - np.cumsum(rng.uniform(0.15, 0.4, size=len(script)))
        other = 10 - watched if contrary else falling
        return {"settings": drawn, "learning_rate": learning_rate, "val_loss": watched, "loss": other}

    return draw


def ask_callback(student, inputs):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(inputs["learning_rate"])
    model.compile(optimizer=optimizer, loss="mse", metrics=["mae"], jit_compile=False)
    callback = student.plateau_callback(**inputs["settings"])
    callback.set_params({"epochs": len(inputs["loss"]), "steps": 1, "verbose": 0})
    callback.set_model(model)
    callback.on_train_begin({})
    rates = []
    for epoch, (loss, val_loss) in enumerate(zip(inputs["loss"], inputs["val_loss"], strict=True)):
        callback.on_epoch_begin(epoch, {})
        logs = {"loss": float(loss), "mae": float(loss), "val_loss": float(val_loss), "val_mae": float(loss)}
        callback.on_epoch_end(epoch, logs)
        rates.append(float(keras.ops.convert_to_numpy(optimizer.learning_rate)))
    callback.on_train_end({})
    return {"learning rates after each epoch": rates}


def flat_question(rng):
    """A model whose validation loss cannot change, while its training loss falls."""
    return {
        "inputs": rng.uniform(0.5, 1.5, size=(8, 1)).astype("float32"),
        "targets": rng.uniform(5.0, 6.0, size=(8, 1)).astype("float32"),
        "learning_rate": float(rng.uniform(0.01, 0.02)),
        "settings": settings_from(rng, {"factor": (0.3, 0.7), "patience": 2}),
    }


def ask_flat(student, inputs):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1), dtype="float32")])
    optimizer = keras.optimizers.SGD(inputs["learning_rate"])
    model.compile(optimizer=optimizer, loss="mse", jit_compile=False)
    rates = []
    record = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: rates.append(float(keras.ops.convert_to_numpy(optimizer.learning_rate)))
    )
    held_out = np.zeros((4, 1), dtype="float32"), np.ones((4, 1), dtype="float32")
    callbacks = [student.plateau_callback(**inputs["settings"]), record]
    options = {"batch_size": 8, "epochs": 7, "shuffle": False, "verbose": 0}
    model.fit(inputs["inputs"], inputs["targets"], validation_data=held_out, callbacks=callbacks, **options)
    return {"learning rates after each epoch of fit": rates}


PLATEAU_CALLBACK = probes_of(
    "plateau_callback",
    (
        "epochs",
        "a validation loss that improves, stalls and recovers, while the training loss falls",
        callback_question("bwwbwrwbwbwwwbwrrwwwbwb", USUAL),
        ask_callback,
        3,
    ),
    (
        "contrary",
        "a training loss that does the contrary of the validation loss",
        callback_question("bwbwwwbwwwwwb", USUAL | {"patience": 2}, contrary=True),
        ask_callback,
        1,
    ),
    (
        "small-steps",
        "improvements that are too small to count, and one that adds up",
        callback_question("bstvstsbwstwwvstvssss", USUAL),
        ask_callback,
        2,
    ),
    (
        "default-minima",
        "the default `min_delta` and `min_learning_rate`",
        callback_question("bstvsstwwvstvwwwwwwwwwwwwwwwwwwwwwwwwww", {"factor": (0.3, 0.5), "patience": 2}),
        ask_callback,
        1,
    ),
    ("defaults", "all settings by default", callback_question("b" + "w" * 9 + "b" + "w" * 22, {}), ask_callback, 1),
    ("floor", "a rate that has come to its floor", callback_question("bwwwwbwwwwwwwwww", FLOORED), ask_callback, 2),
    ("fit", "training whose validation loss cannot change", flat_question, ask_flat, 2),
    seconds=30.0,
)

PROBES = [
    *POWER_DECAY,
    *EXPONENTIAL_DECAY,
    *PIECEWISE_CONSTANT,
    *REDUCE_ON_PLATEAU,
    *MINIBATCHES,
    *GRADIENT_DESCENT,
    *RANDOM_DESCENT,
    *POWER_DECAY_CLASS,
    *RATE_FOR_EPOCH,
    *PLATEAU_CALLBACK,
]
