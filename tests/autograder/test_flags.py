"""Hints for the instructor: what no honest answer needs is named, what honest ones do is not, and nothing crashes."""

import json
import os
import resource
import subprocess
import time
from pathlib import Path

import nbformat
import pytest

from autograder import flag_words as words
from autograder import flags
from autograder.assignment import find_assignment, find_assignments
from autograder.flags import SHADOWS, UNREADABLE, Flag, flags_of, read_flags
from autograder.repair import EDITED_MARKS, REPAIRED
from autograder.sandbox import limits
from autograder.worlds import is_keras

ROOT = Path(__file__).resolve().parents[2]

SUSPICIOUS = {
    words.REWRITES_CODE: [
        "get_ipython().ast_transformers.append(Strip())",
        "ip = get_ipython()\nip.input_transformers_post.append(lambda lines: [])",
        "getattr(get_ipython(), 'ast_' + 'transformers').append(3)",
        "import ast\nclass Strip(ast.NodeTransformer):\n    pass",
        "from ast import NodeTransformer as Base",
        "shell.input_transformers_cleanup.insert(0, f)",
        "with_name = 'ast_transformers'",
        ">>> get_ipython().ast_transformers.clear()",
        "%time get_ipython().ast_transformers.append(f)",
        "get_ipython().run_cell('get_ipython().ast_transformers.append(f)')",
        "exec('exec(\"get_ipython().ast_transformers.append(f)\")')",
    ],
    words.PATCHES_SHELL: [
        "get_ipython().run_cell = lambda *given, **settings: None",
        "ip = get_ipython()\nip.run_code = quiet",
        "get_ipython().kernel.do_execute = None",
        "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.run_cell = f",
        "get_ipython().set_custom_exc((Exception,), f)",
        "get_ipython().showtraceback = f",
        "type(get_ipython()).showtraceback = f",
        "setattr(get_ipython(), 'run_ast_nodes', f)",
        "get_ipython().user_ns = {}",
        "from IPython import get_ipython as shell\nshell().magics_manager = None",
        "self.shell.run_cell = f",
    ],
    words.HOOKS_EVENTS: [
        "get_ipython().events.register('post_run_cell', f)",
        "events = get_ipython().events\nevents.register('pre_execute', f)",
        "get_ipython().events.unregister(name, f)",
        "get_ipython().set_hook('x', f)",
    ],
    words.PATCHES_LIBRARY: [
        "import numpy as np\nnp.allclose = lambda *given, **settings: True",
        "import numpy.testing as npt\nnpt.assert_allclose = f",
        "from numpy import testing\ntesting.assert_something = f",
        "import tensorflow as tf\ntf.debugging.assert_near = f",
        "import tensorflow as tf\ntf.debugging.assert_equal, x = f, 3",
        "import builtins\nbuiltins.isinstance = f",
        "__builtins__.abs = f",
        "__builtins__['abs'] = f",
        "import builtins\nvars(builtins)['abs'] = f",
        "import numpy as np\nsetattr(np, 'isclose', f)",
        "import numpy as np\nsetattr(np, name, f)",
        "import numpy as np\nnp.__dict__['sum'] = f",
        "import numpy as np\nnp.__dict__.update(sum=f)",
        "import numpy as np\nnp.__setattr__('sum', f)",
        "import numpy as np\nobject.__setattr__(np, 'sum', f)",
        "import numpy as np\ndel np.sum",
        "import numpy as np\nfor np.sum in [f]:\n    pass",
        "import numpy as np\nwith f() as np.sum:\n    pass",
        "import numpy\nalias = numpy\nalias.sum = f",
        "import numpy as np, keras\nfor library in (np, keras):\n    library.sum = f",
        "__import__('numpy').sum = f",
        "import importlib\nimportlib.import_module('numpy.linalg').norm = f",
        "import sys\nsys.modules['numpy'].sum = f",
        "globals()['np'].allclose = f",
        "import keras\nkeras.ops.sqrt = f",
        "from keras.optimizers import Optimizer\nOptimizer.apply = f",
        "import json\njson.dumps = f",
        "import base64, json\nbase64.b64encode = json.loads = f",
        "from unittest import mock\nmock.patch('numpy.allclose', f).start()",
        "from unittest.mock import patch\npatch.object(np, 'allclose', f)",
        "import numpy as np\ndef patch(library):\n    library.allclose = f\npatch(np)",
        "import numpy as np\nnp.allclose.__code__ = f.__code__",
        "import numpy as np\nif True:\n    try:\n        np.sum += 1\n    finally:\n        pass",
        "import numpy as np\nasync def f():\n    np.sum = 3",
        "import numpy as np\n[np.sum, *np.all] = f",
        "%%time\nimport numpy as np\nnp.sum = f",
        "%matplotlib inline\nimport numpy as np\nnp.sum = f\n!ls",
        "text = '''\n%d items'''\n%matplotlib inline\nimport numpy as np\nnp.sum = f",
        "import numpy as np\nawait g()\nnp.sum = f",
        "    import numpy as np\n    np.sum = f",
        "\f\nimport numpy as np\nnp.sum = f",
    ],
    words.REPLACES_MODULE: [
        "import sys\nsys.modules['numpy'] = fake",
        "from sys import modules\nmodules['keras'] = fake",
        "import sys\ndel sys.modules['numpy']",
        "import sys\nsys.modules.update(numpy=fake)",
        "import sys\nsys.modules.setdefault('torch', fake)",
        "import types\nfake = types.ModuleType('numpy')",
        "%%writefile numpy.py\nx = 1",
        "%%writefile -a ./sitecustomize.py\nx = 1",
    ],
    words.ALWAYS_EQUAL: [
        "class A:\n    def __eq__(self, other):\n        return True",
        "class A:\n    def __array_ufunc__(self, *given):\n        return 1",
    ],
    words.TRACES: [
        "import sys\nsys.settrace(f)",
        "from sys import setprofile as watch",
        "import threading\nthreading.settrace(f)",
        "import sys\nsys.meta_path.insert(0, Finder())",
        "import sys\nsys.excepthook = f",
        "import sys\nsys.addaudithook(f)",
        "import sys\nsys.monitoring.set_events(1, 2)",
        "import sys\nsys.displayhook = f",
    ],
    words.READS_FRAMES: [
        "import sys\nsys._getframe(1).f_locals",
        "import inspect\ninspect.stack()",
        "import inspect\nframe = inspect.currentframe().f_back",
        "import gc\ngc.get_objects()",
        "from gc import get_referrers",
        "error.__traceback__.tb_frame",
        "f.__globals__['secret']",
        "().__class__.__bases__[0].__subclasses__()",
        "getattr(sys, '_getframe')()",
    ],
    words.READS_HISTORY: [
        "print(In[-2])",
        "x = _ih",
        "print(_i, _ii, _i12)",
        "%history -n",
        "%recall 3",
        "lines = %hist",
        "get_ipython().run_line_magic('history', '-n')",
        "get_ipython().history_manager.get_tail(9)",
        "import linecache\nlinecache.cache",
    ],
    words.ASKS_IF_GRADED: [
        "import os\nif os.environ.get('NBGRADER_EXECUTION'):\n    pass",
        "import os\nif any(name.startswith('NBGRADER_') for name in os.environ):\n    pass",
        "import sys\n'nbgrader' in sys.modules",
        "import nbgrader",
        "import autograder.judge",
        "import sys\nsys.prefix == '/opt/python'",
        "import platform\nplatform.node() == 'grader'",
        "%env NBGRADER_EXECUTION",
        "!echo $NBGRADER_EXECUTION",
        "import os\n'JPY_PARENT_PID' in os.environ",
    ],
    words.KERNEL_INTERNALS: [
        "import ipykernel",
        "from ipykernel.kernelapp import IPKernelApp",
        "import zmq",
        "from comm import create_comm",
        "get_ipython().kernel.session.send(1)",
        "ip = get_ipython()\nkernel = ip.kernel",
        "x.iopub_socket.send(b'')",
        "get_ipython().display_formatter.formatters['text/plain'].for_type(str, f)",
        "open('kernel-123.json')",
        "__judge_scope__",
        "globals()['__judge_scope__']",
    ],
    words.PROCESS_CONTROL: [
        "import os\nos._exit(0)",
        "from os import kill as f",
        "import os as o\nleave = o.fork",
        "import ctypes",
        "from ctypes import *",
        "import socket as s",
        "import subprocess\nsubprocess.run(['ps'])",
        "from subprocess import check_output\ncheck_output('ls ..', shell=True)",
        "import os\nos.system('sleep 100 &')",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)",
        "open('/proc/self/maps')",
        "!kill -9 1",
        "get_ipython().system('kill -9 1')",
        "%%bash\npkill python",
        "__import__('os')._exit(0)",
    ],
    words.HIDDEN_CODE: [
        "import base64\nexec(base64.b64decode('eA=='))",
        "eval(''.join(parts))",
        "exec(compile(text, 'x', 'exec'))",
        "getattr(get_ipython(), name)()",
        "import os\ngetattr(os, name[::-1])(0)",
    ],
    words.LOOKS_FOR_ANSWERS: [
        "open('../gradebook.db')",
        "import sqlite3\nsqlite3.connect('gradebook.db')",
        "from pathlib import Path\nPath('..', 'solutions').glob('*')",
        "from pathlib import Path\nlist(Path.home().glob('**/probes.py'))",
        "import os\nos.listdir('/course/solutions')",
        "import glob\nglob.glob('../submitted/*')",
        "path = 'solutions/2-optimizers/from-scratch.ipynb'",
        "!cat ../gradebook.db",
        "%%bash\nfind / -name probes.py",
        "import probes\nopen('probes.py')",
        "def broken(:\n    open('gradebook.db')",
    ],
}
CASES = [(flag, source) for flag, sources in SUSPICIOUS.items() for source in sources]


