"""Read an authored TOML file that is a list of tables under one heading, and say where each of them stands."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.errors import AuthoringError


def read_tables(path: Path, heading: str, keys: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """The tables of a file, each with the words that begin a sentence about it: file, line, heading and name.

    Parameters
    ----------
    path : Path
        The file; one that does not exist holds no tables.
    heading : str
        What each table stands under, such as ``misconception`` for ``[[misconception]]``.
    keys : sequence of str
        What a table may hold.

    Raises
    ------
    AuthoringError
        If the file is not TOML, holds anything but such tables, or one of them has an unknown key.
    """
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuthoringError(f"{path}: not TOML: {error}") from None
    tables = document.pop(heading, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise AuthoringError(f"{path}: each {heading} is a table under the heading [[{heading}]]")
    if document:
        raise AuthoringError(f"{path}: unknown table {next(iter(document))!r}; only [[{heading}]] is known")
    header = re.compile(rf"\s*\[\[\s*{heading}\s*\]\]")
    headers = [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
    lines = headers if len(headers) == len(tables) else [1] * len(tables)
    labeled = []
    for number, (line, table) in enumerate(zip(lines, tables, strict=True), 1):
        label = f"{path}:{line}: {heading} {table.get('name', f'number {number}')!r}"
        unknown = sorted(set(table) - set(keys))
        if unknown:
            raise AuthoringError(f"{label} has the unknown key {unknown[0]!r}")
        labeled.append((label, table))
    return labeled


def need_text(label: str, table: dict[str, Any], key: str, *, may_be_empty: bool = False) -> str:
    """A table's text under ``key``, or an error that says what is there instead."""
    value = table.get(key)
    if not isinstance(value, str) or not (value.strip() or may_be_empty):
        raise AuthoringError(f"{label} needs {key!r}, a text, got {value!r}")
    return value


def edit_once(label: str, cell: str, find: str, replace: str) -> str:
    """A cell with ``find`` replaced, which must stand in it exactly once."""
    times = cell.count(find)
    if times != 1:
        raise AuthoringError(f"{label}: {find!r} stands {times} times in its exercise, expected once")
    if find == replace:
        raise AuthoringError(f"{label} changes nothing")
    return cell.replace(find, replace)
