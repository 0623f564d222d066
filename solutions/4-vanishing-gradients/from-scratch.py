# %% [markdown]
# # Vanishing gradients from scratch
#
# A network of twenty sigmoid layers hardly learns, however long you wait: almost nothing of the gradient reaches its
# first layers. Why, and what do initial weights, activation functions and batch normalization do about it? In this
# notebook you write all three remedies with NumPy and measure how far a signal and a gradient get.
#
# - **You will do:** eight exercises of a few lines, each followed by a check and a picture, and one question in words.
# - **You need:** matrix products, the chain rule, mean and variance, and NumPy arrays. No deep-learning library is
#   used.
# - **Time:** about 150 minutes. Running the finished notebook takes a few seconds.
# - **Points:** initial weights 3, sigmoid 1, leaky ReLU 1, ELU 1, SELU 1, gradient norms 3, batch normalization forward
#   4 and backward 4, the question in words 3.
# - **How it is graded:** the check below each exercise tries examples that you can follow by hand. When you hand in,
#   your functions are called with other numbers, shapes and settings, and partly right answers earn part of the points.
#   A function is judged only by what its docstring says.
#
# Write where it says `YOUR CODE HERE` and remove the line that raises `NotImplementedError`. You may add cells.

# %%
import matplotlib.pyplot as plt
import numpy as np

passed = set()  # names of the checks that passed; the last cell sums them up

# %% [markdown]
# ## A signal on its way through many layers
#
# Before a gradient can travel back, a signal has to travel forward. A unit with $n$ inputs computes
# $z = w_1 x_1 + \dots + w_n x_n$. If inputs and weights are independent with mean 0, then the variances multiply and
# add up: $\operatorname{Var}(z) = n \cdot \operatorname{Var}(w) \cdot \operatorname{Var}(x)$.
#
# **By hand.** With $n = 4$ inputs and weights of variance $\tfrac14$, a unit hands on exactly the variance that comes
# in. With weights of variance $\tfrac12$ the variance doubles, and after ten such layers it is 1024 times as large.
#
# The next cell sends a batch through 30 layers of 100 units and notes the *size* of what comes out of each: the root of
# the mean square.

# %%
WIDTH, LAYERS = 100, 30


def signal_sizes(draw_weights, activation, start=1.0):
    """The size of the signal after 0, 1, ..., 30 layers; `draw_weights(rng)` gives one layer's weights."""
    rng = np.random.default_rng(0)
    outputs = start * rng.normal(size=(100, WIDTH))
    sizes = [np.sqrt(np.mean(outputs**2))]
    for _ in range(LAYERS):
        outputs = activation(outputs @ draw_weights(rng))
        sizes.append(np.sqrt(np.mean(outputs**2)))
    return np.array(sizes)


# %%
def draw_by_layer(curves, title, label):
    """Draw one curve for each entry of a dict on a logarithmic axis; its last value belongs to the last layer."""
    _, axis = plt.subplots(figsize=(6, 4))
    for (name, values), marker in zip(curves.items(), "osd^vp", strict=False):
        layers = np.arange(LAYERS + 1)[-len(values) :]
        _ = axis.semilogy(layers, values, marker=marker, markersize=3, linewidth=1, label=name)
    _ = axis.set(title=title, xlabel="layer", ylabel=label)
    _ = axis.legend(fontsize="small")
    plt.show()


# %% [markdown]
# Linear units first, with weights of three standard deviations. The rule above says that the size is multiplied by
# $\sqrt{100}$ times the standard deviation in every layer. Look at how straight the lines are, and where they end.

# %%
sizes = {
    f"standard deviation {scale}": signal_sizes(lambda rng, s=scale: s * rng.normal(size=(WIDTH, WIDTH)), lambda z: z)
    for scale in (0.05, 0.1, 0.2)
}
draw_by_layer(sizes, "30 layers of 100 linear units", "size of the signal")

# %%
small, right, large = (values[-1] for values in sizes.values())
print("With 0.05 less than a ten-millionth of the signal arrives:", bool(small < 1e-7))
print("With 0.1 it arrives within a factor of three:", bool(1 / 3 < right < 3))
print("With 0.2 it has grown more than ten million times:", bool(large > 1e7))

# %% [markdown]
# Half or twice the right standard deviation does not sound like much. Over 30 layers it decides whether anything
# arrives at all.
#
# ## 1. Initial weights
#
# **The idea.** Choose the variance of the weights by the number of a layer's inputs, $\text{fan}_\text{in}$, and of its
# outputs, $\text{fan}_\text{out}$:
#
# | scheme | meant for | variance |
# |---|---|---|
# | Glorot | no activation, tanh, sigmoid, softmax | $2 / (\text{fan}_\text{in} + \text{fan}_\text{out})$ |
# | He | ReLU and its relatives | $2 / \text{fan}_\text{in}$ |
# | LeCun | SELU | $1 / \text{fan}_\text{in}$ |
#
# Glorot's is the mean of two wishes: $1/\text{fan}_\text{in}$ keeps the signal's variance on the way forward,
# $1/\text{fan}_\text{out}$ the gradient's on the way back. The slides write it as $1/\text{fan}_\text{avg}$. He's is
# twice as large as LeCun's because ReLU throws half of the signal away.
#
# The weights may be drawn from a normal distribution or from a uniform one. A uniform distribution between $-a$ and $a$
# has the variance $a^2/3$.
#
# **By hand.** A layer with 2 inputs and 6 outputs: Glorot's variance is $2/8 = \tfrac14$, which is a standard deviation
# of $\tfrac12$. The uniform distribution of that variance reaches from $-a$ to $a$ with $a^2/3 = \tfrac14$, so
# $a = \sqrt{3}/2 \approx 0.866$. He's variance is $2/2 = 1$.
#
# **Predict before you run.** Thirty layers of ReLU units get LeCun's weights instead of He's. By which factor is the
# signal smaller at the end: about 2, 30, 1,000 or 30,000?


# %% exercise="initial_weights"
def initial_weights(fan_in, fan_out, *, scheme, distribution, rng):
    """Draw the initial weights of one layer.

    Every weight is drawn on its own, with mean 0 and a variance that the scheme decides::

        "glorot"   2 / (fan_in + fan_out)
        "he"       2 / fan_in
        "lecun"    1 / fan_in

    A "uniform" distribution lies symmetrically around 0 and has that variance, too.

    Parameters
    ----------
    fan_in, fan_out : int
        How many inputs and outputs the layer has, at least 1.
    scheme : {"glorot", "he", "lecun"}
        What decides the variance.
    distribution : {"normal", "uniform"}
        What the weights are drawn from. A normal distribution whose far tails are cut off is as good as a whole one if
        what is left has the variance asked for.
    rng : numpy.random.Generator
        Draws the weights, and nothing else does: two generators made from one seed give the same weights, and a second
        call with the same generator gives others.

    Returns
    -------
    weights : ndarray of shape (fan_in, fan_out)

    Raises
    ------
    ValueError
        If the scheme or the distribution is none of these.

    References
    ----------
    X. Glorot and Y. Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS. K. He, X. Zhang, S. Ren and J. Sun (2015), arXiv:1502.01852. Y. LeCun, L. Bottou, G. Orr and K.-R. Müller
    (1998), "Efficient backprop".

    Examples
    --------
    >>> weights = initial_weights(200, 300, scheme="he", distribution="normal", rng=np.random.default_rng(0))
    >>> print(weights.shape, f"{weights.var():.2f}")
    (200, 300) 0.01
    """
    ### BEGIN SOLUTION
    variances = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}
    if scheme not in variances:
        raise ValueError(f"scheme: expected one of {', '.join(variances)}, got {scheme!r}")
    variance = variances[scheme]
    if distribution == "normal":
        return rng.normal(0.0, np.sqrt(variance), size=(fan_in, fan_out))
    if distribution == "uniform":
        limit = np.sqrt(3 * variance)
        return rng.uniform(-limit, limit, size=(fan_in, fan_out))
    raise ValueError(f"distribution: expected normal or uniform, got {distribution!r}")
    ### END SOLUTION


