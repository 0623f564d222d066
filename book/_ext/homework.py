"""Copy what students open from assignments/ into book/homework/, where the site shows it; also a Sphinx extension.

By hand, from the course's root: ``python book/_ext/homework.py``.
"""

import sys
from pathlib import Path

import yaml


class HomeworkError(ValueError):
    """A notebook that the site shows is not there; the message is one sentence."""


def pages_in_toc(entry) -> list[str]:
    """Every page that a part of _toc.yml names, in order."""
    if isinstance(entry, list):
        return [page for item in entry for page in pages_in_toc(item)]
    if isinstance(entry, dict):
        own = [entry["file"]] if "file" in entry else []
        return own + [page for value in entry.values() for page in pages_in_toc(value)]
    return []


def copy_notebooks(root: Path) -> list[Path]:
    """Make book/homework/*/ hold exactly the notebooks of assignments/*/, writing only what differs.

    Parameters
    ----------
    root : Path
        The course's root.

    Returns
    -------
    list of Path
        What was written or removed, relative to ``root``.

    Raises
    ------
    HomeworkError
        If a notebook that ``_toc.yml`` names has not been built.
    """
    source, target = root / "assignments", root / "book" / "homework"
    notebooks = {path.relative_to(source): path for path in source.glob("*/*.ipynb")}
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    for page in pages_in_toc(toc):
        parts = Path(page).parts
        if len(parts) == 3 and parts[0] == "homework" and Path(*parts[1:]).with_suffix(".ipynb") not in notebooks:
            missing = f"assignments/{'/'.join(parts[1:])}.ipynb"
            raise HomeworkError(f"_toc.yml names {page}, but {missing} is missing: run `make assignments`.")

    changed = []
    for copy in sorted(target.glob("*/*.ipynb")):
        if copy.relative_to(target) not in notebooks:
            copy.unlink()
            changed.append(copy.relative_to(root))
            if not any(copy.parent.iterdir()):
                copy.parent.rmdir()
    for name, path in sorted(notebooks.items()):
        copy = target / name
        if not copy.is_file() or copy.read_bytes() != path.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            changed.append(copy.relative_to(root))
    return changed


def setup(app):
    from sphinx.errors import ConfigError

    try:
        copy_notebooks(Path(app.srcdir).parent)
    except HomeworkError as error:
        raise ConfigError(str(error)) from None
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    try:
        for path in copy_notebooks(Path(__file__).resolve().parents[2]):
            print(path)
    except HomeworkError as error:
        sys.exit(str(error))
