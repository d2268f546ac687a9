"""Databases of PostgreSQL for tests: new ones, and kept ones, which the tests of a folder use one after the other."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from core.testing.prepared import END_OTHERS

_SECONDS: Final = 10
_MOST_TABLES_TO_REMOVE: Final = 30
_TABLES: Final = "SELECT count(*) FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema$)'"
_SCHEMAS: Final = "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'"


class Databases:
    """The databases of one process.

    Args:
        admin_url: Of a user who may make databases.
        durable: Let commits wait for the disk, as they do in production.
    """

    def __init__(self, admin_url: str, *, durable: bool = False) -> None:
        self.admin_url = admin_url
        self.durable = durable
        self._kept: dict[str, str] = {}
        self._spare: list[str] = []

    @asynccontextmanager
    async def new(self) -> AsyncIterator[str]:
        """Give the address of an empty database; it is emptied at the end, or dropped where that takes longer."""
        name = self._spare.pop() if self._spare else await self._make()
        try:
            yield self._url(name)
        finally:
            if await self._is_emptied(name):
                self._spare.append(name)
            else:
                await self._drop(name)

    async def kept(self, folder: str) -> str:
        """Return the address of the folder's database, which holds what the last test has left there."""
        if folder not in self._kept:
            self._kept[folder] = await self._make()
        return self._url(self._kept[folder])

    async def close(self) -> None:
        """Drop what was kept."""
        names = [*self._kept.values(), *self._spare]
        self._kept, self._spare = {}, []
        for name in names:
            await self._drop(name)

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{name}"))

    async def _make(self) -> str:
        name = f"forecourt_test_{secrets.token_hex(8)}"
        await self._administer(f'CREATE DATABASE "{name}"')
        if not self.durable:
            # No test takes the power away from the server; waiting for the disk is what costs most.
            await self._administer(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        return name

    async def _drop(self, name: str) -> None:
        await self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _is_emptied(self, name: str) -> bool:
        """Remove all tables of a database; False where there are many, or it is gone."""
        try:
            connection: Any = await asyncpg.connect(self._url(name), timeout=_SECONDS)
        except (asyncpg.PostgresError, OSError):
            return False  # the test has dropped it
        try:
            await connection.execute(END_OTHERS)
            if await connection.fetchval(_TABLES) > _MOST_TABLES_TO_REMOVE:
                return False
            for schema in await connection.fetch(_SCHEMAS):
                await connection.execute(f"DROP SCHEMA {schema[0]} CASCADE", timeout=_SECONDS)
            await connection.execute("CREATE SCHEMA public")
        except (TimeoutError, asyncpg.PostgresError):
            return False  # its user may not, or something holds on to a table
        finally:
            await connection.close(timeout=_SECONDS)
        return True

    async def _administer(self, sql: str) -> None:
        admin = await asyncpg.connect(self.admin_url, timeout=_SECONDS)
        try:
            await admin.execute(sql)
        finally:
            await admin.close(timeout=_SECONDS)
