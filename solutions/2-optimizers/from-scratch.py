# %% [markdown]
# # Optimizers from scratch
#
# Plain gradient descent moves every weight with one learning rate. Why is that not enough, and what do momentum,
# Adagrad, RMSProp and Adam do about it? In this notebook you write one step of each with NumPy and watch all four walk
# down the same ravine.
#
# - **You will do:** four functions of a few lines, each followed by a check and a picture, and one question in words.
# - **You need:** the gradient of a function of two variables, and NumPy arrays. No deep-learning library is used.
# - **Time:** about 90 minutes. Running the finished notebook takes a few seconds.
# - **Points:** momentum 1, Adagrad 4, RMSProp 3, Adam 5, the question in words 3.
# - **How it is graded:** the check below each function tries examples that you can follow by hand. When you hand in,
#   your function is called with other numbers, shapes and settings, and partly right answers earn part of the points.
#   A function is judged only by what its docstring says.
#
# Write where it says `YOUR CODE HERE` and remove the line that raises `NotImplementedError`. You may add cells.

# %%
import matplotlib.pyplot as plt
import numpy as np

passed = set()  # names of the checks that passed; the last cell sums them up

# %% [markdown]
# ## The ravine
#
# Our test ground is a long, narrow valley, the function
#
# $$f(x_1, x_2) = 0.1\,x_1^2 + 2\,x_2^2 .$$
#
# Its slope along $x_2$ changes twenty times as fast as along $x_1$. A learning rate that is small enough for the steep
# direction is slow in the flat one.
#
# Does it matter that the valley lies along an axis? To find out, we keep a twin: the same valley, turned by 45°.

# %%
CURVATURES = np.array([0.2, 4.0])  # the second derivatives along x1 and x2


def ravine(point):
    return 0.5 * np.sum(CURVATURES * point**2, axis=-1)


def ravine_gradient(point):
    return CURVATURES * point


# %%
TURN = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)  # a rotation by 45 degrees


def turned_ravine(point):
    return ravine(point @ TURN.T)


def turned_gradient(point):
    return ravine_gradient(point @ TURN.T) @ TURN


# %% [markdown]
# Every walk begins at the same place, $(-5, -2)$ on the ravine and its image on the turned twin. `walk` calls a step
# function again and again and keeps the points that it visits. What the step remembers from one call to the next (a
# velocity, an accumulator) is its *state*: the step gets it as an argument and returns it renewed.

# %%
START = np.array([-5.0, -2.0])


def walk(step_function, gradient_of, start, *state, steps=40, counted=False, **settings):
    """The points visited, an array of shape (steps + 1, 2); `counted` hands the step its number, from 1 on."""
    point, points = start, [start]
    for number in range(1, steps + 1):
        extra = (number,) if counted else ()
        point, *state = step_function(point, *state, gradient_of(point), *extra, **settings)
        points.append(point)
    return np.array(points)


def distances(points):
    return np.linalg.norm(points, axis=1)  # the lowest point of both ravines is the origin


# %%
def draw_walks(walks, surface, title, axis):
    """Draw each walk (a dict from name to points) over the level lines of `surface`."""
    x, y = np.meshgrid(np.linspace(-6, 3, 181), np.linspace(-4, 5, 181))
    height = surface(np.stack([x, y], axis=-1))
    _ = axis.contour(x, y, height, levels=np.geomspace(0.05, 60, 12), colors="0.8", linewidths=0.8)
    for (name, points), marker in zip(walks.items(), "osd^", strict=False):
        _ = axis.plot(*points.T, marker=marker, markersize=3, linewidth=1, label=name)
    _ = axis.plot(0, 0, marker="+", markersize=14, color="black")
    _ = axis.set(title=title, xlabel="$x_1$", ylabel="$x_2$", xlim=(-6, 3), ylim=(-4, 5), aspect="equal")
    _ = axis.legend(loc="upper right", fontsize="small")


