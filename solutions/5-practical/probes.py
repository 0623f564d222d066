"""What the judge asks of each exercise of this assignment: inputs, and the calls. No answers.

A training run hangs on its seed, and right answers may use the seed in different ways, so the runs are judged by what
they measure, with margins from many runs of the baseline (`SPREADS`). What does not hang on luck is judged exactly: the
networks from weights that the probes set, the callbacks by losses that the probes tell them, the table's making and its
summary by rows that the probes make up.
"""

from typing import TYPE_CHECKING

import numpy as np

from autograder.chance import difference_margin, mean_margin, share_margin
from autograder.probes import Measurement, Probe

if TYPE_CHECKING:
    import keras  # the asking halves find it where they run

SECONDS = 60.0  # for an answer that trains: a student's own table may have many epochs
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


def training_of(technique, *, shapes=(*KERNELS, *BIASES), steps=4):
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
    return {"technique": "schedule", "steps": STEPS, "epochs": int(rng.integers(22, 28))}


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
    return {"the learning rate at the first step of each epoch": np.array(rates[:22], dtype="float32")}


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
    return {"technique": "dropout", "rows": 6000, "pixel": int(rng.integers(64))}


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
    return {"techniques": ["baseline", "baseline", "he"], "zeroed": int(rng.integers(3, 6))}


def ask_initial(student, inputs):
    outputs = {}
    for number, technique in enumerate(inputs["techniques"]):
        network, _ = student.build_network(technique)
        network(np.zeros((1, 8, 8), dtype="float32"))
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
    network_probe("baseline", "the baseline, trained for four steps", training_of("baseline"), weight=2),
    network_probe("momentum", "momentum, trained for four steps", training_of("momentum")),
    network_probe("adagrad", "Adagrad, trained for four steps", training_of("adagrad")),
    network_probe("rmsprop", "RMSProp, trained for four steps", training_of("rmsprop")),
    network_probe("adam", "Adam, trained for four steps", training_of("adam")),
    network_probe("l1", "the L1 penalty, trained for four steps", training_of("l1")),
    network_probe("l2", "the L2 penalty, trained for four steps", training_of("l2")),
    network_probe("elu", "ELU, trained for four steps", training_of("elu")),
    network_probe(
        "batch-norm",
        "batch normalization, trained for four steps",
        training_of("batch norm", shapes=(*KERNELS, BIASES[-1])),
    ),
    network_probe(
        "schedule-first-step", "the schedule, trained for one step", training_of("schedule", steps=1), weight=0.5
    ),
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
    network_probe("accuracy", "the accuracy that the network reports", draw_accuracy, ask_accuracy, 0.5),
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


# run_experiment: real training, with the notebook's data as they are or, for the length of one call, changed in place.
# The changed labels tell which images a run looked at, and that it did look at them.

ALARM = 9e-7  # the false alarm of a probe that measures a run
RUNS = 100  # behind each of the spreads
# The standard deviation, over seeds, of training loss, validation loss and validation accuracy after a run, by
# technique, epochs, and what was changed, as benchmarks/practical_spreads.py measures them. In these runs no loss lay
# farther than 3.3 deviations from its mean, and the excess kurtosis lay between -0.8 and 0.8: like normal numbers.
BRIGHTER = {"early stopping": 4}  # images so bright that the losses part in the first epochs
SPREADS = {
    ("baseline", 1, "half"): (0.0209, 0.0161, 0.0348),
    ("schedule", 1, "half"): (0.0478, 0.0603, 0.0309),
    ("momentum", 1, "half"): (0.0422, 0.0487, 0.0315),
    ("adagrad", 1, "half"): (0.0267, 0.0286, 0.0371),
    ("rmsprop", 1, "half"): (0.0486, 0.1033, 0.0300),
    ("adam", 1, "half"): (0.0422, 0.0856, 0.0281),
    ("l1", 1, "half"): (0.0193, 0.0172, 0.0390),
    ("l2", 1, "half"): (0.0213, 0.0150, 0.0349),
    ("dropout", 1, "half"): (0.0234, 0.0161, 0.0395),
    ("early stopping", 1, "half"): (0.0207, 0.0162, 0.0395),
    ("he", 1, "half"): (0.0606, 0.0437, 0.0411),
    ("elu", 1, "half"): (0.0435, 0.0311, 0.0401),
    ("batch norm", 1, "half"): (0.0633, 0.0243, 0.0551),
    ("momentum", 3, "nothing"): (0.0393, 0.0282, 0.0118),
    ("momentum", 1, "one class"): (0.0492, 0.2430, 0.0000),
    ("adam", 3, "validation"): (0.0151, 0.1905, 0.0029),
    ("adam", 1, "training"): (0.0445, 0.1450, 0.0065),
    ("early stopping", 6, "validation"): (0.0312, 0.1355, 0.0115),
}


