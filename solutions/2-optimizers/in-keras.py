# %% [markdown]
# # Optimizers in Keras
#
# What does a line such as `model.compile(optimizer="rmsprop")` set in motion? In this notebook you write Adagrad and
# RMSProp once more, now as optimizers that Keras can use like its own: compiled, for every weight of a network, saved
# and loaded with the model. Then you train with them.
#
# - **You will do:** two classes with three short methods each, each followed by a check and an experiment, and one
#   question in words.
# - **You need:** `from-scratch.ipynb`, finished as far as RMSProp, and Keras 3 with TensorFlow or JAX.
# - **Time:** about 75 minutes. Running the finished notebook takes less than half a minute.
# - **Points:** Adagrad 5, RMSProp 4, the question in words 3.
# - **How it is graded:** the check below each class tries an example that you can follow by hand. When you hand in,
#   your class is used with other numbers, inside `fit`, and across saving and loading; partly right answers earn part
#   of the points.
#
# Write where it says `YOUR CODE HERE` and remove the line that raises `NotImplementedError`. You may add cells.

# %%
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # keeps TensorFlow's start-up messages out of the notebook
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops
from sklearn.datasets import load_digits

passed = set()  # names of the checks that passed; the last cell sums them up

# %% [markdown]
# ## How a Keras optimizer works: momentum, worked out
#
# In NumPy a step got its state and returned it renewed. In Keras the optimizer *owns* its state, because `fit` compiles
# the training step once and then runs it again and again. What is compiled cannot return a new Python object at every
# step; it can only change the values that live in variables. That leads to three methods:
#
# | method | is called | and has to |
# |---|---|---|
# | `build` | once, before the first step | create the state: a variable for each weight variable |
# | `update_step` | at every step, for each weight variable | assign new values to its state and to itself |
# | `get_config` | when the model is saved | return the settings, so that a copy can be built |
#
# Read this momentum optimizer with care: your two classes have the same shape.


