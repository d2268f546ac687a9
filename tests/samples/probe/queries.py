from __future__ import annotations

import asyncio

import strawberry
from graphql import parse

from forecourt import BadInputError
from forecourt.graphql import resolver
from tests.raw_statements import ask

BEGUN: list[float] = []
"""How long slow queries that have begun take."""

ENDED: list[str] = []
"""How slow queries ended."""


async def _slow(seconds: float) -> str:
    BEGUN.append(seconds)
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        ENDED.append("cancelled")
        raise
    ENDED.append("done")
    return "done"


async def _ask(info: strawberry.Info, sql: str) -> str:
    return await ask(info.context.scope, sql)


def _echo(text: str, times: int = 1) -> str:
    return text * times


def _refuse(text: str, number: int = 0) -> str:
    raise BadInputError(f"there is no {text}")


def _busy(text: str) -> str:
    return str(len(parse("{ " + "name " * 2_000 * bool(text) + "x }").definitions))


def _fault() -> str:
    raise RuntimeError("13800138000")


@strawberry.type
class Query:
    probe_slow: str = resolver(public=True, description="Answers after a while.")(_slow)
    probe_ask: str = resolver(public=True, description="The first value that the database answers.")(_ask)
    probe_echo: str = resolver(public=True, description="Says the same.")(_echo)
    probe_refuse: str | None = resolver(public=True, description="Quotes what it refuses.")(_refuse)
    probe_busy: str = resolver(public=True, description="Takes long for any text.")(_busy)
    probe_fault: str | None = resolver(public=True, description="Fails with personal data in the text.")(_fault)


@strawberry.type
class Mutation:
    probe_slow_change: str = resolver(public=True, description="Changes something, slowly.")(_slow)
