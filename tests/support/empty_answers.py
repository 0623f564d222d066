"""Answers without any understanding, for any exercise: none of them may earn a point.

A function is answered with its own arguments, with zeros and other constants in the shape of the right results, and
with things that are no results at all. How many results there are, and of which shape, is seen from the reference,
which is asked at every call. A class is answered with methods that do nothing, all at once.
"""

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from autograder.fair_answers import fill_regions, find_regions

STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


def empty_answers(source: str, right: Mapping[str, object]) -> Iterator[tuple[str, Callable[[Callable], dict]]]:
    """Answers to an exercise, each with a label and a way to make its namespace.

    Parameters
    ----------
    source : str
        The exercise's cell, solutions included.
    right : mapping of str to object
        The names of the notebook after the solved cell ran.

    Yields
    ------
    label : str
        What is empty about the answer.
    make : callable
        ``make(run)`` gives the answer's names, where ``run(cell)`` runs a cell and gives the notebook's names.
    """
    tops = {region.name.partition(".")[0] for region in find_regions(source)} - {""}
    yield "the stub", lambda run: run(fill_regions(source, {region: STUB for region in find_regions(source)}))
    yield "nothing at all", lambda run: {name: value for name, value in right.items() if name not in tops}
    for label, thing in {"None instead": None, "a number instead": 3, "an object instead": object()}.items():
        yield label, lambda run, thing=thing: {**right, **dict.fromkeys(tops, thing)}
    functions = {name for name in tops if inspect.isfunction(right[name])}
    if functions == tops:
        for label, empty in _functions([right[name] for name in sorted(functions)]).items():
            yield label, lambda run, empty=empty: {**right, **{name: empty(right[name]) for name in functions}}
    else:
        for label, cell in _cells(source).items():
            yield label, lambda run, cell=cell: run(cell)


# Functions. Each entry takes the right function and gives an empty one.


def _functions(rights):
    most = max(len(inspect.signature(right).parameters) for right in rights)
    answers = {
        "zeros": lambda right: _alike(right, lambda value: np.zeros_like(value)),
        "ones": lambda right: _alike(right, lambda value: np.ones_like(value)),
        "halves": lambda right: _alike(right, lambda value: np.full_like(value, 0.5)),
        "NaN": lambda right: _alike(right, lambda value: np.full_like(value, np.nan)),
        "infinities": lambda right: _alike(right, lambda value: np.full_like(value, np.inf)),
        "empty arrays": lambda right: _alike(right, lambda value: np.zeros(0)),
        "numbers": lambda right: _alike(right, lambda value: 0.5),
        "as many None": lambda right: _alike(right, lambda value: None),
        "None": lambda right: lambda *given, **named: None,
        "its first argument alone": lambda right: lambda *given, **named: given[0] if given else None,
        "an empty tuple": lambda right: lambda *given, **named: (),
        "a text": lambda right: lambda *given, **named: "weights",
        "text of the right length": lambda right: _alike(right, lambda value: "w", join="".join),
        "an error": _raises,
    }
    for first in range(most):
        answers[f"its arguments from number {first + 1} on"] = lambda right, first=first: _arguments(right, first)
        answers[f"argument number {first + 1} for each"] = lambda right, first=first: _arguments(right, first, step=0)
    return answers


def _raises(right):
    def empty(*given, **named):
        raise ValueError("no")

    return empty


def _alike(right, change, join=tuple):
    """A function with results like the right ones, in which each array or number is changed."""

    def changed(value):
        if isinstance(value, Mapping):
            return {key: changed(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(changed(each) for each in value) if type(value) in (list, tuple) else value
        try:
            is_number = np.asarray(value).dtype.kind in "biuf"
        except ValueError:
            is_number = False
        return change(np.asarray(value)) if is_number else None  # a right object, such as a model, is no empty answer

    def empty(*given, **named):
        results = _results(right, given, named)
        return changed(results[0]) if len(results) == 1 else join([changed(each) for each in results])

    return empty


def _arguments(right, first, step=1):
    """A function that gives back its own arguments, as many as there are results."""

    def empty(*given, **named):
        count = len(_results(right, given, named))
        values = list(inspect.signature(right).bind(*given, **named).arguments.values())
        chosen = [values[(first + step * number) % len(values)] for number in range(count)]
        return chosen[0] if count == 1 else tuple(chosen)

    return empty


def _results(right, given, named):
    """The right results of one call, as a list; none where the call is refused or fails."""
    try:
        results = right(*[np.copy(each) if isinstance(each, np.ndarray) else each for each in given], **named)
    except Exception:
        return [np.zeros(1)]
    return list(results) if isinstance(results, tuple) or inspect.isgenerator(results) else [results]


# Classes, and cells with both.


def _cells(source):
    """Cells in which every solution does the same nothing."""
    bodies = {
        "methods that return None": lambda function, first: "return None",
        "methods that return 0": lambda function, first: "return 0.0",
        "methods that return True": lambda function, first: "return True",
        "methods that return their argument": lambda function, first: f"return {first}",
        "methods that do what the base class does": _base,
    }
    functions = {name: node for node, name in _with_names(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    cells = {}
    for label, body in bodies.items():
        texts = {}
        for region in find_regions(source):
            texts[region] = "pass"
            if region.name in functions:
                parameters = [each.arg for each in functions[region.name].args.args]
                texts[region] = body(functions[region.name], parameters[1] if len(parameters) > 1 else "None")
        cells[label] = fill_regions(source, texts)
    return cells


def _base(function, first):
    arguments = function.args
    given = [each.arg for each in arguments.args[1:]]
    given += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    given += [f"{each.arg}={each.arg}" for each in arguments.kwonlyargs]
    given += [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
    return f"return super().{function.name}({', '.join(given)})"


def _with_names(node, prefix=""):
    for child in ast.iter_child_nodes(node):
        name = prefix
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            name = f"{prefix}.{child.name}".lstrip(".")
            yield child, name
        yield from _with_names(child, name)
