"""The margins of random answers: what luck moves stays inside them, and a known mistake does not."""

import math

import numpy as np
import pytest

from autograder.chance import difference_margin, mean_margin, share_margin


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


@pytest.mark.parametrize("runs", [3, 8, 200])
def test_two_normal_numbers_differ_by_more_as_often_as_promised(runs):
    rng = np.random.default_rng(3)
    sample, pair = rng.normal(5.0, 0.3, size=(20_000, runs)), rng.normal(5.0, 0.3, size=(20_000, 2))
    margins = [difference_margin(spread, runs, 0.01) for spread in sample.std(axis=1, ddof=1)]
    alarms = np.mean(np.abs(pair[:, 0] - pair[:, 1]) > margins)
    assert 0.007 < alarms < 0.013


def test_more_runs_and_less_spread_make_a_margin_narrower():
    assert difference_margin(0.1, 200, 1e-6) < difference_margin(0.1, 20, 1e-6)
    assert difference_margin(0.1, 20, 1e-6) == pytest.approx(10 * difference_margin(0.01, 20, 1e-6))


@pytest.mark.parametrize(
    ("spread", "runs", "false_alarm"), [(0.0, 9, 0.1), (0.1, 1, 0.1), (0.1, 9, 0.0), (0.1, 9, 1.0)]
)
def test_a_spread_outside_its_range_is_refused(spread, runs, false_alarm):
    with pytest.raises(ValueError, match="expected a spread above 0"):
        difference_margin(spread, runs, false_alarm)
