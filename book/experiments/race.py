"""The honest race: twelve optimizers on the week-1 network, each at every rate of a grid of its own, from five seeds.

Only the learning rate is tuned; all other settings are Keras's defaults, apart from the momentum of 0.9, and from
Muon's output layer and biases, which its authors leave to AdamW. Every optimizer starts from the same five networks and
sees the same batches, so that the budget of a row is 5 trainings of 10 epochs of 34 steps.
"""

SEEDS = (0, 1, 2, 3, 4)
EPOCHS = 10
LATTICE = [digit * 10.0**power for power in range(-5, 3) for digit in (1, 2, 5)]
GRIDS = {  # the lowest and the highest rate of the grid
    "SGD": (0.005, 1.0),
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
    "Schedule-free": (0.0005, 0.1),
}
SHARED = (0.001, 0.01, 0.1)  # every optimizer runs at these, too, for the race that is not fair
WORST = 16.2  # -log(1e-7) is 16.1; a training that has once been worse counts as this bad from then on
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
    if name == "Schedule-free":
        return schedule_free()
    return special.get(name) or getattr(optimizers, name)


def schedule_free():
    """Return Keras's ScheduleFreeAdamW, as a class whose sequence z starts at the model's weights.

    Keras copies the weights when the optimizer is built; `sweep` builds it once and then starts from other weights.
    The model is judged as Keras leaves it, at y = 0.1 z + 0.9 x, not at the average x.
    """
    import keras

    class ScheduleFree(keras.optimizers.ScheduleFreeAdamW):
        def update_step(self, gradient, variable, learning_rate):
            z = self._momentums[self._get_variable_index(variable)]
            self.assign(z, keras.ops.where(self.iterations == 0, variable, z))
            super().update_step(gradient, variable, learning_rate)

    return ScheduleFree


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
    losses = result.training_loss[0].copy()
    diverged = np.maximum.accumulate(~(losses <= WORST), axis=1)  # "not a number" is not better, either
    losses[diverged] = WORST
    validation_loss = np.where(result.validation_loss[0] <= WORST, result.validation_loss[0], WORST)
    return {
        "training_loss": losses[:, -1].tolist(),
        "validation_loss": validation_loss.tolist(),
        "validation_accuracy": result.validation_accuracy[0].tolist(),
        "test_accuracy": result.test_accuracy[0].tolist(),
        "loss_by_epoch": losses.mean(axis=0).tolist(),
    }