NUMBERS = ("training loss", "validation loss", "validation accuracy")


def run_of(techniques, *, epochs=1, change="nothing", brightness=1, judged=NUMBERS):
    """Make a `draw`: one of the techniques, a seed, and what is changed while it runs.

    Parameters
    ----------
    techniques : sequence of str
    epochs : int
    change : {"nothing", "half", "validation", "training", "one class"}
        Whose labels are shifted to another class: nobody's, those of about half of the validation images, of all of
        them, or of the training images. With "training" the test images are spoilt, too. With "one class" all training
        images get the same label.
    brightness : float
        What the images are multiplied by. Brighter ones are learned in fewer epochs.
    judged : sequence of str
        Which of the numbers count.
    """

    def draw(rng):
        return {
            "technique": str(rng.choice(list(techniques))),
            "seed": int(rng.integers(10_000, 1_000_000)),
            "epochs": epochs,
            "change": change,
            "brightness": brightness,
            "shift": 5,  # always the same: the spreads hang on which digits take each other's labels
            "numbers from": int(rng.integers(2**31)),
            "judged": list(judged),
        }

    return draw


def ask_run(student, inputs):
    config = {name: inputs[name] for name in ("technique", "seed", "epochs")}
    kept = {part: (images.copy(), labels.copy()) for part, (images, labels) in student.data.items()}
    change = inputs["change"]
    try:
        if change in ("half", "validation", "training"):
            labels = student.data["training" if change == "training" else "validation"][1]
            chosen = np.random.default_rng(inputs["numbers from"]).random(len(labels)) < (
                0.5 if change == "half" else 1
            )
            labels[chosen] = (labels[chosen] + inputs["shift"]) % 10
        if change == "training":
            student.data["test"][0][...] = np.nan
        if change == "one class":
            student.data["training"][1][...] = inputs["shift"]
        for images, _ in student.data.values():
            images *= inputs["brightness"]
        row = student.run_experiment(config)
    finally:
        for part, (images, labels) in kept.items():
            student.data[part][0][...] = images
            student.data[part][1][...] = labels
    outputs = {
        "training loss": row["train_loss"],
        "validation loss": row["validation_loss"],
        "validation accuracy": row["validation_accuracy"],
    }
    if inputs["technique"] == "early stopping":  # it trains for fewer epochs than the budget, which the row tells
        outputs["number of epochs in the row"] = row["epochs"]
    return outputs


def measure_run(inputs, outputs):
    spreads = SPREADS[inputs["technique"], inputs["epochs"], inputs["change"]]
    found = {}
    for name, spread in zip(NUMBERS, spreads, strict=True):
        if name in inputs["judged"]:
            least = 0.1 if name == "validation accuracy" else 0.0  # near 0 it is not normally distributed
            found[name] = Measurement(outputs[name], max(least, difference_margin(spread, RUNS, ALARM / 3)))
    if "number of epochs in the row" in outputs:
        found["number of epochs in the row"] = Measurement(outputs["number of epochs in the row"], 0)
    return found