def names_of(*sources, **settings):
    """The names of the flags that some cells raise, without grade ids."""
    return [each.flag for each in read_flags([(n, "", source) for n, source in enumerate(sources, 1)], **settings)]


@pytest.mark.parametrize(("flag", "source"), CASES, ids=[source[-60:] for _, source in CASES])
def test_what_no_honest_answer_needs_is_flagged(flag, source):
    assert flag in names_of(source)


HONEST = [
    "sum = 3\nlen, id, input, open, exec = range(5)",
    "import numpy as np\nnp.seterr(all='raise')\nnp.set_printoptions(precision=3, suppress=True)",
    "import matplotlib.pyplot as plt\nplt.rcParams['figure.figsize'] = 8, 4\nplt.rcParams.update({'font.size': 9})",
    "import matplotlib\nmatplotlib.pyplot.style = None\nplt.show = lambda: None",
    "import os\nos.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')\nos.environ['KERAS_BACKEND'] = 'jax'",
    "import tensorflow as tf\ntf.random.set_seed(1)\ntf.get_logger().setLevel('ERROR')",
    "import warnings\nwarnings.filterwarnings('ignore')\nwarnings.warn = lambda *given, **settings: None",
    "import keras\nmodel = keras.Sequential()\nmodel.compile(optimizer='sgd')\nmodel.optimizer.learning_rate = 0.1",
    "import keras\nkeras.utils.set_random_seed(1)\nmodel = keras.Model(a, b)\nmodel.trainable = False",
    "class Mine:\n    def __init__(self, rate):\n        self.rate = rate\n        self.history = self.session = None",
    "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%config InlineBackend.figure_format = 'retina'",
    "%%time\nx = 3",
    "%timeit -n 10 -r 3 f(x)\n%time y = f(x)",
    "%%capture out\nx = 3",
    "!pip install -q keras\n!nvidia-smi\n!ls\nfiles = !ls",
    "if True:\n    !pip install keras\nelse:\n    %cd data",
    "%%bash\nls -l\npip list",
    "%pip install keras\n?np.sum\nnp.sum?",
    "try:\n    import google.colab\n    IN_COLAB = True\nexcept ImportError:\n    IN_COLAB = False",
    "from google.colab import drive, files\ndrive.mount('/content/drive')\nfiles.upload()",
    "import sys\nif 'google.colab' in sys.modules:\n    import helpers\n    helpers.DEBUG = True",
    "import sys\nsys.path.append('..')\nsys.setrecursionlimit(3000)\nsys.stdout = sys.__stdout__\nprint(sys.version)",
    "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'keras'])",
    "import os\nos.system('pip install keras')\nos.makedirs('out', exist_ok=True)\nopen(os.path.join('out', 'a'), 'w')",
    "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.ast_node_interactivity = 'all'",
    "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().system('ls')\nget_ipython().getoutput(x)",
    "from IPython.display import display, HTML, clear_output\ndisplay(HTML('<b>x</b>'))",
    "import numpy as np\nnp.float = float\nnp.bool = np.bool_\nimport collections, time\ntime.clock = time.time",
    "import numpy as np\ndef check(a, b):\n    assert np.allclose(a, b)\n    np.testing.assert_allclose(a, b)",
    "import gc, inspect, copy\ngc.collect()\nprint(inspect.signature(f), inspect.getsource(f))",
    "import ast\nast.literal_eval('3')\nimport re\nre.compile('x')\nmodel.eval()\neval('1 + 1')",
    "for _i in range(3):\n    print(_i)\nOut = In = 3\nprint(In, _, __)",
    "print('nbgrader runs this, see the gradebook and probes.py')\nraise ValueError('see solutions/readme')",
    "'''Docstring: nbgrader, gradebook.db, NBGRADER_EXECUTION'''\ndef f():\n    '''probes.py'''\n    '/proc/self/maps'",
    "assert x, f'the gradebook {x}'\nplt.title('nbgrader and solutions/')\naxis.set_title(f'nbgrader {x}')",
    "plt.legend(['solutions', 'probe'])\nsolutions = {'solution': 3}\nprobe = solutions['solution']",
    "import keras\nclass Mine(keras.layers.Layer):\n    def call(self, x, training=None):\n        return x",
    "import keras\nkeras.utils.get_custom_objects().update({'Mine': Mine})\nkeras.saving.get_custom_objects()['M'] = 3",
    "class A:\n    def __eq__(self, other):\n        return self.x == other.x",
    "import threading, multiprocessing, time, random, pickle\nrandom.seed(1)\nthreading.Thread(target=f).start()",
    "import scipy, sklearn\nfrom sklearn.datasets import load_digits\ndigits = load_digits()\ndigits.images = 3",
    "import pandas as pd\npd.options.display.max_rows = 9\npd.options.mode.chained_assignment = None",
    "import logging\nlogging.getLogger('tensorflow').disabled = True\nlogging.raiseExceptions = False",
    "import ssl\nssl._create_default_https_context = ssl._create_unverified_context",
    "def f(np):\n    np.x = 1",
    "class A:\n    def __init__(self):\n        self.isclose = 3",
    "def broken(:\n    this is (no python  # ast_transformers",
    "import keras\nfrom keras.layers import Dropout\nclass Dropout(keras.layers.Layer):\n    pass\nDropout.mine = 3",
    "import keras\nlayer = keras.layers.Dense(3)\nlayer.units, layer.kernel.name = 4, 'x'",
    "text = '''\n%d of %d\n!important\n'''\nprint(text % (3, 4))",
    "x = 3 # os._exit, ast_transformers, NBGRADER_EXECUTION",
    "%%html\n<b>gratis</b>",
    "%%javascript\nalert(1)",
    "import helpers\nimportlib.reload(helpers)\nfrom helpers import compile\ncompile(x)",
    "import asyncio\nasyncio.run(f())\nawait f()",
    "try:\n    f()\nexcept Exception as error:\n    import traceback\n    traceback.print_exc()",
    "μ, Σ = 1, 2\nassert μ < Σ, '\\N{GREEK SMALL LETTER MU}'\nx = '\\d'\nx is 1\nº = 3",
    "",
    "\n\n",
    "# nothing",
]  # fmt: skip


