"""The week-1 network at constant learning rates from far too small to far too large: where is the edge?"""

import keras
import numpy as np
from nn2.schedules import train_with_rates

TOLERANCE = 0.2  # near the edge of divergence a run hangs on the last digit of every sum
ABSOLUTE = 0.02
SEEDS = range(8)
EPOCHS = 20
RATES = [0.00125 * 2**power for power in range(12)]
GUESSING = 2.3  # the loss of giving every digit the same probability; where a lost run ends is chance


def rows() -> list[dict]:
    """A row for each learning rate."""
    return [{"rate": rate} for rate in RATES]


def run(rate: float) -> dict:
    """Train from every seed, and keep the quartiles over the seeds. A lost run counts as guessing."""
    steps = EPOCHS * 34
    runs = train_with_rates(keras.optimizers.SGD, np.full((1, steps), rate), seeds=SEEDS, epochs=EPOCHS)
    by_epoch = np.minimum(np.nan_to_num(runs.batch_loss[0], nan=GUESSING), GUESSING)
    at_the_end = np.minimum(np.nan_to_num(runs.training_loss[0], nan=GUESSING), GUESSING)
    return {
        "batch_loss": np.quantile(by_epoch, (0.25, 0.5, 0.75), axis=0).round(4),
        "training_loss": np.quantile(at_the_end, (0.25, 0.5, 0.75)).round(4),
        "test_accuracy": np.quantile(runs.test_accuracy[0], (0.25, 0.5, 0.75)).round(4),
    }
