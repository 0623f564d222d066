# %% [markdown]
# # Vanishing gradients in Keras
#
# What does a line such as `keras.layers.BatchNormalization()` put into a network, and what does it do for a deep one?
# In this notebook you write batch normalization as a Keras layer, build the lecture's network with it, and mend a
# network of twenty layers that does not train.
#
# - **You will do:** one class with three short methods and two functions that build networks, each followed by a check
#   and an experiment, and one question in words.
# - **You need:** `from-scratch.ipynb`, finished as far as the forward pass of batch normalization, and Keras 3 with
#   TensorFlow or JAX.
# - **Time:** about 90 minutes. Running the finished notebook takes less than half a minute.
# - **Points:** batch normalization 6, the lecture's network 2, the mended network 3, the question in words 3.
# - **How it is graded:** the check below each exercise tries an example that you can follow by hand. When you hand in,
#   your class is used with other numbers, inside `fit`, and across saving and loading, and your networks are built in
#   other sizes; partly right answers earn part of the points.
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
# ## How a Keras layer works: one with a memory, worked out
#
# In NumPy the running statistics came in as arguments and went out as results. A Keras layer *owns* what it learns and
# what it remembers, in variables, so that it can be compiled, saved and loaded. That leads to three methods:
#
# | method | is called | and has to |
# |---|---|---|
# | `build` | once, when the shape of the inputs is known | create the variables |
# | `call` | for each batch | compute the outputs, and in training also renew what the layer remembers |
# | `get_config` | when the model is saved | return the settings, so that a copy can be built |
#
# The layer below divides its inputs by the largest size that it has met in training (at least a given floor) and
# multiplies by a gain that is learned. Read it with care: your class has the same shape.