@pytest.mark.parametrize("source", HONEST, ids=[source[:60] for source in HONEST])
def test_what_honest_notebooks_do_is_not_flagged(source):
    assert read_flags([(1, "adagrad_step", source)], exercises=["adagrad_step"]) == []


def cells_of(notebook):
    return [
        (number, cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell.source)
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code"
    ]


def test_the_assignments_of_this_course_raise_none():
    for name in find_assignments(ROOT):
        assignment = find_assignment(ROOT, name)
        for authored in assignment.notebooks:
            settings = {
                "exercises": [mark.name for mark in authored.exercises],
                "watch": assignment.watch,
                "numpy_only": not is_keras(authored),
            }
            released = ROOT / "assignments" / name / f"{authored.name}.ipynb"
            for notebook in (authored.solved(), nbformat.read(released, as_version=4)):
                cells = cells_of(notebook)
                assert len(cells) > 10
                assert read_flags(cells, **settings) == []
                unmarked = [(number, grade_id.replace("check_", "x"), source) for number, grade_id, source in cells]
                assert read_flags(unmarked, **settings) == []  # the checks read as well


def test_a_flag_says_where_and_what():
    source = "import numpy as np\n\nnp.allclose = print"
    assert read_flags([(3, "", "x = 1"), (7, "", source)]) == [
        Flag(words.PATCHES_LIBRARY, 7, 3, "`numpy.allclose` is made to be something else than the library's own.")
    ]


