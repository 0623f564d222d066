"""ReduceLROnPlateau with three patiences, a constant rate and a calendar, on images that are never seen twice."""

import keras
import numpy as np
from nn2.data import Examples, load_digits
from nn2.networks import BATCH_SIZE, week1_network
from nn2.schedules import noisy
from nn2.training import loss_and_accuracy

TOLERANCE = 0.15  # a rate lowered an epoch sooner or later changes the rest of a run
ABSOLUTE = 0.05
SEEDS = (0, 1, 2, 3, 4)
EPOCHS = 40
RATE, FACTOR = 0.32, 0.3
PIXEL_NOISE = 0.5
CALENDAR = keras.optimizers.schedules.PiecewiseConstantDecay([19, 29], [RATE, RATE * FACTOR, RATE * FACTOR**2])
PLANS = {
    "constant": [],
    "calendar": [lambda: keras.callbacks.LearningRateScheduler(lambda epoch: float(CALENDAR(epoch)))],
    "patience 2": [lambda: keras.callbacks.ReduceLROnPlateau(factor=FACTOR, patience=2)],
    "patience 4": [lambda: keras.callbacks.ReduceLROnPlateau(factor=FACTOR, patience=4)],
    "patience 8": [lambda: keras.callbacks.ReduceLROnPlateau(factor=FACTOR, patience=8)],
}


def rows() -> list[dict]:
    """A row for each plan and seed."""
    return [{"plan": plan, "seed": seed} for plan in PLANS for seed in SEEDS]


def run(plan: str, seed: int) -> dict:
    """Train; return validation loss and rate of each epoch, and the loss at the end over four draws of each image."""
    digits, network = load_digits(seed), week1_network(seed=seed)
    inner = keras.Sequential([keras.Input((8, 8)), keras.layers.GaussianNoise(PIXEL_NOISE, seed=seed), network])
    inner.compile(optimizer=keras.optimizers.SGD(RATE), loss=network.loss, steps_per_execution=34, jit_compile=False)
    four = [Examples(*(np.concatenate([part] * 4) for part in examples)) for examples in digits]
    training, _, test = (noisy(part, PIXEL_NOISE, np.random.default_rng(0)) for part in four)
    validation = noisy(digits.validation, PIXEL_NOISE, np.random.default_rng(0))
    keras.utils.set_random_seed(seed)  # decides the orders in which the examples come
    settings = {"batch_size": BATCH_SIZE, "epochs": EPOCHS, "verbose": 0}
    settings |= {"validation_data": tuple(validation), "validation_batch_size": len(validation.targets)}
    callbacks = [make() for make in PLANS[plan]]
    history = inner.fit(*digits.training, callbacks=callbacks, **settings).history
    return {
        "rate": np.round(history.get("learning_rate", [RATE] * EPOCHS), 6),
        "validation_loss": np.round(history["val_loss"], 4),
        "training_loss": round(loss_and_accuracy(network, training)[0], 5),
        "test_accuracy": round(loss_and_accuracy(network, test)[1], 4),
    }