# %%
class LargestScaler(keras.layers.Layer):
    """Divides by the largest size met in training, which is remembered, and multiplies by a gain, which is learned."""

    def __init__(self, floor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.floor = floor

    def build(self, input_shape):
        self.gain = self.add_weight(shape=(), initializer="ones", name="gain")
        self.largest = self.add_weight(shape=(), initializer="zeros", trainable=False, name="largest")

    def call(self, inputs, training=None):
        if training:
            self.largest.assign(ops.maximum(self.largest, ops.max(ops.abs(inputs))))
        return self.gain * inputs / ops.maximum(self.largest, self.floor)

    def get_config(self):
        return {**super().get_config(), "floor": self.floor}


# %% [markdown]
# What to notice:
#
# - `add_weight` makes a variable that belongs to the layer. With `trainable=False` no optimizer touches it; it is saved
#   and loaded all the same. `input_shape` is the shape of a batch: its last entry is the number of features.
# - `self.largest.assign(value)` changes the value *in* the variable. What `fit` runs is compiled: a Python attribute
#   that you set in `call` would not be there the next time, and would not be saved.
# - `training` is True inside `fit` and False in `predict` and `evaluate`. Who calls the layer directly and says nothing
#   hands it None, which counts as not training.
# - The mathematics uses operators and `keras.ops` (`ops.mean`, `ops.sqrt`, …), so it runs on every backend.
#
# By hand: after a batch with 1 and $-4$ in training, an input of 2 gives $2/4 = 0.5$. Outside of training nothing is
# remembered: a batch with 100 leaves the 4 where it is.

# %%
layer = LargestScaler()
_ = layer(ops.array([[1.0], [-4.0]]), training=True)
_ = layer(ops.array([[100.0]]))
print("After a batch in training and one outside, 2 becomes 0.5:", float(layer(ops.array([[2.0]]))[0, 0]) == 0.5)
print("Learned:", [variable.name for variable in layer.trainable_variables])
print("Remembered:", [variable.name for variable in layer.non_trainable_variables])

# %% [markdown]
# ## 1. Batch normalization
#
# **By hand.** One feature, a fresh layer ($\gamma = 1$, $\beta = 0$, moving mean 0, moving variance 1) with
# $\varepsilon = 12$ and momentum 0.75. In training a batch of 1 and 5 has mean 3 and variance 4, so the root is 4 and
# the outputs are $-0.5$ and $0.5$. The moving mean becomes $0.75 \cdot 0 + 0.25 \cdot 3 = 0.75$, the moving variance
# $0.75 \cdot 1 + 0.25 \cdot 4 = 1.75$. Then in use, an input of 5 gives
# $(5 - 0.75)/\sqrt{1.75 + 12} \approx 1.146$.
#
# **Predict before you run.** The layer stands behind 300 units. How many numbers does it keep, and how many of them
# does the optimizer change?


# %% exercise="BatchNormalization"
class BatchNormalization(keras.layers.Layer):
    """Batch normalization as a Keras layer, for inputs of shape (batch, features).

    Each feature is handled on its own; ε stands inside the root. With `training=True` mean and variance are those of
    the batch, with the variance divided by the number of examples, and the moving statistics are renewed::

        outputs           = γ · (inputs - mean) / √(variance + ε) + β
        moving mean     ← momentum · moving mean     + (1 - momentum) · mean
        moving variance ← momentum · moving variance + (1 - momentum) · variance

    With `training=False` or None, mean and variance are the moving ones, which stay as they are.

    The layer has four variables of shape (features,), made by `add_weight`. Trained by the optimizer are γ, which
    starts at 1, and β, which starts at 0. Not trained are the moving mean, which starts at 0, and the moving variance,
    which starts at 1. What they are called is up to you. The layer must work when it is called directly and inside a
    compiled `fit`, and after saving and loading; gradients go through the batch's mean and variance.
    `keras.layers.BatchNormalization` and `keras.ops.batch_normalization` are not to be used here: the point is to write
    what they do.

    Parameters
    ----------
    momentum : float
        The weight of the *old* moving statistics, at least 0 and below 1.
    epsilon : float
        ε, above 0.
    **kwargs
        What every layer takes, such as `name`.

    References
    ----------
    S. Ioffe and C. Szegedy (2015), "Batch normalization: accelerating deep network training by reducing internal
    covariate shift", ICML, arXiv:1502.03167.

    Examples
    --------
    >>> layer = BatchNormalization(momentum=0.75, epsilon=12.0)
    >>> print(ops.convert_to_numpy(layer(ops.array([[1.0], [5.0]]), training=True)).ravel())
    [-0.5  0.5]
    """

    def __init__(self, momentum=0.99, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, input_shape):
        """Create the four variables; `input_shape` is (batch, features)."""
        ### BEGIN SOLUTION
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")
        self.mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="mean")
        self.variance = self.add_weight(shape=shape, initializer="ones", trainable=False, name="variance")
        ### END SOLUTION

    def call(self, inputs, training=None):
        """Return the outputs for a batch, and renew the moving statistics where `training` is true."""
        ### BEGIN SOLUTION
        mean, variance = self.mean, self.variance
        if training:
            mean, variance = ops.mean(inputs, axis=0), ops.var(inputs, axis=0)
            self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * mean)
            self.variance.assign(self.momentum * self.variance + (1 - self.momentum) * variance)
        normalized = (inputs - mean) / ops.sqrt(variance + self.epsilon)
        return self.gamma * normalized + self.beta
        ### END SOLUTION

    def get_config(self):
        """Return the base class's settings together with those of this class, by the names that `__init__` takes."""
        ### BEGIN SOLUTION
        config = super().get_config()
        config["momentum"] = self.momentum
        config["epsilon"] = self.epsilon
        return config
        ### END SOLUTION


# %% check="BatchNormalization" points=6
passed.discard("BatchNormalization")
layer, batch = BatchNormalization(momentum=0.75, epsilon=12.0, name="mine"), ops.array([[1.0, 0.0], [5.0, 0.0]])
y = ops.convert_to_numpy(layer(batch, training=True))
shapes = [tuple(each.shape) for each in layer.trainable_variables], [tuple(each.shape) for each in layer.variables]
assert shapes == ([(2,)] * 2, [(2,)] * 4), f"expected 2 trainable of 4 variables of shape (2,), got {shapes}; see build"
assert np.allclose(y[:, 0], [-0.5, 0.5]), f"training: expected [-0.5, 0.5], got {y[:, 0]}; axis, variance, ε?"
assert np.allclose(y[:, 1], 0), f"training, a feature of zeros: expected zeros, got {y[:, 1]}"
y = ops.convert_to_numpy(layer(ops.array([[5.0, 1.0]])))
assert np.allclose(y, [[4.25 / 13.75**0.5, 1 / 12.75**0.5]]), (
    f"use: got {y}; are the moving statistics right, and used?"
)
again = ops.convert_to_numpy(layer(ops.array([[5.0, 1.0]]), training=False))
assert np.allclose(again, y), (
    "a second call with training=False gave something else: is anything renewed outside training?"
)
copy = BatchNormalization.from_config(layer.get_config())
settings = copy.momentum, copy.epsilon, copy.name
assert settings == (0.75, 12.0, "mine"), f"a copy has the settings {settings}; see get_config"
passed.add("BatchNormalization")

