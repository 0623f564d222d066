"""What the judge asks of each exercise of this assignment: inputs, and the calls. No answers.

What does not hang on luck is judged exactly: the networks from weights that the probes set, the callbacks by losses
that the probes tell them, a run on data whose order does not matter, the table's making and its summary by rows that
the probes make up. Only what is drawn at random, and a run of the notebook's own network, is measured, with margins.
"""

from typing import TYPE_CHECKING

import numpy as np

from autograder.chance import difference_margin, mean_margin, share_margin
from autograder.probes import Measurement, Probe

if TYPE_CHECKING:
    import keras  # the asking halves find it where they run

STEPS = 34  # batches in an epoch: 1,078 training images in batches of 32
KERNELS = ((64, 300), (300, 100), (100, 10))
BIASES = ((300,), (100,), (10,))
TECHNIQUES = (
    "baseline",
    *("schedule", "momentum", "adagrad", "rmsprop", "adam"),
    *("l1", "l2", "dropout", "early stopping"),
    *("he", "elu", "batch norm"),
)

# build_network: exact, from weights that the probe sets. `run_eagerly` spares compiling a step for each technique.


def training_of(technique, *, shapes=(*KERNELS, *BIASES), steps=1):
    """Make a `draw`: a technique, and a number from which weights, images and labels are made where it is asked."""

    def draw(rng):
        return {
            "technique": technique,
            "shapes": [list(shape) for shape in shapes],
            "steps": steps,
            "numbers from": int(rng.integers(2**31)),
        }

    return draw


def ask_training(student, inputs):
    returned = student.build_network(inputs["technique"])
    try:
        network, _ = returned
    except (TypeError, ValueError):
        kind = type(returned).__name__
        raise TypeError(f"expected a network and a list of callbacks, got a value of type {kind}") from None
    rng = np.random.default_rng(inputs["numbers from"])
    images = rng.uniform(size=(60, 8, 8)).astype("float32")
    labels = rng.integers(10, size=60)
    network(images[:1])  # some networks have no weights before they are called
    variables = []
    for shape in inputs["shapes"]:
        found = [each for each in network.trainable_variables if list(each.shape) == shape]
        if len(found) != 1:
            raise ValueError(f"expected one array of weights of shape {tuple(shape)}, found {len(found)}")
        scale = 1.2 * shape[0] ** -0.5 if len(shape) == 2 else 0.1
        found[0].assign((scale * rng.normal(size=shape)).astype("float32"))
        variables += found
    start = [np.array(keras.ops.convert_to_numpy(each)) for each in variables]
    network.run_eagerly = True
    outputs = {"the predictions before training": keras.ops.convert_to_numpy(network(images, training=False))}
    for step in range(inputs["steps"]):
        batch = slice(12 * step, 12 * step + 12)
        report = network.train_on_batch(images[batch], labels[batch], return_dict=True)
        outputs[f"the loss reported after {step + 1} steps of training"] = np.float32(report["loss"])
    for shape, before, variable in zip(inputs["shapes"], start, variables, strict=True):
        moved = np.linalg.norm(keras.ops.convert_to_numpy(variable) - before)
        outputs[f"the distance that the weights of shape {tuple(shape)} have moved"] = np.float32(moved)
    outputs["the predictions after training"] = keras.ops.convert_to_numpy(network(images, training=False))
    return outputs


def draw_epochs(rng):
    return {"technique": "schedule", "steps": STEPS, "epochs": int(rng.integers(12, 24))}


def ask_rates(student, inputs):
    network, callbacks = student.build_network(inputs["technique"])
    network(np.zeros((1, 8, 8), dtype="float32"))
    epochs, steps = inputs["epochs"], inputs["steps"]
    told = keras.callbacks.CallbackList(callbacks, model=network, epochs=epochs, steps=steps, verbose=0)
    told.on_train_begin()
    rates = []
    for epoch in range(epochs):
        told.on_epoch_begin(epoch)
        for step in range(steps):
            told.on_train_batch_begin(step)
            if step == 0:
                rates.append(float(network.optimizer.learning_rate))
            network.optimizer.iterations.assign(epoch * steps + step + 1)
            told.on_train_batch_end(step, {"loss": 1.0})
        told.on_epoch_end(epoch, {"loss": 1.0, "val_loss": 1.0})
    told.on_train_end()
    return {"the learning rate at the first step of each epoch": np.array(rates[:12], dtype="float32")}


