"""The sandbox's command line: what a kernel may see, touch and use up."""

import os
import sys
from pathlib import Path

from autograder.sandbox import libraries, limits

HOME = "/home/student"
PREFIX = "/opt/python"  # where this Python's virtual environment is mounted: its own path may name the course
NOTICES = "notices"  # what a run's folder calls its notices, where deep-learning libraries are walled off
NOBODY = 65534
# What of the system is mounted, read-only, where it exists.
SYSTEM = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime")


def command(run_folder: Path, environment: dict[str, str], numpy_only: bool = False) -> list[str]:
    """The command after which a program's own command line is appended to run it in the sandbox.

    Inside there is no network, no other process, no environment but the given one, and of the file system only the
    system's programs, this Python with its packages (all read-only), an own ``/tmp``, and ``run_folder``.

    Parameters
    ----------
    run_folder : Path
        A folder of this run's own; ``work`` in it becomes the working directory and ``home`` the home.
    environment : dict of str to str
        The environment inside.
    numpy_only : bool
        Whether deep-learning libraries are walled off. Their own files are not to be seen then: what
        ``prepare_notices`` has put into the folder is mounted over them, and nothing that runs inside can undo that.
    """
    as_root = os.getuid() == 0
    arguments = [
        *("bwrap", "--die-with-parent", "--new-session", "--clearenv", "--hostname", "grader"),
        *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--cap-drop", "ALL"),
    ]
    if as_root:  # setpriv, below, needs these to become nobody, and gives them up
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            arguments += ["--cap-add", capability]
    else:
        arguments += ["--unshare-user", "--disable-userns"]
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    arguments += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        if Path("/", name).exists():
            arguments += ["--symlink", f"usr/{name}", f"/{name}"]
    for path in SYSTEM:
        arguments += ["--ro-bind-try", path, path]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    arguments += ["--size", str(limits.TEMPORARY_BYTES), "--perms", "1777", "--tmpfs", "/tmp"]
    made = {"/", "/usr", "/tmp"}
    mounts = _mounts()
    for outside, inside in mounts.items():
        if not inside.startswith("/usr/") and inside != "/usr":
            arguments += [*_parents(inside, made), "--ro-bind", outside, inside]
            made.add(inside)
    arguments += [*_parents(str(run_folder), made), "--bind", str(run_folder), str(run_folder)]
    arguments += [*_parents(HOME, made), "--bind", str(run_folder / "home"), HOME]
    if numpy_only:
        arguments += _wall(run_folder / NOTICES, mounts)
    arguments += ["--remount-ro", "/", "--chdir", "/", "--"]
    if as_root:
        arguments += ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all"]
        arguments += ["--inh-caps=-all", "--no-new-privs", "--"]
    arguments += ["prlimit", f"--data={limits.MEMORY_BYTES}", f"--cpu={limits.CPU_SECONDS}", "--core=0"]
    arguments += [f"--nproc={limits.PROCESSES}", f"--fsize={limits.FILE_BYTES}", f"--nofile={limits.OPEN_FILES}", "--"]
    return [*arguments, "env", f"--chdir={run_folder / 'work'}"]


def prepare_notices(run_folder: Path) -> None:
    """Put into a run's folder what ``command`` mounts over deep-learning libraries."""
    libraries.write_notices(run_folder / NOTICES, [Path(outside) for outside in _mounts()])


def in_environment() -> bool:
    """Whether this Python is that of a virtual environment."""
    return sys.prefix != sys.base_prefix


def python() -> str:
    """The path inside of this Python."""
    return f"{PREFIX}/bin/python" if in_environment() else sys.executable


def environment() -> dict[str, str]:
    """The environment inside: quiet libraries, neutral folders, and the choice of Keras's backend."""
    kept = {name: os.environ[name] for name in ("KERAS_BACKEND",) if name in os.environ}
    own = {
        "PATH": "/usr/bin:/bin",
        "HOME": HOME,
        "PYTHONNOUSERSITE": "1",
        "OPENBLAS_NUM_THREADS": "2",
        "OMP_NUM_THREADS": "2",
    }
    return {**limits.QUIET, **kept, **own}


def give_to_nobody(folder: Path) -> None:
    """As root, hand a run's folder to the user that the sandbox becomes; as another user there is nothing to do."""
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def _mounts():
    """What is mounted of Pythons and their packages: the folder outside, and the folder inside."""
    return {"/usr": "/usr", sys.base_prefix: sys.base_prefix} | ({sys.prefix: PREFIX} if in_environment() else {})


def _wall(notices, mounts):
    """Mount a notice over every installed deep-learning library, at each place where its folder shows."""
    arguments = ["--ro-bind", str(notices), str(notices), "--setenv", "PYTHONPATH", str(notices)]
    for name, path in libraries.installed(tuple(Path(outside) for outside in mounts)):
        notice = notices / name if path.is_dir() else notices / name / "__init__.py"
        roots = [(Path(outside).resolve(), inside) for outside, inside in mounts.items()]
        shown = {str(Path(inside, path.relative_to(root))) for root, inside in roots if path.is_relative_to(root)}
        for place in sorted(shown):
            arguments += ["--ro-bind", str(notice), place]
    return arguments


def _parents(path, made):
    """Make a path's missing parents readable: bubblewrap would make them 0700."""
    found = []
    for parent in reversed(Path(path).parents):
        if str(parent) not in made:
            made.add(str(parent))
            found += ["--perms", "0755", "--dir", str(parent)]
    return found