# %% [markdown]
# Your prediction: the numbers behind 300 units.

# %%
layer = BatchNormalization()
layer.build((None, 300))
print("The layer keeps 1200 numbers:", layer.count_params() == 1200)
trained = sum(int(np.prod(variable.shape)) for variable in layer.trainable_variables)
print("The optimizer changes half of them:", trained == 600)

# %% [markdown]
# Is your class the same as Keras's own? Five batches in training, then one in use:


# %%
def run_beside(ours, theirs, batches=5, seed=0):
    """Hand two layers the same batches; return the largest difference of their outputs."""
    rng, largest = np.random.default_rng(seed), 0.0
    for number in range(batches + 1):
        batch = ops.array(rng.normal(2.0, 3.0, size=(6, 4)), dtype="float32")
        one, other = (layer(batch, training=number < batches) for layer in (ours, theirs))
        largest = max(largest, float(ops.max(ops.abs(one - other))))
    return largest


# %%
settings = {"momentum": 0.8, "epsilon": 0.01}
difference = run_beside(BatchNormalization(**settings), keras.layers.BatchNormalization(**settings))
print("Your layer and Keras's agree:", difference < 1e-4)

# %% [markdown]
# ## The data, and a network to compare with
#
# The data are scikit-learn's digits: 1,797 images of 8 by 8 pixels, scaled to lie between 0 and 1, and shuffled into
# 60 % for training, 20 % for validation and 20 % for a test that we leave alone here. (If the environment
# says `NN2_DATA=fashion_mnist`, 6,000 images of Fashion-MNIST are downloaded and used instead.)


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
IMAGE_SHAPE = inputs.shape[1:]
order = np.random.default_rng(0).permutation(len(inputs))
training, validation, test = np.split(order, [int(0.6 * len(order)), int(0.8 * len(order))])
print(f"{name}: {len(training)} images for training, {len(validation)} for validation")


