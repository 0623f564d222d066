"""NumPy means NumPy: which libraries a NumPy notebook cannot import, and the notice that it finds in their place."""

import functools
import re
import sys
from collections.abc import Iterable
from pathlib import Path

LIBRARIES = (
    *("keras", "tensorflow", "torch", "jax", "jaxlib", "tf_keras", "autokeras", "flax", "optax", "haiku", "equinox"),
    *("functorch", "lightning", "pytorch_lightning", "mxnet", "paddle", "theano", "pytensor", "tinygrad", "mlx"),
)
# Each of the large ones comes with companions that hold parts of it or of its doubles: keras_hub, torchvision, …
FAMILIES = re.compile(r"_*(keras|tensorflow|torch|jax|flax)\w*")
# Where packages lie below a Python's prefix; conda keeps other environments and what they are made of there, too.
PACKAGES = (
    *("lib*/python3*/*-packages", "local/lib*/python3*/*-packages"),
    *("envs/*/lib/python3*/site-packages", "pkgs/*/lib/python3*/site-packages", "pkgs/*/site-packages"),
)

SENTENCE = (
    "{name} cannot be imported here: this is a NumPy notebook, and what it asks for is to be written with NumPy alone"
)
NOTICE = f'raise ModuleNotFoundError("{SENTENCE}", name="{{name}}")\n'


def write_notices(folder: Path, roots: Iterable[Path] = ()) -> None:
    """Fill a new folder with one package for each library, whose import raises an error that says why.

    The folder is for PYTHONPATH, where it is found before any installed package; in the sandbox each notice is
    mounted over the library's own folder as well.

    Parameters
    ----------
    folder : Path
        Is made.
    roots : iterable of Path
        Where installed libraries are looked for, which need a notice to be mounted over them.
    """
    for name in {*LIBRARIES, *(name for name, _ in installed(tuple(roots)))}:
        package = folder / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(NOTICE.format(name=name), encoding="utf-8")


@functools.lru_cache(maxsize=8)
def installed(roots: tuple[Path, ...]) -> tuple[tuple[str, Path], ...]:
    """The name and the real path of every such library below some Pythons' prefixes, and on this Python's own path.

    Only what lies below one of the ``roots`` is given, for nothing else is visible in the sandbox.
    """
    roots = [root.resolve() for root in roots]
    folders = {found for root in roots for pattern in PACKAGES for found in root.glob(pattern)}
    folders |= {Path(entry) for entry in sys.path if entry}
    found = set()
    for folder in {folder.resolve() for folder in folders if folder.is_dir()}:
        for path in folder.iterdir():
            name = path.name.partition(".")[0]
            is_one = name in LIBRARIES or FAMILIES.fullmatch(name)
            if is_one and any(path.resolve().is_relative_to(root) for root in roots):
                found.add((name, path.resolve()))
    return tuple(sorted(found))
