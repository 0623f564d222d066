# %% [markdown]
# # Overfitting from scratch
#
# A network with more weights than examples can learn its examples by heart, luck included. What keeps it from doing
# so? In this notebook you write the lecture's four remedies with NumPy (L1, L2, dropout and early stopping), hang them
# on a small network that overfits badly, and see what each of them changes.
#
# - **You will do:** five functions of a few lines and one short class, each followed by a check and a use, and one
#   question in words.
# - **You need:** the chain rule for a network of two layers, and NumPy arrays. No deep-learning library is used.
# - **Time:** about two hours. Running the finished notebook takes a few seconds.
# - **Points:** L1 1, L2 1, the penalized loss 4, dropout 5 and its gradient 3, early stopping 4, the question 3.
# - **How it is graded:** the check below each function tries examples that you can follow by hand. When you hand in,
#   your function is called with other numbers, shapes and settings, and partly right answers earn part of the points.
#   Dropout is random, so it is judged by what holds for every draw and by counting. A function is judged only by what
#   its docstring says.
#
# Write where it says `YOUR CODE HERE` and remove the line that raises `NotImplementedError`. You may add cells.

# %%
import matplotlib.pyplot as plt
import numpy as np

passed = set()  # names of the checks that passed; the last cell sums them up

# %% [markdown]
# ## The examples
#
# Each example has fifteen inputs. Three of them matter, the other twelve do not, and luck is added to every target:
#
# $$t = 3\,x_1 - 3\,x_2 + 3\,x_3 + \text{luck}, \qquad \text{luck of variance } 4 .$$
#
# We have 100 examples for training and 400 for validation. Nobody can foresee the luck of a new example, so no honest
# prediction has a mean squared error much below 4 on the validation examples.


# %%
def make_examples(count, rng):
    """Inputs of shape (count, 15), targets of shape (count, 1)."""
    inputs = rng.normal(size=(count, 15))
    signal = 3 * inputs[:, :1] - 3 * inputs[:, 1:2] + 3 * inputs[:, 2:3]
    return inputs, signal + 2 * rng.normal(size=(count, 1))


rng = np.random.default_rng(1)
training, validation = make_examples(100, rng), make_examples(400, rng)

# %% [markdown]
# The network has one hidden layer of 50 ReLU units and one linear output: 851 weights for 100 examples. Its weights
# and biases live in a dictionary.

# %%
HIDDEN = 50


def make_parameters(seed):
    """Small random weights, biases of zero."""
    rng = np.random.default_rng(seed)
    return {
        "W1": 0.1 * rng.normal(size=(15, HIDDEN)),
        "b1": np.zeros(HIDDEN),
        "W2": 0.05 * rng.normal(size=(HIDDEN, 1)),
        "b2": np.zeros(1),
    }


# %% [markdown]
# Most of what follows is a value and its gradient. Whether the two belong together can be tested without knowing the
# answer: move one entry a little up and a little down, and see how the value changes. This is a *gradient check*.


# %%
def numerical_gradient(function, array, h=1e-5):
    """The slope of ``function(array)``, a number, along each entry of the array, by central differences."""
    slopes = np.empty_like(array)
    for place in np.ndindex(array.shape):
        step = np.zeros_like(array)
        step[place] = h
        slopes[place] = (function(array + step) - function(array - step)) / (2 * h)
    return slopes


def agree(gradient, slopes):
    return bool(np.allclose(gradient, slopes, rtol=1e-5, atol=1e-7))


# %% [markdown]
# ## 1. The L1 penalty
#
# **The idea.** Large weights make a network wild. So add to its loss a price for weights that are not zero, and let the
# loss decide which weights are worth the price. L1 charges the sum of their sizes,
#
# $$\lambda \sum_i |w_i| ,$$
#
# with a *strength* $\lambda$ that you choose.
#
# **By hand.** The weights are $3$ and $-4$, and $\lambda = 0.1$. The penalty is $0.1 \cdot (3 + 4) = 0.7$. Its slope
# along the first weight is $0.1$, along the second $-0.1$: it does not matter how large they are.
#
# **Predict before you run.** A weight starts at 0.5 and nothing but the penalty acts on it. $\lambda = 1$, and gradient
# descent has a learning rate of 0.125. After how many steps is the weight zero, and what happens then?


# %% exercise="l1_penalty"
def l1_penalty(weights, strength):
    """Compute the L1 penalty of one array of weights, and its gradient.

    The value is one number for the whole array, the gradient has an entry for each weight::

        value    = strength · Σ |weight|
        gradient = strength · (the sign of each weight), and 0 where a weight is 0

    It is a sum, not a mean, and there is no factor of ½. The argument keeps its values.

    Parameters
    ----------
    weights : ndarray of any shape, () included
        Floating point: float64 or float32.
    strength : float
        λ, at least 0.

    Returns
    -------
    value, gradient : a number, and an array of the shape of `weights`, in this order

    References
    ----------
    R. Tibshirani (1996), "Regression shrinkage and selection via the lasso", Journal of the Royal Statistical Society,
    Series B 58, 267-288.

    Examples
    --------
    >>> value, gradient = l1_penalty(np.array([3.0, -4.0]), 0.5)
    >>> print(value, gradient)
    3.5 [ 0.5 -0.5]
    """
    ### BEGIN SOLUTION
    value = strength * np.sum(np.abs(weights))
    gradient = strength * np.sign(weights)
    return value, gradient
    ### END SOLUTION


