"""No answer that is one small edit away from the right one earns every point, unless the contract says that it may.

Those that may are in ``<assignment>/equivalent.toml``, each with its reason; the file must fit: an entry that no longer
applies, or whose mutant is caught, fails here as well.
"""

import functools

import counts
import exercises
import pytest
from equivalents import load_equivalents
from mutants import mutants_of, statements_in

MUTANTS = 4  # at least so many for each statement of an answer, or the edits pass over some of it


@functools.cache
def all_mutants(assignment):
    notebooks = exercises.assignments()[assignment].notebooks
    return {mark.name: mutants_of(mark.source) for notebook in notebooks for mark in notebook.exercises}


@functools.cache
def all_equivalents(assignment):
    return load_equivalents(exercises.AUTHORED / assignment / "equivalent.toml", all_mutants(assignment))


@pytest.mark.parametrize(("assignment", "exercise"), exercises.every_exercise())
def test_only_equivalent_mutants_survive(in_process, assignment, exercise):
    world, mutants = in_process(assignment), all_mutants(assignment)[exercise]
    equivalent = all_equivalents(assignment)[exercise]
    assert len(mutants) >= MUTANTS * statements_in(world.exercises[exercise][0])
    seeds = range(counts.count("seeds for each mutant in NumPy"))
    if world.is_keras(exercise):  # half a second for each that survives, so a sample of them, which is always the same
        tenths, seeds = counts.count("tenths of the mutants of each Keras exercise"), range(1)
        mutants = [each for number, each in enumerate(mutants) if number * 3 % 10 < tenths]
    surviving, caught = [], []
    for mutant in mutants:
        survives = [world.earns_everything(exercise, mutant.cell, seed) for seed in seeds]
        if mutant in equivalent:
            caught += [str(mutant)] * (not all(survives))
        else:
            surviving += [str(mutant)] * any(survives)
    assert surviving == []
    assert caught == [], "listed as equivalent, but caught"


@pytest.mark.parametrize("assignment", exercises.assignments())
def test_every_equivalent_mutant_exists(assignment):
    assert all_equivalents(assignment).keys() == all_mutants(assignment).keys()


BROKEN = {
    "another value": ("np.sqrt(accumulator + epsilon)", "np.sqrt(accumulator + epsilon) * 1.001"),
    "changed arguments": ("accumulator = accumulator + gradient**2", "accumulator += gradient**2"),
    "an error": ("return weights, accumulator", "raise ValueError"),
    "no function": ("def adagrad_step", "def another_step"),
    "no Python": ("return weights, accumulator", "return weights,, accumulator"),
    "an endless cell": ("return weights, accumulator", "return weights, accumulator\nwhile True:\n    pass"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_does_not_survive(optimizers, case, monkeypatch):
    monkeypatch.setattr(type(optimizers), "CELL_SECONDS", 0.1)
    source = optimizers.exercises["adagrad_step"][0]
    assert optimizers.earns_everything("adagrad_step", source, 0)
    old, new = BROKEN[case]
    assert source.count(old) == 1
    assert not optimizers.earns_everything("adagrad_step", source.replace(old, new), 0)
