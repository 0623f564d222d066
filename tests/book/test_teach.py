"""The instructors' pages: their example is built and judged, their commands exist, and their excerpts are today's."""

import json
import re
import subprocess
import sys
from pathlib import Path

import class_report
import pytest

from autograder.assignment import find_assignment
from autograder.feedback import points
from autograder.probes import worth

ROOT = Path(__file__).resolve().parents[2]
TEACH = ROOT / "book" / "teach"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(TEACH.glob("*.md"))}
BLOCK = re.compile(r"^```\{code-block\} \w+\n:caption: ([^\n]+)\n\n(.*?)^```$", re.M | re.S)
BLOCKS = dict(BLOCK.findall(PAGES["write-an-assignment"]))


def autograder(root, *arguments):
    """Run a verb in a course's folder."""
    command = [sys.executable, "-m", "autograder.cli", "--course", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)


@pytest.fixture
def example(tmp_path):
    """A course whose only assignment is the page's."""
    for name, text in BLOCKS.items():
        if "/" in name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.slow  # builds an assignment and judges it: kernels are started
def test_the_assignment_of_the_page_builds_and_its_report_card_is_the_page_s(example):
    assert len(list(example.rglob("*.*"))) == 4
    built = autograder(example, "build", "6-clipping")
    assert built.returncode == 0, built.stderr
    released = json.loads((example / "assignments/6-clipping/clipping.ipynb").read_text(encoding="utf-8"))
    text = "".join("".join(cell["source"]) for cell in released["cells"])
    assert "raise NotImplementedError" in text and "np.sqrt" not in text and "Rubric" not in text
    card = autograder(example, "report-card", "6-clipping")
    assert card.returncode == 0, card.stderr
    shown = re.sub(r"version \w+", "version …", card.stdout.strip())
    assert BLOCKS["what report-card says"].split() == shown.split()  # the page breaks its lines where it likes


def test_the_mistake_of_the_page_is_refused_in_its_words(example):
    path = example / "solutions/6-clipping/clipping.py"
    path.write_text(path.read_text(encoding="utf-8").replace(" points=4", ""), encoding="utf-8")
    refused = autograder(example, "build", "6-clipping")
    assert refused.returncode == 2
    assert refused.stderr.strip().replace(str(example), "…") == BLOCKS["what build says"].strip()


def code_of(text):
    """What stands in code on a page: inline, and in shell blocks."""
    return re.findall(r"`([^`\n]+)`", text) + re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_exists(page):
    code = "\n".join(code_of(PAGES[page]))
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= set(targets)
    helped = autograder(ROOT, "--help").stdout
    for verb, options in re.findall(r"\bautograder ([a-z-]+)\b(.*)", code):
        assert f"\n    {verb} " in helped or f"\n    {verb}\n" in helped, verb
        known = autograder(ROOT, verb, "--help").stdout
        assert all(option in known for option in re.findall(r"--[a-z-]+", options)), (verb, options)
    for path in re.findall(r"\b(?:autograder|tests|solutions|assignments|book)/[\w./-]+\.(?:py|toml|ipynb)\b", code):
        assert (ROOT / path).exists() or "6-clipping" in path, path


def test_explain_is_quoted_with_todays_probes_points_and_hint():
    assignment = find_assignment(ROOT, "2-optimizers")
    probes = assignment.probes_of("adam_step")
    check = next(mark for book in assignment.notebooks for mark in book.checks if mark.name == "adam_step")
    quoted = re.search(r"^```\{code-block\} text\n(✗ adam_step.*?)^```$", PAGES["regrade"], re.M | re.S)[1]
    lost = dict(re.findall(r"✗ ([a-z0-9-]+) \(−([\d.]+), wrong\)", quoted))
    assert {**lost, "late-steps": ""}.keys() == {probe.name for probe in probes}
    for probe in probes:
        share = points(round(worth(check.points, probe, probes), 2))
        assert lost.get(probe.name, share) == share
    hint = next(each.hint for each in assignment.misconceptions if each.name == "adam-first-not-corrected")
    assert hint in " ".join(quoted.split())
    late = next(worth(check.points, probe, probes) for probe in probes if probe.name == "late-steps")
    assert f"✗ adam_step: {points(late)} of {points(check.points)}" in quoted


def test_the_ledgers_lines_are_quoted_with_todays_entries():
    quoted = re.search(r'^```\{code-block\} text\n(\{"event".*?)^```$', PAGES["regrade"], re.M | re.S)[1]
    events = [json.loads(line) for line in quoted.replace(",\n ", ", ").splitlines()]
    assert [event["event"] for event in events] == ["seed", "graded"]
    grading = (ROOT / "autograder/workflow/run.py").read_text(encoding="utf-8")
    written = re.search(r'ledger\.append\(\s+"graded",(.*?)\n +\)', grading, re.S)[1]
    assert set(re.findall(r"(\w+)=", written)) | {"event"} == set(events[1])
    tabled = set(re.findall(r"^\| `(\w+)` \|", PAGES["regrade"], re.M))
    assert tabled == {"version", "seed", "drawn", "digest", "isolation"} <= set(events[0]) | set(events[1])


# the class report


def test_every_part_of_the_class_report_is_on_its_page_in_its_order():
    shown = re.findall(r"^```\{class-report\} (.+)$", PAGES["class-report"], re.M)
    assert shown == list(class_report.parts())


def test_the_made_up_class_shows_what_the_page_tells():
    parts = class_report.parts()
    assert "<dt>hand-ins</dt><dd>6</dd>" in parts["The class"] and "<dt>graded</dt><dd>5</dd>" in parts["The class"]
    assert (
        '<td class="number">2</td><td><code>clip_gradient</code></td><td>clip-by-largest-entry'
        in (parts["What went wrong, by name"])
    )
    assert "clipping_final.ipynb" in parts["Hand-ins that need a word"]
    assert "mended" in parts["Worth a look"]
    assert 'href="' not in "".join(parts.values())  # nothing that is not there
    mistakes = set(class_report.HINTS)
    assert {name for _, named in class_report.CLASS.values() for name in named} == mistakes


def test_the_made_up_mistakes_are_those_of_the_page_on_writing_assignments():
    authored = BLOCKS["solutions/6-clipping/misconceptions.toml"]
    assert all(f'name = "{name}"' in authored and hint in authored for name, hint in class_report.HINTS.items())
