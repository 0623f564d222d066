"""Every answer that is one small edit away from a right one: what a check that passes one of them does not check.

The edits come from the syntax tree of the reference's cell, so no exercise needs a list of its own. Most are slips that
students make (a sign, a factor, the wrong name, a forgotten line); the others are as small and cost nothing to try.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMMUTING = ast.Add | ast.Mult
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
SIMPLE = ast.Assign | ast.AugAssign | ast.Expr | ast.Assert | ast.Raise
# Functions and methods that are taken for one another.
LIKE = {
    "sqrt": ("square", "abs"),
    "square": ("sqrt", "abs"),
    "abs": ("square", "sign"),
    "sign": ("abs",),
    "exp": ("expm1",),
    "log": ("log1p",),
    "add": ("subtract",),
    "subtract": ("add",),
    "multiply": ("divide",),
    "divide": ("multiply",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "max": ("min", "sum"),
    "min": ("max",),
    "sum": ("mean", "max"),
    "mean": ("sum", "median"),
    "var": ("std",),
    "std": ("var",),
    "any": ("all",),
    "all": ("any",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "normal": ("uniform",),
    "uniform": ("normal",),
    "assign": ("assign_add", "assign_sub"),
    "assign_add": ("assign", "assign_sub"),
    "assign_sub": ("assign", "assign_add"),
}
REDUCTIONS = ("sum", "mean", "max", "min", "var", "std", "any", "all", "prod", "argmax", "argmin")


@dataclass(frozen=True)
class Mutant:
    """A cell with one edit.

    Parameters
    ----------
    where : str
        The function, method or class that was edited; with a number where the same edit fits it more than once.
    was, becomes : str
        The lines that differ, as ``ast.unparse`` writes them; "" where lines are only added or only lost.
    cell : str
        The whole cell, without comments and docstrings.
    """

    where: str
    was: str
    becomes: str
    cell: str

    def __str__(self):
        if not self.becomes:
            return f"{self.where} without `{self.was}`"
        if not self.was:
            return f"{self.where} with `{self.becomes}` once more"
        return f"{self.where}: `{self.was}` becomes `{self.becomes}`"


def mutants_of(cell: str) -> list[Mutant]:
    """Every cell that is one edit away from this one, in the order of its lines; no two are the same."""
    tree = _without_docstrings(ast.parse(cell))
    base = ast.unparse(tree)
    seen, found, times = {base}, [], Counter()
    for scope in _edits(tree):
        where = scope or "the cell"
        source = ast.unparse(tree)
        if source in seen:
            continue
        seen.add(source)
        was, becomes = _difference(base, source)
        times[where, was, becomes] += 1
        number = times[where, was, becomes]
        found.append(Mutant(f"{where} ({number})" if number > 1 else where, was, becomes, source))
    assert ast.unparse(tree) == base, "an edit was not taken back"
    return found


def statements_in(cell: str) -> int:
    """How many statements a cell has, docstrings not counted: what its number of mutants is measured against."""
    return sum(isinstance(node, ast.stmt) for node in ast.walk(_without_docstrings(ast.parse(cell))))


def _without_docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS | ast.ClassDef) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _difference(old, new):
    """The lines in which two texts differ, without the margin that they share."""
    old, new = old.splitlines(), new.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    margin = min(len(line) - len(line.lstrip()) for line in [*old, *new] if line.strip())
    return ("\n".join(line[margin:] for line in lines).strip("\n") for lines in (old, new))


@dataclass(frozen=True)
class _Scope:
    """What an edit may use: the function's names, its array parameters, defaults, and the attributes of its class."""

    name: str = ""
    names: tuple[str, ...] = ()
    arrays: tuple[str, ...] = ()
    defaults: tuple[tuple[str, object], ...] = ()
    attributes: tuple[str, ...] = ()
    settings: tuple[tuple[str, object], ...] = ()
    myself: str = ""
    has_numpy: bool = False


def _edits(tree) -> Iterator[str]:
    """Apply each edit to the tree in turn, say where it is, and take it back."""
    has_numpy = any(isinstance(node, ast.Name) and node.id == "np" for node in ast.walk(tree))
    yield from _visit(tree, _Scope(has_numpy=has_numpy))