def draw_losses(rng):
    """Validation losses of four trainings: when do they end, and with the weights of which epoch?"""
    low = np.sort(rng.uniform(0.5, 1.5, size=6))[::-1] + 0.1 * np.arange(6, 0, -1)  # each better than the one before

    def worse(best, times):
        return [best + rng.uniform(0.02, 0.5) for _ in range(times)]

    twice_worse = [low[0], *worse(low[0], 2), low[1], *worse(low[1], 3)]
    slowly_back = [low[0], low[1], low[0], low[1] + 0.08, low[1] + 0.04, low[1] + 0.02]
    hardly_better = [low[0] - 1e-3 * number for number in range(7)]
    trainings = [[*twice_worse, *low[2:]], [*slowly_back, *low[2:]], hardly_better]
    trainings = [("early stopping", losses) for losses in trainings] + [("baseline", trainings[0])]
    return {"trainings": [[technique, [float(loss) for loss in losses]] for technique, losses in trainings]}


def ask_stopping(student, inputs):
    outputs = {}
    for number, (technique, losses) in enumerate(inputs["trainings"], 1):
        network, callbacks = student.build_network(technique)
        network(np.zeros((1, 8, 8), dtype="float32"))
        shapes = [weights.shape for weights in network.get_weights()]
        told = keras.callbacks.CallbackList(callbacks, model=network, epochs=len(losses), verbose=0)
        network.stop_training = False
        told.on_train_begin()
        trained = 0
        for epoch, loss in enumerate(losses):
            told.on_epoch_begin(epoch)
            network.set_weights([np.full(shape, epoch + 1.0, dtype="float32") for shape in shapes])
            going = {"loss": 1 / (epoch + 1), "accuracy": 0.5 + 0.01 * epoch, "val_accuracy": 0.5 + 0.01 * epoch}
            told.on_epoch_end(epoch, {**going, "val_loss": loss})
            trained += 1
            if network.stop_training:
                break
        told.on_train_end()
        outputs[f"the number of epochs trained in case {number}"] = trained
        outputs[f"the epoch whose weights are left in case {number}"] = float(network.get_weights()[0].mean())
    return outputs


def draw_dropout(rng):
    return {"technique": "dropout", "rows": 3000, "pixel": int(rng.integers(64))}


def ask_dropout(student, inputs):
    network, _ = student.build_network(inputs["technique"])
    images = np.zeros((inputs["rows"], 64), dtype="float32")
    images[:, inputs["pixel"]] = 1.0
    images = images.reshape(-1, 8, 8)
    network(images[:1])
    # Nine chains of one unit in each hidden layer: a chain's output shows whether either of its units was dropped.
    chains = range(9)
    ways = {(64, 300): [(inputs["pixel"], chain) for chain in chains], (300, 100): [(chain, chain) for chain in chains]}
    ways[100, 10] = [(chain, chain + 1) for chain in chains]
    for variable in network.trainable_variables:
        values = np.zeros(tuple(variable.shape), dtype="float32")
        for place in ways.get(tuple(variable.shape), ()):
            values[place] = 1.0
        variable.assign(values)
    outputs = {}
    for name, training in (("training", True), ("prediction", False)):
        shares = np.asarray(keras.ops.convert_to_numpy(network(images, training=training)), dtype="float64")
        outputs[name] = np.log(shares[:, 1:] / shares[:, :1])
    return outputs


