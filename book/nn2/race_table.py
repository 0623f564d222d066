"""Read the race's table: an optimizer's own grid, the row it is judged by, and how its curve is drawn."""

import numpy as np

from nn2.figures import COLORS, STYLES

__all__ = ["LOOKS", "contestants", "grid", "tuned"]

LOOKS = {name: {"color": COLORS[name], "linestyle": STYLES[name]} for name in COLORS} | {
    "Nadam": {"color": "#9a63c9", "linestyle": (0, (5, 1, 1, 1, 1, 1))},
    "Lion": {"color": "#3f8f4f", "linestyle": (0, (3, 1))},
    "Muon": {"color": "#c2457a", "linestyle": "-"},
    "Schedule-free": {"color": "#3f8f9f", "linestyle": (0, (1, 3))},
}
"""Color and line style of each contestant, for ``axes.plot``."""


def contestants(table):
    """Return the optimizers' names, in the order of the table: list of str.

    Parameters
    ----------
    table : nn2.experiments.Table
        With the settings ``optimizer``, ``learning_rate`` and ``tuning``.

    Examples
    --------
    >>> from nn2.experiments import load_table
    >>> contestants(load_table("race"))[:3]
    ['SGD', 'momentum', 'Nesterov']
    """
    return list(dict.fromkeys(row["optimizer"] for row in table.rows))


def grid(table, name):
    """Return the table of an optimizer's own grid, from its lowest rate to its highest.

    The rows that only the race at shared rates has are left out.

    Parameters
    ----------
    table : nn2.experiments.Table
    name : str
        Of the optimizer.

    Returns
    -------
    nn2.experiments.Table
    """
    return table.where(optimizer=name, tuning=True)


def tuned(table, name):
    """Return the row of an optimizer's grid with the lowest validation loss, mean over the seeds.

    Parameters
    ----------
    table : nn2.experiments.Table
    name : str
        Of the optimizer.

    Returns
    -------
    dict
        Settings and results. The test accuracy has no part in the choice.
    """
    rows = grid(table, name).rows
    return rows[int(np.argmin([np.mean(row["validation_loss"]) for row in rows]))]
