"""How large updates are beside the weights, for three optimizers at six rates each, and how well each rate trains."""

import numpy as np
from nn2.data import load_digits
from nn2.networks import EPOCHS, week1_network
from nn2.training import loss_and_accuracy, shuffled_batches

TOLERANCE = 0.1
ABSOLUTE = 0.02

SEEDS = range(3)
GRIDS = {
    "SGD": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    "momentum": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    "Adam": (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03),
}


def rows():
    """Every optimizer at its six rates."""
    return [{"optimizer": name, "learning_rate": rate} for name, grid in GRIDS.items() for rate in grid]


def kernels(model):
    """The weights of the three Dense layers, as they now are."""
    return [np.array(weights) for weights in model.get_weights()[::2]]


def run(*, optimizer, learning_rate):
    """Train from every seed; the logarithms (base 10) of ‖ΔW‖/‖W‖ in the first step of each epoch, and the losses.

    ``log_ratio`` is averaged over layers, over the epochs from the second on, and over the seeds; ``log_ratios`` over
    the seeds alone, its lists being the epochs' and in them the layers'.
    """
    import keras

    class FirstSteps(keras.callbacks.Callback):
        """Look at the first step of every epoch, while all epochs are one long pass."""

        def on_train_begin(self, logs=None):
            self.ratios = []

        def on_train_batch_begin(self, batch, logs=None):
            if batch % steps == 0:
                self.before = kernels(self.model)

        def on_train_batch_end(self, batch, logs=None):
            if batch % steps == 0:
                pairs = zip(self.before, kernels(self.model), strict=True)
                self.ratios.append([np.linalg.norm(new - old) / np.linalg.norm(old) for old, new in pairs])

    settings = {"SGD": {}, "momentum": {"momentum": 0.9}, "Adam": {}}[optimizer]
    make = keras.optimizers.Adam if optimizer == "Adam" else keras.optimizers.SGD
    steps = len(shuffled_batches(load_digits(0).training, epochs=1, seed=0))
    model, chosen = week1_network(seed=0), make(learning_rate, **settings)
    model.compile(optimizer=chosen, loss=model.loss, jit_compile=False)
    chosen.build(model.trainable_variables)
    untouched = [np.array(keras.ops.convert_to_numpy(variable)) for variable in chosen.variables]
    ratios, losses = [], []
    for seed in SEEDS:
        digits, watch = load_digits(seed), FirstSteps()
        model.set_weights(week1_network(seed=seed).get_weights())
        for variable, value in zip(chosen.variables, untouched, strict=True):
            variable.assign(value)
        model.fit(
            shuffled_batches(digits.training, epochs=EPOCHS, seed=seed), shuffle=False, verbose=0, callbacks=[watch]
        )
        ratios.append(watch.ratios)
        losses.append(loss_and_accuracy(model, digits.validation)[0])
    logarithms = np.log10(np.maximum(ratios, 1e-9)).mean(axis=0)
    return {
        "log_ratio": float(logarithms[1:].mean()),
        "log_ratios": np.round(logarithms, 3).tolist(),
        "validation_loss": losses,
    }
