"""The week-1 network on 200 digits, one training label in five typed carelessly: what early stopping can choose from.

Losses and accuracies after every epoch, twenty seeds. Labels of validation and test are true. The whole validation set
has 359 digits, ``some`` its first 100, ``few`` its first 30.
"""

from typing import NamedTuple

import numpy as np
from nn2.copies import few_digits, train_copies
from nn2.data import Examples

EPOCHS = 80
TOLERANCE = 0.1
ABSOLUTE = 0.05  # of an accuracy: two of 30 digits


class Parts(NamedTuple):
    training: Examples
    validation: Examples
    some: Examples
    few: Examples
    test: Examples


def rows():
    return [{"seed": seed} for seed in range(20)]


def run(*, seed):
    digits = few_digits(seed, examples=200, careless=0.2)
    some, few = (Examples(*(values[:count] for values in digits.validation)) for count in (100, 30))
    parts = Parts(digits.training, digits.validation, some, few, digits.test)
    curves = train_copies([parts], seeds=[seed], epochs=EPOCHS)
    found = {f"{part}_loss": values[1:, 0] for part, values in curves.loss.items()}
    found |= {f"{part}_accuracy": values[1:, 0] for part, values in curves.accuracy.items()}
    return {name: np.round(values, 5).tolist() for name, values in found.items()}