# %% check="initial_weights" points=3
passed.discard("initial_weights")
rng, settings = np.random.default_rng(1), {"scheme": "he", "distribution": "normal"}
first, second = (initial_weights(100, 400, **settings, rng=rng) for _ in range(2))
assert np.shape(first) == (100, 400), f"expected shape (100, 400), inputs first, got {np.shape(first)}"
assert 0.018 < np.var(first) < 0.022, f"He's variance for 100 inputs: expected 0.02 ± 10 %, got {np.var(first):.3g}"
assert not np.allclose(first, second), "two calls gave the same weights: draw from the `rng` that is handed in"
flat = initial_weights(100, 400, scheme="glorot", distribution="uniform", rng=rng)
assert abs(np.mean(flat)) < 0.002, f"uniform: expected a mean near 0, got {np.mean(flat):.2g}; is it symmetric?"
assert 0.0036 < np.var(flat) < 0.0044, f"Glorot's uniform: expected a variance of 0.004 ± 10 %, got {np.var(flat):.3g}"
for wrong in ({"scheme": "he", "distribution": "cauchy"}, {"scheme": "haydn", "distribution": "normal"}):
    try:
        initial_weights(2, 3, **wrong, rng=rng)
    except ValueError:
        continue
    raise AssertionError(f"{wrong}: expected a ValueError, and none came")
passed.add("initial_weights")

# %% [markdown]
# Your prediction: 30 layers of ReLU units with each scheme. The layers are square, so Glorot's and LeCun's variances
# are the same. Look at the slope of the curves.


# %%
def relu(z):
    return np.maximum(z, 0.0)


sizes = {
    scheme: signal_sizes(
        lambda rng, s=scheme: initial_weights(WIDTH, WIDTH, scheme=s, distribution="normal", rng=rng), relu
    )
    for scheme in ("glorot", "he", "lecun")
}
draw_by_layer(sizes, "30 layers of 100 ReLU units", "size of the signal")

# %%
kept = {scheme: values[-1] / values[1] for scheme, values in sizes.items()}
print("With He's weights the signal keeps its size within a factor of ten:", bool(0.1 < kept["he"] < 10))
print("With the others more than 99.9 % of it is lost:", bool(max(kept["glorot"], kept["lecun"]) < 1e-3))
quotient = sizes["he"][-1] / sizes["lecun"][-1]
print("He's ends about 2 to the power of 15 = 32,768 times as large as LeCun's:", bool(25_000 < quotient < 42_000))

# %% [markdown]
# He's weights are $\sqrt2$ times as large as LeCun's, and $\sqrt2$ to the power of 30 is 32,768. The right initial
# weights depend on the activation that follows them, so let us look at activations.
#
# ## Activations, and how to check a derivative
#
# Each of the next four exercises asks for an activation and for its derivative. Both are functions of $z$, the input of
# the activation. You can check a derivative without knowing it: move $z$ a little to either side and look at the slope,
#
# $$f'(z) \approx \frac{f(z + h) - f(z - h)}{2h} .$$

# %%
POINTS = np.linspace(-6, 6, 1000)  # 0 is not among them


def gradient_check(function, derivative):
    """The largest difference between a derivative and the measured slopes, at a thousand points."""
    h = 1e-5
    slopes = (function(POINTS + h) - function(POINTS - h)) / (2 * h)
    return np.max(np.abs(derivative(POINTS) - slopes))


print("For the sine and the cosine it is tiny:", bool(gradient_check(np.sin, np.cos) < 1e-8))
print("For the sine and minus the cosine it is not:", bool(gradient_check(np.sin, lambda z: -np.cos(z)) > 1))

# %% [markdown]
# ## 2. Sigmoid
#
# **The idea.** The sigmoid (or logistic) function squeezes every number into the interval from 0 to 1:
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}, \qquad \sigma'(z) = \sigma(z)\,\bigl(1 - \sigma(z)\bigr) .$$
#
# Far from 0 it *saturates*: it becomes flat, and its derivative nearly 0.
#
# A computer's numbers end near $10^{308}$, so $e^{1000}$ is infinite for NumPy, and infinite divided by infinite is
# NaN. Your functions have to give the right numbers out there, too (a warning does not matter).
#
# **By hand.** For $z = \ln 3$ we have $e^{-z} = \tfrac13$, so $\sigma(z) = 1/(1 + \tfrac13) = \tfrac34$, and the
# derivative is $\tfrac34 \cdot \tfrac14 = \tfrac{3}{16}$.
#
# **Predict before you run.** On its way back through a layer, a gradient is multiplied by the derivative of the
# activation. How large can the sigmoid's derivative be at most? Then what is left, at most, after twelve layers?


# %% exercise="sigmoid"
def sigmoid(z):
    """The sigmoid function 1 / (1 + exp(-z)), entry by entry.

    The argument keeps its values. Far from 0 the result is right, too: at z = -1000 it is 0, at z = 1000 it is 1.

    Parameters
    ----------
    z : ndarray of any shape, () included
        Floating point: float64 or float32.

    Returns
    -------
    ndarray of z's shape

    Examples
    --------
    >>> print(sigmoid(np.array([0.0, 1000.0])))
    [0.5 1. ]
    """
    ### BEGIN SOLUTION
    decay = np.exp(-np.abs(z))  # never above 1
    return np.where(z >= 0, 1.0, decay) / (1 + decay)
    ### END SOLUTION


def sigmoid_derivative(z):
    """The derivative of the sigmoid function at z (not at the sigmoid of z), entry by entry.

    The argument keeps its values. At z = -1000 and z = 1000 the result is 0.

    Parameters
    ----------
    z : ndarray of any shape, () included
        Floating point: float64 or float32.

    Returns
    -------
    ndarray of z's shape

    Examples
    --------
    >>> print(sigmoid_derivative(np.array([1000.0, np.log(3)])))
    [0.     0.1875]
    """
    ### BEGIN SOLUTION
    activated = sigmoid(z)
    return activated * (1 - activated)
    ### END SOLUTION


