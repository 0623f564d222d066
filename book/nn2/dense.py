"""The week-1 network in NumPy: its loss and its gradient as functions of one long vector of weights."""

from itertools import pairwise

import numpy as np

__all__ = ["SIZES", "accuracy", "flatten", "gradient", "loss", "outputs", "unflatten", "week1_start"]

SIZES = (64, 300, 100, 10)
"""Inputs, units of each hidden layer, outputs of the week-1 network."""


def flatten(arrays):
    """Put all entries of arrays of any shapes one after the other: ndarray of shape (entries,)."""
    return np.concatenate([np.ravel(array) for array in arrays])


def unflatten(weights, sizes=SIZES):
    """Cut a vector into the kernels and biases of its layers.

    Parameters
    ----------
    weights : ndarray of shape (weights,)
    sizes : tuple of ints
        Inputs, hidden units of each layer, outputs.

    Returns
    -------
    list of ndarrays
        For each layer a kernel of shape (fan_in, fan_out) and a bias of shape (fan_out,), in the order of Keras's
        ``get_weights``. They are views: to change one is to change the vector.

    Raises
    ------
    ValueError
        If the vector has not as many entries as the network has weights.

    Examples
    --------
    >>> [array.shape for array in unflatten(np.zeros(2 * 3 + 3 + 3 * 2 + 2), sizes=(2, 3, 2))]
    [(2, 3), (3,), (3, 2), (2,)]
    """
    shapes = [shape for fan_in, fan_out in pairwise(sizes) for shape in ((fan_in, fan_out), (fan_out,))]
    expected = sum(int(np.prod(shape)) for shape in shapes)
    if weights.shape != (expected,):
        raise ValueError(f"weights: expected shape ({expected},) for a network of sizes {sizes}, got {weights.shape}")
    arrays, begin = [], 0
    for shape in shapes:
        end = begin + int(np.prod(shape))
        arrays.append(weights[begin:end].reshape(shape))
        begin = end
    return arrays


def week1_start(seed):
    """Return the initial weights of ``nn2.networks.week1_network``: float32 of shape (50610,)."""
    from nn2.networks import week1_network

    return flatten(week1_network(seed=seed).get_weights())


def layers(weights, inputs, sizes):
    """Return what each layer puts out, the inputs first, and last the logarithms of the probabilities."""
    arrays = unflatten(weights, sizes)
    values = [inputs.reshape(len(inputs), -1).astype(weights.dtype, copy=False)]
    for kernel, bias in zip(arrays[:-2:2], arrays[1:-2:2], strict=True):
        values.append(np.maximum(values[-1] @ kernel + bias, 0))
    scores = values[-1] @ arrays[-2] + arrays[-1]
    scores = scores - scores.max(axis=1, keepdims=True)
    return [*values, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))]


def outputs(weights, inputs, sizes=SIZES):
    """Return the logarithms of the probabilities, ndarray of shape (examples, outputs)."""
    return layers(weights, inputs, sizes)[-1]


def loss(weights, inputs, targets, sizes=SIZES):
    """Return the mean cross-entropy over the examples, a float.

    Parameters
    ----------
    weights : ndarray of shape (weights,)
        Float32 or float64; everything is computed in it.
    inputs : ndarray of shape (examples, ...)
    targets : ndarray of ints of shape (examples,)
    sizes : tuple of ints

    Examples
    --------
    >>> images, digits = np.ones((3, 8, 8)), np.array([1, 2, 3])
    >>> round(loss(np.zeros(50610), images, digits), 4), round(float(np.log(10)), 4)
    (2.3026, 2.3026)
    """
    return float(-outputs(weights, inputs, sizes)[np.arange(len(targets)), targets].mean())


def gradient(weights, inputs, targets, sizes=SIZES):
    """Return the gradient of `loss` for the weights, by back-propagation: an array like `weights`.

    Parameters
    ----------
    weights, inputs, targets, sizes
        As for `loss`.

    Examples
    --------
    >>> images, digits = np.ones((3, 8, 8)), np.array([1, 2, 3])
    >>> gradient(np.zeros(50610), images, digits)[-10:].round(2).tolist()
    [0.1, -0.23, -0.23, -0.23, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    """
    *values, logarithms = layers(weights, inputs, sizes)
    slopes = np.exp(logarithms)
    slopes[np.arange(len(targets)), targets] -= 1
    slopes /= len(targets)
    found = np.empty_like(weights)
    own, arrays = unflatten(found, sizes), unflatten(weights, sizes)
    for layer in reversed(range(len(values))):
        own[2 * layer][:] = values[layer].T @ slopes
        own[2 * layer + 1][:] = slopes.sum(axis=0)
        if layer:
            slopes = (slopes @ arrays[2 * layer].T) * (values[layer] > 0)
    return found


def accuracy(weights, inputs, targets, sizes=SIZES):
    """Return the share of right answers, a float."""
    return float((outputs(weights, inputs, sizes).argmax(axis=1) == targets).mean())
