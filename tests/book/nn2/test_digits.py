"""The digits and their split."""

import numpy as np
from nn2.data import load_digits


def test_sizes_shapes_and_scale():
    digits = load_digits(seed=3)
    assert [len(part.targets) for part in digits] == [1078, 359, 360]
    for part in digits:
        assert part.inputs.shape == (len(part.targets), 8, 8) and part.inputs.dtype == np.float32
        assert part.inputs.min() == 0 and part.inputs.max() == 1
        assert set(part.targets) == set(range(10))


def test_the_three_sets_are_all_the_data_once():
    from sklearn.datasets import load_digits as load_all_digits

    together = np.concatenate([part.inputs.reshape(-1, 64) for part in load_digits(seed=0)]) * 16
    labels = np.concatenate([part.targets for part in load_digits(seed=0)])
    everything = load_all_digits()
    ours, theirs = np.column_stack([together, labels]), np.column_stack([everything.data, everything.target])
    np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_the_seed_decides_the_split():
    first, again, other = load_digits(0), load_digits(0), load_digits(1)
    np.testing.assert_array_equal(first.training.inputs, again.training.inputs)
    assert not np.array_equal(first.training.targets, other.training.targets)
