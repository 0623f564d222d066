"""The book's figures: one style, one colour and line style per optimizer, and the few drawings chapters share."""

import io
import re
from pathlib import Path

import numpy as np

__all__ = [
    "COLORS",
    "INK",
    "SERIES",
    "STYLES",
    "draw_band",
    "draw_path",
    "draw_surface",
    "figure_svg",
    "use_house_style",
]

INK = "#7c7c7c"
"""Text and axes: as far from white as from the dark page."""

COLORS = {
    "SGD": INK,
    "momentum": "#0993ae",
    "Nesterov": "#815f3e",
    "Adagrad": "#3d5cf5",
    "RMSprop": "#cb6b0b",
    "Adadelta": "#ac8e52",
    "Adam": "#7052ac",
    "AdamW": "#7589ef",
}
"""A colour per optimizer: contrast of 3 or more on white and on the dark page, told apart by colour-blind readers."""

STYLES = {
    "SGD": (0, (1, 1)),
    "momentum": (0, (4, 1.5)),
    "Nesterov": (0, (2, 1)),
    "Adagrad": "-",
    "RMSprop": (0, (6, 1.2, 1.5, 1.2)),
    "Adadelta": (0, (3, 1, 1, 1, 1, 1)),
    "Adam": (0, (8, 1.5)),
    "AdamW": (0, (1, 2)),
}
"""A line style per optimizer, so that no figure depends on colour."""

SERIES = [
    ("#3d5cf5", "-"),
    ("#cb6b0b", (0, (6, 1.2, 1.5, 1.2))),
    ("#0993ae", (0, (4, 1.5))),
    ("#7052ac", (0, (1, 1))),
    ("#815f3e", (0, (8, 1.5))),
    ("#7c7c7c", (0, (2, 1))),
]
"""Colour and line style of the curves that are not of optimizers, in their order; training, then validation."""


def use_house_style():
    """Apply ``book/matplotlibrc``, and let Jupyter show figures as `figure_svg` writes them."""
    import matplotlib
    from IPython import get_ipython
    from matplotlib.figure import Figure
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    style = Path(__file__).resolve().parent.parent / "matplotlibrc"
    matplotlib.rcParams.update(matplotlib.rc_params_from_file(style, use_default_template=False))
    set_matplotlib_formats("svg")
    shell = get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, figure_svg)


def figure_svg(figure, *, decimals=1):
    """Return a figure as SVG text: the same bytes in every build, and a third fewer than Matplotlib writes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    decimals : int
        Digits kept after the point in every coordinate; the unit is 1/72 inch.

    Returns
    -------
    str
        From ``<svg`` on, without declarations and metadata.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r' id="[A-Za-z0-9.]+_\d+"', "", text)  # names of groups, to which nothing refers
    text = text.replace("; stroke-linejoin: miter", "").replace("; stroke-linecap: square", "")

    def rounded(attribute):
        return re.sub(r"\d+\.\d+", lambda number: f"{round(float(number.group()), decimals):g}", attribute.group())

    text = re.sub(r' (d|x|y)="[^"]*"', rounded, text)  # coordinates; what is written in the figure stays as it is
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", text))


def draw_surface(axes, surface, *, extent=6.5, levels=6):
    """Draw a surface's contour lines and a cross at its minimum, on a square of equal scales.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    surface : nn2.surfaces.Quadratic
    extent : float
        The square reaches from -extent to extent in both directions.
    levels : int
        How many contour lines; their values rise by equal factors.
    """
    from matplotlib.patches import Ellipse

    for level in np.geomspace(0.05, 0.5 * sum(surface.curvatures) * extent**2, levels):
        width, height = 2 * np.sqrt(2 * level / np.array(surface.curvatures))
        look = {"fill": False, "color": INK, "linewidth": 0.7, "alpha": 0.5}
        axes.add_patch(Ellipse((0, 0), width, height, angle=surface.angle, **look))
    axes.plot(0, 0, marker="+", markersize=9, markeredgewidth=1.6, color=INK)
    axes.set(aspect="equal", xlim=(-extent, extent), ylim=(-extent, extent), xlabel="$x_1$", ylabel="$x_2$")
    axes.set(xticks=[-4, 0, 4], yticks=[-4, 0, 4])


def draw_path(axes, path, name, *, label=None, **style):
    """Draw a descent's path on a map, a dot at each step.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    path : nn2.descent.Path
        Of positions of shape (steps + 1, 2).
    name : str
        A key of `COLORS`, which decides colour and line style.
    label : str, optional
        For the legend; the name where none is given.
    style
        Passed on to ``axes.plot``.
    """
    look = {"color": COLORS[name], "linestyle": STYLES[name], "marker": "o", "markersize": 3, "linewidth": 1.4} | style
    axes.plot(*path.positions.T, label=label or name, **look)


def draw_band(axes, x, runs, name, *, label=None, **style):
    """Draw the middle run as a line and the range of all runs as a band.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    x : array_like of shape (points,)
    runs : array_like of shape (points, seeds)
    name : str
        A key of `COLORS`, which decides colour and line style.
    label : str, optional
        For the legend; the name where none is given.
    style
        Passed on to ``axes.plot``.
    """
    runs = np.asarray(runs)
    axes.fill_between(x, runs.min(axis=1), runs.max(axis=1), color=COLORS[name], alpha=0.25, linewidth=0)
    look = {"color": COLORS[name], "linestyle": STYLES[name]} | style
    axes.plot(x, np.median(runs, axis=1), label=label or name, **look)
