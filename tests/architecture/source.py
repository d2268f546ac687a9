"""The source tree as the architecture tests read it: by syntax tree, without importing anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "forecourt", "plugins")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @property
    def name(self) -> str:
        """The path from the root, as messages show it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        """The dotted import name."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def plugin(self) -> str | None:
        """The built-in plugin that the file belongs to."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == "plugins" and len(parts) > 1 else None

    @property
    def optional_module(self) -> str | None:
        """The module that this file of `optional/` is for."""
        parts = self.module.split(".")
        return parts[3] if self.plugin and parts[2:3] == ["optional"] and len(parts) > 3 else None

    def at(self, node: ast.stmt | ast.expr | ast.alias | ast.excepthandler, what: str) -> str:
        return f"{self.name}:{node.lineno}: {what}"

    def functions(self) -> Iterator[FunctionNode]:
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode):
                yield node

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Yield each import with the full name of what it may load: `from a.b import c` gives `a.b.c`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node, alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield node, f"{self._base(node)}.{alias.name}"

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]
        parts = package.split(".")
        return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])


@cache
def _source(path: Path) -> Source:
    return Source(path)


def sources(*packages: str) -> list[Source]:
    """Return the files of packages in a stable order; of all packages without any."""
    return [_source(path) for name in packages or PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]


def plugin_names() -> list[str]:
    """Return the built-in plugins: every folder in `plugins/` that is a package."""
    return sorted(path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py"))


@dataclass(frozen=True)
class Statement:
    """What a manifest says about its name and its dependencies."""

    name: str
    requires: frozenset[str]
    optional: frozenset[str]


def manifest(plugin: str) -> Statement:
    """Read a plugin's manifest; its names must be literals, because a manifest is data."""
    source = Source(ROOT / "plugins" / plugin / "plugin.py")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Manifest":
            words = {word.arg: word.value for word in node.keywords}
            return Statement(
                name=ast.literal_eval(words["name"]),
                requires=frozenset(ast.literal_eval(words["requires"])) if "requires" in words else frozenset(),
                optional=frozenset(ast.literal_eval(words["optional"])) if "optional" in words else frozenset(),
            )
    raise AssertionError(f"{source.name} has no Manifest(...)")


def dotted(node: ast.expr) -> str:
    """Return the dotted name of an expression such as `a.b.c`; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else node.attr
    return ""


def listed(faults: list[str]) -> str:
    """Return faults as the message of an assertion."""
    return "\n" + "\n".join(faults)
