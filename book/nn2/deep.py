"""Deep networks for the digits, and training them at several learning rates from several seeds."""

import numpy as np

from nn2.data import load_digits

__all__ = ["deep_network", "train_grid", "train_steps"]


def deep_network(*, depth, activation, initializer, seed, width=50, behind=None):
    """Build Flatten, hidden layers all alike, and ten units with softmax; not compiled.

    Parameters
    ----------
    depth, width : int
        How many hidden layers, and how many units in each.
    activation : str or callable
        Of the hidden layers, as Keras takes it.
    initializer : str or keras.initializers.Initializer
        Of the hidden layers' weights; it is cloned with a seed of its own for each. The last layer has Glorot's.
    seed : int
        Decides the initial weights; biases start at zero.
    behind : callable, optional
        Gives a fresh layer to put behind each hidden layer, such as ``keras.layers.BatchNormalization``.

    Returns
    -------
    keras.Sequential
        From images of shape (batch, 8, 8) to probabilities of shape (batch, 10).

    Examples
    --------
    >>> deep_network(depth=3, activation="relu", initializer="he_normal", seed=0, width=20).count_params()
    2350
    """
    import keras

    template = keras.initializers.get(initializer)
    *seeds, last = np.random.default_rng(seed).integers(2**31, size=depth + 1).tolist()
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten()])
    for layer_seed in seeds:
        config = template.get_config()
        fresh = type(template).from_config(config | {"seed": layer_seed} if "seed" in config else config)
        model.add(keras.layers.Dense(width, activation=activation, kernel_initializer=fresh))
        if behind is not None:
            model.add(behind())
    model.add(keras.layers.Dense(10, "softmax", kernel_initializer=keras.initializers.GlorotUniform(seed=last)))
    return model


def train_steps(model, examples, *, steps, seed, batch_size=32):
    """Train a compiled model for a number of steps, each on a full batch; every epoch deals the examples anew.

    Parameters
    ----------
    model : keras.Model
    examples : nn2.data.Examples
    steps, batch_size : int
    seed : int
        Decides the order of the examples, without touching any global generator.

    Returns
    -------
    float
        The mean loss over the steps, as Keras reports it.
    """
    rng, count = np.random.default_rng(seed), len(examples.targets)
    per_epoch = count // batch_size
    epochs = [rng.permutation(count)[: per_epoch * batch_size] for _ in range(-(-steps // per_epoch))]
    order = np.concatenate(epochs)[: steps * batch_size]
    inputs, targets = examples.inputs[order], examples.targets[order]
    return model.fit(inputs, targets, batch_size=batch_size, shuffle=False, verbose=0).history["loss"][-1]


def train_grid(make_network, make_optimizer, learning_rates, *, seeds, steps, batch_size=32):
    """Train a network at every learning rate from every seed, compiled only once.

    A seed decides the split, the initial weights and the order of the examples.

    Parameters
    ----------
    make_network : callable
        ``make_network(seed=...)`` gives a network that is not compiled.
    make_optimizer : callable
        Learning rate to a fresh Keras optimizer.
    learning_rates : sequence of floats
    seeds : sequence of ints
    steps, batch_size : int

    Returns
    -------
    dict of str to ndarray of shape (rates, seeds)
        ``training``, ``validation`` and ``test``: the share of right answers after training, in test mode. A network
        that has become NaN has the share of its guesses.
    """
    import keras

    shape = (len(learning_rates), len(seeds))
    found = {name: np.empty(shape) for name in ("training", "validation", "test")}
    model, optimizer = make_network(seed=seeds[0]), make_optimizer(float(learning_rates[0]))
    model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=False, steps_per_execution=min(steps, 34))
    optimizer.build(model.trainable_variables)
    untouched = [np.array(keras.ops.convert_to_numpy(variable)) for variable in optimizer.variables]
    for column, seed in enumerate(seeds):
        digits, start = load_digits(seed), make_network(seed=seed).get_weights()
        for row, learning_rate in enumerate(learning_rates):
            model.set_weights(start)
            for variable, value in zip(optimizer.variables, untouched, strict=True):
                variable.assign(value)
            optimizer.learning_rate = float(learning_rate)
            train_steps(model, digits.training, steps=steps, seed=seed, batch_size=batch_size)
            for name, shares in found.items():
                inputs, targets = getattr(digits, name)
                guesses = keras.ops.convert_to_numpy(model(inputs, training=False)).argmax(axis=1)
                shares[row, column] = np.mean(guesses == targets)
    return found
