"""The instrument panel: what to watch while a network trains, read by a Keras callback, and drawn."""

from dataclasses import dataclass, field

import numpy as np

from nn2.figures import INK, SERIES
from nn2.training import loss_and_accuracy

__all__ = ["Readings", "dead_shares", "draw_panel", "instrument_panel", "kernel_gradients"]


@dataclass
class Readings:
    """What the instruments showed: before the training, and after each epoch.

    Parameters
    ----------
    layers : list of str
        The layers with weights, from the input on; the last one gives the network's output, the others are hidden.
    training_loss, validation_loss : list of epochs + 1 floats
        The mean cross-entropy, both with the network as it then is, in test mode: neither penalties nor dropout.
    gradient_norms : list of epochs + 1 lists of floats
        ‖∂J/∂W‖ of each layer, over all training examples, in training mode.
    update_ratios : list of epochs lists of floats
        ‖ΔW‖ / ‖W‖ of each layer in the first step of each epoch.
    dead_shares : list of epochs + 1 lists of floats
        Of each hidden layer, the share of units that put out 0 for every training example.
    """

    layers: list
    training_loss: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    gradient_norms: list = field(default_factory=list)
    update_ratios: list = field(default_factory=list)
    dead_shares: list = field(default_factory=list)


def layers_with_weights(model):
    """Return the layers that have a kernel, such as Dense, from the input on."""
    return [layer for layer in model.layers if hasattr(layer, "kernel")]


def kernels(model):
    """Return the weights W of each such layer as float64 ndarrays, biases left out."""
    return [layer.get_weights()[0].astype("float64") for layer in layers_with_weights(model)]


def kernel_gradients(model, examples, *, twin=None):
    """Return ∂J/∂W of each layer with weights, in training mode, and leave the model as it was.

    One step of plain gradient descent with rate 1 moves the weights by minus the gradient. A copy of the model takes
    that step, so that no backend's own way to differentiate is needed.

    Parameters
    ----------
    model : keras.Model
        Compiled; penalties count.
    examples : nn2.data.Examples
        The loss is their mean: one batch.
    twin : keras.Model, optional
        What `make_twin` gave for this model; saves the making of one at every call.

    Returns
    -------
    list of ndarray
        Each of the shape of its layer's kernel.

    Examples
    --------
    >>> from nn2.data import load_digits
    >>> from nn2.networks import week1_network
    >>> [gradient.shape for gradient in kernel_gradients(week1_network(seed=0), load_digits(0).validation)]
    [(64, 300), (300, 100), (100, 10)]
    """
    twin = twin or make_twin(model)
    twin.set_weights(model.get_weights())
    before = kernels(twin)
    twin.train_on_batch(*examples)
    return [old - new for old, new in zip(before, kernels(twin), strict=True)]


def make_twin(model):
    """Return a copy of a compiled model whose optimizer is plain gradient descent with rate 1."""
    import keras

    twin = keras.models.clone_model(model)
    twin.compile(optimizer=keras.optimizers.SGD(1.0), loss=model.loss, jit_compile=False)
    return twin


def dead_shares(model, inputs):
    """Return the share of dead units of each hidden layer: those that put out 0 for every one of the inputs.

    Parameters
    ----------
    model : keras.Model
        Of the sequential or functional kind.
    inputs : ndarray of shape (examples, ...)

    Returns
    -------
    list of float
        From 0 to 1, a number for each layer with weights but the last.
    """
    import keras

    hidden = [layer.output for layer in layers_with_weights(model)[:-1]]
    if not hidden:
        return []
    outputs = keras.Model(model.inputs, hidden)([inputs], training=False)
    outputs = [keras.ops.convert_to_numpy(output) for output in (outputs if isinstance(outputs, list) else [outputs])]
    return [float((output == 0).all(axis=tuple(range(output.ndim - 1))).mean()) for output in outputs]


def instrument_panel(training, validation):
    """Make a callback for ``fit`` that reads all instruments; they stand in its attribute ``readings``.

    It only looks: the training comes out as it would without it. Each ``fit`` begins new readings.

    Parameters
    ----------
    training, validation : nn2.data.Examples
        The training examples may be a part of those that are trained on.

    Returns
    -------
    keras.callbacks.Callback

    Raises
    ------
    ValueError
        By ``fit``, if the model was compiled to take several steps at a time: no single step can be seen then.
    """
    import keras

    class InstrumentPanel(keras.callbacks.Callback):
        twin = None

        def on_train_begin(self, logs=None):
            if self.model.steps_per_execution != 1:
                raise ValueError(f"steps_per_execution: expected 1, got {self.model.steps_per_execution}")
            if self.twin is None or self.watched is not self.model:
                self.twin, self.watched = make_twin(self.model), self.model
            self.readings = Readings([layer.name for layer in layers_with_weights(self.model)])
            self.read()

        def on_train_batch_begin(self, batch, logs=None):
            if batch == 0:
                self.before = kernels(self.model)

        def on_train_batch_end(self, batch, logs=None):
            if batch == 0:
                pairs = zip(self.before, kernels(self.model), strict=True)
                ratios = [float(np.linalg.norm(new - old) / np.linalg.norm(old)) for old, new in pairs]
                self.readings.update_ratios.append(ratios)

        def on_epoch_end(self, epoch, logs=None):
            self.read()

        def read(self):
            readings = self.readings
            readings.training_loss.append(loss_and_accuracy(self.model, training)[0])
            readings.validation_loss.append(loss_and_accuracy(self.model, validation)[0])
            gradients = kernel_gradients(self.model, training, twin=self.twin)
            readings.gradient_norms.append([float(np.linalg.norm(gradient)) for gradient in gradients])
            readings.dead_shares.append(dead_shares(self.model, training.inputs))

    return InstrumentPanel()


def draw_panel(axes, readings, *, titles=True):
    """Draw the four instruments side by side: the losses, gradient norms, update ratios and dead units.

    Parameters
    ----------
    axes : sequence of 4 matplotlib.axes.Axes
    readings : Readings
    titles : bool
        Whether each is named above.
    """
    loss, gradients, updates, dead = axes
    epochs = np.arange(len(readings.training_loss))
    for name, (color, style) in zip(("training", "validation"), SERIES, strict=False):
        loss.semilogy(epochs, getattr(readings, f"{name}_loss"), color=color, linestyle=style, label=name)
    for number, name in enumerate(readings.layers):
        color, style = SERIES[2 + number % (len(SERIES) - 2)]
        look = {"color": color, "linestyle": style, "label": name}
        gradients.semilogy(epochs, np.maximum(np.array(readings.gradient_norms)[:, number], 1e-9), **look)
        updates.semilogy(epochs[1:], np.maximum(np.array(readings.update_ratios)[:, number], 1e-9), **look)
        if number < len(readings.layers) - 1:
            dead.plot(epochs, 100 * np.array(readings.dead_shares)[:, number], **look)
    updates.axhline(1e-3, color=INK, linewidth=0.8)
    dead.set(ylim=(-4, 104))
    for one, title in zip(axes, ("loss", "gradient norm", "update / weight", "dead units, %"), strict=True):
        one.set(xlabel="epoch", title=title if titles else "")
