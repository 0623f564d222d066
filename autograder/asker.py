"""Runs beside a student's answer: decodes a probe's inputs, asks it, and encodes what came back. Knows no right answer.

This file is sent as text to the kernel that holds the answer, so it imports nothing of ours. The judge reads what it
sends back with ``wire.decode``, which trusts none of it.
"""

import base64
import contextlib
import io
import json
import os
import traceback
import warnings

import numpy as np

ARRAY_BYTES = 8_000_000  # a larger array is reported by its shape alone
TEXT = 300  # characters kept of a message
PRINTING = dict(precision=8, threshold=1000, edgeitems=3, linewidth=75, suppress=False, nanstr="nan", infstr="inf",
                sign="-", formatter=None, floatmode="maxprec")  # fmt: skip


class Student:
    """The notebook's names as attributes; a missing one is an error that says so."""

    def __init__(self, namespace):
        object.__setattr__(self, "_namespace", namespace)

    def __getattr__(self, name):
        try:
            return self._namespace[name]
        except KeyError:
            raise NameError(f"`{name}` is missing: no cell that ran has defined it") from None


def unpack(value):
    """Turn the wire's form of an input into what the asking half works with; arrays are fresh and writable."""
    if isinstance(value, dict) and value.get("kind") == "array":
        raw = base64.b64decode(value["data"])
        return np.frombuffer(raw, dtype=value["dtype"]).reshape(value["shape"]).copy()
    if isinstance(value, dict):
        return {key: unpack(item) for key, item in value["items"].items()}
    if isinstance(value, list):
        return [unpack(item) for item in value]
    return value


def pack(value):
    """Turn one output into the wire's form: raw numbers, or a description of what it is instead."""
    described = {"kind": "other", "type": type(value).__name__[:TEXT]}
    if value is None or isinstance(value, str | bytes):
        return described
    try:
        array = np.asarray(value)
    except Exception:
        return described
    if array.dtype.kind not in "biufc":
        if isinstance(value, np.ndarray):
            described["type"] = f"array of {array.dtype.name}"
        return described
    if array.nbytes > ARRAY_BYTES:
        return {"kind": "huge", "shape": list(array.shape), "dtype": array.dtype.str}
    plain = {"g": np.float64, "G": np.complex128}.get(array.dtype.char, array.dtype.newbyteorder("="))
    array = array.astype(plain, copy=False)
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"kind": "array", "dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def failure(error, probe_file):
    """Describe an exception, with the student's own line where it was raised, if it was raised there."""
    line = ""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == probe_file:
            break
        if frame.filename.startswith(("/tmp/ipykernel_", "<ipython-input")) or "ipykernel_" in frame.filename:
            line = (frame.line or "").strip()
            break
    try:
        message = str(error)[:TEXT]
    except Exception:  # a student's own exception may not be able to say what it is
        message = ""
    return {"type": type(error).__name__[:TEXT], "message": message, "line": line[:TEXT]}


def answer(request, namespace):
    """Ask one probe and give the reply as JSON text.

    Parameters
    ----------
    request : str
        JSON with ``source`` (the asking half), ``function`` (its name), ``inputs``, ``keras``: whether to provide
        Keras, and ``folder``: the working directory in which it is asked, or "" for the one that the notebook is in.
    namespace : dict
        The notebook's global names.
    """
    request = json.loads(request)
    probe_file = "<probe>"
    scope = {"np": np, "__name__": "probe"}
    silence = io.StringIO()
    folder = None
    with contextlib.suppress(OSError):  # the notebook may have removed the folder it works in
        folder = os.getcwd()
    if request.get("folder"):
        with contextlib.suppress(OSError):
            os.chdir(request["folder"])
    try:
        with contextlib.ExitStack() as calm:
            calm.enter_context(contextlib.redirect_stdout(silence))
            calm.enter_context(contextlib.redirect_stderr(silence))
            calm.enter_context(warnings.catch_warnings())
            calm.enter_context(np.errstate(all="ignore"))
            calm.enter_context(np.printoptions(**PRINTING))
            warnings.simplefilter("ignore")
            if request["keras"]:
                import keras

                scope["keras"] = keras
            exec(compile(request["source"], probe_file, "exec"), scope)
            outputs = scope[request["function"]](Student(namespace), unpack(request["inputs"]))
            reply = {"outputs": {str(name)[:TEXT]: pack(value) for name, value in outputs.items()}}
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise  # the grader's own time limit
        reply = {"error": failure(error, probe_file)}
    finally:
        if folder:
            with contextlib.suppress(OSError):
                os.chdir(folder)
    return json.dumps(reply)
