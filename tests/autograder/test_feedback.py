"""What a student reads about a check: every mark and sentence, and nothing that was not escaped."""

from html.parser import HTMLParser

import pytest

from autograder.feedback import message, points, summary
from autograder.judge import RIGHT, WRONG, CheckResult, Verdict
from autograder.misconceptions import Misconception


class Tags(HTMLParser):
    """Every tag of a page, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def result(verdicts, diagnoses=()):
    return CheckResult("scale", 1.333333, 4.0, tuple(verdicts), tuple(diagnoses))


RIGHT_ONE = Verdict("a", "six steps", RIGHT, "", True)
WRONG_ONE = Verdict("b", "one step", WRONG, "`w` has a wrong number: 3 at [0].", False)
UNEARNED = Verdict("c", "purity", RIGHT, "This holds, but it counts only together with: one step.", False)
SLIP = Misconception("adds", "scale", "You added.", "")
OTHER_SLIP = Misconception("squares", "scale", "You squared.", "")


def test_the_plain_message_tells_points_probes_and_hint():
    assert message(result([RIGHT_ONE, WRONG_ONE, UNEARNED], [SLIP]))["text/plain"].splitlines() == [
        "1.33 of 4 points for scale",
        "  → What came back is exactly what a known slip gives. You added.",
        "  ✓ Asked: six steps.",
        "  ✗ Asked: one step. `w` has a wrong number: 3 at [0].",
        "  ✗ Asked: purity. This holds, but it counts only together with: one step.",
    ]


def test_the_page_tells_the_same():
    page = Tags(message(result([RIGHT_ONE, WRONG_ONE, UNEARNED], [SLIP]))["text/html"])
    for told in (
        "1.33 of 4 points",
        "Asked: six steps.",
        WRONG_ONE.sentence.replace("`", ""),  # what stands between backticks is shown as code
        UNEARNED.sentence,
        "What came back is exactly what a known slip gives. You added.",
    ):
        assert told in page.text
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert labels == ["right", "not yet", "not yet"]
    assert [letter for letter in page.text if letter in "✓✗"] == ["✓", "✗", "✗"]


def test_where_two_slips_fit_neither_is_called_exact():
    told = message(result([WRONG_ONE], [SLIP, OTHER_SLIP]))["text/plain"]
    assert "exactly" not in told
    assert told.count("fits more than one slip") == 2
    assert "You added." in told
    assert "You squared." in told


def test_the_same_reason_is_told_once():
    again = Verdict("d", "another step", WRONG, WRONG_ONE.sentence, False)
    assert message(result([WRONG_ONE, again]))["text/plain"].count(WRONG_ONE.sentence) == 1
    assert "Asked: another step. The same." in message(result([WRONG_ONE, again]))["text/plain"]


def test_everything_a_student_wrote_is_escaped():
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
    verdict = Verdict("a", evil, WRONG, evil, False)
    page = message(result([verdict], [Misconception("m", "scale", evil, "")]))["text/html"]
    assert set(Tags(page).tags) == {"div", "p", "strong", "code", "ul", "li", "span", "br"}
    assert Tags(page).text.count(evil) == 3


@pytest.mark.parametrize(("number", "written"), [(4.0, "4"), (2.5, "2.5"), (1 / 3, "0.33"), (0.0, "0"), (100.0, "100")])
def test_points_are_written_as_a_person_would(number, written):
    assert points(number) == written


def test_the_summary_holds_the_facts_and_no_hint():
    assert summary(result([RIGHT_ONE, WRONG_ONE], [SLIP])) == {
        "check": "scale",
        "points": 1.333333,
        "out_of": 4.0,
        "diagnoses": ["adds"],
        "probes": [
            {"probe": "a", "outcome": "right", "earns": True, "sentence": ""},
            {"probe": "b", "outcome": "wrong", "earns": False, "sentence": WRONG_ONE.sentence},
        ],
    }
