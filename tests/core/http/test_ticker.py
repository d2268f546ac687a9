"""Deadlines on one timer."""

from __future__ import annotations

import asyncio

import pytest

from core.http.messages import ClientGoneError
from core.http.patience import Deadline, EndsWithClient
from core.http.ticker import Ticker


async def test_callbacks_come_when_due_and_only_if_still_wanted() -> None:
    ticker, heard = Ticker(), []
    ticker.after(0.15, lambda: heard.append("late"))
    ticker.after(0.01, lambda: heard.append("soon"))
    forgotten = ticker.after(0.01, lambda: heard.append("forgotten"))
    ticker.forget(forgotten)
    await asyncio.sleep(0.1)
    assert heard == ["soon"]
    await asyncio.sleep(0.15)
    assert heard == ["soon", "late"]
    ticker.forget(forgotten)
    ticker.after(0.01, lambda: heard.append("again"))
    await asyncio.sleep(0.1)
    assert heard[-1] == "again"


async def test_deadline_ends_a_block_and_leaves_the_task_usable() -> None:
    with pytest.raises(TimeoutError), Deadline(Ticker(), 0.05):
        await asyncio.sleep(5)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    with Deadline(Ticker(), 5):
        await asyncio.sleep(0)


async def test_cancellation_from_outside_is_no_timeout() -> None:
    async def waits() -> None:
        with Deadline(Ticker(), 5):
            await asyncio.sleep(5)

    task = asyncio.create_task(waits())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_block_ends_when_its_client_goes() -> None:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientGoneError), EndsWithClient(Ticker(), receive):
        await asyncio.sleep(5)
