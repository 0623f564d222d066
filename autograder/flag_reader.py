"""Reads the code cells of one hand-in and names what an instructor may want to look at. Runs alone, under limits.

``flags`` starts ``main`` in a process of its own, for parsing what students wrote can take all of a machine's memory or
end the process. Few modules are imported, so that it starts in 20 ms. From stdin it takes one JSON object, to stdout it
writes one a line: a flag as soon as it is found, a note after each cell that was read, and a note at the end, so that
nothing found is lost when a limit ends it. It knows no sentences: those are in ``flags``.
"""

import ast
import json
import re
import resource
import sys
import unicodedata  # noqa: F401 - the parser loads it for names such as μ, when no file can be opened any more

from autograder import flag_words as words
from autograder.flag_cells import lines_of, parse

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
BUILTINS = (
    *("exec", "eval", "compile", "open", "print", "setattr", "delattr", "getattr", "vars", "globals", "locals"),
    *("__import__", "object", "type"),
)
SHELLS = re.compile(
    r"(IPython(\.core\.(getipython|interactiveshell))?\.)?(get_ipython|InteractiveShell\.instance)\(\)$"
)
KERAS = re.compile(r"(tensorflow(\.compat\.v\d)?(\.python)?\.keras|tf_keras|keras\._tf_keras\.keras)(?=\.|$)")
INNER_KERAS = re.compile(r"keras\.(src|api)(?=\.|$)")
CHANGING = ("update", "pop", "setdefault", "clear", "popitem", "__setitem__", "__delitem__", "__setattr__")
DEPTH = 40  # how far a chain of attributes and calls is followed
LONG = 300  # the longest full name that is kept for another
NESTED = 3  # how deep code in texts is
TEXT = 10_000  # the longest text that is looked at
FLAGS = 60  # with more than these the reading ends
SAME = 5  # of one kind in one cell no more are told

Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Assignment = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)


