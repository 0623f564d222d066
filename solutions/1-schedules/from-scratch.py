# %% [markdown]
# # Learning schedules from scratch
#
# A large learning rate is fast and never comes to rest; a small one comes to rest and takes for ever. Can one walk have
# both? In this notebook you write the lecture's schedules with NumPy, watch what each does to a noisy walk, cut data
# into mini-batches, and put it all together in gradient descent.
#
# - **You will do:** five functions and one small class, each followed by a check and a picture, and one question in
#   words.
# - **You need:** the gradient-descent algorithm, and NumPy arrays. No deep-learning library is used.
# - **Time:** about two hours. Running the finished notebook takes a few seconds.
# - **Points:** power decay 1, exponential decay 1, piecewise constant 2, reduce on plateau 4, mini-batches 3, gradient
#   descent 5, the question in words 3.
# - **How it is graded:** the check below each exercise tries examples that you can follow by hand. When you hand in,
#   your answer is called with other numbers, shapes and settings, and partly right answers earn part of the points.
#   An answer is judged only by what its docstring says.
#
# Write where it says `YOUR CODE HERE` and remove the line that raises `NotImplementedError`. You may add cells.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

passed = set()  # names of the checks that passed; the last cell sums them up

# %% [markdown]
# ## A valley with noise
#
# Our test ground is as simple as can be: the function $f(w) = \frac12 w^2$, whose gradient is $w$. But we never see the
# gradient itself, only the gradient plus noise, as one sees it when only a part of the data is looked at. A thousand
# walkers start at $w = 5$, each with noise of its own, and we follow how far they are from the lowest point, $w = 0$,
# in the root mean square.


# %%
def noisy_descent(rates, walkers=1000, seed=0):
    """The walkers' distance from the lowest point after each step, an array of the shape of `rates`."""
    rng = np.random.default_rng(seed)
    w, distances = np.full(walkers, 5.0), []
    for rate in rates:
        gradient = w + rng.normal(size=walkers)
        w = w - rate * gradient
        distances.append(np.sqrt(np.mean(w**2)))
    return np.array(distances)


# %%
def draw_descents(rates, ranges=None):
    """Draw some walks (a dict from name to rates): the learning rate above, the distance below; give the distances."""
    _, axes = plt.subplots(2, 1, figsize=(7, 5.5), sharex=True, layout="constrained")
    distances = {name: noisy_descent(each) for name, each in rates.items()}
    for name, style in zip(rates, ("-", "--", "-.", ":"), strict=False):
        _ = axes[0].semilogy(rates[name], style, label=name)
        _ = axes[1].semilogy(distances[name], style, label=name)
    _ = axes[0].set(ylabel="learning rate", ylim=ranges)
    _ = axes[1].set(xlabel="step", ylabel="distance")
    _ = axes[0].legend(fontsize="small")
    plt.show()
    return distances


# %% [markdown]
# Look at the two constant rates first. Which one is nearer to the lowest point after 50 steps, which one after 300?

# %%
steps = np.arange(300)
constant = {"constant 0.5": np.full(300, 0.5), "constant 0.02": np.full(300, 0.02)}
distances = draw_descents(constant)

# %%
large, small = distances.values()
print("After 50 steps the small rate is still more than 1 away:", bool(small[49] > 1))
print("In the end the large rate is more than four times as far away:", bool(large[-1] > 4 * small[-1]))
print("and no nearer than after 50 steps:", bool(large[-100:].mean() > 0.8 * large[49]))

# %% [markdown]
# The large rate arrives in ten steps and then jitters in a cloud for ever, because every step is pushed about by the
# noise. The small rate has a small cloud and takes more than a hundred steps to reach it. A schedule starts with the
# one and ends with the other.
#
# ## 1. Power decay
#
# **The idea.** Let the learning rate fall with the number $n$ of the step, quickly at first and then ever more slowly:
#
# $$\alpha_n = \frac{\alpha_0}{(1 + n/s)^c} .$$
#
# **By hand.** Let $\alpha_0 = 0.8$ and $s = 10$. At step $n = 30$ the bracket is $1 + 30/10 = 4$. With $c = 1$ the rate
# is $0.8/4 = 0.2$; with $c = 0.5$ it is $0.8/\sqrt4 = 0.4$.
#
# **Predict before you run.** Let $s = 10$ and $c = 1$. After 10 steps the rate is half of what it was. How many *more*
# steps does it take until it is halved again? And until it is halved a third time?


# %% exercise="power_decay"
def power_decay(step, *, initial_learning_rate, decay_steps, power=1.0):
    """Give the learning rate of a step under power scheduling.

    With α₀ the initial learning rate, s the decay steps and c the power::

        α₀ / (1 + step / s)^c

    The rate falls smoothly from step to step; there are no stairs. The arguments keep their values.

    Parameters
    ----------
    step : int or ndarray of int, any shape, () included
        The number of the step, from 0 on.
    initial_learning_rate : float
        α₀, above 0.
    decay_steps : int or float
        s, above 0.
    power : float
        c, above 0.

    Returns
    -------
    float or ndarray
        One number for an int; for an array, the rate of each of its entries, in its shape.

    Examples
    --------
    >>> power_decay(30, initial_learning_rate=0.8, decay_steps=10)
    0.2
    """
    ### BEGIN SOLUTION
    decay = 1 + step / decay_steps
    return initial_learning_rate / decay**power
    ### END SOLUTION


