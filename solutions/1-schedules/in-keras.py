# %% [markdown]
# # Learning schedules in Keras
#
# Where does a learning schedule go in Keras? There are three places: into the optimizer, where it is asked at every
# *step*; into a callback that is asked at every *epoch*; and into a callback that watches the *loss*. In this notebook
# you write one of each and train the week-1 network with them. You will see a schedule rescue a training that was lost,
# and another one do harm.
#
# - **You will do:** one class with two short methods and two functions, each followed by a check and an experiment, and
#   one question in words.
# - **You need:** `from-scratch.ipynb`, finished as far as the plateau, and Keras 3 with TensorFlow or JAX.
# - **Time:** about 60 minutes. Running the finished notebook takes less than half a minute.
# - **Points:** power decay 4, the rate by epoch 2, the plateau 2, the question in words 3.
# - **How it is graded:** the check below each exercise tries an example that you can follow by hand. When you hand in,
#   your answers are used with other numbers, inside `fit`, and across saving and loading; partly right answers earn
#   part of the points.
#
# Write where it says `YOUR CODE HERE` and remove the line that raises `NotImplementedError`. You may add cells.

# %%
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # keeps TensorFlow's start-up messages out of the notebook
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import json

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops
from sklearn.datasets import load_digits

passed = set()  # names of the checks that passed; the last cell sums them up

# %% [markdown]
# ## The network and its data
#
# The data are scikit-learn's digits: 1,797 images of 8 by 8 pixels, scaled to lie between 0 and 1, and shuffled into
# 60 % for training, 20 % for validation and 20 % for a test that we leave alone here. (With `NN2_DATA` set to
# `fashion_mnist` before Jupyter starts, it is 6,000 images of Fashion-MNIST instead, which Keras downloads.)


# %%
def load_images():
    """A name, images of shape (examples, height, width) between 0 and 1, and their labels from 0 to 9."""
    wanted = os.environ.get("NN2_DATA") or "digits"
    if wanted == "digits":
        digits = load_digits()
        return "scikit-learn's digits", digits.images.astype("float32") / 16, digits.target
    if wanted != "fashion_mnist":
        raise ValueError(f"NN2_DATA: expected digits or fashion_mnist, got {wanted!r}")
    try:
        (images, labels), _ = keras.datasets.fashion_mnist.load_data()
    except Exception:
        raise OSError("Fashion-MNIST cannot be downloaded here; without NN2_DATA the digits are used") from None
    return "Fashion-MNIST", images[:6000].astype("float32") / 255, labels[:6000]


name, inputs, targets = load_images()
order = np.random.default_rng(0).permutation(len(inputs))
training, validation, test = np.split(order, [int(0.6 * len(order)), int(0.8 * len(order))])
print(f"The data are {name}.")


