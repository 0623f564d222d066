"""Look at a built site: serve it, visit its pages in Chromium, and say in sentences what is wrong with each."""

import functools
import http.server
import json
import random
import shutil
import subprocess
import threading
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
SCHEMES = ("light", "dark")
PAGE_LIMIT = 500_000  # bytes that a page may load beside what all pages share
SHARED = ("/_static/", "/_sphinx_design_static/", "/searchindex.js")
OWN_STATIC = "/_static/explorables/"  # under _static/, yet loaded by the pages that use it alone
LOUD = ("serious", "critical")
HOST_TAGS = {"script", "img", "iframe", "audio", "video", "source", "embed", "object", "track"}
QUIET_LINKS = {"canonical", "prev", "next", "search", "index", "author", "license"}  # <link>s that load nothing


class SiteError(Exception):
    """The site cannot be looked at; the message is one sentence that says what to do."""


def find_pages(site: Path) -> list[str]:
    """Every page of the site, as a path from its root; theme templates in _static/ are none."""
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return [page for page in found if not page.startswith("_static/")]


def sample_pages(pages: list[str], count: int | None) -> list[str]:
    """``count`` of the pages, the same ones each time; all of them if ``count`` is None or large."""
    if count is None or count >= len(pages):
        return pages
    return sorted(random.Random("pages").sample(pages, count))


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """A file server that does not report each request."""

    def log_message(self, *args):
        pass


@contextmanager
def serve(site: Path):
    """Serve a folder on a free port of 127.0.0.1; gives the address."""
    handler = functools.partial(QuietHandler, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def visit(site: Path, pages: list[str], schemes=SCHEMES, shots: str | None = None, timeout: float = 600) -> list[dict]:
    """Visit each page in each scheme, in light also at 390 px; one dict for each, as check_pages.mjs prints it.

    Parameters
    ----------
    site : Path
        The built site.
    pages : list of str
        Pages to visit, from the site's root.
    schemes : sequence of {"light", "dark"}
        The color schemes to visit them in.
    shots : str, optional
        A folder for screenshots.
    timeout : float
        Seconds that the whole visit may take.

    Raises
    ------
    SiteError
        If Chromium, node or node_modules/ is missing, or the visit itself fails.
    """
    with serve(site) as origin:
        return visit_at(origin, pages, schemes, shots, timeout)


def find_browser() -> tuple[str, str]:
    """Where node and Chromium are.

    Raises
    ------
    SiteError
        If one of them is not installed, or what they need from npm.
    """
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        missing = "chromium" if chromium is None else "node"
        raise SiteError(f"{missing} is not installed: run `make system`, or install it with the system's packages.")
    if not (ROOT / "node_modules" / "playwright-core").is_dir() or not (ROOT / "node_modules" / "axe-core").is_dir():
        raise SiteError("node_modules/ lacks playwright-core or axe-core: run `npm ci` in the course's root.")
    return node, chromium


def in_browser(script: Path, address: str, *arguments, timeout: float = 180) -> str:
    """Run a check in a browser, ``node script address Chromium's-path …``; return what it prints.

    Raises
    ------
    AssertionError
        If it fails, with what it said.
    """
    node, chromium = find_browser()
    done = subprocess.run(
        [node, script, address, chromium, *arguments], capture_output=True, text=True, timeout=timeout, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def visit_at(origin: str, pages: list[str], schemes=SCHEMES, shots: str | None = None, timeout: float = 600):
    """Do the same with a site that something else serves at ``origin``."""
    node, chromium = find_browser()
    order = json.dumps({"origin": origin, "pages": pages, "schemes": schemes, "chromium": chromium, "shots": shots})
    script = str(Path(__file__).parent / "check_pages.mjs")
    try:
        run = subprocess.run([node, script], input=order, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise SiteError(f"the browser did not finish {len(pages)} pages within {timeout:g} s.") from None
    if run.returncode != 0:
        raise SiteError(f"the browser's visit failed: {run.stderr.strip()[-2000:]}")
    return json.loads(run.stdout)


def weight(loaded: dict[str, int]) -> int:
    """Bytes that a page loads beside the assets that all pages share."""
    return sum(size for path, size in loaded.items() if not path.startswith(SHARED) or path.startswith(OWN_STATIC))


def complaints(found: dict) -> list[str]:
    """What is wrong with one page in one scheme, a sentence each; an empty list if nothing is."""
    said = [f"asks another host for {address}" for address in found["foreign"]]
    said += [f"fails to load {request}" for request in found["failed"]]
    said += [f"writes to the console: {message}" for message in found["console"]]
    if found.get("theme") not in (None, found["scheme"]):
        said.append(f"is shown in {found['theme']} where {found['scheme']} was asked for")
    for violation in found.get("violations", []):
        if violation["impact"] in LOUD:
            said.append(f"breaks axe's rule {violation['id']} ({violation['impact']}): {'; '.join(violation['nodes'])}")
    box = found.get("overflow")
    if box and (box["culprits"] or box["scrollWidth"] > box["width"]):
        said.append(f"is {box['scrollWidth']} px wide at {box['width']} px: {'; '.join(box['culprits'])}")
    if weight(found["loaded"]) > PAGE_LIMIT:
        said.append(f"loads {weight(found['loaded'])} bytes of its own, more than {PAGE_LIMIT}")
    return said


class Links(HTMLParser):
    """Collects a page's anchors, what it links to, and what it would load from another host."""

    def __init__(self):
        super().__init__()
        self.anchors, self.targets, self.foreign = set(), [], []

    def handle_starttag(self, tag, attributes):
        given = {name: value for name, value in attributes if value is not None}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        targets = [given[name] for name in ("href", "src", "data", "poster") if name in given]
        targets += [entry.split()[0] for entry in given.get("srcset", "").split(",") if entry.strip()]
        for target in targets:
            parts = urlsplit(target)
            if not parts.scheme and not parts.netloc:
                self.targets.append(target)
            elif parts.netloc and (
                tag in HOST_TAGS or (tag == "link" and not set(given.get("rel", "").split()) & QUIET_LINKS)
            ):
                self.foreign.append(target)


def read_links(page: Path) -> Links:
    """A page's anchors and links."""
    links = Links()
    links.feed(page.read_text(encoding="utf-8"))
    return links


def broken_links(site: Path) -> dict[str, list[str]]:
    """For each page that has any: links that lead nowhere in the site, and things it would load from elsewhere."""
    read = {page: read_links(site / page) for page in find_pages(site)}
    broken = {}
    for page, links in read.items():
        said = [f"would load {address}" for address in links.foreign]
        for target in dict.fromkeys(links.targets):
            parts = urlsplit(target)
            path = ((site / page).parent / unquote(parts.path)).resolve() if parts.path else (site / page).resolve()
            if path.is_dir():
                path /= "index.html"
            if not path.is_relative_to(site.resolve()) or not path.is_file():
                said.append(f"links to {target}, which is not in the site")
                continue
            name = path.relative_to(site.resolve()).as_posix()
            if parts.fragment and name in read and unquote(parts.fragment) not in read[name].anchors:
                said.append(f"links to {target}, and {name} has no such anchor")
        if said:
            broken[page] = said
    return broken
