"""Cheats: notebooks that want points which they did not earn. Each is graded with its class, and gets what it earned.

Every hand-in answers `scale` (4 points) right or not as its row says, and never answers `shift` (2.5 points) right.
"""

import json
import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.assignment import load_assignment
from autograder.preprocessors import METADATA
from autograder.workflow import sample_class
from autograder.workflow.run import grade

CELL_SECONDS = 5  # what a cheat that no longer answers costs this file
WRONG = "def shift(values, *, by):\n    return values"

# What stands in a cell at the top of the notebook. Nothing here answers anything.
CHEATS = {
    "strips asserts from the syntax tree": """
        import ast
        class Strip(ast.NodeTransformer):
            def visit_Assert(self, node):
                return ast.Pass()
        get_ipython().ast_transformers.append(Strip())
        """,
    "rewrites every cell that comes in": """
        def rewrite(lines):
            return ["pass\\n"] if any("assert" in line for line in lines) else lines
        get_ipython().input_transformers_post.append(rewrite)
        """,
    "patches numpy's comparisons": """
        import numpy as np, numpy.testing
        def always(*given, **settings):
            return True
        np.allclose = np.isclose = np.array_equal = np.testing.assert_allclose = np.testing.assert_array_equal = always
        """,
    "patches what runs cells": """
        shell = get_ipython()
        class Fine:
            success, result, error_before_exec, error_in_exec, execution_count = True, None, None, None, 1
            def raise_error(self): pass
        old = shell.run_cell
        def run_cell(source, *given, **settings):
            return Fine() if "assert" in source else old(source, *given, **settings)
        shell.run_cell = run_cell
        """,
    "patches run_code": """
        import types
        async def run_code(self, code, result=None, async_=False):
            return False
        get_ipython().run_code = types.MethodType(run_code, get_ipython())
        """,
    "patches do_execute": """
        kernel = get_ipython().kernel
        old_execute = kernel.do_execute
        async def do_execute(code, *given, **settings):
            reply = await old_execute("" if "judge" in code else code, *given, **settings)
            reply["user_expressions"] = {"reply": {"status": "ok", "data": {"text/plain": "4"}, "metadata": {}}}
            return reply
        kernel.do_execute = do_execute
        """,
    "swallows every exception": """
        def swallow(self, kind, value, trace, tb_offset=None):
            return []
        get_ipython().set_custom_exc((BaseException,), swallow)
        get_ipython().showtraceback = lambda *given, **settings: None
        """,
    "shadows builtins": """
        import builtins
        AssertionError = type("AssertionError", (), {})
        builtins.abs = builtins.all = builtins.sum = lambda *given, **settings: True
        builtins.AssertionError = Warning
        """,
    "stubs modules": """
        import sys, types
        stub = types.ModuleType("numpy.testing")
        stub.__getattr__ = lambda name: lambda *given, **settings: None
        sys.modules["numpy.testing"] = sys.modules["pytest"] = sys.modules["unittest"] = stub
        """,
    "patches the shell's messages": """
        kernel = get_ipython().kernel
        old_send = kernel.session.send
        def send(stream, msg_or_type, content=None, *given, **settings):
            if isinstance(content, dict) and "user_expressions" in content:
                content = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {
                    "reply": {"status": "ok", "metadata": {}, "data": {"text/plain": "4"}}}}
            return old_send(stream, msg_or_type, content, *given, **settings)
        kernel.session.send = send
        """,
    "answers in the messages with what no kernel says": """
        kernel = get_ipython().kernel
        old_send = kernel.session.send
        def send(stream, msg_or_type, content=None, *given, **settings):
            if isinstance(content, dict) and "user_expressions" in content:
                content = ["no", "dictionary"]
            return old_send(stream, msg_or_type, content, *given, **settings)
        kernel.session.send = send
        """,
    "patches json and base64, with which replies are packed": """
        import base64, json
        old_dumps = json.dumps
        json.dumps = lambda value, *given, **settings: old_dumps(
            {"outputs": {"scaled": {"kind": "array", "dtype": "<f8", "shape": [], "data": "AAAAAAAA8D8="},
                         "shifted": {"kind": "array", "dtype": "<f8", "shape": [], "data": "AAAAAAAA8D8="},
                         "points": 2.5, "passed": True}}
            if isinstance(value, dict) and ("outputs" in value or "error" in value) else value, *given, **settings)
        """,
    "prints and returns a number that looks like a score": """
        print("2.5")
        class Score(float):
            def __repr__(self): return "2.5"
        2.5
        """,
    "equals everything": """
        import numpy as np
        class Same(np.ndarray):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __array__(self, *given, **settings): return np.zeros(self.shape)
        """,
    "asks whether it is graded": """
        import os
        graded = any("GRAD" in name or "JUDGE" in name for name in os.environ) or "__judge_scope__" in globals()
        """,
}
ANSWERS = {
    "returns what equals everything": (
        "equals everything",
        "def shift(values, *, by):\n    import numpy as np\n    return np.array(values).view(Same)",
    ),
    "hard-codes the visible example": (
        None,
        "def shift(values, *, by):\n    import numpy as np\n    return np.full(1, 2.0)",
    ),
    "changes the inputs to what it returns": (
        None,
        "def shift(values, *, by):\n    values[...] = 0\n    return values",
    ),
    "returns a number as a text": (None, "def shift(values, *, by):\n    return '2.5'"),
    "returns a generator": (None, "def shift(values, *, by):\n    return (value for value in values)"),
    "returns ten gigabytes": (
        None,
        "def shift(values, *, by):\n    import numpy as np\n    return np.zeros(1_250_000_000)",
    ),
    "returns what seems huge": (
        None,
        "def shift(values, *, by):\n    import numpy as np\n    return np.broadcast_to(1.0, (10**6, 10**6))",
    ),
    "returns an object that cannot be packed": (
        None,
        "class Odd:\n    __class__ = property(lambda self: 1 / 0)\n    def __array__(self, *given, **settings):\n"
        "        raise SystemExit\n    def __repr__(self):\n        raise SystemExit\n"
        "def shift(values, *, by):\n    return Odd()",
    ),
    "raises what cannot be told": (
        None,
        "class Odd(BaseException):\n    def __str__(self):\n        raise SystemExit\n"
        "def shift(values, *, by):\n    raise Odd",
    ),
    "ends the kernel's answer early": (None, "def shift(values, *, by):\n    raise SystemExit"),
    "interrupts itself": (None, "def shift(values, *, by):\n    raise KeyboardInterrupt"),
    "recurses for ever": (None, "def shift(values, *, by):\n    return shift(values, by=by)"),
    "returns complex numbers": (None, "def shift(values, *, by):\n    return values + by + 0j"),
    "returns the right numbers as objects": (
        None,
        "def shift(values, *, by):\n    return (values + by).astype(object)",
    ),
}


