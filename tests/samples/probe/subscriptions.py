from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import strawberry

from forecourt.graphql import resolver

STREAMS: list[str] = []
"""How streams ended."""


def _permissions(info: strawberry.Info) -> list[str]:
    return sorted(info.context.scope.caller.permissions)


@strawberry.type(description="One delivery.")
class Tick:
    number: int = strawberry.field(description="Counted from 1.")
    permissions: list[str] = strawberry.field(
        resolver=_permissions, description="What the receiver may do at this moment."
    )


async def _ticks(count: int = 3, pause: float = 0.0) -> AsyncGenerator[Tick, None]:
    try:
        for number in range(1, count + 1):
            yield Tick(number=number)
            await asyncio.sleep(pause)
    finally:
        STREAMS.append("ended")


async def _faulty_ticks() -> AsyncGenerator[Tick, None]:
    yield Tick(number=1)
    raise RuntimeError("13800138000")


@strawberry.type
class Subscription:
    ticks: AsyncGenerator[Tick, None] = resolver(public=True, is_subscription=True, description="Ticks.")(_ticks)
    faulty_ticks: AsyncGenerator[Tick, None] = resolver(
        public=True, is_subscription=True, description="Fails after the first one."
    )(_faulty_ticks)