# %% [markdown]
# ## 1. Momentum
#
# **The idea.** A ball that rolls down a valley does not forget its speed at every step. The velocity $m$ keeps the
# share $\beta$ of itself, and the gradient pushes it:
#
# $$m \leftarrow \beta\,m - \alpha\,g, \qquad w \leftarrow w + m .$$
#
# **By hand.** Let $w = 1$, $m = -0.5$, $g = 2$, $\alpha = 0.1$ and $\beta = 0.8$. The velocity becomes
# $0.8 \cdot (-0.5) - 0.1 \cdot 2 = -0.6$, and the weight $1 - 0.6 = 0.4$. Nesterov's form looks one step ahead: it
# moves the weight by $\beta\,m - \alpha\,g$ with the *new* velocity, $0.8 \cdot (-0.6) - 0.2 = -0.68$, to $0.32$. The
# velocity it hands on is still $-0.6$.
#
# **Predict before you run.** The gradient is 1 at every step, $\alpha = 0.1$, $\beta = 0.9$, and the ball starts at
# rest. How fast is it after a long time: 0.1, 0.9, 1 or ever faster? Write your guess down.


# %% exercise="momentum_step"
def momentum_step(weights, velocity, gradient, *, learning_rate, momentum=0.9, nesterov=False):
    """Take one step of gradient descent with momentum.

    The velocity keeps the share `momentum` of itself and is pushed against the gradient; the weights move by it::

        new velocity = β · velocity - α · gradient
        new weights  = weights + new velocity                        (nesterov=False)
        new weights  = weights + β · new velocity - α · gradient     (nesterov=True)

    With `nesterov=True` the velocity that is returned is the new velocity, too. The arguments keep their values.

    Parameters
    ----------
    weights, velocity, gradient : ndarray of one shape, any shape, () included
        Floating point: float64 or float32.
    learning_rate : float
        α, above 0.
    momentum : float
        β, at least 0 and below 1.
    nesterov : bool
        Whether to look ahead (the form that Keras uses).

    Returns
    -------
    weights, velocity : two arrays of that shape, in this order

    References
    ----------
    B. T. Polyak (1964), doi:10.1016/0041-5553(64)90137-5. I. Sutskever, J. Martens, G. Dahl and G. Hinton (2013),
    "On the importance of initialization and momentum in deep learning", ICML.

    Examples
    --------
    >>> one, half, two = np.array([1.0]), np.array([-0.5]), np.array([2.0])
    >>> print(*momentum_step(one, half, two, learning_rate=0.1, momentum=0.8))
    [0.4] [-0.6]
    """
    ### BEGIN SOLUTION
    new_velocity = momentum * velocity - learning_rate * gradient
    change = new_velocity
    if nesterov:
        change = momentum * new_velocity - learning_rate * gradient
    return weights + change, new_velocity
    ### END SOLUTION


# %% check="momentum_step" points=1
passed.discard("momentum_step")
start = np.array([1.0]), np.array([-0.5]), np.array([2.0])
w, m = momentum_step(*start, learning_rate=0.1, momentum=0.8)
assert np.allclose(m, -0.6), f"velocity: expected -0.6, got {m}; is the old velocity kept, and does the gradient brake?"
assert np.allclose(w, 0.4), f"weights: expected 0.4, got {w}; which velocity moves the weights, the old or the new one?"
w, m = momentum_step(*start, learning_rate=0.1, momentum=0.8, nesterov=True)
assert np.allclose(w, 0.32), f"Nesterov's weights: expected 0.32, got {w}; does it look ahead with the new velocity?"
assert np.allclose(m, -0.6), f"Nesterov's velocity: expected -0.6, got {m}; hand on the velocity, not the look-ahead"
assert np.array_equal(start, [[1.0], [-0.5], [2.0]]), "an argument was changed: make new arrays instead of += and -="
passed.add("momentum_step")

# %% [markdown]
# Now your prediction. With the same push at every step, the velocity settles where what it loses and what it gains
# cancel.

# %%
velocity = np.array(0.0)
for _ in range(200):
    _, velocity = momentum_step(np.array(0.0), velocity, np.array(1.0), learning_rate=0.1, momentum=0.9)
print("After 200 equal pushes the speed is learning_rate / (1 - momentum) = 1:", bool(np.isclose(velocity, -1.0)))

# %% [markdown]
# Momentum of 0.9 can thus make steps ten times as long where the gradient keeps its sign, and no longer where it
# changes. With `momentum=0` your function is plain gradient descent, so we can compare the two on the ravine.

# %%
walks = {
    name: walk(momentum_step, ravine_gradient, START, np.zeros(2), steps=20, learning_rate=0.4, momentum=momentum)
    for name, momentum in {"gradient descent": 0.0, "momentum 0.5": 0.5}.items()
}
_, axis = plt.subplots(figsize=(6, 5))
draw_walks(walks, ravine, "20 steps with learning rate 0.4", axis)
plt.show()

