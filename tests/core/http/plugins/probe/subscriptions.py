from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import strawberry

STREAMS: list[str] = []
"""How streams ended."""


@strawberry.type(description="One delivery.")
class Tick:
    number: int = strawberry.field(description="Counted from 1.")

    @strawberry.field(description="What the receiver may do at this moment.")
    def permissions(self, info: strawberry.Info) -> list[str]:
        return sorted(info.context.scope.caller.permissions)


@strawberry.type
class Subscription:
    @strawberry.subscription(description="Ticks.")
    async def ticks(self, count: int = 3, pause: float = 0.0) -> AsyncGenerator[Tick, None]:
        try:
            for number in range(1, count + 1):
                yield Tick(number=number)
                await asyncio.sleep(pause)
        finally:
            STREAMS.append("ended")

    @strawberry.subscription(description="Fails after the first one.")
    async def faulty_ticks(self) -> AsyncGenerator[Tick, None]:
        yield Tick(number=1)
        raise RuntimeError("13800138000")
