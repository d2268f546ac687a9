"""Jobs carried by a taskiq broker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from taskiq import AsyncBroker
from taskiq.decor import AsyncTaskiqDecoratedTask

TASK = "forecourt.run_job"

Call = Callable[[str, str], Awaitable[None]]


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


def sender(broker: AsyncBroker, run: Call) -> Call:
    """Return what hands a row to a broker, and have it run what the broker brings here."""
    broker.decorator_class = _Task

    async def run_job(dealer: str, row_id: str) -> None:
        await run(dealer, row_id)

    task = broker.register_task(run_job, TASK)

    async def send(dealer: str, row_id: str) -> None:
        await task.kiq(dealer, row_id)

    return send
