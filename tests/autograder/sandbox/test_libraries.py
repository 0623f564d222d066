"""NumPy means NumPy: in a NumPy notebook no deep-learning library can be imported, and the error says why."""

import ast
import itertools

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.sandbox import bubblewrap
from autograder.sandbox.kernel import Asking, OwnNotebookClient
from autograder.sandbox.libraries import LIBRARIES, installed, write_notices

SENTENCE = (
    "{} cannot be imported here: this is a NumPy notebook, and what it asks for is to be written with NumPy alone"
)
TRY = """
def attempt(code):
    import sys
    changed = sys.path, sys.meta_path, sys.path_hooks
    kept = [list(each) for each in changed]
    try:
        exec(code, {{}})
    except BaseException as error:
        return f"{{type(error).__name__}}: {{error}}"
    finally:
        for each, before in zip(changed, kept):
            each[:] = before
    return "done"
told = attempt({!r})
"""


class Sandboxed(Asking, NotebookClient):
    """The project's client with the sandbox switched on, as for a student's NumPy notebook."""

    sandboxed = True
    numpy_only = True


@pytest.fixture(scope="module")
def walled():
    """A sandboxed kernel of a NumPy notebook."""
    client = Sandboxed(nbformat.v4.new_notebook(), timeout=60)
    with client.setup_kernel():
        yield client


@pytest.fixture(scope="module")
def trusted():
    """A kernel of a NumPy notebook without the sandbox."""
    client = OwnNotebookClient(nbformat.v4.new_notebook(), numpy_only=True)
    with client.setup_kernel():
        yield client


@pytest.fixture(params=["walled", "trusted"])
def kernel(request):
    """Both of them."""
    return request.getfixturevalue(request.param)


def attempt(kernel, code):
    return kernel.ask(TRY.format(code), "told", 30)


@pytest.mark.parametrize("name", LIBRARIES)
def test_no_library_can_be_imported_and_the_error_says_why(kernel, name):
    assert attempt(kernel, f"import {name}") == repr("ModuleNotFoundError: " + SENTENCE.format(name))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import tensorflow as tf", "tensorflow"),
        ("from tensorflow import keras", "tensorflow"),
        ("from keras.optimizers import Adagrad", "keras"),
        ("import keras.src.optimizers.adagrad", "keras"),
        ("__import__('keras')", "keras"),
        ("import importlib; importlib.import_module('keras.layers')", "keras"),
        ("import importlib.util as u; u.module_from_spec(u.find_spec('keras')).__loader__.load_module()", "keras"),
        ("import runpy; runpy.run_module('keras')", "keras"),
        ("import sys; sys.modules.pop('keras', None); sys.meta_path.reverse(); import keras", "keras"),
    ],
)
def test_no_way_of_importing_leads_around(kernel, code, name):
    assert SENTENCE.format(name) in attempt(kernel, code)


def test_a_fair_fallback_works(kernel):
    assert attempt(kernel, "try:\n    import torch\nexcept ImportError:\n    import numpy") == "'done'"


def test_a_program_that_the_notebook_starts_has_none_either(kernel):
    code = """
import subprocess, sys
told = subprocess.run([sys.executable, "-c", "import keras"], capture_output=True, text=True).stderr
"""
    assert SENTENCE.format("keras") in kernel.ask(code, "told", 30)


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.path[:] = [path for path in sys.path if 'notices' not in path]; import keras",
        "import sys, os; sys.path.insert(0, os.path.join(sys.prefix, 'lib', 'python3', 'site-packages')); import keras",
        "import numpy, os, sys; sys.path.insert(0, os.path.dirname(os.path.dirname(numpy.__file__))); import keras",
        "import sys; sys.path_hooks.clear(); sys.path_importer_cache.clear(); sys.meta_path[:-1] = []; import keras",
    ],
)
def test_in_the_sandbox_no_path_leads_around_the_wall(walled, code):
    told = attempt(walled, code)
    assert told.startswith(("'ModuleNotFoundError: ", '"ModuleNotFoundError: '))
    assert "keras" in told


def test_in_the_sandbox_an_isolated_program_meets_the_wall(walled):
    code = """
import subprocess, sys
program = "import sys; sys.path[:] = [path for path in sys.path if path]; import tensorflow"
told = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True).stderr
"""
    assert SENTENCE.format("tensorflow") in walled.ask(code, "told", 30)


def test_in_the_sandbox_no_file_of_the_libraries_is_there(walled):
    code = """
import os
found = []
for root in ("/usr", "/opt", os.path.dirname(os.__file__)):
    for folder, folders, files in os.walk(root):
        if root != folder and os.path.dirname(folder).endswith("-packages"):
            if os.path.basename(folder) in ("keras", "tensorflow", "torch", "jaxlib"):
                found.append((os.path.basename(folder), folders, files))
"""
    found = ast.literal_eval(walled.ask(code, "found", 60))
    assert "keras" in {name for name, _, _ in found}
    assert all((folders, files) == ([], ["__init__.py"]) for _, folders, files in found)


