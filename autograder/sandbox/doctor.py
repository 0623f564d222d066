"""The sandbox's self-check: it tries, inside, what must be impossible, before the first hand-in runs."""

import functools
import json
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from autograder.errors import CourseError
from autograder.sandbox.bubblewrap import command, environment, give_to_nobody, prepare_notices, python
from autograder.sandbox.libraries import LIBRARIES

ISOLATION = "bubblewrap: own user, processes, network and files"
UNTRUSTED = "none: --trust was given"

# Runs inside and tells what it could do; all of it must be impossible.
ATTEMPTS = """
import importlib.util, json, os, pathlib, socket, sys
def open_library(name):  # the notice that stands in its place is a single file
    found = importlib.util.find_spec(name)
    return found and any(len(os.listdir(folder)) > 1 for folder in found.submodule_search_locations or ())
done = []
def attempt(name, action):
    try:
        if action():
            done.append(name)
    except OSError:
        pass
attempt("reach the network", lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 1))
attempt("read the course's folder", lambda: os.listdir(sys.argv[1]))
attempt("read another hand-in's folder", lambda: [name for name in os.listdir("/tmp") if name not in os.getcwd()])
attempt("write to the system", lambda: pathlib.Path("/usr/planted").write_text("x"))
attempt("write beside the system", lambda: pathlib.Path("/planted").write_text("x"))
attempt("see other processes", lambda: len([name for name in os.listdir("/proc") if name.isdigit()]) > 10)
attempt("run as root", lambda: os.geteuid() == 0)
attempt("find a variable of the grader's", lambda: "JPY_PARENT_PID" in os.environ)
attempt("open a deep-learning library in a NumPy notebook", lambda: any(map(open_library, sys.argv[3:])))
print(json.dumps(done))
"""


@functools.lru_cache(maxsize=4)
def require_sandbox(course: Path) -> str:
    """Make sure that the sandbox works here, once a run, and give the isolation that it offers.

    Parameters
    ----------
    course : Path
        The course's folder, which must not be visible inside.

    Raises
    ------
    CourseError
        If bubblewrap is missing, does not start, or lets through what it must not. Nothing has run by then.
    """
    if shutil.which("bwrap") is None:
        raise CourseError(
            "bubblewrap (command bwrap) is missing, so nothing that students wrote is run; install it with your "
            "system's package manager, or pass --trust for notebooks that you wrote yourself"
        )
    with tempfile.TemporaryDirectory(prefix="kernel-") as name, socket.create_server(("127.0.0.1", 0)) as listening:
        folder = Path(name)
        (folder / "work").mkdir()
        (folder / "home").mkdir()
        prepare_notices(folder)
        give_to_nobody(folder)
        port = str(listening.getsockname()[1])
        program = [python(), "-I", "-c", ATTEMPTS, str(course), port, *LIBRARIES]
        program = [*command(folder, environment(), numpy_only=True), *program]
        try:
            ran = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CourseError(f"the sandbox does not start, so nothing that students wrote is run: {error}") from None
    if ran.returncode:
        reason = (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CourseError(
            f"the sandbox does not start here, so nothing that students wrote is run: {reason}; where user namespaces "
            "are restricted, `make permit-namespaces` permits them"
        )
    possible = json.loads(ran.stdout)
    if possible:
        raise CourseError(f"the sandbox leaks, so nothing that students wrote is run: inside one can {possible[0]}")
    return ISOLATION
