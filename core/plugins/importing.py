"""Importing a plugin's modules so that a failure shows its real cause and place."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from core.errors import PluginError

_ABSENT = object()


def import_module(plugin: str, name: str) -> ModuleType:
    """Import a module of a plugin.

    Raises:
        PluginError: The import fails for whatever reason; names the cause with file and line.
    """
    try:
        return importlib.import_module(name)
    except PluginError:
        raise
    except Exception as error:
        raise PluginError(
            f"{name} of the plugin {plugin} can't be imported: {type(error).__name__}: {_text(error)} ({place(error)})",
            plugin,
        ) from error


def import_if_present(plugin: str, name: str) -> ModuleType | None:
    """Import a module whose package is imported already; None when there is no such file.

    Raises:
        PluginError: The file is there and fails.
    """
    return None if importlib.util.find_spec(name) is None else import_module(plugin, name)


def within(plugin: str, module: ModuleType) -> Iterator[ModuleType]:
    """Import and yield the files of a module that is a folder, and of folders in it, in the order of their names.

    Raises:
        PluginError: One of them fails.
    """
    for _, name, _ in sorted(pkgutil.iter_modules(getattr(module, "__path__", ())), key=lambda one: one[1]):
        inner = import_module(plugin, f"{module.__name__}.{name}")
        yield inner
        yield from within(plugin, inner)


def declared(module: ModuleType, marker: str) -> Iterator[Any]:
    """Yield what a module defines itself and marks with an attribute, in the order of definition.

    A class counts when it carries the attribute itself: a subclass of a marked class is not marked.

    Args:
        marker: Name of the attribute, such as `__forecourt_entity__`.
    """
    seen: set[int] = set()
    for value in list(vars(module).values()):
        if id(value) in seen or getattr(value, "__module__", None) != module.__name__:
            continue
        seen.add(id(value))
        marked = marker in vars(value) if isinstance(value, type) else _has(value, marker)
        if marked:
            yield value


def _has(value: object, marker: str) -> bool:
    return inspect.getattr_static(value, marker, _ABSENT) is not _ABSENT


def _text(error: Exception) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error)


def place(error: Exception) -> str:
    """Return file and line: of the syntax error, else of the innermost frame outside the import system."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen importlib")
    ]
    own = [frame for frame in frames if Path(frame.filename) not in _IMPORTERS]
    # A library that complains is seldom where the mistake is.
    written = [frame for frame in own if not frame.filename.startswith(_LIBRARIES)]
    frame = (written or own or frames)[-1]
    return f"{frame.filename}:{frame.lineno}"


_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
_IMPORTERS = (Path(__file__), Path(str(importlib.__file__)))
