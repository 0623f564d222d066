"""Hints for the instructor from a reading of what was handed in. They never change a score.

What students wrote is parsed by ``flag_reader`` in a process of its own, under limits; what that says is decoded here
and trusted no more than what comes from a kernel.
"""

import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import autograder
from autograder import flag_words as words
from autograder.repair import REPAIRED
from autograder.sandbox import limits
from autograder.sandbox.shadows import shadows
from autograder.wire import clean

UNREADABLE, SHADOWS = "unreadable", "shadowing-file"
PROGRAM = (sys.executable, "-I", "-S", "-W", "ignore", "-c")  # without what a user or an environment adds
START = "import sys; sys.path.append(sys.argv.pop(1)); from autograder.flag_reader import main; main()"

SENTENCES = {
    words.REWRITES_CODE: "`{what}` can change the code of later cells before it runs.",
    words.PATCHES_SHELL: "`{what}` can change how the notebook runs its cells or shows their errors.",
    words.HOOKS_EVENTS: "`{what}` can run code before and after other cells.",
    words.PATCHES_LIBRARY: "`{what}` is made to be something else than the library's own.",
    words.REPLACES_MODULE: "`{what}` can put something else in the place of a library.",
    words.ALWAYS_EQUAL: "`{what}` can make a value look equal to every other.",
    words.TRACES: "`{what}` can watch or change what other code does, or what it imports.",
    words.READS_FRAMES: "`{what}` can look into the variables of other code.",
    words.READS_HISTORY: "`{what}` can read what was run in this notebook before.",
    words.ASKS_IF_GRADED: "`{what}` can tell whether the notebook is being graded.",
    words.KERNEL_INTERNALS: "`{what}` reaches into the kernel that runs the notebook.",
    words.PROCESS_CONTROL: "`{what}` can start, end or reach into programs.",
    words.HIDDEN_CODE: "`{what}` runs code that this reading does not show.",
    words.LOOKS_FOR_ANSWERS: "`{what}` names what is the grader's and not the students'.",
    words.LIBRARY_ANSWER: "The answer to `{exercise}` uses the library's own `{what}`.",
    SHADOWS: "The file or folder `{what}` has a library's name, or starts with the kernel; the sandbox leaves it out.",
    UNREADABLE: "From here on the code could not be read within the limits, so it was not looked at.",
}


@dataclass(frozen=True)
class Flag:
    """One hint.

    Parameters
    ----------
    flag : str
        Its name, one of this file's or ``flag_words``'s.
    cell : int
        The number of the cell in the notebook, from 1; 0 for what is in no cell.
    line : int
        The line in that cell, from 1; 0 where there is none.
    sentence : str
        What was found, fit for a page.
    """

    flag: str
    cell: int
    line: int
    sentence: str


def flags_of(
    notebook,
    folder: Path,
    *,
    exercises: Iterable[str],
    watch: Mapping[str, Sequence[str]] | None = None,
    numpy_only: bool = False,
) -> list[dict[str, Any]]:
    """Everything that an instructor may want to look at in one notebook and beside it, as plain data.

    Parameters
    ----------
    notebook : NotebookNode
        A hand-in, mended by ``repair``: what was tampered with is among the flags.
    folder : Path
        Where it lies. Modules of the student's own in it are read, too.
    exercises, watch, numpy_only
        As for ``read_flags``.
    """
    cells = [
        (number, cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell.source)
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code"
    ]
    repaired = [{"line": 0, **told} for told in notebook.metadata.get(REPAIRED, ()) if told["flag"]]
    beside = [_flag(SHADOWS, 0, 0, name) for name in shadows(folder)]
    modules = {-number: module for number, module in enumerate(_modules(folder), 1)}  # numbers that no cell has
    cells += [(number, "", text) for number, (_, text) in modules.items()]
    found = read_flags(cells, exercises=exercises, watch=watch, numpy_only=numpy_only)
    found = [_in_file(each, modules[each.cell][0]) if each.cell in modules else each for each in found]
    return [*repaired, *map(asdict, beside), *map(asdict, found)]


