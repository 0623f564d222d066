"""What the reader of a hand-in looks for: the flags' names, and the names, texts and lines that raise them."""

import re
import sys

REWRITES_CODE, PATCHES_SHELL, HOOKS_EVENTS = "rewrites-code", "patches-shell", "hooks-events"
PATCHES_LIBRARY, REPLACES_MODULE, ALWAYS_EQUAL = "patches-library", "replaces-module", "always-equal"
TRACES, READS_FRAMES, READS_HISTORY = "traces", "reads-frames", "reads-history"
ASKS_IF_GRADED, LOOKS_FOR_ANSWERS, LIBRARY_ANSWER = "asks-if-graded", "looks-for-answers", "library-answer"
KERNEL_INTERNALS, PROCESS_CONTROL, HIDDEN_CODE = "kernel-internals", "process-control", "hidden-code"


def _by_name(table):
    return {name: flag for flag, names in table.items() for name in names.split()}


# Names that have no place in an answer, however they are reached: as a name, an attribute, an import or a text.
WORDS = _by_name(
    {
        REWRITES_CODE: """ast_transformers input_transformers_post input_transformers_cleanup input_transformer_manager
            input_splitter NodeTransformer transform_cell transform_ast""",
        PATCHES_SHELL: """run_code run_ast_nodes run_cell_async do_execute execute_request set_custom_exc CustomTB
            custom_exceptions showtraceback _showtraceback showsyntaxerror _render_traceback_ user_expressions
            _user_obj_error""",
        HOOKS_EVENTS: "pre_run_cell post_run_cell pre_execute post_execute set_hook",
        TRACES: """settrace setprofile settrace_all_threads setprofile_all_threads meta_path path_hooks
            path_importer_cache excepthook unraisablehook displayhook addaudithook breakpointhook""",
        READS_FRAMES: """_getframe _current_frames _getframemodulename currentframe getouterframes getinnerframes f_back
            f_globals f_locals tb_frame gi_frame cr_frame ag_frame __globals__ __subclasses__ walk_stack extract_stack
            get_objects get_referrers get_referents""",
        READS_HISTORY: "history_manager input_hist_raw input_hist_parsed HistoryManager HistoryAccessor _ih",
        KERNEL_INTERNALS: """iopub_socket iopub_thread shell_stream shell_socket control_socket send_multipart
            display_pub display_formatter parent_header set_parent get_connection_file connection_file connect_info""",
        PATCHES_LIBRARY: "__code__ MonkeyPatch",
        ASKS_IF_GRADED: "NBGRADER_EXECUTION NBGRADER_VALIDATING JPY_PARENT_PID",
    }
)
# The same, by the full name alone, for the last part has honest uses elsewhere. What lies below a name counts, too.
PATHS = _by_name(
    {
        TRACES: "sys.monitoring",
        READS_FRAMES: "inspect.stack inspect.trace",
        READS_HISTORY: "linecache",
        ASKS_IF_GRADED: "nbgrader autograder",
        KERNEL_INTERNALS: """ipykernel jupyter_client nbclient comm zmq tornado get_ipython().kernel
            asyncio.all_tasks""",
        PROCESS_CONTROL: """os._exit os.abort os.kill os.killpg os.fork os.forkpty os.posix_spawn os.posix_spawnp
            os.execl os.execle os.execlp os.execlpe os.execv os.execve os.execvp os.execvpe os.spawnl os.spawnle
            os.spawnlp os.spawnlpe os.spawnv os.spawnve os.spawnvp os.spawnvpe os.dup2 os.setuid os.unshare os.setns
            signal.signal signal.pthread_kill signal.raise_signal signal.sigwait signal.pthread_sigmask ctypes _ctypes
            cffi socket _socket pty _posixsubprocess""",
        PATCHES_LIBRARY: "unittest.mock.patch mock.patch",
        REPLACES_MODULE: "types.ModuleType",
    }
)
# Calls that start a program are told unless it is one of the harmless ones.
PROGRAMS = ("os.system", "os.popen", "subprocess.")
HARMLESS_PROGRAM = re.compile(r"\b(pip3?|conda|mamba|uv|nvidia-smi)\b")

