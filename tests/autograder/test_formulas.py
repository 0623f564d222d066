"""Formulas as MathML: the course's own, the ones that cannot be converted, and those that try to be more."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jupytext
import pytest

from autograder import formulas
from autograder.formulas import TEX_LENGTH, formula

SOURCES = sorted((Path(__file__).parents[2] / "solutions").glob("*/*.py"))
TEX = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$", re.DOTALL)


def course_formulas():
    for path in SOURCES:
        for cell in jupytext.read(path, fmt="py:percent").cells:
            if cell.cell_type == "markdown":
                yield from (found[1] or found[2] for found in TEX.finditer(cell.source))


def test_every_formula_of_the_course_becomes_mathml():
    found = list(course_formulas())
    assert len(found) > 50
    assert [tex for tex in found if not formula(tex).startswith("<math")] == []


def test_a_fraction_with_a_root_and_indices():
    made = formula(r"\hat m \oslash \sqrt{s_{t+1} + \varepsilon} \frac{\alpha}{1 - \beta_1^t}", display=True)
    assert made.startswith('<math display="block">')
    for part in ("<mover", "⊘", "<msqrt>", "<msub><mi>s</mi>", "<mfrac>", "<msubsup><mi>β</mi><mn>1</mn><mi>t</mi>"):
        assert part in made


@pytest.mark.parametrize("name", ["aligned", "align", "align*", "split", "gathered", "cases"])
def test_lines_under_one_another(name):
    made = formula(rf"\begin{{{name}}} a &= b \\ c &= d \end{{{name}}}")
    assert made.count("<mtr>") == 2
    assert "&amp;" not in made


def test_a_sign_is_told_from_an_operation():
    assert '<mo form="prefix">−</mo><mn>5</mn>' in formula("(-5, a)")
    assert '<mo form="prefix">−</mo><mn>1</mn>' in formula("x_{-1}")
    for between in ("a - b", "|a| - b", r"f(a)\,- b"):
        assert "<mo>−</mo>" in formula(between)


@pytest.mark.parametrize(
    "tex", ["", r"\unheard of", r"\frac{", "a & b", "{" * 1000, "x" * (TEX_LENGTH + 1), r"\def\a{\a\a}\a", "<b>", "}"]
)
def test_what_cannot_be_converted_is_shown_as_its_source(tex):
    made = formula(tex)
    assert set(re.findall("<(/?[a-z]+)", made)) <= {"code", "/code"} or made.startswith("<math")
    if tex not in ("<b>", "}"):
        assert made.startswith("<code>")


@pytest.mark.parametrize(
    ("tex", "gone"),
    [
        (r"\text{<script>planted</script>}", "<script"),
        (r"\text{&lt;img src=x onerror=planted&gt;}", "<img"),
        (r"\href{javascript:planted}{x}", "javascript"),
        (r"\style{background:url(http://evil.example)}{x}", "url"),
        (r"\class{planted}{x}", "planted"),
        (r'\color{red" onload="planted}{x}', "onload"),
    ],
)
def test_nothing_but_mathml_comes_out(tex, gone):
    assert gone not in formula(tex)
    assert formula(tex).startswith("<math")


def test_the_name_of_an_operator_with_limits():
    assert "*" not in formula(r"\operatorname*{arg\,min}_x f(x)")


@pytest.mark.parametrize(
    ("converted", "made"),
    [
        ("<math><script>planted</script></math>", "<code>x</code>"),
        ("<math><mi href='planted'>x</mi></math>", "<math><mi>x</mi></math>"),
        ("<math><mspace width='1em&quot; onload=&quot;planted'/></math>", "<math><mspace></mspace></math>"),
    ],
)
def test_whatever_the_converter_makes_only_what_is_known_is_let_through(monkeypatch, converted, made):
    monkeypatch.setattr(formulas, "convert_to_element", lambda tex, display: ElementTree.fromstring(converted))
    assert formula("x") == made
