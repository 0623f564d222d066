"""Self-check questions: what the directive accepts and makes, what the script does, and what is left without it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from site_checks import in_browser, serve

ROOT = Path(__file__).resolve().parents[2]
CONF = """
extensions = ["myst_parser", "quiz"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
html_static_path = ["_assets"]
exclude_patterns = ["_build"]
"""
GOOD = """
```{question} ninth-step
How long is the *ninth* step?

- [ ] 0.3
  > The sum was left out.
- [x] $0.1$
  > Three over the root of nine times nine.
- [ ] 0.033
  > That divides by t.
```
"""
BAD = {
    "no choices": ("```{question} q\nWhat?\n```", "expected its text and then one list of choices"),
    "text after them": (
        GOOD.replace("t.\n```", "t.\n\nAnd more.\n```"),
        "expected its text and then one list of choices",
    ),
    "two choices": (GOOD.replace("- [ ] 0.3\n  > The sum was left out.\n", ""), "expected 3 to 5 choices, got 2"),
    "no right one": (GOOD.replace("[x]", "[ ]"), "expected one choice with [x], got 0"),
    "two right ones": (GOOD.replace("[ ] 0.3", "[x] 0.3"), "expected one choice with [x], got 2"),
    "no mark": (GOOD.replace("[ ] 0.033", "0.033"), "choice (c) does not begin with [ ] or [x]"),
    "no reason": (GOOD.replace("\n  > The sum was left out.", ""), "choice (a) needs one reason"),
    "the same name twice": (GOOD + GOOD, "the page has two questions of this name"),
}


def build(folder, page):
    (folder / "conf.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT / 'book' / '_ext')!r})\n{CONF}")
    (folder / "_assets").mkdir()
    shutil.copy(ROOT / "book" / "_assets" / "quiz.js", folder / "_assets")
    (folder / "index.md").write_text(f"# A page\n{page}\n\n```{{toctree}}\nother\n```\n")
    (folder / "other.md").write_text("# Another page, without a question\n")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", folder, folder / "_build"]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quiz")
    second = GOOD.replace("ninth-step", "another").replace("[x]", "[ ]").replace("[ ] 0.033", "[x] 0.033")
    done = build(folder, GOOD + second)
    assert done.returncode == 0, done.stderr
    return folder / "_build"


def test_a_question_is_readable_without_the_script(built):
    page = BeautifulSoup((built / "index.html").read_text(), "html.parser")
    first, second = page.find_all("nn2-question")
    assert first.find(class_="question-title").text == "Question 1"
    assert [item.text.strip() for item in first.find("ol", class_="question-choices").find_all("li")] == [
        "0.3",
        "\\(0.1\\)",
        "0.033",
    ]
    answer = first.find("details")
    assert answer.summary.text == "Answer"
    assert answer.p.text == "(b) is right. The reasons, in the order of the choices:"
    assert answer.li.text.strip() == "The sum was left out."
    assert (first["data-name"], first["data-page"], first["data-right"]) == ("ninth-step", "index", "1")
    assert (second["data-name"], second["data-right"]) == ("another", "2")
    assert "(c)" in second.details.p.text


def test_the_script_is_loaded_where_there_is_a_question_and_nowhere_else(built):
    pages = {name: BeautifulSoup((built / f"{name}.html").read_text(), "html.parser") for name in ("index", "other")}
    scripts = {
        name: [tag for tag in page.find_all("script") if "quiz.js" in tag.get("src", "")]
        for name, page in pages.items()
    }
    assert [tag["type"] for tag in scripts["index"]] == ["module"]
    assert scripts["other"] == []


@pytest.mark.parametrize("case", BAD)
def test_a_bad_question_stops_the_build_with_one_sentence(tmp_path, case):
    page, sentence = BAD[case]
    done = build(tmp_path, page)
    assert done.returncode != 0
    assert sentence in done.stderr


def test_functions_of_the_script():
    done = subprocess.run(["node", "--test", ROOT / "tests" / "book" / "quiz.test.mjs"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_question_in_a_browser_answers_at_once_by_keyboard_and_remembers(built):
    program = ROOT / "tests" / "book" / "quiz_in_browser.mjs"
    with serve(built) as address:
        assert in_browser(program, f"{address}/index.html").strip() == "6 things seen"
