"""The reference answers of 5-practical against independent oracles: NumPy, plain Keras, closed forms, `statistics`."""

import doctest
import math
import statistics

import exercises
import numpy as np
import pytest

NAME = "5-practical"
EXERCISES = ("build_network", "run_experiment", "run_all", "summarize")
LAYERS = ["Flatten", "Dense", "Dense", "Dense"]
# What a network of a technique has that the baseline has not.
OPTIMIZERS = {"adagrad": ("Adagrad", 0.01), "rmsprop": ("RMSprop", 0.001), "adam": ("Adam", 0.001)}


@pytest.fixture(scope="module")
def names(in_process):
    """The notebook's names without its table: nothing but the definitions and the data."""
    return in_process(NAME).cells("practical", "import os", "def ", "= load_images()", "TECHNIQUES = (")


@pytest.fixture(scope="module")
def networks(names):
    """A network and its callbacks for every technique."""
    return {technique: names["build_network"](technique) for technique in names["TECHNIQUES"]}


# The networks


def by_hand(weights, images):
    """The baseline's probabilities, and the values on the way, in NumPy."""
    (W1, b1), (W2, b2), (W3, b3) = weights
    x = images.reshape(len(images), -1)
    first = np.maximum(x @ W1 + b1, 0)
    second = np.maximum(first @ W2 + b2, 0)
    scores = second @ W3 + b3
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return x, first, second, shares / shares.sum(axis=1, keepdims=True)


def test_a_step_of_the_baseline_is_gradient_descent_by_hand(names):
    network, _ = names["build_network"]("baseline")
    images, labels = (part[:32] for part in names["data"]["training"])
    flat = [each.astype("float64") for each in network.get_weights()]
    weights = list(zip(flat[::2], flat[1::2], strict=True))
    x, first, second, shares = by_hand(weights, images.astype("float64"))
    upstream = (shares - np.eye(10)[labels]) / len(labels)
    gradients = []
    for inputs, (W, _) in zip((second, first, x), reversed(weights), strict=True):
        gradients = [inputs.T @ upstream, upstream.sum(axis=0), *gradients]
        upstream = (upstream @ W.T) * (inputs > 0)
    loss = network.train_on_batch(images, labels)[0]
    assert loss == pytest.approx(-np.log(shares[np.arange(32), labels]).mean(), rel=1e-5)
    for before, gradient, after in zip(flat, gradients, network.get_weights(), strict=True):
        np.testing.assert_allclose(after, before - 0.01 * gradient, atol=1e-6)


def test_a_technique_changes_what_it_names_and_nothing_else(names, networks):
    extra = {"dropout": "Dropout", "batch norm": "BatchNormalization"}
    for technique, (network, callbacks) in networks.items():
        kinds = [type(layer).__name__ for layer in network.layers]
        behind = extra.get(technique)
        both = ["Flatten", "Dense", behind, "Dense", behind, "Dense"]
        assert kinds == (both if behind else LAYERS), technique
        assert network.count_params() == 50610 + 4 * 400 * (technique == "batch norm")
        kind, rate = OPTIMIZERS.get(technique, ("SGD", 0.1 if technique == "schedule" else 0.01))
        assert type(network.optimizer).__name__ == kind
        assert float(network.optimizer.learning_rate) == pytest.approx(rate)
        if kind == "SGD":
            assert network.optimizer.momentum == (0.9 if technique == "momentum" else 0.0)
            assert not network.optimizer.nesterov
        assert len(callbacks) == (technique == "early stopping")
        first, second, last = (layer.activation.__name__ for layer in network.layers if hasattr(layer, "activation"))
        assert (first, second, last) == (*2 * ("elu" if technique == "elu" else "relu",), "softmax")


def test_the_rate_of_the_schedule_falls_to_a_tenth_in_ten_epochs(names, networks):
    optimizer = networks["schedule"][0].optimizer
    steps = math.ceil(len(names["data"]["training"][0]) / 32)
    assert steps == 34
    for epoch in (0, 1, 7, 10, 20):
        optimizer.iterations.assign(epoch * steps)
        assert float(optimizer.learning_rate) == pytest.approx(0.1 * 10 ** (-epoch / 10), rel=1e-5)


@pytest.mark.parametrize(("technique", "price"), [("l1", lambda w: 1e-4 * abs(w)), ("l2", lambda w: 1e-3 * w**2)])
def test_penalties_are_on_all_weights_and_no_bias(networks, technique, price):
    network = networks[technique][0]
    weights = network.get_weights()
    network.set_weights([each + 0.01 for each in weights])  # biases that are not zero
    expected = sum(price(each).sum() for each in network.get_weights()[::2])
    assert float(sum(network.losses)) == pytest.approx(expected, rel=1e-4)
    network.set_weights(weights)


@pytest.mark.parametrize("technique", ["baseline", "he"])
def test_initial_weights_have_their_variance(names, technique):
    weights = names["build_network"](technique)[0].get_weights()
    for kernel, bias in zip(weights[:4:2], weights[1:4:2], strict=True):
        fan_in, fan_out = kernel.shape
        assert kernel.var() == pytest.approx(2 / fan_in if technique == "he" else 2 / (fan_in + fan_out), rel=0.06)
        assert not bias.any()


