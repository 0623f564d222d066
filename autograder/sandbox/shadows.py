"""Which files beside a notebook Python would import in place of a library of the same name."""

import functools
import pkgutil
import re
import site
import sys
import sysconfig
from importlib.machinery import all_suffixes
from pathlib import Path

from autograder.sandbox.libraries import LIBRARIES

# What Python, IPython and Jupyter read of their own accord when they start.
STARTED_WITH = ("sitecustomize", "usercustomize")
SETTINGS = re.compile(r"(ipython|jupyter)\w*_config\.(py|json)|profile_\w+")


def shadows(folder: Path) -> list[str]:
    """The names of what lies in a folder and would stand in for a library, or change how a kernel starts.

    These are modules and packages that are called as one of the standard library or of an installed one, and
    IPython's settings. A folder without ``__init__.py`` is no package and shadows nothing, whatever it is called.

    Parameters
    ----------
    folder : Path
        Where a notebook runs, and so where Python looks first.
    """
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if not path.is_symlink() and _shadows(path))


def _shadows(path):
    name, _, ending = path.name.partition(".")
    if SETTINGS.fullmatch(path.name):
        return True
    if path.is_dir():
        return path.name in taken_names() and any((path / f"__init__{each}").exists() for each in all_suffixes())
    return name in taken_names() and f".{ending}" in all_suffixes()


@functools.cache
def taken_names() -> frozenset[str]:
    """The names of all modules that this Python has, and of the libraries that a NumPy notebook must not have."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    installed = (module.name for module in pkgutil.iter_modules(folders))
    return frozenset({*sys.stdlib_module_names, *installed, *LIBRARIES, *STARTED_WITH})
