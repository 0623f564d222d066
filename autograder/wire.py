"""What crosses between the judge and a kernel: inputs go in; one decoder reads what comes out and trusts none of it."""

import ast
import base64
import binascii
import json
import math
import unicodedata
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from autograder.probes import Probe
from autograder.sandbox.limits import ANSWER_BYTES, ARRAY_CHARACTERS

ASKER = Path(__file__).with_name("asker.py").read_text(encoding="utf-8")
DTYPES = {dtype.str: dtype for dtype in map(np.dtype, "?bhilqBHILQefdFD")}  # by the names that an honest asker sends
TEXT = 300


class BadReply(ValueError):
    """What came back is no reply that an honest asker sends."""


@dataclass(frozen=True)
class Failure:
    """An answer that raised: the exception's type, its message, and the student's line, all scrubbed."""

    type: str
    message: str
    line: str = ""


@dataclass(frozen=True)
class Other:
    """An output that is no array of numbers: what it is instead."""

    type: str


@dataclass(frozen=True)
class Answer:
    """One probe's outcome as it came back.

    Parameters
    ----------
    outputs : dict of str to ndarray or Other
        What the asking half returned, by name; empty where it failed.
    failure : Failure or None
        The exception that ended it, if one did.
    """

    outputs: dict[str, np.ndarray | Other] = field(default_factory=dict)
    failure: Failure | None = None


def question(probe: Probe, inputs: dict[str, Any], keras: bool, folder: str = "") -> tuple[str, str]:
    """The code that asks a probe in a kernel, and the expression that yields its reply.

    Parameters
    ----------
    probe : Probe
        What is asked.
    inputs : dict
        What it drew.
    keras : bool
        Whether the asking half finds Keras.
    folder : str
        The working directory in which it is asked; by default the one that the notebook is in.

    Neither uses a name of the student's: the builtins are fetched by an import statement, and what is left behind is
    removed by the expression itself.
    """
    request = json.dumps(
        {
            "source": probe.source(),
            "function": probe.ask.__name__,
            "inputs": pack(inputs),
            "keras": keras,
            "folder": folder,
        }
    )
    code = (
        "import builtins as __judge_builtins__\n"
        "__judge_scope__ = __judge_builtins__.dict(__name__='asker')\n"
        f"__judge_builtins__.exec({ASKER!r}, __judge_scope__)\n"
        f"__judge_scope__ = __judge_scope__['answer']({request!r}, __judge_builtins__.globals())\n"
    )
    return code, "__judge_builtins__.globals().pop('__judge_scope__')"


def pack(value: Any) -> Any:
    """An input in the wire's form: arrays as raw numbers, dicts and lists as they are, everything else as JSON."""
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"a probe's input must be an array of numbers, got one of {array.dtype}")
        data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
        return {"kind": "array", "dtype": array.dtype.str, "shape": list(array.shape), "data": data}
    if isinstance(value, dict):
        return {"kind": "dict", "items": {str(key): pack(item) for key, item in value.items()}}
    if isinstance(value, list | tuple):
        return [pack(item) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"a probe's input must be an array, a number, a text, or a list or dict of these, got {value!r}")


def decode(text: str, most: int | None = None) -> Answer:
    """Read what a kernel sent back.

    Parameters
    ----------
    text : str
        The reply's ``text/plain``: the ``repr`` of a JSON text.
    most : int, optional
        How many characters of it are read at all; never more than ``ANSWER_BYTES``.

    Raises
    ------
    BadReply
        For anything that an honest asker does not send, whatever happens while it is read. Nothing is executed,
        unpickled or allocated before its size is known.
    """
    most = ANSWER_BYTES if most is None else min(most, ANSWER_BYTES)
    if not isinstance(text, str) or len(text) > most:
        raise BadReply("the reply is no text, or longer than any honest one")
    try:
        return _read(text)
    except BadReply:
        raise
    except Exception as error:
        raise BadReply(f"the reply cannot be read: {type(error).__name__}") from None


def _read(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a literal can be right and doubtful: that is nobody's business here
            reply = json.loads(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise BadReply("the reply is no JSON text") from None
    if not isinstance(reply, dict):
        raise BadReply("the reply is no object")
    if "error" in reply:
        error = reply["error"]
        if not isinstance(error, dict):
            raise BadReply("the reply's error is no object")
        return Answer(failure=Failure(*(clean(error.get(key)) for key in ("type", "message", "line"))))
    outputs = reply.get("outputs")
    if not isinstance(outputs, dict) or len(outputs) > 1000:
        raise BadReply("the reply has no outputs")
    return Answer(outputs={clean(name): _output(value) for name, value in outputs.items()})


def _output(value):
    if not isinstance(value, dict):
        raise BadReply("an output is no object")
    kind = value.get("kind")
    if kind == "other":
        return Other(clean(value.get("type")))
    shape, dtype = value.get("shape"), value.get("dtype")
    if not isinstance(shape, list) or len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise BadReply("an output's shape is no list of lengths")
    if kind == "huge":
        return Other(f"array of shape {tuple(shape)}, too large to read")
    if kind != "array" or not isinstance(value.get("data"), str):
        raise BadReply("an output is neither an array nor described")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise BadReply("an output's dtype is none of the numbers'")
    dtype = DTYPES[dtype]
    if len(value["data"]) > ARRAY_CHARACTERS:
        raise BadReply("an output is larger than any honest one")
    try:
        raw = base64.b64decode(value["data"], validate=True)
    except (binascii.Error, ValueError):
        raise BadReply("an output's data is no base64") from None
    if math.prod(shape) * dtype.itemsize != len(raw):
        raise BadReply("an output's data does not fill its shape")
    try:
        return np.frombuffer(raw, dtype=dtype).reshape(shape)
    except ValueError:  # no entries, but lengths that no array can have
        raise BadReply("an output's shape is no list of lengths") from None


def clean(value: Any) -> str:
    """A text of a student's, fit for a page, a log or a database.

    It is cut to 300 characters; control, format (bidirectional ones among them), surrogate and unassigned characters
    are dropped, line ends and tabs become spaces. What is no text at all becomes "".
    """
    text = value[: 4 * TEXT] if isinstance(value, str) else ""
    kept = (" " if character in "\n\r\t" else character for character in text)
    text = "".join(character for character in kept if not unicodedata.category(character).startswith("C"))
    return text[:TEXT].strip()