# %%
plain, rolling = (distances(points)[-1] for points in walks.values())
print("Both end nearer to the lowest point than they began:", bool(max(plain, rolling) < distances(START[None])[0]))
print("After 20 steps momentum is more than five times as close:", bool(5 * rolling < plain))

# %% [markdown]
# Gradient descent jumps from wall to wall and creeps along the floor. Momentum lets the jumps cancel and the small
# pushes along the floor add up. It still has one learning rate for both directions.
#
# ## 2. Adagrad
#
# **The idea.** What if each weight had a learning rate of its own, small where its gradients have been large? Adagrad
# adds up the squares of the gradients, entry by entry, in an accumulator $s$, and divides each step by its root:
#
# $$s \leftarrow s + g \otimes g, \qquad w \leftarrow w - \alpha\, g \oslash \sqrt{s + \varepsilon} .$$
#
# The signs $\otimes$ and $\oslash$ say that every entry is multiplied and divided on its own. The small $\varepsilon$
# keeps the quotient finite where no gradient has come yet.
#
# **By hand.** Let $w = 2$, $s = 16$, $g = 3$, $\alpha = 1$, and, to see where it goes, a huge $\varepsilon = 11$. The
# accumulator becomes $16 + 9 = 25$, the root is $\sqrt{25 + 11} = 6$, and the weight $2 - 3/6 = 1.5$.
#
# **Predict before you run.** At the start of the ravine the gradient is $(-1, -8)$: eight times as steep in $x_2$. The
# accumulator begins at zero. In its first step, how much further does Adagrad go in $x_2$ than in $x_1$: 64 times, 8
# times, or something else?


# %% exercise="adagrad_step"
def adagrad_step(weights, accumulator, gradient, *, learning_rate, epsilon=1e-6):
    """Take one Adagrad step.

    The accumulator is the running sum of the squared gradients, entry by entry. The weights move against the gradient,
    divided by the root of the new accumulator; ε stands inside the root::

        new accumulator = accumulator + gradient²
        new weights     = weights - α · gradient / √(new accumulator + ε)

    The accumulator that is returned does not contain ε. The arguments keep their values.

    Parameters
    ----------
    weights, accumulator, gradient : ndarray of one shape, any shape, () included
        Floating point: float64 or float32. The accumulator is never negative; it starts where the caller says.
    learning_rate : float
        α, above 0.
    epsilon : float
        ε, above 0.

    Returns
    -------
    weights, accumulator : two arrays of that shape, in this order

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer (2011), "Adaptive subgradient methods for online learning and stochastic
    optimization", Journal of Machine Learning Research 12, 2121-2159.

    Examples
    --------
    >>> two, sixteen, three = np.array([2.0]), np.array([16.0]), np.array([3.0])
    >>> print(*adagrad_step(two, sixteen, three, learning_rate=1.0, epsilon=11.0))
    [1.5] [25.]
    """
    ### BEGIN SOLUTION
    accumulator = accumulator + gradient**2
    scale = np.sqrt(accumulator + epsilon)
    weights = weights - learning_rate * gradient / scale
    return weights, accumulator
    ### END SOLUTION


# %% check="adagrad_step" points=4
passed.discard("adagrad_step")
start = np.array([2.0, 1.0]), np.array([16.0, 0.0]), np.array([3.0, 0.0])
w, s = adagrad_step(*start, learning_rate=1.0, epsilon=11.0)
assert np.isfinite(w).all(), f"weights: got {w}; what is divided by zero where neither gradient nor accumulator is?"
assert np.allclose(s, [25, 0]), f"accumulator: expected [25, 0], got {s}; is the old sum kept, and what is added to it?"
assert np.allclose(w[0], 1.5), f"first weight: expected 1.5, got {w[0]}; which accumulator is used, and where is ε?"
assert np.allclose(w[1], 1.0), f"second weight: expected 1, got {w[1]}; with a gradient of 0 it stays where it is"
w, s = adagrad_step(w, s, np.array([-12.0, 5.0]), learning_rate=0.5)
assert np.allclose(s, [169, 25]), f"accumulator, second step: expected [169, 25], got {s}; each entry has its own sum"
assert np.allclose(w, [1.5 + 6 / 13, 0.5]), f"weights, second step: got {w}; is learning_rate used, and the sign right?"
assert np.array_equal(start[1], [16, 0]), "the accumulator handed in was changed: make a new array instead of +="
passed.add("adagrad_step")