def dedented(text):
    lines = text.strip("\n").splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines)


def notebook_for(assignment, name):
    notebook = sample_class.solved(assignment)["numbers"]
    cell = sample_class.cell_of(notebook, "shift")
    top, cell.source = ANSWERS.get(name, (name, WRONG))
    if top:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(dedented(CHEATS[top])))
    return notebook


# Cheats that go so deep that the honest answers behind them are not heard any more; they lose by it.
DEAF = {
    "patches what runs cells",
    "patches run_code",
    "patches do_execute",
    "patches the shell's messages",
    "answers in the messages with what no kernel says",
    "patches json and base64, with which replies are packed",
}
HONEST, HELPED = "honest", "helped"
KERAS = "asks keras in a NumPy notebook"
BESIDE = {  # files beside the notebook, by student or by cheat
    "hands in a numpy of its own": {"numpy.py": "def __getattr__(name):\n    return lambda *given, **settings: 0\n"},
    HELPED: {"my_helpers.py": "def moved(values, by):\n    return values + by\n"},
}
ANSWERS["hands in a numpy of its own"] = None, WRONG
ANSWERS[KERAS] = None, "def shift(values, *, by):\n    import keras\n    return keras.ops.add(values, by)"
STUDENTS = {f"s{number:02d}": name for number, name in enumerate([*CHEATS, *ANSWERS])}


