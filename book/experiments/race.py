"""The honest race: eleven optimizers on the week-1 network, each at every rate of a grid of its own, from five seeds.

Only the learning rate is tuned; all other settings are Keras's defaults, apart from the momentum of 0.9, and from
Muon's output layer and biases, which its authors leave to AdamW. Every optimizer starts from the same five networks and
sees the same batches, so that the budget of a row is 5 trainings of 10 epochs of 34 steps.
"""

SEEDS = (0, 1, 2, 3, 4)
EPOCHS = 10
LATTICE = [digit * 10.0**power for power in range(-5, 3) for digit in (1, 2, 5)]
GRIDS = {  # the lowest and the highest rate of the grid
    "SGD": (0.01, 2.0),
    "momentum": (0.001, 0.2),
    "Nesterov": (0.001, 0.2),
    "Adagrad": (0.005, 1.0),
    "RMSprop": (0.0001, 0.02),
    "Adadelta": (0.1, 20.0),
    "Adam": (0.0002, 0.05),
    "AdamW": (0.0002, 0.05),
    "Nadam": (0.0002, 0.05),
    "Lion": (0.00002, 0.005),
    "Muon": (0.0005, 0.1),
}
SHARED = (0.001, 0.01, 0.1)  # every optimizer runs at these, too, for the race that is not fair
WORST = 16.2  # no loss is kept that is larger, and "not a number" is kept as this: -log(1e-7) is 16.1
TOLERANCE, ABSOLUTE = 0.1, 0.05


def on_grid(name):
    """Return the rates of an optimizer's grid, from 1, 2 and 5 times the powers of ten."""
    low, high = GRIDS[name]
    return [rate for rate in LATTICE if 0.99 * low < rate < 1.01 * high]


def rows():
    """Return the settings of every row: each optimizer at the rates of its grid, and at the shared ones."""
    settings = []
    for name in GRIDS:
        rates = on_grid(name)
        extra = [rate for rate in SHARED if min(abs(rate / other - 1) for other in rates) > 0.01]
        for rate in sorted(rates + extra):
            settings.append({"optimizer": name, "learning_rate": float(f"{rate:.6g}"), "tuning": rate not in extra})
    return settings


def maker(name):
    """Return a function from a learning rate to a fresh Keras optimizer."""
    import keras

    optimizers = keras.optimizers
    special = {
        "momentum": lambda rate: optimizers.SGD(rate, momentum=0.9),
        "Nesterov": lambda rate: optimizers.SGD(rate, momentum=0.9, nesterov=True),
        "Muon": lambda rate: optimizers.Muon(rate, exclude_layers=["dense_2"]),  # the output layer
    }
    return special.get(name) or getattr(optimizers, name)


def run(optimizer, learning_rate, tuning):
    """Train from every seed at one rate; `tuning` says whether the rate is one of the grid.

    Returns
    -------
    dict of lists
        One number a seed, but ``loss_by_epoch``: the mean training loss of each epoch, over the seeds.
    """
    import keras
    import numpy as np
    from nn2.training import sweep

    keras.utils.clear_session()  # so that the layers are called dense, dense_1 and dense_2
    result = sweep(maker(optimizer), [learning_rate], seeds=SEEDS, epochs=EPOCHS)
    losses, validation_loss = (
        np.minimum(np.nan_to_num(values[0], nan=WORST), WORST)
        for values in (result.training_loss, result.validation_loss)
    )
    return {
        "training_loss": losses[:, -1].tolist(),
        "validation_loss": validation_loss.tolist(),
        "validation_accuracy": result.validation_accuracy[0].tolist(),
        "test_accuracy": result.test_accuracy[0].tolist(),
        "loss_by_epoch": losses.mean(axis=0).tolist(),
    }