def measure_dropout(inputs, outputs):
    training = outputs["training"]
    kept = training > 0.5
    return {
        "share of signals that pass both dropouts": Measurement(kept.mean(), share_margin(training.size, 5e-7)),
        "strength of a signal that passes": Measurement(np.median(training[kept]) if kept.any() else 0.0, 0.01),
        "strength of a signal when nothing is trained": Measurement(outputs["prediction"], 1e-3),
    }


def draw_initial(rng):
    return {"techniques": ["baseline", "baseline", "he"], "rows": int(rng.integers(1, 1000))}


def ask_initial(student, inputs):
    outputs = {}
    for number, technique in enumerate(inputs["techniques"]):
        network, _ = student.build_network(technique)
        network(np.zeros((inputs["rows"], 8, 8), dtype="float32"))
        for shape in ((64, 300), (300, 100)):
            found = [each for each in network.trainable_variables if tuple(each.shape) == shape]
            if len(found) != 1:
                raise ValueError(f"expected one array of weights of shape {shape}, found {len(found)}")
            outputs[f"{technique} {number} {shape}"] = np.array(keras.ops.convert_to_numpy(found[0]))
        if number == 0:  # what happens to one network must not show in the next
            network.set_weights([np.zeros_like(each) for each in network.get_weights()])
    return outputs


def measure_initial(inputs, outputs):
    """The mean square, whose expected value is the variance. Glorot's and He's weights, uniform or truncated normal,
    have squares of at most 5.2 times their variance."""
    found = {}
    for name, weights in outputs.items():
        fan_in, fan_out = weights.shape
        variance = 2 / fan_in if name.startswith("he") else 2 / (fan_in + fan_out)
        margin = mean_margin(weights.size, 5.2 * variance, 1.5e-7)
        found[f"mean square of the initial weights of {name}"] = Measurement(np.mean(weights**2), margin)
    return found


def draw_accuracy(rng):
    return {"technique": str(rng.choice(["baseline", "adam", "l2"])), "right": int(rng.integers(40, 90))}


def ask_accuracy(student, inputs):
    network, _ = student.build_network(inputs["technique"])
    images = np.random.default_rng(inputs["right"]).uniform(size=(100, 8, 8)).astype("float32")
    labels = np.argmax(keras.ops.convert_to_numpy(network(images, training=False)), axis=1)
    labels[inputs["right"] :] = (labels[inputs["right"] :] + 1) % 10
    network.run_eagerly = True
    report = network.test_on_batch(images, labels, return_dict=True)
    found = [value for name, value in report.items() if "acc" in name]
    if not found:
        raise ValueError("the compiled network reports no accuracy")
    return {"the accuracy that the network reports": np.float32(found[0])}


def draw_combination(rng):
    return {"numbers from": int(rng.integers(2**31))}


def ask_combination(student, inputs):
    network, _ = student.build_network(student.COMBINATION)
    images = np.random.default_rng(inputs["numbers from"]).uniform(size=(20, 8, 8)).astype("float32")
    predictions = keras.ops.convert_to_numpy(network(images, training=False))
    return {"the sum of ten probabilities": predictions.sum(axis=1), "the number of classes": predictions.shape[1]}


def draw_misspelled(rng):
    letters = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), size=3))
    return {"names": [f"adam{letters}", f"drop{letters}", letters]}


def ask_misspelled(student, inputs):
    refused = []
    for name in inputs["names"]:
        try:
            student.build_network(name)
        except ValueError:
            refused.append(1)
        else:
            refused.append(0)
    return {"the number of misspelled names that raise ValueError": sum(refused)}


def network_probe(name, question, draw, ask=ask_training, weight=1.0, **options):
    return Probe("build_network", name, question, draw, ask, weight=weight, seconds=30.0, **options)


