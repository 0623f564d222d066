"""Which cells of a notebook matter to an answer: those that define what it uses; no training, no figure."""

import ast
import symtable


def uses(source: str, *, own: bool = True) -> set[str]:
    """Names of the notebook that a cell reads, in its functions too.

    Parameters
    ----------
    source : str
    own : bool
        Whether names count that the cell assigns as well: in a notebook's cell the value may come from above, in an
        answer it may not.
    """
    found = set()

    def walk(table, top):
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() if not top else own or not symbol.is_assigned()):
                found.add(symbol.get_name())
        for child in table.get_children():
            walk(child, False)

    table = symtable.symtable(source, "<cell>", "exec")
    walk(table, True)
    return found if own else found - defines(source)


def asked_of_the_student(source: str) -> set[str]:
    """The names ``student.<name>`` in a probe's asking half."""
    tree = ast.parse(source)
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "student"
    }


def defines(source: str) -> set[str]:
    """Names that a cell assigns, imports or defines at its top level, and those into whose parts it puts something.

    What a method changes is not seen: ``rows.append(run())`` defines nothing here.
    """
    symbols = symtable.symtable(source, "<cell>", "exec").get_symbols()
    found = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            whole = node.value
            while isinstance(whole, ast.Subscript | ast.Attribute):
                whole = whole.value
            found |= {whole.id} if isinstance(whole, ast.Name) else set()
    return found


def needed(cells: list[tuple[str, bool]], names: set[str]) -> list[bool]:
    """For each cell, whether it is to be run so that all the names have their values.

    Parameters
    ----------
    cells : list of (str, bool)
        A cell's source, and whether it is run in any case.
    names : set of str
        What is used later on, outside these cells.
    """
    kept, wanted, before = [always for _, always in cells], set(names), None
    while kept != before:  # a function may read what only a later cell defines
        before = list(kept)
        wanted |= set().union(*(uses(source) for (source, _), keep in zip(cells, kept, strict=True) if keep))
        kept = [keep or bool(defines(source) & wanted) for (source, _), keep in zip(cells, kept, strict=True)]
    return kept
