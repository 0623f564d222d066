"""The built website, page by page: nothing from elsewhere, no errors, readable by everyone, no answer given away.

NN2_SAMPLE_PAGES=N visits N pages in the browser and names those it left out; NN2_SHOTS=FOLDER keeps screenshots.
"""

import os
import warnings
from pathlib import Path

import counts
import homework_answers
import pytest
import site_checks
from site_checks import ROOT, SCHEMES, SITE, SiteError

PAGES = site_checks.find_pages(SITE)
COUNT = int(os.environ.get("NN2_SAMPLE_PAGES") or counts.count("pages of the website in a browser"))
VISITED = site_checks.sample_pages(PAGES, COUNT)
LEFT_OUT = [page for page in PAGES if page not in VISITED]

EXERCISE = '# %% exercise="f"\ndef f(a, b):\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION\n'
TINY = """<!doctype html><html lang="en"><head><title>A tiny page</title>
<style>body {{ background: #fff; color: #000; }}</style>{head}</head>
<body><main><h1>A tiny page</h1><p id="here">Some text.</p>{body}</main></body></html>"""


@pytest.fixture(scope="module")
def visits():
    """What the browser found, by page and scheme."""
    if not PAGES:
        pytest.fail("there is no website in _build/html: run `make book` first", pytrace=False)
    if LEFT_OUT:
        warnings.warn(f"{COUNT} pages visited; left out: {', '.join(LEFT_OUT)}", stacklevel=1)
    try:
        found = site_checks.visit(SITE, VISITED, shots=os.environ.get("NN2_SHOTS"))
    except SiteError as error:
        pytest.fail(str(error), pytrace=False)
    return {(entry["page"], entry["scheme"]): entry for entry in found}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("page", VISITED or ["index.html"])
def test_page_is_whole_local_light_and_readable_by_everyone(visits, page, scheme):
    found = visits[page, scheme]
    assert "violations" in found, f"{page} was not looked at: {found['console']}"
    assert scheme == "dark" or "overflow" in found
    assert not site_checks.complaints(found), "\n".join([f"{page} in {scheme}:", *site_checks.complaints(found)])


def test_internal_links_resolve_and_nothing_is_loaded_from_elsewhere():
    assert PAGES, "there is no website in _build/html: run `make book` first"
    broken = site_checks.broken_links(SITE)
    assert not broken, "\n".join(f"{page} {said}" for page, all_said in broken.items() for said in all_said)


def test_every_page_of_the_contents_is_built_and_carries_the_course_title():
    from course_file import load_course
    from homework import pages_in_toc
    from yaml import safe_load

    toc = safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    expected = [toc["root"], *pages_in_toc(toc)]
    missing = [page for page in expected if f"{page}.html" not in PAGES]
    assert not missing, f"_toc.yml names pages that _build/html lacks: {missing}; run `make book`"
    title = load_course(ROOT / "course.toml").title
    assert all(title in (SITE / f"{page}.html").read_text(encoding="utf-8") for page in expected)


def files_that_students_see() -> list[Path]:
    """Sources of the book, released notebooks, and what the site offers for download."""
    folders = (ROOT / "book", ROOT / "assignments", SITE / "_downloads", SITE / "_sources")
    paths = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".md", ".ipynb", ".py")]
    return sorted(path for path in paths if not {"__pycache__", ".ipynb_checkpoints", ".venv"} & set(path.parts))


def known_answers() -> dict:
    """Every exercise in solutions/ but the excepted one, with the forms of its answer."""
    known = {}
    for path in sorted((ROOT / "solutions").glob("*/*.py")):
        known |= homework_answers.answers(path.read_text(encoding="utf-8"))
    return known


def test_homework_answers_are_nowhere_in_the_book_or_the_site():
    known, files = known_answers(), files_that_students_see()
    assert {"adagrad_step", "rmsprop_step", "adam_step"} <= {name for name, forms in known.items() if forms}
    assert "momentum_step" not in known
    assert any(homework_answers.code_in(path) for path in files if path.suffix == ".md")
    assert not homework_answers.revealed(files, known)


@pytest.mark.parametrize("exercise", ["adagrad_step", "rmsprop_step", "adam_step"])
def test_a_renamed_answer_is_found(tmp_path, exercise):
    region = next(
        homework_answers.REGION.search(cell)[1]
        for path in (ROOT / "solutions").glob("*/*.py")
        for cell in path.read_text(encoding="utf-8").split("# %%")
        if f'exercise="{exercise}"' in cell
    )
    renamed = region.replace("accumulator", "total").replace("weights", "w").replace("gradient", "slope")
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n```{{code-cell}} python\n:tags: [hide-input]\n\ndef step():\n{renamed}```\n")
    assert homework_answers.revealed([page], known_answers()) == [f"page.md shows the answer to {exercise}"]
    page.write_text(page.read_text().replace("np.sqrt(", "np.exp("))
    assert homework_answers.revealed([page], known_answers()) == []


def test_augmented_assignment_and_a_missing_return_hide_nothing():
    known = homework_answers.answers(EXERCISE.format(body="a = a + b\n    c = a * b\n    return c"))
    assert homework_answers.shown("for x in xs:\n    s += g\n    t = s * g\n    print(t)", known) == ["f"]
    assert homework_answers.shown("s += g\nt = g * s", known) == []


