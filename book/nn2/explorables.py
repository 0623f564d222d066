"""What the explorables are given: tables computed in Python, and the HTML that carries them into the page."""

import base64
import json

import numpy as np

from nn2.figures import COLORS, figure_svg

__all__ = ["descent_element", "descent_table", "explorable_element"]


def descent_table(paths, *, learning_rates, angles, curvatures, fraction, scale=1000, limit=30.0):
    """Pack descents for the explorable ``<nn2-descent>``.

    Parameters
    ----------
    paths : dict of str to sequence of nn2.descent.Path
        For each optimizer a path per learning rate, each with positions of shape (steps + 1, angles, 2).
    learning_rates : sequence of floats
    angles : sequence of numbers
        In degrees.
    curvatures : tuple of two floats
        The unturned ravine's.
    fraction : float
        The share of the first distance that counts as arrived.
    scale : int
        Positions are stored as whole numbers of 1/scale, of 16 bits.
    limit : float
        A path is cut after the first point further than this from the minimum; that point is drawn in to this distance.

    Returns
    -------
    dict
        Ready for JSON: ``paths[optimizer][rate][angle]`` is the base64 text of 16-bit integers, little-endian: x1, x2,
        x1, x2, …

    Raises
    ------
    ValueError
        If a position within the limit does not fit into 16 bits.
    """
    if scale * limit > np.iinfo("<i2").max:
        raise ValueError(f"scale * limit: expected at most 32767, the largest 16-bit integer, got {scale * limit:g}")

    def packed(positions):
        distances = np.linalg.norm(positions, axis=-1)
        inside = distances <= limit
        end = len(positions) if inside.all() else int(np.argmin(inside)) + 1
        bounded = positions[:end].copy()
        if end and not inside[end - 1]:
            last = positions[end - 1]
            bounded[-1] = last * (limit / distances[end - 1]) if np.isfinite(last).all() else positions[end - 2]
        return base64.b64encode(np.rint(scale * bounded).astype("<i2").tobytes()).decode("ascii")

    return {
        "steps": len(next(iter(paths.values()))[0].gradients),
        "rates": list(learning_rates),
        "angles": list(angles),
        "curvatures": list(curvatures),
        "fraction": fraction,
        "scale": scale,
        "limit": limit,
        "colors": {name: COLORS[name] for name in paths},
        "paths": {
            name: [[packed(path.positions[:, column]) for column in range(len(angles))] for path in runs]
            for name, runs in paths.items()
        },
    }


def descent_element(table, figure, alt):
    """Return the HTML of ``<nn2-descent>``, with a figure that stands in for it in print and without JavaScript.

    Parameters
    ----------
    table : dict
        From `descent_table`.
    figure : matplotlib.figure.Figure
    alt : str
        What the figure shows, in words.

    Returns
    -------
    IPython.display.HTML
    """
    without = "The controls need JavaScript; the picture shows four of the paths."
    return explorable_element("descent", table, figure, alt, without=without)


def explorable_element(name, table, figure, alt, *, without):
    """Return the HTML of an explorable, with a figure that stands in for it in print and without JavaScript.

    Parameters
    ----------
    name : str
        The element is ``<nn2-name>``, its module ``_assets/explorables/name.js``.
    table : dict
        What the module is given, ready for JSON.
    figure : matplotlib.figure.Figure
        It is closed.
    alt : str
        What the figure shows, in words.
    without : str
        What a reader without JavaScript is told.

    Returns
    -------
    IPython.display.HTML
    """
    from html import escape
    from urllib.parse import quote

    from IPython.display import HTML
    from matplotlib import pyplot

    picture = quote(figure_svg(figure), safe=" ='/:;,().-<>")
    pyplot.close(figure)
    data = json.dumps(table, separators=(",", ":")).replace("<", "\\u003c")
    return HTML(
        f'<nn2-{name}>\n<script type="application/json">{data}</script>\n'
        f'<img src="data:image/svg+xml,{picture}" alt="{escape(alt, quote=True)}">\n'
        f"<noscript><p>{escape(without)}</p></noscript>\n"
        f"</nn2-{name}>\n"
        f'<script type="module" src="../_static/explorables/{name}.js"></script>'
    )
