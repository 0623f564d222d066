"""Which images a Keras notebook uses: the digits, Fashion-MNIST where it is asked for, and one sentence otherwise."""

import ast

import exercises
import numpy as np
import pytest

from autograder.worlds import is_keras

NOTEBOOKS = [
    pytest.param(notebook, id=f"{name}/{notebook.name}")
    for name, assignment in exercises.assignments().items()
    for notebook in assignment.notebooks
    if is_keras(notebook)
]
every_keras_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS)


@pytest.fixture
def load(monkeypatch):
    """Give a notebook, get its own `load_images` with the environment and the network that a test wants."""
    import keras

    def made(notebook, wanted=None, download=None):
        monkeypatch.delenv("NN2_DATA", raising=False)
        if wanted is not None:
            monkeypatch.setenv("NN2_DATA", wanted)
        if download:
            monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", download)
        code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        source = next(cell for cell in code if "def load_images" in cell)
        tree = ast.parse(source)
        tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        names = {}
        exec(code[0], names)
        exec(compile(tree, notebook.name, "exec"), names)
        return names["load_images"]

    return made


@every_keras_notebook
@pytest.mark.parametrize("wanted", [None, "", "digits"])
def test_the_digits_are_used_unless_others_are_asked_for(load, notebook, wanted):
    name, images, labels = load(notebook, wanted)()
    assert name == "scikit-learn's digits"
    assert images.shape == (1797, 8, 8)
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (0, 1)
    assert set(labels) == set(range(10))


@every_keras_notebook
def test_fashion_mnist_is_downloaded_where_it_is_asked_for(load, notebook):
    images = np.tile(np.arange(256, dtype=np.uint8), (7000, 1)).reshape(7000, 16, 16)
    labels = np.arange(7000) % 10
    name, images, labels = load(notebook, "fashion_mnist", lambda: ((images, labels), None))()
    assert name == "Fashion-MNIST"
    assert images.shape == (6000, 16, 16)
    assert (images.min(), images.max()) == (0, 1)
    assert labels.shape == (6000,)


@every_keras_notebook
def test_without_a_network_one_sentence_says_so(load, notebook):
    def no_network():
        raise Exception("URL fetch failure on https://example.org: None")

    with pytest.raises(OSError) as told:
        load(notebook, "fashion_mnist", no_network)()
    assert str(told.value) == "Fashion-MNIST cannot be downloaded here; without NN2_DATA the digits are used"
    assert told.value.__suppress_context__


@every_keras_notebook
def test_other_data_are_refused(load, notebook):
    with pytest.raises(ValueError, match="NN2_DATA: expected digits or fashion_mnist, got 'mnist'"):
        load(notebook, "mnist")()


@every_keras_notebook
def test_the_notebook_says_which_data_it_used(notebook):
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    at = next(
        number for number, source in enumerate(sources) if "load_images()" in source.replace("def load_images()", "")
    )
    assert "{name}" in sources[at]