# %%
def make_network():
    """The week-1 network, not yet compiled."""
    layers = [
        keras.Input(inputs.shape[1:]),
        keras.layers.Flatten(),
        keras.layers.Dense(300, activation="relu"),
        keras.layers.Dense(100, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential(layers)


keras.utils.set_random_seed(1)
initial = make_network().get_weights()


# %% [markdown]
# Every run starts from the same weights and uses plain gradient descent with batches of 32. A small callback of our own
# writes down the optimizer's learning rate at the beginning of every epoch. (`steps_per_execution` lets Keras do many
# steps between two looks at Python, which saves time and changes no number.)


# %%
class RecordRate(keras.callbacks.Callback):
    """Keep the learning rate with which each epoch begins, in the list `rates`."""

    def __init__(self):
        super().__init__()
        self.rates = []

    def on_epoch_begin(self, epoch, logs=None):
        self.rates.append(float(ops.convert_to_numpy(self.model.optimizer.learning_rate)))


def train(learning_rate, epochs, *callbacks):
    """Train the network; return its losses and accuracies after each epoch, and the rate at each one's beginning."""
    keras.utils.set_random_seed(2)
    network, record = make_network(), RecordRate()
    network.set_weights(initial)
    settings = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "steps_per_execution": 34}
    network.compile(optimizer=keras.optimizers.SGD(learning_rate), **settings)
    options = {"batch_size": 32, "epochs": epochs, "verbose": 0, "callbacks": [*callbacks, record]}
    options |= {"validation_data": (inputs[validation], targets[validation]), "validation_batch_size": 360}
    history = network.fit(inputs[training], targets[training], **options).history
    return history | {"rate": record.rates}


# %%
def draw_runs(runs):
    """Draw some runs (a dict from name to what `train` returns): rate, training loss and validation loss by epoch."""
    _, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for (name, run), marker in zip(runs.items(), "osd^", strict=False):
        for axis, what in zip(axes, ("rate", "loss", "val_loss"), strict=True):
            epochs = np.arange(len(run[what])) + (what != "rate")
            _ = axis.semilogy(epochs, run[what], marker=marker, markersize=3, label=name)
    for axis, label in zip(axes, ("learning rate", "training loss", "validation loss"), strict=True):
        _ = axis.set(xlabel="epochs done", ylabel=label)
    _ = axes[0].legend(fontsize="small")
    plt.show()


# %% [markdown]
# ## How a Keras schedule works: warm-up, worked out
#
# An optimizer takes either a number as its `learning_rate` or a *schedule*: an object that it asks for the rate before
# every step. Here is one that is not in the lecture's list, but often goes before the others: a *warm-up*, in which the
# rate rises in equal steps and then stays. Read it with care, your class has the same shape.


# %%
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises for some steps and then stays: target · min(1, (step + 1) / warmup_steps)."""

    def __init__(self, target, warmup_steps):
        self.target = target
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = ops.cast(step, "float32")
        return self.target * ops.minimum(1.0, (step + 1) / self.warmup_steps)

    def get_config(self):
        return {"target": self.target, "warmup_steps": self.warmup_steps}


# %% [markdown]
# What to notice:
#
# - `__call__` is handed the number of the step, from 0 on. That is a Python integer when you call it yourself, but a
#   *tensor of integers* inside of training. `ops.cast` makes either into a floating-point tensor, with which one can
#   calculate on every backend.
# - It counts nothing itself. `fit` compiles the step once, and whatever Python does in `__call__` (such as
#   `self.count += 1`) happens only while it is compiled. The optimizer does the counting, in `optimizer.iterations`.
# - `get_config` returns the settings by the names that `__init__` takes, as numbers that fit into a JSON file. That is
#   how a schedule is saved with its model, and how a copy is built.
#
# By hand: with a target of 0.5 and 5 steps, the first rates are 0.1, 0.2, 0.3, 0.4, 0.5, and then it stays.

# %%
warm_up = WarmUp(target=0.5, warmup_steps=5)
rates = [float(ops.convert_to_numpy(warm_up(step))) for step in range(7)]
print("The first rates are as expected:", bool(np.allclose(rates, [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5])))

# %% [markdown]
# ## 1. Power decay, asked at every step
#
# It is the formula from `from-scratch.ipynb`, now as a schedule for any of Keras's optimizers.
#
# **By hand.** Let $\alpha_0 = 0.8$ and $s = 10$. At step 30 the rate is $0.8/(1 + 30/10) = 0.2$, and with a power of
# 0.5 it is $0.8/\sqrt4 = 0.4$.
#
# **Predict before you run.** Our training set fills 34 batches, the last one smaller. If the rate is to be half of what
# it was after *one epoch* and a third after *two*, what is `decay_steps`: 1, 2 or 34?


# %% exercise="PowerDecay"
class PowerDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Power scheduling as a Keras learning-rate schedule.

    With α₀ the initial learning rate, s the decay steps and c the power, the learning rate of a step is::

        α₀ / (1 + step / s)^c

    It falls smoothly from step to step; there are no stairs. It must work for a Python int, for a tensor or variable of
    integers, and inside a compiled `fit`, and be saved and loaded with the model.

    Parameters
    ----------
    initial_learning_rate : float
        α₀, above 0.
    decay_steps : int or float
        s, above 0, in steps (batches), not epochs.
    power : float
        c, above 0.

    Examples
    --------
    >>> schedule = PowerDecay(0.8, decay_steps=10)
    >>> print(round(float(ops.convert_to_numpy(schedule(30))), 6))
    0.2
    """

    def __init__(self, initial_learning_rate, decay_steps, power=1.0):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.power = power

    def __call__(self, step):
        """Return the learning rate of the step with this number, counted from 0: a number or a tensor of shape ()."""
        ### BEGIN SOLUTION
        step = ops.cast(step, "float32")
        decay = 1 + step / self.decay_steps
        return self.initial_learning_rate / decay**self.power
        ### END SOLUTION

    def get_config(self):
        """Return the three settings in a dictionary, by the names that `__init__` takes."""
        ### BEGIN SOLUTION
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "power": self.power,
        }
        ### END SOLUTION


