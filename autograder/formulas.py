"""Formulas without a script: TeX becomes MathML when a page is written, or stays readable as its source."""

import re
from html import escape, unescape

from latex2mathml.converter import convert_to_element

TEX_LENGTH = 2000  # characters; longer ones are shown as their source

# What a formula may be made of. The converter copies \text, \href and \style through as it finds them, so its tree is
# written out here, from these names alone.
_ELEMENTS = (
    "math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle "
    "msub msubsup msup mtable mtd mtext mtr munder munderover none"
)
_ATTRIBUTES = (
    "accent accentunder columnalign columnspacing depth display displaystyle fence form height largeop linethickness "
    "lspace mathvariant maxsize minsize movablelimits notation rowspacing rspace scriptlevel separator stretchy "
    "voffset width"
)
ELEMENTS, ATTRIBUTES = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())
SIGNS, CLOSING = "−+±∓", ")]}⟩|‖!"
VALUE = re.compile(r"[\w.%+\- ]{1,40}", re.ASCII)


class _Unreadable(ValueError):
    """A formula that the converter only seems to understand."""


def formula(tex: str, display: bool = False) -> str:
    """A formula as MathML; as its source in ``<code>`` where it cannot be converted.

    Parameters
    ----------
    tex : str
        TeX without the dollars around it.
    display : bool
        Whether it stands on a line of its own.
    """
    try:
        if len(tex) > TEX_LENGTH:
            raise _Unreadable("too long")
        known = re.sub(r"\{(aligned|gathered)\}", "{split}", tex)  # the converter knows these by other names alone
        known = known.replace(r"\operatorname*", r"\operatorname")
        return _markup(convert_to_element(known, display="block" if display else "inline"))
    except Exception:  # whatever a student wrote between two dollars: its source can always be shown
        return f"<code>{escape(tex[:TEX_LENGTH])}</code>"


def _markup(element, form=""):
    text = unescape(element.text or "")
    if element.tag not in ELEMENTS or (element.tag == "mi" and (text == "&" or text[:1] == "\\")):
        raise _Unreadable(text)  # a command or an alignment that the converter has passed through as a letter
    given = "".join(
        f' {name}="{value}"' for name, value in element.items() if name in ATTRIBUTES and VALUE.fullmatch(value)
    )
    inside = "".join(_markup(child, sign) for child, sign in zip(element, _signs(element), strict=True))
    return f"<{element.tag}{given}{form}>{escape(text)}{inside}</{element.tag}>"


def _signs(element):
    """For each part: that it is a sign before a number, not an operation between two, and wants no space around it."""
    after_operator = True
    for part in element:
        text = unescape(part.text or "")
        yield ' form="prefix"' if part.tag == "mo" and text in SIGNS and after_operator else ""
        if part.tag != "mspace":
            after_operator = part.tag == "mo" and text not in CLOSING