# %% check="power_decay" points=1
passed.discard("power_decay")
settings = {"initial_learning_rate": 0.8, "decay_steps": 10}
rate = power_decay(0, **settings)
assert np.isclose(rate, 0.8), f"step 0: expected 0.8, got {rate}; nothing has decayed yet"
rate = power_decay(30, **settings)
assert np.isclose(rate, 0.2), f"step 30: expected 0.2, got {rate}; what is raised to the power, and is it divided by?"
rate = power_decay(30, **settings, power=0.5)
assert np.isclose(rate, 0.4), f"step 30, power 0.5: expected 0.4, got {rate}; is `power` used?"
rate = power_decay(5, **settings)
assert np.isclose(rate, 0.8 / 1.5), f"step 5: got {rate}; does the rate also fall between 0 and `decay_steps`?"
rates = power_decay(np.array([[0, 10], [30, 70]]), **settings)
assert np.shape(rates) == (2, 2), f"an array of shape (2, 2): the rates came in shape {np.shape(rates)}"
assert np.allclose(rates, [[0.8, 0.4], [0.2, 0.1]]), f"an array of steps: got {rates}; each step has a rate of its own"
passed.add("power_decay")

# %% [markdown]
# Your prediction: how long each halving takes.

# %%
rates = power_decay(np.arange(1000), initial_learning_rate=1.0, decay_steps=10)
halved = [int(np.argmax(rates <= 0.5**times)) for times in (1, 2, 3)]
print("The rate is halved for the first, second and third time at the steps", halved)

# %% [markdown]
# Each halving takes twice as long as the one before. Now the noisy walk: does power decay reach the lowest point as
# early as the large rate, and get as near as the small one?

# %%
decayed = {"power decay": power_decay(steps, initial_learning_rate=0.5, decay_steps=4)}
distances = draw_descents(constant | decayed)

# %%
large, small, decaying = distances.values()
print("After 50 steps power decay is nearer than both:", bool(decaying[49] < 0.5 * min(large[49], small[49])))
print("In the end it is less than a fifth as far away as the large rate:", bool(5 * decaying[-1] < large[-1]))
print("and still getting nearer:", bool(decaying[-1] < 0.8 * decaying[149]))

# %% [markdown]
# It is as quick as the large rate in the first steps, and its cloud shrinks for as long as the walk goes on.
#
# ## 2. Exponential decay
#
# **The idea.** Let the rate fall by the same *factor* in every $s$ steps. With the factor $r$ (the lecture's is 0.1),
#
# $$\alpha_n = \alpha_0 \, r^{\,n/s} .$$
#
# **By hand.** Let $\alpha_0 = 0.8$, $r = 0.25$ and $s = 10$. At step 10 the rate is $0.8 \cdot 0.25 = 0.2$. At step 5
# it is $0.8 \cdot 0.25^{0.5} = 0.8 \cdot 0.5 = 0.4$: half the way, in a smooth curve.
#
# **Predict before you run.** The rate falls to a tenth in every 8 steps. Our walkers are at $w = 5$. Will they arrive
# at the lowest point if we only wait long enough?


# %% exercise="exponential_decay"
def exponential_decay(step, *, initial_learning_rate, decay_steps, decay_rate=0.1):
    """Give the learning rate of a step under exponential scheduling.

    With α₀ the initial learning rate, s the decay steps and r the decay rate::

        α₀ · r^(step / s)

    The rate falls smoothly from step to step; there are no stairs. The arguments keep their values.

    Parameters
    ----------
    step : int or ndarray of int, any shape, () included
        The number of the step, from 0 on.
    initial_learning_rate : float
        α₀, above 0.
    decay_steps : int or float
        s, above 0: after so many steps the rate has been multiplied by r.
    decay_rate : float
        r, above 0 and below 1.

    Returns
    -------
    float or ndarray
        One number for an int; for an array, the rate of each of its entries, in its shape.

    Examples
    --------
    >>> exponential_decay(5, initial_learning_rate=0.8, decay_steps=10, decay_rate=0.25)
    0.4
    """
    ### BEGIN SOLUTION
    exponent = step / decay_steps
    return initial_learning_rate * decay_rate**exponent
    ### END SOLUTION


# %% check="exponential_decay" points=1
passed.discard("exponential_decay")
settings = {"initial_learning_rate": 0.8, "decay_steps": 10, "decay_rate": 0.25}
rate = exponential_decay(0, **settings)
assert np.isclose(rate, 0.8), f"step 0: expected 0.8, got {rate}; nothing has decayed yet"
rate = exponential_decay(10, **settings)
assert np.isclose(rate, 0.2), f"step 10: expected 0.2, got {rate}; which number is raised to which power?"
rate = exponential_decay(5, **settings)
assert np.isclose(rate, 0.4), f"step 5: expected 0.4, got {rate}; is the exponent a fraction here?"
rates = exponential_decay(np.array([[0, 10], [20, 30]]), **settings)
assert np.shape(rates) == (2, 2), f"an array of shape (2, 2): the rates came in shape {np.shape(rates)}"
assert np.allclose(rates, [[0.8, 0.2], [0.05, 0.0125]]), f"an array of steps: got {rates}; each has a rate of its own"
rate = exponential_decay(10, initial_learning_rate=0.8, decay_steps=10)
assert np.isclose(rate, 0.08), f"without `decay_rate`: expected a tenth after 10 steps, got {rate}"
passed.add("exponential_decay")

