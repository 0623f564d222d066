"""What beside a notebook would stand in for a library is told from what a student may well hand in."""

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES

import pytest

from autograder.sandbox.provisioner import copy_hand_in
from autograder.sandbox.shadows import shadows


@pytest.fixture
def folder(tmp_path):
    """An empty folder as a hand-in's."""
    (tmp_path / "hand-in").mkdir()
    return tmp_path / "hand-in"


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("answer = 42\n", encoding="utf-8")


SHADOWS = [
    *("numpy.py", "keras.py", "random.py", "six.py", "sitecustomize.py", "usercustomize.py", "threadpoolctl.py"),
    *("numpy.pyc", "numpy.so", f"numpy{EXTENSION_SUFFIXES[0]}", "torch.py", "tf_keras.py", "_thread.py"),
    *("ipython_config.py", "ipython_config.json", "ipython_kernel_config.py", "jupyter_config.json"),
]


@pytest.mark.parametrize("name", SHADOWS)
def test_a_module_that_would_stand_in_for_a_library_is_left_out(folder, tmp_path, name):
    write(folder, name, "helpers.py")
    assert shadows(folder) == [name]
    copy_hand_in(str(folder), tmp_path / "work")
    assert os.listdir(tmp_path / "work") == ["helpers.py"]


@pytest.mark.parametrize("name", ["keras", "numpy", "json", "jax", "importlib"])
def test_so_is_a_package(folder, tmp_path, name):
    write(folder, f"{name}/__init__.py", f"{name}/src/layers.py", "helpers/__init__.py")
    assert shadows(folder) == [name]
    copy_hand_in(str(folder), tmp_path / "work")
    assert os.listdir(tmp_path / "work") == ["helpers"]


def test_further_down_nothing_shadows(folder, tmp_path):
    write(folder, "numpy.py", "keras/__init__.py", "mine/numpy.py", "mine/keras/__init__.py")
    copy_hand_in(str(folder), tmp_path / "work")
    copied = [str(path.relative_to(tmp_path / "work")) for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert sorted(copied) == ["mine/keras/__init__.py", "mine/numpy.py"]


def test_so_are_settings_in_a_folder(folder):
    write(folder, "profile_default/startup/first.py")
    assert shadows(folder) == ["profile_default"]


HONEST = [
    *("helpers.py", "my_optimizers.py", "utils/__init__.py", "utils/random.py", "mine/numpy.py", "optimizers.py"),
    *("numpy.txt", "random.csv", "numpy.py.bak", "keras.md", "numpy_helpers.py", "Numpy.py", "test/data.npy"),
    *("keras/weights.npz", "ipython_config.txt", "profile.py.txt", "README", ".hidden", "requirements.txt"),
]


def test_honest_files_are_copied(folder, tmp_path):
    write(folder, *HONEST)
    assert shadows(folder) == []
    copy_hand_in(str(folder), tmp_path / "work")
    copied = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert sorted(str(path.relative_to(tmp_path / "work")) for path in copied) == sorted(HONEST)


def test_a_link_is_no_shadow_for_it_is_not_followed(folder):
    (folder / "numpy.py").symlink_to(__file__)
    assert shadows(folder) == []


def test_a_folder_that_does_not_exist_holds_none(folder):
    assert shadows(folder / "none") == []


def test_every_module_of_this_python_counts(folder):
    names = [f"{name}.py" for name in sys.stdlib_module_names]
    write(folder, *names)
    assert shadows(folder) == sorted(names)
