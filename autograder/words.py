"""What of a student's text may be repeated to the student: words of their own, or everybody's. Never a probe's.

An exception's message, a class's name or a line of source comes out of the process in which a probe was asked, so a
hostile answer can put into it whatever it saw there: the probe's source, its inputs, in any code. What is repeated is
therefore made of words that stand in the hand-in itself, or in the documentation of Python and NumPy, which everybody
has. Anything else becomes an ellipsis; the verdict itself does not depend on it.
"""

import ast
import builtins
import functools
import re
from collections.abc import Iterable

import numpy as np

from autograder.sandbox.libraries import SENTENCE
from autograder.wire import Failure

WORD = re.compile(r"\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+|\w+")
LONG_NUMBER = 4  # digits of a whole number that may be repeated: a shape, an index, a line
PUNCTUATION = re.compile(r"[^\w\s…]{4,}")
GAP = re.compile(r"…\W*…")  # nothing but signs between two gaps: one gap
RUN = 5  # so many words in a row, as they stand in a probe, are the probe's
# Words of Python's, Keras's and TensorFlow's messages that the documentation loaded here does not have.
MORE_WORDS = """
    nonetype unsupported subscriptable iterable hashable ambiguous defined unable allocate gib mib referenced
    assignment stopped tried bool eager symbolic operatornotallowedingrapherror inaccessibletensorerror
    tensorflow tensor tensors keras backend graph variable variables optimizer layer layers trainable
    built build compile config deserialize initializer dtype float32 float64 int32 shape batch model loss learning rate
    attempting attribute called callable before after again created unknown unexpected keyword argument arguments
    positional required missing takes given got received expected must cannot could instead invalid incompatible
"""
# Sentences of the grader's own that pass through a student's process whole.
OWN_SENTENCES = (
    re.compile(r"`\w+` is missing: no cell that ran has defined it"),
    re.compile(re.escape(SENTENCE).replace(r"\{name\}", r"\w+")),
)


class Words:
    """The words that may be repeated to one student.

    Parameters
    ----------
    sources : iterable of str
        Texts of the student's own: the cells of the hand-in.
    probes : iterable of str
        Sources of the probes. A text that holds five words in a row of one, outside its strings (which are messages to
        the student), is not repeated at all.
    """

    def __init__(self, sources: Iterable[str], probes: Iterable[str] = ()):
        sources = list(sources)
        self.own = frozenset(word for source in sources for word in WORD.findall(source))
        self.lines = frozenset(line.strip() for source in sources for line in source.splitlines())
        self.secret = frozenset(run for probe in sorted(set(probes)) for run in _runs(_code_alone(probe)))

    def repeat(self, text: str) -> str:
        """The text with every word that is neither the student's nor everybody's replaced by an ellipsis."""
        if any(sentence.fullmatch(text) for sentence in OWN_SENTENCES):
            return text
        if not self.secret.isdisjoint(_runs(text)):
            return "…"
        kept = WORD.sub(lambda found: found[0] if self.knows(found[0]) else "…", text)
        return GAP.sub("…", PUNCTUATION.sub("…", " ".join(kept.split())))

    def knows(self, word: str) -> bool:
        """Whether one word may be repeated."""
        if word in self.own:
            return True
        if word.isdecimal():
            return len(word) <= LONG_NUMBER
        return word.isascii() and word.lower() in everybodys()

    def failure(self, failure: Failure) -> Failure:
        """An exception of which only what may be repeated is left."""
        line = failure.line if failure.line in self.lines else ""
        return Failure(self.repeat(failure.type).strip("…"), self.repeat(failure.message), line)


def _runs(text):
    words = re.findall(r"\w+", text)
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


@functools.cache
def _code_alone(source):
    """A probe's source without the texts in it."""

    class Silence(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.Constant("") if isinstance(node.value, str) else node

        def visit_JoinedStr(self, node):
            return ast.Constant("")

    return ast.unparse(Silence().visit(ast.parse(source)))


@functools.cache
def everybodys() -> frozenset[str]:
    """Words, in lower case, of the documentation of Python's builtins and of NumPy."""
    texts = [*vars(builtins), *dir(np), *dir(np.exceptions), *dir(np.linalg), MORE_WORDS]
    for module in (builtins, np, np.exceptions, np.linalg):
        texts += [getattr(module, name).__doc__ for name in dir(module) if not name.startswith("_")]
    for name in ("list", "dict", "str", "tuple", "int", "float", "type", "object"):
        texts += [method.__doc__ for method in vars(getattr(builtins, name)).values()]
    found = {word.lower() for text in texts if isinstance(text, str) for word in re.findall(r"[A-Za-z]+\d?\w*", text)}
    return frozenset(word for word in found if len(word) <= 24)
