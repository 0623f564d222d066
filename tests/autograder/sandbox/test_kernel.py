"""A kernel is asked a question: one reply comes back, nothing that was printed, and it can be interrupted or die."""

import stat
import time
from pathlib import Path

import nbformat
import pytest

from autograder.sandbox import kernel as kernels
from autograder.sandbox.kernel import KernelLost, OwnNotebookClient, QuestionTimedOut


def client():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("kept = 3\nprint(kept)")])
    return OwnNotebookClient(notebook)


@pytest.fixture(scope="module")
def kernel():
    running = client()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A_SECRET", "1")
        with running.setup_kernel():
            running.execute_cell(running.nb.cells[0], 0)
            yield running


def test_a_question_is_answered_from_the_notebooks_names(kernel):
    assert kernel.ask("answer = kept + 1", "answer", 20) == "4"
    assert kernel.ask("", "repr(answer)", 20) == "'4'"


def test_nothing_that_a_question_prints_or_shows_is_kept(kernel):
    code = (
        "import sys, os\nprint('secret')\nprint('secret', file=sys.stderr)\n"
        "from IPython.display import display\ndisplay('secret')\nos.write(1, b'')"
    )
    assert kernel.ask(code, "1", 20) == "1"
    cell = nbformat.v4.new_code_cell("print('mine')")
    kernel.nb.cells.append(cell)
    kernel.execute_cell(cell, 1)
    assert [output.text for output in cell.outputs] == ["mine\n"]
    assert [output.text for output in kernel.nb.cells[0].outputs] == ["3\n"]


def test_a_question_leaves_no_trace_in_the_history(kernel):
    counted = kernel.ask("", "get_ipython().execution_count", 20)
    kernel.ask("secret_question = 1", "1", 20)
    assert kernel.ask("", "get_ipython().execution_count", 20) == counted
    assert "secret_question" not in kernel.ask("", "[line for line in In if 'secret_' in line]", 20)


@pytest.mark.parametrize(("code", "expression"), [("1 / 0", "1"), ("", "1 / 0"), ("syntax error", "1"), ("", "(")])
def test_a_question_that_raises_has_no_answer(kernel, code, expression):
    assert kernel.ask(code, expression, 20) is None


def test_a_question_that_takes_too_long_is_interrupted_and_the_kernel_lives_on(kernel):
    started = time.monotonic()
    with pytest.raises(QuestionTimedOut):
        kernel.ask("while True:\n    pass", "1", 0.5)
    assert time.monotonic() - started < 0.5 + kernels.GRACE_SECONDS
    assert kernel.ask("", "kept", 20) == "3"


def test_a_kernel_asks_nobody_at_the_keyboard(kernel):
    assert kernel.ask("input()", "1", 20) is None


def test_only_this_user_can_reach_the_kernel(kernel):
    folder = Path(kernel.km.connection_file).parent
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0
    assert kernel.km.transport == "ipc"


def test_a_kernel_finds_nothing_of_the_graders_in_its_environment(kernel):
    assert kernel.ask("import os", "os.environ.get('A_SECRET')", 20) == "None"
    assert kernel.ask("", "os.environ.get('PYTHONHASHSEED')", 20) == "'0'"


def test_a_kernel_that_does_not_listen_is_lost_and_nothing_is_left(monkeypatch):
    monkeypatch.setattr(kernels, "GRACE_SECONDS", 0.5)
    stubborn = (
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException as error:\n        del error"
    )
    running = client()
    with running.setup_kernel():
        folder, pid = Path(running.km.connection_file).parent, running.km.provisioner.pid
        with pytest.raises(KernelLost) as lost:
            running.ask(stubborn, "1", 0.5)
        assert lost.value.timed_out
        assert str(lost.value) == "the kernel no longer answers"
    assert not folder.exists()
    assert not Path(f"/proc/{pid}").exists()


def test_a_kernel_that_dies_is_lost():
    running = client()
    with running.setup_kernel():
        started = time.monotonic()
        with pytest.raises(KernelLost) as lost:
            running.ask("import os\nos._exit(0)", "1", 60)
        assert time.monotonic() - started < 30  # noticed long before the question's own limit
        assert not lost.value.timed_out
        assert str(lost.value) == "the kernel died"