def test_a_single_formula_is_not_an_answer():
    known = homework_answers.answers(EXERCISE.format(body="return a * b"))
    assert known == {"f": []}


FAULTS = {
    "sound": ("", "", None),
    "image": ("", '<img src="https://example.org/a.png" alt="">', "asks another host for https://example.org/a.png"),
    "console": ("<script>console.error('oh no')</script>", "", "writes to the console: oh no"),
    "exception": ("<script>undefined.nothing</script>", "", "writes to the console: TypeError"),
    "missing": ("", '<script src="gone.js"></script>', "fails to load"),
    "contrast": ("", '<p style="color: #ccc">Hard to read</p>', "breaks axe's rule color-contrast (serious)"),
    "unnamed": ("", "<button></button>", "breaks axe's rule button-name (critical)"),
    "wide": ("", '<div style="width: 1000px; height: 2px">wide</div>', "is 1008 px wide at 390 px"),
    "cut": ("<style>html { overflow-x: hidden }</style>", '<div style="width: 1000px">wide</div>', "at 390 px: <div"),
    "heavy": ("", '<img src="heavy.svg" alt="">', "bytes of its own, more than 500000"),
    "folded": ("", '<details><summary>More</summary><p style="color: #ddd">Pale</p></details>', "color-contrast"),
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A made-up site with one fault a page, and what the browser says of it."""
    site = tmp_path_factory.mktemp("site")
    for name, (head, body, _) in FAULTS.items():
        (site / f"{name}.html").write_text(TINY.format(head=head, body=body))
    (site / "heavy.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><!--{"x" * 500_000}--></svg>')
    (site / "favicon.ico").write_bytes(b"")
    try:
        return site_checks.visit(site, site_checks.find_pages(site), schemes=["light"], timeout=120)
    except SiteError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.mark.parametrize("name", FAULTS)
def test_the_checker_finds_each_fault_and_no_other(tiny, name):
    said = [sentence for found in tiny if found["page"] == f"{name}.html" for sentence in site_checks.complaints(found)]
    expected = FAULTS[name][2]
    if expected is None:
        assert said == []
    else:
        assert any(expected in sentence for sentence in said), said


def test_a_page_in_the_wrong_scheme_is_a_complaint():
    found = {"scheme": "dark", "theme": "light", "foreign": [], "failed": [], "console": [], "loaded": {}}
    assert site_checks.complaints(found) == ["is shown in light where dark was asked for"]


def test_shared_assets_do_not_count_but_an_explorable_does():
    loaded = {
        "/a.html": 10,
        "/_static/mathjax/tex.js": 9_000_000,
        "/_static/explorables/race.js": 5,
        "/_images/a.svg": 7,
    }
    assert site_checks.weight(loaded) == 22


def test_the_link_checker_finds_each_fault(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.html").write_text('<p id="there"><a href="../a.html">back</a></p>')
    good = '<a href="sub/b.html#there">b</a><a href="#top">top</a><i id="top"></i><a href="https://example.org">x</a>'
    (tmp_path / "a.html").write_text(good)
    assert site_checks.broken_links(tmp_path) == {}
    faults = {
        '<a href="sub/c.html">': "links to sub/c.html, which is not in the site",
        '<a href="sub/b.html#nowhere">': "links to sub/b.html#nowhere, and sub/b.html has no such anchor",
        '<a href="#nowhere">': "links to #nowhere, and a.html has no such anchor",
        '<img src="gone.png">': "links to gone.png, which is not in the site",
        '<a href="../outside.html">': "links to ../outside.html, which is not in the site",
        '<script src="https://example.org/a.js">': "would load https://example.org/a.js",
        '<link rel="preconnect" href="https://example.org">': "would load https://example.org",
    }
    for fault, sentence in faults.items():
        (tmp_path / "a.html").write_text(good + fault)
        assert site_checks.broken_links(tmp_path) == {"a.html": [sentence]}


def test_a_sample_is_the_same_each_time_and_never_too_large():
    pages = [f"{number}.html" for number in range(20)]
    assert site_checks.sample_pages(pages, 5) == site_checks.sample_pages(pages, 5)
    assert len(set(site_checks.sample_pages(pages, 5))) == 5
    assert site_checks.sample_pages(pages, None) == site_checks.sample_pages(pages, 50) == pages


@pytest.mark.parametrize("missing", ["chromium", "node"])
def test_a_missing_program_is_one_sentence(monkeypatch, tmp_path, missing):
    monkeypatch.setattr(site_checks.shutil, "which", lambda name: None if name == missing else f"/usr/bin/{name}")
    with pytest.raises(SiteError, match=f"^{missing} is not installed: run `make system`"):
        site_checks.visit(tmp_path, [])


def test_missing_node_modules_are_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(site_checks, "ROOT", tmp_path)
    monkeypatch.setattr(site_checks.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(SiteError, match=r"^node_modules/ lacks .*: run `npm ci`"):
        site_checks.visit(tmp_path, [])