def _visit(node, scope):
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            if value and isinstance(value[0], ast.stmt):
                yield from _visit_statements(node, field, scope)
                continue
            for index, child in enumerate(value):
                if isinstance(child, ast.expr):
                    for other in _expressions(child, scope):
                        value[index] = other
                        yield scope.name
                        value[index] = child
                if isinstance(child, ast.AST):
                    yield from _visit(child, scope)
        elif isinstance(value, ast.AST):
            if isinstance(value, ast.expr):
                others = _expressions(value, scope)
                if field == "test":
                    others = [*_conditions(value), *others]
                for other in others:
                    setattr(node, field, other)
                    yield scope.name
                    setattr(node, field, value)
            yield from _visit(value, scope)


def _visit_statements(node, field, scope):
    body = getattr(node, field)
    for index, statement in enumerate(body):
        inner = _inside(statement, scope)
        for others in _statements(statement, body[index + 1 : index + 2], scope):
            taken = 2 if len(others) == 2 and others[1] is statement and others[0] is not statement else 1
            setattr(node, field, [*body[:index], *others, *body[index + taken :]] or [ast.Pass()])
            yield inner.name if isinstance(statement, FUNCTIONS | ast.ClassDef) else scope.name
        setattr(node, field, body)
        yield from _visit(statement, inner)


def _inside(node, scope):
    """The scope inside of a statement: another one in a function or class, else the same."""
    name = f"{scope.name}.{getattr(node, 'name', '')}".lstrip(".")
    if isinstance(node, ast.ClassDef):
        stored = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
        attributes = tuple(dict.fromkeys(each.attr for each in stored if isinstance(each.ctx, ast.Store)))
        start = next((each for each in node.body if isinstance(each, FUNCTIONS) and each.name == "__init__"), None)
        settings = _defaults(start) if start else ()
        return _Scope(name, attributes=attributes, settings=settings, has_numpy=scope.has_numpy)
    if not isinstance(node, FUNCTIONS):
        return scope
    arguments = node.args
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    myself = positional[0] if scope.attributes and positional else ""
    stored = [each.id for each in _by_line(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    names = [*positional, *(each.arg for each in arguments.kwonlyargs), *stored]
    arrays = () if myself else tuple(positional[: len(positional) - len(arguments.defaults)])
    return _Scope(
        name,
        names=tuple(each for each in dict.fromkeys(names) if each != myself),
        arrays=arrays,
        defaults=_defaults(node),
        attributes=scope.attributes,
        settings=scope.settings,
        myself=myself,
        has_numpy=scope.has_numpy,
    )


def _by_line(node):
    return sorted((each for each in ast.walk(node) if hasattr(each, "lineno")), key=lambda each: each.lineno)


def _defaults(function):
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return tuple((each.arg, value.value) for each, value in pairs if isinstance(value, ast.Constant))


# Statements: what may stand in the place of one of them, or of it and the next.


def _statements(statement, following, scope) -> Iterator[list[ast.stmt]]:
    outermost = not scope.name
    if not (outermost and isinstance(statement, FUNCTIONS | ast.ClassDef)) and not isinstance(statement, ast.Pass):
        yield []
    both_simple = isinstance(statement, SIMPLE) and following and isinstance(following[0], SIMPLE)
    if both_simple and _order_matters(statement, following[0], scope):
        yield [following[0], statement]
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr) and _twice_matters(statement, scope):
        yield [statement, statement]
    yield from ([other] for other in _single_statements(statement))
    yield from _in_place(statement, scope)


def _reads_and_writes(statement, scope):
    """What an assignment reads and what it writes, as texts, or None where it may do more than that.

    It may call a module's functions, such as ``np.sqrt``, but no object's methods, and nothing that draws at random.
    """
    if not isinstance(statement, ast.Assign):
        return None
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            module, *path = ast.unparse(node.func).split(".")
            if not path or not module.isidentifier() or module in (scope.myself, *scope.names) or "random" in path:
                return None
    reads = {
        ast.unparse(node)
        for part in (statement.value, *(each.slice for each in statement.targets if isinstance(each, ast.Subscript)))
        for node in ast.walk(part)
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
    }
    return reads - {scope.myself}, {ast.unparse(target) for target in statement.targets}


def _overlap(some, others):
    """Whether a text of one set names the same as one of another set, or a part of it, as ``a.b`` names of ``a``."""
    return any(
        one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))
        for one in some
        for other in others
    )