# %% check="l1_penalty" points=1
passed.discard("l1_penalty")
weights = np.array([3.0, -4.0, 0.0])
value, gradient = l1_penalty(weights, 0.1)
assert np.shape(value) == (), f"value: expected a single number, got one of shape {np.shape(value)}; is it summed up?"
assert np.isclose(value, 0.7), (
    f"value: expected 0.7, got {value}; are signs dropped before the sum, is it a sum at all?"
)
assert np.isfinite(gradient).all(), f"gradient: got {gradient}; what is divided by zero where a weight is 0?"
assert np.allclose(gradient[:2], [0.1, -0.1]), f"gradient: expected [0.1, -0.1, …], got {gradient}; is the size in it?"
assert gradient[2] == 0, f"gradient: expected 0 where the weight is 0, got {gradient[2]}"
assert np.array_equal(weights, [3, -4, 0]), "the weights handed in were changed: make a new array"
passed.add("l1_penalty")

# %%
some = np.random.default_rng(1).normal(size=(3, 2))
print(
    "The gradient check of L1:",
    agree(l1_penalty(some, 0.3)[1], numerical_gradient(lambda w: l1_penalty(w, 0.3)[0], some)),
)

# %% [markdown]
# Your prediction: 0.5 on its own, under the penalty alone.

# %%
weight, visited = np.array(0.5), []
for _ in range(6):
    weight = weight - 0.125 * l1_penalty(weight, 1.0)[1]
    visited.append(float(weight))
print("The weight is zero after 0.5 / (0.125 · 1) = 4 steps, and stays there:", visited[2:] == [0.125, 0, 0, 0])

# %% [markdown]
# Every step is as long as the one before, so a weight reaches zero after a number of steps that you can count.
#
# ## 2. The L2 penalty
#
# **The idea.** L2 charges the sum of the squares,
#
# $$\lambda \sum_i w_i^2 .$$
#
# There are two conventions: some put a factor of ½ in front. We do without it, as Keras does.
#
# **By hand.** The weights are $3$ and $-4$ again, and $\lambda = 0.1$. The penalty is $0.1 \cdot (9 + 16) = 2.5$. Its
# slope along the first weight is $2 \cdot 0.1 \cdot 3 = 0.6$, along the second $-0.8$: the larger a weight, the
# stronger the pull.
#
# **Predict before you run.** Two weights, 3 and 0.375, feel nothing but the penalty. Which of L1 and L2 takes the small
# one to zero first? What happens to their *ratio* under L2?


# %% exercise="l2_penalty"
def l2_penalty(weights, strength):
    """Compute the L2 penalty of one array of weights, and its gradient.

    The value is one number for the whole array, the gradient has an entry for each weight::

        value    = strength · Σ weight²
        gradient = 2 · strength · weight

    It is a sum, not a mean, and there is no factor of ½ and no root. The argument keeps its values.

    Parameters
    ----------
    weights : ndarray of any shape, () included
        Floating point: float64 or float32.
    strength : float
        λ, at least 0.

    Returns
    -------
    value, gradient : a number, and an array of the shape of `weights`, in this order

    References
    ----------
    A. Krogh and J. A. Hertz (1991), "A simple weight decay can improve generalization", Advances in Neural Information
    Processing Systems 4.

    Examples
    --------
    >>> value, gradient = l2_penalty(np.array([3.0, -4.0]), 0.5)
    >>> print(value, gradient)
    12.5 [ 3. -4.]
    """
    ### BEGIN SOLUTION
    value = strength * np.sum(weights**2)
    gradient = 2 * strength * weights
    return value, gradient
    ### END SOLUTION


# %% check="l2_penalty" points=1
passed.discard("l2_penalty")
weights = np.array([3.0, -4.0])
value, gradient = l2_penalty(weights, 0.1)
assert np.shape(value) == (), f"value: expected a single number, got one of shape {np.shape(value)}; is it summed up?"
assert np.isclose(value, 2.5), (
    f"value: expected 2.5, got {value}; is it a sum of squares, without ½ and without a root?"
)
assert np.allclose(gradient, [0.6, -0.8]), f"gradient: expected [0.6, -0.8], got {gradient}; what is the slope of w²?"
assert np.array_equal(weights, [3, -4]), "the weights handed in were changed: make a new array"
passed.add("l2_penalty")

# %%
slopes = numerical_gradient(lambda w: l2_penalty(w, 0.3)[0], some)
print("The gradient check of L2:", agree(l2_penalty(some, 0.3)[1], slopes))

# %% [markdown]
# Your prediction: weights of 3 and 0.375 under each penalty alone. Look at the shape of the four lines, and at which of
# them arrive.

# %%
pulled = {}
for name, penalty in {"L1": l1_penalty, "L2": l2_penalty}.items():
    visited = [np.array([3.0, 0.375])]
    for _ in range(60):
        visited.append(visited[-1] - 0.0625 * penalty(visited[-1], 1.0)[1])
    pulled[name] = np.array(visited)

# %%
_, axis = plt.subplots(figsize=(6, 4))
for (name, visited), color, marker in zip(pulled.items(), ("C0", "C1"), "os", strict=True):
    for start, style in zip(visited.T, ("-", "--"), strict=True):
        label = f"{name}, from {start[0]:g}"
        _ = axis.plot(start, color=color, linestyle=style, marker=marker, markersize=3, label=label)
_ = axis.set(xlabel="step", ylabel="weight", title="Under the penalty alone: λ = 1, learning rate 1/16")
_ = axis.legend()
plt.show()

