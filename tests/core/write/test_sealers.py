"""Two processes that seal the same entries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from core.data.database import Database
from core.write import seal as sealing
from core.write.models import AuditEntry
from tests.core.write.dealership import SampleDealer, open_dealer
from tests.core.write.test_pipeline import make_car


@pytest.fixture
async def second(dealer: SampleDealer, kept_database_url: str) -> AsyncIterator[SampleDealer]:
    """The same dealer in another process, as far as the database can tell."""
    opened = await open_dealer(kept_database_url)
    yield opened
    await opened.database.close()


async def seal_in(dealer: SampleDealer) -> int:
    token = dealer.database.activate()
    try:
        return await sealing.seal(dealer.database)
    finally:
        dealer.database.deactivate(token)


async def test_sealer_that_comes_between_does_not_break_the_other(
    dealer: SampleDealer, second: SampleDealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second seals when the first has read the end of the chain, and not the entries yet."""
    monkeypatch.setattr(sealing, "BATCH", 3)
    for number in range(6):
        await make_car(dealer, number=str(number))
    unsealed, between = sealing._unsealed, asyncio.Event()
    others: list[asyncio.Task[int]] = []

    async def slow(database: Database, chain: str) -> Sequence[Any]:
        if not between.is_set():
            between.set()
            others.append(asyncio.create_task(seal_in(second)))
            await asyncio.wait(others, timeout=0.3)  # it comes through, or waits for its turn
        return await unsealed(database, chain)

    monkeypatch.setattr(sealing, "_unsealed", slow)
    sealed = await seal_in(dealer) + await others[0]

    assert sealed == 6
    result = await sealing.verify(dealer.database, None)
    assert (result.ok, result.sealed, result.unsealed) == (True, 6, ())


async def test_two_sealers_link_everything_while_others_write(
    dealer: SampleDealer, second: SampleDealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)

    async def write() -> None:
        for number in range(30):
            await make_car(dealer, number=str(number))

    async def keep_sealing(one: SampleDealer, writing: asyncio.Task[None]) -> None:
        while not writing.done() or await AuditEntry.filter(seq=None).exists():
            await seal_in(one)
            await asyncio.sleep(0)

    writing = asyncio.create_task(write())
    await asyncio.gather(writing, keep_sealing(dealer, writing), keep_sealing(second, writing))

    result = await sealing.verify(dealer.database, None)
    assert (result.ok, result.sealed, result.unsealed) == (True, 30, ())
