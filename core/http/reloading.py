"""Takes up a changed configuration while the server runs; nothing restarts, and no request is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from core.config.reading import DEFAULT_FILE
from core.config.settings import Settings
from core.dealer import Dealer
from core.errors import ConfigurationError, ForecourtError, PluginError
from core.events.retry import describe
from core.host import Host
from core.jobs.worker import Worker
from core.migrations.errors import MigrationError
from core.migrations.migrate import pending
from core.migrations.modules import migrated
from core.provision import provision

_log = logging.getLogger("forecourt.server")


class Reloader:
    """Watches the configuration file of a host.

    Args:
        read: Reads the configuration anew.
        seconds: Between two looks at the file.
    """

    def __init__(
        self, host: Host, read: Callable[[], Settings], worker: Worker | None = None, *, seconds: float = 2.0
    ) -> None:
        self._host = host
        self._read = read
        self._worker = worker
        self._seconds = seconds
        self._asked = asyncio.Event()
        self._turns = asyncio.Lock()
        self._try_again = False
        self._seen = self._stamp()

    def ask(self) -> None:
        """Have the configuration read now, whether the file looks changed or not."""
        self._asked.set()

    async def watch(self) -> None:
        """Follow the file until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    await self._asked.wait()
            except TimeoutError:
                pass
            stamp = self._stamp()
            if stamp != self._seen or self._asked.is_set() or self._try_again:
                self._seen = stamp
                self._asked.clear()
                await self.reload()

    def _stamp(self) -> tuple[int, ...]:
        # A server that began without a file takes up the one that is written later.
        file = self._host.settings.file or DEFAULT_FILE
        try:
            found = file.stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino

    async def reload(self) -> None:
        """Serve what the configuration says now; when it can't be, go on as before and say why."""
        async with self._turns:
            await self._reload()

    async def _reload(self) -> None:
        try:
            settings = await asyncio.to_thread(self._read)
            changed = await self._host.rebuild(settings)
            for old, new in changed:
                await self._prepare(old, new)
        except ForecourtError as error:
            # A database that is away or not migrated yet, or another process that writes the same roles at the same
            # time: that passes. A mistake in the file or in a plugin waits for somebody to mend it.
            self._try_again = not isinstance(error, (ConfigurationError, PluginError))
            self._keep(error.message)
            return
        except Exception as error:  # noqa: BLE001 - a plugin's own fault must not end the server that runs
            self._try_again = False
            self._keep(describe(error))
            return
        self._try_again = False
        self._host.adopt(settings, changed)
        self._host.problem = ""
        for old, new in changed:
            _log.info("%s is served with the modules %s now", new.name, ", ".join(new.kernel.modules) or "(none)")
            await self._hand_over(old, new)

    def _keep(self, problem: str) -> None:
        if problem != self._host.problem:
            _log.error("the configuration was not taken up, the old one stays: %s", problem)
        self._host.problem = problem

    async def _prepare(self, old: Dealer, new: Dealer) -> None:
        if set(new.kernel.modules) <= set(old.kernel.modules):
            return
        missing = await pending(new.database, migrated(new.kernel.loaded))
        if missing:
            raise MigrationError(f"{new.name} needs migrations first ({', '.join(missing)}): run `forecourt migrate`")
        token = new.database.activate()
        try:
            await provision(new)
        finally:
            new.database.deactivate(token)

    async def _hand_over(self, old: Dealer, new: Dealer) -> None:
        if self._worker is not None:
            await self._worker.remove(old.name)
            self._worker.add(new)
