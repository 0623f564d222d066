"""What crosses to a kernel and back: inputs arrive as they were sent, and a hostile reply is never more than that."""

import base64
import contextlib
import json
import random

import numpy as np
import pytest

from autograder import asker
from autograder.wire import Answer, BadReply, Failure, Other, clean, decode, pack


def over_the_wire(value):
    """An input as the asking half gets it."""
    return asker.unpack(json.loads(json.dumps(pack(value))))


def reply(outputs):
    """A reply's text/plain, as a kernel sends it: the repr of JSON."""
    return repr(json.dumps({"outputs": outputs}))


def array(shape=(2,), dtype="<f8", raw=b"\0" * 16, **more):
    return {"kind": "array", "dtype": dtype, "shape": list(shape), "data": base64.b64encode(raw).decode(), **more}


ARRAYS = {
    "0-d": np.array(2.5),
    "empty (0, 4)": np.zeros((0, 4)),
    "float32": np.arange(6, dtype=np.float32).reshape(2, 3),
    "float16": np.array([0.5], dtype=np.float16),
    "Fortran order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "every other column": np.arange(12.0).reshape(3, 4)[:, ::2],
    "backwards": np.arange(3.0)[::-1],
    "bool": np.array([True, False]),
    "int8": np.array([-1, 1], dtype=np.int8),
    "uint64": np.array([2**64 - 1], dtype=np.uint64),
    "complex": np.array([1 + 2j]),
    "not finite": np.array([np.nan, np.inf, -np.inf]),
    "big-endian": np.array([1.5, 2.5], dtype=">f8"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_arrives_as_it_was_sent_and_writable(name):
    sent = ARRAYS[name]
    got = over_the_wire(sent)
    assert (got.shape, got.dtype) == (sent.shape, sent.dtype)
    np.testing.assert_array_equal(got, sent)
    got[...] = 0


@pytest.mark.parametrize("name", ARRAYS)
def test_an_output_comes_back_as_it_was(name):
    sent = ARRAYS[name]
    got = decode(reply({"out": asker.pack(sent)})).outputs["out"]
    assert (got.shape, got.dtype) == (sent.shape, sent.dtype.newbyteorder("="))
    np.testing.assert_array_equal(got, sent)


def test_nested_inputs_arrive_as_they_were_sent():
    inputs = {
        "none": None,
        "flag": True,
        "count": 3,
        "rate": 0.1,
        "text": "ünï\0code",
        "list": [1, [2.5, None], {"deep": np.ones(2)}],
        "kind": {"kind": "array", "data": "not one"},
        "empty": {},
    }
    got = over_the_wire(inputs)
    np.testing.assert_array_equal(got["list"][2].pop("deep"), np.ones(2))
    inputs["list"][2] = {}
    assert got == inputs
    assert got["flag"] is True


def test_a_tuple_becomes_a_list_and_a_numpy_number_a_0d_array():
    assert over_the_wire((1, 2)) == [1, 2]
    number = over_the_wire(np.float32(0.1))
    assert (number.shape, number.dtype) == ((), np.dtype("float32"))


def test_an_input_that_cannot_cross_is_refused():
    with pytest.raises(TypeError, match="a probe's input must be an array, a number, a text"):
        pack({"rng": np.random.default_rng(0)})


@pytest.mark.parametrize("dtype", [object, "datetime64[D]", "S3", [("a", "f8")]])
def test_an_array_of_something_else_than_numbers_is_refused_as_an_input(dtype):
    with pytest.raises(TypeError, match="a probe's input must be an array of numbers"):
        pack(np.zeros(2, dtype=dtype))


OTHER = {"kind": "other", "type": "str"}
GOOD = reply({"a": array(), "b": OTHER, "c": {"kind": "huge", "shape": [9], "dtype": "<f8"}})


def test_an_honest_reply_is_read():
    answer = decode(GOOD)
    np.testing.assert_array_equal(answer.outputs["a"], np.zeros(2))
    assert answer.outputs["b"] == Other("str")
    assert answer.outputs["c"] == Other("array of shape (9,), too large to read")
    assert answer.failure is None


def test_a_thousand_outputs_are_read():
    assert len(decode(reply({str(number): OTHER for number in range(1000)})).outputs) == 1000


def test_an_error_is_read_and_scrubbed():
    error = {"type": "Value\nError", "message": "a\x00b\u202ec\ud800d", "line": " x " + "y" * 999}
    failure = decode(repr(json.dumps({"error": error}))).failure
    assert failure == Failure("Value Error", "abcd", "x " + "y" * 297)


def test_an_output_name_is_scrubbed():
    assert list(decode(reply({"a\u202e\x07b": array()})).outputs) == ["ab"]


DEEP = "[" * 100_000 + "]" * 100_000
# Objects, records, subarrays, texts, dates, what NumPy's own parser of such names chokes on, and no names at all.
BAD_DTYPES = ["O", "V8", "f8,", "f8,f8", ",", "(2,)f8", "(-1,)f8", "9**9f", "S8", "U2", "M8[D]", "<m8", "g", "<f16"]
BAD_DTYPES += ["\udc80", "f8\0", "", "f" * 10_000, None, 3, [["a", "<f8"]], {"names": ["a"]}]
HOSTILE = {
    "no text": None,
    "a number": 3,
    "bytes": b"{}",
    "empty": "",
    "no literal": "__import__('os')",
    "a call": "print(1)",
    "an int": "3",
    "a list of literals": "['a']",
    "bytes inside": repr(b"\xff"),
    "not JSON": repr("{"),
    "deep JSON": repr(DEEP),
    "deep literal": DEEP,
    "a NUL": "'\0'",
    "JSON NaN": repr("NaN"),
    "a JSON list": repr("[]"),
    "no outputs": repr("{}"),
    "outputs a list": repr(json.dumps({"outputs": []})),
    "error a text": repr(json.dumps({"error": "no"})),
    "an endless integer": repr('{"outputs": ' + "9" * 5000 + "}"),
    "a thousand and one outputs": reply({str(number): OTHER for number in range(1001)}),
    "a hundred thousand outputs": reply({str(number): {} for number in range(100_000)}),
    "an output a number": reply({"a": 3}),
    "an output null": reply({"a": None}),
    "an unknown kind": reply({"a": array(kind="pickle")}),
    "shape a text": reply({"a": array(kind="array") | {"shape": "2"}}),
    "shape missing": reply({"a": {"kind": "array", "dtype": "<f8", "data": ""}}),
    "negative length": reply({"a": array((-2,))}),
    "two negatives": reply({"a": array((-1, -2))}),
    "bool length": reply({"a": array((True, 2))}),
    "fractional length": reply({"a": array((2.0,))}),
    "NaN length": reply({"a": array((float("nan"),))}),
    "huge length": reply({"a": array((2**63,))}),
    "huge and zero": reply({"a": array((2**39, 2**39, 0), raw=b"")}),
    "33 axes": reply({"a": array((1,) * 33, raw=b"\0" * 8)}),
    "too few bytes": reply({"a": array((3,))}),
    "too many bytes": reply({"a": array((1,))}),
    "data a number": reply({"a": array() | {"data": 3}}),
    "data not base64": reply({"a": array() | {"data": "!!!!"}}),
    "data not ASCII": reply({"a": array() | {"data": "é" * 4}}),
    "huge of bad shape": reply({"a": {"kind": "huge", "shape": [-1], "dtype": "<f8"}}),
    **{f"dtype {dtype!r:.12}": reply({"a": array(dtype=dtype)}) for dtype in BAD_DTYPES},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_reply_is_a_bad_reply(name):
    with pytest.raises(BadReply):
        decode(HOSTILE[name])


def test_a_reply_longer_than_any_honest_one_is_not_read(monkeypatch):
    monkeypatch.setattr("autograder.wire.ANSWER_BYTES", len(GOOD))
    assert decode(GOOD).outputs
    with pytest.raises(BadReply, match="longer than any honest one"):
        decode(GOOD + " ")


@pytest.mark.parametrize("depth", [200, 500, 900, 950, 970, 980, 990, 1000, 2000])
def test_a_deep_message_is_never_more_than_a_bad_reply(depth):
    for key in ("message", "type", "line"):
        text = repr('{"error": {"' + key + '": ' + "[" * depth + "]" * depth + "}}")
        with contextlib.suppress(BadReply):
            assert decode(text) == Answer(failure=Failure("", "", ""))


def test_random_damage_to_a_reply_never_raises_anything_else():
    generator = random.Random(20261123)
    values = [None, True, -1, 2**70, 0.5, float("nan"), "", "O", "\ud800", [], {}, [-1], ["2"], [0], {"kind": "array"}]
    survived = 0
    for _ in range(3000):
        text = GOOD
        if generator.random() < 0.5:  # damage the text
            letters = list(text)
            for _ in range(generator.randrange(1, 6)):
                at = generator.randrange(len(letters))
                letters[at : at + generator.randrange(3)] = generator.choice(["", "0", "[", '"', "\\", "\0", "é", "'"])
            text = "".join(letters)
        else:  # damage the structure
            document = json.loads(eval(text))
            place = document["outputs"]
            if generator.random() < 0.9:
                place = place[generator.choice(list(place))]
            place[generator.choice([*place, "more"])] = generator.choice(values)
            text = repr(json.dumps(document))
        try:
            answer = decode(text)
        except BadReply:
            continue
        survived += 1
        assert isinstance(answer, Answer)
        for name, value in answer.outputs.items():
            assert clean(name) == name
            assert isinstance(value, np.ndarray | Other)
            assert isinstance(value, Other) or value.dtype.kind in "biufc"
    assert 0 < survived < 3000  # the damage is neither always fatal nor never


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("a\nb\tc\rd", "a b c d"),
        ("nul\0nul", "nulnul"),
        ("bell\x07 escape\x1b[31m", "bell escape[31m"),
        ("\u202ereversed\u2066 isolate\u200f", "reversed isolate"),
        ("lone \ud83d surrogate", "lone  surrogate"),
        ("private \ue000 use", "private  use"),
        ("é 漢 ✓ 😀", "é 漢 ✓ 😀"),
        ("<b>&", "<b>&"),
        ("  edges  ", "edges"),
        (None, ""),
        (3, ""),
        (["a"], ""),
    ],
)
def test_clean(text, cleaned):
    assert clean(text) == cleaned


def test_clean_cuts_and_what_is_left_can_be_written():
    assert clean("x" * 10_000) == "x" * 300
    everything = clean("".join(map(chr, range(0x110000))))
    assert everything.encode("utf-8")
    assert "\0" not in everything
