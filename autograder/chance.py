"""How far luck alone moves what is measured in a random answer: margins whose false alarms are proven, for probes.py.

Each margin is for the difference of two right answers, the student's and the reference's, each with draws of its own.
All but ``difference_margin``, which says what it assumes, hold for every number of draws (no normal approximation), so
a margin's false alarm is an upper bound.
"""

import math

from scipy.special import stdtrit


def share_margin(draws: int, false_alarm: float) -> float:
    """How far two shares of ``draws`` independent yes-or-no draws each may differ by luck.

    Parameters
    ----------
    draws : int
        How many independent draws stand behind each share.
    false_alarm : float
        The chance that two right answers differ by more.

    Notes
    -----
    The difference of the shares is a mean of ``2 * draws`` independent terms in an interval of length 1/draws each, so
    Hoeffding's inequality bounds the chance of a difference above t by 2 exp(-draws t²).

    References
    ----------
    W. Hoeffding (1963), "Probability inequalities for sums of bounded random variables", Journal of the American
    Statistical Association 58, 13-30.

    Examples
    --------
    >>> print(f"{share_margin(100_000, 1e-6):.4f}")
    0.0120
    """
    return mean_margin(draws, 1.0, false_alarm)


def mean_margin(draws: int, width: float, false_alarm: float) -> float:
    """How far two means of ``draws`` independent numbers each may differ by luck.

    Parameters
    ----------
    draws : int
        How many independent numbers stand behind each mean; at least 1.
    width : float
        The length of the interval in which every number lies.
    false_alarm : float
        The chance that two right answers differ by more; above 0 and below 1.

    Raises
    ------
    ValueError
        If a number is outside its range.
    """
    if draws < 1 or not width > 0 or not 0 < false_alarm < 1:
        raise ValueError(
            f"expected draws of at least 1, a width above 0 and a false alarm between 0 and 1, got {draws}, {width}, "
            f"{false_alarm}"
        )
    return width * math.sqrt(math.log(2 / false_alarm) / draws)


def variance_margin(draws: int, false_alarm: float) -> float:
    """How far the quotient of two mean squares of ``draws`` independent numbers each may lie from 1 by luck.

    Parameters
    ----------
    draws : int
        How many independent numbers, with mean 0 and one variance, stand behind each mean square; at least 1. Their
        distribution may be normal, uniform, a normal one cut off at the same distance on both sides, or any other that
        is strictly sub-Gaussian; the two answers' need not be the same.
    false_alarm : float
        The chance that one right answer's mean square is further from the other's than this share of it.

    Raises
    ------
    ValueError
        If a number is outside its range, or the draws are too few for any margin (90 suffice for one in a million).

    Notes
    -----
    Strictly sub-Gaussian means E exp(sX) ≤ exp(s²σ²/2) for all s, from which E exp(sX²) ≤ (1 - 2sσ²)^(-1/2) and
    E X⁴ ≤ 3σ⁴ follow, and E exp(-sX²) ≤ exp(-sσ² + 3s²σ⁴/2) from that. With c = 1 + margin, the chance that one mean
    square is more than c times the other is therefore at most exp(draws · f) for every u = sσ² below 1/2, with
    f(u) = -log(1 - 2u)/2 - cu + 3c²u²/2; the u taken here is where f is least. That one falls below 1 - margin of the
    other is less likely still, because 1/(1 - margin) > c.

    References
    ----------
    M. Barreto, O. Marchal and J. Arbel (2025), "Optimal sub-Gaussian variance proxy for truncated Gaussian and
    exponential random variables", Statistics & Probability Letters 228, 110555: which distributions are strictly
    sub-Gaussian.

    Examples
    --------
    >>> print(f"{variance_margin(80_000, 1e-7):.3f}")
    0.047
    """
    _check_chance(draws, false_alarm)

    def chance(margin):
        c = 1 + margin
        half = 2 * c + 3 * c**2
        u = (half - math.sqrt(half**2 - 24 * c**2 * margin)) / (12 * c**2)
        return 2 * math.exp(draws * (-0.5 * math.log(1 - 2 * u) - c * u + 1.5 * (c * u) ** 2))

    low, high = 0.0, 1.0
    while chance(high) > false_alarm:
        low, high = high, 2 * high
        if high > 1e6:
            raise ValueError(f"expected more draws for a false alarm of {false_alarm:g}, got {draws}")
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) > false_alarm else (low, middle)
    return high


