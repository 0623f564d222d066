"""Train copies of one network side by side, each with its own examples, start and order: ten seeds for little more.

A copy is what it would be alone: no weight, no example and no gradient is shared. That the copies stand in one Keras
model only saves the time that Keras needs around each step.
"""

from dataclasses import dataclass

import numpy as np

from nn2.data import Examples, load_digits
from nn2.networks import BATCH_SIZE

__all__ = ["Curves", "few_digits", "moons", "train_copies", "type_carelessly"]


def few_digits(seed, *, examples, careless=0.0):
    """Load the digits, keep few of them for training, and let a careless hand type some of the labels of those.

    Parameters
    ----------
    seed : int
        Decides the split, which labels are careless, and what was typed: a digit from 0 to 9, all alike likely.
    examples : int
        How many training examples to keep, from the first.
    careless : float
        The share of training labels typed carelessly, from 0 to 1; one in ten of them is right by chance. Labels of
        validation and test examples are the true ones.

    Returns
    -------
    nn2.data.Digits

    Examples
    --------
    >>> digits = few_digits(0, examples=100, careless=0.2)
    >>> len(digits.training.targets), len(digits.test.targets)
    (100, 360)
    """
    digits = load_digits(seed)
    kept = Examples(*(values[:examples] for values in digits.training))
    return digits._replace(training=type_carelessly(kept, careless, rng=np.random.default_rng([seed, 1])))


def type_carelessly(examples, share, *, rng):
    """Let a careless hand type a share of the labels: a digit from 0 to 9, all alike likely, whatever is in the image.

    Parameters
    ----------
    examples : nn2.data.Examples
    share : float
        From 0 to 1; one in ten of them is right by chance.
    rng : numpy.random.Generator

    Returns
    -------
    nn2.data.Examples
        The same inputs, and a new array of targets.

    Examples
    --------
    >>> ones = Examples(np.zeros((8, 8, 8)), np.ones(8, dtype=int))
    >>> type_carelessly(ones, 0.0, rng=np.random.default_rng(0)).targets.tolist()
    [1, 1, 1, 1, 1, 1, 1, 1]
    """
    typed, labels = rng.random(len(examples.targets)) < share, rng.integers(0, 10, size=len(examples.targets))
    return Examples(examples.inputs, np.where(typed, labels, examples.targets))


def moons(count, *, noise, rng):
    r"""Draw two interleaved half-circles of points.

    The points of class 0 lie at :math:`(\cos\theta, \sin\theta)`, those of class 1 at
    :math:`(1 - \cos\theta, \tfrac12 - \sin\theta)`, with :math:`\theta` uniform from 0 to :math:`\pi` and normal noise
    on both coordinates.

    Parameters
    ----------
    count : int
        Points in all; the classes alternate.
    noise : float
        Standard deviation of the noise.
    rng : numpy.random.Generator

    Returns
    -------
    nn2.data.Examples
        Inputs of shape (count, 2), float32; targets 0 or 1.

    Examples
    --------
    >>> points, classes = moons(4, noise=0.0, rng=np.random.default_rng(0))
    >>> points.shape, classes.tolist()
    ((4, 2), [0, 1, 0, 1])
    """
    angles, classes = np.pi * rng.random(count), np.arange(count) % 2
    upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = np.where(classes[:, None] == 0, upper, [1.0, 0.5] - upper)
    return Examples((points + noise * rng.normal(size=points.shape)).astype("float32"), classes)


@dataclass(frozen=True)
class Curves:
    """What was measured while copies trained: always with the whole network, nothing dropped, no penalty in the loss.

    Parameters
    ----------
    epochs : ndarray of shape (measurements,)
        After how many epochs each measurement was taken; 0 is the start.
    loss, accuracy : dict of str to ndarray of shape (measurements, copies)
        Cross-entropy and share of right answers by part: ``training``, ``validation``, ``test``, as the data has them.
    network : keras.Model
        All copies as they ended: from inputs of shape (batch, copies, features) to probabilities of shape (batch,
        copies, classes). The copies stand along the first axis of each kernel and bias.
    """

    epochs: np.ndarray
    loss: dict
    accuracy: dict
    network: object


def stacked(parts):
    """Put the examples of all copies side by side: inputs (examples, copies, ...) and targets (examples, copies)."""
    return np.stack([part.inputs for part in parts], axis=1), np.stack([part.targets for part in parts], axis=1)


def side_by_side(inputs_shape, widths, seeds, *, regularizer, rate):
    """Build the network of all copies, ReLU and then softmax; copy i starts as ``week1_network(seed=seeds[i])``."""
    import keras

    copies, model, fan_in = len(seeds), keras.Sequential([keras.Input(inputs_shape)]), inputs_shape[-1]
    drawn = [np.random.default_rng(seed).integers(2**31, size=len(widths)).tolist() for seed in seeds]
    initial = []
    for layer, width in enumerate(widths):
        last = layer == len(widths) - 1
        model.add(
            keras.layers.EinsumDense(
                "bci,cio->bco",
                (copies, width),
                bias_axes="co",
                activation="softmax" if last else "relu",
                kernel_regularizer=regularizer,
            )
        )
        if rate and not last:
            model.add(keras.layers.Dropout(rate, seed=layer))
        starts = [keras.initializers.GlorotUniform(seed=row[layer])((fan_in, width)) for row in drawn]
        initial += [np.stack([keras.ops.convert_to_numpy(start) for start in starts]), np.zeros((copies, width))]
        fan_in = width
    model.set_weights(initial)
    return model