# %% [markdown]
# Your prediction. In the picture the exponential rates are straight lines, because the upper axis is logarithmic. Look
# at where the fast one ends.

# %%
decayed = {
    "power decay": power_decay(steps, initial_learning_rate=0.5, decay_steps=4),
    "exponential, slow": exponential_decay(steps, initial_learning_rate=0.5, decay_steps=150),
    "exponential, fast": exponential_decay(steps, initial_learning_rate=0.5, decay_steps=8),
}
distances = draw_descents(decayed, ranges=(1e-6, 1))

# %%
_, slow, fast = distances.values()
print("The slow one gets to within 0.2 of the lowest point:", bool(slow[-1] < 0.2))
print("The fast one is still more than 0.4 away:", bool(fast[-1] > 0.4))
print("and its last 250 steps together have changed that by less than 0.001:", bool(np.ptp(fast[50:]) < 1e-3))

# %% [markdown]
# The fast one has died on the way. A walk can go only as far as its learning rates allow in all: what do they add up
# to?

# %%
long = np.arange(100_000)
settings = {"initial_learning_rate": 0.5, "decay_steps": 8}
for name, schedule in {"exponential": exponential_decay, "power": power_decay}.items():
    sums = np.cumsum(schedule(long, **settings))
    growing = bool(sums[-1] > 1.2 * sums[9_999])
    print(f"{name:11}  the sum of the rates still grows after 10,000 steps: {growing}")

# %% [markdown]
# ## 3. Piecewise constant
#
# **The idea.** Keep one rate for a while, then take the next. The boundaries and the values are chosen by hand.
#
# **By hand.** Let the boundaries be 10 and 20 and the values 0.8, 0.2 and 0.1: one value more than boundaries. A
# boundary is the *last* step of its piece, as in Keras: up to step 10 the rate is 0.8, from step 11 up to 20 it is 0.2,
# and from 21 on it is 0.1.
#
# **Predict before you run.** The rate is 0.5 up to step 100, then 0.1 up to step 200, then 0.01. What will the
# distance of the noisy walk look like: a smooth curve, stairs, or something else?


# %% exercise="piecewise_constant"
def piecewise_constant(step, *, boundaries, values):
    """Give the learning rate of a step under piecewise constant scheduling.

    The rate is ``values[0]`` as long as ``step <= boundaries[0]``; after that ``values[1]`` as long as
    ``step <= boundaries[1]``; and so on. Past the last boundary it is the last of the values. The arguments keep their
    values.

    Parameters
    ----------
    step : int or ndarray of int, any shape, () included
        The number of the step, from 0 on.
    boundaries : list, tuple or ndarray of int
        The last step of every piece but the last one, strictly rising; at least one.
    values : list, tuple or ndarray of float
        The rate of each piece, in any order of size: one more than boundaries.

    Returns
    -------
    float or ndarray of float
        One number for an int; for an array, the rate of each of its entries, in its shape.

    Examples
    --------
    >>> for step in (10, 11):
    ...     print(piecewise_constant(step, boundaries=[10, 20], values=[0.8, 0.2, 0.1]))
    0.8
    0.2
    """
    ### BEGIN SOLUTION
    rate = np.full(np.shape(step), values[0], dtype=float)
    for piece, boundary in enumerate(boundaries):
        rate = np.where(step > boundary, values[piece + 1], rate)
    return rate
    ### END SOLUTION


# %% check="piecewise_constant" points=2
passed.discard("piecewise_constant")
settings = {"boundaries": [10, 20], "values": [0.8, 0.2, 0.1]}
for step, expected in {0: 0.8, 15: 0.2, 99: 0.1}.items():
    rate = piecewise_constant(step, **settings)
    assert np.isclose(rate, expected), f"step {step}: expected {expected}, got {rate}; in which piece does it lie?"
rates = [float(piecewise_constant(step, **settings)) for step in (10, 20)]
assert np.allclose(rates, [0.8, 0.2]), f"at the boundaries: got {rates}; to which piece does a boundary itself belong?"
rates = [float(piecewise_constant(step, **settings)) for step in (11, 21)]
assert np.allclose(rates, [0.2, 0.1]), f"one step past the boundaries: got {rates}; has the next piece begun?"
rates = piecewise_constant(np.array([[5, 15], [25, 10]]), **settings)
assert np.shape(rates) == (2, 2), f"an array of shape (2, 2): the rates came in shape {np.shape(rates)}"
assert np.allclose(rates, [[0.8, 0.2], [0.1, 0.8]]), f"an array of steps: got {rates}; were fractions cut off?"
rate = piecewise_constant(8, boundaries=[7], values=[0.5, 1.5])
assert np.isclose(rate, 1.5), f"one boundary, and a rate that rises: expected 1.5, got {rate}"
assert settings == {"boundaries": [10, 20], "values": [0.8, 0.2, 0.1]}, "an argument was changed: leave the lists as is"
passed.add("piecewise_constant")

# %% [markdown]
# Your prediction: look at the distance just after the two boundaries, and at what it does in between.

