"""What the judge asks of each exercise of this assignment: inputs, and the calls. No answers.

Dropout is random: what comes back is measured, and each measure is compared with the reference's, which has draws of
its own. The margins hold for every number of draws, so each probe's false alarm is an upper bound.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from autograder.chance import share_margin
from autograder.probes import Measurement, Probe

if TYPE_CHECKING:
    import keras  # the asking halves of a Keras notebook find it where they run

FALSE_ALARM = 1e-6  # of a probe that counts; shared among its counts
NEVER = 1e-12  # an upper bound where luck could at most drop every one of many entries, or none
FACTOR = {"float64": 1e-6, "float32": 1e-3}  # how far the factor on a kept entry may be off


def away_from_zero(rng, shape, low=0.5, high=2.0, dtype="float64"):
    """Numbers of both signs whose size lies between `low` and `high`."""
    return np.asarray(rng.choice([-1.0, 1.0], size=shape) * rng.uniform(low, high, size=shape), dtype=dtype)


def from_between(rng, low, high):
    return float(rng.uniform(low, high))


def seed_from(rng):
    """An integer from which the asking half makes a generator of the student's own."""
    return int(rng.integers(2**31))


# The penalties.


def penalty_question(function, arrays, strength=(0.1, 0.7), look_back=False):
    """Make a `draw`: the arrays that ``arrays(rng)`` gives (label, array, layout), each with a strength of its own."""

    def draw(rng):
        cases = [
            {"label": label, "weights": array, "layout": layout, "strength": from_between(rng, *strength)}
            for label, array, layout in arrays(rng)
        ]
        return {"function": function, "cases": cases, "look_back": look_back}

    return draw


def three_arrays(rng):
    return [(f" of array {n}", away_from_zero(rng, (3, 4), 0.3 * n, 1.5 * n), "C") for n in (1, 2, 3)]


def one_array(rng):
    return [("", away_from_zero(rng, (3, 4)), "C")]


def other_shapes(rng):
    return [(f" of shape {shape}", away_from_zero(rng, shape), "C") for shape in ((5,), (2, 3, 2), (1, 1), ())]


def arrays_with_zeros(rng):
    array = away_from_zero(rng, (4, 5))
    array[rng.random((4, 5)) < 0.5] = 0.0
    array[0, 0], array[-1, -1] = 0.0, from_between(rng, 1, 2)
    return [(" of an array with zeros", array, "C")]


def small_weights(rng):
    return [(" of many small weights", away_from_zero(rng, (30, 40), 0.01, 0.1), "C")]


def single_precision(rng):
    return [(" in single precision", away_from_zero(rng, (3, 4), dtype="float32"), "C")]


def other_layouts(rng):
    kinds = {"F": " in Fortran order", "strided": " as every other row of an array"}
    return [(label, away_from_zero(rng, (3, 4)), kind) for kind, label in kinds.items()]


def ask_penalty(student, inputs):
    def both(returned):
        expected = "expected 2 values (value, gradient)"
        try:
            is_sequence = len(returned) >= 0 and hasattr(returned, "__getitem__") and not hasattr(returned, "keys")
        except TypeError:  # a number, an array of no dimension, a generator
            is_sequence = False
        if not is_sequence or isinstance(returned, str | bytes):
            raise TypeError(f"{expected}, got a single {type(returned).__name__}")
        if len(returned) != 2:
            raise ValueError(f"{expected}, got {len(returned)}")
        return list(returned)

    function, outputs = getattr(student, inputs["function"]), {}
    for case in inputs["cases"]:
        weights = np.array(case["weights"], order="F" if case["layout"] == "F" else "C")
        if case["layout"] == "strided":
            weights = np.repeat(weights, 2, axis=0)[::2]
        value, gradient = both(function(weights, case["strength"]))
        outputs |= {f"value{case['label']}": value, f"gradient{case['label']}": gradient}
        if inputs["look_back"]:
            outputs |= {"weights handed in": weights, "gradient so far": gradient}
            value, gradient = both(function(weights, case["strength"]))
            outputs |= {"value of a second call": value, "gradient of a second call": gradient}
    return outputs


def penalty_probes(function):
    """The probes that both penalties have."""

    def probe(name, question, arrays, weight, **options):
        required = {"requires": options.pop("requires")} if "requires" in options else {}
        draw = penalty_question(function, arrays, **options)
        return Probe(function, name, question, draw, ask_penalty, weight=weight, **required)

    return [
        probe("three-arrays", "three arrays, each with a strength of its own", three_arrays, 3),
        probe("strong", "a strength far above 1", one_array, 1, strength=(20.0, 50.0)),
        probe("zeros", "weights of which some are 0", arrays_with_zeros, 2),
        probe("shapes", "arrays of other shapes", other_shapes, 1),
        probe("many", "many small weights", small_weights, 1),
        probe("float32", "weights of single precision", single_precision, 0.5),
        probe("layouts", "arrays that lie otherwise in memory", other_layouts, 0.5),
        probe(
            "no-strength",
            "a penalty that is switched off by its strength",
            one_array,
            0.5,
            strength=(0.0, 0.0),
            requires="three-arrays",
        ),
        probe(
            "arguments",
            "that the weights keep their values and a second call gives the same",
            one_array,
            1,
            look_back=True,
            requires="three-arrays",
        ),
    ]


# The penalized loss.


def one_network(rng, batch=5, features=3, hidden=4, outputs=2, dtype="float64", layout="C"):
    """A network with a batch, none of whose hidden units is near the kink of its ReLU."""
    while True:
        network = {
            "W1": away_from_zero(rng, (features, hidden), 0.3, 1.2, dtype),
            "b1": away_from_zero(rng, (hidden,), 0.1, 0.5, dtype),
            "W2": away_from_zero(rng, (hidden, outputs), 0.3, 1.2, dtype),
            "b2": away_from_zero(rng, (outputs,), 0.1, 0.5, dtype),
        }
        inputs = np.asarray(rng.normal(size=(batch, features)), dtype)
        before_relu = inputs @ network["W1"] + network["b1"]
        if np.abs(before_relu).min() > 0.02 and (before_relu > 0).any() and (before_relu < 0).any():
            break
    targets = np.asarray(rng.normal(size=(batch, outputs)), dtype)
    return {"label": "", "network": network, "inputs": inputs, "targets": targets, "layout": layout}


def network_question(cases, penalty="fourth powers", strength=(0.05, 0.2), **more):
    """Make a `draw`: the networks that ``cases(rng)`` gives, a penalty by its name, and a strength."""

    def draw(rng):
        asked = [{**case, "strength": from_between(rng, *strength)} for case in cases(rng)]
        return {"penalty": penalty, "cases": asked, "steps": 0, "look_back": False} | more

    return draw


def some_network(**options):
    return lambda rng: [one_network(rng, **options)]


def networks_of_other_shapes(rng):
    sizes = [(1, 3, 4, 2), (6, 1, 5, 1), (4, 2, 1, 3), (7, 5, 6, 4)]
    return [
        one_network(rng, *size) | {"label": " for batch, features, hidden, outputs of " + ", ".join(map(str, size))}
        for size in sizes
    ]


def networks_in_other_layouts(rng):
    kinds = {"F": " in Fortran order", "strided": " as every other row of an array"}
    return [one_network(rng, layout=kind) | {"label": label} for kind, label in kinds.items()]


