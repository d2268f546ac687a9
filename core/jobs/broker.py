"""How due jobs reach a worker: over taskiq, in this process or, with another broker, in any.

The broker only says which row to look at. What is true stands in the database, so a message that is lost or comes
twice does no harm.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from taskiq import AsyncBroker, InMemoryBroker
from taskiq.decor import AsyncTaskiqDecoratedTask

RunJob = Callable[[str, str], Awaitable[None]]

TASK = "forecourt.run_job"


class _Task(AsyncTaskiqDecoratedTask[Any, Any]):
    """A task that leaves its function alone.

    taskiq's own renames the function and puts it into its module, for pools of processes; each worker would leave
    itself behind there.
    """

    def __init__(
        self,
        broker: AsyncBroker,
        task_name: str,
        original_func: Callable[..., Any],
        labels: dict[str, Any],
        return_type: type[Any] | None = None,
    ) -> None:
        self.broker = broker
        self.task_name = task_name
        self.original_func = original_func
        self.labels = labels
        self.return_type = return_type


class JobBroker:
    """Takes rows that are due and has them run.

    Args:
        run: Runs a row, named by dealer and id; called in this process for what the broker brings here.
        broker: Without one, everything stays in this process.
    """

    def __init__(self, run: RunJob, broker: AsyncBroker | None = None) -> None:
        self._broker = broker or InMemoryBroker(max_stored_results=1)
        self._broker.decorator_class = _Task

        async def run_job(dealer: str, row_id: str) -> None:
            await run(dealer, row_id)

        self._task = self._broker.register_task(run_job, TASK)

    async def start(self) -> None:
        """Open what the broker needs."""
        await self._broker.startup()

    async def send(self, dealer: str, row_id: str) -> None:
        """Ask for a row to be run, here or elsewhere."""
        await self._task.kiq(dealer, row_id)

    async def stop(self) -> None:
        """Close what the broker needs; runs under way are the worker's to wait for."""
        await self._broker.shutdown()