def standardized_mean_margin(draws: int, false_alarm: float) -> float:
    """How far two means, each divided by the root of its own mean square, may differ by luck.

    Parameters
    ----------
    draws : int
        How many independent numbers, each as likely as its opposite, stand behind each; at least 1.
    false_alarm : float
        The chance that two right answers differ by more.

    Notes
    -----
    Given the numbers' sizes their signs are fair coins, so each quotient is a weighted sum of coins whose squared
    weights sum to 1/draws, and their difference is sub-Gaussian with 2/draws: it exceeds t with a chance of
    2 exp(-draws t²/4) at most.

    References
    ----------
    B. Efron (1969), "Student's t-test under symmetry conditions", Journal of the American Statistical Association 64,
    1278-1302.
    """
    _check_chance(draws, false_alarm)
    return 2 * math.sqrt(math.log(2 / false_alarm) / draws)


def distribution_margin(draws: int, false_alarm: float) -> float:
    """How far the shares of two samples of ``draws`` numbers that lie below any threshold may differ by luck.

    Unlike ``share_margin`` it holds for all thresholds at once, so the threshold may be read off the sample.

    Notes
    -----
    Each sample's shares are all within t of the truth but for a chance of 2 exp(-2 draws t²).

    References
    ----------
    P. Massart (1990), "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality", Annals of Probability 18,
    1269-1283.
    """
    _check_chance(draws, false_alarm)
    return math.sqrt(2 * math.log(4 / false_alarm) / draws)


def median_false_alarm(draws: int, outside: float) -> float:
    """The chance that the median of ``draws`` answers misses an interval which one misses with chance ``outside``.

    It makes a rough bound for one answer, such as one that simulation gives, into a fine one for the median of several.

    Parameters
    ----------
    draws : int
        How many independent answers the median is taken of; an odd number.
    outside : float
        An upper bound for one answer's chance; at least 0 and below 1/2.

    Raises
    ------
    ValueError
        If a number is outside its range.

    Examples
    --------
    >>> print(f"{median_false_alarm(25, 0.05):.1e}")
    3.6e-11
    """
    if draws < 1 or draws % 2 == 0 or not 0 <= outside < 0.5:
        raise ValueError(f"expected an odd number of draws and a chance from 0 to below 1/2, got {draws}, {outside}")
    half = (draws + 1) // 2
    return sum(math.comb(draws, k) * outside**k * (1 - outside) ** (draws - k) for k in range(half, draws + 1))


def difference_margin(spread: float, runs: int, false_alarm: float) -> float:
    """How far two numbers may differ by luck, where only runs of the right answer tell how they scatter.

    For what no proof bounds tightly, such as the accuracy of a trained network. Unlike the other margins it rests on an
    assumption, that the numbers are normally distributed; who uses it has to look at the runs.

    Parameters
    ----------
    spread : float
        The standard deviation of the sample (``ddof=1``) that was measured; above 0.
    runs : int
        How many independent runs were measured; at least 2.
    false_alarm : float
        The chance that two right answers differ by more; above 0 and below 1.

    Raises
    ------
    ValueError
        If a number is outside its range.

    Notes
    -----
    The difference of two new numbers is normal with the variance 2σ² and independent of the sample, so divided by √2
    times the sample's standard deviation it follows Student's t with ``runs - 1`` degrees of freedom, whatever σ is.

    References
    ----------
    Student (1908), "The probable error of a mean", Biometrika 6, 1-25.

    Examples
    --------
    >>> print(f"{difference_margin(0.01, 200, 1e-6):.4f}")
    0.0714
    """
    if runs < 2 or not spread > 0 or not 0 < false_alarm < 1:
        raise ValueError(
            f"expected a spread above 0, at least 2 runs and a false alarm between 0 and 1, got {spread}, {runs}, "
            f"{false_alarm}"
        )
    return math.sqrt(2) * spread * float(stdtrit(runs - 1, 1 - false_alarm / 2))


def _check_chance(draws, false_alarm):
    if draws < 1 or not 0 < false_alarm < 1:
        raise ValueError(f"expected draws of at least 1 and a false alarm between 0 and 1, got {draws}, {false_alarm}")
