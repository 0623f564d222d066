"""The half that runs beside a student's answer: whatever the answer does, a reply comes back that can be read."""

import json
import linecache
import os
import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest

from autograder import asker
from autograder.wire import Other, decode, pack

ASK = """
def ask(student, inputs):
    return {"out": student.answer(**inputs)}
"""


def ask(code, inputs=None, source=ASK, file="/tmp/ipykernel_1/2.py", folder=""):
    """Define a student's names by running ``code`` as a notebook's cell, and ask."""
    namespace = {"np": np}
    code = textwrap.dedent(code)
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    exec(compile(code, file, "exec"), namespace)
    request = {"source": source, "function": "ask", "inputs": pack(inputs or {}), "keras": False, "folder": folder}
    return decode(repr(asker.answer(json.dumps(request), namespace)))


def out(code, inputs=None):
    answer = ask(code, inputs)
    assert answer.failure is None, answer.failure
    return answer.outputs["out"]


def test_the_answers_array_comes_back():
    got = out("def answer(values): return 2 * values", {"values": np.arange(3.0)})
    np.testing.assert_array_equal(got, [0.0, 2.0, 4.0])


def test_a_missing_name_is_a_sentence():
    failure = ask("").failure
    assert failure.type == "NameError"
    assert failure.message == "`answer` is missing: no cell that ran has defined it"


def test_an_exception_carries_the_students_own_line():
    failure = ask(
        """
        def answer():
            return helper()

        def helper():
            number = 1 / 0  # here
        """
    ).failure
    assert (failure.type, failure.message) == ("ZeroDivisionError", "division by zero")
    assert failure.line == "number = 1 / 0  # here"


def test_an_exception_in_a_library_carries_the_students_line_that_led_there():
    failure = ask("def answer():\n    return np.linalg.inv(np.zeros((2, 2)))").failure
    assert failure.type == "LinAlgError"
    assert failure.line == "return np.linalg.inv(np.zeros((2, 2)))"


def test_a_line_of_the_probe_is_never_told():
    failure = ask("", source="def ask(student, inputs):\n    raise ValueError('no')").failure
    assert (failure.type, failure.line) == ("ValueError", "")


def test_not_implemented_comes_back_as_such():
    assert ask("def answer():\n    raise NotImplementedError()").failure.type == "NotImplementedError"


@pytest.mark.parametrize("error", ["SystemExit('bye')", "RecursionError()", "GeneratorExit()", "MemoryError()"])
def test_every_exit_is_an_error(error):
    assert ask(f"def answer():\n    raise {error}").failure.type == error.split("(")[0]


def test_the_graders_interrupt_passes():
    with pytest.raises(KeyboardInterrupt):
        ask("def answer():\n    raise KeyboardInterrupt")


def test_an_exception_that_cannot_say_what_it_is():
    failure = ask(
        """
        class Mute(Exception):
            def __str__(self):
                raise ValueError

        def answer():
            raise Mute
        """
    ).failure
    assert (failure.type, failure.message) == ("Mute", "")


def test_an_answer_that_calls_itself_for_ever_is_an_error_at_its_line():
    failure = ask("def answer():\n    return answer()").failure
    assert (failure.type, failure.line) == ("RecursionError", "return answer()")


def test_a_message_with_a_lone_surrogate_comes_back():
    assert ask("def answer():\n    raise ValueError('a\\ud800b')").failure.message == "ab"