# %% check="sigmoid" points=1
passed.discard("sigmoid")
z = np.array([0.0, np.log(3), -1000.0, 1000.0])
got = sigmoid(z)
assert np.isfinite(got).all(), f"at {z}: got {got}; which exponential is infinite, and what is it divided by?"
assert np.allclose(got, [0.5, 0.75, 0, 1]), f"at {z}: expected [0.5, 0.75, 0, 1], got {got}"
got = sigmoid_derivative(z)
assert np.isfinite(got).all(), f"derivative at {z}: got {got}; which exponential is infinite there?"
assert np.allclose(got[1:], [0.1875, 0, 0]), f"derivative at {z[1:]}: expected [0.1875, 0, 0], got {got[1:]}"
assert gradient_check(sigmoid, sigmoid_derivative) < 1e-6, "the derivative is not the slope: is it taken at z?"
assert np.array_equal(z, [0.0, np.log(3), -1000.0, 1000.0]), "the argument was changed: make a new array"
passed.add("sigmoid")

# %% [markdown]
# Your prediction. The upper curve is the best case, in which every layer sits where the sigmoid is steepest; the lower
# one is a typical case, with $z$ spread like a standard normal distribution. Look at how many layers it takes to lose
# six powers of ten.

# %%
typical = np.exp(np.mean(np.log(sigmoid_derivative(np.random.default_rng(0).normal(size=10_000)))))
layers = np.arange(1, LAYERS + 1)
best = sigmoid_derivative(np.array(0.0)) ** layers
draw_by_layer(
    {"at best": best, "typical": typical**layers}, "What sigmoid layers leave of a gradient", "product of derivatives"
)
print("The sigmoid's slope is at most 1/4:", bool(np.isclose(sigmoid_derivative(POINTS).max(), 0.25, atol=1e-4)))
print("Twelve layers leave less than a ten-millionth, at best:", bool(best[11] < 1e-7))

# %% [markdown]
# The weights stand in that product as well. They could make up for a factor of $\tfrac14$, but large weights also push
# $z$ out to where the sigmoid is flat.
#
# ## 3. Leaky ReLU
#
# **The idea.** ReLU, $\max(0, z)$, has the slope 1 for all positive $z$ and loses nothing there. For negative $z$ it
# loses everything: a unit whose $z$ is negative for all inputs gets no gradient, and *dies*. Leaky ReLU leaves a small
# slope $s$ open:
#
# $$f(z) = \begin{cases} z & z > 0 \\ s\,z & z \le 0 . \end{cases}$$
#
# **By hand.** With $s = 0.1$: $f(3) = 3$ with slope 1, and $f(-2) = -0.2$ with slope 0.1.
#
# **Predict before you run.** A unit computes $f(x + b)$ with inputs between $-1$ and 1, and starts with $b = -3$. It
# shall learn to give 1 for all of them, as nearly as it can. Does it get anywhere with ReLU? And with leaky ReLU?


# %% exercise="leaky_relu"
def leaky_relu(z, slope=0.01):
    """Leaky ReLU, entry by entry: z where z is positive, slope · z elsewhere.

    The argument keeps its values.

    Parameters
    ----------
    z : ndarray of any shape, () included
        Floating point: float64 or float32.
    slope : float
        At least 0 and below 1.

    Returns
    -------
    ndarray of z's shape

    Examples
    --------
    >>> print(leaky_relu(np.array([-2.0, 3.0]), slope=0.1))
    [-0.2  3. ]
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, z, slope * z)
    ### END SOLUTION


def leaky_relu_derivative(z, slope=0.01):
    """The derivative of leaky ReLU at z (not at the leaky ReLU of z), entry by entry.

    The argument keeps its values. At exactly 0 there is no derivative, and what comes back there does not matter.

    Parameters
    ----------
    z : ndarray of any shape, () included
        Floating point: float64 or float32.
    slope : float
        At least 0 and below 1.

    Returns
    -------
    ndarray of z's shape

    Examples
    --------
    >>> print(leaky_relu_derivative(np.array([-2.0, 3.0]), slope=0.1))
    [0.1 1. ]
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, 1.0, slope)
    ### END SOLUTION


# %% check="leaky_relu" points=1
passed.discard("leaky_relu")
z = np.array([[-2.0, 3.0], [-1000.0, 1000.0]])
got = leaky_relu(z, slope=0.1)
assert np.shape(got) == (2, 2), f"expected an array of z's shape (2, 2), got shape {np.shape(got)}"
assert np.allclose(got, [[-0.2, 3], [-100, 1000]]), (
    f"at {z.tolist()}: got {np.asarray(got).tolist()}; which side leaks?"
)
assert np.allclose(leaky_relu(z)[0], [-0.02, 3]), f"without `slope`: got {leaky_relu(z)[0]}; see the default"
got = leaky_relu_derivative(z, slope=0.1)
assert np.allclose(got, [[0.1, 1], [0.1, 1]]), f"derivative: got {np.asarray(got).tolist()}; which slope on which side?"
assert gradient_check(leaky_relu, leaky_relu_derivative) < 1e-6, "the derivative is not the slope of your function"
assert np.array_equal(z[0], [-2.0, 3.0]), "the argument was changed: make a new array"
passed.add("leaky_relu")

# %% [markdown]
# Your prediction: gradient descent on $\tfrac12 (f(x + b) - 1)^2$, averaged over 21 inputs. Look at the first steps.


# %%
def train_bias(slope, steps=200, learning_rate=0.5):
    """The unit's mean output after 0, 1, ..., 200 steps; a slope of 0 makes it a ReLU unit."""
    x, bias, means = np.linspace(-1, 1, 21), -3.0, []
    for _ in range(steps + 1):
        outputs = leaky_relu(x + bias, slope=slope)
        means.append(outputs.mean())
        bias -= learning_rate * np.mean((outputs - 1) * leaky_relu_derivative(x + bias, slope=slope))
    return np.array(means)


# %%
_, axis = plt.subplots(figsize=(6, 4))
dead, alive = train_bias(0.0), train_bias(0.1)
_ = axis.plot(dead, label="ReLU")
_ = axis.plot(alive, linestyle="--", label="leaky ReLU, slope 0.1")
_ = axis.axhline(1, color="0.6", linewidth=0.8, label="target")
_ = axis.set(xlabel="step", ylabel="mean output", title="A unit that starts below zero")
_ = axis.legend()
plt.show()
print("The ReLU unit has not moved:", bool(np.all(dead == dead[0])))
print("The leaky unit ends within a tenth of its target:", bool(abs(alive[-1] - 1) < 0.1))

# %% [markdown]
# A small slope is enough to bring the unit back to life: slowly at first, and then at full speed. (With one bias it
# cannot give 1 for all inputs, so it stops a little short.)
#
# ## 4. ELU
#
# **The idea.** The exponential linear unit bends smoothly into a floor at $-\alpha$ instead of leaking for ever:
#
# $$f(z) = \begin{cases} z & z > 0 \\ \alpha\,(e^z - 1) & z \le 0 . \end{cases}$$
#
# Its negative outputs pull the mean of a layer's outputs back towards 0. The exponential makes it slower than ReLU.
#
# **By hand.** With $\alpha = 2$ and $z = -\ln 2$: $e^z = \tfrac12$, so $f(z) = 2 \cdot (\tfrac12 - 1) = -1$, and the
# slope there is $\alpha e^z = 1$.
#
# **Predict before you run.** Standard normal numbers have mean 0. What is the mean of their ReLUs: 0, 0.4 or 0.5? Is
# the mean of their ELUs larger or smaller than that?


