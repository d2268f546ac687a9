"""All dealers of the process, found by host name or path."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.clock import Clock
from core.config.settings import DealerSettings, Settings
from core.data.database import Database
from core.dealer import Dealer
from core.kernel import Kernel, app_modules, build_kernel, load_modules
from core.services.files.storage import LocalFolder

if TYPE_CHECKING:
    from core.plugins.loader import LoadedModules


class Host:
    """Builds dealers and their kernels; dealers with the same modules share one kernel.

    Args:
        settings: The whole installation.
        clock: For tests and the demo; the machine's without it.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock
        self.dealers: dict[str, Dealer] = {}
        self._kernels: dict[tuple[object, ...], Kernel] = {}

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
        loaded = self.load(config)
        database = Database(config.database_url)
        await database.open(app_modules(loaded))
        kernel = await self._kernel(loaded)
        files = LocalFolder(self.settings.server.data_folder / "files" / config.name)
        return Dealer(config, kernel, database, files, self.clock)

    def load(self, config: DealerSettings) -> LoadedModules:
        """Find and import the modules that a dealer has on."""
        many = len(self.settings.dealers) > 1
        return load_modules(
            config.modules,
            policy=self.settings.plugins.unavailable,
            folders=self.settings.plugins.folders,
            settings=config.settings,
            settings_key=f"dealers.{config.name}.settings" if many else "dealer.settings",
        )

    async def _kernel(self, loaded: LoadedModules) -> Kernel:
        key = (*loaded.names, *((module.name, module.package, repr(module.settings)) for module in loaded))
        if key not in self._kernels:
            await asyncio.sleep(0)  # building takes a while: let others have their turn first
            self._kernels[key] = build_kernel(loaded, hide_suggestions=self.settings.production)
        return self._kernels[key]

    def find(self, host_name: str, path: str) -> tuple[Dealer, str] | None:
        """Return the dealer that a request is for, and the path below his own.

        A path prefix wins over a host name; a dealer with neither answers what no other one does.
        """
        fallback = None
        for dealer in self:
            prefix = dealer.config.path_prefix
            if prefix and (path == prefix or path.startswith(f"{prefix}/")):
                return dealer, path[len(prefix) :] or "/"
            if host_name in dealer.config.host_names:
                return dealer, path
            if not prefix and not dealer.config.host_names:
                fallback = fallback or dealer
        return (fallback, path) if fallback else None