# %%
class Momentum(keras.optimizers.Optimizer):
    """Gradient descent with momentum: velocity ← β · velocity - α · gradient, then variable ← variable + velocity."""

    def __init__(self, learning_rate=0.01, momentum=0.9, name="momentum", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.velocities = [self.add_variable_from_reference(each, name="velocity") for each in variables]

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.velocities[self._get_variable_index(variable)]
        self.assign(velocity, self.momentum * velocity - learning_rate * gradient)
        self.assign_add(variable, velocity)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


# %% [markdown]
# What to notice:
#
# - `add_variable_from_reference` makes a variable of the same shape and type as the weight, zero unless you hand it an
#   `initializer`, such as `keras.initializers.Constant(0.5)`. A variable made this way is listed in
#   `optimizer.variables`, so Keras saves and loads it.
# - `self._get_variable_index(variable)` says which number the variable had in `build`, and so which state is its own.
# - `self.assign(state, value)` changes the value *in* the variable; `state = value` would only move a Python name.
#   `self.assign_add` and `self.assign_sub` exist, too.
# - The mathematics uses operators and `keras.ops` (`ops.sqrt`, `ops.square`, …), so it runs on every backend.
#
# `apply` takes one step with given gradients. By hand: from rest, with $\alpha = 0.1$, $\beta = 0.5$ and a gradient of
# 2, the velocity is $-0.2$ and then $0.5 \cdot (-0.2) - 0.2 = -0.3$; the weight goes from 1 to 0.8 to 0.5.

# %%
weight = keras.Variable([1.0], name="weight")
optimizer = Momentum(learning_rate=0.1, momentum=0.5)
for expected in (0.8, 0.5):
    optimizer.apply([ops.array([2.0])], [weight])
    print(f"The weight is {expected}:", bool(np.allclose(ops.convert_to_numpy(weight), expected)))
print("The optimizer's variables:", [variable.name for variable in optimizer.variables])

# %% [markdown]
# ## 1. Adagrad
#
# Keras's Adagrad differs from yours in NumPy in one thing: it also says where the accumulator starts, at 0.1 unless
# told otherwise.
#
# **By hand.** Let the weight be 2, the accumulator start at 16, and let $\alpha = 1$ and $\varepsilon = 11$. A gradient
# of 3 makes the accumulator $25$ and the weight $2 - 3/\sqrt{25 + 11} = 1.5$.
#
# **Predict before you run.** From a zero accumulator the first step is as long as the learning rate, whatever the
# gradient. Now the accumulator starts at 0.1. How long, in learning rates, is the first step for a gradient of 10? And
# for a gradient of 0.01?


# %% exercise="Adagrad"
class Adagrad(keras.optimizers.Optimizer):
    """Adagrad as a Keras optimizer.

    For each variable, entry by entry, with ε inside the root::

        accumulator ← accumulator + gradient²
        variable    ← variable - learning rate · gradient / √(accumulator + ε)

    Each variable has one accumulator of its own, of the variable's shape, listed in `optimizer.variables`, in which
    every entry starts at `initial_accumulator_value`. It must work in `optimizer.apply` and inside a compiled `fit`.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
        α, above 0. The base class keeps it; `update_step` is handed the rate to use.
    initial_accumulator_value : float
        Where the accumulators start, at least 0.
    epsilon : float
        ε, above 0.
    name : str
        The optimizer's name.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer (2011), "Adaptive subgradient methods for online learning and stochastic
    optimization", Journal of Machine Learning Research 12, 2121-2159.

    Examples
    --------
    >>> weight = keras.Variable([2.0])
    >>> Adagrad(learning_rate=1.0, initial_accumulator_value=16.0, epsilon=11.0).apply([ops.array([3.0])], [weight])
    >>> print(ops.convert_to_numpy(weight))
    [1.5]
    """

    def __init__(self, learning_rate=0.01, initial_accumulator_value=0.1, epsilon=1e-6, name="adagrad", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def build(self, variables):
        """Create one accumulator for each of the variables, unless that has been done already."""
        ### BEGIN SOLUTION
        if self.built:
            return
        super().build(variables)
        start = keras.initializers.Constant(self.initial_accumulator_value)
        self.accumulators = []
        for variable in variables:
            accumulator = self.add_variable_from_reference(variable, name="accumulator", initializer=start)
            self.accumulators.append(accumulator)
        ### END SOLUTION

    def update_step(self, gradient, variable, learning_rate):
        """Assign new values to the variable's accumulator and to the variable; `self._get_variable_index` helps."""
        ### BEGIN SOLUTION
        index = self._get_variable_index(variable)
        accumulator = self.accumulators[index]
        new_value = accumulator + ops.square(gradient)
        self.assign(accumulator, new_value)
        scale = ops.sqrt(new_value + self.epsilon)
        self.assign_sub(variable, learning_rate * gradient / scale)
        ### END SOLUTION

    def get_config(self):
        """Return the base class's settings together with those of this class, by the names that `__init__` takes."""
        ### BEGIN SOLUTION
        config = super().get_config()
        config["initial_accumulator_value"] = self.initial_accumulator_value
        config["epsilon"] = self.epsilon
        return config
        ### END SOLUTION


# %% check="Adagrad" points=5
passed.discard("Adagrad")
weight, gradient = keras.Variable([2.0, 1.0], name="weight"), ops.array([3.0, 0.0])
optimizer = Adagrad(learning_rate=1.0, initial_accumulator_value=16.0, epsilon=11.0)
optimizer.apply([gradient], [weight])
state = [ops.convert_to_numpy(each) for each in optimizer.variables if tuple(each.shape) == (2,)]
w = ops.convert_to_numpy(weight)
assert len(state) == 1, f"expected one accumulator of shape (2,) in optimizer.variables, found {len(state)}; see build"
assert np.allclose(state[0], [25, 16]), f"accumulator: expected [25, 16], got {state[0]}; where does it start and grow?"
assert np.allclose(w, [1.5, 1.0]), f"weight: expected [1.5, 1], got {w}; is ε where it belongs, and is the sign right?"
optimizer.apply([ops.array([12.0, 3.0])], [weight])
w, state = ops.convert_to_numpy(weight), ops.convert_to_numpy(optimizer.variables[-1])
assert np.allclose(state, [169, 25]), f"accumulator, step 2: expected [169, 25], got {state}; was the sum assigned?"
copy = Adagrad.from_config(optimizer.get_config())
assert (copy.epsilon, copy.initial_accumulator_value) == (11.0, 16.0), "a copy has other settings; see get_config"
passed.add("Adagrad")

# %% [markdown]
# Your prediction: the first step from an accumulator of 0.1.

# %%
weight = keras.Variable([0.0, 0.0], name="weight")
Adagrad(learning_rate=1.0, initial_accumulator_value=0.1).apply([ops.array([10.0, 0.01])], [weight])
long, short = np.abs(ops.convert_to_numpy(weight))
print("A gradient of 10 moves the weight by about one learning rate:", bool(0.99 < long < 1.01))
print("A gradient of 0.01 moves it by less than a twentieth of that:", bool(short < 0.05))

# %% [markdown]
# The starting value damps the first steps of weights whose gradients are small beside $\sqrt{0.1} \approx 0.32$.
#
# Is your class the same as Keras's own? Two variables, five steps with gradients drawn at random:


# %%
def run_beside(ours, theirs, steps=5, seed=0):
    """Give two optimizers the same weights and the same gradients; return the largest difference of the weights."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(3, 2)), rng.normal(size=4)
    pairs = [
        [keras.Variable(each, dtype="float32", name=f"{who}_{i}") for i, each in enumerate(values)]
        for who in ("ours", "theirs")
    ]
    for _ in range(steps):
        gradients = [ops.array(rng.normal(size=each.shape), dtype="float32") for each in values]
        for optimizer, variables in zip((ours, theirs), pairs, strict=True):
            optimizer.apply(gradients, variables)
    return max(float(ops.max(ops.abs(one - other))) for one, other in zip(*pairs, strict=True))


# %%
difference = run_beside(Adagrad(learning_rate=0.5, epsilon=0.01), keras.optimizers.Adagrad(0.5, epsilon=0.01))
print("Your Adagrad and Keras's agree:", difference < 1e-5)

# %% [markdown]
# ## 2. RMSProp
#
# Only one line of the mathematics is new, and the accumulator starts at zero.
#
# **By hand.** Let the weight be 2, $\rho = 0.75$, $\alpha = 1$ and $\varepsilon = 12$. A gradient of 4 makes the
# average $0.25 \cdot 16 = 4$ and the weight $2 - 4/\sqrt{4 + 12} = 1$.
#
# **Predict before you run.** The week-1 network, for images of 8 by 8 pixels, has layers of 300, 100 and 10 units. How
# many numbers does RMSProp keep in memory beside the network's weights? Is it a constant, one per layer, or one per
# weight?


# %% exercise="RMSProp"
class RMSProp(keras.optimizers.Optimizer):
    """RMSProp as a Keras optimizer.

    For each variable, entry by entry; ρ weighs the old average, ε stands inside the root, and the first steps are not
    corrected::

        accumulator ← ρ · accumulator + (1 - ρ) · gradient²
        variable    ← variable - learning rate · gradient / √(accumulator + ε)

    Each variable has one accumulator of its own, of the variable's shape, listed in `optimizer.variables`, in which
    every entry starts at 0. It must work in `optimizer.apply` and inside a compiled `fit`.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
        α, above 0. The base class keeps it; `update_step` is handed the rate to use.
    rho : float
        ρ, at least 0 and below 1.
    epsilon : float
        ε, above 0.
    name : str
        The optimizer's name.

    References
    ----------
    T. Tieleman and G. Hinton (2012), "Lecture 6.5: rmsprop", Neural Networks for Machine Learning, Coursera.

    Examples
    --------
    >>> weight = keras.Variable([2.0])
    >>> RMSProp(learning_rate=1.0, rho=0.75, epsilon=12.0).apply([ops.array([4.0])], [weight])
    >>> print(ops.convert_to_numpy(weight))
    [1.]
    """

    def __init__(self, learning_rate=0.001, rho=0.9, epsilon=1e-6, name="rmsprop", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def build(self, variables):
        """Create one accumulator for each of the variables, unless that has been done already."""
        ### BEGIN SOLUTION
        if self.built:
            return
        super().build(variables)
        self.accumulators = []
        for variable in variables:
            accumulator = self.add_variable_from_reference(variable, name="accumulator")
            self.accumulators.append(accumulator)
        ### END SOLUTION

    def update_step(self, gradient, variable, learning_rate):
        """Assign new values to the variable's accumulator and to the variable; `self._get_variable_index` helps."""
        ### BEGIN SOLUTION
        index = self._get_variable_index(variable)
        accumulator = self.accumulators[index]
        new_value = self.rho * accumulator + (1 - self.rho) * ops.square(gradient)
        self.assign(accumulator, new_value)
        scale = ops.sqrt(new_value + self.epsilon)
        self.assign_sub(variable, learning_rate * gradient / scale)
        ### END SOLUTION

    def get_config(self):
        """Return the base class's settings together with those of this class, by the names that `__init__` takes."""
        ### BEGIN SOLUTION
        config = super().get_config()
        config["rho"] = self.rho
        config["epsilon"] = self.epsilon
        return config
        ### END SOLUTION


# %% check="RMSProp" points=4
passed.discard("RMSProp")
weight, gradient = keras.Variable([2.0, 5.0], name="weight"), ops.array([4.0, 0.0])
optimizer = RMSProp(learning_rate=1.0, rho=0.75, epsilon=12.0)
optimizer.apply([gradient], [weight])
state = [ops.convert_to_numpy(each) for each in optimizer.variables if tuple(each.shape) == (2,)]
w = ops.convert_to_numpy(weight)
assert len(state) == 1, f"expected one accumulator of shape (2,) in optimizer.variables, found {len(state)}; see build"
assert np.allclose(state[0], [4, 0]), f"accumulator: expected [4, 0], got {state[0]}; which of old and new has ρ?"
assert np.allclose(w, [1.0, 5.0]), f"weight: expected [1, 5], got {w}; is ε where it belongs, and is the sign right?"
optimizer.apply([ops.array([0.0, 4.0])], [weight])
w, state = ops.convert_to_numpy(weight), ops.convert_to_numpy(optimizer.variables[-1])
assert np.allclose(state, [3, 4]), f"accumulator, second step: expected [3, 4], got {state}; does the old one fade?"
copy = RMSProp.from_config(optimizer.get_config())
assert (copy.rho, copy.epsilon) == (0.75, 12.0), "a copy made from the configuration has other settings; see get_config"
passed.add("RMSProp")

# %%
difference = run_beside(RMSProp(learning_rate=0.1, epsilon=0.01), keras.optimizers.RMSprop(0.1, epsilon=0.01))
print("Your RMSProp and Keras's agree:", difference < 1e-5)

# %% [markdown]
# ## 3. Train with them
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


# %%
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


# %%
def train(network, optimizer, epochs):
    """Compile and train a network; return its losses and accuracies after each epoch."""
    network.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    settings = {"batch_size": 32, "epochs": epochs, "verbose": 0}
    held_out = inputs[validation], targets[validation]
    return network.fit(inputs[training], targets[training], validation_data=held_out, **settings).history


# %% [markdown]
# First your prediction: how many numbers does RMSProp keep?

# %%
network, optimizer = make_network(), RMSProp()
optimizer.build(network.trainable_variables)
kept = sum(int(np.prod(variable.shape)) for variable in optimizer.variables)
print("One number for each weight, and two more:", kept == network.count_params() + 2)

# %% [markdown]
# The two more are the learning rate and the count of the steps. An adaptive optimizer costs as much memory as the
# network itself; Adam costs twice that.
#
# Now three runs of five epochs from the same initial weights: plain gradient descent and your two optimizers, each at
# Keras's default learning rate (0.01, 0.01 and 0.001).
#
# **Predict before you run.** Which of the three ends with the lowest training loss?

# %%
keras.utils.set_random_seed(2)
initial = make_network().get_weights()
histories = {}
for optimizer in (keras.optimizers.SGD(0.01, name="SGD"), Adagrad(name="Adagrad"), RMSProp(name="RMSProp")):
    keras.utils.set_random_seed(3)
    network = make_network()
    network.set_weights(initial)
    histories[optimizer.name] = train(network, optimizer, epochs=5)

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for (name, history), marker in zip(histories.items(), "osd", strict=True):
    epochs = np.arange(1, len(history["loss"]) + 1)
    _ = axes[0].semilogy(epochs, history["loss"], marker=marker, markersize=3, label=name)
    _ = axes[1].plot(epochs, history["val_accuracy"], marker=marker, markersize=3, label=name)
_ = axes[0].set(xlabel="epoch", ylabel="training loss", xticks=epochs)
_ = axes[1].set(xlabel="epoch", ylabel="validation accuracy", xticks=epochs, ylim=(0, 1.02))
_ = axes[0].legend()
plt.show()

# %%
last = {name: history["loss"][-1] for name, history in histories.items()}
accuracy = {name: history["val_accuracy"][-1] for name, history in histories.items()}
print("RMSProp ends with the lowest training loss:", min(last, key=last.get) == "RMSProp")
print("Its loss is less than half of each of the others':", 2 * last["RMSProp"] < min(last["SGD"], last["Adagrad"]))
both = min(accuracy["Adagrad"], accuracy["RMSProp"])
print("Both of your optimizers get more than 85 % of the validation images right:", both > 0.85)

# %% [markdown]
# One seed and one learning rate for each are no fair race: with a rate that suits it, each of them does better. The
# chapter runs that race properly. What the picture does show is that your classes train a real network.
#
# ## 4. What is saved with a model?
#
# A model is trained for two epochs, saved, loaded, and trained for two more. Does it go on as if nothing had happened?
# For comparison, a third run goes on with the weights but with a fresh optimizer.

# %%
import tempfile
from pathlib import Path

SETTINGS = {"batch_size": 64, "epochs": 2, "shuffle": False, "verbose": 0}
data = inputs[training], targets[training]
network = make_network()
network.set_weights(initial)
network.compile(optimizer=RMSProp(), loss="sparse_categorical_crossentropy")
_ = network.fit(*data, **SETTINGS)
with tempfile.TemporaryDirectory() as folder:
    network.save(Path(folder) / "network.keras")
    loaded = keras.models.load_model(Path(folder) / "network.keras", custom_objects={"RMSProp": RMSProp})

# %%
fresh = make_network()
fresh.set_weights(network.get_weights())
fresh.compile(optimizer=RMSProp(), loss="sparse_categorical_crossentropy")
predictions = {}
for name, model in {"uninterrupted": network, "loaded": loaded, "fresh optimizer": fresh}.items():
    _ = model.fit(*data, **SETTINGS)
    predictions[name] = model.predict(inputs[validation], verbose=0)
change = {name: np.abs(each - predictions["uninterrupted"]).max() for name, each in predictions.items()}
print("The loaded model predicts what the uninterrupted one does:", bool(change["loaded"] < 1e-3))
print("The one with a fresh optimizer predicts something else:", bool(change["fresh optimizer"] > 1e-2))

# %% [markdown]
# **What did you see?** Before you go on, answer for yourself: which line of your `build` made the accumulators travel
# with the model? What would `get_config` without `rho` have done to the loaded one? Look at the first epochs of the
# picture: which run starts fastest, and what in its formula explains it?
#
# ## In words
#
# Two constants of these optimizers look like details: $\varepsilon$, and the accumulator's starting value.
#
# 1. What does Adagrad's `initial_accumulator_value` of 0.1 change in the first steps, for a weight whose gradients are
#    about 0.001 and for one whose gradients are about 10? And after thousands of steps?
# 2. The corner pixels of the digits are always 0, so the weights behind them have a gradient of exactly 0. What would
#    RMSProp do to them without $\varepsilon$? And what does a large $\varepsilon$, say 1, turn RMSProp into?
# 3. In the last experiment, why does the run with the fresh optimizer go another way, although its weights were the
#    same?
#
# Five to eight sentences are enough (3 points).

# %% [markdown] essay="epsilon_and_start" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# 1. The first step is α·g/√(0.1 + g²). For g = 0.001 that is about 0.003·α: the start of 0.1 outweighs the squares,
#    and the weight moves as under plain gradient descent with the rate α/√0.1. For g = 10 it is about α: the start does
#    not show. After thousands of steps the sum of the squares outweighs it where gradients are large; for g = 0.001 it
#    takes 100,000 steps until the sum reaches 0.1.
# 2. The accumulator stays 0, the quotient is 0/0, and the weights become NaN, which then spreads through the network.
#    With ε = 1, much larger than the squares, the root is nearly 1 for every weight: plain gradient descent with rate
#    α.
# 3. The fresh accumulators are 0. The first averages hold only (1 − ρ) of a square, so the first steps are about
#    1/√(1 − ρ) ≈ 3 times too long. Weights and accumulators together are the state of the training.
#
# **Rubric.** One point each: (1) damping of small gradients at the start, none for large ones, fading later; (2) NaN
# from 0/0, *and* gradient descent in the limit of a large ε; (3) the accumulators start again at zero, with what that
# does to the first steps.
# ### END SOLUTION

# %% [markdown]
# ## Where you are
#
# The cell below says which of your classes have passed the checks in this notebook. It gives no points: the points
# come from the grader, which asks more.

# %%
for name in ("Adagrad", "RMSProp"):
    print(f"{name:8} {'passed its check' if name in passed else 'has not passed its check yet'}")
