# %% [markdown]
# # Overfitting in Keras
#
# How large is the gap between what a network can do on its training images and on others, and what do the lecture's
# remedies take off it? In this notebook you measure the gap of the week-1 network, write dropout as a layer that Keras
# can use like its own, put L2 and dropout into the network, stop training by a callback, and measure again.
#
# - **You will do:** one class with three short methods and three functions, each followed by a check and an
#   experiment, and one question in words.
# - **You need:** `from-scratch.ipynb`, finished as far as dropout, and Keras 3 with TensorFlow or JAX.
# - **Time:** about 90 minutes. Running the finished notebook takes less than half a minute.
# - **Points:** the gap 1, dropout 5, the regularized network 4, early stopping 2, the question in words 3.
# - **How it is graded:** the check below each exercise tries an example that you can follow by hand. When you hand in,
#   your answers are used with other numbers, inside `fit`, and across saving and loading; partly right answers earn
#   part of the points.
#
# Write where it says `YOUR CODE HERE` and remove the line that raises `NotImplementedError`. You may add cells.

# %%
import os
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # keeps TensorFlow's start-up messages out of the notebook
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops
from sklearn.datasets import load_digits

passed = set()  # names of the checks that passed; the last cell sums them up

# %% [markdown]
# ## The images, and a careless hand
#
# The data are scikit-learn's digits: 1,797 images of 8 by 8 pixels, scaled to lie between 0 and 1. (With `NN2_DATA` set
# to `fashion_mnist` before Jupyter starts, they are Fashion-MNIST's instead, which Keras downloads.)


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


name, inputs, classes = load_images()
print(f"The data are {name}.")

# %% [markdown]
# To make overfitting easy to see, we make life hard for the network. It gets only 200 training images, and the labels
# were typed in by a careless hand: every fifth one, in training and validation alike, is a class drawn at random.
# Nobody can *learn* what a careless hand will type. One can only learn by heart what it has typed.

# %%
rng = np.random.default_rng(0)
order = rng.permutation(len(inputs))
careless = rng.random(len(inputs)) < 0.2
targets = np.where(careless, rng.integers(0, 10, size=len(inputs)), classes)
parts = np.split(order, [int(0.6 * len(order)), int(0.8 * len(order))])
training, validation, test = (
    (inputs[part[:most]], targets[part[:most]]) for part, most in zip(parts, (200, 400, 400), strict=True)
)