def ask_network(student, inputs):
    def fourth_powers(weights, strength):
        return strength * np.sum(weights**4), 4 * strength * weights**3

    def bowls(weights, strength):
        roots = np.sqrt(1 + weights**2)
        return strength * np.sum(roots - 1), strength * weights / roots

    def both(returned):
        expected = "expected 2 values (loss, gradients)"
        try:
            is_sequence = len(returned) >= 0 and hasattr(returned, "__getitem__") and not hasattr(returned, "keys")
        except TypeError:
            is_sequence = False
        if not is_sequence or isinstance(returned, str | bytes):
            raise TypeError(f"{expected}, got a single {type(returned).__name__}")
        if len(returned) != 2:
            raise ValueError(f"{expected}, got {len(returned)}")
        if not hasattr(returned[1], "keys"):
            raise TypeError(f"expected a dict of gradients, got {type(returned[1]).__name__}")
        return list(returned)

    def lay_out(value, layout):
        if layout == "strided" and value.ndim > 1:
            return np.repeat(value, 2, axis=0)[::2]
        return np.array(value, order="F" if layout == "F" else "C")

    outputs = {}
    for case in inputs["cases"]:
        network = {name: lay_out(value, case["layout"]) for name, value in case["network"].items()}
        batch = [lay_out(case[name], case["layout"]) for name in ("inputs", "targets")]
        settings = {"penalty": fourth_powers if inputs["penalty"] == "fourth powers" else bowls}
        settings["strength"] = case["strength"]
        loss, gradients = both(student.penalised_loss_and_gradients(network, *batch, **settings))
        outputs[f"loss{case['label']}"] = loss
        for name in case["network"]:
            outputs[f"gradient of {name}{case['label']}"] = gradients[name]
        if inputs["look_back"]:
            again, _ = both(student.penalised_loss_and_gradients(network, *batch, **settings))
            outputs |= {"loss of a second call": again, "inputs handed in": batch[0], "targets handed in": batch[1]}
            outputs |= {f"{name} handed in": network[name] for name in case["network"]}
        for step in range(1, inputs["steps"] + 1):
            network = {name: network[name] - 0.05 * np.asarray(gradients[name]) for name in case["network"]}
            loss, gradients = both(student.penalised_loss_and_gradients(network, *batch, **settings))
            outputs[f"loss after step {step}"] = loss
    return outputs


def network_probe(name, question, draw, weight, **options):
    return Probe("penalised_loss_and_gradients", name, question, draw, ask_network, weight=weight, **options)


PENALISED = [
    network_probe("penalized", "a network with a penalty", network_question(some_network()), 3),
    network_probe(
        "other-penalty", "a network with another penalty", network_question(some_network(), "bowls", (0.5, 2.0)), 2
    ),
    network_probe(
        "no-penalty",
        "a network with a strength of 0",
        network_question(some_network(batch=6, hidden=5), strength=(0.0, 0.0)),
        2,
    ),
    network_probe("strong", "a strength far above 1", network_question(some_network(), "bowls", (20.0, 50.0)), 1),
    network_probe(
        "training",
        "the losses of five steps of gradient descent",
        network_question(some_network(batch=8), "bowls", steps=5),
        1,
    ),
    network_probe("shapes", "networks of other shapes", network_question(networks_of_other_shapes), 1),
    network_probe("float32", "arrays of single precision", network_question(some_network(dtype="float32")), 0.5),
    network_probe(
        "layouts", "arrays that lie otherwise in memory", network_question(networks_in_other_layouts, "bowls"), 0.5
    ),
    network_probe(
        "arguments",
        "that the arguments keep their values and a second call gives the same",
        network_question(some_network(), look_back=True),
        1,
        requires="no-penalty",
    ),
]


# Dropout: what is counted in what came back. A case is one setting of the probe, and its label is part of the name of
# its output. All margins come from the number of entries alone.


def given(case):
    """The inputs of a case as the asking half makes them: a row as it is, repeated, or one array."""
    values = np.asarray(case["values"])
    return np.tile(values, (case["rows"], 1)) if case["rows"] else values


def share(flags):
    """The share of flags that are set; NaN, which is never right, where there are none."""
    return flags.mean() if flags.size else math.nan


def nearness(counts, entries, rate):
    """The share of counts that lie within 0.6 standard deviations of the expected number of dropped entries.

    About 0.45 where every entry has a draw of its own; 1 where the number is fixed; 0 where entries go together.
    """
    return np.mean(np.abs(counts - entries * rate) <= 0.6 * math.sqrt(entries * rate * (1 - rate)))


def some_but_not_all(zero):
    return Measurement(float(zero.any() and not zero.all()), 0.0)


def factors(case, outputs):
    """The smallest and the largest factor on a kept entry."""
    inputs = np.broadcast_to(given(case), outputs.shape)
    kept = (outputs / np.where(inputs == 0, 1, inputs))[outputs != 0]
    margin = FACTOR[str(inputs.dtype)]
    return {
        f"smallest factor on a kept entry{case['label']}": Measurement(kept.min(), margin),
        f"largest factor on a kept entry{case['label']}": Measurement(kept.max(), margin),
    }


def measure_share(inputs, outputs):
    found = {}
    for case in inputs["cases"]:
        dropped = outputs[f"outputs{case['label']}"] == 0
        margin = share_margin(dropped.size, FALSE_ALARM / len(inputs["cases"]))
        found[f"share of dropped entries{case['label']}"] = Measurement(dropped.mean(), margin)
    return found


def measure_factors(inputs, outputs):
    found = {}
    for case in inputs["cases"]:
        found |= factors(case, outputs[f"outputs{case['label']}"])
    return found


def measure_any_value(inputs, outputs):
    (case,) = inputs["cases"]
    values, dropped = given(case), outputs["outputs"] == 0
    groups = {"negative": values < 0, "positive": values > 0}
    groups |= {"small": (values != 0) & (np.abs(values) < 1), "large": np.abs(values) >= 1}
    found = {
        f"share of dropped entries among the {name} ones": Measurement(
            dropped[group].mean(), share_margin(int(group.sum()), FALSE_ALARM / len(groups))
        )
        for name, group in groups.items()
    }
    found["largest output of an input of 0"] = Measurement(np.abs(outputs["outputs"][values == 0]).max(), 1e-9)
    return found


