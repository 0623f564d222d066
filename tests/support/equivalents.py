"""Mutants that no probe may catch, because the contract lets them pass: ``equivalent.toml`` lists them with reasons."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mutants import Mutant

from autograder.errors import AuthoringError
from autograder.tables import need_text, read_tables

KEYS = ("exercise", "reason", "edits")


def load_equivalents(path: Path, mutants: Mapping[str, Sequence[Mutant]]) -> dict[str, dict[Mutant, str]]:
    """Read the tables ``[[equivalent]]``: an exercise, a reason, and the edits that it holds for.

    Parameters
    ----------
    path : Path
        The file; without one, no mutant is equivalent.
    mutants : mapping of str to sequence of Mutant
        All mutants, by exercise. Each edit, a pair of the lines before and after it, fits exactly one of them.

    Returns
    -------
    dict of str to dict of Mutant to str
        The reasons, by exercise and mutant.

    Raises
    ------
    AuthoringError
        If the file makes no sense, an edit fits no mutant (any more) or several, or a mutant is listed twice.
    """
    found = {exercise: {} for exercise in mutants}
    for label, table in read_tables(path, "equivalent", KEYS):
        exercise, reason = need_text(label, table, "exercise"), need_text(label, table, "reason")
        if exercise not in mutants:
            raise AuthoringError(f"{label} is about the exercise {exercise!r}, which does not exist")
        edits = table.get("edits")
        if not isinstance(edits, list) or not edits or not all(_is_pair(edit) for edit in edits):
            raise AuthoringError(f"{label} needs 'edits', a list of pairs of texts, got {edits!r}")
        for was, becomes in edits:
            was, becomes = was.strip("\n"), becomes.strip("\n")
            fitting = [each for each in mutants[exercise] if (each.was, each.becomes) == (was, becomes)]
            if len(fitting) != 1:
                raise AuthoringError(f"{label}: {was!r} to {becomes!r} fits {len(fitting)} mutants, expected one")
            if fitting[0] in found[exercise]:
                raise AuthoringError(f"{label}: {was!r} to {becomes!r} stands there twice")
            found[exercise][fitting[0]] = " ".join(reason.split())
    return found


def _is_pair(edit):
    return isinstance(edit, list) and len(edit) == 2 and all(isinstance(text, str) for text in edit)
