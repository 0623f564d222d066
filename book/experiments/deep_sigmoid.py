"""Sigmoid networks of 3 and of 20 hidden layers on the digits: seven rates, two optimizers, three seeds each."""

from functools import partial

import numpy as np

TOLERANCE = 0.1
ABSOLUTE = 0.2  # shares of right answers of single runs

RATES = {"SGD": np.geomspace(0.01, 100, 7), "Adam": np.geomspace(1e-4, 1, 7)}


def rows():
    """One row for each depth, optimizer and rate."""
    return [
        {"depth": depth, "optimizer": optimizer, "rate": round(float(rate), 6)}
        for depth in (3, 20)
        for optimizer, rates in RATES.items()
        for rate in rates
    ]


def run(depth, optimizer, rate):
    """Train for 300 steps of 32 digits; the share of right answers on the validation set, by seed."""
    import keras
    from nn2.deep import deep_network, train_grid

    make = partial(deep_network, depth=depth, activation="sigmoid", initializer="glorot_uniform")
    found = train_grid(make, getattr(keras.optimizers, optimizer), [rate], seeds=(0, 1, 2), steps=300)
    return {"validation": found["validation"][0]}