# %%
staircase = {"piecewise": piecewise_constant(np.arange(600), boundaries=[100, 200], values=[0.5, 0.1, 0.01])}
distances = draw_descents(staircase)

# %%
first, second, third = (distances["piecewise"][end - 50 : end].mean() for end in (100, 200, 600))
print("The second piece ends less than half as far away as the first:", bool(2 * second < first))
print("The third piece ends less than half as far away as the second:", bool(2 * third < second))

# %% [markdown]
# Stairs whose edges are rounded: every rate has a cloud of its own size, and the walk needs a while to settle into it.
# The smaller the rate, the longer that takes.
#
# ## 4. Reduce on plateau
#
# **The idea.** When should the rate fall? Instead of fixing the steps beforehand, watch the loss: while it improves,
# leave the rate alone; when it has not improved for a while, lower the rate.
#
# **By hand.** Let the rate be 0.8, the factor 0.5, the patience 2, and let only an improvement of more than 0.1 count.
#
# | loss | better than the best by more than 0.1? | calls in a row without | rate |
# |---|---|---|---|
# | 1.00 | yes, it is the first | 0 | 0.8 |
# | 0.95 | no: 0.95 is not below 1.00 − 0.1 | 1 | 0.8 |
# | 1.20 | no | 2: the patience is at its end | 0.4 |
# | 0.85 | yes; the best is now 0.85 | 0 | 0.4 |
# | 0.80 | no | 1 | 0.4 |
# | 0.90 | no | 2 again | 0.2 |
#
# **Predict before you run.** The loss goes up and down by chance, but does not improve on the whole. Will the rate stay
# as it is, because every now and then the loss is lower than the time before?


# %% exercise="ReduceOnPlateau"
class ReduceOnPlateau:
    """Lower the learning rate when the loss has stopped improving.

    A loss is *better* if it lies below the best loss so far by more than `min_delta`::

        loss < best - min_delta

    It is then the best so far. The very first loss has nothing before it and is better, too. NaN is never better.

    After `patience` calls in a row whose loss was not better, the rate is multiplied by `factor`, but does not fall
    below `min_learning_rate`, and the counting starts again from 0. The best loss stays what it is. The rate is never
    raised, not even when it lies below `min_learning_rate` from the start.

    Parameters
    ----------
    learning_rate : float
        The rate to begin with, above 0; after that, the attribute `learning_rate` is the rate to use.
    factor : float
        Above 0 and below 1.
    patience : int
        At least 1.
    min_delta : float
        By how much a loss must be better to count, at least 0.
    min_learning_rate : float
        At least 0.

    Examples
    --------
    >>> plateau = ReduceOnPlateau(0.8, factor=0.5, patience=2, min_delta=0.1)
    >>> for loss in (1.0, 0.95, 1.2):
    ...     print(plateau.update(loss), plateau.learning_rate)
    0.8 0.8
    0.8 0.8
    0.4 0.4
    """

    def __init__(self, learning_rate, *, factor, patience, min_delta=1e-4, min_learning_rate=0.0):
        self.learning_rate = learning_rate
        self.factor = factor
        self.patience = patience
        self.min_delta = min_delta
        self.min_learning_rate = min_learning_rate
        # What else does an object have to remember from call to call?
        ### BEGIN SOLUTION
        self.best = np.inf
        self.waited = 0
        ### END SOLUTION

    def update(self, loss):
        """Take note of a loss; return the learning rate to use from now on, which is also in `self.learning_rate`.

        Parameters
        ----------
        loss : float
            A Python or NumPy number; it may be NaN.
        """
        ### BEGIN SOLUTION
        if loss < self.best - self.min_delta:
            self.best = loss
            self.waited = 0
        else:
            self.waited += 1
        if self.waited >= self.patience:
            lowered = max(self.learning_rate * self.factor, self.min_learning_rate)
            self.learning_rate = min(self.learning_rate, lowered)
            self.waited = 0
        return self.learning_rate
        ### END SOLUTION


# %% check="ReduceOnPlateau" points=4
passed.discard("ReduceOnPlateau")
plateau = ReduceOnPlateau(0.8, factor=0.5, patience=2, min_delta=0.1)
rates = [plateau.update(loss) for loss in (1.0, 0.95, 1.2)]
assert rates[0] is not None, "`update` gave nothing back: does it return the rate?"
assert np.allclose(rates[:2], 0.8), f"first two losses: expected 0.8 and 0.8, got {rates[:2]}; the first one is better"
assert np.isclose(rates[2], 0.4), f"third loss: expected 0.4, got {rates[2]}; how many calls in a row were not better?"
assert np.isclose(plateau.learning_rate, 0.4), f"`learning_rate` is {plateau.learning_rate}: is the new rate kept?"
rates = [plateau.update(loss) for loss in (0.85, 0.80, 0.90)]
assert np.allclose(rates[:2], 0.4), f"next two: expected 0.4 and 0.4, got {rates[:2]}; did the counting start again?"
assert np.isclose(rates[2], 0.2), f"sixth loss: expected 0.2, got {rates[2]}; held against the last loss or the best?"
plateau = ReduceOnPlateau(0.8, factor=0.5, patience=1, min_learning_rate=0.3)
rates = [plateau.update(loss) for loss in (1.0, 1.0, float("nan"), 2.0)]
assert np.allclose(rates, [0.8, 0.4, 0.3, 0.3]), f"with a floor of 0.3: expected 0.8, 0.4, 0.3, 0.3, got {rates}"
passed.add("ReduceOnPlateau")

