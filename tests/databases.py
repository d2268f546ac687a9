"""Databases of PostgreSQL for tests: new ones, and kept ones, which the tests of a folder use one after the other."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

_SECONDS: Final = 10


class Databases:
    """The databases of one process.

    Args:
        admin_url: Of a user who may make databases.
    """

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self._kept: dict[str, str] = {}

    @asynccontextmanager
    async def new(self) -> AsyncIterator[str]:
        """Give the address of an empty database; it is dropped at the end."""
        name = await self._make()
        try:
            yield self._url(name)
        finally:
            await self._drop(name)

    async def kept(self, folder: str) -> str:
        """Return the address of the folder's database, which holds what the last test has left there."""
        if folder not in self._kept:
            self._kept[folder] = await self._make()
        return self._url(self._kept[folder])

    async def close(self) -> None:
        """Drop what was kept."""
        kept, self._kept = self._kept, {}
        for name in kept.values():
            await self._drop(name)

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{name}"))

    async def _make(self) -> str:
        name = f"forecourt_test_{secrets.token_hex(8)}"
        await self._administer(f'CREATE DATABASE "{name}"')
        # No test takes the power away from the server; waiting for the disk is what costs most.
        await self._administer(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        return name

    async def _drop(self, name: str) -> None:
        await self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _administer(self, sql: str) -> None:
        admin = await asyncpg.connect(self.admin_url, timeout=_SECONDS)
        try:
            await admin.execute(sql)
        finally:
            await admin.close(timeout=_SECONDS)
