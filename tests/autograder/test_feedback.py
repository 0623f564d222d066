"""What a student reads about a check: every mark and sentence, and nothing that was not escaped."""

from html.parser import HTMLParser

import pytest

from autograder.feedback import message, note, points, score, summary
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


RIGHT_ONE = Verdict("a", "six steps", RIGHT, "", True, 2.6667)
WRONG_ONE = Verdict("b", "one step", WRONG, "`w` has a wrong number: 3 at [0].", False, 1.3333)
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


def test_a_slip_in_another_exercise_says_in_which():
    elsewhere = Misconception("forgets", "shift", "You forgot.", "")
    one = message(result([WRONG_ONE], [elsewhere]))["text/plain"]
    assert "What came back is exactly what a known slip in `shift` gives. You forgot." in one
    both = message(result([WRONG_ONE], [elsewhere, SLIP]))["text/plain"]
    assert "fits more than one slip. One of them in `shift`: You forgot." in both
    assert "fits more than one slip. One of them: You added." in both


def test_a_note_is_escaped_and_says_its_sentence():
    told = note("It stopped with `<b>`.")
    assert told["text/plain"] == "It stopped with `<b>`."
    assert Tags(told["text/html"]).tags == ["p", "code"]
    assert Tags(told["text/html"]).text == "It stopped with <b>."


def test_the_score_is_a_number_as_nbgrader_reads_it():
    assert score(result([RIGHT_ONE])) == {"text/plain": "1.33333"}


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
            {
                "probe": "a",
                "question": "six steps",
                "outcome": "right",
                "earns": True,
                "out_of": 2.67,
                "sentence": "",
            },
            {
                "probe": "b",
                "question": "one step",
                "outcome": "wrong",
                "earns": False,
                "out_of": 1.33,
                "sentence": WRONG_ONE.sentence,
            },
        ],
    }