# %% exercise="elu"
def elu(z, alpha=1.0):
    """The exponential linear unit, entry by entry: z where z is positive, alpha · (exp(z) - 1) elsewhere.

    The argument keeps its values. Far from 0 the result is right, too: at z = -1000 it is -alpha, and at z = 1000 it is
    1000.

    Parameters
    ----------
    z : ndarray of any shape, () included
        Floating point: float64 or float32.
    alpha : float
        α, above 0.

    Returns
    -------
    ndarray of z's shape

    References
    ----------
    D.-A. Clevert, T. Unterthiner and S. Hochreiter (2016), "Fast and accurate deep network learning by exponential
    linear units (ELUs)", ICLR, arXiv:1511.07289.

    Examples
    --------
    >>> print(elu(np.array([-1000.0, 3.0]), alpha=2.0))
    [-2.  3.]
    """
    ### BEGIN SOLUTION
    below = np.minimum(z, 0.0)
    return np.where(z > 0, z, alpha * np.expm1(below))
    ### END SOLUTION


def elu_derivative(z, alpha=1.0):
    """The derivative of the exponential linear unit at z (not at the ELU of z), entry by entry.

    The argument keeps its values. At z = -1000 the result is 0, at z = 1000 it is 1. What comes back at exactly 0 does
    not matter.

    Parameters
    ----------
    z : ndarray of any shape, () included
        Floating point: float64 or float32.
    alpha : float
        α, above 0.

    Returns
    -------
    ndarray of z's shape

    Examples
    --------
    >>> print(elu_derivative(np.array([-1000.0, 3.0]), alpha=2.0))
    [0. 1.]
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0)))
    ### END SOLUTION


# %% check="elu" points=1
passed.discard("elu")
z = np.array([-np.log(2), 3.0, -1000.0, 1000.0])
got = elu(z, alpha=2.0)
assert np.isfinite(got).all(), f"at {z}: got {got}; which exponential is infinite, and does it reach your result?"
assert np.allclose(got, [-1, 3, -2, 1000]), f"at {z}: expected [-1, 3, -2, 1000], got {got}; do both pieces meet at 0?"
assert np.allclose(elu(z)[0], -0.5), f"without `alpha`: expected -0.5 at {z[0]:.3f}, got {elu(z)[0]}"
got = elu_derivative(z, alpha=2.0)
assert np.isfinite(got).all(), f"derivative at {z}: got {got}; which exponential is infinite?"
assert np.allclose(got, [1, 1, 0, 1]), f"derivative at {z}: expected [1, 1, 0, 1], got {got}; where is alpha?"
assert gradient_check(elu, elu_derivative) < 1e-6, "the derivative is not the slope of your function"
assert np.array_equal(z[1:], [3.0, -1000.0, 1000.0]), "the argument was changed: make a new array"
passed.add("elu")

# %% [markdown]
# ReLU and its relatives side by side, functions on the left and derivatives on the right. Look at what is left of the
# derivatives for negative $z$.

# %%
_, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
curves = {
    "ReLU": (relu(POINTS), (POINTS > 0).astype(float)),
    "leaky ReLU, slope 0.1": (leaky_relu(POINTS, slope=0.1), leaky_relu_derivative(POINTS, slope=0.1)),
    "ELU": (elu(POINTS), elu_derivative(POINTS)),
    "sigmoid": (sigmoid(POINTS), sigmoid_derivative(POINTS)),
}
for (name, pair), style in zip(curves.items(), ("-", "--", "-.", ":"), strict=True):
    for axis, values in zip(axes, pair, strict=True):
        _ = axis.plot(POINTS, values, style, label=name)
_ = axes[0].set(title="activations", xlabel="$z$", xlim=(-4, 4), ylim=(-1.5, 4))
_ = axes[1].set(title="derivatives", xlabel="$z$", xlim=(-4, 4))
_ = axes[0].legend()
plt.show()

# %%
numbers = np.random.default_rng(0).normal(size=100_000)
means = {"ReLU": relu(numbers).mean(), "ELU": elu(numbers).mean()}
print("The mean of the ReLUs is about 0.4:", bool(abs(means["ReLU"] - 0.4) < 0.01))
print("The mean of the ELUs is less than half of that:", bool(0 < means["ELU"] < means["ReLU"] / 2))

# %% [markdown]
# All three keep the slope of 1 for positive $z$, which the sigmoid never has. They differ in what they keep below 0.
#
# ## 5. SELU
#
# **The idea.** Scale an ELU by $\lambda$, and choose $\alpha$ and $\lambda$ so that mean 0 and variance 1 reproduce
# themselves: what comes in with them, goes out with them. The two constants that do it are
# $\alpha \approx 1.67326324$ and $\lambda \approx 1.05070099$.
#
# $$f(z) = \lambda \cdot \begin{cases} z & z > 0 \\ \alpha\,(e^z - 1) & z \le 0 . \end{cases}$$
#
# **By hand.** $f(2) = 2.10140198$. For $z = -\ln 2$ we get $\lambda \cdot \alpha \cdot (\tfrac12 - 1) = -0.87904967$.
#
# **Predict before you run.** A signal of size 3, and another of size 0.3, go through 30 layers of SELU units with
# LeCun's weights. Of what size do they come out?


# %% exercise="selu"
def selu(z):
    """The scaled exponential linear unit, entry by entry: λ · z where z is positive, λ · α · (exp(z) - 1) elsewhere.

    The constants are α = 1.67326324 and λ = 1.05070099. The argument keeps its values. Far from 0 the result is right,
    too: at z = -1000 it is -λ · α.

    Parameters
    ----------
    z : ndarray of any shape, () included
        Floating point: float64 or float32.

    Returns
    -------
    ndarray of z's shape

    References
    ----------
    G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter (2017), "Self-normalizing neural networks", NeurIPS,
    arXiv:1706.02515.

    Examples
    --------
    >>> print(selu(np.array([-1000.0, 2.0])).round(4))
    [-1.7581  2.1014]
    """
    ### BEGIN SOLUTION
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    below = np.minimum(z, 0.0)
    return scale * np.where(z > 0, z, alpha * np.expm1(below))
    ### END SOLUTION


def selu_derivative(z):
    """The derivative of the scaled exponential linear unit at z (not at the SELU of z), entry by entry.

    The argument keeps its values. At z = -1000 the result is 0. What comes back at exactly 0 does not matter.

    Parameters
    ----------
    z : ndarray of any shape, () included
        Floating point: float64 or float32.

    Returns
    -------
    ndarray of z's shape

    Examples
    --------
    >>> print(selu_derivative(np.array([-1000.0, 2.0])).round(4))
    [0.     1.0507]
    """
    ### BEGIN SOLUTION
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return scale * np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0)))
    ### END SOLUTION


# %% check="selu" points=1
passed.discard("selu")
z = np.array([2.0, -np.log(2), -1000.0, 1000.0])
got = selu(z)
assert np.isfinite(got).all(), f"at {z}: got {got}; which exponential is infinite, and does it reach your result?"
assert np.allclose(got[:2], [2.10140198, -0.87904967]), f"at {z[:2]}: got {got[:2]}; is each piece scaled, and by what?"
assert np.allclose(got[2:], [-1.75809934, 1050.70099]), f"at {z[2:]}: got {got[2:]}; compare the constants"
got = selu_derivative(z)
assert np.isfinite(got).all(), f"derivative at {z}: got {got}; which exponential is infinite?"
assert np.allclose(got[2:], [0, 1.05070099]), f"derivative at {z[2:]}: expected [0, 1.05070099], got {got[2:]}"
assert gradient_check(selu, selu_derivative) < 1e-6, "the derivative is not the slope of your function"
assert np.array_equal(z[[0, 2, 3]], [2.0, -1000.0, 1000.0]), "the argument was changed: make a new array"
passed.add("selu")

# %% [markdown]
# Your prediction: signals of three sizes on their way through SELU layers, and one through ReLU layers with He's
# weights. Look at where the SELU curves meet.


# %%
def lecun(rng):
    return initial_weights(WIDTH, WIDTH, scheme="lecun", distribution="normal", rng=rng)


def he(rng):
    return initial_weights(WIDTH, WIDTH, scheme="he", distribution="normal", rng=rng)


sizes = {f"SELU, starting at {start}": signal_sizes(lecun, selu, start) for start in (0.3, 1.0, 3.0)}
sizes["ReLU, starting at 3.0"] = signal_sizes(he, relu, 3.0)
draw_by_layer(sizes, "30 layers of 100 units", "size of the signal")

# %%
ends = [values[-1] for name, values in sizes.items() if "SELU" in name]
print("All three SELU signals end between 0.7 and 1.4:", bool(min(ends) > 0.7 and max(ends) < 1.4))
print("The ReLU signal does not find back to 1:", bool(sizes["ReLU, starting at 3.0"][-1] > 1.4))

# %% [markdown]
# ReLU with He's weights *keeps* a size, whatever it is, and lets it drift. SELU with LeCun's weights *restores* it:
# every layer takes the signal a step closer to size 1.
#
# ## 6. How far does the gradient get?
#
# **The idea.** Now backward. A network of $D$ layers without biases computes, from a batch of inputs $A_0$ (one row for
# each example),
#
# $$Z_k = A_{k-1} W_k, \qquad A_k = f(Z_k), \qquad k = 1, \dots, D .$$
#
# Its loss is $L = \tfrac12 \sum A_D^2$, summed over the outputs of an example and averaged over the $N$ examples. The
# chain rule walks from the output to the input. It starts with $\partial L/\partial A_D = A_D / N$, and in each layer
#
# $$\frac{\partial L}{\partial Z_k} = \frac{\partial L}{\partial A_k} \otimes f'(Z_k), \qquad
# \frac{\partial L}{\partial W_k} = A_{k-1}^\top \frac{\partial L}{\partial Z_k}, \qquad
# \frac{\partial L}{\partial A_{k-1}} = \frac{\partial L}{\partial Z_k} W_k^\top .$$
#
# The *size* of a gradient is its Frobenius norm: the root of the sum of the squares of all entries.
#
# **By hand.** Two layers of one linear unit each, one example: $x = 2$, $w_1 = 3$, $w_2 = \tfrac12$. The outputs are 6
# and 3, so $\partial L/\partial A_2 = 3$. For the second layer $\partial L/\partial w_2 = 6 \cdot 3 = 18$, and
# $3 \cdot \tfrac12 = 1.5$ goes further back. For the first, $\partial L/\partial w_1 = 2 \cdot 1.5 = 3$.
#
# **Predict before you run.** Thirty sigmoid layers with Glorot's weights. How many times larger is the gradient of the
# last layer than that of the first: ten times, a thousand times, or more than a million times?


# %% exercise="gradient_norms_by_depth"
def gradient_norms_by_depth(depth, width, *, activation, derivative, scheme, rng):
    """Draw a deep network and a batch, and measure the size of the loss's gradient in every layer.

    The network has `depth` layers of `width` units each and no biases. Every layer, the last one too, applies the
    activation. The batch holds 128 examples with `width` standard normal inputs each. Every layer's weights are drawn
    on their own, from the normal distribution of the scheme. The loss is ½ · the sum of the squared outputs of an
    example, averaged over the batch.

    Parameters
    ----------
    depth, width : int
        How many layers, and how many units in each, at least 1.
    activation, derivative : callable
        The activation and its derivative. Both take an array z and give an array of its shape; both are functions of z,
        the input of the activation.
    scheme : {"glorot", "he", "lecun"}
        As for `initial_weights`, which you may call.
    rng : numpy.random.Generator
        Draws inputs and weights, in any order, and nothing else does.

    Returns
    -------
    norms : ndarray of shape (depth,)
        The Frobenius norm of ∂L/∂W for each layer, the one next to the input first.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> norms = gradient_norms_by_depth(
    ...     3, 50, activation=np.tanh, derivative=lambda z: 1 - np.tanh(z) ** 2, scheme="glorot", rng=rng
    ... )
    >>> print(norms.shape)
    (3,)
    """
    ### BEGIN SOLUTION
    outputs, slopes, weights = [rng.normal(size=(128, width))], [], []
    for _ in range(depth):
        weights.append(initial_weights(width, width, scheme=scheme, distribution="normal", rng=rng))
        z = outputs[-1] @ weights[-1]
        slopes.append(derivative(z))
        outputs.append(activation(z))
    gradient = outputs[-1] / 128
    norms = np.empty(depth)
    for layer in reversed(range(depth)):
        gradient = gradient * slopes[layer]
        norms[layer] = np.linalg.norm(outputs[layer].T @ gradient)
        gradient = gradient @ weights[layer].T
    return norms
    ### END SOLUTION


# %% check="gradient_norms_by_depth" points=3
passed.discard("gradient_norms_by_depth")


def ask_norms(depth, width, f, slope, seed=0):
    rng = np.random.default_rng(seed)
    norms = gradient_norms_by_depth(depth, width, activation=f, derivative=slope, scheme="lecun", rng=rng)
    assert np.shape(norms) == (depth,), f"expected one norm for each of {depth} layers, got shape {np.shape(norms)}"
    return np.asarray(norms)


got = ask_norms(3, 50, lambda z: 0 * z + 3.0, lambda z: 0 * z + 2.0)  # outputs of 3, slopes of 2, whatever z is
assert np.isclose(got[2], 50 * 3 * 3 * 2), f"constant outputs: expected 900 in the last layer, got {got[2]}; see below"
got = ask_norms(6, 100, lambda z: z, lambda z: 0 * z + 1.0)
assert got.max() < 3 * got.min(), f"linear units: expected about the same norm in every layer, got {got}"
got = ask_norms(6, 100, np.arctan, lambda z: 0 * z + 0.1)  # a slope that shrinks the gradient tenfold in each layer
assert got[0] < 1e-3 * got[-1], (
    f"small slopes: expected the smallest norm next to the input, got {got}; in which order?"
)
again = ask_norms(6, 100, np.arctan, lambda z: 0 * z + 0.1, seed=1)
assert not np.allclose(got, again), "another seed gave the same norms: draw everything from `rng`"
passed.add("gradient_norms_by_depth")

# %% [markdown]
# Where the 900 comes from: all outputs are 3, so $\partial L/\partial A_3 = 3/128$, and with slopes of 2
# $\partial L/\partial Z_3 = 6/128$. Every entry of $\partial L/\partial W_3$ is the sum of $3 \cdot 6/128$ over 128
# examples, which is 18, and 50 times 50 entries of 18 have the norm $50 \cdot 18$.
#
# Now your prediction, and four other combinations. Look at slope *and* height of the curves.


# %%
def tanh_derivative(z):
    return 1 - np.tanh(z) ** 2


def relu_derivative(z):
    return (z > 0).astype(float)


COMBINATIONS = {
    "sigmoid, Glorot": (sigmoid, sigmoid_derivative, "glorot"),
    "tanh, Glorot": (np.tanh, tanh_derivative, "glorot"),
    "ReLU, Glorot": (relu, relu_derivative, "glorot"),
    "ReLU, He": (relu, relu_derivative, "he"),
    "SELU, LeCun": (selu, selu_derivative, "lecun"),
}
norms = {}
for name, (f, slope, scheme) in COMBINATIONS.items():
    rng = np.random.default_rng(0)
    norms[name] = gradient_norms_by_depth(LAYERS, WIDTH, activation=f, derivative=slope, scheme=scheme, rng=rng)
draw_by_layer(norms, "30 layers of 100 units", "norm of the gradient")

# %%
spread = {name: values.max() / values.min() for name, values in norms.items()}
print("Sigmoid: the last gradient is more than a million times the first:", bool(spread["sigmoid, Glorot"] > 1e6))
for name in list(norms)[1:]:
    print(f"{name:12} stays within a factor of 30 over all layers:", bool(spread[name] < 30))
quotient = np.median(norms["ReLU, He"]) / np.median(norms["ReLU, Glorot"])
print("ReLU with Glorot's weights: every layer's gradient is a million times smaller:", bool(quotient > 1e6))

# %% [markdown]
# There are two ways to vanish. With the sigmoid the gradient fades from layer to layer. With ReLU and Glorot's weights
# it is the same everywhere, and everywhere much too small, because the signal has faded on its way forward.
#
# ## 7. Batch normalization, forward
#
# **The idea.** Good initial weights are right for the first step; training then moves them. Batch normalization takes
# care of the size at *every* step. For each feature (each column) it takes mean $\mu$ and variance $v$ over the
# examples of the batch, centers, divides, and then lets the network choose scale and shift itself:
#
# $$\hat x = \frac{x - \mu}{\sqrt{v + \varepsilon}}, \qquad y = \gamma\,\hat x + \beta .$$
#
# The variance is the mean of the squared deviations, divided by the number of examples (not by one less). In use there
# may be a single example and no batch. So training also keeps running statistics, which forget slowly, and test mode
# uses these in the place of $\mu$ and $v$:
#
# $$\text{running} \leftarrow \text{momentum} \cdot \text{running} + (1 - \text{momentum}) \cdot \text{batch} .$$
#
# **By hand.** One feature, a batch of two: 1 and 5. Mean 3, variance 4. With $\varepsilon = 12$ the root is 4, and
# $\hat x = \pm\tfrac12$. With $\gamma = 2$ and $\beta = 10$ the outputs are 9 and 11. With momentum 0.75, a running
# mean of 7 becomes $0.75 \cdot 7 + 0.25 \cdot 3 = 6$, and a running variance of 8 becomes $6 + 1 = 7$. In test mode,
# with running mean 6, running variance 4 and the same $\varepsilon$, an input of 10 gives
# $2 \cdot (10 - 6)/4 + 10 = 12$.
#
# **Predict before you run.** Thirty tanh layers whose weights are 10, or 100, times too small. What is the size of the
# last layer's signal without batch normalization, and what with it?


# %% exercise="batch_norm_forward"
def batch_norm_forward(inputs, gamma, beta, running_mean, running_variance, *, momentum=0.99, epsilon=1e-3, training):
    """Batch normalization, forward.

    Each feature (column) is handled on its own; ε stands inside the root. In training, mean and variance are those of
    the batch, with the variance divided by the number of examples, and the running statistics move::

        outputs              = γ · (inputs - mean) / √(variance + ε) + β
        new running mean     = momentum · running mean     + (1 - momentum) · mean
        new running variance = momentum · running variance + (1 - momentum) · variance

    Otherwise mean and variance are the running ones, which stay as they are. The arguments keep their values.

    Parameters
    ----------
    inputs : ndarray of shape (batch, features)
        Floating point: float64 or float32. At least two examples in training, at least one otherwise.
    gamma, beta, running_mean, running_variance : ndarray of shape (features,)
        Scale γ and shift β, and what is known from earlier batches. The running variance is never negative.
    momentum : float
        The weight of the *old* running statistics, at least 0 and below 1.
    epsilon : float
        ε, above 0.
    training : bool
        Whether to use the batch's statistics (True) or the running ones (False).

    Returns
    -------
    outputs : ndarray of shape (batch, features)
    running_mean, running_variance : ndarray of shape (features,)
    cache : anything
        What your `batch_norm_backward` wants to know about this call, if it was in training; nothing else looks at it.

    References
    ----------
    S. Ioffe and C. Szegedy (2015), "Batch normalization: accelerating deep network training by reducing internal
    covariate shift", ICML, arXiv:1502.03167.

    Examples
    --------
    >>> x, gamma, beta, old = np.array([[1.0], [5.0]]), np.array([2.0]), np.array([10.0]), np.array([7.0])
    >>> y, mean, variance, cache = batch_norm_forward(
    ...     x, gamma, beta, old, old + 1, momentum=0.75, epsilon=12.0, training=True
    ... )
    >>> print(y.ravel(), mean, variance)
    [ 9. 11.] [6.] [7.]
    """
    ### BEGIN SOLUTION
    mean, variance = running_mean, running_variance
    if training:
        mean, variance = inputs.mean(axis=0), inputs.var(axis=0)
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_variance = momentum * running_variance + (1 - momentum) * variance
    scale = np.sqrt(variance + epsilon)
    normalized = (inputs - mean) / scale
    outputs = gamma * normalized + beta
    return outputs, running_mean, running_variance, (normalized, scale, gamma)
    ### END SOLUTION


# %% check="batch_norm_forward" points=4
passed.discard("batch_norm_forward")
x, gamma, beta = np.array([[1.0, 0.0], [5.0, 0.0]]), np.array([2.0, 3.0]), np.array([10.0, 20.0])
old = np.array([7.0, 0.0]), np.array([8.0, 1.0])
y, mean, variance, _ = batch_norm_forward(x, gamma, beta, *old, momentum=0.75, epsilon=12.0, training=True)
assert np.allclose(y[:, 0], [9, 11]), f"first feature: expected [9, 11], got {y[:, 0]}; axis, variance, ε, γ, β?"
assert np.allclose(y[:, 1], 20), f"second feature, all zeros: expected [20, 20], got {y[:, 1]}; is anything 0/0?"
assert np.allclose(mean, [6, 0]), f"running mean: expected [6, 0], got {mean}; which of old and new has momentum?"
assert np.allclose(variance, [7, 0.75]), f"running variance: expected [7, 0.75], got {variance}"
known = np.array([6.0, 0.0]), np.array([4.0, 13.0])
y, *after, _ = batch_norm_forward(np.array([[10.0, 5.0]]), gamma, beta, *known, epsilon=12.0, training=False)
assert np.allclose(y, [[12, 23]]), f"test mode, one example: expected [[12, 23]], got {y}; whose mean and variance?"
assert np.allclose(after, known), "test mode has changed the running statistics"
assert np.array_equal(old, [[7, 0], [8, 1]]), "an argument was changed: make new arrays instead of *= and +="
passed.add("batch_norm_forward")

# %% [markdown]
# Your prediction: 30 tanh layers, with weights from a hundred times too small to ten times too large, without and with
# batch normalization before each tanh. Look at how much of the horizontal axis is of use.


# %%
def last_size(scale, normalize):
    """The size of the signal after 30 tanh layers whose weights are `scale` times LeCun's."""

    def activation(z):
        if normalize:
            ones, zeros = np.ones(WIDTH), np.zeros(WIDTH)
            z, *_ = batch_norm_forward(z, ones, zeros, zeros, ones, epsilon=1e-8, training=True)
        return np.tanh(z)

    return signal_sizes(lambda rng: scale * lecun(rng), activation)[-1]