# Assigning to these is tampering, wherever they hang: they decide what a check says.
VERDICTS = _by_name(
    {
        PATCHES_LIBRARY: """allclose isclose array_equal array_equiv assert_allclose assert_equal assert_array_equal
            assert_almost_equal assert_array_almost_equal assert_array_less assert_raises assert_near""",
        PATCHES_SHELL: "run_cell",
    }
)
# Libraries of which nothing is replaced by accident.
LIBRARIES = {
    *("numpy", "scipy", "sklearn", "keras", "tensorflow", "tf_keras", "torch", "jax", "jaxlib", "flax", "optax"),
    *("haiku", "h5py", "ml_dtypes", "optree", "absl", "IPython", "traitlets", "nbformat", "builtins", "get_ipython()"),
    *("ipykernel", "jupyter_client", "nbclient", "comm", "zmq", "tornado", *sys.stdlib_module_names),
}
# But honest notebooks do assign to these: settings, and names that older code misses in a newer library.
SETTABLE = re.compile(
    r"(warnings|logging|sys\.(stdout|stderr|stdin|path|tracebacklimit|dont_write_bytecode|ps1|ps2)"
    r"|ssl\._create_default_https_context|(.*\.)?ast_node_interactivity|get_ipython\(\)\.(xmode|colors|pdb|autoawait)"
    r"|numpy\.(float|int|bool|object|str|complex|long|unicode|typeDict)|collections\.[A-Z]\w+|time\.clock"
    r"|inspect\.getargspec)(\..*)?"
)
# Where a library's own optimizers and layers are.
DEEP = ("keras", "tensorflow", "torch", "torchvision", "jax", "jaxlib", "flax", "optax", "haiku")
# What an exercise's name has and the library's does not: adagrad_step is Adagrad.
ENDINGS = re.compile(r"_(step|forward|backward|penalty|derivative|layer)$")

# Texts that name what is the grader's. In prose (a docstring, what is printed) they mean nothing.
SECRETS = (
    (
        ASKS_IF_GRADED,
        re.compile(r"NBGRADER_|\bnbgrader\b|\bnbclient\b|\bautograder\b|/opt/python|/home/student|^grader$"),
    ),
    (
        LOOKS_FOR_ANSWERS,
        re.compile(r"gradebook|\bprobes\.py|misconceptions\.toml|\bledger\.jsonl|\b(solutions|submitted|autograded)/"),
    ),
    (READS_HISTORY, re.compile(r"history\.sqlite")),
    (KERNEL_INTERNALS, re.compile(r"\bkernel(-[\w-]{1,80})?\.json\b|__judge")),
    (PROCESS_CONTROL, re.compile(r"/proc/(self|thread-self|\d+)/|/proc/?$|/proc/\*")),
)
# The same where a file is opened or looked for.
FOLDERS = re.compile(r"(^|/)(solutions?|submitted|autograded|gradebook|probes|classroom|misconceptions)(\.\w+)?(/|$)")
OPENERS = re.compile(
    r"builtins\.(open|__import__)|io\.open|os\.(open|listdir|scandir|walk|stat|path\.\w+)|glob\.i?glob"
    r"|pathlib\.\w+(\(\).*)?|sqlite3\.connect|numpy\.(load|loadtxt|fromfile|genfromtxt)|shutil\.\w+"
    r"|importlib\.import_module|runpy\.run_path"
)
# What is called with prose.
TELLERS = re.compile(r"builtins\.print|IPython\.display\.\w+|(.*\.)?(set_)?(title|suptitle|xlabel|ylabel|legend|text)")

# IPython's own lines.
HISTORY_MAGIC = re.compile(r"%%?(history|hist|recall|rep|rerun|macro|notebook|save)\b")
SHELL_LINE = re.compile(r"!|%%?(sx|sc|system|bash|sh|script)\b")
KILLING = re.compile(r"\b(kill|pkill|killall|gdb|strace)\b")
TIMED_LINE = re.compile(r"%%?(time|timeit|prun|memit|lprun|mprun)\b\s*((-\w+(\s+\d+)?\s+)*)")
WRITTEN_MODULE = re.compile(r"%%(writefile|file)\s+(-a\s+)?(\./)?(\w+)\.py")
STARTED_WITH = ("sitecustomize", "usercustomize")