def test_a_flag_in_a_text_or_behind_a_magic_stands_at_its_line():
    sources = [
        "x = 1\nexec('\\n\\nimport ctypes')",
        "%matplotlib inline\n%time import ctypes\n",
        "%%time\n\nimport ctypes",
    ]
    found = read_flags([(n, "", source) for n, source in enumerate(sources, 1)])
    assert [(each.cell, each.line) for each in found] == [(1, 2), (2, 2), (3, 3)]


def test_what_is_known_of_a_name_is_known_in_later_cells():
    assert names_of("import numpy as np", "np.sum = 3") == [words.PATCHES_LIBRARY]
    assert names_of("import numpy as np", "np = Mine()", "np.sum = 3") == []
    assert names_of("ip = get_ipython()", "ip.x = 3") == [words.PATCHES_SHELL]


def test_code_in_texts_in_texts_has_an_end():
    code = "x = 1"
    for depth in range(1, 7):
        code = f"exec({code!r})"
        assert names_of(code) == ([words.HIDDEN_CODE] if depth > 3 else [])


def test_a_chain_of_any_length_is_read_over():
    chain = "np" + ".a" * 1_500
    assert [each.cell for each in read_flags([(1, "", chain), (2, "", f"{chain} = 1"), (3, "", "import zmq")])] == [3]
    growing = "import numpy as x\n" + "x = x.a\n" * 3_000
    assert names_of(growing, "import zmq") == [words.KERNEL_INTERNALS]


def test_what_a_function_calls_its_own_stays_in_it():
    assert names_of("import numpy as np\ndef f():\n    np = 3\n    return np\nnp.sum = f") == [words.PATCHES_LIBRARY]