class Reader:
    """What is known while a notebook is read from top to bottom: which names stand for which libraries' parts.

    A name is followed through imports and plain assignments, not through calls: this is a hint's worth of reading.

    Parameters
    ----------
    exercises : list of str
        The notebook's exercises.
    watch : dict of str to list of str
        By exercise, what its answer is not to use.
    numpy_only : bool
        Whether the notebook is to be written with NumPy alone.
    tell : callable
        Is handed each flag: its name, the cell, the line, what was found, and the exercise or "".
    """

    def __init__(self, exercises, watch, numpy_only, tell):
        self.exercises, self.watch, self.numpy_only, self._tell = exercises, watch, numpy_only, tell
        self.plain = {name: plain(words.ENDINGS.sub("", name)) for name in exercises}
        self.roots = {*words.DEEP, "sklearn", *(name.partition(".")[0] for names in watch.values() for name in names)}
        self.names = {}  # a notebook's name → the full name of what it stands for
        self.own = set()  # names that the notebook itself gives to something
        self.helpers = {}  # a function's or class's name → {exercise: what of a library it uses}
        self.taken = {}  # exercise → where a library's own was imported under its name
        self.closed = set()  # exercises whose check has been passed
        self.told = set()

    def read(self, cell, grade_id, source):
        """Read one cell."""
        self.cell, self.inside, self.nested = cell, None, 0
        self.answered = {grade_id} & set(self.exercises)
        if grade_id.startswith("check_"):  # its text is the assignment's: what a student made of it was put right
            self._close(grade_id.removeprefix("check_"))
        else:
            self._read_source(source)

    def flag(self, name, what, line, exercise=""):
        key = name, self.cell, self.inside or line, exercise
        if key not in self.told:
            self.told.add(key)
            self._tell(*key[:3], what[:200], exercise)

    def _read_source(self, source):
        tree, escaped = parse(source)
        for line, text in escaped:
            self._look_at_escaped(line, text)
        if tree is None:  # it does not run, unless something that is flagged itself makes it run
            for line, text in enumerate(lines_of(source), 1):
                self._look_for_words(line, text)
            return
        self.own |= given_names(tree)
        for statement in tree.body:
            self._read_statement(statement)

    def _look_inside(self, code, line):
        """Read code that stands in a text or behind a magic as if it stood in the cell."""
        if self.nested >= NESTED or len(code) > 2 * TEXT:
            self.flag(words.HIDDEN_CODE, "code in a text", line)
            return
        kept = self.inside, self.nested, self.answers, self.used
        self.inside, self.nested = self.inside or line, self.nested + 1
        self._read_source(code)
        self.inside, self.nested, self.answers, self.used = kept

    # What is no Python

    def _look_at_escaped(self, line, text):
        if words.HISTORY_MAGIC.match(text):
            self.flag(words.READS_HISTORY, text, line)
        if words.SHELL_LINE.match(text) and words.KILLING.search(text):
            self.flag(words.PROCESS_CONTROL, text, line)
        written = words.WRITTEN_MODULE.match(text)
        if written and written[4] in (*words.LIBRARIES, *words.STARTED_WITH):
            self.flag(words.REPLACES_MODULE, text, line)
        timed = words.TIMED_LINE.match(text)
        if timed and timed.end() < len(text):
            self.answers, self.used = self.answered, {}
            self._look_inside(text[timed.end() :], line)
        else:
            self._look_for_words(line, text)

    def _look_for_words(self, line, text):
        text = text.partition("#")[0][:TEXT]
        for word in IDENTIFIER.findall(text):
            if word in words.WORDS:
                self.flag(words.WORDS[word], word, line)
        self._look_for_secrets(line, text)

    def _look_for_secrets(self, line, text):
        for name, pattern in words.SECRETS:
            found = pattern.search(text)
            if found:
                self.flag(name, found[0], line)

    # Statements, and what they hold in the order in which it stands. A student decides how deep it is nested, so
    # nothing here calls itself for what lies within.

    def _read_statement(self, statement):
        bound = bound_by(statement)
        answers = {name for name in self.exercises if name in bound and name not in self.closed}
        self.answers, self.used = answers | self.answered, {}
        todo = [(statement, False)]
        while todo:
            node, local = todo.pop()
            if callable(node):
                node()
                continue
            self._look_at(node)
            if isinstance(node, Assignment) and node.value is not None:  # a name stands for the new only afterwards
                todo.append((lambda node=node, local=local: self._bind_assigned(node, local), local))
            elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
                self._bind_loop(node, local)
            local = local or isinstance(node, (*Definition, ast.Lambda))
            todo += [(child, local) for child in reversed(list(ast.iter_child_nodes(node)))]
        if isinstance(statement, Definition):
            self.names.pop(statement.name, None)
            self.helpers[statement.name] = self.used
        if isinstance(statement, ast.Import | ast.ImportFrom):
            self._note_taken(statement)
        else:
            self.taken = {name: place for name, place in self.taken.items() if name not in answers}

    def _look_at(self, node):
        match node:
            case ast.Name():
                self._look_at_word(node.id, node)
                self._look_at_own_name(node)
                self._look_at_path(self.path(node), node)
            case ast.Attribute():
                self._look_at_word(node.attr, node)
                if node.attr in ("register", "unregister") and getattr(node.value, "attr", "") == "events":
                    self.flag(words.HOOKS_EVENTS, f"events.{node.attr}", node.lineno)
                self._look_at_path(self.path(node), node)
            case ast.Constant(value=str()):
                self._look_at_text(node)
            case ast.Call():
                self._look_at_call(node)
            case ast.Import() | ast.ImportFrom():
                self._look_at_import(node)
            case ast.Assign() | ast.Delete():
                for target in node.targets:
                    self._look_at_target(target, getattr(node, "value", None))
            case ast.AugAssign() | ast.AnnAssign():
                self._look_at_target(node.target, node.value)
            case ast.For() | ast.AsyncFor():
                self._look_at_target(node.target, None)
            case ast.withitem():
                self._look_at_target(node.optional_vars, None)
            case ast.FunctionDef():
                self._look_at_function(node)
            case ast.Expr():
                as_prose([node.value])  # a docstring, or a text that stands by itself
            case ast.Assert():
                as_prose([node.msg])
            case ast.Raise(exc=ast.Call()):
                as_prose(node.exc.args)

    def _look_at_word(self, word, node):
        if word in words.WORDS and not (isinstance(node, ast.Name) and word in self.own):
            self.flag(words.WORDS[word], word, node.lineno)

    def _look_at_own_name(self, node):
        """A name as such: IPython's history, the judge's own, or a helper that brings a library into an answer."""
        read = isinstance(node.ctx, ast.Load) and node.id not in self.own
        if read and re.fullmatch(r"In|_i{1,3}|_i\d+", node.id):
            self.flag(words.READS_HISTORY, node.id, node.lineno)
        if node.id.startswith("__judge"):
            self.flag(words.KERNEL_INTERNALS, node.id, node.lineno)
        for exercise, what in self.helpers.get(node.id, {}).items():
            if exercise in self.answers:
                self.flag(words.LIBRARY_ANSWER, what, node.lineno, exercise)

    def _look_at_path(self, path, node):
        if not path:
            return
        for start in starts_of(path):
            if start in words.PATHS:
                self.flag(words.PATHS[start], path, node.lineno)
        for exercise in self.exercises:
            if self._is_librarys_own(path, exercise):
                self.used.setdefault(exercise, path)
                if exercise in self.answers:
                    self.flag(words.LIBRARY_ANSWER, path, node.lineno, exercise)

    def _is_librarys_own(self, path, exercise):
        root, *parts = path.replace("()", "").replace("[]", "").split(".")
        if root not in self.roots:
            return False
        if any(path == name or path.startswith((f"{name}.", f"{name}(")) for name in self.watch.get(exercise, ())):
            return True
        if root == "sklearn":
            return "neural_network" in parts
        return root in words.DEEP and (self.numpy_only or any(plain(part) == self.plain[exercise] for part in parts))

    def _look_at_text(self, node):
        if getattr(node, "prose", False):
            return
        if node.value in words.WORDS:
            self.flag(words.WORDS[node.value], node.value, node.lineno)
        self._look_for_secrets(node.lineno, node.value[:TEXT])

    def _look_at_import(self, node):
        for alias in node.names:
            if isinstance(node, ast.Import):
                path, short = alias.name, alias.asname or alias.name.partition(".")[0]
                self.names[short] = canonical(path if alias.asname else short)
            elif node.level == 0:
                path = canonical(f"{node.module}.{alias.name}")
                self.names[alias.asname or alias.name] = path
                if alias.name in words.WORDS:
                    self.flag(words.WORDS[alias.name], alias.name, node.lineno)
            else:
                continue
            self._look_at_path(path, node)

    def _look_at_function(self, node):
        last = node.body[-1]
        always = isinstance(last, ast.Return) and isinstance(last.value, ast.Constant) and last.value.value is True
        if node.name in ("__array_function__", "__array_ufunc__") or (node.name == "__eq__" and always):
            self.flag(words.ALWAYS_EQUAL, node.name, node.lineno)

    # What is changed

    def _look_at_target(self, target, value):
        todo = [target]
        while todo:
            target = todo.pop()
            if isinstance(target, ast.Tuple | ast.List):
                todo += target.elts
            elif isinstance(target, ast.Starred):
                todo.append(target.value)
            elif isinstance(target, ast.Attribute):
                self._look_at_changed(self.path(target.value), target.attr, target)
            elif isinstance(target, ast.Subscript):
                self._look_at_item(self.path(target.value), constant(target.slice), target)
            if value is not None:
                self._look_at_answer(target, value)

    def _look_at_answer(self, target, value):
        """An exercise's name, or something that hangs on it, becomes a library's own."""
        for _ in range(DEPTH):
            if isinstance(target, ast.Attribute):
                target = target.value
        name, path = getattr(target, "id", ""), self.path(value)
        if path and name in self.exercises and name not in self.closed and self._is_librarys_own(path, name):
            self.flag(words.LIBRARY_ANSWER, path, target.lineno, name)

    def _look_at_changed(self, owner, name, node):
        """Something is assigned to, or deleted from, an attribute called ``name`` of ``owner``."""
        path = f"{owner}.{name}" if owner else name
        instance = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
        if name in words.VERDICTS and not instance:
            self.flag(words.VERDICTS[name], path, node.lineno)
        elif not owner or words.SETTABLE.fullmatch(path):
            return
        elif owner.startswith("get_ipython()") or "InteractiveShell" in owner:
            self.flag(words.PATCHES_SHELL, path, node.lineno)
        elif is_librarys(owner):
            self.flag(words.PATCHES_LIBRARY, path, node.lineno)

    def _look_at_item(self, owner, key, node):
        key = key if isinstance(key, str) else "…"
        if owner == "sys.modules":
            self.flag(words.REPLACES_MODULE, f"sys.modules[{key}]", node.lineno)
        elif owner == "builtins":
            self.flag(words.PATCHES_LIBRARY, f"builtins.{key}", node.lineno)
        elif owner and owner.endswith(".__dict__"):
            self._look_at_changed(owner.removesuffix(".__dict__"), key, node)

    # Calls

    def _look_at_call(self, node):
        path, given = self.path(node.func) or "", node.args
        texts = [constant(each) for each in given] + [None, None]
        owner, _, method = path.rpartition(".")
        if path in ("builtins.setattr", "builtins.delattr", "builtins.object.__setattr__", "builtins.type.__setattr__"):
            if given:
                self._look_at_changed(self.path(given[0]), texts[1] if isinstance(texts[1], str) else "…", node)
            if len(given) > 2:
                self._look_at_answer(given[0], given[2])
        elif method == "__setattr__":
            self._look_at_changed(owner, texts[0] if isinstance(texts[0], str) else "…", node)
        elif method in CHANGING:
            self._look_at_item(owner, texts[0], node)
        elif path in ("builtins.exec", "builtins.eval", "builtins.compile"):
            self._look_at_code(path, given, node)
        elif path == "get_ipython().run_cell" and isinstance(texts[0], str):
            self._look_inside(texts[0], node.lineno)
        elif path in ("get_ipython().run_line_magic", "get_ipython().run_cell_magic", "get_ipython().magic"):
            self._look_at_escaped(node.lineno, "%" + " ".join(text for text in texts if isinstance(text, str)))
        elif path in ("get_ipython().system", "get_ipython().getoutput"):
            self._look_at_escaped(node.lineno, f"!{texts[0] if isinstance(texts[0], str) else ''}")
        elif path == "builtins.getattr" and len(given) > 1:
            self._look_at_fetched(self.path(given[0]) or "", texts[1], node)
        elif path.startswith(words.PROGRAMS):
            if not any(words.HARMLESS_PROGRAM.search(text) for text in texts_in(node)):
                self.flag(words.PROCESS_CONTROL, path, node.lineno)
        elif words.OPENERS.fullmatch(path):
            for text in texts_in(node):
                if words.FOLDERS.search(text):
                    self.flag(words.LOOKS_FOR_ANSWERS, text, node.lineno)
        elif method in ("get", "deserialize") and owner.partition(".")[0] in words.DEEP:
            named = {plain(text) for text in texts_in(node)}
            for exercise in self.answers:
                if self.plain[exercise] in named:
                    self.flag(words.LIBRARY_ANSWER, path, node.lineno, exercise)
        if words.TELLERS.fullmatch(path or getattr(node.func, "attr", "")):
            as_prose(given)

    def _look_at_fetched(self, owner, name, node):
        """``getattr``: of a name that is told, or of what can be anything."""
        if isinstance(name, str):
            self._look_at_word(name, node)
            self._look_at_path(self.path(node), node)
        elif owner in ("sys", "os", "gc", "inspect", "builtins") or owner.startswith("get_ipython()"):
            self.flag(words.HIDDEN_CODE, f"getattr({owner}, …)", node.lineno)

    def _look_at_code(self, path, given, node):
        """``exec`` and its like: of a text, which is read, or of what only running it would tell."""
        code = constant(given[0]) if given else None
        if isinstance(code, str):
            self._look_inside(code, node.lineno)
        elif given and not (isinstance(given[0], ast.Call) and self.path(given[0].func) == "builtins.compile"):
            self.flag(words.HIDDEN_CODE, path.removeprefix("builtins."), node.lineno)

    # What a name stands for

    def path(self, node, depth=0):
        """The full name of what an expression stands for (``numpy.testing``), as far as its text tells; else None."""
        if depth > DEPTH:
            return None
        match node:
            case ast.Name(id=name):
                if name in self.names:
                    return self.names[name]
                if name == "get_ipython":
                    return name
                if name in ("__builtins__", "__builtin__"):
                    return "builtins"
                return f"builtins.{name}" if name in BUILTINS and name not in self.own else None
            case ast.Attribute():
                owner = self.path(node.value, depth + 1)
                return owner and canonical(f"{owner}.{node.attr}")
            case ast.Call():
                return self._path_of_call(node, depth + 1)
            case ast.Subscript():
                return self._path_of_item(self.path(node.value, depth + 1), constant(node.slice))
            case ast.NamedExpr():
                return self.path(node.value, depth + 1)
        return None

    def _path_of_call(self, node, depth):
        function = self.path(node.func, depth)
        if not function:
            return None
        texts = [constant(each) for each in node.args[:2]] + [None, None]
        if function == "builtins.__import__" and isinstance(texts[0], str):
            return canonical(texts[0].partition(".")[0])
        if function == "importlib.import_module" and isinstance(texts[0], str):
            return canonical(texts[0])
        if function in ("builtins.getattr", "builtins.vars"):
            owner = self.path(node.args[0], depth) if node.args else None
            name = "__dict__" if function == "builtins.vars" else texts[1]
            return canonical(f"{owner}.{name}") if owner and isinstance(name, str) else None
        return canonical(f"{function}()")

    def _path_of_item(self, owner, key):
        if owner and isinstance(key, str):
            if owner == "sys.modules":
                return canonical(key)
            if owner.endswith(".__dict__"):
                return canonical(f"{owner.removesuffix('.__dict__')}.{key}")
            if owner in ("builtins.globals()", "builtins.locals()"):
                return self.path(ast.Name(key, ast.Load()))
        return owner and f"{owner}[]"

    def _bind_assigned(self, node, local):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Tuple | ast.List) and isinstance(node.value, ast.Tuple | ast.List):
                for name, value in zip(target.elts, node.value.elts, strict=False):
                    self._bind(name, self.path(value), local)
            else:
                self._bind(target, self.path(node.value), local)

    def _bind_loop(self, node, local):
        paths = map(self.path, node.iter.elts[:20]) if isinstance(node.iter, ast.Tuple | ast.List) else ()
        self._bind(node.target, next(filter(is_librarys, paths), None), local)

    def _bind(self, target, path, local):
        if not isinstance(target, ast.Name):
            return
        if path and len(path) < LONG:
            self.names[target.id] = path
        elif not local:
            self.names.pop(target.id, None)

    # Where an exercise's name comes from

    def _note_taken(self, statement):
        for alias in statement.names:
            name = alias.asname or alias.name
            if name in self.exercises and name not in self.closed:
                path = self.names.get(name, "")
                if self._is_librarys_own(path, name):
                    self.taken[name] = path, self.cell, self.inside or statement.lineno
                else:
                    self.taken.pop(name, None)

    def _close(self, exercise):
        """An exercise's check stands here: what has its name by now is what is asked."""
        self.closed.add(exercise)
        if exercise in self.taken:
            path, self.cell, line = self.taken.pop(exercise)
            self.flag(words.LIBRARY_ANSWER, path, line, exercise)


