"""A kernel in the sandbox: what it finds beside the notebook, what it cannot reach, and that it can be stopped."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.sandbox import limits
from autograder.sandbox.kernel import Asking, QuestionTimedOut
from autograder.sandbox.provisioner import copy_hand_in, prepare_home


class Sandboxed(Asking, NotebookClient):
    """The project's client with the sandbox switched on, as for a student's notebook."""

    sandboxed = True


@pytest.fixture(scope="module")
def hand_in(tmp_path_factory):
    """A folder as a student may leave it: a helper module, a notebook, a link, a pipe."""
    folder = tmp_path_factory.mktemp("hand-in")
    (folder / "helpers").mkdir()
    (folder / "helpers" / "mine.py").write_text("answer = 42\n")
    (folder / "numpy.py").write_text("planted = True\n")
    (folder / "my_optimizers.py").write_text("rate = 0.5\n")
    (folder / "graded.ipynb").write_text("the checks stand in here")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "linked-folder").symlink_to("/etc")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.fixture(scope="module")
def kernel(hand_in):
    """One sandboxed kernel for all questions of this file."""
    client = Sandboxed(nbformat.v4.new_notebook(), timeout=60, resources={"metadata": {"path": str(hand_in)}})
    with client.setup_kernel():
        yield client


def ask(kernel, code, expression, seconds=20):
    return kernel.ask(code, expression, seconds)


def test_only_regular_files_without_notebooks_are_copied(hand_in, tmp_path):
    copy_hand_in(str(hand_in), tmp_path / "work")
    assert [path.relative_to(tmp_path) for path in sorted(tmp_path.rglob("*")) if path.is_file()] == [
        Path("work/helpers/mine.py"),
        Path("work/my_optimizers.py"),
    ]


def test_no_more_is_copied_than_the_limit(tmp_path, monkeypatch):
    source = tmp_path / "source"
    source.mkdir()
    (source / "a").write_bytes(bytes(60))
    (source / "b").write_bytes(bytes(60))
    monkeypatch.setattr(limits, "HAND_IN_BYTES", 100)
    copy_hand_in(str(source), tmp_path / "work")
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["a"]


def test_home_has_the_list_of_fonts(tmp_path):
    import matplotlib.font_manager  # makes the list, where it does not exist yet

    assert matplotlib.font_manager.fontManager.ttflist
    prepare_home(tmp_path / "home")
    assert list((tmp_path / "home" / ".cache" / "matplotlib").glob("fontlist-*.json"))


def test_kernel_sees_the_students_helpers_alone(kernel):
    assert ask(kernel, "import os; found = sorted(os.listdir('.'))", "found") == "['helpers', 'my_optimizers.py']"
    assert ask(kernel, "from helpers.mine import answer", "answer") == "42"
    assert ask(kernel, "from my_optimizers import rate", "rate") == "0.5"


def test_a_module_beside_the_notebook_stands_in_for_no_library(kernel):
    assert ask(kernel, "import numpy", "hasattr(numpy, 'planted'), numpy.ones(2).sum() == 2") == "(False, np.True_)"


def test_kernel_reaches_neither_network_nor_course(kernel):
    root = str(Path(__file__).resolve().parents[3])
    code = f"""
import os, socket
reached = []
for name, action in {{
    "network": lambda: socket.create_connection(("127.0.0.1", 9), 1),
    "a socket with a route": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 9)),
    "course": lambda: os.listdir({root!r}),
    "writing to the packages": lambda: open(os.path.join(os.path.dirname(os.__file__), "planted"), "w"),
}}.items():
    try:
        action()
        reached.append(name)
    except OSError:
        pass
"""
    assert ask(kernel, code, "reached") == "[]"
    assert ask(kernel, "", "os.geteuid()") != "0"


def test_kernel_that_never_ends_is_interrupted_and_lives_on(kernel):
    with pytest.raises(QuestionTimedOut):
        ask(kernel, "while True: pass", "0", seconds=1)
    assert ask(kernel, "", "1 + 1") == "2"


def test_memory_has_an_end(kernel):
    code = f"""
try:
    block = bytearray({limits.MEMORY_BYTES})
    held = True
except MemoryError:
    held = False
"""
    assert ask(kernel, code, "held") == "False"


def test_nothing_is_left_behind(hand_in):
    client = Sandboxed(nbformat.v4.new_notebook(), timeout=60, resources={"metadata": {"path": str(hand_in)}})
    client.shutdown_kernel = "immediate"
    with client.setup_kernel():
        folder, process = Path(client._run_folder.name), client.km.provisioner.process
        assert folder.exists()
        assert process.poll() is None
    assert not folder.exists()
    assert process.poll() is not None
