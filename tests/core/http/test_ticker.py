"""Deadlines on one timer."""

from __future__ import annotations

import asyncio

import pytest

from core.http.messages import ClientGoneError
from core.http.patience import Deadline, EndsWithClient
from core.http.ticker import Ticker
from tests.waiting import HANGS_SECONDS, until


async def test_callbacks_come_when_due_and_only_if_still_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    now, heard = 100.0, []
    monkeypatch.setattr("core.http.ticker.monotonic", lambda: now)
    ticker = Ticker()
    ticker.after(15, lambda: heard.append("late"))
    ticker.after(1, lambda: heard.append("soon"))
    forgotten = ticker.after(1, lambda: heard.append("forgotten"))
    ticker.forget(forgotten)
    now += 1
    await until(lambda: heard == ["soon"])
    now += 14
    await until(lambda: heard == ["soon", "late"])
    ticker.forget(forgotten)
    ticker.after(1, lambda: heard.append("again"))
    now += 1
    await until(lambda: heard == ["soon", "late", "again"])


async def test_deadline_ends_a_block_and_leaves_the_task_usable() -> None:
    with pytest.raises(TimeoutError), Deadline(Ticker(), 0.05):
        await asyncio.sleep(10 * HANGS_SECONDS)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    with Deadline(Ticker(), HANGS_SECONDS):
        await asyncio.sleep(0)


async def test_cancellation_from_outside_is_no_timeout() -> None:
    async def waits() -> None:
        with Deadline(Ticker(), HANGS_SECONDS):
            await asyncio.sleep(10 * HANGS_SECONDS)

    task = asyncio.create_task(waits())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_block_ends_when_its_client_goes() -> None:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientGoneError), EndsWithClient(Ticker(), receive):
        await asyncio.sleep(10 * HANGS_SECONDS)