def batches_of_copies(inputs, targets, *, epochs, seeds, batch_size, shift):
    """Return a ``keras.utils.PyDataset`` of all epochs, one after the other; each copy has an order of its own.

    With ``shift``, each image of shape (height, width) is moved by up to that many pixels, anew in every epoch.
    """
    import keras

    examples, copies = targets.shape
    orders = [np.random.default_rng(seed) for seed in seeds]
    orders = np.stack([[rng.permutation(examples) for _ in range(epochs)] for rng in orders], axis=-1)
    moves = np.random.default_rng(seeds[0])
    columns = np.arange(copies)

    class Batches(keras.utils.PyDataset):
        batches_per_epoch = -(-examples // batch_size)

        def __len__(self):
            return epochs * self.batches_per_epoch

        def __getitem__(self, index):
            epoch, batch = divmod(index, self.batches_per_epoch)
            rows = orders[epoch, batch * batch_size : (batch + 1) * batch_size]
            chosen = inputs[rows, columns]
            if shift:
                chosen = moved(chosen, moves.integers(-shift, shift + 1, size=(2, *rows.shape)))
            return chosen.reshape(*rows.shape, -1), targets[rows, columns]

    return Batches()


def moved(images, moves):
    """Move images of shape (..., height, width) by whole pixels, down and right; paper (0) comes in at the edges.

    ``moves`` is an integer array of shape (2, ...).

    Examples
    --------
    >>> moved(np.array([[[1, 2], [3, 4]]]), np.array([[1], [0]])).tolist()
    [[[0, 0], [1, 2]]]
    """
    height, width = images.shape[-2:]
    margin = int(np.abs(moves).max(initial=0))
    padded = np.pad(images, [(0, 0)] * (images.ndim - 2) + [(margin, margin)] * 2)
    rows = (np.arange(height) + margin - moves[0][..., None])[..., :, None]
    columns = (np.arange(width) + margin - moves[1][..., None])[..., None, :]
    places = np.ogrid[tuple(slice(size) for size in images.shape[:-2])]
    return padded[(*(place[..., None, None] for place in places), rows, columns)]


def train_copies(
    data, *, seeds, epochs, widths=(300, 100, 10), optimizer=None, regularizer=None, rate=0.0, shift=0, batch_size=None,
    measure=1,
):  # fmt: skip
    """Train a copy of one network on each of several sets of examples.

    Parameters
    ----------
    data : sequence of nn2.data.Digits, or of other named tuples of nn2.data.Examples
        For each copy what it is measured on, by part; the part ``training`` is what it trains on. A part has equally
        many examples for all copies.
    seeds : sequence of ints
        For each copy: decides its initial weights and the order of its examples.
    epochs : int
    widths : tuple of ints
        Units of each layer: ReLU, the last one softmax. The default is the week-1 network.
    optimizer : keras.optimizers.Optimizer, optional
        One that treats each weight by itself; ``SGD(0.01, momentum=0.9)`` by default.
    regularizer : keras.regularizers.Regularizer, optional
        On every kernel, on no bias.
    rate : float
        The share that dropout drops after each hidden layer.
    shift : int
        Move each training image by up to so many pixels, anew in every epoch.
    batch_size : int, optional
        The course's 32 by default.
    measure : int
        Measure after every so many epochs.

    Returns
    -------
    Curves
    """
    import keras

    inputs, targets = stacked([one.training for one in data])
    shape = (len(seeds), int(np.prod(inputs.shape[2:])))
    model = side_by_side(shape, widths, seeds, regularizer=regularizer, rate=rate)
    parts = {name: stacked([getattr(one, name) for one in data]) for name in data[0]._fields}
    parts = {name: (part.reshape(-1, *shape), of_part) for name, (part, of_part) in parts.items()}
    loss, accuracy = {name: [] for name in parts}, {name: [] for name in parts}

    def take_measure():
        for name, (part, wanted) in parts.items():
            probabilities = keras.ops.convert_to_numpy(model(part, training=False))
            of_the_target = np.take_along_axis(probabilities, wanted[..., None], axis=-1)[..., 0]
            loss[name].append(-np.log(np.maximum(of_the_target, 1e-7)).mean(axis=0))
            accuracy[name].append((probabilities.argmax(axis=-1) == wanted).mean(axis=0))

    class Measure(keras.callbacks.Callback):
        done = 0

        def on_train_batch_end(self, batch, logs=None):  # called once for each epoch's batches, see steps_per_execution
            self.done += 1
            if self.done % measure == 0:
                take_measure()

    batches = batches_of_copies(
        inputs, targets, epochs=epochs, seeds=seeds, batch_size=batch_size or BATCH_SIZE, shift=shift
    )
    model.compile(
        optimizer=optimizer or keras.optimizers.SGD(0.01, momentum=0.9),
        loss="sparse_categorical_crossentropy",
        loss_weights=[float(len(seeds))],  # Keras takes the mean over copies; each is to have its own loss, whole
        steps_per_execution=batches.batches_per_epoch,
        jit_compile=False,
    )
    take_measure()
    model.fit(batches, shuffle=False, verbose=0, callbacks=[Measure()])
    return Curves(
        np.arange(0, epochs + 1, measure),
        {name: np.array(values) for name, values in loss.items()},
        {name: np.array(values) for name, values in accuracy.items()},
        model,
    )
