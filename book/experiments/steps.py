"""The week-1 network improved step by step: one change at a time, eight seeds a row, all with the same budget."""

from functools import partial

import numpy as np
from nn2.data import load_digits
from nn2.networks import EPOCHS
from nn2.training import loss_and_accuracy, shuffled_batches

TOLERANCE = 0.1
ABSOLUTE = 0.02  # of losses below 0.1, and of accuracies, another processor may move more than a tenth

SEEDS = range(8)
BASELINE = {
    "optimizer": "SGD",
    "learning_rate": 0.01,
    "initializer": "glorot_uniform",
    "batch_norm": False,
    "dropout": 0.0,
    "l2": 0.0,
    "patience": 0,
    "schedule": "constant",
}


def network(seed, *, initializer, batch_norm, dropout, l2):
    """Flatten-300-100-10 with whatever is asked for; hidden layers are followed by batch norm, then by dropout."""
    import keras

    draw = iter(np.random.default_rng(seed).integers(2**31, size=3).tolist())
    dense = partial(keras.layers.Dense, kernel_regularizer=keras.regularizers.L2(l2) if l2 else None)
    start = {"glorot_uniform": keras.initializers.GlorotUniform, "he_normal": keras.initializers.HeNormal}[initializer]
    layers = [keras.Input((8, 8)), keras.layers.Flatten()]
    for units in (300, 100):
        layers.append(dense(units, activation="relu", kernel_initializer=start(seed=next(draw))))
        layers += [keras.layers.BatchNormalization()] if batch_norm else []
        layers += [keras.layers.Dropout(dropout, seed=units)] if dropout else []
    last = keras.initializers.GlorotUniform(seed=next(draw))
    return keras.Sequential([*layers, dense(10, activation="softmax", kernel_initializer=last)])


def make_optimizer(name, learning_rate, schedule, steps):
    """One of the three optimizers; its rate is constant, or falls to 0 along half a cosine."""
    import keras

    if schedule == "cosine":
        learning_rate = keras.optimizers.schedules.CosineDecay(learning_rate, decay_steps=steps)
    if name == "momentum":
        return keras.optimizers.SGD(learning_rate, momentum=0.9)
    return getattr(keras.optimizers, name)(learning_rate)


def run(*, optimizer, learning_rate, initializer, batch_norm, dropout, l2, patience, schedule):
    """Train from every seed; a list over the seeds for each number, losses without penalties."""
    import keras

    class Epochs(keras.callbacks.Callback):
        """Make of one long pass the epochs that it holds, for Keras's own early stopping."""

        def __init__(self, validation):
            super().__init__()
            self.validation = validation
            self.stopping = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)

        def on_train_begin(self, logs=None):
            self.epochs = 0
            self.stopping.set_model(self.model)
            self.stopping.on_train_begin()

        def on_train_batch_end(self, batch, logs=None):  # once an epoch, see steps_per_execution
            if patience:
                loss, _ = loss_and_accuracy(self.model, self.validation)
                self.stopping.on_epoch_end(self.epochs, {"val_loss": loss})
            self.epochs += 1

        def on_train_end(self, logs=None):
            if patience:
                self.model.set_weights(self.stopping.best_weights)

    build = partial(network, initializer=initializer, batch_norm=batch_norm, dropout=dropout, l2=l2)
    steps_per_epoch = len(shuffled_batches(load_digits(0).training, epochs=1, seed=0))
    model, chosen = build(0), make_optimizer(optimizer, learning_rate, schedule, EPOCHS * steps_per_epoch)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer=chosen, loss=loss, steps_per_execution=steps_per_epoch, jit_compile=False)
    chosen.build(model.trainable_variables)
    untouched = [np.array(keras.ops.convert_to_numpy(variable)) for variable in chosen.variables]

    found = {"training_loss": [], "validation_loss": [], "validation_accuracy": [], "test_accuracy": [], "epochs": []}
    for seed in SEEDS:
        digits, epochs = load_digits(seed), Epochs(load_digits(seed).validation)
        model.set_weights(build(seed).get_weights())
        for variable, value in zip(chosen.variables, untouched, strict=True):
            variable.assign(value)
        batches = shuffled_batches(digits.training, epochs=EPOCHS, seed=seed)
        model.fit(batches, shuffle=False, verbose=0, callbacks=[epochs])
        found["training_loss"].append(loss_and_accuracy(model, digits.training)[0])
        for name, number in zip(("loss", "accuracy"), loss_and_accuracy(model, digits.validation), strict=True):
            found[f"validation_{name}"].append(number)
        found["test_accuracy"].append(loss_and_accuracy(model, digits.test)[1])
        found["epochs"].append(epochs.epochs)
    return found


def rows():
    """Rates for the baseline, one block for each change, then what the change of order asks: about 40 rows."""
    momentum, normed = {"optimizer": "momentum"}, {"optimizer": "momentum", "batch_norm": True}
    blocks = [
        ({}, (0.01, 0.03, 0.1, 0.3, 1.0)),
        (momentum, (0.01, 0.03, 0.1, 0.3)),
        ({"optimizer": "Adam"}, (0.0003, 0.001, 0.003, 0.01)),
        ({**momentum, "initializer": "he_normal"}, (0.03, 0.1, 0.3)),
        (normed, (0.003, 0.01, 0.03, 0.1)),
        ({**normed, "dropout": 0.2}, (0.003, 0.01, 0.03)),
        ({**normed, "dropout": 0.5}, (0.01,)),
        ({**normed, "l2": 1e-4}, (0.003, 0.01, 0.03)),
        ({**normed, "l2": 1e-3}, (0.01,)),
        ({**normed, "patience": 3}, (0.003, 0.01, 0.03)),
        ({**normed, "schedule": "cosine"}, (0.01, 0.03, 0.1)),
        ({"batch_norm": True}, (0.01, 0.03, 0.1, 0.3, 1.0)),
        ({"optimizer": "Adam", "batch_norm": True}, (0.0003, 0.001, 0.003)),
    ]
    return [{**BASELINE, **change, "learning_rate": rate} for change, rates in blocks for rate in rates]
