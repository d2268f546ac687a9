from __future__ import annotations

import asyncio

import strawberry

ENDED: list[str] = []
"""How slow queries ended."""


async def _slow(seconds: float) -> str:
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        ENDED.append("cancelled")
        raise
    ENDED.append("done")
    return "done"


def _echo(text: str, times: int = 1) -> str:
    return text * times


def _fault() -> str:
    raise RuntimeError("13800138000")


@strawberry.type
class Query:
    probe_slow: str = strawberry.field(resolver=_slow, description="Answers after a while.")
    probe_echo: str = strawberry.field(resolver=_echo, description="Says the same.")
    probe_fault: str | None = strawberry.field(resolver=_fault, description="Fails with personal data in the text.")


@strawberry.type
class Mutation:
    probe_slow_change: str = strawberry.mutation(resolver=_slow, description="Changes something, slowly.")
