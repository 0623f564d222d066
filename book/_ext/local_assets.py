"""Sphinx extension: everything a page loads comes from the site itself, MathJax included."""

import re
import shutil
from pathlib import Path

from sphinx.errors import ConfigError
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
# Of MathJax: the component that pages load, its fonts, and what it fetches later (packages that a formula needs,
# the explorer for screen readers with its English rules, the other renderer of its menu).
MATHJAX = (
    "tex-mml-chtml.js",
    "output/chtml/fonts/woff-v2/*.woff",
    "output/svg.js",
    "output/svg/fonts/tex.js",
    "input/tex/extensions/*.js",
    "a11y/*.js",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
)
LOADED = re.compile(
    r"""<(?:script|img|iframe|audio|video|source|embed|link)\b[^>]*?\b(?:src|href)=["']((?:https?:)?//[^"']+)"""
)


def copy_mathjax(app):
    """Copy MathJax out of node_modules into the site's _static/mathjax, once per version."""
    if app.builder.format != "html":
        return
    package = Path(app.srcdir).parent / "node_modules" / "mathjax"
    if not (package / "package.json").is_file():
        raise ConfigError("MathJax is not in node_modules/: run `npm ci` in the course's root.")
    target = Path(app.outdir) / "_static" / "mathjax"
    stamp = (package / "package.json").read_bytes()
    if (target / "package.json").is_file() and (target / "package.json").read_bytes() == stamp:
        return
    for pattern in MATHJAX:
        found = list((package / "es5").glob(pattern))
        if not found:
            raise ConfigError(f"node_modules/mathjax has no es5/{pattern}: run `npm ci` in the course's root.")
        for path in found:
            copy = target / path.relative_to(package / "es5")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    (target / "package.json").write_bytes(stamp)


def loaded_from_elsewhere(context) -> list[str]:
    """Addresses on other hosts that a page would load: its scripts and style sheets, and what its body embeds."""
    files = [*context.get("script_files", []), *context.get("css_files", [])]
    names = [str(getattr(file, "filename", file) or "") for file in files]
    return [name for name in names if re.match(r"(https?:)?//", name)] + LOADED.findall(context.get("body", ""))


def refuse_other_hosts(app, pagename, templatename, context, doctree):
    """Warn (with -W: fail) about each thing that a page would load from another host."""
    for address in loaded_from_elsewhere(context):
        LOGGER.warning("the page would load %s: keep a copy in book/_assets instead", address, location=pagename)


def setup(app):
    app.connect("builder-inited", copy_mathjax)
    app.connect("html-page-context", refuse_other_hosts, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
