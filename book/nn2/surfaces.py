"""Two-dimensional quadratic surfaces to walk down: the ravine, at any angle, and how fast one can."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["Quadratic", "momentum_factor", "ravine", "rotation"]


def rotation(angle):
    r"""Return the matrix that turns the plane counter-clockwise.

    .. math:: R = \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}

    Parameters
    ----------
    angle : float
        :math:`\theta` in degrees.

    Returns
    -------
    ndarray of shape (2, 2)

    Examples
    --------
    >>> import numpy as np
    >>> np.round(rotation(90) @ [1.0, 0.0], 12)
    array([0., 1.])
    """
    theta = np.deg2rad(angle)
    return np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])


@dataclass(frozen=True)
class Quadratic:
    r"""A bowl with two curvatures, turned by an angle; its minimum is 0, at the origin.

    .. math:: f(x) = \tfrac12 \, x^\top H x, \qquad H = R \, \mathrm{diag}(\lambda_1, \lambda_2) \, R^\top

    Parameters
    ----------
    curvatures : tuple of two floats
        :math:`\lambda_1, \lambda_2 > 0`: the second derivatives along the bowl's own two axes.
    angle : float
        How far the bowl is turned, in degrees, counter-clockwise.

    Raises
    ------
    ValueError
        If there are not two curvatures, or one of them is not positive.

    Examples
    --------
    >>> bowl = Quadratic((0.2, 4.0))
    >>> bowl.value([1.0, 1.0]), bowl.gradient([1.0, 1.0])
    (np.float64(2.1), array([0.2, 4. ]))
    """

    curvatures: tuple[float, float]
    angle: float = 0.0

    def __post_init__(self):
        if len(self.curvatures) != 2 or not all(curvature > 0 for curvature in self.curvatures):
            raise ValueError(f"curvatures: expected two positive numbers, got {self.curvatures!r}")

    @cached_property
    def hessian(self):
        """The matrix of second derivatives, ndarray of shape (2, 2)."""
        turn = rotation(self.angle)
        return turn @ np.diag(self.curvatures) @ turn.T

    def value(self, points):
        """Return f at each point: points of shape (..., 2) give an array of shape (...)."""
        points = np.asarray(points, dtype=float)
        return 0.5 * np.einsum("...i,ij,...j->...", points, self.hessian, points)

    def gradient(self, points):
        """Return the gradient at each point: points of shape (..., 2) give an array of shape (..., 2)."""
        return np.asarray(points, dtype=float) @ self.hessian

    def turned(self, point):
        """Turn a point together with the bowl, so that it lies on this bowl where `point` lies on the unturned one.

        ``point`` has shape (..., 2), and so has the result.
        """
        return np.asarray(point, dtype=float) @ rotation(self.angle).T


def ravine(angle=0.0):
    r"""Return the ravine :math:`f(x) = 0.1 x_1^2 + 2 x_2^2`, turned by an angle.

    One direction is twenty times as steep as the other. The surface is the one used for the adaptive optimizers in
    Zhang, Lipton, Li and Smola, *Dive into Deep Learning*, chapter 12.

    Parameters
    ----------
    angle : float
        In degrees, counter-clockwise.

    Returns
    -------
    Quadratic

    Examples
    --------
    >>> float(round(ravine().value([-5.0, -2.0]), 9))
    10.5
    """
    return Quadratic(curvatures=(0.2, 4.0), angle=angle)


def momentum_factor(curvatures, *, learning_rate, momentum):
    r"""Return by how much a step of gradient descent with momentum multiplies the distance, in the long run.

    Along a direction of curvature :math:`\lambda` the pair (weight, velocity) is multiplied at every step by

    .. math:: \begin{pmatrix} 1 - \alpha\lambda & \beta \\ -\alpha\lambda & \beta \end{pmatrix};

    the factor is the largest modulus of the eigenvalues of these matrices. Below 1 the descent converges.

    Parameters
    ----------
    curvatures : sequence of floats
    learning_rate, momentum : float
        :math:`\alpha` and :math:`\beta`.

    Returns
    -------
    float

    References
    ----------
    Goh (2017), Why Momentum Really Works, https://doi.org/10.23915/distill.00006

    Examples
    --------
    >>> round(momentum_factor((0.2, 4.0), learning_rate=0.1, momentum=0.0), 12)
    0.98
    """
    pulls = learning_rate * np.asarray(curvatures, dtype=float)
    matrices = [np.array([[1 - pull, momentum], [-pull, momentum]]) for pull in pulls]
    return float(np.abs(np.linalg.eigvals(matrices)).max())