def test_early_stopping_is_as_patient_as_asked(networks):
    (callback,) = networks["early stopping"][1]
    assert (callback.monitor, callback.patience, callback.min_delta) == ("val_loss", 3, 0)
    assert callback.restore_best_weights


def test_the_share_that_is_dropped_is_a_fifth(networks):
    assert [layer.rate for layer in networks["dropout"][0].layers if hasattr(layer, "rate")] == [0.2, 0.2]


def test_a_name_that_nobody_knows_is_refused(names):
    with pytest.raises(ValueError, match=r"technique: expected one of .*'early stopping'.*, got 'bathc norm'"):
        names["build_network"]("bathc norm")


def test_every_call_makes_a_new_network(names):
    one, other = (names["build_network"]("baseline")[0] for _ in range(2))
    assert one is not other
    assert not np.array_equal(one.get_weights()[0], other.get_weights()[0])


# A run, and the table


def test_a_run_is_a_plain_fit(names):
    import keras

    config = {"technique": "momentum", "seed": 5, "epochs": 2}
    row = names["run_experiment"](config)
    keras.utils.set_random_seed(5)
    network, _ = names["build_network"]("momentum")
    told = network.fit(*names["data"]["training"], epochs=2, validation_data=names["data"]["validation"], verbose=0)
    guesses = network.predict(names["data"]["validation"][0], verbose=0)
    labels = names["data"]["validation"][1]
    assert {name: row[name] for name in config} == config
    assert row["train_loss"] == pytest.approx(told.history["loss"][1], rel=1e-4)
    assert row["validation_loss"] == pytest.approx(-np.log(guesses[np.arange(len(labels)), labels]).mean(), rel=1e-4)
    assert row["validation_accuracy"] == pytest.approx(np.mean(guesses.argmax(axis=1) == labels))


def test_a_run_reports_the_network_that_early_stopping_gives_back(names, monkeypatch):
    """With shifted validation labels the loss rises at once, so that training ends after the first epoch and three."""
    images, labels = names["data"]["validation"]
    monkeypatch.setitem(names["data"], "validation", (images, (labels + 5) % 10))
    monkeypatch.setitem(names["data"], "training", tuple(2 * part if part.ndim > 1 else part
                                                         for part in names["data"]["training"]))  # fmt: skip
    kept = names["build_network"]

    def watched(technique):
        import keras

        network, callbacks = kept(technique)
        losses.append([])
        note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: losses[-1].append(logs["val_loss"]))
        return network, [*callbacks, note]

    losses = []
    monkeypatch.setitem(names, "build_network", watched)
    row = names["run_experiment"]({"technique": "early stopping", "seed": 3, "epochs": 12})
    (seen,) = losses
    assert len(seen) == 4 + int(np.argmin(seen)) < 12
    assert row["epochs"] == 12
    assert row["validation_loss"] == pytest.approx(min(seen), rel=1e-4)


def test_a_table_has_each_pair_once(names):
    rows = names["run_all"](lambda config: {**config, "row": True}, ["a", "b", "c"], seeds=[4, 9], epochs=6)
    assert sorted((row["technique"], row["seed"]) for row in rows) == [(t, s) for t in "abc" for s in (4, 9)]
    assert {(row["epochs"], row["row"]) for row in rows} == {(6, True)}


def test_mean_and_spread_are_those_of_the_standard_library(names):
    rng = np.random.default_rng(8)
    numbers = {name: list(map(float, rng.uniform(size=count))) for name, count in (("a", 2), ("b", 5), ("c", 3))}
    rows = [{"technique": name, "validation_loss": each} for name, values in numbers.items() for each in values]
    found = names["summarize"]([rows[place] for place in rng.permutation(len(rows))], "validation_loss")
    assert found.keys() == numbers.keys()
    for name, values in numbers.items():
        assert found[name] == pytest.approx((statistics.mean(values), statistics.stdev(values)))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_examples_in_the_docstrings(names, exercise):
    found = doctest.DocTestFinder(recurse=False).find(names[exercise], exercise, globs=dict(names))
    runner = doctest.DocTestRunner()
    for example in found:
        runner.run(example)
    assert runner.failures == 0
    assert runner.tries > 0 or exercise == "run_experiment"  # which would have to train


# The data


def test_no_image_is_in_two_parts(names):
    parts = [images for images, _ in names["data"].values()]
    assert [len(images) for images in parts] == [1078, 359, 360]
    assert min(images.min() for images in parts) == 0
    assert max(images.max() for images in parts) == 1
    digits = names["load_digits"]()
    together = np.concatenate(parts).reshape(-1, 64) * 16
    assert sorted(map(tuple, together)) == sorted(map(tuple, digits.data))


def test_there_is_a_spread_for_every_technique(names):
    probes = {probe.name: probe for probe in exercises.assignments()[NAME].probes_of("run_all")}
    assert list(probes["new-run"].measure.__globals__["SPREADS"]) == list(names["TECHNIQUES"])
