"""How far luck alone moves what is measured in a random answer: margins whose false alarms are proven, for probes.py.

Each margin is for the difference of two right answers, the student's and the reference's, each with draws of its own.
Those of shares and means hold for every number of draws (no normal approximation), so a margin's false alarm is an
upper bound; ``difference_margin`` says what it assumes.
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
