"""The data of the week-1 network: scikit-learn's handwritten digits, split by seed."""

from typing import NamedTuple

import numpy as np

__all__ = ["Digits", "Examples", "load_digits"]


class Examples(NamedTuple):
    """Images and what they show.

    ``inputs`` is float32 of shape (examples, 8, 8), from 0 (paper) to 1 (ink); ``targets`` is int64 of shape
    (examples,), the digit from 0 to 9.
    """

    inputs: np.ndarray
    targets: np.ndarray


class Digits(NamedTuple):
    """Three sets of examples, none in two of them: 60 % to train on, 20 % to choose by, 20 % to report."""

    training: Examples
    validation: Examples
    test: Examples


def load_digits(seed):
    """Load the 1,797 digits of 8 by 8 pixels and split them 60/20/20.

    Parameters
    ----------
    seed : int
        Decides which example goes where; equal seeds give equal splits.

    Returns
    -------
    Digits
        Training, validation and test examples: 1,078, 359 and 360 of them.

    References
    ----------
    Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, https://doi.org/10.24432/C50P49

    Examples
    --------
    >>> digits = load_digits(seed=0)
    >>> digits.training.inputs.shape, digits.test.targets.shape
    ((1078, 8, 8), (360,))
    """
    from sklearn.datasets import load_digits as load_all_digits

    everything = load_all_digits()
    inputs = (everything.images / 16.0).astype("float32")
    targets = everything.target.astype("int64")
    order = np.random.default_rng(seed).permutation(len(targets))
    cuts = [int(0.6 * len(order)), int(0.8 * len(order))]
    return Digits(*(Examples(inputs[part], targets[part]) for part in np.split(order, cuts)))
