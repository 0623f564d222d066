"""Every limit under which notebooks run, in one place."""

import os

CELL_SECONDS = 60  # the longest that one cell of a notebook may take, unless its assignment.toml says otherwise
AGAIN_SECONDS = 10  # the same, in a notebook in which a cell has run into that limit: the others often call it too
START_SECONDS = 60  # the longest that a kernel may take to start
CPU_SECONDS = 900  # of processor time, for a whole notebook
MEMORY_BYTES = 4 << 30  # of private memory, for each process of a notebook
PROCESSES = 512  # processes and threads together; TensorFlow starts dozens of threads
OPEN_FILES = 1024
FILE_BYTES = 256 << 20  # the largest file that may be written
TEMPORARY_BYTES = 512 << 20  # what /tmp holds
HAND_IN_BYTES = 200 << 20  # what is copied of the files beside a notebook
OUTPUT_BYTES = 1_000_000  # what is kept of one cell's output
ANSWER_BYTES = 64_000_000  # the longest reply to a probe that is read at all
ANSWERS_BYTES = 256_000_000  # the same, for all probes of a notebook together
ARRAY_CHARACTERS = 12_000_000  # the longest array in a reply, in base64: a little more than an honest asker sends

# For the reading of what was handed in, in a process of its own.
READ_CHARACTERS = 200_000  # of a notebook's code; more is not read, and that is told
READER_SECONDS = 1  # of processor time; an honest notebook takes a tenth
READER_WAIT_SECONDS = 20  # until it is ended, on a busy machine
READER_BYTES = 512 << 20  # of memory
READER_OUTPUT_BYTES = 200_000

# What every kernel finds in its environment.
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "LANG": "C.UTF-8",
}
KEPT = ("PATH", "HOME", "TMPDIR", "KERAS_BACKEND", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "NN2_DATA")


def kernel_environment() -> dict[str, str]:
    """The environment of a kernel outside the sandbox: quiet libraries, and the few variables it needs to start."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | QUIET
