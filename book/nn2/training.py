"""Train the week-1 network many times: over learning rates and seeds, from the same starts for every optimizer."""

from dataclasses import dataclass

import numpy as np

from nn2.data import load_digits
from nn2.networks import BATCH_SIZE, week1_network

__all__ = ["Sweep", "sweep"]


@dataclass(frozen=True)
class Sweep:
    """What came out of training with one optimizer at several learning rates, from several seeds.

    Parameters
    ----------
    learning_rates : ndarray of shape (rates,)
    training_loss : ndarray of shape (rates, seeds, epochs)
        The mean loss over the batches of each epoch, as Keras reports it.
    validation_loss, validation_accuracy, test_accuracy : ndarray of shape (rates, seeds)
        After the last epoch; accuracies are shares from 0 to 1.
    """

    learning_rates: np.ndarray
    training_loss: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    test_accuracy: np.ndarray

    @property
    def best(self):
        """Index of the learning rate with the lowest validation loss, mean over seeds: chosen without the test set."""
        return int(np.argmin(np.nan_to_num(self.validation_loss.mean(axis=1), nan=np.inf)))

    def index(self, learning_rate):
        """Return the index of a learning rate in the grid.

        Parameters
        ----------
        learning_rate : float

        Raises
        ------
        ValueError
            If it was not tried.
        """
        (found,) = np.nonzero(np.isclose(self.learning_rates, learning_rate))
        if len(found) != 1:
            raise ValueError(f"learning_rate: expected one of {self.learning_rates.tolist()}, got {learning_rate}")
        return int(found[0])


def shuffled_batches(examples, *, epochs, seed):
    """Return a ``keras.utils.PyDataset`` that deals the examples in batches of 32, in a new order for every epoch.

    All epochs stand one after the other, so that one pass over it is the whole training: starting an epoch costs Keras
    as long as training one.

    Parameters
    ----------
    examples : nn2.data.Examples
    epochs : int
    seed : int
        Decides the orders, without touching any global generator.
    """
    import keras

    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(examples.targets)) for _ in range(epochs)]

    class ShuffledBatches(keras.utils.PyDataset):
        batches_per_epoch = -(-len(examples.targets) // BATCH_SIZE)

        def __len__(self):
            return epochs * self.batches_per_epoch

        def __getitem__(self, index):
            epoch, batch = divmod(index, self.batches_per_epoch)
            chosen = orders[epoch][batch * BATCH_SIZE : (batch + 1) * BATCH_SIZE]
            return examples.inputs[chosen], examples.targets[chosen]

    return ShuffledBatches()


def loss_and_accuracy(model, examples):
    """Return the mean cross-entropy and the share of right answers, each a float.

    Parameters
    ----------
    model : keras.Model
        From inputs to probabilities.
    examples : nn2.data.Examples
    """
    import keras

    probabilities = keras.ops.convert_to_numpy(model(examples.inputs, training=False))
    of_the_target = probabilities[np.arange(len(examples.targets)), examples.targets]
    right = probabilities.argmax(axis=1) == examples.targets
    return float(-np.log(np.maximum(of_the_target, 1e-7)).mean()), float(right.mean())


def sweep(make_optimizer, learning_rates, *, seeds, epochs):
    """Train the week-1 network with one optimizer at every learning rate, from every seed.

    A seed decides the split, the initial weights and the order of the examples, so that two optimizers (or two rates)
    with the same seed start from the same network and see the same batches. The network is compiled once; weights and
    the optimizer's state are put back to their initial values before each run.

    Parameters
    ----------
    make_optimizer : callable
        Learning rate to a fresh Keras optimizer.
    learning_rates : sequence of floats
    seeds : sequence of ints
    epochs : int
        Full passes over the 1,078 training examples, of 34 steps each.

    Returns
    -------
    Sweep
    """
    import keras

    class RunningLoss(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.values = []

        def on_train_batch_end(self, batch, logs=None):  # called once for each epoch's batches, see steps_per_execution
            self.values.append(logs["loss"])

    shape = (len(learning_rates), len(seeds))
    training_loss = np.empty((*shape, epochs))
    validation_loss, validation_accuracy, test_accuracy = np.empty(shape), np.empty(shape), np.empty(shape)

    optimizer, model = make_optimizer(float(learning_rates[0])), week1_network(seed=0)
    batches_per_epoch = shuffled_batches(load_digits(0).training, epochs=1, seed=0).batches_per_epoch
    model.compile(optimizer=optimizer, loss=model.loss, steps_per_execution=batches_per_epoch, jit_compile=False)
    optimizer.build(model.trainable_variables)
    untouched = [np.array(keras.ops.convert_to_numpy(variable)) for variable in optimizer.variables]

    for column, seed in enumerate(seeds):
        digits = load_digits(seed)
        initial_weights = week1_network(seed=seed).get_weights()
        for row, learning_rate in enumerate(learning_rates):
            model.set_weights(initial_weights)
            for variable, value in zip(optimizer.variables, untouched, strict=True):
                variable.assign(value)
            optimizer.learning_rate = float(learning_rate)
            running = RunningLoss()
            batches = shuffled_batches(digits.training, epochs=epochs, seed=seed)
            model.fit(batches, shuffle=False, verbose=0, callbacks=[running])
            totals = np.arange(1, epochs + 1) * running.values  # Keras reports the mean since the start
            training_loss[row, column] = np.diff(totals, prepend=0.0)
            validation_loss[row, column], validation_accuracy[row, column] = loss_and_accuracy(model, digits.validation)
            _, test_accuracy[row, column] = loss_and_accuracy(model, digits.test)
    return Sweep(np.array(learning_rates), training_loss, validation_loss, validation_accuracy, test_accuracy)