# %% [markdown]
# Your prediction: the first step from a zero accumulator.

# %%
first = walk(adagrad_step, ravine_gradient, START, np.zeros(2), steps=1, learning_rate=0.4)
moved = first[1] - first[0]
print("The first step is as long in x1 as in x2:", bool(np.isclose(moved[0], moved[1], rtol=1e-3)))
print("and that length is the learning rate:", bool(np.isclose(moved[0], 0.4, rtol=1e-3)))

# %% [markdown]
# The first division cancels the size of the gradient and leaves its sign. So from the first step on Adagrad ignores
# that the ravine is steep in one direction and flat in the other. Does that also help on the turned twin, where
# neither axis points along the valley? Look at the direction of the walk on the left and on the right.

# %%
grounds = {"ravine": (ravine, ravine_gradient, START), "turned by 45°": (turned_ravine, turned_gradient, START @ TURN)}
ends, pictures = {}, plt.subplots(1, 2, figsize=(10, 5), layout="constrained")[1]
for (name, (surface, gradient_of, start)), axis in zip(grounds.items(), pictures, strict=True):
    walks = {
        "gradient descent": walk(momentum_step, gradient_of, start, np.zeros(2), learning_rate=0.4, momentum=0.0),
        "Adagrad": walk(adagrad_step, gradient_of, start, np.zeros(2), learning_rate=2.0),
    }
    ends[name] = {method: distances(points)[-1] for method, points in walks.items()}
    draw_walks(walks, surface, f"{name}, 40 steps", axis)
plt.show()

# %%
straight, turned = ends.values()
print("Gradient descent ends equally far on both:", bool(np.isclose(*(e["gradient descent"] for e in ends.values()))))
print("Adagrad ends more than ten times as far away on the twin:", bool(turned["Adagrad"] > 10 * straight["Adagrad"]))

# %% [markdown]
# Adagrad adapts to *coordinates*. Where the valley lies across them, much of its edge is gone; gradient descent never
# notices the rotation.
#
# ## 3. RMSProp
#
# **The idea.** Adagrad's accumulator can only grow. What if it forgot? RMSProp keeps an average in which old squares
# fade: the old average counts with $\rho$, the new square with $1 - \rho$,
#
# $$s \leftarrow \rho\, s + (1 - \rho)\, g \otimes g, \qquad
# w \leftarrow w - \alpha\, g \oslash \sqrt{s + \varepsilon} .$$
#
# **By hand.** Let $w = 2$, $s = 10$, $g = 5$, $\rho = 0.6$, $\alpha = 1$ and $\varepsilon = 9$. The average becomes
# $0.6 \cdot 10 + 0.4 \cdot 25 = 16$, the root is $\sqrt{16 + 9} = 5$, and the weight $2 - 5/5 = 1$.
#
# **Predict before you run.** The gradient is 1 at every one of 100 steps. How long is Adagrad's last step, compared
# with its first one? And how long is RMSProp's last step, compared with the learning rate?


# %% exercise="rmsprop_step"
def rmsprop_step(weights, accumulator, gradient, *, learning_rate, rho=0.9, epsilon=1e-6):
    """Take one RMSProp step.

    The accumulator is a moving average of the squared gradients, entry by entry; ρ weighs the *old* average. The
    weights move against the gradient, divided by the root of the new average; ε stands inside the root. There is no
    correction for the first steps::

        new accumulator = ρ · accumulator + (1 - ρ) · gradient²
        new weights     = weights - α · gradient / √(new accumulator + ε)

    The accumulator that is returned does not contain ε. The arguments keep their values.

    Parameters
    ----------
    weights, accumulator, gradient : ndarray of one shape, any shape, () included
        Floating point: float64 or float32. The accumulator is never negative.
    learning_rate : float
        α, above 0.
    rho : float
        ρ, at least 0 and below 1.
    epsilon : float
        ε, above 0.

    Returns
    -------
    weights, accumulator : two arrays of that shape, in this order

    References
    ----------
    T. Tieleman and G. Hinton (2012), "Lecture 6.5: rmsprop", Neural Networks for Machine Learning, Coursera.

    Examples
    --------
    >>> two, ten, five = np.array([2.0]), np.array([10.0]), np.array([5.0])
    >>> print(*rmsprop_step(two, ten, five, learning_rate=1.0, rho=0.6, epsilon=9.0))
    [1.] [16.]
    """
    ### BEGIN SOLUTION
    squared = gradient**2
    accumulator = rho * accumulator + (1 - rho) * squared
    scale = np.sqrt(accumulator + epsilon)
    weights = weights - learning_rate * gradient / scale
    return weights, accumulator
    ### END SOLUTION