@pytest.mark.parametrize("unmount", ["umount", "umount -l"])
def test_the_wall_cannot_be_taken_down(walled, unmount):
    code = f"""
import numpy, os, subprocess
place = os.path.join(os.path.dirname(os.path.dirname(numpy.__file__)), "keras")
for start in (["sh", "-c"], ["unshare", "-r", "-m", "sh", "-c"]):
    subprocess.run([*start, "{unmount} " + place + "; {unmount} $PYTHONPATH"], capture_output=True)
failed = []
for action in (os.rmdir, os.listdir):
    try:
        action(place)
    except OSError:
        failed.append(action.__name__)
notices = os.environ["PYTHONPATH"]
for action in (
    lambda: open(place + "/__init__.py", "w"),
    lambda: open(notices + "/keras/__init__.py", "w"),
    lambda: os.mkdir(notices + "/more"),
    lambda: os.rename(notices, notices + "-moved"),
):
    try:
        action()
        failed.append("nothing")
    except OSError:
        pass
"""
    assert walled.ask(code, "(failed, os.listdir(place))", 30) == "(['rmdir'], ['__init__.py'])"


def test_what_a_numpy_notebook_needs_is_there(kernel):
    code = "import matplotlib.pyplot, numpy, scipy, sklearn.datasets; sklearn.datasets.load_digits()"
    assert attempt(kernel, code) == "'done'"


def test_a_keras_notebook_keeps_everything():
    class Keras(Asking, NotebookClient):
        sandboxed = True

    for client in (Keras(nbformat.v4.new_notebook(), timeout=60), OwnNotebookClient(nbformat.v4.new_notebook())):
        with client.setup_kernel():
            found = "import importlib.util as u; places = u.find_spec('keras').submodule_search_locations"
            assert client.ask(f"{found}; import os", "'src' in os.listdir(places[0])", 30) == "True"
            assert client.ask("", "'PYTHONPATH' in os.environ", 30) == "False"


def test_installed_libraries_are_found_wherever_a_python_keeps_them(tmp_path):
    root = tmp_path / "root"
    for place in (
        "lib/python3.11/site-packages/keras/src",
        "lib/python3/dist-packages/torchvision",
        "local/lib/python3.11/dist-packages/jaxlib",
        "envs/course/lib/python3.12/site-packages/tensorflow",
        "pkgs/keras-3/site-packages/keras",
        "lib/python3.11/site-packages/numpy",
        "lib/python3.11/site-packages/keras-3.0.dist-info",
        "lib/python3.11/site-packages/kerastuner_notes",
    ):
        (root / place).mkdir(parents=True)
    (root / "lib64").symlink_to("lib")
    (root / "lib" / "python3.11" / "site-packages" / "functorch.py").touch()
    (tmp_path / "elsewhere" / "torch").mkdir(parents=True)
    (root / "lib" / "python3.11" / "site-packages" / "torch").symlink_to(tmp_path / "elsewhere" / "torch")
    found = [(name, str(path.relative_to(root))) for name, path in installed((root,))]
    assert found == [
        ("functorch", "lib/python3.11/site-packages/functorch.py"),
        ("jaxlib", "local/lib/python3.11/dist-packages/jaxlib"),
        ("keras", "lib/python3.11/site-packages/keras"),
        ("keras", "pkgs/keras-3/site-packages/keras"),
        ("kerastuner_notes", "lib/python3.11/site-packages/kerastuner_notes"),
        ("tensorflow", "envs/course/lib/python3.12/site-packages/tensorflow"),
        ("torchvision", "lib/python3/dist-packages/torchvision"),
    ]
    write_notices(tmp_path / "notices", [root])
    assert {path.name for path in (tmp_path / "notices").iterdir()} == {*LIBRARIES, "kerastuner_notes", "torchvision"}


def test_a_library_is_walled_off_at_each_place_where_it_shows(tmp_path, monkeypatch):
    """A virtual environment below /usr, say, shows twice: there, and where its prefix is mounted."""
    (tmp_path / "usr" / "venv" / "lib" / "python3.11" / "site-packages" / "torch").mkdir(parents=True)
    mounts = {str(tmp_path / "usr"): "/usr", str(tmp_path / "usr" / "venv"): "/opt/python"}
    monkeypatch.setattr(bubblewrap, "_mounts", lambda: mounts)
    arguments = bubblewrap.command(tmp_path, {}, numpy_only=True)
    places = [place for source, place in itertools.pairwise(arguments) if source.endswith("notices/torch")]
    assert places == [f"{root}/lib/python3.11/site-packages/torch" for root in ("/opt/python", "/usr/venv")]
    assert "notices" not in " ".join(bubblewrap.command(tmp_path, {}))
