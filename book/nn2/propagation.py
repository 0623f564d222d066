"""How large signals and gradients are, layer by layer, in a stack of dense layers; gradients come from the backend."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Propagation", "gradients", "propagate"]


@dataclass(frozen=True)
class Propagation:
    """What a batch and a gradient look like after each layer.

    Parameters
    ----------
    outputs : ndarray of shape (depth + 1, batch, width)
        The inputs, then what each layer hands on.
    gradients : ndarray of shape (depth + 1, batch, width)
        The gradient of the loss with respect to each of these.
    """

    outputs: np.ndarray
    gradients: np.ndarray

    @property
    def signal_sizes(self):
        """Root mean square of the inputs and of each layer's outputs: ndarray of shape (depth + 1,)."""
        return np.sqrt(np.mean(np.square(self.outputs, dtype=float), axis=(1, 2)))

    @property
    def gradient_sizes(self):
        """Root mean square of the gradient with respect to each of these, of the same shape."""
        return np.sqrt(np.mean(np.square(self.gradients, dtype=float), axis=(1, 2)))


def gradients(function, arrays):
    """Differentiate a number by arrays, with the autodiff of Keras's backend.

    Parameters
    ----------
    function : callable
        A list of tensors to a scalar tensor; written with ``keras.ops``.
    arrays : sequence of array_like
        Where to differentiate, floating point; Keras variables are read, and stay as they are.

    Returns
    -------
    list of ndarrays
        One for each array, of its shape; zeros where the function does not depend on it.

    Raises
    ------
    RuntimeError
        If the backend is neither TensorFlow nor JAX.

    Examples
    --------
    >>> [slope] = gradients(lambda xs: xs[0] ** 2, [np.array(3.0)])
    >>> float(slope)
    6.0
    """
    import keras

    backend = keras.backend.backend()
    tensors = [keras.ops.convert_to_tensor(keras.ops.convert_to_numpy(array)) for array in arrays]
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(tensors)
            value = function(tensors)
        found = tape.gradient(value, tensors, unconnected_gradients="zero")
    elif backend == "jax":
        import jax

        found = jax.grad(function)(tensors)
    else:
        raise RuntimeError(f"backend: expected tensorflow or jax, got {backend}")
    return [keras.ops.convert_to_numpy(gradient) for gradient in found]


def propagate(activation, initializer, *, seed, depth=50, width=100, batch=100, start=1.0, residual=None):
    r"""Send a batch through a stack of dense layers without biases, and a gradient back.

    .. math:: a_l = f(a_{l-1} W_l), \qquad l = 1, \dots, L

    Inputs are normal numbers of mean 0; the gradient that starts at the last layer is of standard normal numbers, too.
    All numbers are of 32 bits, as in a network that is trained.

    Parameters
    ----------
    activation : str or callable
        As Keras takes it.
    initializer : str or keras.initializers.Initializer
        Draws the weights; it is cloned with a seed of its own for every layer.
    seed : int
        Decides inputs, weights and the gradient at the end.
    depth, width, batch : int
        Layers, units in each, examples.
    start : float
        Standard deviation of the inputs.
    residual : float, optional
        If given, r in :math:`a_l = a_{l-1} + r f(a_{l-1} W_l)`: a layer adds to what it was given.

    Returns
    -------
    Propagation

    Examples
    --------
    >>> sent = propagate("tanh", "glorot_normal", seed=0, depth=3, width=20)
    >>> sent.signal_sizes.shape, sent.gradients.shape
    ((4,), (4, 100, 20))
    """
    import keras

    rng = np.random.default_rng(seed)
    f, template = keras.activations.get(activation), keras.initializers.get(initializer)
    config = template.get_config()
    weights = []
    for layer_seed in rng.integers(2**31, size=depth).tolist():
        fresh = type(template).from_config(config | {"seed": layer_seed} if "seed" in config else config)
        weights.append(fresh((width, width), dtype="float32"))
    inputs, upstream = (rng.normal(size=(batch, width)).astype("float32") for _ in range(2))
    inputs = inputs * np.float32(start)
    outputs = []

    def loss(offsets):  # adding zeros changes nothing, and the gradient with respect to them is the one at that place
        signal = inputs + offsets[0]
        outputs[:] = [signal]
        for matrix, offset in zip(weights, offsets[1:], strict=True):
            branch = f(keras.ops.matmul(signal, matrix))
            signal = (branch if residual is None else signal + residual * branch) + offset
            outputs.append(signal)
        return keras.ops.sum(signal * upstream)

    zeros = [np.zeros((batch, width), dtype="float32")] * (depth + 1)
    found = gradients(loss, zeros)
    if keras.backend.backend() == "jax":  # there the outputs were traced
        loss(zeros)
    return Propagation(np.array([keras.ops.convert_to_numpy(output) for output in outputs]), np.array(found))