def _order_matters(one, other, scope):
    first, second = _reads_and_writes(one, scope), _reads_and_writes(other, scope)
    if first is None or second is None:
        return True
    return _overlap(first[1], second[0] | second[1]) or _overlap(second[1], first[0])


def _twice_matters(statement, scope):
    known = _reads_and_writes(statement, scope)
    return known is None or _overlap(*known)


def _single_statements(statement):
    match statement:
        case ast.AugAssign(target=target, op=op, value=value):
            for other in OPERATORS.get(type(op), ()):
                yield ast.AugAssign(target, other(), value)
            yield ast.Assign([target], value, lineno=0)
            yield ast.Assign([target], ast.BinOp(_loaded(target), op, value), lineno=0)
        case ast.Expr(ast.Call(ast.Attribute(value=owner, attr="assign"), [value])):
            yield ast.Assign([_stored(owner)], value, lineno=0)
        case ast.Expr(ast.Call(ast.Attribute(attr="assign"), [target, value])):
            yield ast.Assign([_stored(target)], value, lineno=0)
        case ast.Expr(ast.Call(ast.Attribute(attr="assign_add" | "assign_sub" as how), [target, value])):
            op = ast.Add() if how == "assign_add" else ast.Sub()
            yield ast.Assign([_stored(target)], ast.BinOp(target, op, value), lineno=0)
        case ast.For(target=target, iter=several):
            for text in ("[1:]", "[:-1]", "[::-1]"):
                part = ast.parse(f"list(x){text}", mode="eval").body
                part.value.args = [several]
                yield ast.For(target, part, statement.body, statement.orelse, lineno=0)
        case ast.If(test=test, body=body, orelse=orelse) if orelse:
            yield ast.If(test, orelse, body)


def _in_place(statement, scope):
    """The same values, written into an array that the caller handed in."""
    match statement:
        case ast.Assign([ast.Name(id=name) as target], ast.BinOp(left, op, right)):
            if isinstance(left, ast.Name) and left.id == name:
                yield [ast.AugAssign(target, op, right)]
            if isinstance(right, ast.Name) and right.id == name and isinstance(op, COMMUTING):
                yield [ast.AugAssign(target, op, left)]
    match statement:
        case ast.Assign([ast.Name() as target], value):
            for array in _arrays_in(value, scope):
                yield [_written(array, value), ast.Assign([target], ast.Name(array, ast.Load()), lineno=0)]
        case ast.Return(ast.Tuple(elts=results)):
            for index, result in enumerate(results):
                for array in _arrays_in(result, scope):
                    others = [*results[:index], ast.Name(array, ast.Load()), *results[index + 1 :]]
                    yield [_written(array, result), ast.Return(ast.Tuple(others, ast.Load()))]
        case ast.Return(ast.expr() as result):
            for array in _arrays_in(result, scope):
                yield [_written(array, result), ast.Return(ast.Name(array, ast.Load()))]


def _arrays_in(value, scope):
    if isinstance(value, ast.Name):
        return ()
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    return [array for array in scope.arrays if array in names]


def _written(array, value):
    everything = ast.Subscript(ast.Name(array, ast.Load()), ast.Constant(...), ast.Store())
    return ast.Assign([everything], value, lineno=0)


def _stored(node):
    return _with_context(node, ast.Store())


def _loaded(node):
    return _with_context(node, ast.Load())


def _with_context(node, context):
    match node:
        case ast.Name(id=name):
            return ast.Name(name, context)
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(value, attr, context)
        case ast.Subscript(value=value, slice=index):
            return ast.Subscript(value, index, context)
    return node


# Expressions: what may stand in the place of one.


def _conditions(test):
    is_negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    yield test.operand if is_negated else ast.UnaryOp(ast.Not(), test)
    for value in (True, False):
        yield ast.Constant(value)


