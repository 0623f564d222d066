"""What one letter means on the slides, in the papers, Keras, PyTorch and here: appendix/conventions.toml, read."""

import functools
import tomllib
from pathlib import Path

__all__ = ["SOURCES", "Cell", "Row", "convention", "conventions"]

SOURCES = ("slides", "papers", "Keras", "PyTorch", "ours")
FILE = Path(__file__).resolve().parents[1] / "appendix" / "conventions.toml"
ROW_KEYS = ("group", "quantity", "method")
CELL_KEYS = ("value", "of", "argument", "text")


class Cell(dict):
    """What one source says: the entries `value`, `of`, `argument` and `text`, as far as it has them."""


class Row(dict):
    """One line of the table: the entries `group`, `quantity` and `method` (str), and a `Cell` by source."""


def conventions(path=FILE):
    """Read the table.

    Parameters
    ----------
    path : Path, optional
        Another file of the same form.

    Returns
    -------
    list of Row

    Raises
    ------
    ValueError
        If a row lacks a name or stands there twice, or a row or a cell has a key that means nothing; the sentence
        names the row.

    Examples
    --------
    >>> len({row["group"] for row in conventions()}) > 5
    True
    """
    rows, seen = [], set()
    for number, table in enumerate(tomllib.loads(Path(path).read_text(encoding="utf-8"))["convention"], 1):
        label = f"{Path(path).name}: row {number} ({table.get('quantity')!r}, {table.get('method')!r})"
        for key in ROW_KEYS:
            if not isinstance(table.get(key), str) or not table[key]:
                raise ValueError(f"{label}: expected a text for {key!r}, got {table.get(key)!r}")
        if (table["quantity"], table["method"]) in seen:
            raise ValueError(f"{label}: expected one row for each quantity and method, got a second")
        seen.add((table["quantity"], table["method"]))
        row = Row({key: table[key] for key in ROW_KEYS})
        for source in table.keys() - set(ROW_KEYS):
            row[source] = _checked(label, source, table[source])
        rows.append(row)
    return rows


def _checked(label, source, cell):
    """One source's cell, after a look at its keys."""
    if source not in SOURCES:
        raise ValueError(f"{label}: expected the sources {', '.join(SOURCES)}, got {source!r}")
    unknown = sorted(set(cell) - set(CELL_KEYS))
    if unknown:
        raise ValueError(f"{label}: expected the keys {', '.join(CELL_KEYS)} for {source}, got {unknown[0]!r}")
    if ("of" in cell) != ("argument" in cell) or not ("of" in cell or "text" in cell):
        raise ValueError(f"{label}: expected 'of' with 'argument', or 'text', for {source}, got {sorted(cell)}")
    return Cell(cell)


@functools.cache
def _values():
    return {
        (row["quantity"], row["method"], source): row[source]
        for row in conventions()
        for source in SOURCES
        if source in row
    }


def convention(quantity, method, source):
    """Give the value that a source has for a quantity of a method.

    Parameters
    ----------
    quantity : str
        Such as ``"epsilon"`` or ``"place of epsilon"``.
    method : str
        Such as ``"Adagrad"``.
    source : {"slides", "papers", "Keras", "PyTorch", "ours"}

    Returns
    -------
    float, int, bool or str

    Raises
    ------
    KeyError
        If the table has no such row, or the source no value in it; the sentence says what there is.

    Examples
    --------
    >>> convention("epsilon", "Adagrad", "Keras")
    1e-07
    >>> convention("place of epsilon", "Adam", "ours")
    'outside'
    """
    cell = _values().get((quantity, method, source))
    if cell is None:
        methods = sorted({known[1] for known in _values() if known[0] == quantity and known[2] == source})
        have = f"it has one for {', '.join(methods)}" if methods else "it has none for any method"
        raise KeyError(f"no {quantity!r} of {method!r} in the column {source!r}; {have}")
    if "value" not in cell:
        raise KeyError(f"the column {source!r} gives no value for {quantity!r} of {method!r}")
    return cell["value"]
