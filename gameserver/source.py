"""Where in an author's file a class declares something, so that a refusal can point at the line."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from gameserver.errors import DefinitionError


def refuse(module: str, qualname: str, member: str | None, problem: str, fix: str) -> DefinitionError:
    """Build the one-line refusal of a class: `file:line: Class.member: problem; fix`."""
    name = qualname.rpartition("<locals>.")[2]
    subject = f"{name}.{member}" if member else name
    return DefinitionError(f"{_locate(module, name, member)}: {subject}: {problem}; {fix}")


def _locate(module: str, name: str, member: str | None) -> str:
    """Give `path:line` of the member, of its class, or at least of the module."""
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None:
        return module
    try:
        tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return str(path)
    node = _find_class(tree, name.split("."))
    if node is None:
        return str(path)
    return f"{path}:{_member_line(node, member) or node.lineno}"


def _find_class(tree: ast.AST, names: list[str]) -> ast.ClassDef | None:
    """Find the class by its dotted name, wherever it stands (also inside a function)."""
    # The last of several: a class that is defined again replaces the one before.
    found = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == names[0]]
    if not found:
        return None
    return found[-1] if len(names) == 1 else _find_class(ast.Module(found[-1].body, []), names[1:])


def _member_line(node: ast.ClassDef, member: str | None) -> int | None:
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) if name == member:
                return statement.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name == member:
                return statement.lineno
            case ast.Assign(targets=targets):
                names = {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
                if member in names:
                    return statement.lineno
            case _:
                pass
    return None
