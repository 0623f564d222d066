"""Constant rates against one lowered once, on images that can be learned by heart and on ever-new noisy ones."""

import keras
import numpy as np
from nn2.schedules import train_with_rates

TOLERANCE = 0.15
ABSOLUTE = 0.02
SEEDS = (0, 1, 2, 3, 4)
EPOCHS = 40
DROP = 25  # epochs at the first rate
RATES = {"large": (0.32, 0.32), "small": (0.032, 0.032), "lowered": (0.32, 0.032)}


def rows() -> list[dict]:
    """A row for each kind of data and each pair of rates."""
    return [{"pixel_noise": noise, "rate": name} for noise in (0.0, 0.5) for name in RATES]


def run(pixel_noise: float, rate: str) -> dict:
    """Train from every seed; the losses are those of each epoch's batches, and of all examples at the end."""
    first, second = RATES[rate]
    rates = np.where(np.arange(EPOCHS * 34) < DROP * 34, first, second)
    settings = {"seeds": SEEDS, "epochs": EPOCHS, "pixel_noise": pixel_noise}
    runs = train_with_rates(keras.optimizers.SGD, rates[np.newaxis], **settings)
    return {"batch_loss": runs.batch_loss[0].round(5), "training_loss": runs.training_loss[0].round(5)}