@pytest.fixture(scope="module")
def graded(built_course, tmp_path_factory):
    """The course after a class of cheats, and one honest student at its end, were graded."""
    root = tmp_path_factory.mktemp("cheats") / "course"
    shutil.copytree(built_course, root)
    assignment = load_assignment(root / "solutions" / "1-numbers")
    made = {student: notebook_for(assignment, name) for student, name in STUDENTS.items()}
    made |= {student: sample_class.solved(assignment)["numbers"] for student in (HONEST, HELPED)}
    sample_class.cell_of(
        made[HELPED], "shift"
    ).source = "def shift(values, *, by):\n    from my_helpers import moved\n    return moved(values, by)"
    for student, notebook in made.items():
        path = root / "classroom" / "submitted" / student / "1-numbers" / "numbers.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        for name, text in BESIDE.get(STUDENTS.get(student, student), {}).items():
            (path.parent / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograder.nbgrader_config.CELL_SECONDS", CELL_SECONDS)
        outcome = grade(assignment, root, say=lambda line: None)
    return root, outcome


def scores(graded, student):
    with Gradebook(f"sqlite:///{graded[0] / 'classroom' / 'gradebook.db'}") as gradebook:
        (notebook,) = gradebook.find_submission("1-numbers", student).notebooks
        return {grade.name: grade.auto_score for grade in notebook.grades if grade.name != "why"}


def verdicts(graded, student):
    path = graded[0] / "classroom" / "autograded" / student / "1-numbers" / "numbers.ipynb"
    return nbformat.read(path, as_version=4).metadata[METADATA]


def test_no_cheat_stops_the_class(graded):
    assert graded[1].problems == {}
    assert graded[1].graded == len(STUDENTS) + 2
    for honest in (HONEST, HELPED):
        assert scores(graded, honest) == {"check_scale": 4, "check_shift": 2.5}


@pytest.mark.parametrize("student", STUDENTS, ids=STUDENTS.get)
def test_no_cheat_gets_a_point_that_it_did_not_earn(graded, student):
    found = scores(graded, student)
    assert found["check_shift"] == 0
    assert found["check_scale"] in ((0, 4) if STUDENTS[student] in DEAF else (4,))


@pytest.mark.parametrize("student", STUDENTS, ids=STUDENTS.get)
def test_every_failure_is_one_plain_sentence(graded, student):
    (check,) = [check for check in verdicts(graded, student)["checks"] if check["check"] == "shift"]
    for probe in check["probes"]:
        assert probe["outcome"] != "right"
        assert probe["sentence"].endswith(".")
        assert "\n" not in probe["sentence"]
        assert len(probe["sentence"]) < 400
    json.dumps(check)


# What the instructor reads beside the score. Flags are hints: nothing above hangs on them.
FLAGGED = {
    "strips asserts from the syntax tree": "rewrites-code",
    "rewrites every cell that comes in": "rewrites-code",
    "patches numpy's comparisons": "patches-library",
    "patches what runs cells": "patches-shell",
    "patches run_code": "patches-shell",
    "patches do_execute": "patches-shell",
    "swallows every exception": "patches-shell",
    "shadows builtins": "patches-library",
    "stubs modules": "replaces-module",
    "patches the shell's messages": "kernel-internals",
    "answers in the messages with what no kernel says": "kernel-internals",
    "patches json and base64, with which replies are packed": "patches-library",
    "asks whether it is graded": "kernel-internals",
    "hands in a numpy of its own": "shadowing-file",
    KERAS: "library-answer",
}


@pytest.mark.parametrize("student", STUDENTS, ids=STUDENTS.get)
def test_who_tampers_is_flagged_and_nobody_else(graded, student):
    told = {flag["flag"] for flag in verdicts(graded, student)["flags"]}
    wanted = FLAGGED.get(STUDENTS[student])
    assert wanted in told if wanted else told <= {"always-equal", "hidden-code"}


@pytest.mark.parametrize("student", [HONEST, HELPED])
def test_an_honest_notebook_has_no_flag(graded, student):
    assert verdicts(graded, student)["flags"] == []
    assert verdicts(graded, student)["repaired"] == []


def test_numpy_means_numpy_and_the_message_says_so(graded):
    student = next(student for student, name in STUDENTS.items() if name == KERAS)
    (check,) = [check for check in verdicts(graded, student)["checks"] if check["check"] == "shift"]
    assert "keras cannot be imported here: this is a NumPy notebook" in check["probes"][0]["sentence"]


def test_the_report_lists_the_flags(graded):
    report = graded[1].report.read_text(encoding="utf-8")
    assert "Worth a look" in report
    assert report.count("<td>flag</td>") >= len(FLAGGED)
