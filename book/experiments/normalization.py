"""Batch and layer normalization on the digits: over weight scales, learning rates and batch sizes, three seeds each."""

from functools import partial

import numpy as np

TOLERANCE = 0.1
ABSOLUTE = 0.2  # shares of right answers of single runs, some of them at the edge of divergence

SCALES = [round(float(scale), 5) for scale in np.geomspace(0.001, 10, 21)]
RATES = [round(float(rate), 4) for rate in np.geomspace(0.001, 100, 11)]


def rows():
    """The three studies; a row holds one network under one condition."""
    found = [{"study": "scale", "kind": kind, "scale": scale} for scale in SCALES for kind in ("plain", "batch")]
    found += [
        {"study": "rate", "kind": kind, "depth": depth, "part": part}
        for depth in (5, 20)
        for kind in ("plain", "batch", "layer")
        for part in (0, 1, 2)
    ]
    sizes = (2, 4, 8, 32, 128)
    return found + [
        {"study": "size", "kind": kind, "size": size} for size in sizes for kind in ("plain", "batch", "layer")
    ]


def run(study, kind, scale=None, depth=5, part=0, size=32):
    """Train ReLU layers of 50 units with SGD; validation and test shares of shape (rates, seeds)."""
    import keras
    from nn2.deep import deep_network, train_grid

    behind = {
        "plain": None,
        "batch": partial(keras.layers.BatchNormalization, momentum=0.9),
        "layer": keras.layers.LayerNormalization,
    }[kind]
    weights = keras.initializers.RandomNormal(stddev=scale) if study == "scale" else "he_normal"
    make = partial(deep_network, depth=depth, activation="relu", initializer=weights, behind=behind)
    rates = RATES[part::3] if study == "rate" else (0.01, 0.1, 1.0)
    steps = 600 if study == "size" else 200
    found = train_grid(make, keras.optimizers.SGD, rates, seeds=(0, 1, 2), steps=steps, batch_size=size)
    return {"rates": list(rates), "validation": found["validation"], "test": found["test"]}
