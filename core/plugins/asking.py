"""Asking plugins at the start for what they contribute by hooks, one after the other, so that a failure has a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from core.errors import PluginError
from core.plugins.importing import place

if TYPE_CHECKING:
    from core.plugins.loader import LoadedModule, LoadedModules


def contributed(loaded: LoadedModules, hook: str) -> list[Any]:
    """Return what all modules contribute by a hook without arguments, in the order of pluggy."""
    return [item for module in reversed(list(loaded)) for item in contributed_by(loaded, module, hook)]


def contributed_by(loaded: LoadedModules, module: LoadedModule, hook: str) -> list[Any]:
    """Return what one module contributes by a hook without arguments.

    Raises:
        PluginError: Its implementation fails; names the plugin, the cause, the file and the line.
    """
    plugins = loaded.plugin_manager.get_plugins()
    others = [plugin for plugin in plugins if not _belongs(plugin, module)]
    call: Callable[[], Iterable[Iterable[Any] | None]] = loaded.plugin_manager.subset_hook_caller(hook, others)
    try:
        return list(_items(call()))
    except Exception as error:
        raise PluginError(
            f"the hook {hook} of the plugin {module.name} fails: {type(error).__name__}: {error} ({place(error)}); it "
            "is called at the start and must not need a database",
            module.name,
        ) from error


def _items(results: Iterable[Iterable[Any] | None]) -> Iterator[Any]:
    for result in results:
        yield from result or ()


def _belongs(plugin: Any, module: LoadedModule) -> bool:
    name = getattr(plugin, "__name__", "")
    return name == module.package or name.startswith(f"{module.package}.")