# %%
print(
    "L1 has the small weight at zero after 6 steps, both after 48:",
    not pulled["L1"][6, 1] and not pulled["L1"][48].any(),
)
print("L2 never has either at zero:", bool(np.all(pulled["L2"] > 0)))
print("Under L2 the large weight stays eight times the small one:", bool(np.allclose(pulled["L2"] @ [1, -8], 0)))

# %% [markdown]
# L1 takes the same amount from every weight, and small ones arrive first. L2 takes the same *share* from every weight:
# all become smaller, none becomes zero.
#
# ## 3. The loss with its penalty, and its gradients
#
# **The idea.** Training minimizes the sum of two terms: how wrong the network is, and how expensive its weights are.
# The gradient of a sum is the sum of the gradients, so each penalized array gets the penalty's gradient on top of its
# own. The biases go free: they move the output up and down but do not make it wilder.
#
# **By hand.** One example, one input, one hidden unit: $x = 2$, $W_1 = 1$, $b_1 = 1$, $W_2 = 2$, $b_2 = -1$. The hidden
# unit is $\max(0, 1 \cdot 2 + 1) = 3$ and the output $2 \cdot 3 - 1 = 5$. With a target of 4 the error is 1, and so is
# its square. L2 with $\lambda = 0.5$ adds $0.5 \cdot 1^2 + 0.5 \cdot 2^2 = 2.5$; the loss is $3.5$.
#
# Backwards: the slope along the output is $2 \cdot 1 = 2$, so along $b_2$ it is $2$, and along $W_2$ it is $2 \cdot 3$
# plus the penalty's $2 \cdot 0.5 \cdot 2$, which makes $8$. Along the hidden unit it is $2 \cdot 2 = 4$, which is also
# that of $b_1$, and along $W_1$ it is $4 \cdot 2$ plus the penalty's $1$, which makes $9$.
#
# **Predict before you run.** 851 weights, 100 examples, 2,000 steps of gradient descent, no penalty. What will the
# training loss be in the end, above or below the 4 that luck alone would cost? And the validation loss?


# %% exercise="penalised_loss_and_gradients"
def penalised_loss_and_gradients(parameters, inputs, targets, *, penalty, strength):
    """Compute the penalized loss of a network with one hidden layer, and its gradient for each of its parameters.

    The hidden layer is ReLU, the output is linear. The loss is the mean, over *all* entries of the outputs, of the
    squared error, and to it the penalties of W1 and of W2 are added, but none of a bias::

        hidden  = max(0, inputs @ W1 + b1)
        outputs = hidden @ W2 + b2
        loss    = mean of (outputs - targets)² + penalty of W1 + penalty of W2

    `penalty` is a function like `l1_penalty` and `l2_penalty`: called with an array of weights and the strength, it
    returns a value and a gradient. It may be another one than these two; it is always a sum over the weights. Nothing
    else is multiplied by the strength. No argument changes. What the slope of ReLU is at exactly 0 does not matter.

    Parameters
    ----------
    parameters : dict of str to ndarray
        ``W1`` of shape (features, hidden), ``b1`` of shape (hidden,), ``W2`` of shape (hidden, outputs) and ``b2`` of
        shape (outputs,). Floating point: float64 or float32.
    inputs : ndarray of shape (batch, features)
    targets : ndarray of shape (batch, outputs)
    penalty : callable
        ``penalty(weights, strength)`` returns ``value, gradient``.
    strength : float
        λ, at least 0, to be handed on to the penalty.

    Returns
    -------
    loss, gradients : a number, and a dict with an array for each of W1, b1, W2, b2, of its shape, in this order

    References
    ----------
    D. E. Rumelhart, G. E. Hinton and R. J. Williams (1986), "Learning representations by back-propagating errors",
    Nature 323, 533-536.

    Examples
    --------
    >>> one = {"W1": np.array([[1.0]]), "b1": np.array([1.0]), "W2": np.array([[2.0]]), "b2": np.array([-1.0])}
    >>> two, four = np.array([[2.0]]), np.array([[4.0]])
    >>> loss, gradients = penalised_loss_and_gradients(one, two, four, penalty=l2_penalty, strength=0.5)
    >>> print(loss, gradients["W1"], gradients["W2"])
    3.5 [[9.]] [[8.]]
    """
    ### BEGIN SOLUTION
    before_relu = inputs @ parameters["W1"] + parameters["b1"]
    hidden = np.maximum(0, before_relu)
    outputs = hidden @ parameters["W2"] + parameters["b2"]
    error = outputs - targets
    value_1, gradient_1 = penalty(parameters["W1"], strength)
    value_2, gradient_2 = penalty(parameters["W2"], strength)
    loss = np.mean(error**2) + value_1 + value_2
    d_outputs = 2 * error / error.size
    d_hidden = (d_outputs @ parameters["W2"].T) * (before_relu > 0)
    gradients = {
        "W1": inputs.T @ d_hidden + gradient_1,
        "b1": d_hidden.sum(axis=0),
        "W2": hidden.T @ d_outputs + gradient_2,
        "b2": d_outputs.sum(axis=0),
    }
    return loss, gradients
    ### END SOLUTION


# %% [markdown]
# The check follows the example by hand, first without a penalty, then with one that is made up for it: it costs
# $7\,\lambda$ and has a slope of $3\,\lambda$, whatever the weights are.