# %%
def make_network(image_shape=IMAGE_SHAPE):
    """The week-1 network, not yet compiled."""
    layers = [
        keras.Input(image_shape),
        keras.layers.Flatten(),
        keras.layers.Dense(300, activation="relu"),
        keras.layers.Dense(100, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential(layers)


def train(network, epochs=5):
    """Compile and train a network as in week 1; return the training losses and accuracies of each epoch."""
    network.compile(keras.optimizers.SGD(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return network.fit(inputs[training], targets[training], batch_size=32, epochs=epochs, verbose=0).history


# %% [markdown]
# ## 2. The lecture's network
#
# The slide on batch normalization shows the week-1 network with three changes: He's normal weights in both hidden
# layers, and a batch normalization behind each of them (behind the activation). The last layer stays as it was.
#
# **By hand.** For images of 8 by 8 pixels the three Dense layers have $64 \cdot 300 + 300$, $300 \cdot 100 + 100$ and
# $100 \cdot 10 + 10$ numbers, 50,610 together. Batch normalization adds $2 \cdot 300 + 2 \cdot 100 = 800$ that are
# trained and as many that are not.
#
# **Predict before you run.** Both networks train for five epochs, once from the usual initial weights and once from
# weights that are ten times too small. Which of the four runs get anywhere?


# %% exercise="make_normalized_network"
def make_normalized_network(image_shape=(8, 8), momentum=0.99):
    """Build the lecture's network with batch normalization, not compiled.

    Its layers, in this order: Flatten; 300 units (Dense) with ReLU; batch normalization; 100 units with ReLU; batch
    normalization; 10 units with softmax. The weights of the two hidden Dense layers are He's normal ones
    (`kernel_initializer="he_normal"`); everything else in the Dense layers is left at Keras's defaults.

    Parameters
    ----------
    image_shape : tuple of int
        Height and width of the images.
    momentum : float
        For both of your `BatchNormalization` layers. Their ε is left at its default.

    Returns
    -------
    network : keras.Model
        From images of shape (batch, height, width) to probabilities of shape (batch, 10).

    Examples
    --------
    >>> make_normalized_network().count_params()
    52210
    """
    ### BEGIN SOLUTION
    layers = [
        keras.Input(image_shape),
        keras.layers.Flatten(),
        keras.layers.Dense(300, activation="relu", kernel_initializer="he_normal"),
        BatchNormalization(momentum=momentum),
        keras.layers.Dense(100, activation="relu", kernel_initializer="he_normal"),
        BatchNormalization(momentum=momentum),
        keras.layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential(layers)
    ### END SOLUTION


# %% check="make_normalized_network" points=2
passed.discard("make_normalized_network")
network = make_normalized_network((6, 5), momentum=0.5)
probabilities = ops.convert_to_numpy(network(np.ones((3, 6, 5), "float32")))
kernels = [tuple(each.shape) for each in network.trainable_variables if len(each.shape) == 2]
assert kernels == [(30, 300), (300, 100), (100, 10)], f"for images of 6 by 5 the weights have the shapes {kernels}"
kept = [tuple(each.shape) for each in network.non_trainable_variables if len(each.shape) == 1]
assert sorted(kept) == [(100,)] * 2 + [(300,)] * 2, f"moving statistics: found {kept}; is each hidden layer normalized?"
first = next(each for each in network.trainable_variables if tuple(each.shape) == (30, 300))
variance = float(np.var(ops.convert_to_numpy(first)))
assert 0.06 < variance < 0.073, f"first weights: expected He's variance, 2/30, got {variance:.3g}"
assert probabilities.shape == (3, 10), f"expected outputs of shape (3, 10), got {probabilities.shape}"
assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-4), (
    "the outputs are no probabilities: how does the last layer end?"
)
passed.add("make_normalized_network")


# %% [markdown]
# Your prediction: four runs. Look at the two dashed curves, whose weights started ten times too small.


# %%
def shrink(network, factor):
    """Multiply the initial weights (not biases, γ, β or moving statistics) of a network; returns the network."""
    for variable in network.trainable_variables:
        if len(variable.shape) == 2:
            variable.assign(variable * factor)
    return network


# %%
histories = {}
for kind, make in {"week 1": make_network, "with batch normalization": make_normalized_network}.items():
    for factor, label in ((1.0, ""), (0.1, ", weights / 10")):
        keras.utils.set_random_seed(1)
        histories[kind + label] = train(shrink(make(IMAGE_SHAPE), factor))

# %%
_, axis = plt.subplots(figsize=(8, 4), layout="constrained")
for (name, history), style in zip(histories.items(), ("o-", "o--", "s-", "s--"), strict=True):
    _ = axis.semilogy(np.arange(1, 6), history["loss"], style, markersize=4, label=name)
_ = axis.set(xlabel="epoch", ylabel="training loss", xticks=np.arange(1, 6), title="Five epochs, learning rate 0.01")
_ = axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %%
plain, plain_small, normal, normal_small = (history["loss"][-1] for history in histories.values())
print("With batch normalization the training loss is less than half as high:", 2 * normal < plain)
print("The week-1 network with small weights has learned nothing:", plain_small > 2.25)
print("The normalized one with small weights has learned:", normal_small < 0.5)

# %% [markdown]
# Batch normalization makes the network both faster and careless of the size of its initial weights.
#
# ## 3. One network, two modes
#
# After a short training something looks wrong: the validation loss of the normalized network is far above its training
# loss. Is that overfitting? To find out, we ask the trained network for the *same* validation images in both modes: as
# in use, with the moving statistics, and as in training, with the statistics of the batch.
#
# **Predict before you run.** Which mode has the lower loss, and what does the layer's momentum have to do with it?


# %%
def validation_loss(network, training_mode):
    """The mean cross-entropy over the validation images, as in training or as in use."""
    probabilities = ops.convert_to_numpy(network(inputs[validation], training=training_mode))
    right = probabilities[np.arange(len(validation)), targets[validation]]
    return -np.mean(np.log(np.maximum(right, 1e-7)))


# %%
losses = {}
for momentum in (0.99, 0.9):
    keras.utils.set_random_seed(1)
    network = make_normalized_network(IMAGE_SHAPE, momentum=momentum)
    _ = train(network, epochs=2)
    losses[momentum] = [validation_loss(network, training_mode) for training_mode in (False, True)]

# %% [markdown]
# Look at the pair of bars for each momentum.

# %%
_, axis = plt.subplots(figsize=(5, 4))
for place, (label, hatch) in enumerate((("in use", ""), ("as in training", "//"))):
    values = [pair[place] for pair in losses.values()]
    _ = axis.bar(np.arange(2) + 0.4 * place, values, width=0.35, hatch=hatch, label=label)
_ = axis.set(ylabel="validation loss", title="After two epochs")
_ = axis.set_xticks([0.2, 1.2], [f"momentum {momentum}" for momentum in losses])
_ = axis.legend()
plt.show()
quotients = {momentum: in_use / in_training for momentum, (in_use, in_training) in losses.items()}
print("Momentum 0.99: in use the loss is more than 1.5 times as high:", bool(quotients[0.99] > 1.5))
print("Momentum 0.9: the two modes agree within a fifth:", bool(0.8 < quotients[0.9] < 1.2))

# %% [markdown]
# It is not overfitting. Two epochs are 68 steps of 32 images, and with momentum 0.99 the moving statistics still hold
# half of their starting values by then ($0.99^{68} \approx 0.5$). The network has learned, but the layer does not know
# its own data yet. Longer training, or a lower momentum, mends that.
#
# And when a model is saved? The moving statistics travel with it, although no optimizer ever touched them.

# %%
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    network.save(Path(folder) / "network.keras")
    known = {"BatchNormalization": BatchNormalization}
    loaded = keras.models.load_model(Path(folder) / "network.keras", custom_objects=known)
before, after = (each.predict(inputs[validation], verbose=0) for each in (network, loaded))
print("The loaded network predicts what the saved one does:", bool(np.allclose(before, after, atol=1e-5)))

# %% [markdown]
# ## 4. A network that does not train
#
# Twenty hidden layers of 50 sigmoid units, with Keras's default weights, which are Glorot's:


# %%
def make_deep_network(image_shape=IMAGE_SHAPE, depth=20, width=50):
    """A deep sigmoid network, not yet compiled."""
    layers = [keras.Input(image_shape), keras.layers.Flatten()]
    for _ in range(depth):
        layers.append(keras.layers.Dense(width, activation="sigmoid"))
    layers.append(keras.layers.Dense(10, activation="softmax"))
    return keras.Sequential(layers)


# %% [markdown]
# To see how far the gradient gets we need it layer by layer, on any backend. There is a trick: an "optimizer" which
# puts the gradient itself in the place of the weights. After one step with it every weight *is* its gradient, and we
# measure that and put the weights back.


# %%
class GradientsInstead(keras.optimizers.Optimizer):
    """After a step each variable holds its own gradient."""

    def update_step(self, gradient, variable, learning_rate):
        self.assign(variable, gradient)


def gradient_norms(network, examples=32):
    """The norm of the loss's gradient for each matrix of weights, the one next to the input first."""
    first = training[:examples]
    _ = network(inputs[first])  # makes the weights, where that has not been done
    kept = network.get_weights()
    eager = keras.backend.backend() == "tensorflow"  # for a single step TensorFlow is faster without compiling it
    network.compile(GradientsInstead(1.0), loss="sparse_categorical_crossentropy", run_eagerly=eager)
    _ = network.train_on_batch(inputs[first], targets[first])
    matrices = [each for each in network.trainable_variables if len(each.shape) == 2]
    norms = np.array([np.linalg.norm(ops.convert_to_numpy(each)) for each in matrices])
    network.set_weights(kept)
    return norms


# %%
keras.utils.set_random_seed(1)
broken = make_deep_network()
broken_norms = gradient_norms(broken)
print(
    "The first layer's gradient is less than a billionth of the last one's:",
    bool(broken_norms[0] < 1e-9 * broken_norms[-1]),
)

# %% [markdown]
# Your task is to mend it. Which of the three remedies you take is up to you: other initial weights, another activation,
# batch normalization, or several of them.
#
# **By hand.** How can you tell that the gradient arrives? Use `gradient_norms`: in a healthy network of this kind the
# norms of all hidden layers are of order 1. We call a gradient healthy if its norm lies between 0.01 and 1000.
#
# **Predict before you run.** Which single change of the network above will bring the gradient back: He's weights with
# the sigmoid, ReLU with Glorot's weights, or batch normalization with the sigmoid?


# %% exercise="make_mended_network"
def make_mended_network(image_shape=(8, 8), depth=20, width=50):
    """Build a deep network whose gradients reach all of its layers, not compiled.

    It has the layers of `make_deep_network`: Flatten, `depth` hidden Dense layers of `width` units each, and a Dense
    layer of 10 units with softmax, each connected to the one before. Initial weights and activations of the hidden
    layers are yours to choose (but the network must not be linear), and you may put layers without weights, or batch
    normalization (yours or Keras's), between the Dense layers.

    What is judged, beside the layers' shapes, is the start of training. With a batch of 32 images whose pixels lie
    between 0 and 1, the norm of the gradient of the sparse categorical cross-entropy has to lie between 0.01 and 1000
    for the kernel of every hidden layer, in training mode, as `gradient_norms` measures it. That is asked of 10 to 20
    hidden layers of 50 to 100 units; each network is built twice, and the healthier one counts.

    Parameters
    ----------
    image_shape : tuple of int
        Height and width of the images.
    depth, width : int
        How many hidden layers, and how many units in each.

    Returns
    -------
    network : keras.Model
        From images of shape (batch, height, width) to probabilities of shape (batch, 10).

    Examples
    --------
    >>> make_mended_network((6, 6), depth=12, width=70)(np.zeros((5, 6, 6), "float32")).shape[1]
    10
    """
    ### BEGIN SOLUTION
    layers = [keras.Input(image_shape), keras.layers.Flatten()]
    for _ in range(depth):
        layers.append(keras.layers.Dense(width, activation="selu", kernel_initializer="lecun_normal"))
    layers.append(keras.layers.Dense(10, activation="softmax"))
    return keras.Sequential(layers)
    ### END SOLUTION


# %% check="make_mended_network" points=3
passed.discard("make_mended_network")
network = make_mended_network((6, 5), depth=3, width=20)
_ = network(np.ones((3, 6, 5), "float32"))
kernels = [tuple(each.shape) for each in network.trainable_variables if len(each.shape) == 2]
expected = [(30, 20), (20, 20), (20, 20), (20, 10)]
assert kernels == expected, f"for images of 6 by 5, depth 3 and width 20 the weights have the shapes {kernels}"
keras.utils.set_random_seed(1)
mended = make_mended_network(IMAGE_SHAPE)
hidden = gradient_norms(mended)[:-1]
assert len(hidden) == 20, f"expected 20 hidden layers, got {len(hidden)}"
assert np.isfinite(hidden).all(), f"some gradients are not finite: {hidden}; do the signals explode?"
weak, strong = int(np.argmin(hidden)) + 1, int(np.argmax(hidden)) + 1
assert hidden.min() > 0.01, f"hidden layer {weak} gets a gradient of only {hidden.min():.1g}: which remedy is missing?"
assert hidden.max() < 1000, f"hidden layer {strong} gets a gradient of {hidden.max():.1g}: it explodes"
passed.add("make_mended_network")

# %% [markdown]
# Your prediction: three single changes, your own network and the broken one. Look at which curves are inside the gray
# band, and at the left end of those that are not.


# %%
def changed(activation="sigmoid", initializer="glorot_uniform", normalize=False):
    """The broken network of twenty hidden layers with a change, not yet compiled."""
    keras.utils.set_random_seed(1)
    layers = [keras.Input(IMAGE_SHAPE), keras.layers.Flatten()]
    for _ in range(20):
        layers.append(keras.layers.Dense(50, activation=activation, kernel_initializer=initializer))
        layers += [BatchNormalization()] if normalize else []
    return keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax")])


norms = {
    "broken": broken_norms,
    "He's weights": gradient_norms(changed(initializer="he_normal")),
    "ReLU": gradient_norms(changed(activation="relu")),
    "batch normalization": gradient_norms(changed(normalize=True)),
    "mended": gradient_norms(mended),
}

# %%
_, axis = plt.subplots(figsize=(6, 4))
for (name, values), marker in zip(norms.items(), "osd^v", strict=True):
    _ = axis.semilogy(np.arange(1, 21), values[:-1], marker=marker, markersize=3, linewidth=1, label=name)
_ = axis.axhspan(1e-2, 1e3, color="0.9", label="healthy")
_ = axis.set(xlabel="hidden layer", ylabel="norm of the gradient", title="Twenty hidden layers of 50 units")
_ = axis.set_xticks([1, 5, 10, 15, 20])
_ = axis.legend(fontsize="small")
plt.show()

# %%
for name, values in norms.items():
    hidden = values[:-1]
    print(f"{name:20} every hidden layer's gradient is healthy: {bool(hidden.min() > 1e-2 and hidden.max() < 1e3)}")

# %% [markdown]
# Of these three single changes only batch normalization is enough. The other two wait for the right partner, and they
# are each other's: ReLU with He's weights. So each of the three remedies can be the one that is missing:
#
# | does not train | is mended by its | which becomes |
# |---|---|---|
# | sigmoid, Glorot | normalization | batch normalization behind each layer |
# | sigmoid, Glorot | activation | SELU (in square layers Glorot's variance is LeCun's) |
# | ReLU, Glorot | initialization | He's weights |
#
# Does a healthy gradient also mean that a network learns? Look at which curves stay at the bottom, where one image in
# ten is right by guessing.

# %%
remedies = {
    "sigmoid, Glorot": broken,
    "ReLU, Glorot": changed(activation="relu"),
    "normalization mended": changed(normalize=True),
    "activation mended": changed(activation="selu"),
    "initialization mended": changed(activation="relu", initializer="he_normal"),
    "your network": mended,
}
deep = {}
for name, network in remedies.items():
    keras.utils.set_random_seed(2)
    deep[name] = train(network, epochs=10)["accuracy"]

# %%
_, axis = plt.subplots(figsize=(8, 4), layout="constrained")
for (name, accuracy), style in zip(deep.items(), ("o:", "s:", "^-", "d-", "v-", "P--"), strict=True):
    _ = axis.plot(np.arange(1, 11), accuracy, style, markersize=4, label=name)
_ = axis.set(xlabel="epoch", ylabel="training accuracy", ylim=(0, 1), title="Twenty hidden layers, learning rate 0.01")
_ = axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
for name, accuracy in deep.items():
    print(f"{name:22} more than twice as good as guessing: {accuracy[-1] > 0.22}")

# %% [markdown]
# Without a healthy gradient nothing is learned. With one, each network learns, but not all equally fast.

# %% [markdown]
# **What did you see?** Before you go on, answer for yourself: which line of your `build` keeps the moving statistics
# away from the optimizer? Why did small initial weights not matter to the normalized network? Exchange the activation
# and the initial weights of your mended network and watch both the norms and the accuracy.
#
# ## In words
#
# Batch normalization is one of the few layers that compute something else in training than in use.
#
# 1. What does it compute in each of the two modes, and why can it not simply use the batch's statistics in both?
# 2. A colleague trains with momentum 0.99 for one epoch of 34 steps and finds a validation loss far above the training
#    loss. Give two explanations, and an experiment that tells them apart.
# 3. What changes if the batches hold only two images each? Say what happens to the outputs in training, and what to the
#    moving statistics.
#
# Five to eight sentences are enough (3 points).

# %% [markdown] essay="two_modes" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# 1. In training it normalizes with mean and variance of the current batch and lets the moving statistics follow slowly;
#    in use it normalizes with the moving statistics, which stay as they are. With the batch's statistics a prediction
#    would depend on the other examples that happen to be asked with it, a single example would always give β, and a
#    batch from a shifted distribution would be shifted back unnoticed.
# 2. Overfitting, or moving statistics that have not arrived: after 34 steps they still hold 0.99³⁴ ≈ 0.7 of their
#    starting values. Ask for the validation loss in training mode, that is with the batch's statistics (or train
#    longer, or with momentum 0.9): if it falls to the training loss, it was the statistics; if it stays high,
#    overfitting.
# 3. With two examples the normalized values are always about −1 and 1 whatever the inputs were, so nearly all
#    information about sizes is lost and hardly any gradient reaches the layers before; larger but still small batches
#    give noisy outputs. The moving statistics average many very noisy values, and the variance of two examples, divided
#    by two, is on average only half of the true one, so in use the outputs come out too large.
#
# **Rubric.** One point each: (1) both modes described *and* the dependence on the batch (or the single example) as the
# reason; (2) both explanations *and* an experiment that separates them; (3) outputs of ±1 or strong noise *and* moving
# statistics that are noisy or biased.
# ### END SOLUTION

# %% [markdown]
# ## Where you are
#
# The cell below says which of your answers have passed the checks in this notebook. It gives no points: the points come
# from the grader, which asks more.

# %%
for name in ("BatchNormalization", "make_normalized_network", "make_mended_network"):
    print(f"{name:23} {'passed its check' if name in passed else 'has not passed its check yet'}")
