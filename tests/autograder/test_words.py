"""What of a student's text is repeated: their own words and everybody's, and never a probe's."""

import base64

import pytest

from autograder.sandbox.libraries import SENTENCE
from autograder.wire import Failure
from autograder.words import Words

PROBE = """
def ask_walks(student, inputs):
    turns = [(number, which) for which, walk in enumerate(inputs["walks"]) for number in range(len(walk))]
    raise TypeError(f"expected two values for each of them, got a single {turns}")
"""
SOURCE = "def frobnicate(weights, velocity):\n    raise ValueError('the quibble must be 0.25')\n\n# Zürich"


@pytest.fixture
def words():
    return Words([SOURCE], [PROBE])


HONEST = [
    "operands could not be broadcast together with shapes (3,4) (5,)",
    "unsupported operand type(s) for ** or pow(): 'list' and 'int'",
    "cannot unpack non-iterable NoneType object",
    "too many values to unpack (expected 2)",
    "frobnicate() got an unexpected keyword argument 'velocity'",
    "frobnicate() missing 1 required positional argument: 'weights'",
    "index 12 is out of bounds for axis 0 with size 12",
    "only integer scalar arrays can be converted to a scalar index",
    "'NoneType' object is not subscriptable",
    "name 'quibble' is not defined",
    "assignment destination is read-only",
    "maximum recursion depth exceeded",
    "the quibble must be 0.25",
    "Cannot cast ufunc 'add' output from dtype('float64') to dtype('int64') with casting rule 'same_kind'",
    SENTENCE.format(name="keras"),
    "`momentum_step` is missing: no cell that ran has defined it",
    "expected two values for each of them, got a single ndarray",  # a probe's own words to the student
]


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_message_is_repeated_whole(words, text):
    assert words.repeat(text) == text


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("name 'zxqwv' is not defined", "name '…' is not defined"),
        ("got 0.123456 where 0.25 was", "got … where 0.25 was"),
        ("got .5", "got …"),
        ("got 1.5e-7", "got …"),
        ("code 12345", "code …"),
        ("code 1234", "code 1234"),
        ("zxq vbn wrt", "…"),
        ("the !!.!.!! value", "the … value"),
        ("(zxq, vbn), of", "(…), of"),
        ("", ""),
    ],
)
def test_what_is_nobodys_becomes_an_ellipsis(words, text, repeated):
    assert words.repeat(text) == repeated


SECRETS = ["ask_walks", "turns", "0.7342961", "b'student'"]
ENCODINGS = {
    "plain": lambda text: text,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "spelled": lambda text: " ".join(str(ord(letter)) + "9" * 4 for letter in text),
    "backwards": lambda text: text[::-1],
    "joined": lambda text: text.replace(" ", "_"),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_probe_is_not_repeated_in_any_code(words, name):
    encoded = ENCODINGS[name](PROBE.strip())
    told = words.repeat(encoded)
    assert len(told) < len(encoded) / 3
    assert "which walk in enumerate" not in told


def test_five_words_in_a_row_of_a_probe_silence_the_text(words):
    assert words.repeat("number which for which walk in") == "…"
    assert words.repeat("number which for which") == "number which for which"
    assert Words([SOURCE]).repeat("number which for which walk in") != "…"


def test_a_failure_keeps_a_line_only_if_the_student_wrote_it(words):
    line = "raise ValueError('the quibble must be 0.25')"
    assert words.failure(Failure("ValueError", "no", line)) == Failure("ValueError", "no", line)
    assert words.failure(Failure("ValueError", "no", "turns = [(number, which)]")).line == ""


def test_a_class_of_the_students_own_is_named_and_a_made_up_one_is_not(words):
    own = Words(["class Quibble(Exception): pass"])
    assert own.failure(Failure("Quibble", "", "")).type == "Quibble"
    assert words.failure(Failure("aW5wdXRzWyJ3YWxrcyJd", "", "")).type == ""
