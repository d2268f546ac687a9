from __future__ import annotations

import asyncio

from core.data.background import work_in_background
from core.data.priority_lock import PriorityLock


async def let_in(lock: PriorityLock, order: list[str], *names: str) -> list[asyncio.Task[None]]:
    """Have tasks wait for a lock, in this order; those whose name ends with an asterisk work in the background."""

    async def one(name: str) -> None:
        if name.endswith("*"):
            work_in_background()
        await lock.acquire()
        order.append(name)
        lock.release()

    tasks = [asyncio.create_task(one(name)) for name in names]
    await asyncio.sleep(0)
    return tasks


async def test_people_come_before_the_background_each_in_their_order() -> None:
    lock, order = PriorityLock(), list[str]()
    await lock.acquire()
    tasks = await let_in(lock, order, "a*", "b*", "c", "d")
    assert lock.people_wait

    lock.release()
    await asyncio.gather(*tasks)

    assert order == ["c", "d", "a*", "b*"]
    assert not lock.locked()
    assert not lock.people_wait


async def test_background_is_let_in_now_and_then_however_many_people_there_are() -> None:
    lock, order = PriorityLock(), list[str]()
    await lock.acquire()
    tasks = await let_in(lock, order, "a*", *(str(number) for number in range(50)))

    lock.release()
    await asyncio.gather(*tasks)

    assert 15 < order.index("a*") < 25


async def test_cancelled_ones_are_passed_over() -> None:
    lock, order = PriorityLock(), list[str]()
    await lock.acquire()
    tasks = await let_in(lock, order, "a", "b", "c*", "d*")
    tasks[0].cancel()
    lock.release()
    tasks[1].cancel()  # at the moment when it is let in
    tasks[2].cancel()
    await asyncio.wait(tasks)

    assert order == ["d*"]
    assert not lock.locked()