def plain(name):
    """A name as it is compared with another: RMSProp, RMSprop and rms_prop are the same."""
    return name.lower().replace("_", "")


def canonical(path):
    """A full name without the detours on which Keras and IPython can be reached."""
    if path.startswith(("tensorflow.", "tf_keras", "keras.")):
        path = INNER_KERAS.sub("keras", KERAS.sub("keras", path, count=1), count=1)
    return SHELLS.sub("get_ipython()", path, count=1) if path.endswith("()") else path


def starts_of(path):
    """A full name, and all it begins with: a.b.c, a.b, a."""
    parts = path.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def is_librarys(path):
    """Whether a full name is that of a library or of a part of it, and not of something that a call has made."""
    return bool(path) and "(" not in path.removeprefix("get_ipython()") and path.partition(".")[0] in words.LIBRARIES


def constant(node):
    """A constant expression's value, where it is a literal or a sum of texts; else None."""
    if isinstance(node, ast.Constant):
        return node.value
    parts, todo = [], [node]
    while todo and len(parts) < 100:
        part = todo.pop()
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
            todo += [part.right, part.left]
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            parts.append(part.value)
        else:
            return None
    return "".join(parts)


def texts_in(node):
    """The texts among a call's arguments, in lists among them, too."""
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    given += [each for item in given if isinstance(item, ast.List | ast.Tuple) for each in item.elts]
    return [text for each in given if isinstance(text := constant(each), str)]


