"""Sphinx extension: mends what the theme and its friends get wrong for keyboards and screen readers.

Each mend is held by the axe checks of tests/book/test_site.py, which fail where a mend no longer fits the theme.
"""

from pathlib import Path

# In a page's body: what stands there, and what should.
MENDS = (
    # A folded cell's own words, such as "Show code cell source", are its name.
    ('<summary aria-label="Toggle hidden content">', "<summary>"),
    # A list needs items; the role that docutils gives them is deprecated.
    ('role="doc-biblioentry"', 'role="listitem"'),
)


def mend_body(body: str) -> str:
    """A page's body with every mend of ``MENDS`` applied."""
    for found, mended in MENDS:
        body = body.replace(found, mended)
    return body


def name_toggles(soup):
    """Name each unnamed toggle of the sidebar after the page whose children it shows."""
    for summary in soup.select("summary:not([aria-label])"):
        link = summary.find_parent("li").find("a")
        summary["aria-label"] = f"Pages in {link.get_text(strip=True)}"
    return soup


def mend_page(app, pagename, templatename, context, doctree):
    """Apply the mends to one page before its template is filled."""
    if "body" in context:
        context["body"] = mend_body(context["body"])
    toctree = context.get("generate_toctree_html")
    if toctree:
        context["generate_toctree_html"] = lambda *args, **options: name_toggles(toctree(*args, **options))


def prepare(app, config):
    """Put our templates before the theme's, and say which color mode a first visit starts with."""
    config.templates_path.append(str(Path(__file__).parent / "templates"))
    config.html_context.setdefault("default_mode", "auto")  # left out, the theme reports an error on a first visit


def setup(app):
    app.connect("config-inited", prepare)
    app.connect("html-page-context", mend_page, priority=800)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
