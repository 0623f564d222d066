"""The margins of random answers: what luck moves stays inside them, and a known mistake does not."""

import math

import numpy as np
import pytest

from autograder.chance import (
    difference_margin,
    distribution_margin,
    mean_margin,
    median_false_alarm,
    share_margin,
    standardized_mean_margin,
    variance_margin,
)


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


def draws_of(kind, rng, shape):
    """Numbers of mean 0 and variance 1: normal, uniform, or normal ones cut off at two standard deviations."""
    if kind == "uniform":
        return rng.uniform(-math.sqrt(3), math.sqrt(3), size=shape)
    numbers = rng.normal(size=shape)
    if kind == "truncated":
        while np.any(far := np.abs(numbers) > 2):
            numbers[far] = rng.normal(size=far.sum())
        numbers /= 0.87962566103423978
    return numbers


KINDS = ["normal", "uniform", "truncated"]


@pytest.mark.parametrize("one", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_luck_stays_inside_the_variance_margin(one, other):
    rng = np.random.default_rng(3)
    squares = [np.mean(draws_of(kind, rng, (4000, 400)) ** 2, axis=1) for kind in (one, other)]
    quotients = squares[0] / squares[1]
    assert np.mean(np.abs(quotients - 1) > variance_margin(400, 0.01)) <= 0.01
    if one == other == "normal":
        assert np.mean(np.abs(quotients - 1) > variance_margin(400, 0.01) / 2) > 0.01  # not so wide that nothing fails


def test_the_variance_margin_tells_neighboring_schemes_apart():
    assert variance_margin(82_000, 1e-8) < 0.05
    assert variance_margin(82_000, 1e-8) > variance_margin(160_000, 1e-8) > variance_margin(160_000, 1e-6)


@pytest.mark.parametrize("draws", [10, 80])
def test_too_few_draws_for_a_variance_are_refused(draws):
    with pytest.raises(ValueError, match=f"expected more draws for a false alarm of 1e-06, got {draws}"):
        variance_margin(draws, 1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_luck_stays_inside_the_standardized_mean_margin(kind):
    rng = np.random.default_rng(4)
    samples = draws_of(kind, rng, (2, 5000, 200))
    means = samples.mean(axis=2) / np.sqrt(np.mean(samples**2, axis=2))
    far = np.abs(means[0] - means[1])
    assert np.mean(far > standardized_mean_margin(200, 0.01)) <= 0.01
    assert np.mean(far > standardized_mean_margin(200, 0.01) / 2) > 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_luck_stays_inside_the_distribution_margin_at_any_threshold(kind):
    rng = np.random.default_rng(5)
    samples = np.sort(draws_of(kind, rng, (2, 2000, 100)), axis=2)
    places = np.sort(samples.transpose(1, 0, 2).reshape(2000, 200), axis=1)
    furthest = []
    for one, other, at in zip(*samples, places, strict=True):
        shares = [np.searchsorted(sample, at, side="right") / 100 for sample in (one, other)]
        furthest.append(np.max(np.abs(shares[0] - shares[1])))
    assert np.mean(np.array(furthest) > distribution_margin(100, 0.01)) <= 0.01
    assert np.mean(np.array(furthest) > distribution_margin(100, 0.01) / 2) > 0.01


def test_the_median_misses_as_often_as_most_of_its_draws_do():
    rng = np.random.default_rng(6)
    missed = rng.random((200_000, 5)) < 0.2
    assert np.mean(missed.sum(axis=1) >= 3) == pytest.approx(median_false_alarm(5, 0.2), abs=0.002)
    assert median_false_alarm(1, 0.2) == 0.2
    assert median_false_alarm(25, 0.08) < 2e-8


@pytest.mark.parametrize(("draws", "outside"), [(4, 0.1), (0, 0.1), (5, 0.5), (5, -0.1)])
def test_a_median_of_nothing_is_refused(draws, outside):
    with pytest.raises(ValueError, match="expected an odd number of draws"):
        median_false_alarm(draws, outside)


@pytest.mark.parametrize("margin", [variance_margin, standardized_mean_margin, distribution_margin])
@pytest.mark.parametrize(("draws", "false_alarm"), [(0, 0.1), (100, 0.0), (100, 1.0)])
def test_margins_refuse_what_is_outside_its_range(margin, draws, false_alarm):
    with pytest.raises(ValueError, match="expected draws of at least 1"):
        margin(draws, false_alarm)
