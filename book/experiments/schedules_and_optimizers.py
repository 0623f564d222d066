"""Six schedules crossed with three optimizers, each pair at eight rates, on images that are never seen twice."""

from functools import partial

import keras
import numpy as np
from keras.optimizers.schedules import CosineDecay, ExponentialDecay, PolynomialDecay
from nn2.schedules import schedule_rates, train_with_rates

TOLERANCE = 0.2
ABSOLUTE = 0.03
SEEDS = (0, 1, 2, 3)
EPOCHS = 10
STEPS = EPOCHS * 34
PIXEL_NOISE = 0.5
GUESSING = 2.3  # where a lost run ends is chance: it counts as guessing
OPTIMIZERS = {
    "SGD": (keras.optimizers.SGD, 0.04),
    "momentum": (partial(keras.optimizers.SGD, momentum=0.9), 0.005),
    "Adam": (keras.optimizers.Adam, 0.00025),
}  # and the lowest of the rates; each next one is twice as large
SCHEDULES = {
    "constant": None,
    "exponential": ExponentialDecay(1.0, decay_steps=STEPS // 2, decay_rate=0.1),
    "linear": PolynomialDecay(1.0, decay_steps=STEPS, end_learning_rate=0.0),
    "cosine": CosineDecay(1.0, decay_steps=STEPS),
    "warm-up, cosine": CosineDecay(0.0, decay_steps=STEPS - 34, warmup_target=1.0, warmup_steps=34),
    "one cycle": CosineDecay(0.04, decay_steps=STEPS - 102, warmup_target=1.0, warmup_steps=102),
}


def rows() -> list[dict]:
    """A row for each optimizer, schedule and largest rate."""
    return [
        {"optimizer": optimizer, "schedule": schedule, "rate": lowest * 2**power}
        for optimizer, (_, lowest) in OPTIMIZERS.items()
        for schedule in SCHEDULES
        for power in range(8)
    ]


def run(optimizer: str, schedule: str, rate: float) -> dict:
    """Train from every seed; what is kept is after the last step, by seed."""
    shape = SCHEDULES[schedule]
    rates = rate * (np.ones(STEPS) if shape is None else schedule_rates(shape, STEPS))
    settings = {"seeds": SEEDS, "epochs": EPOCHS, "pixel_noise": PIXEL_NOISE}
    runs = train_with_rates(OPTIMIZERS[optimizer][0], rates[np.newaxis], **settings)
    found = {}
    for name in ("training_loss", "validation_loss"):
        found[name] = np.minimum(np.nan_to_num(getattr(runs, name)[0], nan=GUESSING), GUESSING).round(5)
    return found | {"test_accuracy": runs.test_accuracy[0].round(4)}
