"""What a plugin's source reaches for that is the kernel's alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from core.plugins.imports import imports_in

_OF_TORTOISE = ("contrib", "exceptions", "expressions", "fields", "functions", "indexes", "queryset", "validators")
"""What describes tables, rows and conditions; the rest connects, or writes past version and audit."""
_RAW = "tortoise.expressions.RawSQL"

_BEHIND = {
    ("_dealer",): "what a plugin needs of the dealer, the scope has: hooks, vault, stores, text, message",
    ("_meta", "db"): "rows are read by query sets and written by save, save_all or change_where",
    ("context", "reader"): "rows that a resolver returns are read again with the caller's rights",
}
"""Attributes that lead behind the SDK, one after the other, with what there is instead."""

# Parsing all files of all plugins takes long; it finds more than there is, but overlooks nothing that is checked.
_DOUBTFUL = re.compile(
    rb"\b(?:from|import)\b[^\n]*\bcore\b|\\\n\s*core\b|import_module|__import__|\bmodules\s*\["
    rb"|\b_dealer\b|\b_meta\s*\.\s*db\b|\bcontext\s*\.\s*reader\b|\btortoise\b|\bgetattr\b"
)


def trespasses(package: str, folder: Path) -> Iterator[str]:
    """Yield one line for each place in a plugin that reaches past the SDK; migrations are what they are.

    Args:
        package: The plugin's import name.
    """
    for path in sorted(folder.rglob("*.py")):
        relative = path.relative_to(folder)
        text = path.read_bytes()
        if "migrations" in relative.parts or not _DOUBTFUL.search(text):
            continue
        inside = ".".join((package, *relative.with_suffix("").parts))
        yield from (f"{path}:{line} {what}" for line, what in _found(text, inside))


@lru_cache(maxsize=4096)
def _found(text: bytes, module: str) -> tuple[tuple[int, str], ...]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ()  # importing the file says so with its line, and better
    found = {one.line: problem for one in imports_in(tree, module) if (problem := _import(one.name))}
    for node in ast.walk(tree):
        names = _attributes(node)
        for behind, instead in _BEHIND.items():
            if names[-len(behind) :] == behind:
                found.setdefault(
                    getattr(node, "lineno", 1), f"takes {'.'.join(behind)}, which is the kernel's: {instead}"
                )
    return tuple(sorted(found.items()))


def _import(name: str) -> str:
    top, _, rest = name.partition(".")
    if top == "core":
        return f"imports {name}: a plugin imports forecourt, never core, which may change without notice"
    if name == _RAW:
        return f"imports {name}: say it by expressions and functions, which both databases know"
    if top == "tortoise" and rest.partition(".")[0] not in _OF_TORTOISE:
        return (
            f"imports {name}: models and fields come from forecourt, transactions from transact, and rows are written "
            "by save, save_all or change_where"
        )
    return ""


def _attributes(node: ast.AST) -> tuple[str, ...]:
    """Return the names of `a.b.c`, or of `getattr(a.b, "c")`, from the left."""
    if isinstance(node, ast.Attribute):
        return (*_attributes(node.value), node.attr)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
        match node.args:
            case [of, ast.Constant(value=str(name)), *_]:
                return (*_attributes(of), name)
    return (node.id,) if isinstance(node, ast.Name) else ()
