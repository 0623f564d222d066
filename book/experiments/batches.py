"""Batch sizes from one example to all: the week-1 network, each size at several rates, equal examples for all."""

import numpy as np
from nn2.data import load_digits
from nn2.networks import week1_network

SIZES = {1: (-2.5, -1.0), 4: (-2.0, -0.5), 32: (-1.5, 0.0), 128: (-1.5, 0.0), 1078: (-1.5, 0.0)}
SEEDS, EPOCHS = (0, 1, 2), 8
TOLERANCE, ABSOLUTE = 0.25, 0.02  # thousands of steps amplify the last digit of a sum


def rows():
    """Each size with rates that are factors of the root of 10 apart."""
    return [
        {"batch_size": size, "exponent": float(exponent)}
        for size, (low, high) in SIZES.items()
        for exponent in np.arange(low, high + 0.25, 0.5)
    ]


def run(batch_size, exponent):
    """Validation loss after each epoch, the mean over seeds, and its range at the end."""
    import keras

    curves, accuracies = [], []
    for seed in SEEDS:
        digits = load_digits(seed)
        network = week1_network(seed=seed)
        keras.utils.set_random_seed(seed)  # the order of the examples
        network.compile(
            keras.optimizers.SGD(10**exponent), loss=network.loss, metrics=["accuracy"], steps_per_execution=64
        )
        history = network.fit(
            *digits.training, batch_size=batch_size, epochs=EPOCHS, validation_data=digits.validation, verbose=0
        ).history
        curves.append(np.nan_to_num(history["val_loss"], nan=99.0).clip(max=99.0))
        accuracies.append(history["val_accuracy"][-1])
    curves = np.array(curves)
    return {
        "validation_loss": curves.mean(axis=0).round(4),
        "last_losses": curves[:, -1].round(4),
        "accuracy": round(float(np.mean(accuracies)), 4),
    }
