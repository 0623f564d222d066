"""Writing a file so that nobody ever sees half of it."""

import os
from pathlib import Path

from autograder.errors import CourseError


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in one step, so that nobody ever sees half of it."""
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        staged.write_bytes(content)
        staged.replace(path)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise CourseError(f"cannot write {path}: {error.strerror}") from None