def ask_row(student, inputs):
    config = {name: inputs[name] for name in ("technique", "seed", "epochs")}
    row = student.run_experiment(config)
    outputs = {}
    for whose, entries in (("the row", row), ("the configuration afterwards", config)):
        outputs[f"the technique in {whose}, letter by letter"] = list(str(entries["technique"]).encode())
        outputs[f"the seed in {whose}"] = entries["seed"]
        outputs[f"the number of epochs in {whose}"] = entries["epochs"]
    outputs["the number of entries in the configuration afterwards"] = len(config)
    return outputs


def draw_pair(rng):
    one, other = (int(number) for number in rng.choice(np.arange(10_000, 1_000_000), size=2, replace=False))
    return {"technique": "momentum", "epochs": 1, "one seed": one, "another seed": other}


def ask_again(student, inputs):
    config = {"technique": inputs["technique"], "seed": inputs["one seed"], "epochs": inputs["epochs"]}
    outputs = {}
    for time in ("first", "second"):
        keras.utils.set_random_seed(inputs["another seed"] if time == "first" else 1)
        row = student.run_experiment(dict(config))
        outputs[time] = [row["train_loss"], row["validation_loss"], row["validation_accuracy"]]
    return outputs


def ask_seeds(student, inputs):
    outputs = {}
    for time in ("one seed", "another seed"):
        keras.utils.set_random_seed(1)
        row = student.run_experiment(
            {"technique": inputs["technique"], "seed": inputs[time], "epochs": inputs["epochs"]}
        )
        outputs[time] = [row["train_loss"], row["validation_loss"], row["validation_accuracy"]]
    return outputs


def measure_repeated(inputs, outputs):
    """A run is repeated up to rounding; two runs that are not hardly ever agree in all three numbers."""
    near = np.abs(outputs["first"] - outputs["second"]) < 1e-3
    return {"share of numbers that a second run with the same seed repeats": Measurement(near.mean(), 0.25)}


def measure_different(inputs, outputs):
    """The two losses of two seeds agree to 1e-6 with a chance below 1e-4 each."""
    far = np.abs(outputs["one seed"] - outputs["another seed"])[:2] > 1e-6
    return {"share of losses that differ between two seeds": Measurement(far.mean(), 0.75)}


def run_probe(name, question, draw, ask=ask_run, weight=1.0, measure=measure_run, false_alarm=ALARM, **options):
    return Probe(
        "run_experiment",
        name,
        question,
        draw,
        ask,
        weight=weight,
        measure=measure,
        false_alarm=false_alarm,
        seconds=SECONDS,
        spoiled_by=("build_network",),
        own_only=True,
        **options,
    )


# Numbers that somebody made up would pass as a run with unchanged images, so such a run, and what is only a property of
# the row, counts together with `easy-labels` alone. That probe judges the training and no more: who validates on the
# wrong images keeps these points.
TRAINED = {"requires": "easy-labels"}
RUN_EXPERIMENT = [
    run_probe(
        "easy-labels",
        "the training loss where all training images have the same label",
        run_of(["momentum"], change="one class", judged=NUMBERS[:1]),
    ),
    run_probe(
        "three-epochs",
        "the training loss after three epochs",
        run_of(["momentum"], epochs=3, judged=NUMBERS[:1]),
        **TRAINED,
    ),
    run_probe(
        "one-epoch",
        "another technique, where some validation images have other labels",
        run_of(["schedule", "rmsprop", "adam", "batch norm"], change="half"),
    ),
    run_probe(
        "validation-labels",
        "a run with other labels on all validation images",
        run_of(["adam"], epochs=3, change="validation"),
        weight=2,
    ),
    run_probe(
        "training-labels",
        "a run with other labels on the training images, and no test images",
        run_of(["adam"], change="training"),
    ),
    run_probe(
        "early-stopping",
        "early stopping, where the validation loss rises",
        run_of(["early stopping"], epochs=6, change="validation", brightness=BRIGHTER["early stopping"]),
    ),
    run_probe(
        "row",
        "the entries of the row, and the configuration afterwards",
        run_of(["baseline", "adam"]),
        ask_row,
        measure=None,
        false_alarm=0.0,
        **TRAINED,
    ),
    run_probe(
        "again", "one configuration twice", draw_pair, ask_again, measure=measure_repeated, false_alarm=1e-9, **TRAINED
    ),
    run_probe(
        "seeds",
        "two configurations that differ in the seed",
        draw_pair,
        ask_seeds,
        measure=measure_different,
        false_alarm=1e-7,
        **TRAINED,
    ),
]