def measure_independence(inputs, outputs):
    (case,) = inputs["cases"]
    rate, dropped = case["rate"], outputs["outputs"] == 0
    (rows, columns), alarm = dropped.shape, FALSE_ALARM / 5
    by_row, by_column = dropped.sum(axis=1), dropped.sum(axis=0)
    sideways, downwards = dropped[:, ::2] & dropped[:, 1::2], dropped[::2] & dropped[1::2]
    apart = dropped[: rows // 2] & dropped[rows // 2 :]
    found = {
        "share of rows with about as many dropped entries as expected": (nearness(by_row, columns, rate), rows),
        "share of columns with about as many dropped entries as expected": (nearness(by_column, rows, rate), columns),
        "share of neighbors in a row that are dropped together": (sideways.mean(), sideways.size),
        "share of neighbors in a column that are dropped together": (downwards.mean(), downwards.size),
        "share of entries half an array apart that are dropped together": (apart.mean(), apart.size),
    }
    return {name: Measurement(value, share_margin(draws, alarm)) for name, (value, draws) in found.items()}


def measure_counts(inputs, outputs):
    (case,) = inputs["cases"]
    dropped = (outputs["outputs"] == 0).reshape(len(outputs["outputs"]), -1)
    calls, entries = dropped.shape
    value = nearness(dropped.sum(axis=1), entries, case["rate"])
    name = "share of calls in which about as many entries were dropped as expected"
    return {name: Measurement(value, share_margin(calls, FALSE_ALARM))}


def measure_calls(inputs, outputs):
    """How far masks agree: those of two calls, of equal seeds (always), and of different seeds."""
    masks = {name: value == 0 for name, value in outputs.items()}
    found = {}
    for name, (one, other, equal) in inputs["pairs"].items():
        by_luck = share_margin(masks[one].size, FALSE_ALARM / len(inputs["pairs"]))
        margin = 0.0 if equal else by_luck
        found[f"share of entries in which {name} agree"] = Measurement(np.mean(masks[one] == masks[other]), margin)
    return found


def measure_still(inputs, outputs):
    """Nothing is changed where nothing may be, although something is dropped in training."""
    found = {"sign that some entries are dropped in training": some_but_not_all(outputs["outputs in training"] == 0)}
    expected = np.asarray(inputs["values"])
    for name in inputs["still"]:
        change = np.abs(np.subtract(outputs[name], expected, dtype=float))
        found[f"largest change of `{name}`"] = Measurement(change.max(), 1e-6)
        found[f"mean change of `{name}`"] = Measurement(change.mean(), 1e-6)
    if "what the generator gives next" in outputs:
        found["next number of the generator"] = Measurement(outputs["what the generator gives next"], 1e-12)
    return found


def measure_shapes(inputs, outputs):
    found = {}
    for case in inputs["cases"]:
        value = outputs[f"outputs{case['label']}"]
        found[f"sign that some entries are dropped{case['label']}"] = some_but_not_all(value == 0)
        found |= factors(case, value)
    return found


# Drawing for dropout.


def one_case(rng, rate, *, shape=None, rows=0, columns=0, label="", dtype="float64", calls=1, layout="C"):
    """One setting: inputs of `shape`, or a row of `columns` numbers that is repeated `rows` times."""
    return {
        "label": label,
        "values": away_from_zero(rng, (columns,) if rows else shape, dtype=dtype),
        "rows": rows,
        "rate": from_between(rng, *rate),
        "seed": seed_from(rng),
        "calls": calls,
        "layout": layout,
    }


LOW, MIDDLE, HIGH = (0.08, 0.2), (0.3, 0.42), (0.65, 0.85)  # three rates, none near 0.5
RATES = {" at a low rate": LOW, " at a middle rate": MIDDLE, " at a high rate": HIGH}


def three_rates(rows, columns, **options):
    """Make a `draw`: one case for each of three rates."""

    def draw(rng):
        return {
            "cases": [
                one_case(rng, rate, rows=rows, columns=columns, label=label, **options) for label, rate in RATES.items()
            ]
        }

    return draw


def single_case(rate, **options):
    return lambda rng: {"cases": [one_case(rng, rate, **options)]}


def zeros_among(rows, columns, rate):
    """Make a `draw`: rows in which a third of the entries is 0."""

    def draw(rng):
        case = one_case(rng, rate, rows=rows, columns=columns, dtype="float32")
        case["values"][rng.permutation(columns)[: columns // 3]] = 0.0
        return {"cases": [case]}

    return draw


def cases_of_other_shapes(shapes, **options):
    def draw(rng):
        return {
            "cases": [one_case(rng, (0.4, 0.6), shape=shape, label=f" of shape {shape}", **options) for shape in shapes]
        }

    return draw


def draw_other_memory(rng):
    kinds = {"F": " in Fortran order", "strided": " as every other row", "single": " in single precision"}
    return {
        "cases": [
            one_case(
                rng,
                (0.4, 0.6),
                shape=(30, 20),
                label=label,
                layout="C" if kind == "single" else kind,
                dtype="float32" if kind == "single" else "float64",
            )
            for kind, label in kinds.items()
        ]
    }


def ask_masks(student, inputs):
    def first_of(returned):
        try:
            is_sequence = len(returned) >= 0 and hasattr(returned, "__getitem__") and not hasattr(returned, "keys")
        except TypeError:
            is_sequence = False
        if not is_sequence or isinstance(returned, str | bytes):
            raise TypeError(f"expected 2 values (outputs, cache), got a single {type(returned).__name__}")
        if len(returned) != 2:
            raise ValueError(f"expected 2 values (outputs, cache), got {len(returned)}")
        return returned[0]

    outputs = {}
    for case in inputs["cases"]:
        values = np.tile(case["values"], (case["rows"], 1)) if case["rows"] else case["values"]
        if case["layout"] == "strided":
            values = np.repeat(values, 2, axis=0)[::2]
        rng, settings = np.random.default_rng(case["seed"]), {"training": True}
        found = []
        for _ in range(case["calls"]):
            fresh = values if case["layout"] == "strided" else np.array(values, order=case["layout"])
            found.append(first_of(student.dropout_forward(fresh, case["rate"], rng=rng, **settings)))
        outputs[f"outputs{case['label']}"] = np.stack(found) if case["calls"] > 1 else found[0]
    return outputs


def ask_generators(student, inputs):
    def dropped(rng):
        outputs, _ = student.dropout_forward(np.array(inputs["values"]), inputs["rate"], rng=rng, training=True)
        return outputs

    one, twin, other = (np.random.default_rng(seed) for seed in inputs["seeds"])
    outputs = {"first": dropped(one), "second": dropped(one), "first of another": dropped(other)}
    return outputs | {"first of an equal one": dropped(twin), "second of an equal one": dropped(twin)}


def draw_generators(rng):
    one, other = seed_from(rng), seed_from(rng)
    return {
        "values": away_from_zero(rng, (150, 100), dtype="float32"),
        "rate": from_between(rng, 0.3, 0.45),
        "seeds": [one, one, other],
        "pairs": {
            "two calls with one generator": ["first", "second", False],
            "first calls with equal generators": ["first", "first of an equal one", True],
            "second calls with equal generators": ["second", "second of an equal one", True],
            "calls with different generators": ["first", "first of another", False],
        },
    }


def ask_test_mode(student, inputs):
    rng, rate, values = np.random.default_rng(inputs["seed"]), inputs["rate"], inputs["values"]
    still, _ = student.dropout_forward(np.array(values), rate, rng=rng, training=False)
    later = rng.random()
    dropped, _ = student.dropout_forward(np.array(values), rate, rng=rng, training=True)
    again, _ = student.dropout_forward(np.array(values), rate, rng=rng, training=False)
    outputs = {"outputs with training=False": still, "outputs with training=False, later": again}
    return outputs | {"outputs in training": dropped, "what the generator gives next": later}


def ask_rate_of_zero(student, inputs):
    rng, values = np.random.default_rng(inputs["seed"]), inputs["values"]
    whole, _ = student.dropout_forward(np.array(values), 0.0, rng=rng, training=True)
    dropped, _ = student.dropout_forward(np.array(values), inputs["rate"], rng=rng, training=True)
    return {"outputs at a rate of 0": whole, "outputs in training": dropped}


def ask_inputs_afterwards(student, inputs):
    values = np.array(inputs["values"])
    rng = np.random.default_rng(inputs["seed"])
    dropped, _ = student.dropout_forward(values, inputs["rate"], rng=rng, training=True)
    return {"inputs handed in": values, "outputs in training": dropped}


def still_question(*still, rate=(0.3, 0.6), shape=(40, 25), dtype="float64"):
    """Make a `draw`: inputs, and the names of the outputs that must not differ from them."""

    def draw(rng):
        values, seed = away_from_zero(rng, shape, dtype=dtype), seed_from(rng)
        return {"values": values, "rate": from_between(rng, *rate), "seed": seed, "still": list(still)}

    return draw


def ask_refused(student, inputs):
    outputs = {}
    for name, rate in inputs["rates"].items():
        rng, values = np.random.default_rng(inputs["seed"]), np.array(inputs["values"])
        came = 0.0
        try:
            student.dropout_forward(values, rate, rng=rng, training=inputs["training"])
        except ValueError:
            came = 1.0
        outputs[f"number of times that ValueError came for {name}"] = came
    return outputs


def refused_question(training):
    def draw(rng):
        rates = {
            "a rate below 0": -from_between(rng, 0.01, 0.5),
            "a rate of 1": 1.0,
            "a rate above 1": 1 + from_between(rng, 0.01, 0.5),
            "a rate far above 1": from_between(rng, 20.0, 80.0),
            "a rate of 0, which is allowed": 0.0,
            "another rate that is allowed": from_between(rng, 0.1, 0.99),
        }
        values = away_from_zero(rng, (3, 4))
        return {"values": values, "rates": rates, "seed": seed_from(rng), "training": training}

    return draw


def forward_probe(name, question, draw, ask, measure, weight, false_alarm=FALSE_ALARM):
    return Probe("dropout_forward", name, question, draw, ask, weight=weight, measure=measure, false_alarm=false_alarm)


MANY = {"rows": 200, "columns": 500, "dtype": "float32"}  # 100,000 entries

DROPOUT_FORWARD = [
    forward_probe(
        "share", "100,000 entries at each of three rates, counted", three_rates(**MANY), ask_masks, measure_share, 3
    ),
    forward_probe(
        "scale",
        "what kept entries are multiplied by, at three rates",
        three_rates(25, 40),
        ask_masks,
        measure_factors,
        2,
        NEVER,
    ),
    forward_probe(
        "independence",
        "whether entries of a row or a column are dropped on their own",
        single_case((0.25, 0.4), rows=400, columns=250, dtype="float32"),
        ask_masks,
        measure_independence,
        2,
    ),
    forward_probe(
        "counts",
        "how many entries are dropped in each of 300 calls",
        single_case((0.25, 0.4), shape=(10, 10), calls=300, dtype="float32"),
        ask_masks,
        measure_counts,
        1,
    ),
    forward_probe(
        "generators",
        "calls with one, with equal and with different generators",
        draw_generators,
        ask_generators,
        measure_calls,
        2,
    ),
    forward_probe(
        "test-mode",
        "that with training=False inputs come back as they are and nothing is drawn",
        still_question("outputs with training=False", "outputs with training=False, later"),
        ask_test_mode,
        measure_still,
        2,
        NEVER,
    ),
    Probe(
        "dropout_forward",
        "refused-rates",
        "rates of which some must raise ValueError",
        refused_question(training=True),
        ask_refused,
        weight=1.5,
    ),
    Probe(
        "dropout_forward",
        "refused-rates-in-test-mode",
        "the same with training=False",
        refused_question(training=False),
        ask_refused,
        weight=0.5,
    ),
    forward_probe(
        "any-value",
        "whether it matters how large an entry is, or that it is 0",
        zeros_among(150, 300, (0.25, 0.4)),
        ask_masks,
        measure_any_value,
        1,
    ),
    forward_probe(
        "rate-of-zero",
        "a rate of 0, which drops nothing",
        still_question("outputs at a rate of 0"),
        ask_rate_of_zero,
        measure_still,
        0.5,
        NEVER,
    ),
    forward_probe(
        "shapes",
        "arrays of other shapes",
        cases_of_other_shapes(((5,), (2, 3, 4), (1, 1), ()), calls=60),
        ask_masks,
        measure_shapes,
        1,
        NEVER,
    ),
    forward_probe(
        "memory",
        "arrays of single precision, and arrays that lie otherwise in memory",
        draw_other_memory,
        ask_masks,
        measure_shapes,
        0.5,
        NEVER,
    ),
    forward_probe(
        "arguments",
        "that the inputs keep their values",
        still_question("inputs handed in"),
        ask_inputs_afterwards,
        measure_still,
        1,
        NEVER,
    ),
]


# The backward pass is read through the student's own forward pass: it must be the derivative of that one.


def backward_case(rng, rate, shape, label="", dtype="float64", calls=1):
    return one_case(rng, rate, shape=shape, label=label, dtype=dtype, calls=calls) | {
        "upstream": away_from_zero(rng, shape, dtype=dtype)
    }


def three_backward_rates(rng):
    return {"cases": [backward_case(rng, rate, (60, 50), label) for label, rate in RATES.items()], "reverse": False}


def draw_two_passes(rng):
    cases = [backward_case(rng, (0.3, 0.6), (30, 40), label) for label in (" of the first pass", " of the second pass")]
    return {"cases": cases, "reverse": True}


def draw_backward_shapes(rng):
    shapes = ((5,), (2, 3, 4), (1, 1), ())
    cases = [backward_case(rng, (0.4, 0.6), shape, f" of shape {shape}", calls=60) for shape in shapes]
    single = backward_case(rng, (0.4, 0.6), (6, 5), " in single precision", "float32", calls=10)
    return {"cases": [*cases, single], "reverse": False}


def draw_zero_inputs(rng):
    case = backward_case(rng, (0.3, 0.45), (150, 200))
    case["values"][rng.random((150, 200)) < 0.7] = 0.0
    return {"cases": [case], "reverse": False}


def ask_gradients(student, inputs):
    backward, passes = student.dropout_backward, []  # first, so that a missing one is told as such
    for case in inputs["cases"]:
        rng, settings = np.random.default_rng(case["seed"]), {"training": True}
        for _ in range(case["calls"]):
            outputs, cache = student.dropout_forward(np.array(case["values"]), case["rate"], rng=rng, **settings)
            passes.append((case, np.array(outputs), cache))
    outputs = {}
    for case, dropped, cache in passes[::-1] if inputs["reverse"] else passes:
        gradient = backward(np.array(case["upstream"]), cache)
        outputs.setdefault(f"outputs{case['label']}", []).append(dropped)
        outputs.setdefault(f"gradient{case['label']}", []).append(gradient)
    return {name: np.stack(several) if len(several) > 1 else several[0] for name, several in outputs.items()}


def backward_masks(case, outputs):
    """Where the forward pass dropped, where no gradient came, and the two factors on what was kept."""
    dropped, silent = outputs[f"outputs{case['label']}"], outputs[f"gradient{case['label']}"]
    forward = dropped / np.broadcast_to(case["values"], dropped.shape)
    backward = silent / np.broadcast_to(case["upstream"], silent.shape)
    return dropped == 0, silent == 0, forward, backward


def measure_gradient_mask(inputs, outputs):
    found = {}
    for case in inputs["cases"]:
        dropped, silent, _, _ = backward_masks(case, outputs)
        label = case["label"]
        found |= {
            f"sign that some entries are dropped{label}": some_but_not_all(dropped),
            f"share of dropped entries that have a gradient{label}": Measurement(share(~silent[dropped]), 0.0),
            f"share of kept entries that have none{label}": Measurement(share(silent[~dropped]), 0.0),
        }
    return found


def measure_gradient_scale(inputs, outputs):
    found = {}
    for case in inputs["cases"]:
        dropped, silent, forward, backward = backward_masks(case, outputs)
        ratio = (backward / np.where(dropped, 1, forward))[~dropped & ~silent]
        margin = FACTOR[str(np.asarray(case["values"]).dtype)]
        found |= {
            f"sign that some entries are dropped{case['label']}": some_but_not_all(dropped),
            f"smallest factor beside the forward pass's{case['label']}": Measurement(ratio.min(), margin),
            f"largest factor beside the forward pass's{case['label']}": Measurement(ratio.max(), margin),
        }
    return found


def measure_gradient(inputs, outputs):
    return measure_gradient_mask(inputs, outputs) | measure_gradient_scale(inputs, outputs)


def measure_zero_inputs(inputs, outputs):
    (case,) = inputs["cases"]
    zero = np.asarray(case["values"]) == 0
    silent = outputs["gradient"][zero] == 0
    margin = share_margin(silent.size, FALSE_ALARM)
    return {"share of inputs of 0 that have no gradient": Measurement(share(silent), margin)}


def ask_test_mode_gradient(student, inputs):
    rng, values = np.random.default_rng(inputs["seed"]), inputs["values"]
    _, cache = student.dropout_forward(np.array(values), inputs["rate"], rng=rng, training=False)
    _, other = student.dropout_forward(np.array(values), inputs["rate"], rng=rng, training=True)
    through = student.dropout_backward(np.array(values), cache)
    return {
        "gradient after training=False": through,
        "outputs in training": student.dropout_backward(np.ones_like(values), other),
    }


def ask_gradient_twice(student, inputs):
    rng, upstream = np.random.default_rng(inputs["seed"]), np.array(inputs["values"])
    _, cache = student.dropout_forward(np.ones_like(upstream), inputs["rate"], rng=rng, training=True)
    first = np.array(student.dropout_backward(upstream, cache))
    again = student.dropout_backward(np.array(inputs["values"]), cache)
    return {"upstream handed in": upstream, "outputs in training": first, "gradient of a second call": again}


def measure_twice(inputs, outputs):
    found = measure_still(inputs, outputs)
    change = np.abs(outputs["gradient of a second call"] - outputs["outputs in training"]).max()
    return found | {"difference between two gradients from one cache": Measurement(change, 1e-6)}


def backward_probe(name, question, draw, ask, measure, weight, false_alarm=NEVER):
    return Probe(
        "dropout_backward",
        name,
        question,
        draw,
        ask,
        weight=weight,
        measure=measure,
        false_alarm=false_alarm,
        spoiled_by=("dropout_forward",),
    )


DROPOUT_BACKWARD = [
    backward_probe(
        "mask",
        "which entries have a gradient, at three rates",
        three_backward_rates,
        ask_gradients,
        measure_gradient_mask,
        3,
    ),
    backward_probe(
        "scale",
        "what the gradient of kept entries is multiplied by, at three rates",
        three_backward_rates,
        ask_gradients,
        measure_gradient_scale,
        2,
    ),
    backward_probe(
        "two-passes",
        "two forward passes before their backward passes",
        draw_two_passes,
        ask_gradients,
        measure_gradient,
        1,
    ),
    backward_probe(
        "zero-inputs",
        "how many of the inputs that are 0 have a gradient",
        draw_zero_inputs,
        ask_gradients,
        measure_zero_inputs,
        1,
        FALSE_ALARM,
    ),
    backward_probe(
        "test-mode",
        "the gradient after a forward pass with training=False",
        still_question("gradient after training=False"),
        ask_test_mode_gradient,
        measure_still,
        1,
    ),
    backward_probe(
        "shapes",
        "arrays of other shapes and of single precision",
        draw_backward_shapes,
        ask_gradients,
        measure_gradient,
        0.5,
    ),
    backward_probe(
        "arguments",
        "that `upstream` keeps its values and that a cache can be used twice",
        still_question("upstream handed in"),
        ask_gradient_twice,
        measure_twice,
        0.5,
    ),
]


# Early stopping. A course of losses is written as a word, one letter for each call, so that every rule shows in it:
# B is better than the best so far by more than min_delta (S: by as little more as there is), b is lower than the best
# but not by more than min_delta (d: by exactly min_delta), t equals the best, w is worse, n is NaN. All losses are
# multiples of 1/8, so that no rounding decides.


def course(rng, word, min_delta=0.0, start=6.0):
    """Losses, one for each letter; the best is that of the last B or S."""
    best, losses = None, []
    for letter in word:
        step = int(rng.integers(1, 5)) / 8
        if letter == "n":
            losses.append(math.nan)
        elif letter == "B":
            best = start + step if best is None else best - min_delta - step
            losses.append(best)
        elif letter in "Sd":
            losses.append(best - min_delta - 1 / 8 * (letter == "S"))
            best = losses[-1] if letter == "S" else best
        elif letter == "b":  # by one eighth at the least, and by exactly min_delta now and then
            losses.append(best - min(step, min_delta))
        else:
            losses.append(best + (step if letter == "w" else 0.0))
    return losses


def one_run(rng, word, patience, *, min_delta=None, start=6.0, epochs=None, label=""):
    """A course of losses with the settings of the class, and the weights with which it starts."""
    return {
        "label": label,
        "settings": {"patience": patience} | ({} if min_delta is None else {"min_delta": min_delta}),
        "losses": course(rng, word, min_delta or 0.0, start),
        "epochs": list(range(len(word))) if epochs is None else epochs(rng, len(word)),
        "weights": [away_from_zero(rng, shape) for shape in ((2, 3), (3,), ())],
        "seen": word.index("B") + 1 if "B" in word else len(word) + 1,
    }


def stopping_question(*runs, **more):
    """Make a `draw`: one run for each (word, patience, options), all asked one after the other or in turns."""

    def draw(rng):
        made = [
            one_run(rng, word, patience, label=f" of run {number}", **options)
            for number, (word, patience, options) in enumerate(runs, 1)
        ]
        return {"runs": made, "in_turns": False, "new_arrays": False, "report": "stop"} | more

    return draw


def every_fifth(rng, count):
    first = int(rng.integers(10, 40))
    return list(range(first, first + 5 * count, 5))


def ask_stopping(student, inputs):
    runs = inputs["runs"]
    stoppers = [student.EarlyStopping(**run["settings"]) for run in runs]
    weights = [[np.array(array) for array in run["weights"]] for run in runs]
    said = [0] * len(runs)
    kept = [np.full(len(run["losses"]), np.nan) for run in runs]
    turns = [(call, which) for which, run in enumerate(runs) for call in range(len(run["losses"]))]
    outputs = {}
    for call, which in sorted(turns) if inputs["in_turns"] else turns:
        if said[which]:
            continue
        run, stopper = runs[which], stoppers[which]
        if inputs["new_arrays"]:
            weights[which][:] = [array + 1.0 for array in weights[which]]
        else:
            for array in weights[which]:
                array += 1.0
        before = [array.copy() for array in weights[which]]
        if stopper.update(run["epochs"][call], run["losses"][call], weights[which]):
            said[which] = call + 1
        if call + 1 >= run["seen"] and inputs["report"] != "stop":
            kept[which][call] = stopper.best_weights[0][0, 0]
        if inputs["report"] == "arguments":
            for number, array in enumerate(before):
                outputs[f"change of array {number} by call {call + 1}"] = weights[which][number] - array
    for which, run in enumerate(runs):
        outputs[f"number of the call that said stop (0 if none){run['label']}"] = said[which]
        if inputs["report"] == "stop":
            continue
        for array in weights[which]:
            array += 100.0
        best = list(stoppers[which].best_weights)
        outputs[f"first entry of best_weights after each call{run['label']}"] = kept[which]
        outputs[f"number of arrays in best_weights{run['label']}"] = len(best)
        for number, array in enumerate(best[:3]):
            outputs[f"array {number} of best_weights in the end{run['label']}"] = array
    return outputs


def stopping_probe(name, question, draw, weight, **options):
    return Probe("EarlyStopping", name, question, draw, ask_stopping, weight=weight, **options)


COUNTED = (("BBwBwBwwBw", 2, {}), ("BwwBwBwwBwwwBw", 3, {}), ("BwBwwwBBwwwwB", 4, {}))
TIES = (("BtBwtBw", 2, {}), ("BwtBttwB", 3, {}))
NANS = (("BnBnnBw", 2, {}), ("BwnBnwBwnnB", 3, {}))
NANS_FIRST = (("nBwBwwB", 2, {}), ("nnBBwBwwwB", 3, {}), ("nnnB", 2, {}))
SMALL_GAINS = (("BbBbwBwbB", 2, {"min_delta": 0.25}), ("BbbBwbBbbbBw", 3, {"min_delta": 0.5}))
CREEPING = (
    ("BbbbbB", 4, {"min_delta": 0.5}),
    ("BBbbbBw", 3, {"min_delta": 0.375}),
    ("BdSwdSww", 2, {"min_delta": 0.375}),
)

EARLY_STOPPING = [
    stopping_probe("counting", "courses of losses that go up and down", stopping_question(*COUNTED), 3),
    stopping_probe(
        "best-weights",
        "the weights that are kept, while training goes on changing the arrays",
        stopping_question(*COUNTED, report="weights"),
        3,
    ),
    stopping_probe("ties", "losses that equal the best", stopping_question(*TIES), 1),
    stopping_probe("nan", "losses of NaN", stopping_question(*NANS), 1),
    stopping_probe("nan-first", "losses of NaN before the first number", stopping_question(*NANS_FIRST), 1),
    stopping_probe("min-delta", "gains that are smaller than min_delta", stopping_question(*SMALL_GAINS), 2),
    stopping_probe("creeping", "small gains in a row", stopping_question(*CREEPING), 1),
    stopping_probe(
        "other-weights",
        "the weights that are kept with NaN, ties and min_delta",
        stopping_question(TIES[0], NANS[1], NANS_FIRST[1], SMALL_GAINS[1], report="weights"),
        1,
    ),
    stopping_probe("patience-of-one", "a patience of 1", stopping_question(("BBBwB", 1, {}), ("BtB", 1, {})), 0.5),
    stopping_probe("patient", "a patience of 7", stopping_question(("BwwwwwwBwwwwwwwBw", 7, {})), 0.5),
    stopping_probe(
        "epoch-numbers",
        "validation at every fifth epoch only",
        stopping_question(("BwBwwBwwwBw", 3, {"epochs": every_fifth}), ("nBwwB", 2, {"epochs": every_fifth})),
        1,
    ),
    stopping_probe(
        "other-levels",
        "losses below 0, and large ones",
        stopping_question(
            ("BwBbwBbww", 3, {"start": -4.0, "min_delta": 0.25}),
            ("BwBbwBbww", 3, {"start": 900.0, "min_delta": 0.25}),
        ),
        0.5,
    ),
    stopping_probe(
        "two-at-once",
        "two of them that take turns",
        stopping_question(("BwBwBwwB", 2, {}), ("BBwwBwwwB", 3, {}), in_turns=True, report="weights"),
        1,
    ),
    stopping_probe(
        "new-arrays",
        "a list in which training puts new arrays",
        stopping_question(("BwBwwB", 2, {}), new_arrays=True, report="weights"),
        0.5,
    ),
    stopping_probe(
        "goes-on",
        "a course that never asks for a stop",
        stopping_question(("BwBwBwB", 2, {})),
        0.5,
        requires="counting",
    ),
    stopping_probe(
        "arguments",
        "that the weights handed in keep their values",
        stopping_question(("BwBwwB", 2, {}), report="arguments"),
        0.5,
        requires="best-weights",
    ),
]


# The gap.


def histories_question(epochs, *, below_zero=False, more=False, look_back=False):
    """Make a `draw`: histories of so many epochs each."""

    def draw(rng):
        histories = []
        for count in epochs:
            loss, gap = rng.uniform(0.5, 3.0, count), rng.uniform(0.2, 1.5, count)
            history = {"loss": loss.tolist(), "val_loss": (loss - gap if below_zero else loss + gap).tolist()}
            if more:
                others = {"accuracy": rng.random(count).tolist(), "val_accuracy": rng.random(count).tolist()}
                history = others | {"learning_rate": rng.random(count).tolist()} | history
            histories.append(history)
        return {"histories": histories, "look_back": look_back}

    return draw


def ask_gap(student, inputs):
    outputs = {}
    for number, history in enumerate(inputs["histories"], 1):
        outputs[f"gap of history {number}"] = student.generalization_gap(history)
        if inputs["look_back"]:
            outputs |= {f"{name} handed in": np.array(values) for name, values in history.items()}
            outputs["gap of a second call"] = student.generalization_gap(history)
    return outputs


def gap_probe(name, question, draw, weight, **options):
    return Probe("generalization_gap", name, question, draw, ask_gap, weight=weight, **options)


GENERALIZATION_GAP = [
    gap_probe("several-epochs", "histories of several epochs", histories_question((5, 8, 3)), 2),
    gap_probe("one-epoch", "a history of one epoch", histories_question((1,)), 1),
    gap_probe(
        "below-zero", "histories in which validation went better", histories_question((4, 6), below_zero=True), 1
    ),
    gap_probe("more-numbers", "a history that holds more than losses", histories_question((6,), more=True), 1),
    gap_probe(
        "arguments",
        "that the history keeps its values and a second call gives the same",
        histories_question((5,), look_back=True),
        1,
        requires="several-epochs",
    ),
]


# Dropout in Keras. The same is counted in it as in NumPy.


def ask_layer(student, inputs):
    outputs = {}
    for case in inputs["cases"]:
        values = np.tile(case["values"], (case["rows"], 1)) if case["rows"] else case["values"]
        layer = student.Dropout(case["rate"], seed=case["seed"])
        values = keras.ops.convert_to_tensor(values)
        found = [np.array(keras.ops.convert_to_numpy(layer(values, training=True))) for _ in range(case["calls"])]
        outputs[f"outputs{case['label']}"] = np.stack(found) if case["calls"] > 1 else found[0]
    return outputs


def ask_seeds(student, inputs):
    values = keras.ops.convert_to_tensor(inputs["values"])

    def dropped(layer):
        return np.array(keras.ops.convert_to_numpy(layer(values, training=True)))

    rate, (one, twin, other) = inputs["rate"], inputs["seeds"]
    layer, equal = student.Dropout(rate, seed=one), student.Dropout(rate, seed=twin)
    outputs = {"first": dropped(layer), "second": dropped(layer)}
    outputs |= {"first of an equal one": dropped(equal), "second of an equal one": dropped(equal)}
    outputs["first of another"] = dropped(student.Dropout(rate, seed=other))
    free = student.Dropout(rate)
    outputs |= {"first without a seed": dropped(free), "second without a seed": dropped(free)}
    return outputs | {"first of another without a seed": dropped(student.Dropout(rate))}


def draw_seeds(rng):
    one, other = seed_from(rng), seed_from(rng)
    return {
        "values": away_from_zero(rng, (150, 100), dtype="float32"),
        "rate": from_between(rng, 0.3, 0.45),
        "seeds": [one, one, other],
        "pairs": {
            "two calls of one layer": ["first", "second", False],
            "first calls of layers with equal seeds": ["first", "first of an equal one", True],
            "second calls of layers with equal seeds": ["second", "second of an equal one", True],
            "calls of layers with different seeds": ["first", "first of another", False],
            "two calls of a layer without a seed": ["first without a seed", "second without a seed", False],
            "calls of two layers without a seed": ["first without a seed", "first of another without a seed", False],
        },
    }


def ask_inference(student, inputs):
    values = keras.ops.convert_to_tensor(inputs["values"])
    layer = student.Dropout(inputs["rate"], seed=inputs["seed"])
    outputs = {
        "outputs without `training`": layer(values),
        "outputs with training=None": layer(values, training=None),
        "outputs with training=False": layer(values, training=False),
        "outputs in training": layer(values, training=True),
    }
    return {name: np.array(keras.ops.convert_to_numpy(value)) for name, value in outputs.items()}


def ask_layer_with_rate_of_zero(student, inputs):
    values = keras.ops.convert_to_tensor(inputs["values"])
    whole = student.Dropout(0.0, seed=inputs["seed"])(values, training=True)
    dropped = student.Dropout(inputs["rate"], seed=inputs["seed"])(values, training=True)
    outputs = {"outputs at a rate of 0": whole, "outputs in training": dropped}
    return {name: np.array(keras.ops.convert_to_numpy(value)) for name, value in outputs.items()}


def ask_fit(student, inputs):
    import re

    examples = np.eye(inputs["examples"], dtype="float32")
    model = keras.Sequential(
        [
            keras.Input((inputs["examples"],)),
            keras.layers.Dense(inputs["units"], use_bias=False, kernel_initializer="zeros"),
            student.Dropout(inputs["rate"], seed=inputs["seed"]),
        ]
    )

    def total(targets, outputs):
        return keras.ops.sum(outputs)

    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=total, jit_compile=False)
    try:
        model.fit(examples, examples, batch_size=2, shuffle=False, verbose=0)
    except NotImplementedError:
        raise
    except Exception as error:  # a backend's messages name tensors, which are numbered; keep what stays the same
        what = re.sub(r"'[^']*[0-9][^']*'", "…", str(error).strip().partition("\n")[0])
        told = RuntimeError(f"fit stopped with {type(error).__name__}: {what}")
        raise told.with_traceback(error.__traceback__) from None
    predicted = model.predict(examples, verbose=0)
    return {"weights after fit": model.get_weights()[0], "predictions after fit": predicted}


def draw_fit(rng):
    """Seven examples in batches of two, so that the last batch is smaller: it makes TensorFlow compile for any size."""
    return {"units": 4000, "examples": 7, "rate": from_between(rng, 0.25, 0.4), "seed": seed_from(rng)}


def measure_fit(inputs, outputs):
    """Each example has a row of the weights to itself, which one step has moved, where nothing was dropped."""
    moved = -outputs["weights after fit"]
    dropped, alarm = np.abs(moved) < 1e-6, FALSE_ALARM / 3
    steps, rows = dropped[:2] == dropped[2:4], dropped[4] == dropped[5]
    twice = outputs["predictions after fit"] - outputs["weights after fit"]
    return {
        "share of dropped entries in fit": Measurement(dropped.mean(), share_margin(dropped.size, alarm)),
        "share of entries in which two steps of fit agree": Measurement(steps.mean(), share_margin(steps.size, alarm)),
        "share of entries in which two examples of one step agree": Measurement(
            rows.mean(), share_margin(rows.size, alarm)
        ),
        "smallest factor on a kept entry in fit": Measurement(moved[~dropped].min(), FACTOR["float32"]),
        "largest factor on a kept entry in fit": Measurement(moved[~dropped].max(), FACTOR["float32"]),
        "largest change of a prediction": Measurement(np.abs(twice).max(), FACTOR["float32"]),
    }


def ask_copied_layer(student, inputs):
    layer = student.Dropout(inputs["rate"], seed=inputs["seed"], name="layer_of_mine")
    config = layer.get_config()
    copy = student.Dropout.from_config(config)
    values = keras.ops.convert_to_tensor(inputs["values"])
    outputs = {"first": layer(values, training=True), "first of the copy": copy(values, training=True)}
    outputs = {name: np.array(keras.ops.convert_to_numpy(value)) for name, value in outputs.items()}
    outputs["rate in the configuration"] = config["rate"]
    outputs["seed in the configuration"] = float(config["seed"])
    names = {"layer": layer.name, "copy": copy.name}
    return outputs | {f"number of names that the {who} has kept": float(names[who] == "layer_of_mine") for who in names}


def draw_copy(rng):
    return {
        "values": away_from_zero(rng, (100, 80), dtype="float32"),
        "rate": from_between(rng, 0.3, 0.45),
        "seed": seed_from(rng),
    }


def measure_copy(inputs, outputs):
    layer, copy = outputs["first"] == 0, outputs["first of the copy"] == 0
    margin = share_margin(copy.size, FALSE_ALARM)
    return {
        "share of entries that the copy drops": Measurement(copy.mean(), margin),
        "share of entries in which layer and copy agree": Measurement(np.mean(layer == copy), 0.0),
        "rate in the configuration": Measurement(outputs["rate in the configuration"], 1e-6),
        "seed in the configuration": Measurement(outputs["seed in the configuration"], 0.5),
        **{name: Measurement(outputs[name], 0.0) for name in outputs if name.startswith("number of names")},
    }


def ask_saved_layer(student, inputs):
    import os
    import tempfile

    model = keras.Sequential([keras.Input((80,)), student.Dropout(inputs["rate"], seed=inputs["seed"])])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        loaded = keras.models.load_model(path, custom_objects={"Dropout": student.Dropout})
    values = keras.ops.convert_to_tensor(inputs["values"])
    outputs = {"first": loaded(values, training=True), "second": loaded(values, training=True)}
    outputs["predictions of the loaded model"] = loaded(values, training=False)
    outputs = {name: np.array(keras.ops.convert_to_numpy(value)) for name, value in outputs.items()}
    return outputs | {"number of layers of the student's": float(isinstance(loaded.layers[0], student.Dropout))}


def measure_saved(inputs, outputs):
    first, second = outputs["first"] == 0, outputs["second"] == 0
    margin = share_margin(first.size, FALSE_ALARM / 2)
    change = np.abs(outputs["predictions of the loaded model"] - inputs["values"]).max()
    return {
        "share of entries that the loaded model drops": Measurement(first.mean(), margin),
        "share of entries in which two calls of the loaded model agree": Measurement(np.mean(first == second), margin),
        "largest change of an input when the loaded model predicts": Measurement(change, 1e-6),
        "number of loaded layers that are yours": Measurement(outputs["number of layers of the student's"], 0.0),
    }


def layer_probe(name, question, draw, ask, measure, weight, false_alarm=FALSE_ALARM):
    return Probe(
        "Dropout", name, question, draw, ask, weight=weight, measure=measure, false_alarm=false_alarm, seconds=30.0
    )


DROPOUT = [
    layer_probe(
        "share", "100,000 entries at each of three rates, counted", three_rates(**MANY), ask_layer, measure_share, 3
    ),
    layer_probe(
        "scale",
        "what kept entries are multiplied by, at three rates",
        three_rates(25, 40, dtype="float32"),
        ask_layer,
        measure_factors,
        2,
        NEVER,
    ),
    layer_probe(
        "independence",
        "whether entries of a row or a column are dropped on their own",
        single_case((0.25, 0.4), rows=400, columns=250, dtype="float32"),
        ask_layer,
        measure_independence,
        2,
    ),
    layer_probe(
        "counts",
        "how many entries are dropped in each of 150 calls",
        single_case((0.25, 0.4), shape=(10, 10), calls=150, dtype="float32"),
        ask_layer,
        measure_counts,
        0.5,
    ),
    layer_probe("seeds", "layers with equal seeds, different ones and none", draw_seeds, ask_seeds, measure_calls, 3),
    layer_probe(
        "inference",
        "that outside of training the inputs come back as they are",
        still_question(
            "outputs without `training`", "outputs with training=None", "outputs with training=False", dtype="float32"
        ),
        ask_inference,
        measure_still,
        2,
        NEVER,
    ),
    layer_probe("fit", "four compiled steps inside `fit`, and predictions", draw_fit, ask_fit, measure_fit, 3),
    layer_probe("copy", "a copy made by `from_config(get_config())`", draw_copy, ask_copied_layer, measure_copy, 2),
    layer_probe("save", "a model that was saved and loaded", draw_copy, ask_saved_layer, measure_saved, 2),
    layer_probe(
        "any-value",
        "whether it matters how large an entry is, or that it is 0",
        zeros_among(150, 300, (0.25, 0.4)),
        ask_layer,
        measure_any_value,
        1,
    ),
    layer_probe(
        "rate-of-zero",
        "a rate of 0, which drops nothing",
        still_question("outputs at a rate of 0", dtype="float32"),
        ask_layer_with_rate_of_zero,
        measure_still,
        0.5,
        NEVER,
    ),
    layer_probe(
        "shapes",
        "inputs of other shapes",
        cases_of_other_shapes(((50,), (8, 4, 5), (6, 3, 4, 2)), calls=3, dtype="float32"),
        ask_layer,
        measure_shapes,
        1,
        NEVER,
    ),
]


# The regularized network. It is asked by what it does with weights that the probe chooses, however it was built; the
# first call shows it the size of the images.


def network_weights(rng):
    """Weights for Flatten-300-100-10 and 8 by 8 pixels, with biases that are not zero."""
    weights = []
    for fan_in, fan_out in ((64, 300), (300, 100), (100, 10)):
        weights.append(np.asarray(rng.normal(size=(fan_in, fan_out)) * math.sqrt(1.5 / fan_in), "float32"))
        weights.append(np.asarray(rng.normal(size=fan_out) * 0.3, "float32"))
    return weights


def draw_predictions(rng):
    images = rng.random((20, 8, 8)).astype("float32")
    return {
        "settings": [from_between(rng, 0.001, 0.01), from_between(rng, 0.2, 0.6)],
        "weights": network_weights(rng),
        "images": images,
    }


def ask_predictions(student, inputs):
    network = student.make_regularized_model(*inputs["settings"])
    network(inputs["images"][:1])
    network.set_weights(inputs["weights"])
    outputs = {"probabilities": network(inputs["images"]), "the same again": network(inputs["images"], training=False)}
    return {name: np.array(keras.ops.convert_to_numpy(value)) for name, value in outputs.items()}


def ask_penalties(student, inputs):
    images, outputs = inputs["images"], {}
    for number, settings in enumerate(inputs["several_settings"], 1):
        network = student.make_regularized_model(*settings)
        network(images[:1])
        for label, chosen in {"all": range(6), "first": [0], "second": [2], "third": [4], "biases": [1, 3, 5]}.items():
            weights = [
                array if index in chosen else np.zeros_like(array) for index, array in enumerate(inputs["weights"])
            ]
            network.set_weights(weights)
            total = sum(float(keras.ops.convert_to_numpy(loss)) for loss in network.losses)
            outputs[f"penalty of strength {number} for the weights of: {label}"] = total
    return outputs


def draw_penalties(rng):
    several = [[from_between(rng, low, high), from_between(rng, 0.2, 0.6)] for low, high in ((0.001, 0.01), (0.5, 2.0))]
    return draw_predictions(rng) | {"several_settings": several}


def draw_thinned(rng):
    """Weights with which the probabilities tell which units were dropped.

    A hidden unit of the first layer is 1 plus a pixel. Units 0 to 8 of the second are 1 plus one of these each, and
    become the logarithms of the odds of classes 0 to 8 against class 9.
    """
    first, second, third = np.zeros((64, 300), "f4"), np.zeros((300, 100), "f4"), np.zeros((100, 10), "f4")
    first[np.arange(300) % 64, np.arange(300)] = 1.0
    second[np.arange(100), np.arange(100)] = 0.5
    third[np.arange(9), np.arange(9)] = 0.5
    biases = [np.ones(300, "f4"), np.ones(100, "f4"), np.zeros(10, "f4")]
    rows = [each for pair in zip((first, second, third), biases, strict=True) for each in pair]
    rate = from_between(rng, 0.25, 0.4)
    return {"settings": [0.01, rate], "weights": rows, "rows": 3000, "pixel": from_between(rng, 0.8, 1.0)}


def ask_thinned(student, inputs):
    network = student.make_regularized_model(*inputs["settings"])
    images = np.full((inputs["rows"], 8, 8), inputs["pixel"], "float32")
    network(images[:1])
    network.set_weights(inputs["weights"])
    return {"probabilities in training": np.array(keras.ops.convert_to_numpy(network(images, training=True)))}


def measure_thinned(inputs, outputs):
    """Of the log odds, some are 0 (second unit dropped), some low (first dropped), some high (none dropped)."""
    probabilities = outputs["probabilities in training"].astype(float)
    whole = (probabilities > 0).all(axis=1)
    odds = np.log(probabilities[whole, :9] / probabilities[whole, 9:]) if whole.any() else np.ones((1, 9))
    silent = np.abs(odds) < 1e-3
    heard = odds[~silent] if not silent.all() else np.ones(1)
    low = heard < (heard.min() + heard.max()) / 2
    counts = {
        "share of images without a probability of 0": (whole.mean(), len(whole)),
        "share of dropped units after the second hidden layer": (silent.mean(), silent.size),
        # with a rate of at most 0.4, fewer than a third of the units are heard with a chance below 1e-100
        "share of dropped units after the first hidden layer": (low.mean(), silent.size // 3),
        "share of images in which two units are dropped together": (np.mean(silent[:, 0] & silent[:, 1]), len(silent)),
    }
    found = {name: Measurement(value, share_margin(size, FALSE_ALARM / 4)) for name, (value, size) in counts.items()}
    exact = {
        "smallest logarithm of the odds that is not 0": heard.min(),
        "largest logarithm of the odds": heard.max(),
        "mean logarithm of the odds of the lower kind": heard[low].mean() if low.any() else heard.mean(),
        "sum of the probabilities": probabilities[whole].sum(axis=1).max() if whole.any() else 0.0,
    }
    return found | {name: Measurement(value, 5e-3) for name, value in exact.items()}


def ask_network_without_dropping(student, inputs):
    network = student.make_regularized_model(inputs["settings"][0], 0.0)
    network(inputs["images"][:1])
    network.set_weights(inputs["weights"])
    return {"probabilities in training": np.array(keras.ops.convert_to_numpy(network(inputs["images"], training=True)))}


def ask_two_networks(student, inputs):
    one, other = (student.make_regularized_model(*inputs["settings"]) for _ in range(2))
    for network in (one, other):
        network(inputs["images"][:1])
    other.set_weights([array * 0 for array in inputs["weights"]])
    one.set_weights(inputs["weights"])
    found = {"the first network": one, "the second network": other}
    return {
        f"probabilities of {name}": np.array(keras.ops.convert_to_numpy(network(inputs["images"])))
        for name, network in found.items()
    }


def ask_network_in_fit(student, inputs):
    network = student.make_regularized_model(inputs["settings"][0], 0.0)
    network(inputs["images"][:1])
    network.set_weights(inputs["weights"])
    optimizer = keras.optimizers.SGD(0.1)
    network.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", jit_compile=False)
    targets = np.arange(20) % 10
    history = network.fit(inputs["images"], targets, batch_size=10, epochs=1, shuffle=False, verbose=0).history
    names = ["first", "second", "third"]
    outputs = {f"weights of the {name} layer": network.get_weights()[2 * n] for n, name in enumerate(names)}
    return outputs | {"loss of the epoch": history["loss"][-1]}


def draw_network_in_fit(rng):
    return draw_predictions(rng) | {"settings": [from_between(rng, 0.05, 0.1), 0.0]}


def regularized_probe(name, question, draw, ask, weight, **options):
    return Probe(
        "make_regularized_model",
        name,
        question,
        draw,
        ask,
        weight=weight,
        seconds=30.0,
        spoiled_by=("Dropout",),
        **options,
    )


MAKE_REGULARIZED_MODEL = [
    regularized_probe("predictions", "predictions with given weights", draw_predictions, ask_predictions, 2),
    regularized_probe("penalties", "the penalties of given weights", draw_penalties, ask_penalties, 3),
    regularized_probe(
        "thinned",
        "which units are dropped in training, counted",
        draw_thinned,
        ask_thinned,
        3,
        measure=measure_thinned,
        false_alarm=FALSE_ALARM,
    ),
    regularized_probe(
        "rate-of-zero", "a network with a rate of 0 in training", draw_predictions, ask_network_without_dropping, 0.5
    ),
    regularized_probe("two-networks", "two networks side by side", draw_predictions, ask_two_networks, 0.5),
    regularized_probe("fit", "two compiled steps inside `fit`", draw_network_in_fit, ask_network_in_fit, 1),
]


# Early stopping by callback.


def played_question(*runs):
    """Make a `draw`: courses of validation losses, each with a patience, and training losses that fall or rise."""

    def draw(rng):
        plays = []
        for word, patience, falling in runs:
            training = np.cumsum(rng.uniform(0.05, 0.2, len(word)))
            losses = (10 - training if falling else 1 + training).tolist()
            epochs = np.arange(len(word))  # the accuracies are highest after the third and the second epoch
            others = {"accuracy": 0.9 - np.abs(epochs - 2) / 20, "val_accuracy": 0.8 - np.abs(epochs - 1) / 20}
            others = {name: numbers.tolist() for name, numbers in others.items()}
            plays.append({"patience": patience, "logs": others | {"loss": losses, "val_loss": course(rng, word)}})
        return {"plays": plays, "factor": from_between(rng, 1.0, 2.0)}

    return draw


def ask_played(student, inputs):
    outputs = {}
    for number, play in enumerate(inputs["plays"], 1):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
        model.stop_training = False
        callback = student.make_early_stopping(play["patience"])
        callbacks = keras.callbacks.CallbackList([callback], model=model)
        callbacks.on_train_begin()
        ran = 0
        for epoch in range(len(play["logs"]["loss"])):
            callbacks.on_epoch_begin(epoch)
            model.set_weights([np.array([[(epoch + 1) * inputs["factor"]]])])
            callbacks.on_epoch_end(epoch, {name: numbers[epoch] for name, numbers in play["logs"].items()})
            ran = epoch + 1
            if model.stop_training:
                break
        callbacks.on_train_end()
        outputs[f"number of epochs of training {number}"] = ran
        outputs[f"weight after training {number}"] = model.get_weights()[0]
    return outputs


def early_probe(name, question, draw, weight, **options):
    return Probe("make_early_stopping", name, question, draw, ask_played, weight=weight, **options)


MAKE_EARLY_STOPPING = [
    early_probe(
        "stops",
        "trainings that end early",
        played_question(("BBwBwwBw", 2, True), ("BwwBwBwwwBw", 3, False), ("BwBwwwwwB", 5, True)),
        3,
    ),
    early_probe(
        "runs-out",
        "trainings that end because the epochs run out",
        played_question(("BBwBww", 3, True), ("BwBwBww", 4, False)),
        2,
    ),
    early_probe(
        "small-gains", "losses that equal the best, and a patience of 1", played_question(("BBBtB", 1, True)), 1
    ),
]

PROBES = [
    *penalty_probes("l1_penalty"),
    *penalty_probes("l2_penalty"),
    *PENALISED,
    *DROPOUT_FORWARD,
    *DROPOUT_BACKWARD,
    *EARLY_STOPPING,
    *GENERALIZATION_GAP,
    *DROPOUT,
    *MAKE_REGULARIZED_MODEL,
    *MAKE_EARLY_STOPPING,
]
