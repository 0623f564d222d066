"""How much of the long tests a run does: a sample by default, everything with NN2_TEST_ALL=1. Never fewer kinds."""

import os

# What is counted: (how many `make test` does, how many `make test-all` does).
COUNTS = {
    "seeds for each known mistake in NumPy": (3, 20),
    "seeds for each known mistake in Keras": (1, 3),
    "seeds for each fair answer in NumPy": (5, 50),
    "seeds for each fair answer in Keras": (1, 3),
    "seeds for each fair answer in NumPy that is random": (10, 200),
    "seeds for each fair answer in Keras that is random": (3, 200),
    "seeds for each empty answer": (5, 50),
    "seeds for each mutant in NumPy": (2, 20),
    "tenths of the mutants of each Keras exercise": (3, 10),
    "tenths of a Keras notebook's mistakes in a kernel": (1, 10),
    "rows of each experiment, run again": (1, 10_000),
    "pages of the website in a browser": (40, 10_000),
}


def everything() -> bool:
    """Whether this run leaves nothing out."""
    return os.environ.get("NN2_TEST_ALL", "") not in ("", "0")


def count(what: str) -> int:
    """How many of ``what`` this run does; ``what`` is a key of ``COUNTS``."""
    return COUNTS[what][everything()]


def left_out() -> list[str]:
    """A line for each count that this run reduces."""
    if everything():
        return []
    return [f"{some} of {all_} {what}" for what, (some, all_) in COUNTS.items() if all_ < 10_000]
