"""The bare handler: ASGI and asyncpg, the answer as JSON by hand-written SQL; no schema, no sign-in.

It takes Forecourt's documents and answers with Forecourt's fields and ids. The second argument says whose connections
it takes: asyncpg's pool, or Forecourt's. A third one says what it writes beside a new row: `recorded` as much as
Forecourt, `consumed` also the receipt of the event's consumer.
"""

from __future__ import annotations

import sys
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from os import environ
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import orjson
import uvicorn

from benchmarks.servers import raw_sql
from core.data.database import Database
from core.ids import uuid7

Variables = dict[str, Any]
POOL_SIZE = int(environ["POOL_SIZE"])
STORE = UUID(environ["STORE_ID"])


class Connections(Protocol):
    """What the handler needs of a pool."""

    async def read(self, sql: str, *args: Any) -> str:
        """Return the one value of the one row of a query."""

    async def write(self, sql: str, *args: Any) -> str | None:
        """Do the same in a transaction of its own; None for no row."""


class AsyncpgPool:
    """asyncpg's own pool as its documentation shows it."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def read(self, sql: str, *args: Any) -> str:
        value: str = await self.pool.fetchval(sql, *args)
        return value

    async def write(self, sql: str, *args: Any) -> str | None:
        async with self.pool.acquire() as connection, connection.transaction():
            value: str | None = await connection.fetchval(sql, *args)
        return value


class ForecourtPool:
    """Forecourt's connections, without anything else of it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def read(self, sql: str, *args: Any) -> str:
        token = self.database.activate()
        try:
            rows = await self.database.fetch(sql, args)
        finally:
            self.database.deactivate(token)
        value: str = rows[0][0]
        return value

    async def write(self, sql: str, *args: Any) -> str | None:
        token = self.database.activate()
        try:
            async with self.database.transaction():
                rows = await self.database.fetch(sql, args)
        finally:
            self.database.deactivate(token)
        return rows[0][0] if rows else None


def row_id(global_id: str) -> UUID:
    """Return the key in a global id."""
    return UUID(urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)).decode().partition(":")[2])


async def customer(db: Connections, variables: Variables) -> str:
    return await db.read(raw_sql.CUSTOMER, row_id(variables["id"]), STORE)


async def page(db: Connections, variables: Variables) -> str:
    return await db.read(raw_sql.PAGE, STORE, variables["stage"])


async def page_total(db: Connections, variables: Variables) -> str:
    return await db.read(raw_sql.PAGE_TOTAL, STORE, variables["stage"])


async def nested(db: Connections, variables: Variables) -> str:
    return await db.read(raw_sql.NESTED, STORE, variables["stage"])


async def rows(db: Connections, variables: Variables) -> str:
    return await db.read(raw_sql.ROWS, STORE, variables["stage"], variables["first"])


async def counts(db: Connections, _: Variables) -> str:
    return await db.read(raw_sql.COUNTS, STORE)


async def relation(db: Connections, variables: Variables) -> str:
    return await db.read(raw_sql.RELATION, STORE, variables["brand"].lower() + "%")


async def deep(db: Connections, variables: Variables) -> str:
    after = variables.get("after")
    return await db.read(raw_sql.DEEP, STORE, row_id(after) if after else UUID(int=0))


async def create(db: Connections, variables: Variables) -> str:
    given = variables["input"]
    due_at = datetime.fromisoformat(given["dueAt"])
    written = await db.write(
        raw_sql.CREATE,
        row_id(given["customer"]),
        STORE,
        uuid7(),
        datetime.now(UTC),
        given["channel"],
        given["subject"],
        due_at,
    )
    assert written is not None
    return written


async def update(db: Connections, variables: Variables) -> str:
    given = variables["input"]
    changed = row_id(given["id"]), STORE, variables["version"], given["subject"], datetime.now(UTC)
    return await db.write(raw_sql.UPDATE, *changed) or raw_sql.CONFLICT


OPERATIONS: dict[str, Callable[[Connections, Variables], Awaitable[str]]] = {
    function.__name__: function
    for function in (customer, page, page_total, nested, rows, counts, relation, deep, create, update)
}


def _recording(work: str) -> dict[str, Callable[[Connections, Variables], Awaitable[str]]]:
    """Return the operations that write more than a row."""
    from benchmarks.servers import equal_work

    match work:
        case "recorded":
            return {"create": equal_work.create}
        case "consumed":
            return {"create": equal_work.create_and_consume}
    return {}


class App:
    """The ASGI application."""

    connections: Connections

    def __init__(self, url: str, pool: str, work: str = "") -> None:
        self.url = url
        self.pool = pool
        self.operations = {**OPERATIONS, **_recording(work)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message["body"]
            more = message.get("more_body", False)
        request = orjson.loads(body)
        answer = (await self.operations[request["operationName"]](self.connections, request["variables"])).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        if self.pool == "asyncpg":
            self.connections = AsyncpgPool(await asyncpg.create_pool(self.url, max_size=POOL_SIZE))
        else:
            self.connections = ForecourtPool(Database(self.url, options={"pool_size": POOL_SIZE}))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    app = App(environ["DATABASE_URL"], *sys.argv[2:])
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="warning", access_log=False)
