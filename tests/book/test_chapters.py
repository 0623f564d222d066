"""Every chapter has the parts that a reader is promised; the parts that need no form (Start, Teach, …) are left out."""

import re
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
PARTS = ("recap", "schedules", "optimizers", "overfitting", "gradients", "practical")
NO_CHAPTERS = {"optimizers/explorable-race.md"}  # a page that is one explorable
CHAPTERS = [
    path for part in PARTS for path in sorted((BOOK / part).glob("*.md")) if f"{part}/{path.name}" not in NO_CHAPTERS
]
HOMEWORK = re.compile(r"homework/[1-5]-[a-z-]+")
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?:---\n(?P<options>.*?)\n---\n)?(?P<code>.*?)^```$", re.M | re.S)
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: f"{path.parent.name}/{path.stem}")


def section(text: str, heading: str) -> str:
    """The text under a heading, up to the next of its level."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert found, f"no section {heading!r}"
    return found[1]


def cells(text: str) -> list[tuple[bool, str]]:
    """A page's code cells: (whether the reader sees it unfolded, its code)."""
    return [("-input" not in (found["options"] or ""), found["code"]) for found in CELL.finditer(text)]


@each_chapter
def test_it_asks_first_and_says_what_for_and_how_long(path):
    text = path.read_text()
    head = text[: text.index("\n## ")]
    assert re.search(r"^:::+\{admonition\} The question\n:class: important", head, re.M)
    assert re.search(r"When you have read this page, you can\n\n(- .+\n(  .+\n)*){2,}", head)
    assert re.search(r"about \d+ minutes", head)
    assert HOMEWORK.search(head), "no link to the homework that belongs to it"


@each_chapter
def test_the_reader_predicts_before_a_cell_shows(path):
    text = path.read_text()
    asked = [found.start() for found in re.finditer(r"^::::+\{admonition\} Predict first\n:class: tip", text, re.M)]
    assert asked
    for start in asked:
        end = re.search(r"^::::+$", text[start:], re.M).start() + start
        assert ":class: dropdown" in text[start:end], "the answer is not folded"
        assert CELL.search(text, end), "nothing is shown after it"


@each_chapter
def test_a_figure_carries_the_argument_and_is_described(path):
    text = path.read_text()
    figures = [found["options"] for found in CELL.finditer(text) if "figure:" in (found["options"] or "")]
    assert figures
    for options in figures:
        assert re.search(r"name: fig-", options) and "caption:" in options
        assert re.search(r"alt: (>-\n +)?\S.{10,}", options), "a figure without alternative text"


@each_chapter
def test_claims_are_asserted_and_cells_are_short(path):
    found = cells(path.read_text())
    assert sum(code.count("assert ") + code.count("assert_") for _, code in found) >= 5
    long = [code.splitlines()[0] for shown, code in found if shown and len(code.strip().splitlines()) > 15]
    assert long == []


@each_chapter
def test_three_to_five_questions_and_three_exercises_with_hint_and_solution(path):
    text = path.read_text()
    assert 3 <= len(re.findall(r"^```+\{question\} ", section(text, "Check yourself"), re.M)) <= 5
    exercises = section(text, "Exercises")
    labels = re.findall(r"^```\{exercise\}.*\n:label: (\S+)", exercises, re.M)
    assert len(labels) >= 3
    assert re.findall(r"\{solution-start\} (\S+)\n:class: dropdown", exercises) == labels
    assert len(re.findall(r"\{admonition\} Hint\n:class: dropdown", exercises)) >= len(labels)


@each_chapter
def test_it_tells_what_goes_wrong_and_where_to_read_on(path):
    text = path.read_text()
    assert len(section(text, "What can go wrong").split()) > 40
    assert "{cite:" in section(text, "Further reading")
    assert section(text, "Summary").strip()


def test_labels_of_exercises_and_figures_are_the_books_own():
    text = "\n".join(path.read_text() for path in BOOK.rglob("*.md"))
    for pattern in (r"^:label: (exercise-\S+)", r"^ +name: (fig-\S+)"):
        names = re.findall(pattern, text, re.M)
        assert sorted(names) == sorted(set(names))
        assert names
