"""All dealers of the process, found by host name or path."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel

from core.blame import to_leave_out
from core.clock import Clock, StartingClock
from core.config.settings import DealerSettings, Settings
from core.data.database import Database
from core.data.registry import AppModules
from core.dealer import Dealer
from core.errors import ConfigurationError, ForecourtError, PluginError
from core.kernel import Kernel, app_modules, build_kernel, load_modules
from core.services.files.storage import LocalFolder

if TYPE_CHECKING:
    from core.plugins.loader import LoadedModules


Kernels = dict[tuple[object, ...], list[Kernel]]
"""Kernels by what they were built from; those of one key differ in their modules' settings."""

_NEEDS_RESTART = ("database_url", "keys")
_SPARE_KERNELS = 2


class Host:
    """Builds dealers and their kernels; dealers with the same modules share one kernel.

    Args:
        settings: The whole installation.
        clock: For tests and the demo; the machine's without it.
        kernels: Kernels to begin with, shared with another host.

    Attributes:
        problem: Why the present configuration file is not what is served; empty while it is.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None, kernels: Kernels | None = None) -> None:
        self.settings = settings
        self.clock = clock or (StartingClock(settings.server.clock) if settings.server.clock else None)
        self.dealers: dict[str, Dealer] = {}
        self.problem = ""
        self._kernels: Kernels = {} if kernels is None else kernels

    def __iter__(self) -> Iterator[Dealer]:
        return iter(self.dealers.values())

    async def open(self) -> None:
        """Build every dealer; connects to no database yet."""
        for config in self.settings.dealers.values():
            self.dealers[config.name] = await self.build(config)

    async def close(self) -> None:
        """Close the databases of all dealers."""
        for dealer in self:
            await dealer.database.close()

    async def build(self, config: DealerSettings) -> Dealer:
        """Build one dealer beside those that run."""
        database = Database(config.database_url)
        kernel = await self._fitting(config, self.settings, database, {})
        files = LocalFolder(self.settings.server.data_folder / "files" / config.name)
        return Dealer(config, kernel, database, files, self.clock)

    async def rebuild(self, settings: Settings) -> list[tuple[Dealer, Dealer]]:
        """Build what other settings change, beside what runs; `adopt` makes it take effect.

        Returns:
            The dealers that change, each with his successor, who has the same database, sessions and files.

        Raises:
            ForecourtError: Some of it can't be built, or needs a restart; nothing has changed.
        """
        self._refuse_what_needs_a_restart(settings)
        plugins_changed = settings.plugins != self.settings.plugins
        changed = []
        for config in settings.dealers.values():
            old = self.dealers[config.name]
            if config != old.config or plugins_changed or old.kernel.loaded.unavailable:
                changed.append((old, await self._successor(old, config, settings)))
        return changed

    def adopt(self, settings: Settings, changed: Iterable[tuple[Dealer, Dealer]]) -> None:
        """Put the successors in place at once; requests under way end on the dealers that they began with."""
        successors = {new.name: new for _, new in changed}
        self.dealers = {name: successors.get(name, dealer) for name, dealer in self.dealers.items()}
        self.settings = settings
        self._forget_kernels()

    def load(
        self,
        config: DealerSettings,
        settings: Settings | None = None,
        failures: Mapping[str, ForecourtError] | None = None,
    ) -> LoadedModules:
        """Find and import the modules that a dealer has on.

        Args:
            failures: Those that have turned out not to fit, each with the reason.
        """
        settings = settings or self.settings
        many = len(settings.dealers) > 1
        return load_modules(
            config.modules,
            policy=settings.plugins.unavailable,
            folders=settings.plugins.folders,
            settings=config.settings,
            settings_key=f"dealers.{config.name}.settings" if many else "dealer.settings",
            failures=failures,
        )

    async def _successor(self, old: Dealer, config: DealerSettings, settings: Settings) -> Dealer:
        # Those that go stay known to the database until the last request that uses them has ended.
        kernel = await self._fitting(config, settings, old.database, app_modules(old.kernel.loaded))
        return old.successor(config, kernel)

    async def _fitting(
        self, config: DealerSettings, settings: Settings, database: Database, known: AppModules
    ) -> Kernel:
        """Return the kernel of a dealer's modules; under the policy `skip` without those that fit with no others.

        Args:
            known: Model modules that the database goes on to know.
        """
        failures: dict[str, ForecourtError] = {}
        while True:
            loaded = await asyncio.to_thread(self.load, config, settings, failures)
            try:
                await database.open({**known, **app_modules(loaded)})
                return await self._kernel(loaded)
            except PluginError as error:
                name = to_leave_out(error, loaded)
                if settings.plugins.unavailable == "strict" or name is None:
                    raise
                failures[name] = error

    def _refuse_what_needs_a_restart(self, settings: Settings) -> None:
        lines = []
        if list(settings.dealers) != list(self.settings.dealers):
            lines.append("which dealers there are")
        if settings.server != self.settings.server or settings.log != self.settings.log:
            lines.append("[server] or [log]")
        for name, config in settings.dealers.items():
            before = self.settings.dealers.get(name, config)
            lines += [f"{name}'s {key}" for key in _NEEDS_RESTART if getattr(before, key) != getattr(config, key)]
        if lines:
            raise ConfigurationError(f"the configuration changes {', '.join(lines)}: restart the server for that")

    async def _kernel(self, loaded: LoadedModules) -> Kernel:
        """Return the kernel of loaded modules, built in a thread unless there is one of the same modules and settings.

        Settings are compared, never shown as text: a text would hide secrets and take two for one.
        """
        hide = self.settings.production
        key = (hide, *((module.name, *map(id, module.modules.values())) for module in loaded))
        same = self._kernels.setdefault(key, [])
        for kernel in same:
            if _settings(kernel.loaded) == _settings(loaded) and kernel.loaded.unavailable == loaded.unavailable:
                return kernel
        kernel = await asyncio.to_thread(build_kernel, loaded, hide_suggestions=hide)
        same.append(kernel)
        return kernel

    def _forget_kernels(self) -> None:
        """Keep the kernels in use and the latest ones beside them, so that a change back is quick."""
        used = {dealer.kernel for dealer in self}
        idle = [kernel for same in self._kernels.values() for kernel in same if kernel not in used]
        gone = set(idle[:-_SPARE_KERNELS])
        for key, same in list(self._kernels.items()):
            self._kernels[key] = [kernel for kernel in same if kernel not in gone]

    def find(self, host_name: str, path: str) -> tuple[Dealer, str] | None:
        """Return the dealer that a request is for, and his path prefix where the path has it.

        A path prefix wins over a host name, a longer one over a shorter; a dealer with neither answers what no other
        one does.
        """
        by_prefix: tuple[Dealer, str] | None = None
        by_name = fallback = None
        for dealer in self.dealers.values():
            config = dealer.config
            prefix = config.path_prefix
            if prefix and (path == prefix or path.startswith(f"{prefix}/")):
                if by_prefix is None or len(prefix) > len(by_prefix[1]):
                    by_prefix = dealer, prefix
            elif host_name in config.host_names:
                by_name = by_name or dealer
            elif not prefix and not config.host_names:
                fallback = fallback or dealer
        found = by_name or fallback
        return by_prefix or ((found, "") if found else None)


def _settings(loaded: LoadedModules) -> list[BaseModel | None]:
    return [module.settings for module in loaded]