# %% check="rmsprop_step" points=3
passed.discard("rmsprop_step")
start = np.array([2.0, 1.0]), np.array([10.0, 0.0]), np.array([5.0, 0.0])
w, s = rmsprop_step(*start, learning_rate=1.0, rho=0.6, epsilon=9.0)
assert np.isfinite(w).all(), f"weights: got {w}; what is divided by zero where neither gradient nor accumulator is?"
assert np.allclose(s, [16, 0]), f"accumulator: expected [16, 0], got {s}; which of old and new does ρ weigh?"
assert np.allclose(w[0], 1.0), f"first weight: expected 1, got {w[0]}; which accumulator is used, and where is ε?"
assert np.allclose(w[1], 1.0), f"second weight: expected 1, got {w[1]}; with a gradient of 0 it stays where it is"
w, s = rmsprop_step(w, s, np.array([-8.0, 10.0]), learning_rate=0.25, rho=0.75)
assert np.allclose(s, [28, 25]), f"accumulator, second step: expected [28, 25], got {s}; each entry has its own average"
assert np.allclose(w[1], 0.5), f"second weight, second step: expected 0.5, got {w[1]}; is learning_rate used?"
assert np.array_equal(start[1], [10, 0]), "the accumulator handed in was changed: make a new array instead of *= and +="
passed.add("rmsprop_step")

# %% [markdown]
# Your prediction: 100 steps under one and the same gradient. Both axes of the picture are logarithmic.

# %%
steps = np.arange(1, 101)
_, axis = plt.subplots(figsize=(6, 4))
lengths = {}
for name, function, marker in (("Adagrad", adagrad_step, "o"), ("RMSProp", rmsprop_step, "s")):
    points = walk(function, np.ones_like, np.zeros(2), np.zeros(2), steps=100, learning_rate=0.1)
    lengths[name] = -np.diff(points[:, 0])
    _ = axis.loglog(steps, lengths[name], marker=marker, markersize=3, label=name)
_ = axis.axhline(0.1, color="0.6", linewidth=0.8, label="learning rate")
_ = axis.set(xlabel="step", ylabel="length of the step", title="The gradient is 1 at every step")
_ = axis.legend()
plt.show()

# %%
adagrad, rmsprop = lengths.values()
print("Adagrad's 100th step is a tenth of its first:", bool(np.isclose(adagrad[-1], adagrad[0] / 10, rtol=1e-3)))
print("RMSProp's 100th step is as long as the learning rate:", bool(np.isclose(rmsprop[-1], 0.1, rtol=1e-2)))
print("RMSProp's first step is more than three times as long:", bool(rmsprop[0] > 0.3))

# %% [markdown]
# Adagrad's $t$-th step is $\alpha/\sqrt{t}$ here. RMSProp's average starts at zero and has to fill up, which is why its
# first steps are too long. Keep that in mind for Adam. Now the ravine again, with a learning rate of 0.4 for both: who
# is still moving in the end?

# %%
walks = {
    name: walk(function, ravine_gradient, START, np.zeros(2), learning_rate=0.4)
    for name, function in (("Adagrad", adagrad_step), ("RMSProp", rmsprop_step))
}
_, axis = plt.subplots(figsize=(6, 5))
draw_walks(walks, ravine, "40 steps with learning rate 0.4", axis)
plt.show()

# %%
adagrad, rmsprop = walks.values()
print("RMSProp has come to within 0.5 of the lowest point:", bool(distances(rmsprop).min() < 0.5))
print("Adagrad is still more than 1 away:", bool(distances(adagrad).min() > 1))
print("Adagrad's last step is less than a quarter of its first:", bool(np.ptp(adagrad[-2:], axis=0).max() < 0.1))