BUILD_NETWORK = [
    network_probe("baseline", "the baseline, trained for one step", training_of("baseline"), weight=2),
    network_probe("momentum", "momentum, trained for two steps", training_of("momentum", steps=2)),
    network_probe("adagrad", "Adagrad, trained for one step", training_of("adagrad")),
    network_probe("rmsprop", "RMSProp, trained for two steps", training_of("rmsprop", steps=2)),
    network_probe("adam", "Adam, trained for two steps", training_of("adam", steps=2)),
    network_probe("l1", "the L1 penalty, trained for one step", training_of("l1")),
    network_probe("l2", "the L2 penalty, trained for one step", training_of("l2")),
    network_probe("elu", "ELU, trained for one step", training_of("elu")),
    network_probe(
        "batch-norm",
        "batch normalization, trained for one step",
        training_of("batch norm", shapes=(*KERNELS, BIASES[-1])),
    ),
    network_probe("schedule-first-step", "the schedule, trained for one step", training_of("schedule"), weight=0.5),
    network_probe("schedule", "the learning rates of the schedule", draw_epochs, ask_rates),
    network_probe("early-stopping", "when early stopping stops, and what is left", draw_losses, ask_stopping),
    network_probe(
        "early-stopping-network",
        "the network of early stopping",
        training_of("early stopping"),
        weight=0.25,
        requires="early-stopping",
    ),
    network_probe(
        "dropout",
        "which signals pass the dropout layers",
        draw_dropout,
        ask_dropout,
        measure=measure_dropout,
        false_alarm=5e-7,
    ),
    network_probe(
        "initial-weights",
        "the initial weights of two baselines and of He's",
        draw_initial,
        ask_initial,
        measure=measure_initial,
        false_alarm=9e-7,
    ),
    network_probe(
        "he-network", "the network with He's weights", training_of("he"), weight=0.25, requires="initial-weights"
    ),
    network_probe(
        "accuracy",
        "the accuracy that the network reports",
        draw_accuracy,
        ask_accuracy,
        weight=0.5,
        requires="baseline",
    ),
    network_probe(
        "combination",
        "the network of your combination",
        draw_combination,
        ask_combination,
        weight=0.25,
        requires="baseline",
    ),
    network_probe(
        "misspelled", "names that are no techniques", draw_misspelled, ask_misspelled, 0.5, requires="baseline"
    ),
]


# run_experiment: on a small network and small data that the probe puts in the place of the notebook's, as the docstring
# says. All training images are the same one with one label, so that no order of them and no seed changes a number: what
# comes out tells exactly how many steps were taken, on which images, and of which epoch a number is.


def draw_small(rng, *, technique, epochs, rate, judged):
    image = rng.uniform(0.3, 1.0, size=(8, 8))
    label, other = (int(number) for number in rng.choice(10, size=2, replace=False))
    right = int(rng.integers(17, 25))  # of 32
    near = image + rng.normal(scale=0.4, size=(32, 8, 8))
    return {
        "technique": technique,
        "seed": int(rng.integers(10_000, 1_000_000)),
        "epochs": int(rng.choice(epochs)),
        "rates": {"baseline": 0.4 * rate, "momentum": rate, "adam": rate, "early stopping": rate},
        "start": rng.normal(scale=0.05, size=(64, 10)),
        "training": {"images": np.repeat(image[None], 64, axis=0), "labels": np.full(64, label)},
        "validation": {"images": near, "labels": rng.permutation([label] * right + [other] * (32 - right))},
        "test": {"images": rng.uniform(size=(32, 8, 8)), "labels": rng.integers(10, size=32)},
        "judged": judged,
    }


def small_run(technique, *, epochs, rate, judged):
    """Make a `draw`: a run of a technique that differs from the baseline in its learning rate, and what counts of it.

    The validation loss falls while the network finds the label that most of the validation images have, too, and rises
    when the network becomes more certain of it than it should be.
    """

    def draw(rng):
        return draw_small(rng, technique=technique, epochs=epochs, rate=rate * rng.uniform(0.9, 1.1), judged=judged)

    return draw


