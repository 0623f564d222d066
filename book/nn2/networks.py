"""The week-1 network, which the whole course trains."""

import numpy as np

__all__ = ["BATCH_SIZE", "EPOCHS", "LEARNING_RATE", "week1_network"]

BATCH_SIZE = 32
EPOCHS = 20
LEARNING_RATE = 0.01


def week1_network(*, seed):
    """Build and compile Flatten-300-100-10 with ReLU, ReLU and softmax.

    It is compiled with sparse categorical cross-entropy, ``SGD(0.01)`` and the metric accuracy; compile it again to
    change the optimizer. The course trains it with batches of `BATCH_SIZE` for `EPOCHS` epochs.

    Parameters
    ----------
    seed : int
        Decides the initial weights (Glorot uniform, Keras's default); biases start at zero.

    Returns
    -------
    keras.Sequential
        From images of shape (batch, 8, 8) to probabilities of shape (batch, 10).
    """
    import keras

    seeds = np.random.default_rng(seed).integers(2**31, size=3).tolist()
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten()], name="week1")
    for units, activation, layer_seed in zip((300, 100, 10), ("relu", "relu", "softmax"), seeds, strict=True):
        initializer = keras.initializers.GlorotUniform(seed=layer_seed)
        model.add(keras.layers.Dense(units, activation=activation, kernel_initializer=initializer))
    model.compile(
        optimizer=keras.optimizers.SGD(LEARNING_RATE), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model
