"""The book's own Sphinx extensions: what each decides, and small books built with them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import accessibility
import conventions_table
import course_links
import execution
import exercise_table
import homework
import lanes_table
import local_assets
import navigation
import pytest
import report_card
from bs4 import BeautifulSoup
from course_file import Course, CourseFileError, load_course
from docutils import nodes
from sphinx.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
FILLED = Course("A Course", "a-course", "a-university", "the-course", "main", "https://example.org/course")
EMPTY = Course("A Course", "a-course")
COURSE_TABLE = '[course]\ntitle = "A Course"\nid = "a-course"\n'
CONF = """
extensions = ["myst_nb", "sphinx_design", "sphinx_external_toc", "sphinx_book_theme", "course_links", "homework",
              "exercise_table", "execution", "accessibility", "navigation"]
html_theme = "sphinx_book_theme"
html_theme_options = {"path_to_docs": "book"}
external_toc_path = "../_toc.yml"
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_excludepatterns = ["homework/*/*.ipynb"]
html_search = False
"""


def notebook(*cells) -> dict:
    """A notebook whose cells are (type, source, nbgrader mark or None)."""
    return {
        "cells": [
            {"cell_type": kind, "id": f"c{number}", "source": source, "metadata": {"nbgrader": mark} if mark else {}}
            | ({"outputs": [], "execution_count": None} if kind == "code" else {})
            for number, (kind, source, mark) in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


RELEASED = notebook(
    ("markdown", "# From scratch\n\n- **Time:** about 90 minutes. Running it is quick.", None),
    ("code", "def f():\n    raise NotImplementedError()", {"grade": False, "solution": True, "grade_id": "f"}),
    ("code", "assert f() == 1", {"grade": True, "solution": False, "grade_id": "check_f", "points": 4}),
    ("markdown", "YOUR ANSWER HERE", {"grade": True, "solution": True, "grade_id": "why", "points": 2.5}),
)


@pytest.fixture
def course(tmp_path):
    """A small course on disk: a page with Colab links, and one homework notebook; not yet built."""
    for folder in ("book/homework", "book/nn2", "assignments/1-first"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "course.toml").write_text(COURSE_TABLE)
    (tmp_path / "requirements.lock").write_text("numpy==2.0\n")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n- file: homework/1-first\n  sections:\n"
        "  - file: homework/1-first/from-scratch\n"
    )
    (tmp_path / "assignments/1-first/from-scratch.ipynb").write_text(json.dumps(RELEASED))
    (tmp_path / "book/index.md").write_text("# A Course\n\nWelcome.\n")
    (tmp_path / "book/homework/1-first.md").write_text(
        "# First\n\n{colab}`1-first/from-scratch.ipynb` {colab}`There <1-first/from-scratch.ipynb>`\n\n"
        "```{exercise-table} 1-first\n```\n"
    )
    (tmp_path / "book/conf.py").write_text(CONF)
    return tmp_path


def build(root: Path) -> subprocess.CompletedProcess:
    """Build the small course with Sphinx, warnings as errors, into ``root/_build/html``."""
    paths = os.pathsep.join([str(ROOT / "book" / "_ext"), str(root / "book")])
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "book", "_build/html"]
    environment = os.environ | {"PYTHONPATH": paths}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=180)


def soup(root: Path, page: str) -> BeautifulSoup:
    """A built page."""
    return BeautifulSoup((root / "_build/html" / page).read_text(encoding="utf-8"), "html.parser")


# course.toml


def test_the_course_file_in_the_repository_is_sound():
    course = load_course(ROOT / "course.toml")
    assert course.title and course.id
    assert course.hosted == bool(course.owner)


def test_links_of_a_hosted_course():
    assert FILLED.hosted
    assert FILLED.repository_url == "https://github.com/a-university/the-course"
    assert FILLED.source_url("book/a b.md") == "https://github.com/a-university/the-course/blob/main/book/a%20b.md"
    assert FILLED.colab_url("assignments/2-optimizers/from-scratch.ipynb") == (
        "https://colab.research.google.com/github/a-university/the-course/blob/main/"
        "assignments/2-optimizers/from-scratch.ipynb"
    )
    assert FILLED.issue_url("optimizers/adam") == (
        "https://github.com/a-university/the-course/issues/new?title=Mistake+on+the+page+optimizers%2Fadam"
    )


def test_a_course_without_a_repository_has_no_links():
    assert not EMPTY.hosted
    links = (EMPTY.repository_url, EMPTY.source_url("a"), EMPTY.colab_url("a.ipynb"), EMPTY.issue_url("a"))
    assert links == ("", "", "", "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title =", "course.toml: is not TOML: "),
        (
            COURSE_TABLE + '[hosting]\nowner = "me/mine"\nrepository = "r"',
            "owner in [hosting] must be a GitHub account",
        ),
        (COURSE_TABLE + "[hosting]\nowner = 3", "owner in [hosting] must be a GitHub account"),
        (COURSE_TABLE + '[hosting]\nbranch = "a b"', "branch in [hosting] must be a branch's name"),
        (COURSE_TABLE + '[hosting]\nsite = "example.org"', "site in [hosting] must be an address"),
        (COURSE_TABLE + '[hosting]\nsite = "https://example.org?a=1"', "site in [hosting] must be an address"),
        (COURSE_TABLE + '[hosting]\nrepo = "r"', "[hosting] has the keys owner, repository, branch, site; got 'repo'"),
        (COURSE_TABLE + "[host]\n", "expected the tables [course] and [hosting], got 'host'"),
        ('owner = "me"\n' + COURSE_TABLE, "expected the tables [course] and [hosting], got 'owner'"),
        (COURSE_TABLE + '[hosting]\nowner = "me"', "[hosting] names the owner but not the repository"),
        (COURSE_TABLE + '[hosting]\nrepository = "r"', "[hosting] names the repository but not the owner"),
        ('[course]\ntitle = "T"', "id in [course] is missing"),
        ('[course]\ntitle = "T"\nid = "A B"', "id in [course] must be lower-case letters"),
        ('[course]\ntitle = " "\nid = "a"', "title in [course] must be some text"),
    ],
)
def test_a_bad_course_file_is_one_sentence(tmp_path, text, sentence):
    (tmp_path / "course.toml").write_text(text)
    with pytest.raises(CourseFileError) as raised:
        load_course(tmp_path / "course.toml")
    assert str(raised.value).startswith("course.toml: ")
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_course_file_is_one_sentence(tmp_path):
    with pytest.raises(CourseFileError, match=r"^course\.toml: cannot be read"):
        load_course(tmp_path / "course.toml")


# a small book, hosted and not


def test_a_book_without_a_repository_shows_no_outside_links(course):
    run = build(course)
    assert run.returncode == 0, run.stderr
    for page in ("index.html", "homework/1-first.html", "homework/1-first/from-scratch.html"):
        html = str(soup(course, page))
        assert "github.com" not in html
        assert "olab" not in html
    cells = [cell.get_text(strip=True) for cell in soup(course, "homework/1-first.html").select("table.exercises td")]
    assert cells == [
        "From scratch, about 90 minutes", "f", "4", "probes", "why", "2.5", "a person", "Together", "6.5", "",
    ]  # fmt: skip


def test_a_hosted_book_shows_colab_source_and_report_links(course):
    hosting = '[hosting]\nowner = "me"\nrepository = "mine"\nsite = "https://example.org/c"\n'
    (course / "course.toml").write_text(COURSE_TABLE + hosting)
    run = build(course)
    assert run.returncode == 0, run.stderr

    page = soup(course, "homework/1-first.html")
    address = "https://colab.research.google.com/github/me/mine/blob/main/assignments/1-first/from-scratch.ipynb"
    links = [(link.get_text(), link["href"]) for link in page.select("a.colab")]
    assert links == [("Open from-scratch.ipynb in Colab", address), ("There", address)]
    assert page.select_one("link[rel=canonical]")["href"] == "https://example.org/c/homework/1-first.html"

    def buttons(name):
        group = soup(course, name).select_one(".dropdown-source-buttons")
        return {link.get_text(strip=True): link["href"] for link in group.select("a")}

    repository = "https://github.com/me/mine"
    assert buttons("homework/1-first.html") == {
        "Show source": f"{repository}/blob/main/book/homework/1-first.md?plain=1",
        "Suggest edit": f"{repository}/edit/main/book/homework/1-first.md",
        "Report a mistake": f"{repository}/issues/new?title=Mistake+on+the+page+homework%2F1-first",
    }
    assert buttons("homework/1-first/from-scratch.html") == {
        "Show source": f"{repository}/blob/main/assignments/1-first/from-scratch.ipynb",
        "Report a mistake": f"{repository}/issues/new?title=Mistake+on+the+page+homework%2F1-first%2Ffrom-scratch",
    }


def test_a_link_to_a_missing_notebook_and_a_table_without_exercises_fail_the_build(course):
    (course / "assignments/1-first/from-scratch.ipynb").write_text(json.dumps(notebook(("markdown", "# Bare", None))))
    page = course / "book/homework/1-first.md"
    page.write_text(page.read_text() + "\n{colab}`1-first/gone.ipynb`\n")
    run = build(course)
    assert run.returncode != 0
    assert "there is no notebook assignments/1-first/gone.ipynb" in run.stderr
    assert "no exercise found in homework/1-first/*.ipynb" in run.stderr


def test_a_bad_course_file_stops_the_build_with_its_sentence(course):
    (course / "course.toml").write_text(COURSE_TABLE + '[hosting]\nowner = "me"\n')
    run = build(course)
    assert run.returncode != 0
    assert "course.toml: [hosting] names the owner but not the repository" in run.stderr
    assert "Traceback" not in run.stderr


def test_mended_buttons_are_left_alone_without_a_repository():
    context = {"header_buttons": [{"type": "group", "label": "source-buttons", "buttons": [{"label": "x"}]}]}
    before = json.dumps(context)
    app = SimpleNamespace(config=SimpleNamespace(course=EMPTY))
    course_links.mend_repository_buttons(app, "index", "page.html", context, None)
    assert json.dumps(context) == before


# the cache of outputs


def test_the_cache_key_follows_nn2_the_lock_and_the_figure_style(course):
    keys = [execution.cache_key(course)]
    changes = [("book/nn2/a.py", "x = 1"), ("book/nn2/a.py", "x = 2"), ("book/nn2/sub/b.csv", "1"),
               ("book/appendix/conventions.toml", "# a"),
               ("requirements.lock", "numpy==2.1\n"), ("book/matplotlibrc", "font.size: 9")]  # fmt: skip
    for name, text in changes:
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_text(text)
        keys.append(execution.cache_key(course))
    (course / "book/nn2/a.py").rename(course / "book/nn2/c.py")
    keys.append(execution.cache_key(course))
    assert len(set(keys)) == len(changes) + 2
    for noise in ("book/nn2/__pycache__/a.pyc", "book/nn2/.hidden", "book/index.md"):
        (course / noise).parent.mkdir(exist_ok=True)
        (course / noise).write_text("noise")
    assert execution.cache_key(course) == keys[-1]


def test_only_the_last_caches_are_kept(course, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    app = SimpleNamespace(srcdir=str(course / "book"), outdir=str(course / "_build/html"))
    config = SimpleNamespace()
    used = []
    for number in range(execution.KEPT + 2):
        (course / "book/nn2/a.py").write_text(f"x = {number}")
        execution.prepare(app, config)
        used.append(Path(config.nb_execution_cache_path))
        os.utime(used[-1], (number, number))
    execution.prepare(app, config)
    assert [path for path in used if path.exists()] == used[-execution.KEPT :]
    assert Path(config.nb_execution_cache_path) == used[-1] == course / "_build/.jupyter_cache" / used[-1].name


@pytest.mark.slow  # three builds, two of which start a kernel
def test_a_change_in_nn2_reaches_the_page_that_imports_it(course):
    (course / "book/nn2/__init__.py").write_text("ANSWER = 'the old one'\n")
    (course / "book/index.md").write_text(
        "---\nkernelspec:\n  name: python3\n  display_name: Python 3\njupytext:\n  text_representation:\n"
        "    format_name: myst\n    extension: .md\n---\n# A Course\n\n```{code-cell} python\n"
        "import os\nfrom nn2 import ANSWER\nprint(ANSWER, os.environ['TF_CPP_MIN_LOG_LEVEL'])\n```\n"
    )
    assert build(course).returncode == 0
    assert "the old one 3" in soup(course, "index.html").get_text()
    first = (course / "_build/html/index.html").stat().st_mtime_ns
    assert build(course).returncode == 0
    assert (course / "_build/html/index.html").stat().st_mtime_ns == first, "nothing changed, yet the page was built"
    (course / "book/nn2/__init__.py").write_text("ANSWER = 'the new one'\n")
    shutil.rmtree(course / "book/nn2/__pycache__", ignore_errors=True)
    assert build(course).returncode == 0
    assert "the new one 3" in soup(course, "index.html").get_text()


# homework notebooks


def test_notebooks_are_copied_only_when_they_differ_and_removed_when_gone(course):
    copy = Path("book/homework/1-first/from-scratch.ipynb")
    assert homework.copy_notebooks(course) == [copy]
    assert (course / copy).read_bytes() == (course / "assignments/1-first/from-scratch.ipynb").read_bytes()
    assert homework.copy_notebooks(course) == []
    (course / "assignments/1-first/from-scratch.ipynb").write_text("{}")
    assert homework.copy_notebooks(course) == [copy]
    assert (course / copy).read_text() == "{}"
    stale = course / "book/homework/0-gone/old.ipynb"
    stale.parent.mkdir()
    stale.write_text("{}")
    assert homework.copy_notebooks(course) == [stale.relative_to(course)]
    assert not stale.parent.exists()
    assert (course / "book/homework/1-first.md").exists()


def test_a_missing_notebook_is_one_sentence(course):
    (course / "assignments/1-first/from-scratch.ipynb").unlink()
    sentence = "assignments/1-first/from-scratch.ipynb is missing: run `make assignments`."
    with pytest.raises(homework.HomeworkError, match=sentence):
        homework.copy_notebooks(course)
    with pytest.raises(ConfigError, match=sentence):
        homework.setup(SimpleNamespace(srcdir=str(course / "book")))


def test_the_exercise_table_reads_points_titles_and_times():
    assert exercise_table.exercises(RELEASED) == [("f", 4.0, False), ("why", 2.5, True)]
    assert exercise_table.heading(RELEASED) == "From scratch, about 90 minutes"
    assert exercise_table.heading(notebook(("markdown", "# Bare", None))) == "Bare"


# everything local


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"script_files": ["https://cdn.example/a.js", "_static/b.js"]}, ["https://cdn.example/a.js"]),
        ({"css_files": [SimpleNamespace(filename="//cdn.example/a.css")]}, ["//cdn.example/a.css"]),
        ({"script_files": [SimpleNamespace(filename=None)]}, []),
        ({"body": '<p><img alt="x" src="https://example.org/a.png"></p>'}, ["https://example.org/a.png"]),
        ({"body": '<a href="https://example.org">read</a> <img src="_images/a.svg">'}, []),
    ],
)
def test_what_a_page_would_load_from_elsewhere(context, expected):
    assert local_assets.loaded_from_elsewhere(context) == expected


def test_mathjax_is_copied_once_and_its_absence_is_one_sentence(tmp_path):
    app = SimpleNamespace(
        builder=SimpleNamespace(format="html"), srcdir=str(tmp_path / "book"), outdir=str(tmp_path / "out")
    )
    with pytest.raises(ConfigError, match="MathJax is not in node_modules/: run `npm ci`"):
        local_assets.copy_mathjax(app)
    package = tmp_path / "node_modules/mathjax"
    package.mkdir(parents=True)
    (package / "package.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"node_modules/mathjax has no es5/tex-mml-chtml\.js"):
        local_assets.copy_mathjax(app)
    for pattern in local_assets.MATHJAX:
        path = package / "es5" / pattern.replace("*", "some")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("first")
    local_assets.copy_mathjax(app)
    copy = tmp_path / "out/_static/mathjax/tex-mml-chtml.js"
    assert copy.read_text() == "first"
    copy.write_text("kept")
    local_assets.copy_mathjax(app)
    assert copy.read_text() == "kept"
    (package / "package.json").write_text('{"version": "next"}')
    local_assets.copy_mathjax(app)
    assert copy.read_text() == "first"


# accessibility and navigation


def test_toggles_are_named_after_their_page_and_named_ones_are_left_alone():
    tree = BeautifulSoup('<li><a href="a">Optimizers</a><details><summary></summary></details></li>', "html.parser")
    assert accessibility.name_toggles(tree).summary["aria-label"] == "Pages in Optimizers"
    tree.summary["aria-label"] = "Own"
    assert accessibility.name_toggles(tree).summary["aria-label"] == "Own"


def test_a_folded_cell_is_named_by_its_own_words():
    body = '<summary aria-label="Toggle hidden content"><span>Show code</span></summary>'
    assert accessibility.mend_body(body) == "<summary><span>Show code</span></summary>"


def test_all_pages_are_written_again_when_a_title_changes():
    titles = {"a": SimpleNamespace(astext=lambda: "A"), "b": SimpleNamespace(astext=lambda: "B")}
    env = SimpleNamespace(titles=titles, found_docs={"a", "b"})
    assert navigation.rewrite_all_if_renamed(None, env) == ["a", "b"]
    assert navigation.rewrite_all_if_renamed(None, env) == []
    env.titles["b"] = SimpleNamespace(astext=lambda: "B again")
    assert navigation.rewrite_all_if_renamed(None, env) == ["a", "b"]


def test_the_frame_key_follows_contents_and_extensions(tmp_path):
    toc = tmp_path / "_toc.yml"
    toc.write_text("root: index")
    keys = [navigation.frame_key(toc, tmp_path)]
    for name in ("_toc.yml", "one.py", "one.html"):
        (tmp_path / name).write_text(f"changed {name}")
        keys.append(navigation.frame_key(toc, tmp_path))
    assert len(set(keys)) == 4
    (tmp_path / "one.pyc").write_text("noise")
    assert navigation.frame_key(toc, tmp_path) == keys[-1]


# --- The report card ---

CARD = {
    "assignments": [
        {
            "assignment": "1-numbers",
            "provenance": {
                "command": "autograder report-card",
                "date": "2026-11-24",
                "python": "3.11.7",
                "libraries": {"numpy": "2.4.6", "keras": "3.15.1"},
                "seed": 1,
            },
            "probes": 4,
            "false_alarm": 0,
            "mistakes": [
                {
                    "name": "adds",
                    "exercise": "scale",
                    "hint": "Use `factor` <once>.",
                    "caught_by": 3,
                    "lost": 87.5,
                    "named": True,
                    "spoils": {"shift": 100.0},
                },
                {
                    "name": "idles",
                    "exercise": "scale",
                    "hint": "It does nothing.",
                    "caught_by": 0,
                    "lost": 0.0,
                    "named": False,
                    "spoils": {},
                },
            ],
            "fair_answers": [{"name": "by loop", "exercise": "scale", "score": 100.0}],
        },
        {"assignment": "2-luck", "probes": 1, "false_alarm": 4e-7, "mistakes": [], "fair_answers": []},
    ],
}


def texts_of(table):
    return [[entry.astext() for entry in row.findall(nodes.entry)] for row in table.findall(nodes.row)]


def test_the_report_card_adds_up():
    assert texts_of(report_card.overview(CARD))[1:] == [
        ["1-numbers", "4", "2", "1", "1", "1", "1", "none"],
        ["2-luck", "1", "0", "0", "0", "0", "0", "4e-07"],
        ["Together", "5", "2", "1", "1", "1", "1", "4e-07"],
    ]


def test_the_report_card_tells_each_mistake_and_each_fair_answer():
    assert texts_of(report_card.mistakes_table(CARD["assignments"][0]))[1:] == [
        ["scale", "adds", "Use factor <once>.", "caught by 3, loses 87.5 %, named; spoils shift (100 %)"],
        ["scale", "idles", "It does nothing.", "caught by 0, loses 0 %, not named"],
    ]
    assert texts_of(report_card.fair_table(CARD["assignments"][0]))[1:] == [["scale", "by loop", "100 %"]]


def test_the_report_card_tells_where_it_comes_from():
    assert report_card.provenance(CARD["assignments"][0]) == (
        "Written by autograder report-card on 2026-11-24 with Python 3.11.7, numpy 2.4.6, keras 3.15.1, and the inputs "
        "of seed 1."
    )


# --- The tables of lanes, made from the record that tools/lanes.py writes ---

RAN = {
    "date": "2026-11-24",
    "result": "failed",
    "processor": "2 cores, x86_64",
    "python": "3.11.9",
    "libraries": {"keras": "3.15.1", "jax": "0.10.2"},
    "notebooks": {
        "1-numbers/b": {"device": "jax on CPU", "seconds": 12.6, "result": "failed"},
        "1-numbers/a": {"device": "NumPy on CPU", "seconds": 3.2, "result": "passed"},
    },
}
LANES = [
    {"command": "make nbval", "backend": "tensorflow", "device": "CPU", "run": RAN | {"notebooks": {}}},
    {"command": "make nbval-jax", "backend": "jax", "device": "CPU", "run": RAN},
    {"command": "make nbval-gpu", "backend": "tensorflow", "device": "GPU", "run": None},
]


def test_the_table_of_lanes_tells_each_lanes_last_run_and_which_never_ran():
    assert texts_of(lanes_table.Lanes.table(LANES))[2:] == [
        ["make nbval-jax", "JAX", "CPU", "2026-11-24", "failed: 1 of 2 notebooks as stored",
         "2 cores, x86_64; Python 3.11.9, keras 3.15.1, jax 0.10.2"],
        ["make nbval-gpu", "TensorFlow", "GPU", "never run", "", ""],
    ]  # fmt: skip


def test_the_table_of_times_has_each_notebook_and_only_lanes_that_ran():
    assert texts_of(lanes_table.NotebookTimes.table(LANES)) == [
        ["Solved notebook", "TensorFlow on CPU", "JAX on CPU"],
        ["1-numbers/a", "not run", "3 s"],
        ["1-numbers/b", "not run", "13 s"],
    ]


def test_the_books_times_are_of_every_solved_notebook():
    record = json.loads((ROOT / "book" / "homework" / "lanes.json").read_text(encoding="utf-8"))
    solved = {f"{path.parent.name}/{path.stem}" for path in ROOT.glob("solutions/*/*.ipynb")}
    for lane in record.values():
        assert lane["run"] is None or set(lane["run"]["notebooks"]) == solved, lane["command"]
    assert record["cpu"]["run"]


# the table of conventions


def test_a_default_is_shown_as_it_is_typed():
    shown = [conventions_table.number(value) for value in (0.9, 1e-7, 0.001, 1.0, 10, True, "zeros", 0.0)]
    assert shown == ["0.9", "1e-7", "0.001", "1.0", "10", "True", '"zeros"', "0.0"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ({"of": "keras.optimizers.SGD", "argument": "momentum", "value": 0.0}, "`momentum=0.0`"),
        ({"of": "1-schedules/in-keras:f", "argument": "rate"}, "`rate`, no default"),
        ({"of": "a.B", "argument": "c", "value": 1, "text": "of the old"}, "`c=1`, of the old"),
        ({"value": "inside", "text": r"$\sqrt{s}$"}, r"$\sqrt{s}$"),
    ],
)
def test_a_cell_says_argument_default_and_text(cell, said):
    from nn2.conventions import Cell

    assert conventions_table.told(Cell(cell)) == said


def test_a_group_is_a_table_of_its_sources_and_an_unknown_one_fails_the_build(course):
    (course / "book/conf.py").write_text(CONF.replace('"execution"', '"conventions_table", "execution"'))
    (course / "book/index.md").write_text("# A Course\n\n```{conventions} waiting\n```\n")
    run = build(course)
    assert run.returncode == 0, run.stderr
    table = soup(course, "index.html").select_one("table.conventions")
    heads = [head.get_text(strip=True) for head in table.select("th")]
    assert heads == ["", "the slides", "Keras", "PyTorch", "ours"]  # no paper says anything about waiting
    line = next(line for line in table.select("tr") if "bad epochs" in line.get_text())
    assert [cell.get_text(strip=True) for cell in line.select("td")] == [
        "bad epochs before the rate falls,plateau", "–", "patienceof them", "one more thanpatience", "patienceof them",
    ]  # fmt: skip
    (course / "book/index.md").write_text("# A Course\n\n```{conventions} wating\n```\n")
    run = build(course)
    assert run.returncode != 0
    assert "conventions: expected a group of conventions.toml, got 'wating'." in run.stderr