# %% check="penalised_loss_and_gradients" points=4
passed.discard("penalised_loss_and_gradients")
toy = {"W1": np.array([[1.0]]), "b1": np.array([1.0]), "W2": np.array([[2.0]]), "b2": np.array([-1.0])}
example, made_up = (
    (np.array([[2.0]]), np.array([[4.0]])),
    lambda weights, strength: (7 * strength, 3 * strength + 0 * weights),
)
loss, slope = penalised_loss_and_gradients(toy, *example, penalty=made_up, strength=0.0)
assert np.isclose(loss, 1), f"without a penalty: expected a loss of 1, got {loss}; follow the example by hand"
for name, by_hand in {"b2": 2, "W2": 6, "b1": 4, "W1": 8}.items():
    assert np.shape(slope[name]) == toy[name].shape, f"gradient of {name}: got shape {np.shape(slope[name])}"
    assert np.allclose(slope[name], by_hand), f"gradient of {name}, no penalty: expected {by_hand}, got {slope[name]}"
loss, slope = penalised_loss_and_gradients(toy, *example, penalty=made_up, strength=0.5)
assert np.isclose(loss, 8), f"two penalties of 3.5: expected a loss of 8, got {loss}; what is penalized, and how often?"
for name, by_hand in {"b2": 2, "W2": 7.5, "b1": 4, "W1": 9.5}.items():
    assert np.allclose(slope[name], by_hand), f"gradient of {name}: expected {by_hand}, got {slope[name]}; penalized?"
passed.add("penalised_loss_and_gradients")

# %% [markdown]
# The example by hand has a batch of one and one output. Whether a mean is a mean shows only with more of them, so let
# the gradient check ask: five examples, three inputs, four hidden units, two outputs.

