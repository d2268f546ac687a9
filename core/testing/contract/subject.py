"""The plugin that is checked, its kernels, and what is its own in them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from core.errors import PluginError
from core.kernel import Kernel
from core.plugins.discovery import Available, available
from core.plugins.loader import LoadedModule
from core.plugins.manifest import Manifest
from core.testing.harness import sample_kernel
from core.wording import suggestion

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where the plugin breaks a rule."""

    place: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}; {self.mend}"


@dataclass(eq=False)
class Subject:
    """A plugin under the conformance suite; kernels are built when a rule asks for them, once each.

    Attributes:
        folders: Where it may lie beside the built-in plugins and the entry points.
    """

    name: str
    folders: Sequence[Path] = ()
    _kernels: dict[tuple[str, ...], Kernel] = field(default_factory=dict)

    @cached_property
    def installed(self) -> dict[str, Available]:
        """What there is to switch on, by name."""
        return {module.name: module for module in available(self.folders) if not module.problem}

    def with_requirements(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return modules with all that they require.

        Raises:
            PluginError: One of them is not installed.
        """
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in self.installed:
                raise PluginError(f"the module {name} is not installed: {suggestion(name, self.installed)}", name)
            if name not in found:
                found.add(name)
                waiting += self.installed[name].requires
        return tuple(sorted(found))

    async def sets(self) -> list[tuple[str, ...]]:
        """Return the plugin with its requirements, and the same with every choice of its optional modules."""
        optional = [name for name in (await self.manifest()).optional if name in self.installed]
        choices = [chosen for count in range(len(optional) + 1) for chosen in combinations(optional, count)]
        return list(dict.fromkeys(self.with_requirements((self.name, *chosen)) for chosen in choices))

    async def kernel(self, names: Iterable[str] | None = None) -> Kernel:
        """Return the kernel of some modules; of the plugin and its requirements without names."""
        key = tuple(sorted(names)) if names is not None else self.with_requirements([self.name])
        if key not in self._kernels:
            self._kernels[key] = await sample_kernel(key, self.folders)
        return self._kernels[key]

    async def whole(self) -> Kernel:
        """Return the kernel with all of its optional modules on."""
        return await self.kernel((await self.sets())[-1])

    async def loaded(self) -> LoadedModule:
        """Return the plugin as it is loaded with all of its optional modules on."""
        return (await self.whole()).loaded[self.name]

    async def manifest(self) -> Manifest:
        """Return the plugin's manifest."""
        return (await self.kernel()).loaded[self.name].manifest

    async def folder(self) -> Path:
        """Return the folder of the plugin's package."""
        place = (await self.kernel()).loaded[self.name].modules["plugin"].__file__
        assert place is not None
        return Path(place).parent

    async def python_modules(self) -> list[ModuleType]:
        """Return the plugin's Python modules that have been imported."""
        package = (await self.loaded()).package
        return [
            module for name, module in sorted(sys.modules.items()) if name == package or name.startswith(f"{package}.")
        ]

    async def classes(self, base: type[T]) -> list[type[T]]:
        """Return the classes derived from a base that the plugin's own modules define."""
        found: dict[type[T], None] = {}
        for module in await self.python_modules():
            for value in vars(module).values():
                if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__:
                    found[value] = None
        return list(found)

    def contributed(self, kernel: Kernel, hook: str) -> list[Any]:
        """Return what the plugin alone contributes to a hook without arguments."""
        return list(self._contributed(kernel, hook))

    def _contributed(self, kernel: Kernel, hook: str) -> Iterator[Any]:
        package = kernel.loaded[self.name].package
        manager = kernel.plugin_manager
        others = [
            plugin
            for plugin in manager.get_plugins()
            if not f"{getattr(plugin, '__name__', '')}.".startswith(f"{package}.")
        ]
        for result in manager.subset_hook_caller(hook, others)():
            yield from result or ()


def place_of(thing: Any) -> str:
    """Return where a class or function stands, such as `insurance.models.Policy`."""
    return f"{thing.__module__}.{thing.__qualname__}"
