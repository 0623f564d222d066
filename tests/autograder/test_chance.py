"""The margins of random answers: what luck moves stays inside them, and a known mistake does not."""

import math

import numpy as np
import pytest

from autograder.chance import mean_margin, share_margin


def test_the_margin_is_hoeffdings():
    assert mean_margin(10_000, 2.0, 0.02) == pytest.approx(2.0 * math.sqrt(math.log(100) / 10_000))
    assert share_margin(10_000, 0.02) == pytest.approx(mean_margin(10_000, 1.0, 0.02))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9])
def test_luck_stays_inside_far_more_often_than_promised(share):
    rng = np.random.default_rng(1)
    one, other = rng.binomial(1000, share, size=(2, 20_000)) / 1000
    alarms = np.mean(np.abs(one - other) > share_margin(1000, 0.01))
    assert alarms <= 0.01


def test_the_margin_is_not_so_wide_that_nothing_fails():
    rng = np.random.default_rng(2)
    one, other = rng.binomial(1000, 0.5, size=(2, 20_000)) / 1000
    assert np.mean(np.abs(one - other) > share_margin(1000, 0.01) / 3) > 0.05
    assert share_margin(100_000, 1e-6) < 0.0125  # a rate of 0.25 taken for 0.3 shows


@pytest.mark.parametrize(
    ("draws", "width", "false_alarm"), [(0, 1.0, 0.1), (10, 0.0, 0.1), (10, 1.0, 0.0), (10, 1.0, 1.0)]
)
def test_a_number_outside_its_range_is_refused(draws, width, false_alarm):
    with pytest.raises(ValueError, match="expected draws of at least 1"):
        mean_margin(draws, width, false_alarm)
