"""A Jupyter kernel provisioner that starts the kernel in the sandbox, with a copy of the hand-in to work in."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import matplotlib
from jupyter_client.provisioning import LocalProvisioner

from autograder.sandbox import limits
from autograder.sandbox.bubblewrap import command, environment, give_to_nobody


class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel in bubblewrap. The kernel manager's connection file lies in the run's own folder."""

    async def pre_launch(self, **kwargs):
        self.run_folder = Path(self.parent.connection_file).parent
        copy_hand_in(kwargs.pop("cwd", None), self.run_folder / "work")
        prepare_home(self.run_folder / "home")
        kwargs["env"] = {}
        kwargs = await super().pre_launch(**kwargs)
        give_to_nobody(self.run_folder)
        return kwargs

    async def launch_kernel(self, cmd, **kwargs):
        self.process = subprocess.Popen(
            [*command(self.run_folder, environment()), *cmd],
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

    Links, devices and pipes are not followed; a notebook is not copied, for the graded one holds the checks.
    """
    target.mkdir()
    left = limits.HAND_IN_BYTES
    for folder, folders, files in os.walk(source or os.devnull):
        folders[:] = [name for name in folders if not Path(folder, name).is_symlink()]
        for name in sorted(files):
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
