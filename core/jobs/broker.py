"""How due jobs reach a worker: in this process, or over a taskiq broker in any.

A broker only says which row to look at. What is true stands in the database, so a message that is lost or comes twice
does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from core.events.retry import describe

if TYPE_CHECKING:
    from taskiq import AsyncBroker

RunJob = Callable[[str, str], Awaitable[None]]

_log = logging.getLogger("forecourt.worker")


class JobBroker:
    """Takes rows that are due and has them run.

    Args:
        run: Runs a row, named by dealer and id; called in this process for what the broker brings here.
        broker: Without one, everything stays in this process.
    """

    def __init__(self, run: RunJob, broker: AsyncBroker | None = None) -> None:
        self._run = run
        self._broker = broker
        self._send: RunJob = self._begin
        self._begun: set[asyncio.Task[None]] = set()
        if broker is not None:
            from core.jobs.carried import sender  # taskiq brings an HTTP client along, for 15 MB

            self._send = sender(broker, run)

    async def start(self) -> None:
        """Open what the broker needs."""
        if self._broker is not None:
            await self._broker.startup()

    async def send(self, dealer: str, row_id: str) -> None:
        """Ask for a row to be run, here or elsewhere."""
        await self._send(dealer, row_id)

    async def stop(self) -> None:
        """Close what the broker needs; runs under way are the worker's to wait for."""
        if self._broker is not None:
            await self._broker.shutdown()

    async def _begin(self, dealer: str, row_id: str) -> None:
        task = asyncio.create_task(self._run_here(dealer, row_id))
        self._begun.add(task)  # the event loop holds tasks weakly
        task.add_done_callback(self._begun.discard)

    async def _run_here(self, dealer: str, row_id: str) -> None:
        try:
            await self._run(dealer, row_id)
        except Exception as error:  # noqa: BLE001 - the row is still there, and its lease ends
            _log.error("a job of %s failed: %s", dealer, describe(error))
