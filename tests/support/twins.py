"""Whether two answers are one and the same but for names, comments, docstrings and type hints."""

import ast
from collections.abc import Mapping

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def twins(sources: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of labels whose sources have the same normalized syntax tree, each later one with the first like it."""
    first, pairs = {}, []
    for label, source in sources.items():
        before = first.setdefault(normalized(source), label)
        if before != label:
            pairs.append((before, label))
    return pairs


def normalized(source: str) -> str:
    """The syntax tree of a cell as text, in which only what it does is left.

    Comments, docstrings, type hints and annotations are dropped. Whatever the cell names itself (variables, parameters,
    functions, classes, imported modules, attributes that it sets, methods) is numbered in the order of appearance.
    Constants, the order of statements, of operands and of keywords, and names from elsewhere stay.
    """
    tree = ast.parse(source)
    names = _Names(tree)
    return ast.dump(names.visit(_Bare().visit(tree)))


class _Bare(ast.NodeTransformer):
    """Drops what does nothing: bare strings (docstrings among them), annotations, type parameters."""

    def generic_visit(self, node):
        super().generic_visit(node)
        for field in ("annotation", "returns", "type_comment"):
            if hasattr(node, field):
                setattr(node, field, None)
        if hasattr(node, "type_params"):
            node.type_params = []
        if hasattr(node, "body") and isinstance(node.body, list):
            node.body = node.body or [ast.Pass()]
        return node

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Constant):
            return None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node):
        if node.value is None:
            return None
        return self.generic_visit(ast.Assign(targets=[node.target], value=node.value))


def _parameters(function):
    arguments = function.args
    several = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [each for each in several if each]


class _Scope:
    """One function, class, comprehension or the cell itself: which names it binds."""

    def __init__(self, node, parent):
        self.parent, self.is_class = parent, isinstance(node, ast.ClassDef)
        self.names, self.elsewhere = set(), set()
        if isinstance(node, FUNCTIONS):
            self.names |= {each.arg for each in _parameters(node)}
        body = node.generators if isinstance(node, COMPREHENSIONS) else node.body
        for each in body if isinstance(body, list) else [body]:
            self._bind(each, isinstance(node, COMPREHENSIONS))
        self.names -= self.elsewhere

    def _bind(self, node, in_comprehension=False):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self.names.add(name)
                return
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self.elsewhere |= set(names)
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                self.names.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                self.names |= {alias.asname or alias.name for alias in names}  # "a.b" is no name and stays as it is
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.MatchMapping(rest=str(name))
            ):
                self.names.add(name)
            case ast.Lambda():
                return
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                for each in ast.walk(node):  # a walrus in a comprehension binds outside of it
                    if isinstance(each, ast.NamedExpr):
                        self.names.add(each.target.id)
                return
            case ast.NamedExpr() if in_comprehension:
                return
        for each in ast.iter_child_nodes(node):
            self._bind(each, in_comprehension)


class _Names(ast.NodeTransformer):
    """Numbers the names that a cell binds, in the order in which they appear."""

    def __init__(self, tree):
        self.numbers = {}
        self.scope = _Scope(tree, None)
        self.parameters = {}  # by the name of a function or method of the cell: its scope, for keywords in its calls
        self.attributes = {
            node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.attributes |= _Scope(node, None).names
        self.scopes = {}
        self._make_scopes(tree, self.scope)

    def _make_scopes(self, node, scope):
        for child in ast.iter_child_nodes(node):
            inner = scope
            if isinstance(child, FUNCTIONS | COMPREHENSIONS | ast.ClassDef):
                inner = self.scopes[child] = _Scope(child, scope)
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                    self.parameters[child.name] = inner
            self._make_scopes(child, inner)

    def _number(self, key):
        return f"_{self.numbers.setdefault(key, len(self.numbers))}"

    def _named(self, name):
        scope = self.scope
        while scope:
            if name in scope.names and (scope is self.scope or not scope.is_class):
                return self._number(("attribute", name) if scope.is_class else (id(scope), name))
            scope = scope.parent
        return name

    def _inside(self, node, fields):
        outer, self.scope = self.scope, self.scopes[node]
        for field in fields:
            value = getattr(node, field)
            setattr(node, field, [self.visit(each) for each in value] if isinstance(value, list) else self.visit(value))
        self.scope = outer

    def _visit_function(self, node):
        for field in ("defaults", "kw_defaults"):
            setattr(node.args, field, [each and self.visit(each) for each in getattr(node.args, field)])
        if not isinstance(node, ast.Lambda):
            node.decorator_list = [self.visit(each) for each in node.decorator_list]
            node.name = self._named(node.name)
        outer, self.scope = self.scope, self.scopes[node]
        for each in _parameters(node):
            each.arg = self._named(each.arg)
        self.scope = outer
        self._inside(node, ["body"])
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _visit_function

    def visit_ClassDef(self, node):
        for field in ("decorator_list", "bases", "keywords"):
            setattr(node, field, [self.visit(each) for each in getattr(node, field)])
        node.name = self._named(node.name)
        self._inside(node, ["body"])
        return node

    def _visit_comprehension(self, node):
        results = ["key", "value"] if isinstance(node, ast.DictComp) else ["elt"]
        self._inside(node, ["generators", *results])
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def visit_Name(self, node):
        node.id = self._named(node.id)
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if node.attr in self.attributes:
            node.attr = self._number(("attribute", node.attr))
        return node

    def visit_Call(self, node):
        called = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        takes = self.parameters.get(called)
        self.generic_visit(node)
        for keyword in node.keywords:
            if takes and keyword.arg in takes.names:
                keyword.arg = self._number((id(takes), keyword.arg))
            elif isinstance(node.func, ast.Name) and node.func.id != called and keyword.arg in self.attributes:
                keyword.arg = self._number(("attribute", keyword.arg))  # a class of the cell's own, by its fields
        return node

    def visit_alias(self, node):
        bound = node.asname or node.name
        if self._named(bound) != bound:
            node.asname = self._named(bound)
        return node

    def _visit_bound_here(self, node):
        for field in ("name", "rest"):
            if isinstance(getattr(node, field, None), str):
                setattr(node, field, self._named(getattr(node, field)))
        return self.generic_visit(node)

    visit_ExceptHandler = visit_MatchAs = visit_MatchStar = visit_MatchMapping = _visit_bound_here

    def visit_Global(self, node):
        node.names = [self._named(name) for name in node.names]
        return node

    visit_Nonlocal = visit_Global