scales = np.geomspace(0.01, 10, 10)
plain, normalized = ([last_size(scale, normalize) for scale in scales] for normalize in (False, True))

# %%
_, axis = plt.subplots(figsize=(6, 4))
_ = axis.loglog(scales, np.maximum(plain, 1e-12), marker="o", markersize=3, label="without")
_ = axis.loglog(scales, normalized, marker="s", markersize=3, label="with batch normalization")
_ = axis.set(xlabel="size of the weights, relative to LeCun's", ylabel="size of the signal (at least $10^{-12}$)")
_ = axis.set_title("What arrives after 30 tanh layers")
_ = axis.legend()
plt.show()
print("Without, ten times too small leaves nothing:", bool(plain[3] < 1e-12))
print("With it, the size is between 0.5 and 0.8 everywhere:", bool(min(normalized) > 0.5 and max(normalized) < 0.8))

# %% [markdown]
# Batch normalization divides a wrong size of the weights out again, whatever it is.
#
# How long do the running statistics take to find out about the data? The next cell feeds batches with mean 5 to running
# means that start at 0.

# %%
rng, needed, one, zero = np.random.default_rng(0), {}, np.ones(1), np.zeros(1)
for momentum in (0.9, 0.99):
    mean, variance, batches = zero, one, 0
    while mean[0] < 4.5 and batches < 1000:  # nine tenths of the way
        x = rng.normal(5.0, 0.5, size=(32, 1))
        _, mean, variance, _ = batch_norm_forward(x, one, zero, mean, variance, momentum=momentum, training=True)
        batches += 1
    needed[momentum] = batches
