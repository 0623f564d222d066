"""Pages on paper: the article alone, black on white in either scheme, with what is folded still folded."""

import json
import re

import pytest
from site_checks import ROOT, SCHEMES, SITE, in_browser, serve

PAGES = ["optimizers/adagrad-rmsprop.html", "optimizers/explorable-race.html"]
WIDE = [
    "homework/2-optimizers/from-scratch.html",  # its code has lines of 120 characters
    "appendix/conventions.html",  # tables of six columns, with code in them
    "appendix/keras-2-to-3.html",
]
PAPER = 690  # px, about what is left of A4 between the margins

# Two visits of a browser to long pages.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def printed():
    """What print_in_browser.mjs tells, by page and scheme."""
    assert (SITE / PAGES[0]).is_file(), "there is no website in _build/html: run `make book` first"
    found = {}
    with serve(SITE) as origin:
        for scheme in SCHEMES:
            said = in_browser(ROOT / "tests/book/print_in_browser.mjs", origin, scheme, str(PAPER), *PAGES, *WIDE)
            found |= {(one["page"], scheme): one for one in json.loads(said)}
    return found


def gray(color):
    """The mean of a color's parts, from 0 to 255; what is wholly transparent counts as white."""
    parts = [float(part) for part in re.findall(r"[\d.]+", color)]
    return 255.0 if len(parts) == 4 and parts[3] == 0 else sum(parts[:3]) / 3


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("page", PAGES)
def test_the_article_is_shown_and_what_surrounds_it_is_not(printed, page, scheme):
    screen, paper = (printed[page, scheme][where]["counts"] for where in ("screen", "paper"))
    for name in ("article", "figures", "titles"):
        there, seen = paper[name]
        assert seen == there, name
    assert paper["article"][0] >= 2
    for name in ("sidebars", "buttons"):
        assert screen[name][1] > 0 and paper[name][1] == 0, name


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("page", PAGES)
def test_folded_stays_folded_and_what_was_opened_is_printed(printed, page, scheme):
    found = printed[page, scheme]["paper"]["counts"]
    assert found["answers"][0] > 0 and found["answers"][1] == 0
    assert found["hiddenCode"][0] > 0 and found["hiddenCode"][1] == 0
    opened = printed[page, scheme]["opened"]
    assert opened["answers"] > 0 and opened["buttons"] == 0


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("page", [*PAGES, *WIDE])
def test_paper_is_white_and_nothing_is_cut(printed, page, scheme):
    found = printed[page, scheme]["paper"]
    assert gray(found["ink"]) < 60
    assert all(gray(color) < 160 for color in found["code"])
    assert {gray(color) for color in found["grounds"]} == {255}
    assert found["cut"] == 0
    assert found["width"] <= PAPER  # or Chromium shrinks the whole document