# run_all: its loops are judged with experiments that the probes make up, its table by running it again.


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


def row_of(techniques, change):
    """Make a `draw`: a row of the student's table, and a seed for a new run of its technique."""
    draw_run = run_of(techniques or [""], change=change)

    def draw(rng):
        known = {"known": list(TECHNIQUES), "group": list(techniques), "which": float(rng.random())}
        return draw_run(rng) | known

    return draw


def ask_new_run(student, inputs):
    wanted, known = inputs["technique"], inputs["known"]
    names = [row["technique"] for row in student.results]
    names = [name for name in names if (name == wanted if wanted else name not in known)]
    if not names:
        what = f"no row of {wanted!r}" if wanted else "no row of a combination"
        raise ValueError(f"`results` holds {what}")
    technique = names[int(inputs["which"] * len(names))]
    labels = student.data["validation"][1]
    kept = labels.copy()
    share = 0.5 if inputs["change"] == "half" else 1
    chosen = np.random.default_rng(inputs["numbers from"]).random(len(labels)) < share
    try:
        labels[chosen] = (labels[chosen] + inputs["shift"]) % 10
        rows = student.run_all(student.run_experiment, [technique], seeds=[inputs["seed"]], epochs=inputs["epochs"])
    finally:
        labels[...] = kept
    if len(rows) != 1:
        raise ValueError(f"one technique and one seed: expected one row, got {len(rows)}")
    row = rows[0]
    return {
        "training loss": row["train_loss"],
        "validation loss": row["validation_loss"],
        "validation accuracy": row["validation_accuracy"],
    }


def measure_combination(inputs, outputs):
    """Nobody knows what is in it, but what it has learned of the right labels, it does not know of shifted ones."""
    accuracy = outputs["validation accuracy"]
    return {"accuracy of the combination when the validation labels are shifted": Measurement(accuracy, 0.35)}


def ask_row_again(student, inputs):
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
    group = inputs["group"] or [row["technique"]]
    seeds = [{each["seed"] for each in student.results if each["technique"] == technique} for technique in group]
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


def table_probes(name, what, techniques):
    """Two probes that are drawn together: a new run of a technique, and a row of it run again.

    The second counts only together with the first, which a table of canned numbers does not pass.
    """
    draw = row_of(techniques, "half" if techniques else "validation")
    common = {"seconds": SECONDS, "spoiled_by": ("build_network", "run_experiment"), "own_only": True}
    new = Probe(
        "run_all",
        f"new-{name}",
        f"one more run of {what}",
        draw,
        ask_new_run,
        weight=0.3,
        measure=measure_run if techniques else measure_combination,
        false_alarm=ALARM,
        **common,
    )
    again = Probe(
        "run_all",
        f"row-{name}",
        f"a row of `results`, run again: {what}",
        draw,
        ask_row_again,
        weight=2,
        requires=new.name,
        drawn_with=new.name,
        measure=measure_row_again,
        false_alarm=1e-9,
        **common,
    )
    return [new, again]


RUN_ALL = [
    Probe("run_all", "made-up", "tables of experiments that somebody made up", draw_table, ask_table, weight=2),
    *table_probes("way-to-move", "the baseline, the schedule or an optimizer", TECHNIQUES[:6]),
    *table_probes("remedy", "a technique against overfitting or vanishing gradients", TECHNIQUES[6:]),
    *table_probes("combination", "your combination", ()),
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
