"""Databases for tests on PostgreSQL: new ones, and kept ones, whose tables the tests of a folder share.

Making the tables of all modules, and dropping them, takes longer than most tests.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

_SECONDS: Final = 10
_STRUCTURE: Final = """
SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
  SELECT concat_ws(',', c.relkind, c.relname, a.attname, a.atttypid, a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
  AS line
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
  UNION ALL SELECT concat_ws(',', conname, pg_get_constraintdef(oid)) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(',', tgname, tgrelid::regclass) FROM pg_trigger
  UNION ALL SELECT concat_ws(',', 'function', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS lines
"""
_EMPTY: Final = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;  -- any order will do, and append-only tables let go of their rows
  FOR name IN SELECT format('public.%I', tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'DELETE FROM ' || name;
  END LOOP;
END $$
"""


class Databases:
    """The databases of one process.

    Args:
        admin_url: Of a user who may make databases.
    """

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self._kept: dict[str, tuple[str, str]] = {}

    @asynccontextmanager
    async def new(self) -> AsyncIterator[str]:
        """Give the address of an empty database; it is dropped at the end."""
        name = await self._make()
        try:
            yield self._url(name)
        finally:
            await self._drop(name)

    @asynccontextmanager
    async def kept(self, folder: str) -> AsyncIterator[str]:
        """Give the address of a database without rows, which may have the tables of the folder's tests already."""
        name, structure = self._kept.pop(folder, ("", ""))
        if not name:
            name = await self._make()
        try:
            yield self._url(name)
        finally:
            found = await self._emptied(name)
            if found is None or found != (structure or found):
                await self._drop(name)
            else:
                self._kept[folder] = name, found

    async def close(self) -> None:
        """Drop what was kept."""
        kept, self._kept = self._kept, {}
        for name, _ in kept.values():
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

    async def _emptied(self, name: str) -> str | None:
        """Remove all rows and return what tells a changed structure; None where that can't be."""
        try:
            connection: Any = await asyncpg.connect(self._url(name), timeout=_SECONDS)
        except (asyncpg.PostgresError, OSError):
            return None  # the test has dropped it
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await connection.execute(_EMPTY, timeout=_SECONDS)
            structure: str | None = await connection.fetchval(_STRUCTURE)
        except (TimeoutError, asyncpg.PostgresError):
            return None  # its user may not, or something holds on to a table
        finally:
            await connection.close(timeout=_SECONDS)
        return structure
