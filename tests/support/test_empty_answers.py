"""Empty answers are made from any exercise, have the form of right ones, and hold nothing of what they know."""

import numpy as np
import pytest
from empty_answers import empty_answers

STEP = '''
def step(values, factor, *, by=1.0):
    """Scale and shift."""
    ### BEGIN SOLUTION
    return values * factor, {"total": np.sum(values) + by}
    ### END SOLUTION
'''
ONE = """
def scale(values, factor=2.0):
    ### BEGIN SOLUTION
    if factor == 0:
        raise ZeroDivisionError("no factor")
    return values * factor
    ### END SOLUTION
"""
MAKER = """
def make(values):
    ### BEGIN SOLUTION
    return Made(values)
    ### END SOLUTION

class Made:
    def __init__(self, values):
        self.values = values
"""
KEEPER = """
FACTOR = 2

class Keeper(list):
    def add(self, value, *more, twice=False, **named):
        ### BEGIN SOLUTION
        self.append(value)
        return len(self)
        ### END SOLUTION

    def last(self):
        ### BEGIN SOLUTION
        return self[-1]
        ### END SOLUTION

    def sort(self):
        return "given"
"""


def run(cell):
    names = {"np": np}
    exec(cell, names)
    return names


def answers_to(source):
    return {label: make(run) for label, make in empty_answers(source, run(source))}


def test_the_stub_raises_and_keeps_the_signature():
    with pytest.raises(NotImplementedError):
        answers_to(STEP)["the stub"]["step"](np.ones(2), 3, by=2)


def test_something_else_than_a_function_takes_its_place():
    answers = answers_to(STEP)
    assert "step" not in answers["nothing at all"]
    assert answers["None instead"]["step"] is None
    assert answers["a number instead"]["step"] == 3
    assert all("np" in names for names in answers.values())


@pytest.mark.parametrize(
    ("label", "number"), [("zeros", 0.0), ("ones", 1.0), ("halves", 0.5), ("NaN", np.nan), ("infinities", np.inf)]
)
def test_constants_come_in_the_shape_of_the_right_results(label, number):
    array, named = answers_to(STEP)[label]["step"](np.ones((2, 3)), 4.0)
    np.testing.assert_array_equal(array, np.full((2, 3), number))
    assert list(named) == ["total"]
    np.testing.assert_array_equal(named["total"], number)
    np.testing.assert_array_equal(answers_to(ONE)[label]["scale"](np.ones(3)), np.full(3, number))


@pytest.mark.parametrize(("label", "length"), [("None", None), ("an empty tuple", 0), ("as many None", 2)])
def test_nothing_comes_as_often_as_there_are_results(label, length):
    given = answers_to(STEP)[label]["step"](np.ones(2), 1.0)
    assert given is None if length is None else len(given) == length


def test_arguments_come_back_as_they_are():
    answers, values = answers_to(STEP), np.arange(3.0)
    assert answers["its arguments from number 1 on"]["step"](values, 4.0) == (values, 4.0)
    assert answers["its arguments from number 2 on"]["step"](values, 4.0, by=5.0) == (4.0, 5.0)
    assert answers["argument number 1 for each"]["step"](values, 4.0) == (values, values)
    assert answers_to(ONE)["its arguments from number 1 on"]["scale"](values) is values
    assert answers["its first argument alone"]["step"](values, 4.0) is values


def test_a_refused_call_does_not_tell_the_right_error():
    assert answers_to(ONE)["zeros"]["scale"](np.ones(2), 0) == 0
    with pytest.raises(ValueError, match=r"^no$"):
        answers_to(ONE)["an error"]["scale"](np.ones(2), 1)


def test_asking_for_the_form_does_not_change_the_arguments():
    writes = "def f(x):\n    ### BEGIN SOLUTION\n    x *= 2\n    return x\n    ### END SOLUTION\n"
    values = np.ones(2)
    answers_to(writes)["zeros"]["f"](values)
    np.testing.assert_array_equal(values, [1, 1])


def test_methods_do_nothing_all_at_once():
    answers = answers_to(KEEPER)
    assert [answers["methods that return None"]["Keeper"]().add(3), len(answers)] == [None, 10]
    assert answers["methods that return 0"]["Keeper"]([5]).last() == 0
    assert answers["methods that return True"]["Keeper"]([5]).last() is True
    assert answers["methods that return their argument"]["Keeper"]().add(3) == 3
    assert answers["methods that return their argument"]["Keeper"]([5]).last() is None
    assert answers["methods that return None"]["Keeper"]().sort() == "given"
    with pytest.raises(AttributeError, match="no attribute 'add'"):
        answers["methods that do what the base class does"]["Keeper"]().add(3, 4, twice=True, other=1)
    with pytest.raises(NotImplementedError):
        answers["the stub"]["Keeper"]().last()


def test_an_object_that_the_right_function_made_is_not_handed_on():
    for label, names in answers_to(MAKER).items():
        made, function = names["Made"], names.get("make")
        if callable(function) and label != "the stub":
            try:
                assert not isinstance(function(np.ones(2)), made), label
            except ValueError as error:
                assert str(error) == "no"  # the empty answer that raises