def test_a_flood_of_flags_has_an_end_and_it_is_told():
    found = read_flags([(number, "", "import ctypes\n" * 100) for number in range(1, 100)])
    assert [each.flag for each in found] == [words.PROCESS_CONTROL] * 60 + [UNREADABLE]
    assert [each.cell for each in found[::5]] == list(range(1, 14))


def test_a_checks_own_cell_is_not_read():
    assert read_flags([(1, "check_scale", "import ctypes")], exercises=["scale"]) == []


LIBRARY_ANSWERS = [
    ("Adagrad", "import keras\nAdagrad = keras.optimizers.Adagrad"),
    ("Adagrad", "import keras\nclass Adagrad(keras.optimizers.Adagrad):\n    pass"),
    ("RMSProp", "import keras\nclass RMSProp(keras.optimizers.RMSprop):\n    pass"),
    ("Adagrad", "import tensorflow as tf\nclass Adagrad(tf.keras.optimizers.Adagrad):\n    pass"),
    ("Adagrad", "from tensorflow.keras import optimizers\nclass Adagrad(optimizers.legacy.Adagrad):\n    pass"),
    ("Adagrad", "from keras.src.optimizers.adagrad import Adagrad as Base\nclass Adagrad(Base):\n    pass"),
    ("Adagrad", "from keras.optimizers import Adagrad\nclass Adagrad(Adagrad):\n    pass"),
    ("Adagrad", "import keras\nclass Adagrad(Base):\n    inner = keras.optimizers.get('adagrad')"),
    ("Adagrad", "import keras\nclass Adagrad(getattr(keras.optimizers, 'Ada' + 'grad')):\n    pass"),
    ("Dropout", "import keras\nclass Dropout(keras.layers.Layer):\n    def call(self, x):\n"
                "        return keras.random.dropout(x, 0.5)"),
    ("Dropout", "import keras\nclass Dropout(keras.layers.Layer):\n    inner = keras.layers.Dropout(0.5)"),
    ("Dropout", "from torch.nn.functional import dropout as Dropout"),
    ("adagrad_step", "import keras\ndef adagrad_step(w, s, g):\n    return keras.optimizers.Adagrad().apply([g], [w])"),
    ("adam_step", "import torch\ndef adam_step(w):\n    return torch.optim.Adam([w])"),
    ("adam_step", "from sklearn.neural_network._stochastic_optimizers import AdamOptimizer\n"
                  "def adam_step(w):\n    return AdamOptimizer(w)"),
    ("dropout_forward", "import keras\ndef dropout_forward(x):\n    return keras.layers.Dropout(0.5)(x), None"),
]  # fmt: skip


@pytest.mark.parametrize(("exercise", "source"), LIBRARY_ANSWERS)
@pytest.mark.parametrize("grade_id", ["marked", ""])
def test_an_answer_by_the_librarys_own_is_flagged(exercise, source, grade_id):
    found = read_flags([(1, grade_id and exercise, source), (2, f"check_{exercise}", "")], exercises=[exercise])
    assert {(each.flag, each.cell) for each in found} == {(words.LIBRARY_ANSWER, 1)}
    assert all(f"The answer to `{exercise}` uses the library's own `" in each.sentence for each in found)


@pytest.mark.parametrize(
    "helper",
    [
        "import keras\nBase = keras.optimizers.Adagrad",
        "from keras.optimizers import Adagrad as Base",
        "import keras\nclass Base(keras.optimizers.Adagrad):\n    pass",
        "import keras\ndef Base(*given):\n    return keras.optimizers.Adagrad(*given)",
    ],
)
def test_a_helper_in_another_cell_hides_nothing(helper):
    cells = [(1, "", helper), (2, "Adagrad", "class Adagrad(Base):\n    pass")]
    found = read_flags(cells, exercises=["Adagrad"])
    assert [(each.flag, each.cell, each.line) for each in found] == [(words.LIBRARY_ANSWER, 2, 1)]


def test_an_import_over_the_answer_is_flagged_before_its_check_and_not_after():
    answer = (1, "Adagrad", "import keras\nclass Adagrad(keras.optimizers.Optimizer):\n    pass")
    taken, check = (2, "", "from keras.optimizers import Adagrad"), (3, "check_Adagrad", "")
    assert [each.flag for each in read_flags([answer, taken, check], exercises=["Adagrad"])] == [words.LIBRARY_ANSWER]
    assert read_flags([answer, check, (4, "", taken[2])], exercises=["Adagrad"]) == []
    assert read_flags([answer, check, (4, "", "Adagrad = keras.optimizers.Adagrad")], exercises=["Adagrad"]) == []
    assert read_flags([(0, "", taken[2]), answer, check], exercises=["Adagrad"]) == []


