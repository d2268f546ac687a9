"""Registering plugins with pluggy: their own hook specifications first, then every implementation checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType

import pluggy

from core.errors import PluginError
from core.plugins.guarded import PluginManager
from core.plugins.hookspecs import PROJECT, KernelHooks
from core.plugins.importing import place
from core.wording import suggestion

KERNEL_OWNER = "core"


def register(parts: Mapping[str, Sequence[ModuleType]]) -> tuple[PluginManager, dict[str, PluginError]]:
    """Return a new plugin manager, and what is wrong by plugin; with anything wrong the manager is of no use.

    Args:
        parts: By plugin, in the order of requirements, the modules that may implement hooks.
    """
    registration = _Registration()
    for name, modules in parts.items():
        with registration.blaming(name):
            registration.add_specifications(name, modules)
    for name, modules in parts.items():
        with registration.blaming(name):
            registration.add_implementations(name, modules)
    registration.check_pending()
    if not registration.failures:
        registration.manager.guard(registration.registered)
    return registration.manager, registration.failures


class _Registration:
    def __init__(self) -> None:
        self.manager = PluginManager(PROJECT)
        self.manager.add_hookspecs(KernelHooks)
        self.owners = dict.fromkeys(self._hooks_of(KernelHooks), KERNEL_OWNER)
        self.registered: dict[str, str] = {}
        """Plugin by import name of the module that implements hooks for it."""
        self.failures: dict[str, PluginError] = {}

    @contextmanager
    def blaming(self, name: str) -> Iterator[None]:
        """Keep an error under the plugin's name; the first one of a plugin counts."""
        try:
            yield
        except PluginError as error:
            self.failures.setdefault(name, error)
        except pluggy.PluginValidationError as error:
            text = " ".join(str(error).split())
            self.failures.setdefault(name, PluginError(f"a hook of the plugin {name} does not fit: {text}", name))

    def add_specifications(self, name: str, modules: Sequence[ModuleType]) -> None:
        for specification in _specifications(name, modules):
            hooks = self._hooks_of(specification)
            if not hooks:
                raise PluginError(f"{specification!r} of the plugin {name} has no method marked with @hookspec", name)
            for hook in hooks:
                owner = self.owners.setdefault(hook, name)
                if owner != name:
                    raise PluginError(f"the plugins {owner} and {name} both declare the hook {hook}: rename one", name)
            self.manager.add_hookspecs(specification)

    def add_implementations(self, name: str, modules: Sequence[ModuleType]) -> None:
        for module in modules:
            self.manager.register(module, module.__name__)
            self.registered[module.__name__] = name

    def check_pending(self) -> None:
        """Do what pluggy's own check does, for all plugins at once and with the name that was meant."""
        for hook, caller in vars(self.manager.hook).items():
            if isinstance(caller, pluggy.HookCaller) and not caller.has_spec():
                for implementation in caller.get_hookimpls():
                    if not implementation.optionalhook:
                        self._pending(self.registered[implementation.plugin_name], hook, implementation)

    def _pending(self, name: str, hook: str, implementation: pluggy.HookImpl) -> None:
        code = implementation.function.__code__
        with self.blaming(name):
            raise PluginError(
                f"the plugin {name} implements the hook {hook} ({code.co_filename}:{code.co_firstlineno}), which "
                f"nobody declares: {suggestion(hook, self.owners)}",
                name,
            )

    def _hooks_of(self, specification: type) -> list[str]:
        return [
            name for name in dir(specification) if self.manager.parse_hookspec_opts(specification, name) is not None
        ]


def _specifications(name: str, modules: Sequence[ModuleType]) -> list[type]:
    """Ask one plugin alone for the hooks that it declares."""
    alone = pluggy.PluginManager(PROJECT)
    alone.add_hookspecs(KernelHooks)
    for module in modules:
        alone.register(module, module.__name__)
    try:
        return [one for several in alone.hook.hook_specifications() for one in several]
    except Exception as error:
        raise PluginError(
            f"hook_specifications of the plugin {name} failed: {type(error).__name__}: {error} ({place(error)})", name
        ) from error
