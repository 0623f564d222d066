"""The appendix: arguments named in the notation exist in Keras, and the glossary is sorted and of a useful size."""

import inspect
import re
from pathlib import Path

import keras
import pytest

APPENDIX = Path(__file__).resolve().parents[2] / "book" / "appendix"
MODULES = (
    keras.layers,
    keras.optimizers,
    keras.optimizers.schedules,
    keras.callbacks,
    keras.regularizers,
    keras.initializers,
)
NAMED = sorted(set(re.findall(r"`(\w+)\((\w+)\)`", (APPENDIX / "notation.md").read_text(encoding="utf-8"))))


@pytest.mark.parametrize(("owner", "argument"), NAMED)
def test_the_notation_names_arguments_that_exist(owner, argument):
    if owner in ("fit", "compile"):
        found = getattr(keras.Model, owner)
    elif owner == "schedule":
        found = keras.optimizers.schedules.ExponentialDecay.__call__
    else:
        found = next(getattr(module, owner) for module in MODULES if hasattr(module, owner))
    assert argument in inspect.signature(found).parameters


def test_the_notation_names_many():
    assert len(NAMED) > 25


def terms():
    """The glossary's terms, in the page's order."""
    text = (APPENDIX / "glossary.md").read_text(encoding="utf-8")
    block = re.search(r"^```\{glossary\}\n(.*?)^```$", text, re.M | re.S)[1]
    return re.findall(r"^(\S.*)\n {2}", block, re.M)


def test_the_glossary_is_sorted_and_has_each_term_once():
    found = [term.lower() for term in terms()]
    assert found == sorted(set(found))
    assert len(found) >= 55


def test_every_term_that_a_term_points_at_is_there():
    text = (APPENDIX / "glossary.md").read_text(encoding="utf-8")
    known = {term.lower() for term in terms()}
    linked = {each.lower() for each in re.findall(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`", text)}
    assert linked and linked <= known