print("With momentum 0.9 it takes between 15 and 30 batches:", 15 <= needed[0.9] <= 30)
print("With momentum 0.99 it takes between 200 and 260 batches:", 200 <= needed[0.99] <= 260)

# %% [markdown]
# Keep that in mind for the Keras notebook: after a short training the running statistics may still be on their way.
#
# ## 8. Batch normalization, backward
#
# **The idea.** Given the gradient of the loss with respect to the outputs (the *upstream* gradient), find those with
# respect to the inputs, to $\gamma$ and to $\beta$. For $\gamma$ and $\beta$ every example of the batch has a say.
#
# For the inputs, mind that an input $x_i$ acts on the outputs along three paths: directly, through the mean $\mu$, and
# through the variance $v$. Draw the graph from $x$ to $y$, write down the derivative along each arrow, and add up the
# paths. Two facts to check yourself by: moving all examples of a feature by the same amount changes no output, so the
# gradients of a feature's inputs add up to 0; and where $\varepsilon$ is tiny, stretching a feature changes no output
# either.
#
# **By hand.** The batch from above: $\hat x = -\tfrac12, \tfrac12$, root 4, $\gamma = 2$. With upstream gradients of 1
# and 3, $\beta$ gets $1 + 3 = 4$ and $\gamma$ gets $1 \cdot (-\tfrac12) + 3 \cdot \tfrac12 = 1$. The inputs get
# $-0.375$ and $0.375$: find out how.
#
# **Predict before you run.** In a batch of two, with a tiny $\varepsilon$, the normalized values are always $-1$ and 1.
# Then what is the gradient with respect to the inputs, whatever comes from upstream?