def test_a_part_of_the_librarys_own_put_into_the_answer_is_flagged():
    answer = (1, "Adagrad", "import keras\nclass Adagrad(keras.optimizers.Optimizer):\n    pass")
    for patch in (
        "Adagrad.update_step = keras.optimizers.Adagrad.update_step",
        "setattr(Adagrad, 'update_step', keras.optimizers.Adagrad.update_step)",
    ):
        cells = [answer, (2, "", patch), (3, "check_Adagrad", "")]
        assert [each.flag for each in read_flags(cells, exercises=["Adagrad"])] == [words.LIBRARY_ANSWER]


def test_the_librarys_own_beside_an_answer_is_no_flag():
    answer = (
        "import keras\nclass Adagrad(keras.optimizers.Optimizer):\n    def build(self, name='adagrad'):\n        pass"
    )
    compared = "compare(Adagrad(), keras.optimizers.Adagrad())\nmodel.compile(optimizer='adagrad')"
    layer = (
        "class Dropout(keras.layers.Layer):\n    seeds = keras.random.SeedGenerator(1)\n    x = keras.random.uniform"
    )
    cells = [(1, "Adagrad", answer), (2, "", compared), (3, "Dropout", layer)]
    assert read_flags(cells, exercises=["Adagrad", "Dropout"]) == []


def test_what_an_assignment_watches_is_flagged_in_that_answer_alone():
    source = "import keras\ndef normalise(x):\n    return keras.ops.moments(x, 0), keras.ops.sqrt(x)"
    watch = {"normalise": ["keras.ops.moments"]}
    settings = {"exercises": ["normalise", "other"], "watch": watch}
    assert [each.line for each in read_flags([(1, "normalise", source)], **settings)] == [3]
    assert read_flags([(1, "other", source.replace("normalise", "other"))], **settings) == []
    detour = source.replace("import keras", "import tensorflow as tf").replace("keras.ops", "tf.keras.src.ops")
    assert [each.line for each in read_flags([(1, "normalise", detour)], **settings)] == [3]
    assert read_flags([(1, "normalise", source.replace("moments", "moments_of"))], **settings) == []


def test_in_a_numpy_notebook_no_library_answers():
    source = "import keras\ndef momentum_step(w):\n    return keras.optimizers.SGD(momentum=0.9)"
    cells = [(1, "momentum_step", source)]
    assert words.LIBRARY_ANSWER in [
        each.flag for each in read_flags(cells, exercises=["momentum_step"], numpy_only=True)
    ]
    assert read_flags(cells, exercises=["momentum_step"]) == []


NASTY = {
    "10 MB of text": "# " + "x" * 10_000_000,
    "10 MB of code": "x = 1\n" * 1_600_000,
    "nested brackets": "(" * 100_000 + ")" * 100_000,
    "nested lists": "[" * 90_000 + "]" * 90_000,
    "nested calls": "f(" * 60_000 + ")" * 60_000,
    "signs": "-" * 150_000 + "1",
    "nots": "not " * 40_000 + "1",
    "a long sum": "+".join(["1"] * 90_000),
    "a long chain": "np" + ".a" * 90_000 + " = 1",
    "a long chain of calls": "f" + "()" * 90_000,
    "a long comparison": "<".join(["1"] * 90_000),
    "powers": "**".join(["1"] * 60_000),
    "lambdas": "lambda:" * 25_000 + "1",
    "conditions": "1 if 1 else " * 15_000 + "1",
    "nested blocks": "".join(" " * depth + "if 1:\n" for depth in range(600)),
    "nested classes": "\n".join(" " * depth + f"class A{depth}:" for depth in range(90)) + " pass",
    "a long number": "9" * 150_000,
    "a long name": "x" * 199_000,
    "a long text": "'" + "kernel-" * 28_000 + "'",
    "a text of spaces": " " * 190_000 + "=",
    "question marks": "? " * 90_000 + "x",
    "magics that stumble": "'''\n%x'''\n" * 3_000,
    "many magics": "%matplotlib inline\n" * 10_000,
    "many names": ";".join(["a"] * 99_000),
    "many flags": "import ctypes\n" * 12_000,
    "NUL": "x = 1\0\nimport ctypes",
    "surrogates": "x = '\ud800'\nimport ctypes",
    "form feeds": "\f".join(["x = 1\n"] * 20_000),
    "carriage returns": "x = 1\r" * 30_000,
    "other line ends": "x = 1\u2028\x85\x1c\n" * 10_000,
    "byte-order mark": "\ufeffimport ctypes",
    "control characters": "".join(map(chr, range(32))) * 5_000,
    "right to left": "x = '\u202e\u2066'\n" * 9_000,
    "an encoding": "# -*- coding: rot13 -*-\nvzcbeg pglcrf",
    "f-strings": "f'" + "{f\"" * 100 + "1" + "\"}" * 100 + "'",
    "decorators": "@f\n" * 60_000 + "def g(): pass",
    "nested exec": "exec(" * 90 + "'1'" + ")" * 90,
    "a text of code": f"exec({'exec(1)' * 20_000!r})",
}  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_nothing_takes_the_reader_down(name):
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    found = read_flags([(1, "", "import socket"), (2, "", NASTY[name]), (3, "", "import socket")])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < limits.READER_SECONDS + 0.5
    assert time.perf_counter() - started < limits.READER_WAIT_SECONDS
    assert (found[0].flag, found[0].cell) == (words.PROCESS_CONTROL, 1)
    last = found[-1]  # either all was read, or it is said where the reading ended
    assert (last.flag, last.cell) in [(words.PROCESS_CONTROL, 3), (UNREADABLE, 2), (UNREADABLE, 3)]
    assert len(found) <= 61
    assert all(each.sentence.isprintable() and len(each.sentence) < 300 for each in found)


