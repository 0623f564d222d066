"""The optimizer race: its three surfaces, its fixed noise, and what the explorable ``<nn2-race>`` is given of them."""

from dataclasses import dataclass

import numpy as np

from nn2.descent import run_optimizer
from nn2.explorables import explorable_element
from nn2.figures import COLORS, STYLES
from nn2.surfaces import rotation

__all__ = ["STARTS", "STEPS", "Valley", "keras_optimizer", "race_element", "race_surface", "race_table", "walk"]

STEPS = 60
"""How long a race is."""

# A start at a distance from the saddle's ridge that all five notice, each in its own time.
STARTS = {"ravine": (-4.0, -4.0), "saddle": (-0.05, 4.0), "noisy bowl": (-4.0, 4.0)}
"""Where a race begins, on the unturned surface."""

NOISE = np.random.default_rng(20).normal(scale=2.0, size=(STEPS, 2)).round(2)
"""What the noisy bowl adds to the gradient at each step, the same for every optimizer: ndarray of shape (STEPS, 2)."""

NAMES = ("SGD", "momentum", "Adagrad", "RMSprop", "Adam")


@dataclass(frozen=True)
class Valley:
    r"""A surface with one minimum or two: a valley across, and along it a bowl or two wells with a saddle between.

    With :math:`u = R^\top x`, which turns the surface,

    .. math:: f(x) = \tfrac12 \lambda_2 u_2^2 + \begin{cases} \tfrac12 \lambda_1 u_1^2 & \text{if } w = 0 \\
              \frac{\lambda_1}{8 w^2} (u_1^2 - w^2)^2 & \text{otherwise,} \end{cases}

    so that :math:`\lambda_1, \lambda_2` are the curvatures at each minimum.

    Parameters
    ----------
    curvatures : tuple of two floats
        :math:`\lambda_1, \lambda_2`.
    well : float
        :math:`w`: the distance of the two minima from the saddle, which is at the origin; 0 for one minimum there.
    angle : float
        How far the surface is turned, in degrees, counter-clockwise.

    Examples
    --------
    >>> two_wells = Valley((1.0, 2.0), well=4.0)
    >>> two_wells.gradient([4.0, 0.0]).tolist(), float(two_wells.distance([[4.0, 3.0]])[0])
    ([0.0, 0.0], 3.0)
    """

    curvatures: tuple[float, float]
    well: float = 0.0
    angle: float = 0.0

    def value(self, points):
        """Return f at each point: points of shape (..., 2) give an array of shape (...)."""
        along, across = np.moveaxis(np.asarray(points, dtype=float) @ rotation(self.angle), -1, 0)
        first, second = self.curvatures
        well = self.well
        bowl = first * along**2 / 2 if well == 0 else first * (along**2 - well**2) ** 2 / (8 * well**2)
        return bowl + second * across**2 / 2

    def gradient(self, points):
        """Return the gradient at each point: points of shape (..., 2) give an array of shape (..., 2)."""
        along, across = np.moveaxis(np.asarray(points, dtype=float) @ rotation(self.angle), -1, 0)
        first, second = self.curvatures
        slope = first * along
        if self.well != 0:
            slope = slope * (along**2 - self.well**2) / (2 * self.well**2)
        return self.turned(np.stack([slope, second * across], axis=-1))

    def turned(self, point):
        """Turn points of shape (..., 2) together with the surface."""
        return np.asarray(point, dtype=float) @ rotation(self.angle).T

    def distance(self, points):
        """Return the distance to the nearest minimum: points of shape (..., 2) give an array of shape (...)."""
        minima = [self.turned([side * self.well, 0.0]) for side in (-1, 1)]
        return np.minimum(*(np.linalg.norm(np.asarray(points, dtype=float) - minimum, axis=-1) for minimum in minima))


SURFACES = {
    "ravine": {"curvatures": (0.2, 4.0)},
    "saddle": {"curvatures": (1.0, 1.0), "well": 4.0},
    "noisy bowl": {"curvatures": (1.0, 1.0)},
}


def race_surface(name, angle=0.0):
    """Return one of the race's surfaces, turned by an angle in degrees.

    Raises
    ------
    ValueError
        If there is no surface of that name.

    Examples
    --------
    >>> race_surface("saddle").gradient([0.0, 4.0]).tolist()
    [0.0, 4.0]
    """
    if name not in SURFACES:
        raise ValueError(f"surface: expected one of {', '.join(SURFACES)}, got {name!r}")
    return Valley(**SURFACES[name], angle=angle)


def keras_optimizer(name, learning_rate, *, beta=0.9, rho=0.9, beta_2=0.999):
    """Return a fresh Keras optimizer as the race sets it up; Adagrad's sum starts at 0, as on the lecture's slide.

    Parameters
    ----------
    name : str
        SGD, momentum, Adagrad, RMSprop or Adam.
    learning_rate : float
    beta : float
        Of momentum, and Adam's first.
    rho : float
        RMSprop's.
    beta_2 : float
        Adam's second.

    Returns
    -------
    keras.optimizers.Optimizer
    """
    from keras import optimizers

    makers = {
        "SGD": lambda: optimizers.SGD(learning_rate),
        "momentum": lambda: optimizers.SGD(learning_rate, momentum=beta),
        "Adagrad": lambda: optimizers.Adagrad(learning_rate, initial_accumulator_value=0.0),
        "RMSprop": lambda: optimizers.RMSprop(learning_rate, rho=rho),
        "Adam": lambda: optimizers.Adam(learning_rate, beta_1=beta, beta_2=beta_2),
    }
    if name not in makers:
        raise ValueError(f"optimizer: expected one of {', '.join(makers)}, got {name!r}")
    return makers[name]()


def walk(surface, optimizer, *, angle=0.0, steps=40):
    """Let a Keras optimizer walk down one of the race's surfaces, with the noise where the surface has it.

    Parameters
    ----------
    surface : str
        ravine, saddle or noisy bowl.
    optimizer : keras.optimizers.Optimizer
        A fresh one.
    angle : float
        In degrees.
    steps : int
        At most `STEPS`.

    Returns
    -------
    nn2.descent.Path
    """
    if steps > STEPS:
        raise ValueError(f"steps: expected at most {STEPS}, the length of a race, got {steps}")
    valley = race_surface(surface, angle)
    noise = iter(NOISE if surface == "noisy bowl" else np.zeros_like(NOISE))
    start = valley.turned(STARTS[surface])
    return run_optimizer(optimizer, lambda weights: valley.gradient(weights) + next(noise), start, steps)


def race_table():
    """Return what ``<nn2-race>`` is given, ready for JSON: surfaces, starts, noise, and the book's colors and dashes.

    Examples
    --------
    >>> sorted(race_table()["surfaces"]["saddle"])
    ['curvatures', 'noisy', 'start', 'well']
    """
    surfaces = {
        name: {"well": 0.0, "noisy": name == "noisy bowl", "start": STARTS[name]} | settings
        for name, settings in SURFACES.items()
    }
    dashes = {name: [] if STYLES[name] == "-" else list(STYLES[name][1]) for name in NAMES}
    looks = {name: {"color": COLORS[name], "dashes": dashes[name]} for name in NAMES}
    return {"steps": STEPS, "surfaces": surfaces, "noise": NOISE.tolist(), "optimizers": looks}


def race_element(figure, alt):
    """Return the HTML of ``<nn2-race>``, with a figure that stands in for it in print and without JavaScript.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        What the figure shows, in words.

    Returns
    -------
    IPython.display.HTML
    """
    without = "The race needs JavaScript; the picture shows one."
    return explorable_element("race", race_table(), figure, alt, without=without)