# %% [markdown]
# Your prediction: a loss that only goes up and down.

# %%
plateau = ReduceOnPlateau(1.0, factor=0.5, patience=10)
rng = np.random.default_rng(0)
rates = [plateau.update(loss) for loss in rng.uniform(1, 2, size=300)]
print("After 300 losses the rate is less than a thousandth of what it was:", rates[-1] < 1e-3)

# %% [markdown]
# It falls, because each loss is held against the *best* one, and a new best becomes rare. Now the noisy walk, with a
# rate that looks at the walkers' mean loss after every step. Look at where the rate falls.

# %%
plateau = ReduceOnPlateau(0.5, factor=0.4, patience=15)
rng, w = np.random.default_rng(0), np.full(1000, 5.0)
rates, distance = [], []
for _ in range(300):
    rates.append(plateau.learning_rate)
    w = w - plateau.learning_rate * (w + rng.normal(size=w.shape))
    distance.append(np.sqrt(np.mean(w**2)))
    _ = plateau.update(np.mean(w**2) / 2)
_, axes = plt.subplots(2, 1, figsize=(7, 5.5), sharex=True, layout="constrained")
_ = axes[0].semilogy(rates)
_ = axes[0].set(ylabel="learning rate")
_ = axes[1].semilogy(distance)
_ = axes[1].set(xlabel="step", ylabel="distance")
plt.show()

# %%
print("The rate was lowered at least twice:", rates[-1] < 0.5 * 0.4**1.5)
print("The walk ends less than a third as far away as with the constant 0.5:", bool(3 * distance[-1] < large[-1]))

# %% [markdown]
# Nobody told it when the walk had arrived. The price is patience: before every fall it waits on a plateau.
#
# ## 5. Mini-batches
#
# **The idea.** Where does the noise come from in training? From looking at a part of the data only. One *epoch* goes
# through all examples once, in an order drawn at random, a batch of `batch_size` examples at a time. With all examples
# in one batch we are back at gradient descent, with one example a batch we have stochastic gradient descent.
#
# **By hand.** Five examples in batches of two: the order might be drawn as 3, 0, 4, 1, 2. The batches are then the
# examples (3, 0), (4, 1) and (2): the last one is smaller. What belongs to example 3, its inputs and its target, stays
# together.
#
# **Predict before you run.** How many steps does an epoch of 1,000 examples take in batches of 32? And if the batches
# become four times as large, how much less do their gradients scatter: half as much, a quarter as much, or a sixteenth?