def ask_small(student, inputs):
    from inspect import unwrap

    def build_network(technique):
        layers = [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
        network = keras.Sequential([keras.Input((8, 8)), *layers])
        network.set_weights([inputs["start"], np.zeros(10)])
        optimizer = keras.optimizers.SGD(inputs["rates"][technique])
        loss = "sparse_categorical_crossentropy"
        network.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], run_eagerly=True)
        stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
        return network, [stop] if technique == "early stopping" else []

    names = unwrap(student.run_experiment).__globals__  # where the function looks for what it does not define
    kept = names["build_network"], dict(names["data"])
    config = {name: inputs[name] for name in ("technique", "seed", "epochs")}
    try:
        names["build_network"] = build_network
        for part in kept[1]:
            names["data"][part] = (inputs[part]["images"].astype("float32"), inputs[part]["labels"].astype("int64"))
        row = student.run_experiment(config)
    finally:
        names["build_network"] = kept[0]
        names["data"].update(kept[1])
    outputs = {f"{name} of the row": np.float32(row[name]) for name in inputs["judged"]}
    if inputs["technique"] == "early stopping":
        for whose, entries in (("the row", row), ("the configuration afterwards", config)):
            outputs[f"the technique in {whose}, letter by letter"] = list(str(entries["technique"]).encode())
            outputs[f"the seed in {whose}"] = entries["seed"]
            outputs[f"the number of epochs in {whose}"] = entries["epochs"]
        outputs["the number of entries in the configuration afterwards"] = len(config)
    return outputs


def draw_seeds(rng):
    one, other = (int(number) for number in rng.choice(np.arange(10_000, 1_000_000), size=2, replace=False))
    return {
        "one seed": one,
        "another seed": other,
        "images": rng.uniform(size=(60, 8, 8)),
        "labels": rng.integers(10, size=60),
    }