# %% check="PowerDecay" points=4
passed.discard("PowerDecay")
schedule = PowerDecay(0.8, decay_steps=10)
rates = [float(ops.convert_to_numpy(schedule(step))) for step in (0, 30, 5)]
assert np.isclose(rates[0], 0.8), f"step 0: expected 0.8, got {rates[0]}; nothing has decayed yet"
assert np.isclose(rates[1], 0.2), f"step 30: expected 0.2, got {rates[1]}; what is raised to the power, and divided by?"
assert np.isclose(rates[2], 0.8 / 1.5), f"step 5: got {rates[2]}; does the rate also fall between 0 and `decay_steps`?"
rate = float(ops.convert_to_numpy(PowerDecay(0.8, decay_steps=10, power=0.5)(ops.convert_to_tensor(30))))
assert np.isclose(rate, 0.4), f"power 0.5, step 30 as a tensor: expected 0.4, got {rate}; is `power` used?"
copy = PowerDecay.from_config(json.loads(json.dumps(PowerDecay(0.8, 10, 0.5).get_config())))
assert (copy.decay_steps, copy.power) == (10, 0.5), "a copy made from the configuration has other settings: get_config"
weight, optimizer = keras.Variable([0.0]), keras.optimizers.SGD(PowerDecay(0.5, decay_steps=1))
for expected in (-0.5, -0.75):
    optimizer.apply([ops.array([1.0])], [weight])
    w = float(ops.convert_to_numpy(weight)[0])
    assert np.isclose(w, expected), f"in an optimizer: expected a weight of {expected}, got {w}; who counts the steps?"
passed.add("PowerDecay")

# %% [markdown]
# With a power of 1 it should agree with a schedule that Keras has, `InverseTimeDecay`. And your prediction: what is the
# rate after one epoch and after two?

