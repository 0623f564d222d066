"""Train the week-1 network with any learning rate at any step: what the chapters on schedules compare."""

from dataclasses import dataclass

import numpy as np

from nn2.data import Examples, load_digits
from nn2.networks import week1_network
from nn2.training import loss_and_accuracy, shuffled_batches

__all__ = ["Runs", "noisy", "schedule_rates", "train_with_rates"]


@dataclass(frozen=True)
class Runs:
    """What came out of training with several lists of learning rates, from several seeds.

    Parameters
    ----------
    batch_loss : ndarray of shape (rows, seeds, epochs)
        The mean loss over the batches of each epoch, as Keras reports it: of weights that change from batch to batch.
    training_loss, validation_loss : ndarray of shape (rows, seeds)
        Over all the examples of the set, with the weights after the last step; NaN where they have diverged.
    test_accuracy : ndarray of shape (rows, seeds)
        A share from 0 to 1.
    """

    batch_loss: np.ndarray
    training_loss: np.ndarray
    validation_loss: np.ndarray
    test_accuracy: np.ndarray


def schedule_rates(schedule, steps):
    """Ask a Keras schedule for the learning rate of every step.

    Parameters
    ----------
    schedule : keras.optimizers.schedules.LearningRateSchedule
    steps : int
        How many steps; they are numbered from 0.

    Returns
    -------
    ndarray of shape (steps,)

    Examples
    --------
    >>> import keras
    >>> halving = keras.optimizers.schedules.ExponentialDecay(0.8, decay_steps=2, decay_rate=0.25)
    >>> schedule_rates(halving, steps=3).round(6).tolist()
    [0.8, 0.4, 0.2]
    """
    from keras import ops

    return np.array([float(ops.convert_to_numpy(schedule(step))) for step in range(steps)])


def noisy(examples, amount, rng):
    """Add Gaussian noise to every pixel.

    Parameters
    ----------
    examples : nn2.data.Examples
    amount : float
        The noise's standard deviation; ink is 1 and paper 0.
    rng : numpy.random.Generator

    Returns
    -------
    nn2.data.Examples

    Examples
    --------
    >>> import numpy as np
    >>> blank = Examples(np.zeros((2, 8, 8), "float32"), np.array([3, 5]))
    >>> noisy(blank, 0.5, np.random.default_rng(0)).inputs.std() > 0.4
    np.True_
    """
    noise = rng.standard_normal(examples.inputs.shape, dtype="float32")
    return Examples(examples.inputs + np.float32(amount) * noise, examples.targets)


def train_with_rates(make_optimizer, rates, *, seeds, epochs, pixel_noise=0.0):
    """Train the week-1 network with a learning rate for every step, for each list of rates and from every seed.

    A seed decides the split, the initial weights and the order of the examples, as in `nn2.training.sweep`: two lists
    (or two optimizers) with one seed start from the same network and see the same batches.

    With `pixel_noise` every look at an image is another draw: the noise is new in every epoch, no image is seen twice
    and none can be learned by heart. The losses and the accuracy are then of noisy images too, four draws of each.

    Parameters
    ----------
    make_optimizer : callable
        Learning rate (a number or a schedule) to a fresh Keras optimizer.
    rates : array_like of shape (rows, steps)
        Each row is one training's learning rates, one for each step: 34 steps an epoch.
    seeds : sequence of ints
    epochs : int
    pixel_noise : float
        The standard deviation of what is added to every pixel.

    Returns
    -------
    Runs

    Raises
    ------
    ValueError
        If a row has not as many rates as the training has steps.
    RuntimeError
        If Keras does not run on TensorFlow: the compiled step of another backend would keep the first row's rates.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(f"Keras's backend: expected tensorflow, got {keras.backend.backend()}")
    rates = np.asarray(rates, dtype="float32")
    batches_per_epoch = shuffled_batches(load_digits(0).training, epochs=1, seed=0).batches_per_epoch
    if rates.ndim != 2 or rates.shape[1] != epochs * batches_per_epoch:
        raise ValueError(f"rates: expected shape (rows, {epochs * batches_per_epoch}), got {rates.shape}")

    class Listed(keras.optimizers.schedules.LearningRateSchedule):
        """Looks the rate up in a variable, so that one compiled step serves every row."""

        def __init__(self):
            self.rates = keras.Variable(rates[0], trainable=False, name="rates")

        def __call__(self, step):
            return keras.ops.take(self.rates, step)

        def get_config(self):
            return {}

    class RunningLoss(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.values = []

        def on_train_batch_end(self, batch, logs=None):  # called once for each epoch's batches, see steps_per_execution
            self.values.append(logs["loss"])

    class Noisy(keras.utils.PyDataset):
        def __init__(self, clean, seed):
            super().__init__()
            self.clean, self.seed = clean, seed

        def __len__(self):
            return len(self.clean)

        def __getitem__(self, index):
            return tuple(noisy(Examples(*self.clean[index]), pixel_noise, np.random.default_rng((self.seed, index))))

    def drawn(examples):
        four = Examples(*(np.concatenate([part] * 4) for part in examples))
        return noisy(four, pixel_noise, np.random.default_rng(0)) if pixel_noise else examples

    listed = Listed()
    optimizer, model = make_optimizer(listed), week1_network(seed=0)
    model.compile(optimizer=optimizer, loss=model.loss, steps_per_execution=batches_per_epoch, jit_compile=False)
    optimizer.build(model.trainable_variables)
    untouched = [np.array(keras.ops.convert_to_numpy(variable)) for variable in optimizer.variables]

    shape = (len(rates), len(seeds))
    batch_loss = np.empty((*shape, epochs))
    training_loss, validation_loss, test_accuracy = np.empty(shape), np.empty(shape), np.empty(shape)
    for column, seed in enumerate(seeds):
        digits = load_digits(seed)
        sets = [drawn(part) for part in digits]
        initial_weights = week1_network(seed=seed).get_weights()
        for row, each in enumerate(rates):
            model.set_weights(initial_weights)
            for variable, value in zip(optimizer.variables, untouched, strict=True):
                variable.assign(value)
            listed.rates.assign(each)
            running = RunningLoss()
            batches = shuffled_batches(digits.training, epochs=epochs, seed=seed)
            batches = Noisy(batches, seed) if pixel_noise else batches
            model.fit(batches, shuffle=False, verbose=0, callbacks=[running])
            totals = np.arange(1, epochs + 1) * running.values  # Keras reports the mean since the start
            batch_loss[row, column] = np.diff(totals, prepend=0.0)
            (training_loss[row, column], _), (validation_loss[row, column], _), (_, test_accuracy[row, column]) = (
                loss_and_accuracy(model, part) for part in sets
            )
    return Runs(batch_loss, training_loss, validation_loss, test_accuracy)