OTHERS = {
    "None": ("None", "NoneType"),
    "a text": ("'3'", "str"),
    "bytes": ("b'3'", "bytes"),
    "a generator": ("(n for n in [1.0])", "generator"),
    "a function": ("abs", "builtin_function_or_method"),
    "a dict": ("{'a': 1}", "dict"),
    "an array of objects": ("np.array([None])", "array of object"),
    "an array of texts": ("np.array(['1'])", "array of str32"),
    "a ragged list": ("[[1.0], [1.0, 2.0]]", "list"),
    "an object": ("object()", "object"),
    "datetimes": ("np.zeros(2, 'M8[D]')", "array of datetime64[D]"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_array_is_described(name):
    value, kind = OTHERS[name]
    assert out(f"def answer(): return {value}") == Other(kind)


@pytest.mark.parametrize("body", ["raise ValueError", "return 'no array'", "return self", "return np.array([None])"])
def test_an_object_whose_array_raises_or_lies_is_described(body):
    assert out(
        f"""
        class Odd:
            def __array__(self, *arguments, **more):
                {body}

        def answer(): return Odd()
        """
    ) == Other("Odd")


NUMBERS = {
    "a list of floats": ("[1.0, 2.0]", [1.0, 2.0], "float64"),
    "a Python float": ("0.5", 0.5, "float64"),
    "an int": ("3", 3, "int64"),
    "a bool": ("True", True, "bool"),
    "a NumPy number": ("np.float32(0.5)", 0.5, "float32"),
    "a matrix": ("np.matrix([[1.0, 2.0]])", [[1.0, 2.0]], "float64"),
    "a masked array": ("np.ma.array([1.0, 2.0], mask=[0, 1])", [1.0, 2.0], "float64"),
    "complex": ("np.array([1j])", [1j], "complex128"),
    "long double": ("np.array([0.5], dtype=np.longdouble)", [0.5], "float64"),
    "long double complex": ("np.array([0.5j], dtype=np.clongdouble)", [0.5j], "complex128"),
    "big-endian": ("np.array([0.5], dtype='>f8')", [0.5], "float64"),
    "Fortran order": ("np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])", [[1.0, 2.0], [3.0, 4.0]], "float64"),
    "a broadcast view": ("np.broadcast_to(1.0, (2, 2))", [[1.0, 1.0], [1.0, 1.0]], "float64"),
    "empty": ("np.zeros((0, 4))", np.zeros((0, 4)), "float64"),
    "an object that is an array": ("type('A', (), {'__array__': lambda s, *a, **k: np.ones(2)})()", [1, 1], "float64"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_in_any_form_come_back(name):
    value, expected, dtype = NUMBERS[name]
    got = out(f"def answer(): return {value}")
    np.testing.assert_array_equal(got, np.asarray(expected))
    assert got.shape == np.shape(expected)
    assert got.dtype == np.dtype(dtype)


def test_a_huge_array_comes_back_as_its_shape_alone(monkeypatch):
    monkeypatch.setattr(asker, "ARRAY_BYTES", 80)
    assert out("def answer(): return np.zeros(10)").shape == (10,)
    assert out("def answer(): return np.zeros((11, 1))") == Other("array of shape (11, 1), too large to read")
    assert out("def answer(): return np.broadcast_to(1.0, (10**9, 10**9))").type.startswith(
        "array of shape (1000000000"
    )


def test_what_is_printed_is_dropped(capfd):
    got = out(
        """
        import sys

        def answer():
            print("secret")
            print("secret", file=sys.stderr)
            return 1.0
        """
    )
    assert got == 1.0
    assert capfd.readouterr() == ("", "")


def test_a_stdout_of_the_students_own_costs_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert out("def answer(): return 1.0") == 1.0


def test_a_strict_notebook_costs_nothing_and_keeps_its_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    floats, printing = np.geterr(), np.get_printoptions()
    try:
        np.seterr(all="raise")
        np.set_printoptions(precision=1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            got = out(
                """
                import os, warnings

                def answer():
                    warnings.warn("careful")
                    os.chdir("/")
                    quotient = np.array([1.0]) / 0.0
                    np.seterr(all="warn")
                    np.set_printoptions(precision=3)
                    warnings.simplefilter("always")
                    return quotient
                """
            )
            assert warnings.filters[0][0] == "error"
        assert got == np.inf
        assert os.getcwd() == str(tmp_path)
        assert set(np.geterr().values()) == {"raise"}
        assert np.get_printoptions()["precision"] == 1
    finally:
        np.seterr(**floats)
        np.set_printoptions(**printing)


def test_an_overflow_inside_an_answer_is_no_error():
    assert out("def answer(): return np.exp(np.array([1e4]))") == np.inf


def test_a_folder_that_is_gone_costs_nothing(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert out("def answer(): return 1.0") == 1.0


def test_names_that_shadow_builtins_cost_nothing():
    shadows = "print = len = str = dict = list = isinstance = type = sum = exec = json = base64 = inputs = None\n"
    assert out(shadows + "def answer(): return 1.0") == 1.0
    assert out("sum = 3\nnp2 = np\ndef answer(): return np2.float64(sum)") == 3.0


def test_the_probe_uses_numpy_itself_whatever_the_notebook_calls_np():
    source = "def ask(student, inputs):\n    return {'out': np.add(student.answer(), 1.0)}"
    assert ask("np = None\ndef answer(): return 1.0", source=source).outputs["out"] == 2.0


def test_several_outputs_keep_their_names():
    source = "def ask(student, inputs):\n    return {'a': student.answer(), 'b': None, 3: 4.0}"
    outputs = ask("def answer(): return 1.0", source=source).outputs
    assert list(outputs) == ["a", "b", "3"]
    assert outputs["b"] == Other("NoneType")


def test_inputs_are_fresh_for_every_question():
    code = "def answer(values):\n    values += 1\n    return values"
    values = np.zeros(2)
    assert (out(code, {"values": values}) == 1).all()
    assert (values == 0).all()


def test_it_asks_in_the_folder_that_it_is_told_and_goes_back(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    code = "import os\ndef answer(): return os.getcwd().endswith('work')"
    assert ask(code, folder=str(tmp_path / "work")).outputs["out"]
    assert not ask(code).outputs["out"]
    assert not ask(code, folder=str(tmp_path / "gone")).outputs["out"]
    assert Path.cwd() == tmp_path / "elsewhere"


def test_a_probe_prints_as_numpy_does_by_default_whatever_the_notebook_set():
    code = "def answer(): return len(str(np.array([1 / 3])))"
    usual = int(ask(code).outputs["out"])
    with np.printoptions(precision=2, suppress=True, formatter={"float": lambda number: "?" * 50}):
        assert int(ask(code).outputs["out"]) == usual
        assert str(np.array([1 / 3])) == f"[{'?' * 50}]"