# %%
def make_network():
    """The week-1 network, not yet compiled."""
    layers = [
        keras.layers.Flatten(),
        keras.layers.Dense(300, activation="relu"),
        keras.layers.Dense(100, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential(layers)


# %% [markdown]
# `train` starts every network from the same weights. It adds momentum to the week-1 network's `SGD(0.01)`, so that 40
# epochs are enough to see what would otherwise take hundreds.

# %%
keras.utils.set_random_seed(1)
example = make_network()
example.build((None, *inputs.shape[1:]))
INITIAL = example.get_weights()


def train(network, callbacks=()):
    """Compile and train a network; return its losses after each epoch: a dict with the lists loss and val_loss."""
    network.build((None, *inputs.shape[1:]))
    network.set_weights(INITIAL)
    network.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="sparse_categorical_crossentropy")
    settings = {"batch_size": 32, "epochs": 40, "validation_batch_size": 512, "verbose": 0}
    return network.fit(*training, validation_data=validation, callbacks=list(callbacks), **settings).history


# %% [markdown]
# ## 1. The gap
#
# **The idea.** `fit` reports a training loss and a validation loss after every epoch. Their difference in the end says
# how much of what the network has learned is of use only on the images that it has seen.
#
# **By hand.** Two epochs. The training loss was 2.0 and then 0.5, the validation loss 2.25 and then 1.25. The gap is
# $1.25 - 0.5 = 0.75$.
#
# **Predict before you run.** One label in five is random. What is the lowest *validation* loss that you would hope for,
# 0 or clearly more? Will the *training* loss stop there, too?


# %% exercise="generalization_gap"
def generalization_gap(history):
    """Compute by how much the validation loss exceeds the training loss after the last epoch.

    Parameters
    ----------
    history : dict of str to list of float
        One number for each epoch under ``loss`` and ``val_loss``, as in ``fit(...).history``. It may hold more than
        these two. It keeps its values.

    Returns
    -------
    gap : float
        The last validation loss minus the last training loss; below 0 if validation went better.

    Examples
    --------
    >>> generalization_gap({"loss": [2.0, 0.5], "val_loss": [2.25, 1.25]})
    0.75
    """
    ### BEGIN SOLUTION
    return history["val_loss"][-1] - history["loss"][-1]
    ### END SOLUTION


# %% check="generalization_gap" points=1
passed.discard("generalization_gap")
gap = generalization_gap({"loss": [2.0, 0.5], "val_loss": [2.25, 1.25]})
assert np.shape(gap) == (), f"expected a single number, got {gap!r}; which epoch is asked for?"
assert np.isclose(gap, 0.75), f"expected 0.75, got {gap}; which epoch counts, and which loss is taken from which?"
passed.add("generalization_gap")

# %%
keras.utils.set_random_seed(2)
networks = {"no remedy": make_network()}
histories = {"no remedy": train(networks["no remedy"])}

# %% [markdown]
# Look for the epoch at which the validation loss is lowest, and at what happens to both curves from there on.


# %%
def draw_losses(names, top):
    _, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    for number, name in enumerate(names):
        epochs = np.arange(1, len(histories[name]["loss"]) + 1)
        _ = axis.plot(epochs, histories[name]["loss"], color=f"C{number}", label=f"{name}, training")
        _ = axis.plot(
            epochs, histories[name]["val_loss"], color=f"C{number}", linestyle="--", label=f"{name}, validation"
        )
    _ = axis.set(xlabel="epoch", ylabel="loss", ylim=(0, top))
    _ = axis.legend(fontsize="small", loc="upper right")


draw_losses(["no remedy"], top=2.5)
plt.show()

# %%
gap = generalization_gap(histories["no remedy"])
best = np.argmin(histories["no remedy"]["val_loss"])
print("The gap is larger than 0.5:", gap > 0.5)
print("The validation loss was lowest before epoch 35, and above 0.8 even then:",
      bool(best < 35 and min(histories["no remedy"]["val_loss"]) > 0.8))  # fmt: skip

# %% [markdown]
# From the lowest point on the network learns by heart what the careless hand has typed, and what it learns is wrong for
# all other images.
#
# ## How a Keras layer works: noise, worked out
#
# A layer that behaves differently in training and afterwards, and that draws at random, has three things to take care
# of. This one adds Gaussian noise to its inputs. Read it with care: your layer has the same shape.


# %%
class Noise(keras.layers.Layer):
    """Adds normally distributed noise while training; afterwards it does nothing."""

    def __init__(self, deviation, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.deviation = deviation
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=None):
        noisy = inputs
        if training:
            noisy += keras.random.normal(ops.shape(inputs), stddev=self.deviation, seed=self.seed_generator)
        return noisy

    def get_config(self):
        return {**super().get_config(), "deviation": self.deviation, "seed": self.seed}


# %% [markdown]
# What to notice:
#
# - `training` is True inside `fit`, and False in `evaluate` and `predict`. It is None when somebody calls the layer
#   without saying; that counts as False.
# - `fit` compiles the step once and then runs it again and again. A number drawn by NumPy in `call` would be drawn
#   while compiling and stay the same for ever. `keras.random` draws anew at every step, if it is told where it stands:
#   the *seed generator* is a variable that moves on with every draw. It is made once, in `__init__`.
# - Inside `fit` the number of rows is not known yet: `inputs.shape` may begin with None there. `ops.shape(inputs)`
#   always works.
# - `get_config` returns what `__init__` takes, so that a saved model can be loaded.

# %%
noise, zeros = Noise(1.0, seed=3), ops.zeros((2, 3))
first, second = noise(zeros, training=True), noise(zeros, training=True)
print("Two calls draw different noise:", not np.allclose(first, second))
print(
    "A new layer with the same seed begins with the same:", np.allclose(first, Noise(1.0, seed=3)(zeros, training=True))
)
print("Without `training` nothing happens:", np.allclose(noise(zeros), zeros))

# %% [markdown]
# ## 2. Dropout
#
# **By hand.** An input of 3 and a rate of 0.25: in training it becomes 0 in one case out of four, and
# $3/(1 - 0.25) = 4$ in the other three. Outside of training it stays 3.
#
# **Predict before you run.** 400 copies of one image go through a dropout layer with a rate of 0.5. What will each copy
# look like? And the mean of all 400?


# %% exercise="Dropout"
class Dropout(keras.layers.Layer):
    """Dropout as a Keras layer.

    In training every entry is dropped (set to 0) with probability `rate`, on its own and whatever its value, and the
    kept ones are scaled up, so that the expected value stays what it was::

        output = 0                        with probability rate
        output = input / (1 - rate)       otherwise

    Outside of training the inputs come back as they are. Draw with `keras.random`, from a
    `keras.random.SeedGenerator` that belongs to the layer: each call drops other entries, also inside a compiled `fit`,
    and two layers with the same seed, called alike, drop the same. Which entries a seed drops is yours. It must work
    in a model that is trained, saved and loaded. `keras.layers.Dropout` and `keras.random.dropout` are not to be used:
    the point is to write it.

    Parameters
    ----------
    rate : float
        The share that is dropped, at least 0 and below 1. A rate of 0 drops nothing.
    seed : int or None
        Where the seed generator starts; None lets Keras choose, so that two layers drop different entries.

    References
    ----------
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov (2014), "Dropout: A simple way to prevent
    neural networks from overfitting", Journal of Machine Learning Research 15, 1929-1958.

    Examples
    --------
    >>> layer = Dropout(0.75, seed=0)
    >>> print(np.unique(layer(ops.ones((10, 100)), training=True)))
    [0. 4.]
    >>> print(np.unique(layer(ops.ones((10, 100)))))
    [1.]
    """

    def __init__(self, rate, seed=None, **kwargs):
        """Keep the settings and make the seed generator."""
        ### BEGIN SOLUTION
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        ### END SOLUTION

    def call(self, inputs, training=None):
        """Drop and scale up if `training` is True; return the inputs as they are if it is False or None.

        The inputs are a float32 tensor of shape (batch, ...), and so are the outputs.
        """
        ### BEGIN SOLUTION
        if not training:
            return inputs
        draws = keras.random.uniform(ops.shape(inputs), seed=self.seed_generator)
        kept = ops.cast(draws >= self.rate, inputs.dtype)
        scale = 1 / (1 - self.rate)
        return inputs * kept * scale
        ### END SOLUTION

    def get_config(self):
        """Return the base class's settings together with `rate` and `seed`, by the names that `__init__` takes."""
        ### BEGIN SOLUTION
        config = super().get_config()
        config["rate"] = self.rate
        config["seed"] = self.seed
        return config
        ### END SOLUTION


# %% check="Dropout" points=5
passed.discard("Dropout")
layer, threes = Dropout(0.25, seed=4), ops.full((300, 200), 3.0)
outputs = ops.convert_to_numpy(layer(threes, training=True))
share, kept = np.mean(outputs == 0), outputs[outputs != 0]
assert abs(share - 0.25) < 0.02, f"share dropped: expected about 0.25, got {share:.3f}; which share is the rate?"
assert np.allclose(kept, 4), f"kept entries: expected 4, got {kept.max():.4g}; are they scaled up, and by what?"
again = ops.convert_to_numpy(layer(threes, training=True))
assert not np.array_equal(outputs, again), "a second call dropped the same entries; does it draw from a SeedGenerator?"
twin = ops.convert_to_numpy(Dropout(0.25, seed=4)(threes, training=True))
assert np.array_equal(outputs, twin), "a new layer with the same seed dropped other entries; does the seed arrive?"
for quiet in (layer(threes), layer(threes, training=False)):
    assert np.array_equal(quiet, threes), "outside of training the inputs have to come back as they are"
copy = Dropout.from_config(layer.get_config())
assert copy.get_config()["rate"] == 0.25, "a copy made from the configuration has another rate; see get_config"
model = keras.Sequential([Dropout(0.5), keras.layers.Dense(1)])
model.compile(optimizer="sgd", loss="mse")
_ = model.fit(np.ones((8, 3)), np.ones((8, 1)), verbose=0)  # does it work compiled, too? Look at ops.shape if it fails
passed.add("Dropout")

# %% [markdown]
# Your prediction. Look at the three copies in the middle, and at how close the mean of all 400 comes to the image.

# %%
copies = ops.convert_to_numpy(Dropout(0.5, seed=5)(np.repeat(inputs[:1], 400, axis=0), training=True))
pictures = {"image": inputs[0]} | {f"copy {i + 1}": copies[i] for i in range(3)} | {"mean of 400": copies.mean(axis=0)}
_, axes = plt.subplots(1, 5, figsize=(10, 2.4), layout="constrained")
for axis, (name, picture) in zip(axes, pictures.items(), strict=True):
    _ = axis.imshow(picture, cmap="gray_r", vmin=0, vmax=2)
    _ = axis.set(title=name, xticks=[], yticks=[])
plt.show()

# %%
print("No pixel of the mean is further than 0.3 off:", bool(np.abs(copies.mean(axis=0) - inputs[0]).max() < 0.3))

# %% [markdown]
# Every copy is half empty and twice as dark; on average it is the image.
#
# ## 3. The network with L2 and dropout
#
# Every layer gets the same penalty. To write it only once, Python's `functools.partial` makes a function out of another
# by fixing some of its arguments:

# %%
relu_layer = partial(keras.layers.Dense, activation="relu", kernel_initializer="he_normal")
print("relu_layer(20) is Dense(20, activation='relu', …):", relu_layer(20).get_config()["activation"] == "relu")

# %% [markdown]
# `keras.regularizers.L2(strength)` is $\lambda \sum w^2$ for the array that it is hung on, as yours in NumPy. The
# penalties of a network are in `network.losses`, and `fit` adds them to both losses that it reports.
#
# **By hand.** If each of the $n$ weights is 0.1 and $\lambda = 0.001$, the penalty is $0.001 \cdot n \cdot 0.01$. For
# images of 8 by 8 pixels, $n = 64 \cdot 300 + 300 \cdot 100 + 100 \cdot 10 = 50200$, which makes $0.502$. Biases are
# free.
#
# **Predict before you run.** Two networks with the same weights, one with and one without dropout, predict the same
# images. Do they predict the same?


# %% exercise="make_regularized_model"
def make_regularized_model(strength, rate):
    """Make the week-1 network with an L2 penalty on every Dense layer and dropout after each hidden one.

    From images to probabilities: Flatten, a Dense layer of 300 and one of 100 units with ReLU, one of 10 units with
    softmax, as in `make_network`. The weights (not the biases) of all *three* Dense layers have the penalty
    `keras.regularizers.L2(strength)`; use `functools.partial`, so that it stands there once. After each of the two
    hidden layers comes your `Dropout` with this rate. Nowhere else is anything dropped or penalized. Each call makes a
    new network. The size of the images is found out from the first batch, as in `make_network`; `keras.Input` is
    welcome as well.

    Parameters
    ----------
    strength : float
        λ, at least 0.
    rate : float
        The share that is dropped, at least 0 and below 1.

    Returns
    -------
    network : keras.Model
        Whether it is compiled does not matter.

    Examples
    --------
    >>> network = make_regularized_model(0.01, 0.5)
    >>> print(tuple(network(np.zeros((2, 8, 8))).shape), len(network.losses))
    (2, 10) 3
    """
    ### BEGIN SOLUTION
    dense = partial(keras.layers.Dense, kernel_regularizer=keras.regularizers.L2(strength))
    layers = [
        keras.layers.Flatten(),
        dense(300, activation="relu"),
        Dropout(rate),
        dense(100, activation="relu"),
        Dropout(rate),
        dense(10, activation="softmax"),
    ]
    return keras.Sequential(layers)
    ### END SOLUTION


# %% check="make_regularized_model" points=4
passed.discard("make_regularized_model")
network, images = make_regularized_model(0.001, 0.5), inputs[:50]
assert tuple(network(images).shape) == (50, 10), "expected ten probabilities for each image"
shapes = [weights.shape for weights in network.get_weights()]
assert shapes == [weights.shape for weights in INITIAL], f"expected the weights of the week-1 network, got {shapes}"
network.set_weights([np.full(shape, 0.1 if len(shape) == 2 else 1.0) for shape in shapes])
penalty = float(sum(network.losses))
by_hand = 0.001 * 0.01 * sum(np.prod(shape) for shape in shapes if len(shape) == 2)
assert np.isclose(penalty, by_hand), (
    f"penalty: expected {by_hand:.3f}, got {penalty:.3f}; which layers have it, which λ?"
)
network.set_weights(INITIAL)
assert np.allclose(network(images), example(images), atol=1e-5), (
    "outside of training it differs from the week-1 network"
)
one, other = (ops.convert_to_numpy(network(images, training=True)) for _ in range(2))
assert not np.allclose(one, other), "in training, two calls gave the same: is there dropout?"
assert np.allclose(one.sum(axis=1), 1, atol=1e-4), (
    "in training, the probabilities do not add up to 1: dropout at the end?"
)
passed.add("make_regularized_model")

# %% [markdown]
# The check has also answered your prediction: outside of training both networks predict the same. Now train one with
# each remedy. The picture shows the losses as `fit` reports them; look at where the curves of L2 lie, and at which of
# the two curves of dropout is on top.

# %%
for name, settings in {"L2": (0.01, 0.0), "dropout": (0.0, 0.5)}.items():
    keras.utils.set_random_seed(2)
    networks[name] = make_regularized_model(*settings)
    histories[name] = train(networks[name])

# %%
draw_losses(["no remedy", "L2", "dropout"], top=6)
plt.show()

# %%
reported = {name: generalization_gap(history) for name, history in histories.items()}
print("Both remedies take more than a fifth off the gap:", max(reported["L2"], reported["dropout"]) < 0.8 * gap)
highest = max(histories, key=lambda name: histories[name]["val_loss"][-1])
print("The validation loss that `fit` reports is highest with", highest)

# %% [markdown]
# L2 has a small gap *and* the highest losses: `fit` counts the penalty in both. And dropout's training loss was
# measured while half of the units were off. Are these gaps fair?
#
# ## 4. Early stopping
#
# **The idea.** A callback is called after every epoch. Keras has one that watches a number which `fit` reports, ends
# training when it has not improved for some epochs, and gives back the best weights; you choose the number, the
# patience, and whether the weights are given back.
#
# `play` pretends to train: the validation losses are given, the training loss falls and falls, and the only weight is 1
# after the first epoch, 2 after the second, and so on.


# %%
def play(callback, losses):
    """How many epochs ran, and the weight in the end."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.stop_training = False
    callbacks = keras.callbacks.CallbackList([callback], model=model)
    callbacks.on_train_begin()
    for epoch, loss in enumerate(losses):
        model.set_weights([np.array([[epoch + 1.0]])])
        callbacks.on_epoch_end(epoch, {"loss": 1 / (epoch + 1), "val_loss": loss})
        if model.stop_training:
            break
    callbacks.on_train_end()
    return epoch + 1, float(model.get_weights()[0][0, 0])


# %% [markdown]
# **By hand.** The patience is 2 and the validation losses are 5, 3, 4, 3.5, 1. The fourth epoch is the second in a row
# that is not better than 3, so training ends there, with the weights of epoch 2.
#
# **Predict before you run.** The patience is 3 and the validation losses are 9, 7, 8, 6, 8, 7. Does training end early?
# Whose weights does the network have afterwards?


# %% exercise="make_early_stopping"
def make_early_stopping(patience):
    """Make a callback that ends training early and gives the network its best weights back.

    It watches the *validation* loss, which `fit` reports as ``val_loss``. An epoch is better if its loss is below that
    of the best epoch before, by however little. After `patience` epochs in a row that are not better, training ends.
    When training has ended, for this or another reason, the network has the weights of the best epoch.

    Parameters
    ----------
    patience : int
        At least 1.

    Returns
    -------
    callback : keras.callbacks.Callback
        A new one at each call.

    Examples
    --------
    >>> print(play(make_early_stopping(patience=2), [5.0, 3.0, 4.0, 3.5, 1.0]))
    (4, 2.0)
    """
    ### BEGIN SOLUTION
    return keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience, restore_best_weights=True)
    ### END SOLUTION


# %% check="make_early_stopping" points=2
passed.discard("make_early_stopping")
ran, weight = play(make_early_stopping(2), [5.0, 3.0, 4.0, 3.5, 1.0])
assert ran == 4, f"losses 5, 3, 4, 3.5, 1, patience 2: expected the end after epoch 4, got {ran}; what is watched?"
assert weight == 2, f"the same: expected the weights of epoch 2 in the end, got those of epoch {weight:g}"
passed.add("make_early_stopping")

# %%
ran, weight = play(make_early_stopping(3), [9.0, 7.0, 8.0, 6.0, 8.0, 7.0])
print("With patience 3, all six epochs run, and the weights are those of epoch 4:", (ran, weight) == (6, 4.0))

# %% [markdown]
# Now the network without any other remedy, with a patience of 5.

# %%
keras.utils.set_random_seed(2)
networks["early stopping"] = make_network()
histories["early stopping"] = train(networks["early stopping"], [make_early_stopping(5)])
print("It stopped before epoch 40:", len(histories["early stopping"]["loss"]) < 40)

# %% [markdown]
# ## 5. A fair gap
#
# To compare remedies, measure all networks in the same way after training: nothing dropped, no penalty, the weights
# that the network ended with. That is the cross-entropy of its predictions.


# %%
def cross_entropy(network, images, classes):
    probabilities = ops.convert_to_numpy(network(images, training=False))
    return -np.mean(np.log(probabilities[np.arange(len(classes)), classes]))


on_training = {name: cross_entropy(network, *training) for name, network in networks.items()}
on_validation = {name: cross_entropy(network, *validation) for name, network in networks.items()}
fair = {name: on_validation[name] - on_training[name] for name in networks}
reported = {name: generalization_gap(history) for name, history in histories.items()}

# %% [markdown]
# **Predict before you run.** For which remedy do the two gaps, as reported and measured fairly, differ most?

# %%
_, axis = plt.subplots(figsize=(7, 3.2), layout="constrained")
places = np.arange(len(fair))
_ = axis.barh(places - 0.2, list(reported.values()), height=0.4, color="0.7", label="as fit reports it")
_ = axis.barh(places + 0.2, list(fair.values()), height=0.4, color="C0", label="measured fairly")
_ = axis.set(yticks=places, yticklabels=list(fair), xlabel="generalization gap")
_ = axis.invert_yaxis()
_ = axis.legend()
plt.show()

# %%
remedies = [name for name in fair if name != "no remedy"]
print(
    "Every remedy takes more than a fifth off the fair gap:",
    bool(max(fair[name] for name in remedies) < 0.8 * fair["no remedy"]),
)
print(
    "Dropout's gap as reported is less than four fifths of the fair one:",
    bool(reported["dropout"] < 0.8 * fair["dropout"]),
)
print(
    "Every remedy predicts validation images better:",
    bool(max(on_validation[name] for name in remedies) < on_validation["no remedy"]),
)

# %% [markdown]
# One seed, one split and one strength for each are no fair race between the remedies; the practical runs that race with
# several seeds. What the picture does show: whoever compares reported gaps compares different things.
#
# **What did you see?** Before you go on, answer for yourself: whose training loss is the lowest, and is that good news?
# What do the labels of the careless hand have to do with the lowest point of the first picture? Give dropout a rate of
# 0.8, or L2 a strength of 0.1, and see a network that learns too little.
#
# ## In words
#
# 1. With dropout, the gap that `fit` reports is smaller than the fair one. Explain why, and say what a *negative*
#    reported gap would therefore mean.
# 2. With L2, the reported validation loss is the highest of all, and yet the network predicts better. Explain why, and
#    say which number you would compare between networks.
# 3. You try ten strengths and five rates and keep the network with the lowest validation loss. Why is that loss too
#    good to be reported, and what do you report instead?
#
# Five to eight sentences are enough (3 points).

# %% [markdown] essay="what_the_gap_hides" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# 1. The training loss of `fit` is measured while training, with half of the units off, so it is the loss of thinned
#    networks and higher than that of the whole one; the validation loss is measured with all units on. (It is also a
#    mean over the epoch, during which the network still improves.) A negative gap does therefore not mean that the
#    network does better on images that it has never seen; it only means that dropout costs more than the gap is wide.
# 2. `fit` adds the penalty to both losses, so the validation loss holds λ Σ w², which has nothing to do with the
#    predictions; in the difference it cancels. Compare the cross-entropy alone (or the accuracy) on the same images,
#    outside of training.
# 3. The lowest of fifty validation losses is low partly by luck: the choice has been fitted to the validation images.
#    Report the loss on test images that had no part in any choice, measured once.
#
# **Rubric.** One point each: (1) training loss with units off, validation with all on, *and* a sound reading of a
# negative gap; (2) the penalty stands in the reported loss, *and* a number without it; (3) choosing by the validation
# loss makes it too good, *and* the test set, once.
# ### END SOLUTION

# %% [markdown]
# ## Where you are
#
# The cell below says which of your answers have passed the checks in this notebook. It gives no points: the points
# come from the grader, which asks more.

# %%
for name in ("generalization_gap", "Dropout", "make_regularized_model", "make_early_stopping"):
    print(f"{name:22} {'passed its check' if name in passed else 'has not passed its check yet'}")