def test_what_is_found_in_a_broken_cell_is_told():
    assert words.PROCESS_CONTROL in names_of("x = '\ud800'\nopen('/proc/self/maps')")
    assert words.REWRITES_CODE in names_of("x = 1\0\nget_ipython().ast_transformers")


def test_a_notebook_that_is_too_long_is_read_as_far_as_it_goes():
    long = "x = 1\n" * (limits.READ_CHARACTERS // 12)
    found = read_flags([(1, "", "import ctypes"), (4, "", long), (5, "", long), (9, "", long), (10, "", "")])
    assert [(each.flag, each.cell) for each in found] == [(words.PROCESS_CONTROL, 1), (UNREADABLE, 5)]


SAID = {
    "nothing": ("", [UNREADABLE]),
    "no JSON": ("nonsense\n", [UNREADABLE]),
    "no object": ('[1]\n3\nnull\n"x"\n', [UNREADABLE]),
    "half a line": ('{"read": 1}\n{"done": tr', [UNREADABLE]),
    "an unknown flag": ('{"flag": "x", "cell": 1, "line": 1, "what": "x", "exercise": ""}\n{"done": true}', []),
    "an unknown cell": ('{"flag": "traces", "cell": 9, "line": 1, "what": "x", "exercise": ""}\n{"done": true}', []),
    "no line": ('{"flag": "traces", "cell": 1, "line": "1", "what": "x", "exercise": ""}\n{"done": true}', []),
    "an unknown exercise": ('{"flag": "traces", "cell": 1, "line": 1, "what": "", "exercise": "x"}\n{"done":true}', []),
    "lists for names": ('{"flag": ["traces"], "cell": [1], "line": 1}\n{"done": true}', []),
    "brackets": ("[" * 100_000 + '\n{"done": true}', []),
    "no UTF-8": (b'\xff\xfe\n{"done": true}', []),
    "a flag": ('{"flag": "traces", "cell": 1, "line": 1, "what": "x\\u202e`\\u0000", "exercise": ""}\n{"done": 1}',
               ["traces", UNREADABLE]),
}  # fmt: skip


@pytest.mark.parametrize("said", SAID)
def test_what_the_reader_says_is_not_trusted(said, monkeypatch):
    text, expected = SAID[said]
    monkeypatch.setattr(flags, "_ask_reader", lambda asked: text if isinstance(text, bytes) else text.encode())
    found = read_flags([(1, "", "x = 1")])
    assert [each.flag for each in found] == expected
    assert all(each.sentence.isprintable() for each in found)


def test_a_reader_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(flags, "START", "import time; time.sleep(60)")
    monkeypatch.setattr(limits, "READER_WAIT_SECONDS", 0.3)
    started = time.perf_counter()
    assert names_of("x = 1") == [UNREADABLE]
    assert time.perf_counter() - started < 10


def test_a_reader_that_floods_is_cut(monkeypatch):
    monkeypatch.setattr(flags, "START", "while True: print('x' * 10**5)")
    monkeypatch.setattr(limits, "READER_WAIT_SECONDS", 5)
    started = time.perf_counter()
    assert names_of("x = 1") == [UNREADABLE]
    assert time.perf_counter() - started < 4


def test_the_reader_has_limits_and_opens_nothing(monkeypatch):
    """What runs while it reads can open no file, and takes no more memory or output than it may."""
    tried = (
        "import sys; sys.path.append(sys.argv.pop(1)); from autograder import flag_reader\n"
        "import json, resource\n"
        "def read(self, cell, grade_id, source):\n"
        "    told = []\n"
        "    for name, action in [('open', lambda: open('/etc/passwd')), ('memory', lambda: bytearray(2**30))]:\n"
        "        try:\n            action()\n            told.append(name)\n"
        "        except (OSError, MemoryError):\n            pass\n"
        "    told.append(resource.getrlimit(resource.RLIMIT_CPU))\n"
        "    self._tell('traces', cell, 1, repr(told), '')\n"
        "flag_reader.Reader.read = read\nflag_reader.main()"
    )
    monkeypatch.setattr(flags, "START", tried)
    (found,) = read_flags([(1, "", "x = 1")])
    assert f"[({limits.READER_SECONDS}, {limits.READER_SECONDS})]" in found.sentence


def test_the_reader_starts_fast():
    """What it imports is a handful of the standard library's, so that a class does not wait for it."""
    program = [
        *flags.PROGRAM,
        "import sys; sys.path.append(sys.argv[1]); import autograder.flag_reader; print(len(sys.modules))",
    ]
    ran = subprocess.run([*program, str(ROOT)], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 80


def test_the_flags_of_a_notebook_are_plain_data(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("import ctypes"),
            nbformat.v4.new_code_cell(
                "import keras\nscale = keras.ops.scale", metadata={"nbgrader": {"grade_id": "scale"}}
            ),
        ]
    )
    notebook.metadata[REPAIRED] = [
        {"flag": EDITED_MARKS, "cell": 2, "sentence": "Its points were edited."},
        {"flag": "", "cell": 3, "sentence": "It was missing."},
    ]
    for name in ("numpy.py", "helpers.py"):
        (tmp_path / name).touch()
    found = flags_of(notebook, tmp_path, exercises=["scale"], numpy_only=True)
    assert found == [
        {"flag": EDITED_MARKS, "cell": 2, "line": 0, "sentence": "Its points were edited."},
        {
            "flag": SHADOWS,
            "cell": 0,
            "line": 0,
            "sentence": flags.SENTENCES[SHADOWS].format(what="numpy.py"),
        },
        {
            "flag": words.LIBRARY_ANSWER,
            "cell": 2,
            "line": 1,
            "sentence": "The answer to `scale` uses the library's own `keras`.",
        },
        {
            "flag": words.LIBRARY_ANSWER,
            "cell": 2,
            "line": 2,
            "sentence": "The answer to `scale` uses the library's own `keras.ops.scale`.",
        },
    ]
    assert json.loads(json.dumps(found)) == found


def test_modules_beside_the_notebook_are_read(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "helpers.py").write_text("import numpy as np\n\nnp.sum = 3\n")
    (tmp_path / "inner" / "more.py").write_bytes(b"x = '\xff'\nimport ctypes\n")
    (tmp_path / "notes.txt").write_text("import ctypes")
    (tmp_path / "linked.py").symlink_to(tmp_path / "helpers.py")
    os.mkfifo(tmp_path / "pipe.py")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import zmq")])
    found = flags_of(notebook, tmp_path, exercises=[])
    assert [(each["flag"], each["cell"], each["line"]) for each in found] == [
        (words.KERNEL_INTERNALS, 1, 1),
        (words.PATCHES_LIBRARY, 0, 3),
        (words.PROCESS_CONTROL, 0, 2),
    ]
    assert found[1]["sentence"].startswith("In the file `helpers.py`: `numpy.sum` is made to be")
    assert found[2]["sentence"].startswith("In the file `inner/more.py`: `ctypes` can")


def test_a_module_that_is_too_long_and_too_many_of_them_stop_nothing(tmp_path):
    (tmp_path / "a.py").write_text("import ctypes")
    (tmp_path / "b.py").write_text("x = 1\n" * 10**6)
    for number in range(100):
        (tmp_path / f"c{number}.py").write_text("import ctypes")
    found = flags_of(nbformat.v4.new_notebook(), tmp_path, exercises=[])
    assert [(each["flag"], each["cell"]) for each in found] == [(words.PROCESS_CONTROL, 0), (UNREADABLE, 0)]
    assert found[1]["sentence"].startswith("In the file `b.py`: From here on")


@pytest.mark.parametrize("said", [b"", b'{"read": -1}\n{"read": 1}\n'])
@pytest.mark.parametrize("beside", [[], ["helpers.py"]])
@pytest.mark.parametrize("cells", [[], [nbformat.v4.new_code_cell("x = 1")]])
def test_a_reader_that_fails_on_any_notebook_is_one_flag(tmp_path, monkeypatch, cells, beside, said):
    for name in beside:
        (tmp_path / name).touch()
    monkeypatch.setattr(flags, "_ask_reader", lambda asked: said)
    (found,) = flags_of(nbformat.v4.new_notebook(cells=cells), tmp_path, exercises=[])
    assert found["flag"] == UNREADABLE


def test_every_flag_has_a_sentence():
    names = {value for name, value in vars(words).items() if name.isupper() and isinstance(value, str)}
    assert names | {SHADOWS, UNREADABLE} == set(flags.SENTENCES)
    assert names == set(SUSPICIOUS) | {words.LIBRARY_ANSWER}