# %%
steps_per_epoch = -(-len(training) // 32)  # the last batch of an epoch may be smaller
ours = PowerDecay(1.2, decay_steps=steps_per_epoch)
theirs = keras.optimizers.schedules.InverseTimeDecay(1.2, decay_steps=steps_per_epoch, decay_rate=1.0)
pairs = [[float(ops.convert_to_numpy(each(step))) for each in (ours, theirs)] for step in range(0, 2000, 7)]
print("Your schedule and Keras's agree:", bool(np.allclose(*np.transpose(pairs), rtol=1e-5)))
rates = [float(ops.convert_to_numpy(ours(epochs * steps_per_epoch))) for epochs in (1, 2)]
print("After one epoch the rate is a half, after two a third:", bool(np.allclose(rates, [1.2 / 2, 1.2 / 3])))

# %% [markdown]
# Now a training that goes wrong. A learning rate of 1.2 is far too large for our network: it jumps about.
#
# **Predict before you run.** The second run *begins* with the same 1.2, so its first steps are as wild. Has the damage
# been done by the time the rate is small?

# %%
runs = {"constant 1.2": train(1.2, 8), "power decay from 1.2": train(ours, 8)}
draw_runs(runs)

# %%
wild, tamed = runs.values()
print("The constant rate ends with a training loss above 1:", wild["loss"][-1] > 1)
print("Power decay ends below 0.2:", tamed["loss"][-1] < 0.2)
print("and gets more than 85 % of the validation images right:", tamed["val_accuracy"][-1] > 0.85)

# %% [markdown]
# The same start, and a good end: the rate fell to where the network can be trained before the wild steps had ruined it.
# A schedule lets you begin with a rate at which you could not stay.
#
# ## 2. A rate for every epoch
#
# **The idea.** The callback `keras.callbacks.LearningRateScheduler` takes a function. At the beginning of every epoch
# it calls the function with the number of the epoch, from 0 on, and with the present learning rate, and sets the rate
# that comes back.
#
# **By hand.** The lecture's piecewise constant rate is 0.01 for the first ten epochs, which are the numbers 0 to 9. It
# is 0.005 for the next twenty, 10 to 29, and 0.001 from epoch 30 on.
#
# **Predict before you run.** We will train for 32 epochs, once with this function and once with a constant 0.01. Which
# of the two ends with the lower training loss?


# %% exercise="rate_for_epoch"
def rate_for_epoch(epoch, learning_rate):
    """Give the lecture's piecewise constant learning rate, for `keras.callbacks.LearningRateScheduler`.

    It is 0.01 for the epochs 0 to 9, 0.005 for the epochs 10 to 29, and 0.001 from epoch 30 on.

    Parameters
    ----------
    epoch : int
        The number of the epoch, counted from 0.
    learning_rate : float
        The optimizer's present rate. The new one does not depend on it.

    Returns
    -------
    float

    Examples
    --------
    >>> rate_for_epoch(0, 0.01)
    0.01
    """
    ### BEGIN SOLUTION
    if epoch < 10:
        return 0.01
    if epoch < 30:
        return 0.005
    return 0.001
    ### END SOLUTION


# %% check="rate_for_epoch" points=2
passed.discard("rate_for_epoch")
for epoch, expected in {0: 0.01, 5: 0.01, 20: 0.005, 50: 0.001}.items():
    rate = rate_for_epoch(epoch, 0.01)
    assert isinstance(rate, float), f"epoch {epoch}: expected a float, got {rate!r}; does every branch return one?"
    assert np.isclose(rate, expected), f"epoch {epoch}: expected {expected}, got {rate}"
rates = [rate_for_epoch(epoch, 0.01) for epoch in (9, 10, 29, 30)]
assert np.allclose(rates, [0.01, 0.005, 0.005, 0.001]), f"epochs 9, 10, 29, 30: got {rates}; counted from 0 or from 1?"
assert np.isclose(rate_for_epoch(5, 0.3), 0.01), "epoch 5, with a present rate of 0.3: the new rate depends on the old"
passed.add("rate_for_epoch")

# %% [markdown]
# Your prediction. Look at the bends at the epochs 10 and 30.

# %%
callback = keras.callbacks.LearningRateScheduler(rate_for_epoch)
runs |= {"constant 0.01": train(0.01, 32), "piecewise": train(0.01, 32, callback)}
draw_runs({name: runs[name] for name in ("constant 0.01", "piecewise")})

# %%
steady, lowered = runs["constant 0.01"], runs["piecewise"]
rates = [lowered["rate"][epoch] for epoch in (9, 10, 29, 30)]
print("The rates of the epochs 9, 10, 29 and 30 are", [round(rate, 6) for rate in rates])
ahead = steady["loss"][-1] < 0.9 * lowered["loss"][-1]
print("With the constant rate the training loss ends lower by more than a tenth:", ahead)

# %% [markdown]
# Did you expect that? A rate of 0.01 is so small for this network that it is still on its way after 32 epochs, far from
# any cloud that a smaller rate could calm. Whoever lowers the rate on the way arrives later. A schedule helps a run
# whose rate is too large for its *end*; it cannot help one whose rate is too small for its beginning.
#
# ## 3. Reduce on plateau
#
# **The idea.** Keras has your `ReduceOnPlateau` as a callback, `keras.callbacks.ReduceLROnPlateau`. It looks at a loss
# after every epoch. Which loss? It is told by name, as they stand in the history: `loss` is the training loss,
# `val_loss` the validation loss. The names of its settings are almost those that you know: look them up with
# `help(keras.callbacks.ReduceLROnPlateau)`.
#
# **By hand.** With a factor of 0.5, a patience of 2 and a rate of 0.8, validation losses of 1.0, 1.1 and 1.2 lower the
# rate to 0.4 after the third epoch, whatever the training loss does.
#
# **Predict before you run.** A run begins with a rate of 0.5. After every two epochs in a row that have not improved
# the validation loss by more than 0.01, the rate is multiplied by 0.3. Will the training loss go on falling when the
# rate has been lowered a few times?


# %% exercise="plateau_callback"
def plateau_callback(*, factor=0.1, patience=10, min_delta=1e-4, min_learning_rate=0.0):
    """Make a callback for `fit` that lowers the learning rate when the validation loss has stopped improving.

    It follows the rule of `ReduceOnPlateau` in the first notebook, with the validation loss after each epoch: the loss
    is better if ``val_loss < best - min_delta``. After `patience` epochs in a row that were not better, the optimizer's
    learning rate is multiplied by `factor`, but does not fall below `min_learning_rate`, and the counting starts again
    at once, from 0. Losses that are NaN are not asked for here.

    Parameters
    ----------
    factor : float
        Above 0 and below 1.
    patience : int
        At least 1.
    min_delta : float
        By how much a loss must be better to count, at least 0.
    min_learning_rate : float
        At least 0.

    Returns
    -------
    keras.callbacks.Callback
        `keras.callbacks.ReduceLROnPlateau` may be used.
    """
    ### BEGIN SOLUTION
    return keras.callbacks.ReduceLROnPlateau(
        monitor="val_loss", factor=factor, patience=patience, min_delta=min_delta, min_lr=min_learning_rate
    )
    ### END SOLUTION


# %% check="plateau_callback" points=2
passed.discard("plateau_callback")


def rates_after(callback, losses, validation_losses):
    """Feed a callback with losses, as `fit` would; return the learning rate after each epoch."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.8), loss="mse")
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, (loss, val_loss) in enumerate(zip(losses, validation_losses, strict=True)):
        callback.on_epoch_end(epoch, {"loss": loss, "val_loss": val_loss})
        rates.append(round(float(ops.convert_to_numpy(model.optimizer.learning_rate)), 6))
    return rates


callback = plateau_callback(factor=0.5, patience=2)
assert callback is not None, "nothing came back: is the callback returned?"
rates = rates_after(callback, [0.9, 0.8, 0.7], [1.0, 1.1, 1.2])
assert rates[2] != 0.8, "after the third epoch: expected 0.4, got 0.8; which loss is watched, and how patiently?"
assert rates == [0.8, 0.8, 0.4], f"expected 0.8, 0.8 and 0.4, got {rates}; are factor and patience where they belong?"
rates = rates_after(plateau_callback(factor=0.5, patience=1, min_delta=0.1), [1.0] * 3, [1.0, 0.95, 0.85])
assert rates == [0.8, 0.4, 0.4], f"improvements of 0.05 and then 0.15, of which only the second counts: got {rates}"
rates = rates_after(plateau_callback(factor=0.5, patience=1, min_learning_rate=0.3), [1.0] * 3, [1.0, 1.0, 1.0])
assert rates == [0.8, 0.4, 0.3], f"with a floor of 0.3: expected 0.8, 0.4 and 0.3, got {rates}"
passed.add("plateau_callback")

# %% [markdown]
# Your prediction. Compare the left picture with the two others: what do the losses do once the rate has fallen?

# %%
runs["plateau from 0.5"] = train(0.5, 20, plateau_callback(factor=0.3, patience=2, min_delta=0.01))
draw_runs({"plateau from 0.5": runs["plateau from 0.5"]})

# %%
watched = runs["plateau from 0.5"]
print("The rate was lowered at least twice:", watched["rate"][-1] < 0.5 * 0.3**1.5)
print("and never raised:", bool(np.all(np.diff(watched["rate"]) <= 0)))
print("More than 85 % of the validation images are right:", watched["val_accuracy"][-1] > 0.85)

# %% [markdown]
# Once the rate is a few times smaller, both curves are nearly flat: what the run has reached by then is what it keeps.
# A callback that is too impatient, or wants too much of an improvement, ends a training that could have gone on.
#
# ## 4. Compare
#
# All in one picture, from the same initial weights. Look at the right one: how many epochs does each run need to get
# below a validation loss of 1?

# %%
draw_runs({name: run for name, run in runs.items() if name != "constant 1.2"})

# %%
compared = {name: run["val_loss"] for name, run in runs.items() if name != "constant 1.2"}
print("All four get below a validation loss of 1:", all(min(losses) < 1 for losses in compared.values()))
needed = {name: 1 + int(np.argmax(np.array(losses) < 1)) for name, losses in compared.items()}
fast = max(needed[name] for name in ("power decay from 1.2", "plateau from 0.5"))
slow = min(needed[name] for name in ("constant 0.01", "piecewise"))
print("The two that begin with 0.01 need more than twice as many epochs as the others:", slow > 2 * fast)

# %% [markdown]
# One seed and one setting for each are no fair race. But the pattern is the one that schedules are made for: a large
# rate for the way, a small one for the end.
#
# **What did you see?** Before you go on, answer for yourself: which of the three mechanisms would notice if the
# training set were twice as large? Which one needs validation data? Set `decay_steps` to 1 in the first experiment, as
# somebody would who takes epochs for steps, and watch what the rate does.
#
# ## In words
#
# 1. Old versions of Keras had `SGD(lr=0.01, decay=1e-4)`, which is power scheduling with $c = 1$ and
#    $s = 1/\mathrm{decay}$. With our 34 steps in an epoch, after about how many epochs is the rate halved? What would
#    somebody expect who thought that `decay` counts epochs?
# 2. Lowering the rate rescued the run that began with 1.2 and held up the one that began with 0.01. How can both be?
# 3. Why does the plateau callback watch the validation loss here and not the training loss? Name one thing that can go
#    wrong with either.
#
# Five to eight sentences are enough (3 points).

# %% [markdown] essay="steps_and_epochs" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# 1. The rate is halved when step/s = 1, at step s = 1/decay = 10,000. That is 10,000/34, about 294 epochs. Who counts
#    epochs would expect it after 10,000 epochs, 34 times as late: the rate falls much faster than they think.
# 2. A rate of 1.2 is too large to settle: its steps are longer than the valley is wide, so that the loss cannot fall
#    any further, and only a smaller rate lets it. At 0.01 the loss is still falling steadily after 32 epochs; nothing
#    jitters, and a smaller rate only makes each step shorter. A schedule pays when the rate, not the distance, is what
#    holds the run back.
# 3. What counts in the end is how well the network does on images that it has not been trained on. The training loss
#    may go on falling while the network overfits, so that watching it would keep the rate high. The validation loss, on
#    the other hand, is measured on few examples and jitters, so that luck can lower the rate too early (or a lucky low
#    value can stand as the best for long); and having been used for a decision, it is no longer an honest estimate.
#
# **Rubric.** One point each: (1) about 294 epochs *and* the mistaken 10,000; (2) too large for the end against too
# small for the way, or an equivalent contrast; (3) overfitting as the reason *and* one sound weakness.
# ### END SOLUTION

# %% [markdown]
# ## Where you are
#
# The cell below says which of your answers have passed the checks in this notebook. It gives no points: the points
# come from the grader, which asks more.

# %%
for name in ("PowerDecay", "rate_for_epoch", "plateau_callback"):
    print(f"{name:16} {'passed its check' if name in passed else 'has not passed its check yet'}")