def as_prose(nodes):
    """Mark texts, with what f-strings hold of it, as written for people."""
    for node in nodes:
        for part in node.values if isinstance(node, ast.JoinedStr) else [node]:
            if isinstance(part, ast.Constant):
                part.prose = True


def given_names(tree):
    """The names that a cell gives to something of its own."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, Definition):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def bound_by(statement):
    """The names that a statement gives to something, or whose attributes it sets."""
    if isinstance(statement, Definition):
        return {statement.name}
    bound = given_names(statement)
    if isinstance(statement, ast.Assign):
        targets = [part for target in statement.targets for part in ast.walk(target)]
        bound |= {part.id for part in targets if isinstance(part, ast.Name)}
    return bound


def main():
    """Take limits from the command line (seconds of CPU, bytes of memory), then a hand-in from stdin."""
    seconds, memory = map(int, sys.argv[1:])
    limits = {"CPU": seconds, "AS": memory, "FSIZE": 0, "CORE": 0, "NOFILE": 3}
    for name, limit in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))
    asked = json.load(sys.stdin)
    counts = {}

    def say(**facts):
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()

    def tell(flag, cell, line, what, exercise):
        counts[flag, cell] = counts.get((flag, cell), 0) + 1
        if counts[flag, cell] > SAME:
            return
        if sum(min(count, SAME) for count in counts.values()) > FLAGS:
            sys.exit()
        say(flag=flag, cell=cell, line=line, what=what, exercise=exercise)

    reader = Reader(asked["exercises"], asked["watch"], asked["numpy_only"], tell)
    for number, grade_id, source in asked["cells"]:
        reader.read(number, grade_id, source)
        say(read=number)
    say(done=True)