# %% exercise="batch_norm_backward"
def batch_norm_backward(upstream, cache):
    """Batch normalization, backward through a call of `batch_norm_forward` in training.

    Mean and variance of the batch depend on the inputs, and the gradient goes through them, too.

    Parameters
    ----------
    upstream : ndarray of shape (batch, features)
        The gradient of the loss with respect to the outputs. It keeps its values.
    cache
        What your `batch_norm_forward` returned as its last value, with `training=True`. It may be used more than once.

    Returns
    -------
    d_inputs : ndarray of shape (batch, features)
        The gradient of the loss with respect to the inputs.
    d_gamma, d_beta : ndarray of shape (features,)
        The gradients of the loss with respect to γ and β.

    Examples
    --------
    >>> x, gamma, zero = np.array([[1.0], [5.0]]), np.array([2.0]), np.array([0.0])
    >>> *_, cache = batch_norm_forward(x, gamma, zero, zero, zero, epsilon=12.0, training=True)
    >>> d_inputs, d_gamma, d_beta = batch_norm_backward(np.array([[1.0], [3.0]]), cache)
    >>> print(d_inputs.ravel(), d_gamma, d_beta)
    [-0.375  0.375] [1.] [4.]
    """
    ### BEGIN SOLUTION
    normalized, scale, gamma = cache
    d_beta = upstream.sum(axis=0)
    d_gamma = (upstream * normalized).sum(axis=0)
    d_normalized = upstream * gamma
    through_mean = d_normalized.mean(axis=0)
    through_variance = normalized * (d_normalized * normalized).mean(axis=0)
    d_inputs = (d_normalized - through_mean - through_variance) / scale
    return d_inputs, d_gamma, d_beta
    ### END SOLUTION