def _modules(folder):
    """The names and texts of the modules beside a notebook, until there is more than can be read of a hand-in.

    What is no regular file is not opened.
    """
    modules, left = [], limits.READ_CHARACTERS
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = Path(place, name)
            if name.endswith(".py") and stat.S_ISREG(path.lstat().st_mode):
                with path.open(encoding="utf-8", errors="replace") as file:
                    modules.append((str(path.relative_to(folder)), file.read(limits.READ_CHARACTERS + 1)))
                left -= len(modules[-1][1])
                if left < 0:
                    return modules
    return modules


def _in_file(flag, name):
    return replace(flag, cell=0, sentence=f"In the file `{_shown(name)}`: {flag.sentence}")


def read_flags(
    sources: Iterable[tuple[int, str, str]],
    *,
    exercises: Iterable[str] = (),
    watch: Mapping[str, Sequence[str]] | None = None,
    numpy_only: bool = False,
) -> list[Flag]:
    """Read a hand-in's code cells and name what no honest answer needs.

    Whatever is in them, this returns: what cannot be read becomes a flag itself.

    Parameters
    ----------
    sources : iterable of (int, str, str)
        For each code cell its number, its grade id ("" without one) and its text. A check's cell, whose grade id
        begins with ``check_``, is not read: its text is the assignment's.
    exercises : iterable of str
        The notebook's exercises; an answer's grade id is its exercise's name.
    watch : mapping of str to sequence of str, optional
        By exercise, what its answer is not to use beside a library's class or function of the exercise's own name.
    numpy_only : bool
        Whether an answer is not to use any deep-learning library.
    """
    cells, skipped, left = [], None, limits.READ_CHARACTERS
    for number, grade_id, source in sources:
        left -= len(source)
        if left < 0:  # a cell that is too long ends the reading as one that the reader cannot take
            skipped = number
            break
        cells.append((number, grade_id, source))
    exercises = list(exercises)
    watch = {name: list(names) for name, names in (watch or {}).items()}
    asked = {"cells": cells, "exercises": exercises, "watch": watch, "numpy_only": numpy_only}
    found, unread = _decode(_ask_reader(json.dumps(asked).encode()), [number for number, _, _ in cells], set(exercises))
    if unread is None:
        unread = skipped
    return [*found, *([] if unread is None else [_flag(UNREADABLE, unread, 0)])]


def _ask_reader(asked):
    """What the reader wrote before it ended, however it did."""
    bounds = map(str, (limits.READER_SECONDS, limits.READER_BYTES))
    command = [*PROGRAM, START, str(Path(autograder.__file__).parents[1]), *bounds]
    with tempfile.TemporaryFile() as given:  # and no pipe, which would wait for a reader that does not read
        given.write(asked)
        given.seek(0)
        reader = subprocess.Popen(
            command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env={}
        )
        end = threading.Timer(limits.READER_WAIT_SECONDS, reader.kill)
        end.start()
        try:
            return reader.stdout.read(limits.READER_OUTPUT_BYTES)
        finally:
            end.cancel()
            reader.kill()
            reader.stdout.close()
            reader.wait()


def _decode(said, numbers, exercises):
    """The flags among the reader's lines, and the number of the first cell that it did not finish, or None."""
    found, read, done = [], set(), False
    for line in said.split(b"\n"):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(told, dict):
            continue
        done |= told.get("done") is True
        if type(told.get("read")) is int:
            read.add(told["read"])
        flag, cell, line, what, exercise = (told.get(key) for key in ("flag", "cell", "line", "what", "exercise"))
        texts = all(isinstance(text, str) for text in (flag, what, exercise))
        if not texts or type(cell) is not int or type(line) is not int:
            continue
        if flag in SENTENCES and cell in numbers and (exercise in exercises or not exercise):
            found.append(_flag(flag, cell, max(line, 0), what, exercise))
    unread = None if done else next((number for number in numbers if number not in read), 0)
    return found, unread


def _flag(flag, cell, line, what="", exercise=""):
    return Flag(flag, cell, line, SENTENCES[flag].format(what=_shown(what), exercise=exercise))


def _shown(text):
    """A text of a student's, fit to stand in backticks in a sentence."""
    text = clean(text).replace("`", "'")
    return text if len(text) <= 80 else f"{text[:79]}…"
