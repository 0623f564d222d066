"""Sphinx extension: what the chapters' kernels run with, and a cache of outputs that knows what chapters import."""

import hashlib
import os
import shutil
from pathlib import Path

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
KEPT = 3


def dependencies(root: Path) -> list[Path]:
    """Every file that decides what a page's cells put out, beside the cells: nn2, tables, lock, figure style."""
    package = [
        path
        for folder in ("nn2", "experiments")
        for path in (root / "book" / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    ]
    conventions = root / "book" / "appendix" / "conventions.toml"
    return [*sorted(package), conventions, root / "book" / "matplotlibrc", root / "requirements.lock"]


def cache_key(root: Path) -> str:
    """A hash of names and bytes of all dependencies: 16 hexadecimal digits.

    jupyter-cache compares the text of a page's cells alone, so without this a figure drawn by ``book/nn2`` would
    stay as it was after a change in ``book/nn2``.
    """
    digest = hashlib.sha256()
    for path in dependencies(root):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def prepare(app, config):
    """Point the cache at its key's folder (the last few are kept) and give the kernels their environment."""
    root = Path(app.srcdir).parent
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / cache_key(root)
    current.mkdir(parents=True, exist_ok=True)
    os.utime(current)
    folders = [folder for folder in caches.iterdir() if folder.is_dir()]
    for stale in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(stale)
    config.nb_execution_cache_path = str(current)  # Sphinx reads every page again when this value changes
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    style = root / "book" / "matplotlibrc"
    if style.is_file():
        os.environ["MATPLOTLIBRC"] = str(style)


def setup(app):
    app.connect("config-inited", prepare)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
