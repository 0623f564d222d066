"""Narrow networks that look stuck, trained on: the loss after 500, 1,000, … 32,000 steps, and the units that died.

The network is the week-1 network cut down to one hidden layer of four units, from eight starts.
"""

import numpy as np
from nn2.data import load_digits
from nn2.dense import flatten, gradient, loss, unflatten

SIZES = (64, 4, 10)
STEPS = tuple(500 * 2**power for power in range(7))

# 32,000 noisy steps double a difference in the last digit again and again: another processor may end elsewhere.
TOLERANCE = 0.5
ABSOLUTE = 0.1


def rows():
    """Return the settings of each training: the seed of initial weights and batches."""
    return [{"seed": seed} for seed in range(8)]


def run(seed):
    """Train once; the loss over all training examples and the gradient's length at each of `STEPS`, and dead units."""
    inputs, targets = load_digits(0).training
    rng = np.random.default_rng(seed)
    reach = [np.sqrt(6 / (SIZES[0] + SIZES[1])), np.sqrt(6 / (SIZES[1] + SIZES[2]))]  # Glorot's, as Keras starts
    weights = flatten(
        [
            rng.uniform(-reach[0], reach[0], SIZES[:2]),
            np.zeros(SIZES[1]),
            rng.uniform(-reach[1], reach[1], SIZES[1:]),
            np.zeros(SIZES[2]),
        ]
    )
    losses, lengths = [], []
    for step in range(1, STEPS[-1] + 1):
        chosen = rng.integers(len(targets), size=32)
        weights -= 0.1 * gradient(weights, inputs[chosen], targets[chosen], SIZES)
        if step in STEPS:
            losses.append(loss(weights, inputs, targets, SIZES))
            lengths.append(float(np.linalg.norm(gradient(weights, inputs, targets, SIZES))))
    kernel, bias = unflatten(weights, SIZES)[:2]
    active = (inputs.reshape(len(inputs), -1) @ kernel + bias > 0).mean(axis=0)
    return {"steps": list(STEPS), "loss": losses, "gradient": lengths, "dead": int((active == 0).sum())}
