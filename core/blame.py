"""Whose fault it is that the modules that are on make no kernel: plugin, file, line and mend instead of a traceback."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from strawberry.exceptions import DuplicatedTypeName

from core.api.declarations import DeclarationError
from core.errors import PluginError
from core.plugins.importing import place
from core.plugins.loader import OPTIONAL, LoadedModule, LoadedModules
from core.plugins.tables import defined_at

Build = Callable[[LoadedModules], Collection[str]]
_TWICE = re.compile(r"multiple types named '(\w+)'|reserved type '(\w+)'|Type (\w+) is defined multiple times")
"""What graphql-core and Strawberry say."""


def blamed(error: Exception, loaded: LoadedModules, build: Build) -> PluginError | None:
    """Return the error that names the plugin whose declarations can't be built; None if it is no plugin's fault.

    Args:
        build: Builds what has failed, for fewer modules, and returns the names of the types.
    """
    for cause in _causes(error):
        if isinstance(cause, PluginError):
            return cause
        if isinstance(cause, DeclarationError):
            return _of(cause.subject, cause.message, loaded)
        if isinstance(cause, TypeError | DuplicatedTypeName) and (found := _TWICE.search(str(cause))):
            return _named_twice(found[found.lastindex or 0], loaded)
    module, before = _first_that_fails(loaded, build)
    if module is None:
        return None
    if taken := next((name for name in map(_graphql_name, _declared(module)) if name in before), None):
        return _named_twice(taken, loaded)
    text = f"{type(error).__name__}: {error} ({_place_in(error, module)})"
    return PluginError(
        f"the declarations of the plugin {module.name} make no schema: {text}; mend them, or switch it off", module.name
    )


def to_leave_out(error: PluginError, loaded: LoadedModules) -> str | None:
    """Return the plugin to leave out because of an error: of those concerned the one that comes last in the order."""
    named = [module.name for module in loaded.modules[1:] if module.name in error.plugins]
    return named[-1] if named else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _owner(subject: Any, loaded: LoadedModules) -> LoadedModule | None:
    name = getattr(subject, "__module__", "") or ""
    return next((m for m in loaded if name == m.package or name.startswith(f"{m.package}.")), None)


def _of(subject: Any, message: str, loaded: LoadedModules) -> PluginError:
    module = _owner(subject, loaded)
    names = () if module is None else (module.name,)
    return PluginError(f"{' '.join(names) or 'a plugin'} ({defined_at(subject)}): {message}", *names)


def _named_twice(name: str, loaded: LoadedModules) -> PluginError:
    """Return the error for a type of the schema that more than one class is, or the schema itself has."""
    found = [
        (module.name, thing)
        for module in loaded.modules[1:]
        for thing in _declared(module)
        if _graphql_name(thing) == name
    ]
    places = " and ".join(f"{module} ({defined_at(thing)})" for module, thing in found)
    what = "the schema has a type of that name itself" if len(found) < 2 else "a schema has one type of a name"
    return PluginError(f"{places or 'a plugin'} declares a type {name}: {what}; rename it", *(m for m, _ in found))


def _declared(module: LoadedModule) -> Iterator[type]:
    seen: set[int] = set()
    for name, file in sorted(sys.modules.items()):
        if name == module.package or name.startswith(f"{module.package}."):
            for thing in list(vars(file).values()):
                if isinstance(thing, type) and thing.__module__ == name and id(thing) not in seen:
                    seen.add(id(thing))
                    yield thing


def _graphql_name(thing: Any) -> str:
    definition = getattr(thing, "__strawberry_definition__", None) or getattr(
        thing, "__strawberry_enum_definition__", None
    )
    return str(getattr(definition, "name", None) or thing.__name__)


def _first_that_fails(loaded: LoadedModules, build: Build) -> tuple[LoadedModule | None, Collection[str]]:
    """Return the first module, in the order of requirements, that can't be built on those before, and their types."""
    before: Collection[str] = ()
    for count in range(1, len(loaded) + 1):
        part = _only(loaded, count)
        try:
            before = build(part)
        except Exception:  # noqa: BLE001 - whatever it is, it comes with this module
            return (part.modules[-1] if count > 1 else None), before
    return None, before


def _only(loaded: LoadedModules, count: int) -> LoadedModules:
    names = {module.name for module in loaded.modules[:count]}
    return replace(loaded, modules=tuple(_without_optional(module, names) for module in loaded.modules[:count]))


def _without_optional(module: LoadedModule, names: set[str]) -> LoadedModule:
    prefix = f"{OPTIONAL}."
    files = {
        file: there
        for file, there in module.modules.items()
        if not file.startswith(prefix) or file.removeprefix(prefix) in names
    }
    return replace(module, modules=MappingProxyType(files))


def _place_in(error: Exception, module: LoadedModule) -> str:
    """Return file and line in the plugin where the error went by; where it was raised if it did not."""
    folder = Path(str(module.modules["plugin"].__file__)).parent
    for cause in _causes(error):
        for frame in reversed(traceback.extract_tb(cause.__traceback__)):
            if Path(frame.filename).is_relative_to(folder):
                return f"{frame.filename}:{frame.lineno}"
    return place(error)
