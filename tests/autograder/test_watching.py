"""A notebook that watches the probes: what it sees brings it no point and leaves in no page that a student gets."""

import json
import shutil

import nbformat
import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.preprocessors import HANDED_IN, METADATA
from autograder.wire import pack
from autograder.workflow import sample_class
from autograder.workflow.ledger import Ledger
from autograder.workflow.run import grade
from autograder.worlds import expected_answers

# Records every local of every frame above it, and all that the collector knows; then tries each way out.
WATCH = """
import base64, gc, sys
seen = {}

def watch():
    frame = sys._getframe(1)
    while frame:
        for name, value in list(frame.f_locals.items()):
            seen[f"{frame.f_code.co_name}.{name}"] = value
        frame = frame.f_back

def dump():
    found = sorted(seen.items(), key=lambda item: "ask_" not in item[0])  # the probe's own first: what is long is cut
    return "SEEN" + repr({name: value for name, value in found if isinstance(value, (str, dict, list))})

from IPython.display import HTML, display, update_display
_ = display("early", display_id="mine")
"""
SCALE = """
def scale(values, factor=3.0):
    watch()
    print(dump())
    display(HTML(dump()))
    return values
"""
SHIFT = """
def shift(values, *, by):
    watch()
    update_display(dump(), display_id="mine")
    raise ValueError(dump()[:250])
"""
AFTERWARDS = [
    "print(dump())",
    "import sys; print(base64.b64encode(dump().encode()).decode(), file=sys.stderr)",
    "dump().encode().hex()",
    "update_display(dump(), display_id='mine')",
    "raise RuntimeError(dump())",
    "class Quibble(Exception): pass\nQuibble.__name__ = base64.b64encode(dump().encode()).decode()\nraise Quibble",
    "_ = display({'text/html': dump(), 'image/svg+xml': f'<svg><text>{dump()}</text></svg>'}, raw=True)",
    "print([value for value in gc.get_objects() if isinstance(value, (bytes, str)) and 'ask_' in str(value)][:50])",
    "import numpy as np\nprint([each.tolist() for each in gc.get_objects() if isinstance(each, np.ndarray)])",
    "print(In, list(globals()), get_ipython().history_manager.input_hist_raw)",
]


@pytest.fixture(scope="module")
def watched(built_course, tmp_path_factory):
    """The course after one watcher was graded."""
    root = tmp_path_factory.mktemp("watched") / "course"
    shutil.copytree(built_course, root)
    assignment = load_assignment(root / "solutions" / "1-numbers")
    notebook = sample_class.solved(assignment)["numbers"]
    notebook.cells.insert(0, nbformat.v4.new_code_cell(WATCH))
    sample_class.cell_of(notebook, "scale").source = SCALE
    sample_class.cell_of(notebook, "shift").source = SHIFT
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in AFTERWARDS]
    at_home = nbformat.v4.new_code_cell("'at home'")
    at_home.outputs = [nbformat.v4.new_output("stream", text="printed at home")]
    notebook.cells.append(at_home)
    path = root / "classroom" / "submitted" / "watcher" / "1-numbers" / "numbers.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    grade(assignment, root, say=lambda line: None)
    return root, assignment


def graded(watched):
    path = watched[0] / "classroom" / "autograded" / "watcher" / "1-numbers" / "numbers.ipynb"
    return nbformat.read(path, as_version=4)


def page(watched):
    return (watched[0] / "classroom" / "feedback" / "watcher" / "1-numbers" / "numbers.html").read_text("utf-8")


def numbers(inputs):
    """The numbers of some inputs, as a text would hold them."""
    return [f"{number:.6g}" for value in inputs.values() for number in np.ravel(value)]


def test_it_did_watch(watched):
    printed = json.dumps(graded(watched))
    assert "ask_scale" in printed  # the instructor sees what it saw
    assert "SEEN" in printed


def test_what_it_saw_earned_nothing(watched):
    checks = graded(watched).metadata[METADATA]["checks"]
    assert {check["check"]: check["points"] for check in checks} == {"scale": 0, "shift": 0}


def test_no_expected_value_was_in_its_process(watched):
    root, assignment = watched
    seed = Ledger(root / "classroom" / "ledger.jsonl").seed(assignment.name, assignment.version)
    expected = expected_answers(assignment, seed, root / "classroom" / "expected", say=pytest.fail)
    printed = json.dumps(graded(watched))
    inputs = {text for probe in assignment.probes for text in numbers(probe.inputs(seed))}
    right = [output for answers in expected.reference.values() for answer in answers.values()
             for output in answer.outputs.values()]  # fmt: skip
    secret = {f"{number:.6g}" for output in right for number in np.ravel(output)} - inputs
    assert len(secret) > 10
    assert [number for number in secret if number in printed] == []
    assert [output for output in right if pack(output)["data"] in printed and pack(output)["data"] not in inputs_of(
        assignment, seed)] == []  # fmt: skip
    assert str(seed) not in printed


def inputs_of(assignment, seed):
    """The data of all inputs, as they cross over."""
    return json.dumps([pack(probe.inputs(seed)) for probe in assignment.probes])


ENCODED = {"plain": "ask_scale.inputs", "base64": "U0VFTns", "hex": "5345454e7b"}  # how a dump begins, in each code


@pytest.mark.parametrize("code", ENCODED)
def test_nothing_that_it_saw_is_on_its_page(watched, code):
    assert ENCODED[code] in json.dumps(graded(watched))  # it was printed, for the instructor
    assert ENCODED[code] not in page(watched)


def test_neither_a_probe_nor_the_seed_nor_the_inputs_are_on_its_page(watched):
    root, assignment = watched
    seed = Ledger(root / "classroom" / "ledger.jsonl").seed(assignment.name, assignment.version)
    text = page(watched)
    assert str(seed) not in text
    for probe in assignment.probes:
        lines = [line.strip() for line in probe.source().splitlines()]
        assert [line for line in lines if line in text] == []
        first = f"{np.ravel(probe.inputs(seed)['values'])[0]:.6g}"  # the first wrong entry, which feedback tells
        assert [number for number in numbers(probe.inputs(seed)) if number in text and number != first] == []


def test_its_page_shows_what_it_handed_in(watched):
    assert "printed at home" in page(watched)
    assert not any("SEEN" in json.dumps(cell.metadata.get(HANDED_IN, [])) for cell in graded(watched).cells)


def test_a_cell_that_stopped_says_so_in_harmless_words(watched):
    assert "When this notebook was run from top to bottom, this cell stopped with RuntimeError" in page(watched)
