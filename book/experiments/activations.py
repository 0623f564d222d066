"""Activations and initial weights on the digits, in 3 and in 20 hidden layers: five or six rates, three seeds each."""

from functools import partial

TOLERANCE = 0.1
ABSOLUTE = 0.2  # shares of right answers of single runs, some of them at the edge of divergence

PAIRS = [
    ("sigmoid", "glorot_uniform"),
    ("tanh", "glorot_uniform"),
    ("relu", "glorot_uniform"),
    ("relu", "he_normal"),
    ("leaky_relu", "he_normal"),
    ("elu", "he_normal"),
    ("selu", "lecun_normal"),
    ("gelu", "he_normal"),
]
RATES = {"SGD": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0), "Adam": (0.0001, 0.0003, 0.001, 0.003, 0.01)}


def rows():
    """One row for each pair, depth and optimizer."""
    return [
        {"activation": activation, "initializer": initializer, "depth": depth, "optimizer": optimizer}
        for depth in (3, 20)
        for optimizer in RATES
        for activation, initializer in PAIRS
    ]


def run(activation, initializer, depth, optimizer):
    """Train for 200 steps of 32 digits; validation and test shares of shape (rates, seeds)."""
    import keras
    from nn2.deep import deep_network, train_grid

    make = partial(deep_network, depth=depth, activation=activation, initializer=initializer)
    optimizer_class = getattr(keras.optimizers, optimizer)
    found = train_grid(make, optimizer_class, RATES[optimizer], seeds=(0, 1, 2), steps=200)
    return {"rates": list(RATES[optimizer]), "validation": found["validation"], "test": found["test"]}
