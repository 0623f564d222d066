"""Constant, power and exponential schedules, each at seven initial rates, with data learned by heart and without."""

import keras
import numpy as np
from nn2.schedules import train_with_rates

TOLERANCE = 0.2
ABSOLUTE = 0.02
SEEDS = (0, 1, 2, 3, 4)
EPOCHS = 20
STEPS = EPOCHS * 34
RATES = [0.04 * 2**power for power in range(7)]
GUESSING = 2.3  # where a lost run ends is chance: it counts as guessing
SHAPES = {
    "constant": np.ones(STEPS),
    "power, c = 1/2": 1 / np.sqrt(1 + np.arange(STEPS) / (STEPS / 10)),
    "power, c = 1": 1 / (1 + np.arange(STEPS) / (STEPS / 10)),
    "exponential": 0.1 ** (np.arange(STEPS) / (STEPS / 2)),
}


def rows() -> list[dict]:
    """A row for each kind of data, schedule and initial rate."""
    return [
        {"pixel_noise": noise, "schedule": name, "rate": rate}
        for noise in (0.0, 0.5)
        for name in SHAPES
        for rate in RATES
    ]


def run(pixel_noise: float, schedule: str, rate: float) -> dict:
    """Train from every seed; what is kept is after the last step, by seed."""
    settings = {"seeds": SEEDS, "epochs": EPOCHS, "pixel_noise": pixel_noise}
    runs = train_with_rates(keras.optimizers.SGD, rate * SHAPES[schedule][np.newaxis], **settings)
    found = {}
    for name in ("training_loss", "validation_loss"):
        found[name] = np.minimum(np.nan_to_num(getattr(runs, name)[0], nan=GUESSING), GUESSING).round(5)
    return found | {"test_accuracy": runs.test_accuracy[0].round(4)}
