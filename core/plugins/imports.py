"""Comparing what a plugin's files import with what its manifest declares."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.plugins.discovery import Found
from core.plugins.manifest import Manifest

PUBLIC = ("api", "events", "types")


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, with dots, and the line it stands in."""

    name: str
    line: int


def undeclared(found: Found, packages: Mapping[str, str]) -> Iterator[str]:
    """Yield one line per import from another plugin that the manifest does not allow.

    Args:
        packages: Import name to plugin name, of every plugin that is there, whether on or off.
    """
    others = {package: name for package, name in packages.items() if name != found.name}
    doubtful = _doubtful(found, others)
    for path in sorted(found.folder.rglob("*.py")):
        if not doubtful.search(path.read_bytes()):
            continue
        relative = path.relative_to(found.folder)
        inside = ".".join((found.package, *relative.with_suffix("").parts))
        stat = path.stat()
        seen: set[tuple[int, str]] = set()
        for one in imports_of(path, inside, stat.st_mtime_ns, stat.st_size):
            problem = _problem(one, others, found.manifest, relative)
            # `from a import b, c` is several imports of one line, and one mistake.
            if problem and (one.line, problem) not in seen:
                seen.add((one.line, problem))
                yield f"{path}:{one.line} {problem}"


def _doubtful(found: Found, others: Mapping[str, str]) -> re.Pattern[bytes]:
    """Return what a file must contain to import what it may not; parsing all files of all plugins takes long.

    It finds more than imports, and those that are allowed in some places, but overlooks none.
    """
    gap = r"[\s\\]*"
    public = rf"(?!{gap}\.{gap}(?:{'|'.join(PUBLIC)})\b)"
    above = found.package.rpartition(".")[0]
    parts = [
        _spaced(package, gap) + r"\b" + (public if other in found.manifest.requires else "")
        for package, other in others.items()
    ]
    parts += [rf"from{gap}\.{gap}\."] + ([rf"from{gap}{_spaced(above, gap)}{gap}import\b"] if above else [])
    return re.compile(rf"\b(?:{'|'.join(parts)})".encode())


def _spaced(name: str, gap: str) -> str:
    return rf"{gap}\.{gap}".join(name.split("."))


@lru_cache(maxsize=4096)
def imports_of(path: Path, module: str, changed_ns: int, size: int) -> tuple[Import, ...]:
    """Return what a file imports, function bodies and `if TYPE_CHECKING` included.

    Args:
        module: Its import name, which relative imports count from.
        changed_ns: With `size` the key under which the answer is remembered.
    """
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError):
        # Importing the file says so with its line, and better.
        return ()
    return tuple(imports_in(tree, module))


def imports_in(tree: ast.AST, module: str) -> Iterator[Import]:
    """Yield what a module imports, at any depth, by statements and by calls with a name that stands there."""
    package = module.split(".")[:-1]
    for node in ast.walk(tree):
        yield from _imports(node, package)


def _imports(node: ast.AST, package: list[str]) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, node.lineno)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            yield Import(f"{base}.{alias.name}" if base else alias.name, node.lineno)
    elif isinstance(node, ast.Call) and _called(node.func) in ("import_module", "__import__") and node.args:
        yield from (Import(name, node.lineno) for name in _beginnings(node.args[0]))
    elif isinstance(node, ast.Subscript) and _called(node.value) == "modules":
        yield from (Import(name, node.lineno) for name in _beginnings(node.slice))


def _called(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _beginnings(name: ast.expr) -> Iterator[str]:
    """Yield a module's name, as far as it stands in the source."""
    if isinstance(name, ast.JoinedStr) and name.values:
        name = name.values[0]
    while isinstance(name, ast.BinOp):
        name = name.left
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        yield name.value


def _problem(one: Import, others: Mapping[str, str], manifest: Manifest, file: Path) -> str:
    package = next((package for package in others if f"{one.name}.".startswith(f"{package}.")), None)
    if package is None:
        return ""
    other = others[package]
    if other not in manifest.requires and file.parts != ("optional", f"{other}.py"):
        if other in manifest.optional:
            return f"imports {package}, which is optional: only optional/{other}.py may"
        return f'imports {package}, but the manifest does not name it: add requires=["{other}"]'
    if other not in (*manifest.requires, *manifest.optional):
        return f'imports {package}, but the manifest does not name it: add optional=["{other}"]'
    public = one.name[len(package) + 1 :].partition(".")[0]
    if public and public not in PUBLIC:
        return f"imports {package}.{public}, which is not public: only {', '.join(PUBLIC)} of another plugin are"
    return ""