def _expressions(node, scope) -> Iterator[ast.expr]:
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    match node:
        case ast.BinOp(left, op, right):
            yield from _sums_and_products(left, op, right)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
            for index in range(len(values)):
                kept = [*values[:index], *values[index + 1 :]]
                yield ast.BoolOp(op, kept) if len(kept) > 1 else kept[0]
        case ast.Compare(left, [op], [right]):
            for other in COMPARISONS[type(op)]:
                yield ast.Compare(left, [other()], [right])
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Constant(value):
            yield from (ast.Constant(other) for other in _constants(value))
        case ast.Name(name):
            yield from _names(name, scope)
        case ast.Attribute(ast.Name(owner), name) if owner == scope.myself and name in scope.attributes:
            for other in scope.attributes:
                yield ast.Attribute(node.value, other, ast.Load())
            yield from (ast.Constant(value) for setting, value in scope.settings if setting == name)
        case ast.Tuple(elts=several) | ast.List(elts=several):
            for one, other in combinations(range(len(several)), 2):
                swapped = list(several)
                swapped[one], swapped[other] = several[other], several[one]
                yield type(node)(swapped, node.ctx)
            for index in range(len(several)):
                yield type(node)([*several[:index], *several[index + 1 :]], node.ctx)
        case ast.Dict(keys, values):
            for index in range(len(keys)):
                yield ast.Dict([*keys[:index], *keys[index + 1 :]], [*values[:index], *values[index + 1 :]])
        case ast.Subscript(value, index) if not isinstance(index, ast.Slice | ast.Tuple):
            for number in (0, 1, -1):
                yield ast.Subscript(value, ast.Constant(number), ast.Load())
        case ast.Call(function, arguments, keywords):
            yield from _calls(function, arguments, keywords, scope)


def _sums_and_products(left, op, right):
    for other in OPERATORS.get(type(op), ()):
        yield ast.BinOp(left, other(), right)
    yield left
    yield right
    if isinstance(op, ast.Sub):
        yield ast.UnaryOp(ast.USub(), right)
    if isinstance(op, ast.Div):
        yield ast.BinOp(ast.Constant(1), op, right)
    if not isinstance(op, COMMUTING):
        yield ast.BinOp(right, op, left)


def _constants(value):
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from dict.fromkeys((value - 1, value + 1, 0))
    elif isinstance(value, float):
        yield from dict.fromkeys((value / 2, value * 2, value / 10, 0.0))
    elif isinstance(value, str):
        yield f"other_{value}"


def _names(name, scope):
    if name not in scope.names:
        return
    yield from (ast.Name(other, ast.Load()) for other in scope.names if other != name)
    yield from (ast.Constant(value) for parameter, value in scope.defaults if parameter == name)
    if scope.has_numpy and name in scope.arrays:
        mean = ast.Attribute(ast.Name("np", ast.Load()), "mean", ast.Load())
        yield ast.Call(mean, [ast.Name(name, ast.Load())], [])
        yield ast.UnaryOp(ast.USub(), ast.Name(name, ast.Load()))


def _calls(function, arguments, keywords, scope):
    yield from (argument for argument in arguments if not isinstance(argument, ast.Starred))
    for index in range(len(keywords)):
        yield ast.Call(function, arguments, [*keywords[:index], *keywords[index + 1 :]])
    for index in range(len(arguments)):
        yield ast.Call(function, [*arguments[:index], *arguments[index + 1 :]], keywords)
    for one, other in combinations(range(len(arguments)), 2):
        swapped = list(arguments)
        swapped[one], swapped[other] = arguments[other], arguments[one]
        yield ast.Call(function, swapped, keywords)
    name = getattr(function, "attr", None) or getattr(function, "id", None)
    for other in LIKE.get(name, ()):
        if isinstance(function, ast.Attribute):
            yield ast.Call(ast.Attribute(function.value, other, ast.Load()), arguments, keywords)
        else:
            yield ast.Call(ast.Name(other, ast.Load()), arguments, keywords)
    if isinstance(function, ast.Attribute):
        is_module = isinstance(function.value, ast.Name) and function.value.id not in scope.names
        if not is_module and not isinstance(function.value, ast.Call):
            yield function.value
    given = {keyword.arg for keyword in keywords}
    if name in ("var", "std") and "ddof" not in given:
        yield ast.Call(function, arguments, [*keywords, ast.keyword("ddof", ast.Constant(1))])
    if name in REDUCTIONS and "axis" not in given:
        yield ast.Call(function, arguments, [*keywords, ast.keyword("axis", ast.Constant(0))])
