"""A Jupyter kernel provisioner that starts the kernel in the sandbox, with a copy of the hand-in to work in."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import matplotlib
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Bool

from autograder.sandbox import limits
from autograder.sandbox.bubblewrap import command, environment, give_to_nobody, prepare_notices
from autograder.sandbox.shadows import shadows


class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel in bubblewrap. The kernel manager's connection file lies in the run's own folder."""

    numpy_only = Bool(help="Whether deep-learning libraries are walled off; comes from the kernel's specification.")

    async def pre_launch(self, **kwargs):
        self.run_folder = Path(self.parent.connection_file).parent
        copy_hand_in(kwargs.pop("cwd", None), self.run_folder / "work")
        prepare_home(self.run_folder / "home")
        if self.numpy_only:
            prepare_notices(self.run_folder)
        kwargs["env"] = {}
        kwargs = await super().pre_launch(**kwargs)
        give_to_nobody(self.run_folder)
        return kwargs

    async def launch_kernel(self, cmd, **kwargs):
        self.process = subprocess.Popen(
            [*command(self.run_folder, environment(), self.numpy_only), *cmd],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        )
        self.pid = self.pgid = self.process.pid
        return self.connection_info


def copy_hand_in(source: str | None, target: Path) -> None:
    """Copy what lies beside a notebook: regular files alone, no notebook, and no more than the limit.

    Links, devices and pipes are not followed; a notebook is not copied, for the graded one holds the checks. Nor is
    what would be imported in place of a library: a ``numpy.py``, say.
    """
    target.mkdir()
    if source is None:
        return
    left, shadowing = limits.HAND_IN_BYTES, shadows(Path(source))
    for folder, folders, files in os.walk(source):
        kept_out = shadowing if folder == source else ()
        folders[:] = [name for name in folders if name not in kept_out and not Path(folder, name).is_symlink()]
        for name in sorted(set(files).difference(kept_out)):
            path = Path(folder, name)
            facts = path.lstat()
            left -= facts.st_size
            if name.endswith(".ipynb") or not stat.S_ISREG(facts.st_mode) or left < 0:
                continue
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def prepare_home(home: Path) -> None:
    """An empty home with Matplotlib's list of fonts, which would take seconds to make anew."""
    cache = home / ".cache" / "matplotlib"
    cache.mkdir(parents=True)
    for path in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copyfile(path, cache / path.name)