# %%
shapes = {"W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,)}
draw = np.random.default_rng(2)
small = {name: draw.normal(size=shape) for name, shape in shapes.items()}
batch = draw.normal(size=(5, 3)), draw.normal(size=(5, 2))
settings = {"penalty": l2_penalty, "strength": 0.1}
_, gradients = penalised_loss_and_gradients(small, *batch, **settings)
for name in small:
    slopes = numerical_gradient(
        lambda array, name=name: penalised_loss_and_gradients(small | {name: array}, *batch, **settings)[0], small[name]
    )
    print(f"The gradient check of {name}:", agree(gradients[name], slopes))

# %% [markdown]
# Now the network is trained without any penalty. `train` takes whole-batch steps of gradient descent and keeps, every
# 20 steps, the two losses *without* penalty: on the training and on the validation examples.


# %%
def mean_squared_error(parameters, examples):
    return penalised_loss_and_gradients(parameters, *examples, penalty=l2_penalty, strength=0.0)[0]


def both_losses(parameters):
    return mean_squared_error(parameters, training), mean_squared_error(parameters, validation)


def train(parameters, *, penalty=l2_penalty, strength=0.0, steps=2000, learning_rate=0.01):
    """The trained parameters, and the losses on the way, of shape (steps / 20 + 1, 2)."""
    losses = [both_losses(parameters)]
    for step in range(1, steps + 1):
        _, gradients = penalised_loss_and_gradients(parameters, *training, penalty=penalty, strength=strength)
        parameters = {name: value - learning_rate * gradients[name] for name, value in parameters.items()}
        if step % 20 == 0:
            losses.append(both_losses(parameters))
    return parameters, np.array(losses)


# %%
START = make_parameters(seed=0)
trained = {"no remedy": train(START)}

# %% [markdown]
# Look at where the two curves part, and at what the dashed one does afterwards. The thin line is what luck costs.


# %%
def draw_losses(runs, title):
    _, axis = plt.subplots(figsize=(6, 4))
    for number, (name, losses) in enumerate(runs.items()):
        steps = 20 * np.arange(len(losses))
        _ = axis.plot(steps, losses[:, 0], color=f"C{number}", label=f"{name}, training")
        _ = axis.plot(steps, losses[:, 1], color=f"C{number}", linestyle="--", label=f"{name}, validation")
    _ = axis.axhline(4, color="0.7", linewidth=0.8)
    _ = axis.set(xlabel="step", ylabel="mean squared error", title=title, ylim=(0, 12))
    _ = axis.legend(fontsize="small")
    return axis


_ = draw_losses({"no remedy": trained["no remedy"][1]}, "100 examples, 851 weights")
plt.show()

# %%
_, losses = trained["no remedy"]
print("The training loss ends below a twentieth of what luck costs:", bool(losses[-1, 0] < 0.2))
print("The validation loss ends more than thirty times as high:", bool(losses[-1, 1] > 30 * losses[-1, 0]))
print("It was more than a fifth lower on the way:", bool(losses[:, 1].min() < 0.8 * losses[-1, 1]))

# %% [markdown]
# The network has learned the luck of its 100 examples by heart, and what it learned last made it worse on new ones. The
# difference of the two losses is the *generalization gap*. Now with a price on weights. The picture shows for each of
# the fifteen inputs how much weight leaves it: the sum of the sizes in its row of `W1`.

# %%
trained["L2"] = train(START, penalty=l2_penalty, strength=0.2)
trained["L1"] = train(START, penalty=l1_penalty, strength=0.2)
weight_of_input = {name: np.abs(parameters["W1"]).sum(axis=1) for name, (parameters, _) in trained.items()}

# %%
_, axes = plt.subplots(1, 3, figsize=(10, 3.2), sharex=True, layout="constrained")
for axis, (name, sizes) in zip(axes, weight_of_input.items(), strict=True):
    _ = axis.bar(np.arange(1, 16), sizes, color=["C1"] * 3 + ["0.7"] * 12)
    _ = axis.set(title=name, xlabel="input", xticks=[1, 2, 3, 9, 15])
_ = axes[0].set(ylabel="weight that leaves it")
plt.show()

# %%
gap = {name: losses[-1, 1] - losses[-1, 0] for name, (_, losses) in trained.items()}
zeros = {name: np.mean(np.abs(parameters["W1"]) < 0.01) for name, (parameters, _) in trained.items()}
print("Both penalties take more than a quarter off the gap:", bool(max(gap["L1"], gap["L2"]) < 0.75 * gap["no remedy"]))
print("L1 leaves more than three quarters of W1 at zero:", bool(zeros["L1"] > 0.75))
print("L2 less than half, no penalty less than a tenth:", bool(zeros["L2"] < 0.5 and zeros["no remedy"] < 0.1))
matter, others = weight_of_input["L1"][:3], weight_of_input["L1"][3:]
print("Under L1 the three inputs that matter stand out:", bool(matter.min() > 1.3 * others.max()))

# %% [markdown]
# L1 has found out which inputs matter, without being told that there are any. L2 has made all weights smaller. Neither
# of them fits the training examples as closely any more, and both are better on new ones. (Gradient descent does not
# hit zero exactly under L1: it steps back and forth over it by less than 0.01.)
#
# ## 4. Dropout
#
# **The idea.** A hidden unit should be of use on its own, not only together with the others. Dropout switches off each
# entry by chance, anew at every step, so that no unit can rely on another one. The *rate* is the share that is
# **dropped**. What is left is scaled up by $1/(1 - \text{rate})$, so that the expected value stays what it was and
# nothing has to change when the network is used later on.
#
# **By hand.** The inputs are $2$ and $4$, the rate is $0.5$. Kept entries are multiplied by $1/(1 - 0.5) = 2$. Four
# outcomes are equally likely: $(0, 0)$, $(4, 0)$, $(0, 8)$ and $(4, 8)$. Their mean is $(2, 4)$.
#
# **Predict before you run.** 1,000 entries of 1 and a rate of 0.2: about how many become 0? What do the others become?
# What is the mean of all, about?


# %% exercise="dropout_forward"
def dropout_forward(inputs, rate, *, rng, training):
    """Apply dropout to an array.

    In training every entry is dropped (set to 0) with probability `rate`, on its own and whatever its value, and the
    kept ones are scaled up::

        output = 0                        with probability rate
        output = input / (1 - rate)       otherwise

    Each entry has a draw of its own: neither the number of dropped entries is fixed, nor do whole rows or columns go
    together. Draw from `rng` itself, so that a second call goes on where the first one stopped, and from nothing else,
    so that equal generators give equal results; which entries a seed drops is yours. With `training=False` the inputs
    come back as they are (themselves or a copy), and nothing is drawn. The argument keeps its values.

    Parameters
    ----------
    inputs : ndarray of any shape, () included
        Floating point: float64 or float32.
    rate : float
        The share that is dropped, at least 0 and below 1. A rate of 0 drops nothing.
    rng : numpy.random.Generator
        Where the draws come from.
    training : bool
        Whether to drop.

    Returns
    -------
    outputs : ndarray of the shape of `inputs`
    cache : anything
        Whatever your `dropout_backward` needs. Nobody else looks at it.

    Raises
    ------
    ValueError
        Unless 0 ≤ rate < 1, in training or not.

    References
    ----------
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov (2014), "Dropout: A simple way to prevent
    neural networks from overfitting", Journal of Machine Learning Research 15, 1929-1958.

    Examples
    --------
    >>> outputs, _ = dropout_forward(np.ones(1000), 0.75, rng=np.random.default_rng(0), training=True)
    >>> print(np.unique(outputs))
    [0. 4.]
    """
    ### BEGIN SOLUTION
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be at least 0 and below 1, got {rate}")
    if not training:
        return inputs, None
    kept = rng.random(inputs.shape) >= rate
    scale = 1 / (1 - rate)
    outputs = inputs * kept * scale
    return outputs, (kept, scale)
    ### END SOLUTION


# %% check="dropout_forward" points=5
passed.discard("dropout_forward")
draw, ones = np.random.default_rng(3), np.ones((400, 250))
outputs, _ = dropout_forward(ones, 0.2, rng=draw, training=True)
share, kept = np.mean(outputs == 0), outputs[outputs != 0]
assert abs(share - 0.2) < 0.01, f"share dropped: expected about 0.2, got {share:.3f}; which share is the rate?"
assert np.allclose(kept, 1.25), f"kept ones: expected 1.25, got {kept.max():.4g}; are they scaled up, and by what?"
again, _ = dropout_forward(ones, 0.2, rng=draw, training=True)
assert not np.array_equal(outputs, again), "a second call with the same generator dropped the same; is `rng` used?"
same, _ = dropout_forward(ones, 0.2, rng=np.random.default_rng(3), training=True)
assert np.array_equal(outputs, same), "a new generator with the same seed dropped others; are all draws from `rng`?"
for axis in (0, 1):
    counts = np.sum(outputs == 0, axis=axis)
    assert np.ptp(counts) > 0 and counts.max() < outputs.shape[axis], "whole rows or columns, or always equally many?"
still, _ = dropout_forward(ones, 0.2, rng=draw, training=False)
assert np.array_equal(still, ones), "with training=False the inputs have to come back as they are"
try:
    dropout_forward(ones, 1.0, rng=draw, training=True)
    raise AssertionError("a rate of 1 must raise ValueError: nothing would be left to scale up")
except ValueError:
    passed.add("dropout_forward")

# %% [markdown]
# Your prediction. Each entry is right on average, but no single draw is.

# %%
outputs, _ = dropout_forward(np.ones(1000), 0.2, rng=np.random.default_rng(5), training=True)
print("Between 150 and 250 of 1,000 ones were dropped:", bool(150 < np.sum(outputs == 0) < 250))
print("The others have become 1 / 0.8 = 1.25:", bool(np.allclose(outputs[outputs != 0], 1.25)))
print("Their mean is within 0.1 of 1:", bool(abs(outputs.mean() - 1) < 0.1))

# %% [markdown]
# ## 5. Dropout, backward
#
# **The idea.** What a dropped entry was does not matter for the output, so no gradient reaches it. What a kept entry
# was matters $1/(1 - \text{rate})$ times as much as before. The backward pass needs to know what the forward pass did:
# that is what the cache is for.
#
# **By hand.** The inputs are $2$ and $4$, the rate is $0.5$, and chance has dropped the second entry: the outputs are
# $4$ and $0$. The gradient that comes from above is $(1, 10)$. For the inputs it is $(1 \cdot 2,\; 0) = (2, 0)$.
#
# **Predict before you run.** Some units are exactly 0 before dropout, as after a ReLU. Is their gradient always 0,
# never 0, or sometimes?


# %% exercise="dropout_backward"
def dropout_backward(upstream, cache):
    """Compute the gradient for the inputs of a dropout whose forward pass was `dropout_forward`.

    It is the derivative of that very pass, with the entries that it dropped and the factor that it used::

        gradient = 0                            where the forward pass dropped the entry
        gradient = upstream / (1 - rate)        where it kept the entry, whatever its value

    After a forward pass with `training=False` it is `upstream`. Several forward passes may come before their backward
    passes, and a cache may be used twice. The arguments keep their values.

    Parameters
    ----------
    upstream : ndarray
        The gradient for the outputs of the forward pass, of their shape.
    cache : anything
        What your `dropout_forward` returned beside these outputs.

    Returns
    -------
    gradient : ndarray of the shape of `upstream`

    Examples
    --------
    >>> outputs, cache = dropout_forward(np.ones(1000), 0.75, rng=np.random.default_rng(0), training=True)
    >>> gradient = dropout_backward(np.full(1000, 3.0), cache)
    >>> print(np.array_equal(gradient, 3 * outputs))
    True
    """
    ### BEGIN SOLUTION
    if cache is None:
        return upstream
    kept, scale = cache
    return upstream * kept * scale
    ### END SOLUTION


# %% check="dropout_backward" points=3
passed.discard("dropout_backward")
draw = np.random.default_rng(6)
outputs, cache = dropout_forward(np.full(1000, 2.0), 0.75, rng=draw, training=True)
gradient = dropout_backward(np.full(1000, -3.0), cache)
dropped = outputs == 0
assert np.shape(gradient) == (1000,), f"gradient: expected shape (1000,), got {np.shape(gradient)}"
assert np.all(gradient[dropped] == 0), "a dropped entry got a gradient; is it the mask of the forward pass?"
assert np.all(gradient[~dropped] != 0), "a kept entry got no gradient; is it the mask of the forward pass?"
assert np.allclose(gradient[~dropped], -12), (
    f"kept entries: expected -12, got {gradient[~dropped][0]}; scaled how often?"
)
_, cache = dropout_forward(np.ones(3), 0.75, rng=draw, training=False)
assert np.array_equal(dropout_backward(np.arange(3.0), cache), np.arange(3.0)), (
    "after training=False: upstream as it is"
)
passed.add("dropout_backward")

# %% [markdown]
# A gradient check of something random? It works if every call gets a new generator with the same seed, and so drops the
# same entries.

# %%
draw = np.random.default_rng(7)
some, upstream = draw.normal(size=(4, 6)), draw.normal(size=(4, 6))


def dropped_sum(array):
    return np.sum(upstream * dropout_forward(array, 0.4, rng=np.random.default_rng(8), training=True)[0])


_, cache = dropout_forward(some, 0.4, rng=np.random.default_rng(8), training=True)
print("The gradient check of dropout:", agree(dropout_backward(upstream, cache), numerical_gradient(dropped_sum, some)))

# %% [markdown]
# Your prediction, and a picture of one pass. The inputs are what a ReLU leaves: half of them are zero. White is zero in
# all three; look at which of the white entries on the left and in the middle have a gradient on the right.

# %%
inputs = np.maximum(0, draw.normal(size=(12, 24)))
outputs, cache = dropout_forward(inputs, 0.3, rng=draw, training=True)
gradient = dropout_backward(np.ones_like(inputs), cache)
_, axes = plt.subplots(1, 3, figsize=(10, 2.2), layout="constrained")
for axis, (name, array) in zip(axes, {"inputs": inputs, "outputs": outputs, "gradient": gradient}.items(), strict=True):
    _ = axis.imshow(array, cmap="Blues", vmin=0, vmax=3)
    _ = axis.set(title=name, xticks=[], yticks=[])
plt.show()

# %%
reached = gradient[inputs == 0] != 0
print("Some inputs of 0 get a gradient, and some do not:", bool(reached.any() and not reached.all()))

# %% [markdown]
# An entry that is zero *by itself* and an entry that was dropped look the same in the outputs, but not to the gradient.
#
# Now for the network. Each hidden unit has exactly one weight in `W2`, so dropping that weight is dropping the unit.
# At every step we train another thinned network; the gradient finds its way back through your `dropout_backward`.


# %%
def train_with_dropout(parameters, *, rate, rng, steps=2000, learning_rate=0.01):
    losses = [both_losses(parameters)]
    for step in range(1, steps + 1):
        thinned, cache = dropout_forward(parameters["W2"], rate, rng=rng, training=True)
        network = parameters | {"W2": thinned}
        _, gradients = penalised_loss_and_gradients(network, *training, penalty=l2_penalty, strength=0.0)
        gradients = gradients | {"W2": dropout_backward(gradients["W2"], cache)}
        parameters = {name: value - learning_rate * gradients[name] for name, value in parameters.items()}
        if step % 20 == 0:
            losses.append(both_losses(parameters))
    return parameters, np.array(losses)


# %% [markdown]
# The losses in the picture are those of the whole network, with nothing dropped. Compare the two colors: which pair of
# curves ends closer together?

# %%
trained["dropout"] = train_with_dropout(START, rate=0.5, rng=np.random.default_rng(9))
_ = draw_losses({name: trained[name][1] for name in ("no remedy", "dropout")}, "Half of the hidden units dropped")
plt.show()

# %%
gap["dropout"] = trained["dropout"][1][-1] @ [-1, 1]
print("Dropout takes more than a tenth off the gap:", bool(gap["dropout"] < 0.9 * gap["no remedy"]))
print("It fits the training examples less closely:", bool(trained["dropout"][1][-1, 0] > 5 * losses[-1, 0]))

# %% [markdown]
# ## 6. Early stopping
#
# **The idea.** In the first picture the validation loss had a lowest point long before the end. Why not stop there? A
# lowest point is known only *afterwards*: the loss may rise a little and fall again. So wait for some epochs, the
# *patience*, and if nothing better has come, stop and take the best weights seen.
#
# **By hand.** The patience is 2. The validation losses are 5, 3, 4, 3. The first is better than nothing, the second
# better than the first. The third is not better: that is one call in a row. The fourth equals the best, which is not
# better: two in a row, and the call says stop. The weights to keep are those of the second call.
#
# **Predict before you run.** The patience is 3, and the losses are 9, 7, 8, 6, 8, 7, 7, 5. Which call says stop? Does
# the 5 ever count?
#
# To try this out, `run_until_stop` plays a training in which the only weight is 1 at the first call, 2 at the second,
# and so on, always in the same array.


# %%
def run_until_stop(stopping, losses):
    """The number of the call that said stop, or None."""
    weights = [np.array([0.0])]
    for epoch, loss in enumerate(losses):
        weights[0] += 1
        if stopping.update(epoch, loss, weights):
            return epoch + 1
    return None


# %% exercise="EarlyStopping"
class EarlyStopping:
    """Say when to stop training, and keep the best weights seen.

    A call of `update` is *better* if ``validation_loss < best - min_delta``, where the best is that of the last better
    call; the first loss that is a number is always better. A loss of NaN is never better, also when it comes first. At
    a better call the weights are kept, and the waiting starts again. After `patience` calls in a row that are not
    better, `update` says stop.

    Parameters
    ----------
    patience : int
        After how many calls in a row without a better one to stop, at least 1.
    min_delta : float
        By how much a loss has to fall below the best to be better, at least 0.

    Attributes
    ----------
    best_weights : list of ndarray
        The weights of the last better call: copies, because training goes on changing the arrays that it hands in.

    Examples
    --------
    >>> stopping = EarlyStopping(patience=2)
    >>> weights = [np.array([0.0])]
    >>> for epoch, loss in enumerate([5.0, 3.0, 4.0, 3.0]):
    ...     weights[0] += 1
    ...     stop = stopping.update(epoch, loss, weights)
    >>> print(stop, stopping.best_weights)
    True [array([2.])]
    """

    def __init__(self, *, patience, min_delta=0.0):
        """Keep the settings; nothing has been seen yet."""
        ### BEGIN SOLUTION
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = np.inf
        self.best_weights = None
        self.waited = 0
        ### END SOLUTION

    def update(self, epoch, validation_loss, weights):
        """Take note of one more epoch; return whether to stop now.

        Parameters
        ----------
        epoch : int
            Its number. Calls are counted, not numbers: validation may happen at every tenth epoch only.
        validation_loss : float
            May be NaN.
        weights : list of ndarray
            As from ``get_weights()``, of any shapes. Neither the list nor the arrays may be changed.

        Returns
        -------
        stop : bool
            True, or something that counts as true, if training should stop now.
        """
        ### BEGIN SOLUTION
        if validation_loss < self.best_loss - self.min_delta:
            self.best_loss = validation_loss
            self.best_weights = [array.copy() for array in weights]
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience
        ### END SOLUTION


# %% check="EarlyStopping" points=4
passed.discard("EarlyStopping")
stopping = EarlyStopping(patience=2)
call = run_until_stop(stopping, [5.0, 3.0, 4.0, 3.0, 1.0])
assert call is not None, "losses 5, 3, 4, 3, patience 2: expected stop at call 4, got none; does `update` return it?"
assert call == 4, f"losses 5, 3, 4, 3, patience 2: expected stop at call 4, got {call}; what counts, and from when on?"
best = stopping.best_weights
assert np.shape(best) == (1, 1), f"best_weights: expected a list of one array of shape (1,), got {best!r}"
assert best[0][0] == 2, f"best_weights: expected those of call 2, got those of call {best[0][0]:g}; are they copies?"
call = run_until_stop(EarlyStopping(patience=2, min_delta=0.5), [5.0, 4.75, 4.25, 4.0, 4.0])
assert call == 5, f"5, 4.75, 4.25, 4, 4 with min_delta 0.5: expected stop at call 5, got {call}; better than which?"
call = run_until_stop(EarlyStopping(patience=2), [np.nan, 5.0, np.nan, np.nan])
assert call == 4, f"losses NaN, 5, NaN, NaN, patience 2: expected stop at call 4, got {call}; what does NaN count as?"
passed.add("EarlyStopping")

# %%
call = run_until_stop(EarlyStopping(patience=3), [9.0, 7.0, 8.0, 6.0, 8.0, 7.0, 7.0, 5.0])
print("The seventh call says stop, and the 5 never counts:", call == 7)

# %% [markdown]
# Now the network without any remedy, but validated every 20 steps and stopped with a patience of 5. Its weights are
# changed in place here, as most libraries do it.

# %%
stopping, parameters = EarlyStopping(patience=5), {name: value.copy() for name, value in START.items()}
for step in range(0, 2001, 20):
    if stopping.update(step, mean_squared_error(parameters, validation), list(parameters.values())):
        break
    later, _ = train(parameters, steps=20)
    for name, array in parameters.items():
        array[...] = later[name]
restored = dict(zip(parameters, stopping.best_weights, strict=True))

# %% [markdown]
# Look at the distance between the dotted line, where it stopped, and the dot, whose weights it gave back.

# %%
_, losses = trained["no remedy"]
axis = draw_losses({"no remedy": losses[: 2 * step // 20]}, "Stopped with a patience of 5")
_ = axis.axvline(step, color="0.4", linestyle=":", label="stopped here")
_ = axis.plot(
    20 * losses[:, 1].argmin(), losses[:, 1].min(), marker="o", color="C3", linestyle="", label="best weights"
)
_ = axis.legend(fontsize="small")
plt.show()

# %%
train_loss, validation_loss = both_losses(restored)
gap["early stopping"] = validation_loss - train_loss
print("It stopped in the first quarter of the 2,000 steps:", step < 500)
print(
    "It gave back the weights with the lowest validation loss:", bool(np.isclose(validation_loss, losses[:, 1].min()))
)
print("That was 5 validations before it stopped:", 20 * losses[:, 1].argmin() == step - 100)

# %% [markdown]
# ## All together
#
# Which bar is shortest, and which remedy would you take first?

# %%
_, axis = plt.subplots(figsize=(6, 3), layout="constrained")
_ = axis.barh(list(gap), list(gap.values()), color=["0.7"] + ["C0"] * (len(gap) - 1))
_ = axis.invert_yaxis()
_ = axis.set(xlabel="validation loss minus training loss", title="The generalization gap")
plt.show()

# %%
print(
    "Every remedy makes the gap smaller:",
    bool(max(gap[name] for name in gap if name != "no remedy") < gap["no remedy"]),
)

# %% [markdown]
# One network, one set of 100 examples, one strength for each remedy: this is no race. With another strength another bar
# would be the shortest.
#
# **What did you see?** Before you go on, answer for yourself: which remedy told you something about the *inputs*? Which
# one needs no setting but a number of epochs to wait, and which examples does it need that the others could do without?
# Make $\lambda$ ten times as large and see when a remedy becomes an illness.
#
# ## In words
#
# 1. Explain from the two gradients why L1 makes weights zero and L2 does not.
# 2. Why are the kept entries scaled up while training? Say what would be wrong with a network that was trained with a
#    rate of 0.5 *without* scaling and is then used with all its units.
# 3. The lecture's slide says to stop as soon as the validation error is at its minimum. Why can nobody do that, and
#    which two things does your class do instead?
#
# Five to eight sentences are enough (3 points).

# %% [markdown] essay="why_the_remedies_work" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# 1. L1's gradient is λ or −λ however small the weight is. Near zero it outweighs the slope of the loss unless the
#    weight is worth its price, so the weight is pushed to zero and held there. L2's gradient is 2λw: it fades together
#    with the weight, so that a small slope of the loss is enough to keep the weight away from zero. Under the penalty
#    alone, a weight loses the same amount per step under L1 and the same share of itself under L2.
# 2. Scaling keeps the expected value of each entry: (1 − rate) · x/(1 − rate) = x. Without it the next layer has
#    learned to work with sums from half of the units. With all units on, these sums are about twice as large as any it
#    was trained on, and the outputs are wrong. One would have to halve the weights or the units at prediction time.
# 3. A minimum is known only when the loss has risen after it, and it may fall again. So the class waits until
#    `patience` calls in a row were not better, and because the weights have moved on by then, it gives back copies of
#    those of the best call.
#
# **Rubric.** One point each: (1) a constant pull against one that fades with the weight, *and* what follows near zero;
# (2) the expected value, *and* inputs of the next layer that are too large, by a factor of 2; (3) known only
# afterwards, *and* both patience and restoring the best weights.
# ### END SOLUTION

# %% [markdown]
# ## Where you are
#
# The cell below says which of your answers have passed the checks in this notebook. It gives no points: the points
# come from the grader, which asks more.

# %%
for name in (
    "l1_penalty",
    "l2_penalty",
    "penalised_loss_and_gradients",
    "dropout_forward",
    "dropout_backward",
    "EarlyStopping",
):
    print(f"{name:28} {'passed its check' if name in passed else 'has not passed its check yet'}")
