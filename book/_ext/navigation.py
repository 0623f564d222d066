"""Sphinx extension: when what surrounds the pages changes, every page gets it.

Sphinx by itself writes only the pages whose own text has changed, so the others would go on showing an old side bar.
"""

import hashlib
from pathlib import Path


def frame_key(toc: Path, extensions: Path) -> str:
    """A hash of the table of contents and of the book's own extensions and templates."""
    files = [toc, *sorted(path for path in extensions.rglob("*") if path.suffix in (".py", ".html"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def note_frame(app, config):
    """Make the frame a configuration value: Sphinx reads every page again when it changes."""
    config.course_frame = frame_key(Path(app.srcdir) / config.external_toc_path, Path(__file__).parent)


def rewrite_all_if_renamed(app, env):
    """Name the pages to write again: all if some page's title changed, otherwise none."""
    titles = {page: title.astext() for page, title in env.titles.items()}
    if getattr(env, "course_titles", None) == titles:
        return []
    env.course_titles = titles
    return sorted(env.found_docs)


def setup(app):
    app.add_config_value("course_frame", "", "env", types=(str,))
    app.connect("config-inited", note_frame)
    app.connect("env-updated", rewrite_all_if_renamed)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
