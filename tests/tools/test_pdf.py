"""tools/pdf.mjs: a website becomes one PDF, in the order of its contents, whose links lead somewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
NODE = shutil.which("node")
PAGE = """<!doctype html><html lang="en"><head><title>A book</title></head><body>
<nav class="bd-links" style="display: none"><p class="caption">Part</p>
<a class="reference internal" href="{up}part/second.html">Second page</a>
<a class="reference internal" href="{up}part/first.html">First page</a>
<a class="reference internal" href="{up}part/more/notebook.html">Notebook</a></nav>
<main><article class="bd-article">{article}</article></main></body></html>"""
ARTICLES = {
    "index.html": """<section><h1>A book<a class="headerlink" href="#">#</a></h1>
      <a href="part/first.html#here">go</a></section>""",
    "part/first.html": """<section id="here"><h1>First page</h1><a href="../index.html">up</a>
      <a href="more/notebook.html">a notebook</a><a href="https://example.org/">elsewhere</a><a href="#here">here</a>
      <div class="admonition dropdown"><p class="admonition-title">Answer</p><h3>Unfolded</h3></div></section>""",
    "part/second.html": '<section id="here"><h1>Second page</h1><h2>A <em>part</em> of it</h2></section>',
    "part/more/notebook.html": "<section><h1>Notebook</h1></section>",
}

# A browser is started for each.
pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path):
    """A website of four pages, in the shape that the theme gives them."""
    for name, article in ARTICLES.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE.format(up="../" * name.count("/"), article=article))
    return tmp_path / "site"


def make(site, pdf, *pages, **options):
    command = [NODE, ROOT / "tools" / "pdf.mjs", site, pdf, *pages]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


def titles(pdf):
    """The outline's titles, in the order of the pages."""
    objects = dict(re.findall(rb"\n(\d+) 0 obj\n(<<.*?>>)\nendobj", pdf.read_bytes(), re.S))

    def follow(number):
        while number:
            entry = objects[number]
            near, far = re.search(rb"/Title (?:\((.*?)\)|<FEFF([0-9A-F]*)>)\n", entry).groups()
            yield near.decode() if near else bytes.fromhex(far.decode()).decode("utf-16-be")
            first, following = (re.search(rb"/%s (\d+) 0 R" % name, entry) for name in (b"First", b"Next"))
            yield from follow(first and first[1])
            number = following and following[1]

    root = next(entry for entry in objects.values() if b"/Type /Outlines" in entry)
    return list(follow(re.search(rb"/First (\d+) 0 R", root)[1]))


def links(pdf):
    """Where links lead: names inside the document, addresses outside, and the names that the document has."""
    data = pdf.read_bytes()
    at = re.search(rb"/Dests (\d+) 0 R", data)[1]
    known = re.findall(rb"/(\S+) \d+ 0 R|/(\S+) \[", re.search(rb"\n%s 0 obj\n(.*?)endobj" % at, data, re.S)[1])
    inside = re.findall(rb"/Dest /(\S+?)(?=[\s/>])", data)
    return set(inside), set(re.findall(rb"/URI \((.*?)\)", data)), {one or other for one, other in known}


def test_pages_come_in_the_order_of_the_contents_without_notebooks(site, tmp_path):
    done = make(site, tmp_path / "book.pdf")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r".*book\.pdf: \d+\.\d MB in \d+ s\n", done.stdout)
    expected = ["A book", "Contents", "Second page", "A part of it", "First page", "Folded on the website", "Unfolded"]
    assert titles(tmp_path / "book.pdf") == expected
    assert len(re.findall(rb"/Type /Page\b", (tmp_path / "book.pdf").read_bytes())) == 3


def test_links_lead_into_the_document_or_to_their_address(site, tmp_path):
    assert make(site, tmp_path / "book.pdf").returncode == 0
    inside, outside, known = links(tmp_path / "book.pdf")
    assert {b"part-first--here", b"part-second", b"part-first", b"index", b"part-first--unfolded-1"} <= inside
    assert inside <= known
    assert outside == {b"https://example.org/"}


def test_some_pages_alone(site, tmp_path):
    assert make(site, tmp_path / "one.pdf", "part/second.html").returncode == 0
    assert titles(tmp_path / "one.pdf") == ["Second page", "A part of it"]


def test_what_cannot_be_is_one_sentence(site, tmp_path):
    (site / "part" / "first.html").write_text(PAGE.format(up="../", article='<img src="gone.svg" alt="">'))
    for arguments, options, sentence in (
        ((site,), {}, "expected SITE and PDF"),
        ((tmp_path, "a.pdf"), {}, "expected a built website, got .*: run `make book`"),
        ((site, "a.pdf", "part/third.html"), {}, "the contents have no page part/third.html"),
        ((site, "a.pdf"), {}, "figures are missing: .*gone.svg"),
        ((site, "a.pdf"), {"env": {"PATH": "/nowhere"}}, "chromium is not installed: run `make system`"),
    ):
        command = [NODE, ROOT / "tools" / "pdf.mjs", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, **options)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
        assert re.match(f"tools/pdf.mjs: {sentence}", done.stderr), done.stderr
        assert not (tmp_path / "a.pdf").exists()


def test_the_books_own_pages(tmp_path):
    assert (SITE / "index.html").is_file(), "there is no website in _build/html: run `make book` first"
    done = make(
        SITE, tmp_path / "book.pdf", "index.html", "optimizers/adagrad-rmsprop.html", "appendix/bibliography.html"
    )
    assert done.returncode == 0, done.stderr
    found = titles(tmp_path / "book.pdf")
    assert {"Training Deep Networks", "Adagrad and RMSProp", "Bibliography", "Folded on the website"} <= set(found)
    inside, outside, known = links(tmp_path / "book.pdf")
    assert len(inside) > 20 and inside <= known
    assert outside and all(address.startswith(b"https://") for address in outside)
    assert len(re.findall(rb"/Type /Page\b", (tmp_path / "book.pdf").read_bytes())) > 15
