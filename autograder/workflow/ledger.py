"""The ledger: an append-only file of what was drawn and what was judged, one JSON object a line."""

import fcntl
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Ledger:
    """A course's ledger, ``classroom/ledger.jsonl``.

    Parameters
    ----------
    path : Path
        The file; it is made when something is first written.
    """

    def __init__(self, path: Path):
        self.path = path

    def events(self, kind: str) -> Iterator[dict[str, Any]]:
        """All events of one kind, oldest first. A last line that was cut off by a crash does not count."""
        if not self.path.exists():
            return
        for line in self.path.read_bytes().splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and event.get("event") == kind:
                yield event

    def append(self, kind: str, **facts: Any) -> None:
        """Write one event."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._write(file, kind, facts)

    def seed(self, assignment: str, version: str, renew: bool = False) -> int:
        """The seed from which an assignment's probes draw, drawn itself when it is first asked for.

        Parameters
        ----------
        assignment, version : str
            The assignment's name, and the hash of everything that decides its scores.
        renew : bool
            Draw a new one, which counts from now on; the old ones stay in the ledger.

        Returns
        -------
        int
            63 random bits, the same for every submission of this course.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            known = self._seeds(assignment, version)
            if known and not renew:
                return known[-1]
            seed = secrets.randbits(63)
            self._write(file, "seed", {"assignment": assignment, "version": version, "seed": seed})
        return seed

    def drawn(self, assignment: str, version: str) -> int:
        """How many seeds have been drawn for an assignment's version: 1 unless it was renewed, 0 before the first."""
        return len(self._seeds(assignment, version))

    def _seeds(self, assignment, version):
        events = self.events("seed")
        return [event["seed"] for event in events if (event["assignment"], event["version"]) == (assignment, version)]

    @staticmethod
    def _write(file, kind, facts):
        # A line that a crash cut off has no end: begin on a new one, so that it spoils nothing after it.
        file.seek(0, 2)
        cut_off = False
        if file.tell():
            file.seek(-1, 2)
            cut_off = file.read(1) != b"\n"
        line = json.dumps({"event": kind, **facts}, sort_keys=True, ensure_ascii=True)
        file.write((b"\n" if cut_off else b"") + line.encode() + b"\n")
        file.flush()
