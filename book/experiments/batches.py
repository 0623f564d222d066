"""Batch sizes from 1 to all, each at its own learning rates: the loss over epochs on the week-1 network.

A seed decides the split, the initial weights and the order of the examples. The first 1,024 training examples are used,
so that every batch size is a power of four and every epoch ends with a full batch.
"""

import numpy as np
from nn2.data import load_digits
from nn2.dense import accuracy, gradient, loss, week1_start

EXAMPLES = 1024
EPOCHS = {1: 8, 4: 16, 16: 64, 64: 128, 256: 256, 1024: 512}  # half a second of training or more
RATES = {  # factors of the root of ten, around the best
    1: (-2.5, -2, -1.5, -1),
    4: (-2, -1.5, -1, -0.5),
    16: (-1.5, -1, -0.5, 0),
    64: (-1.5, -1, -0.5, 0),
    256: (-1.5, -1, -0.5, 0),
    1024: (-1.5, -1, -0.5, 0),
}
SEEDS = (0, 1, 2)

# A training of many noisy steps doubles a difference in the last digit again and again, so another processor ends at
# another small loss; and a rate at the edge of what is stable ends anywhere.
TOLERANCE = 0.5
ABSOLUTE = 0.1


def rows():
    """Return the settings of each training: batch size, exponent of ten of the learning rate, seed."""
    return [
        {"batch": batch, "exponent": exponent, "seed": seed}
        for batch, exponents in RATES.items()
        for exponent in exponents
        for seed in SEEDS
    ]


def bounded(value):
    """Return a loss that is a number: at most 10, which also stands for one that has overflowed."""
    return float(np.clip(np.nan_to_num(value, nan=10.0), 0.0, 10.0))


def run(batch, exponent, seed):
    """Train once; losses after 1, 2, 4, … epochs, and the accuracies on the test set then."""
    digits, rng = load_digits(seed), np.random.default_rng(seed)
    inputs, targets = (part[:EXAMPLES] for part in digits.training)
    weights, rate = week1_start(seed), np.float32(10.0**exponent)
    found = {"epochs": [], "training_loss": [], "validation_loss": [], "test_accuracy": []}
    with np.errstate(all="ignore"):
        for epoch in range(1, EPOCHS[batch] + 1):
            for chosen in rng.permutation(EXAMPLES).reshape(-1, batch):
                weights -= rate * gradient(weights, inputs[chosen], targets[chosen])
            if (epoch & (epoch - 1)) == 0:  # a power of two
                found["epochs"].append(epoch)
                found["training_loss"].append(bounded(loss(weights, inputs, targets)))
                found["validation_loss"].append(bounded(loss(weights, *digits.validation)))
                found["test_accuracy"].append(accuracy(weights, *digits.test))
    return found