# %% check="batch_norm_backward" points=4
passed.discard("batch_norm_backward")
x, gamma, zero = np.array([[1.0], [5.0]]), np.array([2.0]), np.array([0.0])
*_, cache = batch_norm_forward(x, gamma, zero, zero, zero, epsilon=12.0, training=True)
upstream = np.array([[1.0], [3.0]])
d_inputs, d_gamma, d_beta = batch_norm_backward(upstream, cache)
assert np.allclose(d_beta, 4), f"d_beta: expected [4], got {d_beta}; over what do you add up, or do you average?"
assert np.allclose(d_gamma, 1), f"d_gamma: expected [1], got {d_gamma}; what is γ multiplied by in the forward pass?"
assert np.shape(d_inputs) == (2, 1), f"d_inputs: expected shape (2, 1), got {np.shape(d_inputs)}"
assert np.isclose(np.sum(d_inputs), 0), f"d_inputs: {d_inputs.ravel()} do not add up to 0; does the mean have its path?"
assert np.allclose(d_inputs.ravel(), [-0.375, 0.375]), (
    f"d_inputs: got {d_inputs.ravel()}; is the variance's path right?"
)
again = batch_norm_backward(upstream, cache)[0]
assert np.allclose(again, d_inputs), (
    "a second call gave something else: do not change the cache or the upstream gradient"
)
passed.add("batch_norm_backward")

# %% [markdown]
# A stronger check, for you to run: five examples, three features, a random upstream gradient $U$. The loss is
# $\sum U \otimes y$, and each argument in turn is moved a little, entry by entry.


# %%
def measured_gradient(loss, array, h=1e-5):
    """The slopes of `loss()` when the entries of `array` are moved, one after the other."""
    slopes = np.empty_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + h
        above = loss()
        array[place] = kept - h
        slopes[place] = (above - loss()) / (2 * h)
        array[place] = kept
    return slopes


# %%
rng = np.random.default_rng(3)
x, upstream, gamma, beta = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=3)
statistics = np.zeros(3), np.ones(3)
*_, cache = batch_norm_forward(x, gamma, beta, *statistics, training=True)
found = batch_norm_backward(upstream, cache)
for name, array, gradient in zip(("inputs", "gamma", "beta"), (x, gamma, beta), found, strict=True):
    slopes = measured_gradient(
        lambda: np.sum(upstream * batch_norm_forward(x, gamma, beta, *statistics, training=True)[0]), array
    )
    print(f"The gradient with respect to {name:6} agrees with the measured one:", bool(np.allclose(gradient, slopes)))

# %% [markdown]
# Your prediction: a batch of two with a tiny $\varepsilon$. Then the sigmoid network from above, now with batch
# normalization before each sigmoid.

# %%
pair, one, zero = np.array([[1.0], [5.0]]), np.ones(1), np.zeros(1)
*_, cache = batch_norm_forward(pair, one, zero, zero, one, epsilon=1e-12, training=True)
d_pair, *_ = batch_norm_backward(np.array([[7.0], [-3.0]]), cache)
print("In a batch of two nothing reaches the inputs:", bool(np.abs(d_pair).max() < 1e-6))


# %%
def norms_with_batch_norm(depth, width, rng):
    """As `gradient_norms_by_depth` for sigmoid and Glorot's weights, with batch normalization before each sigmoid."""
    outputs, kept, ones, zeros = [rng.normal(size=(128, width))], [], np.ones(width), np.zeros(width)
    for _ in range(depth):
        weights = initial_weights(width, width, scheme="glorot", distribution="normal", rng=rng)
        z, _, _, cache = batch_norm_forward(outputs[-1] @ weights, ones, zeros, zeros, ones, training=True)
        kept.append((weights, sigmoid_derivative(z), cache))
        outputs.append(sigmoid(z))
    gradient, norms = outputs.pop() / 128, []
    for weights, slope, cache in reversed(kept):
        gradient, _, _ = batch_norm_backward(gradient * slope, cache)
        norms.append(np.linalg.norm(outputs.pop().T @ gradient))
        gradient = gradient @ weights.T
    return np.array(norms[::-1])


# %% [markdown]
# Look at the left end of the two curves: what reaches the first layer?

# %%
curves = {
    "without": norms["sigmoid, Glorot"],
    "with batch normalization": norms_with_batch_norm(LAYERS, WIDTH, np.random.default_rng(0)),
}
draw_by_layer(curves, "30 layers of 100 sigmoid units, Glorot's weights", "norm of the gradient")
without, normalized = (values[0] / values[-1] for values in curves.values())
print("Without, the first layer has less than a millionth of the last one's gradient:", bool(without < 1e-6))
print("With it, first and last are within a factor of ten:", bool(0.1 < normalized < 10))

# %% [markdown]
# **What did you see?** Before you go on, answer for yourself: which of the remedies act before training begins, and
# which at every step? Why did the sigmoid's gradient come back, although its slope is still at most $\tfrac14$? Change
# a combination above (tanh with He's weights, say) and see what happens.
#
# ## In words
#
# 1. Explain with the chain rule why a deep sigmoid network's first layers get hardly any gradient. Why is it no remedy
#    to draw much larger weights?
# 2. With ReLU and Glorot's weights all layers' gradients were equally small. Where did they get lost, and what does
#    He's factor of 2 put right?
# 3. Good initial weights and batch normalization both keep signals at a healthy size. What can batch normalization do
#    that initial weights cannot, and what does it cost?
#
# Five to eight sentences are enough (3 points).

# %% [markdown] essay="why_gradients_vanish" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# 1. The gradient of an early layer is a product with one factor for each later layer: the weights times the slope of
#    the activation. The sigmoid's slope is at most 1/4, so unless the weights make up for it the product shrinks
#    exponentially with the number of layers. Larger weights enlarge the first factor, but they also enlarge z, and far
#    from 0 the sigmoid is flat: the slope falls faster than the weights grow (and where units are not saturated, the
#    gradient may explode).
# 2. On the way forward: ReLU sets half of its inputs to 0, so each layer with variance 1/n halves the mean square of
#    the signal. A layer's gradient contains the signal that comes in and the error that comes back; together they lose
#    one factor in every layer of the network, wherever the layer stands. He's factor of 2 doubles the mean square and
#    makes up for the half that ReLU removes, forward and backward.
# 3. Initial weights are right for the first step only, and only for the activation that they were computed for; batch
#    normalization measures mean and variance at every step and corrects them, whatever training has done to the
#    weights.
#    It costs time and memory, makes the examples of a batch depend on one another (small batches are noisy), and needs
#    running statistics for use after training, so training and test mode differ.
#
# **Rubric.** One point each: (1) a product of slopes of at most 1/4 *and* saturation as the reason against large
# weights; (2) ReLU halves the mean square (or loses half of the signal) in each layer, which the factor of 2 makes up
# for; (3) it acts at every step of training, *and* one real cost.
# ### END SOLUTION

# %% [markdown]
# ## Where you are
#
# The cell below says which of your functions have passed the checks in this notebook. It gives no points: the points
# come from the grader, which asks more.

# %%
for name in (
    "initial_weights",
    "sigmoid",
    "leaky_relu",
    "elu",
    "selu",
    "gradient_norms_by_depth",
    "batch_norm_forward",
    "batch_norm_backward",
):
    print(f"{name:23} {'passed its check' if name in passed else 'has not passed its check yet'}")