# %% [markdown]
# ## 4. Adam
#
# **The idea.** Take both: a moving average of the gradients, as momentum has, and one of their squares, as RMSProp
# has. Both start at zero, so early on both are too small. Adam divides each by the share of the weights that it has
# given out so far, $1 - \beta^t$ after $t$ steps:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g \otimes g,$$
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad
# w \leftarrow w - \alpha\, \hat m \oslash \left(\sqrt{\hat v} + \varepsilon\right) .$$
#
# **By hand.** Let $w = 1$, $m = v = 0$, $g = 2$, $\alpha = 0.1$, $\beta_1 = 0.5$ and $\beta_2 = 0.75$. At $t = 1$ we
# get $m = 1$ and $v = 1$; corrected, $\hat m = 1/0.5 = 2$ and $\hat v = 1/0.25 = 4$; the weight becomes
# $1 - 0.1 \cdot 2/2 = 0.9$. At $t = 2$ with the same gradient, $m = 1.5$ and $v = 1.75$; corrected, $\hat m = 2$ and
# $\hat v = 4$ again, and the weight becomes $0.8$.
#
# **Predict before you run.** How long is Adam's very first step if the gradient is 0.001? If it is 1000?


# %% exercise="adam_step"
def adam_step(
    weights, first_moment, second_moment, gradient, step, *, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8
):
    """Take one Adam step.

    Both moments are moving averages, of the gradient and of its square, entry by entry. Each is corrected for having
    started at zero, and the weights move by their quotient; ε stands outside the root, after the correction::

        new first moment  m = β₁ · m + (1 - β₁) · gradient
        new second moment v = β₂ · v + (1 - β₂) · gradient²
        corrected         m̂ = m / (1 - β₁ᵗ),   v̂ = v / (1 - β₂ᵗ)
        new weights         = weights - α · m̂ / (√v̂ + ε)

    The moments that are returned are m and v, not the corrected ones. The arguments keep their values. (Keras puts ε
    before the correction, which makes no visible difference at an ε as small as this one.)

    Parameters
    ----------
    weights, first_moment, second_moment, gradient : ndarray of one shape, any shape, () included
        Floating point: float64 or float32. The second moment is never negative.
    step : int
        t, the number of this step: 1 at the first. The caller counts.
    learning_rate : float
        α, above 0.
    beta_1, beta_2 : float
        β₁ and β₂, at least 0 and below 1.
    epsilon : float
        ε, above 0.

    Returns
    -------
    weights, first_moment, second_moment : three arrays of that shape, in this order

    References
    ----------
    D. P. Kingma and J. Ba (2015), "Adam: A method for stochastic optimization", ICLR, arXiv:1412.6980.

    Examples
    --------
    >>> one, zero, two = np.array([1.0]), np.array([0.0]), np.array([2.0])
    >>> print(*adam_step(one, zero, zero, two, 1, learning_rate=0.1, beta_1=0.5, beta_2=0.75))
    [0.9] [1.] [1.]
    """
    ### BEGIN SOLUTION
    first_moment = beta_1 * first_moment + (1 - beta_1) * gradient
    second_moment = beta_2 * second_moment + (1 - beta_2) * gradient**2
    corrected_first = first_moment / (1 - beta_1**step)
    corrected_second = second_moment / (1 - beta_2**step)
    scale = np.sqrt(corrected_second) + epsilon
    weights = weights - learning_rate * corrected_first / scale
    return weights, first_moment, second_moment
    ### END SOLUTION


# %% check="adam_step" points=5
passed.discard("adam_step")
start, settings = (np.array([1.0]), np.zeros(1), np.zeros(1)), {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.75}
w, m, v = adam_step(*start, np.array([2.0]), 1, **settings)
assert np.allclose(m, 1), f"first moment: expected 1, got {m}; hand on the average itself, not the corrected one"
assert np.allclose(v, 1), f"second moment: expected 1, got {v}; it averages squares, with the other beta"
assert np.allclose(w, 0.9), f"weights: expected 0.9, got {w}; are both moments corrected, and is there a root?"
w, m, v = adam_step(w, m, v, np.array([2.0]), 2, **settings)
assert np.allclose([m, v], [[1.5], [1.75]]), f"moments, step 2: expected 1.5 and 1.75, got {m}, {v}; is the old kept?"
assert np.allclose(w, 0.8), f"weights, step 2: expected 0.8, got {w}; how does the correction depend on the step?"
still = adam_step(np.ones(1), np.zeros(1), np.zeros(1), np.zeros(1), 1, learning_rate=0.1)
assert np.allclose(still[0], 1), f"without any gradient: expected weights of 1, got {still[0]}; is anything 0/0?"
assert np.array_equal(start, [[1.0], [0.0], [0.0]]), "an argument was changed: make new arrays instead of *= and +="
passed.add("adam_step")