def ask_seeds(student, inputs):
    from inspect import unwrap

    drawn = []

    def build_network(technique):
        layers = [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
        network = keras.Sequential([keras.Input((8, 8)), *layers])
        drawn.append(np.array(keras.ops.convert_to_numpy(network.weights[0])[:5]))
        network.set_weights([np.zeros((64, 10)), np.zeros(10)])  # from here on only the order of the images is random
        loss = "sparse_categorical_crossentropy"
        network.compile(keras.optimizers.SGD(0.2), loss=loss, metrics=["accuracy"], run_eagerly=True)
        return network, []

    names = unwrap(student.run_experiment).__globals__
    kept = names["build_network"], dict(names["data"])
    outputs = {}
    try:
        names["build_network"] = build_network
        for part in kept[1]:
            names["data"][part] = (inputs["images"].astype("float32"), inputs["labels"].astype("int64"))
        for time, seed in (("first", "one seed"), ("second", "one seed"), ("third", "another seed")):
            keras.utils.set_random_seed(1 if time == "second" else 2)
            drawn.clear()
            row = student.run_experiment({"technique": "baseline", "seed": inputs[seed], "epochs": 1})
            outputs[f"losses of the {time} run"] = [row["train_loss"], row["validation_loss"]]
            outputs[f"initial weights of the {time} run"] = drawn[0]
    finally:
        names["build_network"] = kept[0]
        names["data"].update(kept[1])
    return outputs


def measure_seeds(inputs, outputs):
    """A run is repeated up to rounding. Two seeds draw initial weights that all differ by more than 1e-5, but for a
    chance of 1e-4 each; of the losses, either is the same to 1e-6 in two orders with a chance below 1e-4."""
    found = {}
    for what, of_what, least in (("initial weights", "initial weights", 1e-5), ("losses", "order of the images", 1e-6)):
        first, second, third = (outputs[f"{what} of the {time} run"] for time in ("first", "second", "third"))
        same = np.abs(first - second) < least
        other = np.abs(first - third) > least
        found[f"share of the {what} that a second run with the same seed repeats"] = Measurement(same.mean(), 0.25)
        found[f"share of the {what} that another seed changes, by the {of_what}"] = Measurement(other.mean(), 0.75)
    return found


def run_probe(name, question, draw, ask=ask_small, **options):
    """`own_only`: what a network of the student's does elsewhere is nothing to these probes, which bring their own."""
    return Probe("run_experiment", name, question, draw, ask, seconds=30.0, own_only=True, **options)


RUN_EXPERIMENT = [
    run_probe(
        "training",
        "the training loss of a run on other data, with a small network",
        small_run("momentum", epochs=(2, 4), rate=0.015, judged=["train_loss"]),
        weight=2,
    ),
    run_probe(
        "validation",
        "the validation loss and accuracy of a run on other data, with a small network",
        small_run("adam", epochs=(3, 4), rate=0.06, judged=["validation_loss", "validation_accuracy"]),
        weight=2,
    ),
    run_probe(
        "early-stopping",
        "a run that a callback ends early: its numbers, and the configuration that the row repeats",
        small_run(
            "early stopping",
            epochs=(7, 8),
            rate=0.03,
            judged=["train_loss", "validation_loss", "validation_accuracy"],
        ),
        weight=2,
    ),
    run_probe(
        "seeds",
        "two runs with one seed, and one with another",
        draw_seeds,
        ask_seeds,
        weight=2,
        measure=measure_seeds,
        false_alarm=1e-7,
        requires="training",
    ),
]


# run_all: its loops are judged with experiments that the probes make up, its table by training again, with the
# notebook's own network and data. A run hangs on its seed, and right answers use the seed in different ways, so a new
# run is judged by margins from many runs of the reference.

ALARM = 9e-7  # the false alarm of a probe that measures a run
RUNS = 100  # behind each of the spreads
# The standard deviation, over seeds, of training loss, validation loss and validation accuracy after one epoch, where
# about half of the validation images have another label, as benchmarks/practical_spreads.py measures them. In these
# runs no number lay farther than 3.4 deviations from its mean, and the excess kurtosis lay between -0.8 and 0.8, as
# that of normally distributed numbers would.
SPREADS = {
    "baseline": (0.0209, 0.0161, 0.0348),
    "schedule": (0.0478, 0.0603, 0.0309),
    "momentum": (0.0422, 0.0487, 0.0315),
    "adagrad": (0.0267, 0.0286, 0.0371),
    "rmsprop": (0.0486, 0.1033, 0.0300),
    "adam": (0.0422, 0.0856, 0.0281),
    "l1": (0.0193, 0.0172, 0.0390),
    "l2": (0.0213, 0.0150, 0.0349),
    "dropout": (0.0234, 0.0161, 0.0395),
    "early stopping": (0.0207, 0.0162, 0.0395),
    "he": (0.0606, 0.0437, 0.0411),
    "elu": (0.0435, 0.0311, 0.0401),
    "batch norm": (0.0633, 0.0243, 0.0551),
}
NUMBERS = ("training loss", "validation loss", "validation accuracy")


def draw_table(rng):
    names = [
        f"{kind} {number}" for kind, number in zip(("first", "second", "third"), rng.integers(100, 999, 3), strict=True)
    ]
    return {
        "techniques": names,
        "seeds": [int(seed) for seed in rng.choice(np.arange(20, 1000), size=4, replace=False)],
        "epochs": int(rng.integers(2, 40)),
        "numbers": rng.uniform(size=(3, 4, 3)),
    }


def ask_table(student, inputs):
    techniques, seeds = inputs["techniques"], inputs["seeds"]

    def experiment(config):
        if config["technique"] not in techniques or config["seed"] not in seeds:
            raise ValueError("experiment was called with a technique or a seed that nobody has asked for")
        numbers = inputs["numbers"][techniques.index(config["technique"]), seeds.index(config["seed"])]
        names = ("train_loss", "validation_loss", "validation_accuracy")
        return {**config, **{name: float(number) for name, number in zip(names, numbers, strict=True)}}

    def table(rows):
        columns = [
            [techniques.index(row["technique"]), row["seed"], row["epochs"], row["train_loss"], row["validation_loss"],
             row["validation_accuracy"]]
            for row in rows
        ]  # fmt: skip
        return np.array(sorted(columns), dtype="float64")

    rows = student.run_all(experiment, list(techniques), seeds=list(seeds), epochs=inputs["epochs"])
    fewer = student.run_all(experiment, techniques[1:2], seeds=seeds[2:], epochs=inputs["epochs"] + 1)
    return {
        "the table of three techniques and four seeds": table(rows),
        "the table of one technique and two seeds": table(fewer),
    }


def run_of(techniques):
    """Make a `draw`: one of the techniques, a seed, which row of the table, and which labels are shifted for a run."""

    def draw(rng):
        return {
            "technique": str(rng.choice(list(techniques))),
            "seed": int(rng.integers(10_000, 1_000_000)),
            "which": float(rng.random()),
            "shift": 5,  # always the same: the spreads hang on which digits take each other's labels
            "numbers from": int(rng.integers(2**31)),
            "known": list(TECHNIQUES),
        }

    return draw


def ask_new_run(student, inputs):
    labels = student.data["validation"][1]
    kept = labels.copy()
    chosen = np.random.default_rng(inputs["numbers from"]).random(len(labels)) < 0.5
    try:
        labels[chosen] = (labels[chosen] + inputs["shift"]) % 10
        rows = student.run_all(student.run_experiment, [inputs["technique"]], seeds=[inputs["seed"]], epochs=1)
    finally:
        labels[...] = kept
    if len(rows) != 1:
        raise ValueError(f"one technique and one seed: expected one row, got {len(rows)}")
    return {
        "training loss": rows[0]["train_loss"],
        "validation loss": rows[0]["validation_loss"],
        "validation accuracy": rows[0]["validation_accuracy"],
    }


def measure_run(inputs, outputs):
    spreads = zip(NUMBERS, SPREADS[inputs["technique"]], strict=True)
    return {name: Measurement(outputs[name], difference_margin(spread, RUNS, ALARM / 3)) for name, spread in spreads}


def ask_row_again(student, inputs):
    student.run_all(dict, [], seeds=[], epochs=1)  # without an answer there is no table to speak of
    wanted, known = inputs["technique"], inputs["known"]
    rows = [row for row in student.results if (row["technique"] == wanted if wanted else row["technique"] not in known)]
    if not rows:
        what = f"no row of {wanted!r}" if wanted else "no row of a combination"
        raise ValueError(f"`results` holds {what}")
    row = rows[int(inputs["which"] * len(rows))]
    rows = student.run_all(student.run_experiment, [row["technique"]], seeds=[row["seed"]], epochs=row["epochs"])
    if len(rows) != 1:
        raise ValueError(f"one technique and one seed: expected one row, got {len(rows)}")
    baseline = [each["train_loss"] for each in student.results if each["technique"] == "baseline"]
    techniques = [row["technique"]] if not wanted else known
    seeds = [{each["seed"] for each in student.results if each["technique"] == technique} for technique in techniques]
    return {
        "accuracy in the table": row["validation_accuracy"],
        "accuracy when run again": rows[0]["validation_accuracy"],
        "seeds": [min(3, len(each)) for each in seeds],
        "budgets": len({each["epochs"] for each in student.results}),
        "like the baseline": sum(row["train_loss"] == loss for loss in baseline) if not wanted else 0,
    }


def measure_row_again(inputs, outputs):
    difference = abs(outputs["accuracy in the table"] - outputs["accuracy when run again"])
    return {
        "number of seeds of each technique in the table, counted up to three,": Measurement(outputs["seeds"], 0),
        "number of different budgets in the table": Measurement(outputs["budgets"], 0),
        "number of the baseline's rows that the combination's row repeats": Measurement(
            outputs["like the baseline"], 0
        ),
        "difference between an accuracy in the table and the same run done again": Measurement(difference, 0.03),
    }


def trained_probe(name, question, techniques, ask, measure, **options):
    return Probe(
        "run_all",
        name,
        question,
        run_of(techniques),
        ask,
        measure=measure,
        seconds=60.0,  # a student's own table may have many epochs
        spoiled_by=("build_network", "run_experiment"),
        own_only=True,
        **options,
    )


# A table of canned numbers reproduces itself; so that it earns nothing, a row counts only together with a new run.
RUN_ALL = [
    Probe("run_all", "made-up", "tables of experiments that somebody made up", draw_table, ask_table, weight=2),
    trained_probe(
        "new-run",
        "one more run of a technique, where some validation images have other labels",
        TECHNIQUES,
        ask_new_run,
        measure_run,
        false_alarm=ALARM,
    ),
    trained_probe(
        "row-again",
        "a row of `results`, run again",
        TECHNIQUES,
        ask_row_again,
        measure_row_again,
        false_alarm=1e-9,
        weight=4,
        requires="new-run",
        drawn_with="new-run",
    ),
    trained_probe(
        "row-of-combination",
        "a row of your combination, run again",
        ("",),
        ask_row_again,
        measure_row_again,
        false_alarm=1e-9,
        weight=2,
        requires="new-run",
    ),
]


# summarize: exact.


def rows_of(counts, quantity):
    """Make a `draw`: rows of some techniques in random order, and the quantity asked for (None: the default)."""

    def draw(rng):
        names = [f"{letter}{number}" for letter, number in zip("pqrs", rng.integers(10, 99, 4), strict=True)]
        rows = []
        for name, count in zip(names, counts, strict=False):
            center = rng.uniform(0.4, 0.9)
            for seed in rng.choice(1000, size=count, replace=False):
                numbers = center * rng.uniform(0.8, 1.1, size=3)
                rows.append({
                    "technique": name,
                    "seed": int(seed),
                    "epochs": 20,
                    "train_loss": float(2 * numbers[0]),
                    "validation_loss": float(3 * numbers[1]),
                    "validation_accuracy": float(numbers[2]),
                })  # fmt: skip
        order = rng.permutation(len(rows))
        return {"rows": [rows[place] for place in order], "techniques": names[: len(counts)], "quantity": quantity}

    return draw


def ask_summary(student, inputs):
    given = [] if inputs["quantity"] is None else [inputs["quantity"]]
    summary = student.summarize([dict(row) for row in inputs["rows"]], *given)
    outputs = {"the number of techniques in the summary": len(summary)}
    for number, technique in enumerate(inputs["techniques"], 1):
        if technique not in summary:
            raise ValueError(f"the summary lacks technique number {number} of the rows")
        mean, spread = summary[technique]
        outputs[f"the mean of technique {number}"] = mean
        outputs[f"the spread of technique {number}"] = spread
    return outputs


def ask_summary_twice(student, inputs):
    rows = [dict(row) for row in inputs["rows"]]
    student.summarize(rows, inputs["quantity"])
    again = student.summarize(rows, inputs["quantity"])
    outputs = {"the number of rows afterwards": len(rows)}
    for number, technique in enumerate(inputs["techniques"], 1):
        outputs[f"the mean of technique {number}, asked again"] = again[technique][0]
    names = ("train_loss", "validation_loss", "validation_accuracy")
    outputs["the numbers in the rows afterwards"] = [[row[name] for name in names] for row in rows]
    return outputs


SUMMARIZE = [
    Probe(
        "summarize",
        "accuracies",
        "the accuracies of three techniques, in any order",
        rows_of((4, 5, 3), None),
        ask_summary,
        weight=3,
    ),
    Probe(
        "summarize", "losses", "the validation losses", rows_of((3, 3, 6, 4), "validation_loss"), ask_summary, weight=2
    ),
    Probe("summarize", "two-seeds", "training losses of two seeds each", rows_of((2, 2), "train_loss"), ask_summary),
    Probe(
        "summarize",
        "rows",
        "that the rows stay as they are and a second call gives the same",
        rows_of((3, 4), "train_loss"),
        ask_summary_twice,
        requires="accuracies",
    ),
]

PROBES = [*BUILD_NETWORK, *RUN_EXPERIMENT, *RUN_ALL, *SUMMARIZE]
