"""Sphinx extension: the site's title and its links to Colab, source and issue tracker, all from course.toml."""

from pathlib import Path

from course_file import Course, CourseFileError, load_course
from docutils import nodes
from sphinx.errors import ConfigError
from sphinx.util.docutils import ReferenceRole

REPORT = "Report a mistake"


def apply_course(app, config):
    """Set title, base address and the theme's repository options; without a repository the options stay off."""
    root = Path(app.srcdir).parent
    try:
        course = load_course(root / "course.toml")
    except CourseFileError as error:
        raise ConfigError(str(error)) from None
    config.course = course
    config.course_links = repr(course)  # a value that Sphinx compares: pages are read again when the file changes
    config.project = config.html_title = course.title
    config.html_theme_options["logo"] = {"text": course.title}
    if course.site:
        config.html_baseurl = course.site.rstrip("/") + "/"
    if course.hosted:
        config.html_theme_options.update(
            repository_url=course.repository_url,
            repository_branch=course.branch,
            use_source_button=True,
            use_edit_page_button=True,
            use_issues_button=True,
        )


class ColabRole(ReferenceRole):
    """{colab}`2-optimizers/from-scratch.ipynb`: a link that opens a released notebook in Colab.

    Until course.toml names a repository it leaves nothing behind. The path is one under ``assignments/``; a text of
    your own goes before it: {colab}`Open it in Colab <2-optimizers/from-scratch.ipynb>`.
    """

    def run(self):
        path = f"assignments/{self.target}"
        if not (Path(self.env.srcdir).parent / path).is_file():
            message = f"colab: there is no notebook {path}; expected the path of a released one, from assignments/."
            return [], [self.inliner.reporter.warning(message, line=self.lineno)]
        course: Course = self.config.course
        if not course.hosted:
            return [], []
        text = self.title if self.has_explicit_title else f"Open {Path(path).name} in Colab"
        return [nodes.reference(self.rawtext, text, refuri=course.colab_url(path), classes=["colab"])], []


def mend_repository_buttons(app, pagename, templatename, context, doctree):
    """Name the issue button for what it does, and aim a homework notebook's buttons at its home in assignments/."""
    course: Course = app.config.course
    if not course.hosted:
        return
    groups = [button for button in context["header_buttons"] if button["type"] == "group"]
    for group in groups:
        if group["label"] != "source-buttons":
            continue
        notebook = context.get("page_source_suffix") == ".ipynb" and pagename.startswith("homework/")
        kept = []
        for button in group["buttons"]:
            if button["label"] == "source-issues-button":
                button |= {"text": REPORT, "tooltip": f"{REPORT} on this page", "url": course.issue_url(pagename)}
            elif notebook and button["label"] == "source-edit-button":
                continue  # generated: nobody edits it there
            elif notebook and button["label"] == "source-file-button":
                button["url"] = course.source_url(f"assignments/{pagename.removeprefix('homework/')}.ipynb")
            kept.append(button)
        group["buttons"] = kept
        group["tooltip"] = "Source, and mistakes"


def setup(app):
    app.add_config_value("course", None, "", types=(Course,))
    app.add_config_value("course_links", "", "env", types=(str,))
    app.connect("config-inited", apply_course)
    app.connect("html-page-context", mend_repository_buttons, priority=600)  # after the theme has made its buttons
    app.add_role("colab", ColabRole())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