# %% exercise="minibatches"
def minibatches(inputs, targets, *, batch_size, rng):
    """Go through all examples once, in an order drawn from `rng`, in batches.

    Every example comes exactly once, its target with it. Every order is equally likely, and it is drawn from `rng` and
    nothing else: a generator made from the same seed gives the same batches, and a second epoch from the same generator
    comes in another order. All batches have `batch_size` examples but the last one, which has what is left (all
    `batch_size` of them where the number of examples is a multiple). The arguments keep their values, but for `rng`.

    Parameters
    ----------
    inputs : ndarray of shape (n, ...)
        One row for each example.
    targets : ndarray of shape (n, ...)
        The target of each.
    batch_size : int
        At least 1, at most n.
    rng : numpy.random.Generator
        For example ``np.random.default_rng(0)``.

    Returns
    -------
    iterable of (inputs, targets)
        The batches: anything that a `for` loop can go through, such as a list, or a generator made with `yield`. Each
        is a pair of arrays of shape (size of the batch, ...).

    Examples
    --------
    >>> inputs, targets = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    >>> for some, theirs in minibatches(inputs, targets, batch_size=2, rng=np.random.default_rng(0)):
    ...     print(len(some), theirs / some)
    2 [10. 10.]
    2 [10. 10.]
    1 [10.]
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(inputs))
    for first in range(0, len(order), batch_size):
        batch = order[first : first + batch_size]
        yield inputs[batch], targets[batch]
    ### END SOLUTION


# %% check="minibatches" points=3
passed.discard("minibatches")
numbers = np.arange(23.0)
data = np.stack([numbers, -numbers], axis=1), 10 * numbers
epoch = list(minibatches(*data, batch_size=5, rng=np.random.default_rng(1)))
sizes = [len(some) for some, _ in epoch]
assert sizes == [5, 5, 5, 5, 3], f"23 examples in batches of 5: got batches of {sizes}; is the smaller last one there?"
seen, theirs = (np.concatenate(parts) for parts in zip(*epoch, strict=True))
assert np.array_equal(theirs, 10 * seen[:, 0]), "an example came with another one's target: draw one order for both"
assert np.array_equal(np.sort(theirs), data[1]), "not every example came exactly once: draw without putting back"
assert not np.array_equal(theirs, data[1]), "the examples came in the order in which they were: shuffle them"
again = np.concatenate([y for _, y in minibatches(*data, batch_size=5, rng=np.random.default_rng(1))])
assert np.array_equal(theirs, again), "two generators of one seed gave other batches: draw from `rng` alone"
rng = np.random.default_rng(1)
one, two = (np.concatenate([y for _, y in minibatches(*data, batch_size=5, rng=rng)]) for _ in range(2))
assert not np.array_equal(one, two), "two epochs from one generator came in the same order: draw from `rng` itself"
assert np.array_equal(data[1], 10 * numbers), "the targets handed in were changed: shuffle an order, not the data"
passed.add("minibatches")

# %% [markdown]
# For the second half of your prediction we need data. Here are 240 examples with two inputs each; the targets follow a
# line, up to a noise that no line can explain.

# %%
rng = np.random.default_rng(0)
inputs = rng.normal(size=(240, 2))
targets = inputs @ np.array([2.0, -1.0]) + 0.5 + 0.5 * rng.normal(size=240)


def mean_squared_error(weights, bias, inputs, targets):
    return np.mean((inputs @ weights + bias - targets) ** 2)


# %% [markdown]
# For each batch we take the slope of its loss at $w = 0$, $b = 0$ in the direction of the bias, which is minus twice
# the mean of its targets. How much does it scatter from batch to batch?

# %%
sizes, scatter = np.array([1, 4, 16, 64]), []
rng = np.random.default_rng(0)
for size in sizes:
    epochs = [minibatches(inputs, targets, batch_size=size, rng=rng) for _ in range(50)]
    scatter.append(np.std([-2 * np.mean(y) for epoch in epochs for _, y in epoch if len(y) == size]))
_, axis = plt.subplots(figsize=(6, 4))
_ = axis.loglog(sizes, scatter, marker="o", label="measured")
_ = axis.loglog(sizes, scatter[0] / np.sqrt(sizes), "--", label=r"$1/\sqrt{\mathrm{batch\ size}}$")
_ = axis.set(xlabel="batch size", ylabel="scatter of the slope")
_ = axis.legend()
plt.show()

# %%
print("Steps in an epoch of 1,000 examples in batches of 32:", -(-1000 // 32))
ratios = np.array(scatter[1:3]) / scatter[:2]
print("Four times the batch, about half the scatter:", bool(np.all((ratios > 0.4) & (ratios < 0.6))))

# %% [markdown]
# The mean of $B$ independent gradients scatters by $1/\sqrt B$ of what one does. Four times the work per step buys half
# the noise. (At 64 of 240 the scatter is smaller still: a batch that holds a good part of the data has little left to
# miss.)
#
# ## 6. Gradient descent
#
# **The idea.** Now everything comes together. The linear model predicts $x \cdot w + b$, and its loss over some
# examples is the mean of the squared errors,
#
# $$L = \frac1B \sum_i (x_i \cdot w + b - y_i)^2 .$$
#
# For each batch, take the gradient of the loss *of that batch*, ask the schedule for the rate of this step, and move
# the weights and the bias.
#
# **By hand.** One example, $x = 2$ and $y = 1$; let $w = 1$ and $b = 0$. The prediction is 2, the error 1 and the loss
# 1. The slope for $w$ is $2 \cdot 1 \cdot x = 4$, and for $b$ it is $2 \cdot 1 = 2$. With a rate of 0.1, $w$ becomes
# $0.6$ and $b$ becomes $-0.2$. The new prediction is $1$: the loss is 0.
#
# **Predict before you run.** On our 240 examples, each run lasts 20 epochs at a constant rate of 0.05: once with
# batches of 240, once of 16, once of 1. Which one has the lowest loss after *one* epoch? And after twenty?


# %% exercise="gradient_descent"
def gradient_descent(weights, bias, inputs, targets, *, schedule, batch_size, epochs, rng):
    """Fit a linear model by gradient descent on mini-batches.

    The model predicts ``inputs @ weights + bias``; its loss over some examples is the mean of the squared errors, with
    no factor ½. In every epoch go through `minibatches`, drawn anew from `rng`. For each batch, weights and bias move
    against the gradient of the loss of that batch, both taken where the batch finds them, times the learning rate of
    the step. Steps are counted from 0, one for each batch, and the count goes on from epoch to epoch. The arguments
    keep their values, but for `rng`.

    Parameters
    ----------
    weights : ndarray of shape (d,)
        Where the weights start; float64 or float32.
    bias : float
        Where the bias starts.
    inputs : ndarray of shape (n, d)
        One row for each example.
    targets : ndarray of shape (n,)
        The target of each.
    schedule : callable
        ``schedule(step)`` gives the learning rate, at least 0, of the step with the number `step`, an int.
    batch_size : int
        At least 1, at most n: n is gradient descent, 1 is stochastic gradient descent.
    epochs : int
        How often to go through all examples, at least 1.
    rng : numpy.random.Generator
        Draws the batches.

    Returns
    -------
    weights : ndarray of shape (d,)
    bias : float
    losses : list of float
        After each epoch, the loss over all examples.

    Examples
    --------
    >>> start = np.array([1.0]), 0.0, np.array([[2.0]]), np.array([1.0])
    >>> rng = np.random.default_rng(0)
    >>> weights, bias, losses = gradient_descent(*start, schedule=lambda step: 0.1, batch_size=1, epochs=1, rng=rng)
    >>> print(weights, round(bias, 6), len(losses))
    [0.6] -0.2 1
    """
    ### BEGIN SOLUTION
    step, losses = 0, []
    for _ in range(epochs):
        for batch_inputs, batch_targets in minibatches(inputs, targets, batch_size=batch_size, rng=rng):
            learning_rate = schedule(step)
            errors = batch_inputs @ weights + bias - batch_targets
            weights = weights - learning_rate * 2 * errors @ batch_inputs / len(errors)
            bias = bias - learning_rate * 2 * np.mean(errors)
            step += 1
        losses.append(np.mean((inputs @ weights + bias - targets) ** 2))
    return weights, bias, losses
    ### END SOLUTION


# %% check="gradient_descent" points=5
passed.discard("gradient_descent")
one = {"batch_size": 1, "epochs": 1, "rng": np.random.default_rng(0), "schedule": lambda step: 0.1}
start = np.array([1.0]), 0.0, np.array([[2.0]]), np.array([1.0])
w, b, losses = gradient_descent(*start, **one)
assert np.allclose(w, 0.6), f"one example: expected a weight of 0.6, got {w}; what does the square's derivative bring?"
assert np.isclose(b, -0.2), f"one example: expected a bias of -0.2, got {b}; is its error that of before the step?"
assert np.shape(losses) == (1,), f"one epoch: expected one loss, got {losses}"
assert np.isclose(losses[0], 0), f"the loss after the epoch: expected 0, got {losses[0]}; is it taken after the steps?"
twice = np.array([[2.0], [2.0]]), np.array([1.0, 1.0])
w, b, losses = gradient_descent(np.array([1.0]), 0.0, *twice, **one | {"batch_size": 2})
assert np.allclose([w[0], b], [0.6, -0.2]), f"the same example twice: got {w[0]}, {b}; a mean does not care, a sum does"
steps_asked = []
slow = {"schedule": lambda step: steps_asked.append(step) or 0.01, "epochs": 2, "batch_size": 2}
_ = gradient_descent(np.zeros(2), 0.0, np.eye(5, 2), np.arange(5.0), **one | slow)
asked = sorted(set(steps_asked))
assert asked == [0, 1, 2, 3, 4, 5], f"2 epochs of 3 batches: the schedule was asked for {asked}; are steps counted?"
assert np.array_equal(start[0], [1.0]), "the weights handed in were changed: make a new array instead of -="
passed.add("gradient_descent")

# %% [markdown]
# ### Check your gradient
#
# A gradient that is wrong by a factor, or in one entry, often still goes downhill, and the mistake stays hidden. The
# remedy is a *gradient check*: compare with slopes measured by small differences,
#
# $$\frac{\partial L}{\partial w_j} \approx \frac{L(w + h\,e_j) - L(w - h\,e_j)}{2h} .$$
#
# One step with a rate of 1 moves weights and bias by exactly minus the gradient, so your function tells us which
# gradient it uses.

# %%
point = np.array([0.3, -0.7, 0.2])  # two weights and the bias


def loss_at(point):
    return mean_squared_error(point[:2], point[2], inputs, targets)


h = 1e-5
measured = np.array([(loss_at(point + h * e) - loss_at(point - h * e)) / (2 * h) for e in np.eye(3)])
everything = {"batch_size": len(inputs), "epochs": 1, "rng": np.random.default_rng(0)}
w, b, _ = gradient_descent(point[:2], point[2], inputs, targets, schedule=lambda step: 1.0, **everything)
used = point - np.append(w, b)
error = np.linalg.norm(used - measured) / np.linalg.norm(used + measured)
print("The gradient check's relative error is below one in a million:", bool(error < 1e-6))

# %% [markdown]
# ### Train with it
#
# Your prediction: three batch sizes at the same constant rate. The dotted line is the least loss that any line has,
# by `np.linalg.lstsq`. Look at the left end of each curve, and at which of them stay above the line.


# %%
def train(schedule, batch_size, epochs=20):
    """The loss over all examples at the start and after each epoch."""
    options = {"schedule": schedule, "batch_size": batch_size, "epochs": epochs, "rng": np.random.default_rng(0)}
    _, _, losses = gradient_descent(np.zeros(2), 0.0, inputs, targets, **options)
    return np.array([mean_squared_error(np.zeros(2), 0.0, inputs, targets), *losses])


def draw_losses(losses, what="loss over all examples"):
    """Draw some runs, a dict from name to losses; return the axes, to which more may be added."""
    _, axis = plt.subplots(figsize=(6.5, 4))
    for (name, each), marker in zip(losses.items(), "osd^", strict=False):
        _ = axis.semilogy(each, marker=marker, markersize=3, label=name)
    _ = axis.set(xlabel="epochs done", ylabel=what)
    axis.xaxis.get_major_locator().set_params(integer=True)
    _ = axis.legend()
    return axis


# %%
with_ones = np.column_stack([inputs, np.ones(len(inputs))])
*best_weights, best_bias = np.linalg.lstsq(with_ones, targets, rcond=None)[0]
least = mean_squared_error(np.array(best_weights), best_bias, inputs, targets)
losses = {f"batch size {size}": train(lambda step: 0.05, size) for size in (240, 16, 1)}
_ = draw_losses(losses).axhline(least, color="black", linestyle=":")
plt.show()

# %%
whole, some, single = losses.values()
print("After one epoch, the smaller the batches, the lower the loss:", bool(single[1] < some[1] < whole[1]))
print("After twenty, batches of 16 are less than 2 % above the least loss:", bool(some[-1] < 1.02 * least))
print("while those of 1 are still more than 2 % above it:", bool(np.median(single[-5:]) > 1.02 * least))

# %% [markdown]
# In one epoch, batches of 1 take 240 steps where the whole takes one. But they jitter above the least loss, as the
# walkers did, and batches of 240 have not yet arrived. The jitter is what the schedules are for. Same start, same
# epochs, batches of 1. The figure shows how far each run is *above* the least loss, since that is what is left to be
# gained: look at how close each schedule comes.

# %%
n = len(inputs)
schedules = {
    "constant": lambda step: 0.05,
    "power decay": partial(power_decay, initial_learning_rate=0.05, decay_steps=n),
    "exponential decay": partial(exponential_decay, initial_learning_rate=0.05, decay_steps=10 * n),
    "piecewise": partial(piecewise_constant, boundaries=[5 * n, 10 * n], values=[0.05, 0.01, 0.002]),
}
losses = {name: train(schedule, 1) for name, schedule in schedules.items()}
_ = draw_losses({name: each - least for name, each in losses.items()}, "loss less the least loss")
plt.show()

# %%
above = {name: np.median(each[-5:]) / least - 1 for name, each in losses.items()}
for name in ("power decay", "exponential decay", "piecewise"):
    print(f"{name:17}  is at least ten times as close as the constant rate: {10 * above[name] < above['constant']}")

# %% [markdown]
# And the plateau? It has to see the loss, so it cannot be told beforehand: train one epoch at a time, and let the
# object's rate be the schedule.

# %%
plateau, rng = ReduceOnPlateau(0.05, factor=0.3, patience=2, min_delta=1e-3), np.random.default_rng(0)
w, b, rates, followed = np.zeros(2), 0.0, [], []
for _ in range(20):
    rates.append(plateau.learning_rate)
    one_epoch = {"schedule": lambda step: plateau.learning_rate, "batch_size": 1, "epochs": 1, "rng": rng}
    w, b, (loss,) = gradient_descent(w, b, inputs, targets, **one_epoch)
    followed.append(loss)
    _ = plateau.update(loss)
print("The rate was lowered at least twice:", rates[-1] < 0.05 * 0.3**1.5)
near = np.median(followed[-5:]) / least - 1
print("and the loss ends at least ten times as close as with the constant rate:", bool(10 * near < above["constant"]))

# %% [markdown]
# **What did you see?** Before you go on, answer for yourself: which line of your `gradient_descent` makes the schedule
# count steps and not epochs? Every schedule above was given its `decay_steps` or `boundaries` in multiples of `n`; why?
# Change the batch size of the last comparison from 1 to 240 and see what is left of the differences.
#
# ## In words
#
# 1. With batches of 1 and a constant rate, the loss stops falling somewhat above the least possible one. With all
#    examples in one batch it goes on falling. Where does the difference come from, and why does lowering the rate help?
# 2. With a fast exponential decay the walkers stopped far from the lowest point, however long we waited. With power
#    decay and $c = 1$ they never stop for good. Why?
# 3. A colleague has found a good schedule for batches of 16. She now trains with batches of 64, for the same number of
#    epochs. What happens to the learning rate at the end of her training, and what should she change?
#
# Five to eight sentences are enough (3 points).

# %% [markdown] essay="when_to_lower" points=3
# *Your answer:*
#
# ### BEGIN SOLUTION
# 1. The gradient of one example is not 0 at the best weights, only the mean over all examples is. So with batches of 1
#    every step still moves by about α times the size of that noise, and the weights jitter in a cloud whose width grows
#    with α; the loss above the least is roughly proportional to α. With all examples in one batch the gradient itself
#    fades near the minimum and the steps with it. A lower rate makes the cloud, and the excess of the loss, smaller.
# 2. How far a walk can get is limited by the sum of its rates. For exponential decay the sum is finite, about
#    α₀·s / ln(1/r), because it is a geometric series: a start that is too far away cannot be left behind. For power
#    decay with c = 1 the sum of α₀/(1 + n/s) grows without bound, like a logarithm, so any distance can be covered.
# 3. The schedule counts steps, one for each batch. Batches of 64 mean a quarter of the steps in an epoch, so at the end
#    the schedule has come only a quarter of the way and the rate is still too high. She should divide `decay_steps`
#    (or the boundaries) by 4, or state them in epochs times steps per epoch.
#
# **Rubric.** One point each: (1) the noise of single gradients at the minimum against a vanishing full gradient, *and*
# that its effect shrinks with the rate; (2) finite against unbounded sum of the rates, or an equivalent argument;
# (3) a quarter of the steps, so a rate that ends too high, *and* the remedy.
# ### END SOLUTION

# %% [markdown]
# ## Where you are
#
# The cell below says which of your answers have passed the checks in this notebook. It gives no points: the points
# come from the grader, which asks more.

# %%
for name in (
    "power_decay",
    "exponential_decay",
    "piecewise_constant",
    "ReduceOnPlateau",
    "minibatches",
    "gradient_descent",
):
    print(f"{name:18} {'passed its check' if name in passed else 'has not passed its check yet'}")
