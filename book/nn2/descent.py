"""Walk down a surface, with a Keras optimizer or with a step written in NumPy, and keep the whole path."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Path", "feed_optimizer", "run_optimizer", "run_step"]


@dataclass(frozen=True)
class Path:
    """Where a descent went, and which gradient it saw at each step.

    Parameters
    ----------
    positions : ndarray of shape (steps + 1, ...)
        The weights before the first step and after each.
    gradients : ndarray of shape (steps, ...)
        The gradient that each step was given.
    """

    positions: np.ndarray
    gradients: np.ndarray

    @property
    def distances(self):
        """Euclidean distance to the origin, over the last axis, after each number of steps."""
        return np.linalg.norm(self.positions, axis=-1)

    @property
    def steps(self):
        """What each step added to the weights: ndarray of shape (steps, ...)."""
        return np.diff(self.positions, axis=0)

    @property
    def effective_rates(self):
        """The learning rate that each weight got in fact: minus the step over the gradient (NaN where that is 0).

        It is measured from outside, so it needs no knowledge of what the optimizer does: plain gradient descent has
        its learning rate here, at every step and for every weight.
        """
        rates = np.full(self.gradients.shape, np.nan)
        np.divide(-self.steps, self.gradients, out=rates, where=self.gradients != 0)
        return rates

    def arrival(self, fraction):
        """Return the number of steps after which the path is, and stays, within `fraction` of its first distance.

        Parameters
        ----------
        fraction : float
            Between 0 and 1.

        Returns
        -------
        ndarray of floats, of the shape of one step's distances
            ``inf`` where the path does not arrive for good.
        """
        near = self.distances <= fraction * self.distances[0]
        stays = np.logical_and.accumulate(near[::-1], axis=0)[::-1]
        return np.where(stays.any(axis=0), stays.argmax(axis=0), np.inf)


def run_step(step, gradient, start, steps):
    """Repeat a step written in NumPy, with a state that starts at zero.

    Parameters
    ----------
    step : callable
        ``weights, state = step(weights, state, gradient)``; `state` has the shape of `weights`.
    gradient : callable
        Weights to gradient, both of one shape.
    start : array_like
        The weights to start from.
    steps : int
        How many steps to take.

    Returns
    -------
    Path

    Examples
    --------
    >>> half_way = run_step(lambda w, state, g: (w - 0.5 * g, state), lambda w: w, [8.0], steps=3)
    >>> half_way.positions.ravel().tolist()
    [8.0, 4.0, 2.0, 1.0]
    """
    weights = np.array(start, dtype=float)
    state = np.zeros_like(weights)
    positions, gradients = [weights], []
    for _ in range(steps):
        gradients.append(gradient(weights))
        weights, state = step(weights, state, gradients[-1])
        positions.append(weights)
    return Path(np.array(positions), np.array(gradients))


def run_optimizer(optimizer, gradient, start, steps):
    """Let a Keras optimizer walk: one variable, gradients computed in NumPy, ``optimizer.apply`` at every step.

    The variable is of 64-bit floats where the backend has them. Many descents can share one call as the rows of
    `start` when the optimizer treats every weight by itself, as SGD, Adagrad and RMSprop do.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        A fresh one: its state belongs to this descent.
    gradient : callable
        Weights (ndarray) to gradient (array_like of the same shape).
    start : array_like
        The weights to start from.
    steps : int
        How many steps to take.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If the optimizer has been used before.
    """
    import keras

    if optimizer.built:
        raise ValueError(f"optimizer: expected a fresh one, got {optimizer.name!r}, which holds the state of a run")
    variable = keras.Variable(np.array(start, dtype=float), dtype="float64", name="weights")
    positions, gradients = [np.array(start, dtype=float)], []
    for _ in range(steps):
        gradients.append(np.asarray(gradient(positions[-1]), dtype=float))
        optimizer.apply([keras.ops.convert_to_tensor(gradients[-1], dtype=variable.dtype)], [variable])
        positions.append(np.array(keras.ops.convert_to_numpy(variable), dtype=float))
    return Path(np.array(positions), np.array(gradients))


def feed_optimizer(optimizer, gradients):
    """Give a Keras optimizer a list of gradients, whatever the weights are, and see how far it walks.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        A fresh one.
    gradients : array_like of shape (steps, ...)
        The gradient for each step.

    Returns
    -------
    Path
        It starts at 0.
    """
    gradients = np.asarray(gradients, dtype=float)
    remaining = iter(gradients)
    return run_optimizer(optimizer, lambda _: next(remaining), np.zeros(gradients.shape[1:]), steps=len(gradients))