# %% [markdown]
# Your prediction: the first step for three gradients, a million times apart.

# %%
gradients = np.array([0.001, 1.0, 1000.0])
weights, *_ = adam_step(np.zeros(3), np.zeros(3), np.zeros(3), gradients, 1, learning_rate=0.1)
print("The first step is as long as the learning rate for all three:", bool(np.allclose(weights, -0.1, rtol=1e-3)))

# %% [markdown]
# Thanks to the correction the first step is neither too long, as RMSProp's was, nor too short. Last, all four on the
# ravine and on its twin, each with a learning rate that suits it there.

# %%
METHODS = {
    "momentum": (momentum_step, 1, {"learning_rate": 0.4, "momentum": 0.5}),
    "Adagrad": (adagrad_step, 1, {"learning_rate": 2.0}),
    "RMSProp": (rmsprop_step, 1, {"learning_rate": 0.2}),
    "Adam": (adam_step, 2, {"learning_rate": 0.5, "counted": True}),
}
ends, pictures = {}, plt.subplots(1, 2, figsize=(10, 5), layout="constrained")[1]
for (ground, (surface, gradient_of, start)), axis in zip(grounds.items(), pictures, strict=True):
    walks = {
        name: walk(function, gradient_of, start, *[np.zeros(2)] * states, steps=60, **settings)
        for name, (function, states, settings) in METHODS.items()
    }
    ends[ground] = {name: distances(points)[-1] for name, points in walks.items()}
    draw_walks(walks, surface, f"{ground}, 60 steps", axis)
plt.show()

# %%
for name in METHODS:
    straight, turned = (ends[ground][name] for ground in grounds)
    same_end = bool(np.isclose(straight, turned))
    print(f"{name:8}  ends within 0.5 on the ravine: {straight < 0.5!s:5}  ends as far away on the twin: {same_end}")

# %% [markdown]
# **What did you see?** Before you go on, answer for yourself: which of the four does not notice the rotation, and
# which line of its function makes that so? Which method's steps become shorter although nobody turned the learning
# rate down? Change a learning rate above and see which method minds most.
#
# ## In words
#
# Adagrad is said to *stall* when a deep network is trained for long.
#
# 1. Explain from the equation why its steps become shorter and shorter, and say how fast they do when the gradient
#    keeps its size.
# 2. What does RMSProp change, and why does that keep it going?
# 3. Name one situation in which Adagrad's behavior is welcome.
#
# Five to eight sentences are enough (3 points).

# %% [markdown] essay="why_adagrad_stalls" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# 1. The accumulator is a sum of squares, so it never becomes smaller, and each step is divided by its root. If the
#    gradient keeps the size g, then after t steps the accumulator is about t·g², its root is √t·g, and the step is
#    about α/√t. The effective learning rate falls for ever, whether or not the minimum is near; large gradients early
#    in training slow a weight down for good.
# 2. RMSProp replaces the sum by a moving average in which a square that is k steps old counts with ρᵏ. The average
#    follows the size of the recent gradients and can fall again. For a gradient of constant size it settles at g², and
#    the step at α.
# 3. Where a shrinking learning rate is what we want: in convex problems with noisy gradients (there α/√t is the rate
#    that the theory asks for), and with sparse features, where a weight that rarely gets a gradient keeps a long step.
#
# **Rubric.** One point each: (1) the sum only grows *and* a rate of 1/√t or an equivalent argument; (2) the moving
# average forgets, so the step settles; (3) one sound situation, with its reason.
# ### END SOLUTION

# %% [markdown]
# ## Where you are
#
# The cell below says which of your functions have passed the checks in this notebook. It gives no points: the points
# come from the grader, which asks more.

# %%
for name in ("momentum_step", "adagrad_step", "rmsprop_step", "adam_step"):
    print(f"{name:14} {'passed its check' if name in passed else 'has not passed its check yet'}")
