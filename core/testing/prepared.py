"""The state in which each test finds its database: made once in a process, put back for every test after that.

Making the tables of all modules, and filling them with roles and codes, takes longer than most tests. Nothing is
rolled back, so that commits, callbacks after them and further connections are those of a dealer at work.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tortoise.exceptions import OperationalError

from core.data.address import PostgresSettings, SqliteSettings
from core.data.database import Database

Fill = Callable[[], Awaitable[None]]

_MOST_IMAGES: Final = 24
"""SQLite files to remember, each of one or two megabytes."""


@cache
def prepared_states() -> PreparedStates:
    """Return those of this process."""
    return PreparedStates()


class PreparedStates:
    """States of databases by what they are made of."""

    def __init__(self) -> None:
        self._images: dict[Hashable, bytes] = {}
        self._kept: dict[PostgresSettings, _KeptState] = {}
        self._in_use: set[PostgresSettings] = set()

    @asynccontextmanager
    async def of(self, database: Database, key: Hashable, fill: Fill) -> AsyncIterator[None]:
        """Bring an open database to a state, for the time of a test.

        A database of PostgreSQL may be used again and again: what this process has put there before is removed. Rows
        that came from elsewhere stay, and so do those of a test that uses the same database at this moment.

        Args:
            key: Equal where the tables and what `fill` writes are the same.
            fill: Makes the tables and what is in them.
        """
        if isinstance(database.settings, SqliteSettings):
            await self._copy_file(database.settings.path, key, fill)
            yield
            return
        if database.settings in self._in_use:
            await fill()
            yield
            return
        self._in_use.add(database.settings)
        try:
            await self._restore(database, database.settings, key, fill)
            yield
        finally:
            self._in_use.discard(database.settings)

    async def _copy_file(self, path: Path, key: Hashable, fill: Fill) -> None:
        image = self._images.get(key)
        if not _is_empty(path):
            await fill()
        elif image is not None:
            _write(path, image)
        else:
            await fill()
            self._images[key] = _read(path)
            if len(self._images) > _MOST_IMAGES:
                del self._images[next(iter(self._images))]

    async def _restore(self, database: Database, settings: PostgresSettings, key: Hashable, fill: Fill) -> None:
        token = database.activate()
        try:
            kept = self._kept.pop(settings, None)
            if kept is None or kept.key != key or not await _put_back(database, kept.structure):
                kept = await _made(database, key, fill, old=kept)
            if kept is not None:
                self._kept[settings] = kept
        finally:
            database.deactivate(token)


@dataclass(frozen=True, slots=True)
class _KeptState:
    """What stands in the schema `forecourt_test` of a database.

    Attributes:
        structure: Tells tables that a test has changed from those that were made.
    """

    key: Hashable
    structure: str


def _is_empty(path: Path) -> bool:
    return not path.exists() or path.stat().st_size == 0


def _write(path: Path, image: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(image)


def _read(path: Path) -> bytes:
    """Return a database as one file, with what stands in its log."""
    with closing(sqlite3.connect(path)) as connection:
        has_pages = connection.execute("PRAGMA page_count").fetchone()[0] > 0
        return connection.serialize() if has_pages else b""


async def _made(database: Database, key: Hashable, fill: Fill, *, old: _KeptState | None) -> _KeptState | None:
    """Fill a database and keep copies of the rows beside them; None where there were tables that we know nothing of."""
    if old is not None:
        await database.execute(_REMOVE)
    has_tables = (await database.fetch(_HAS_TABLES))[0][0]
    await fill()
    if has_tables:
        return None
    await database.execute(_KEEP)
    return _KeptState(key, await _structure(database))


async def _structure(database: Database) -> str:
    found: str = (await database.fetch(_STRUCTURE))[0][0]
    return found


async def _put_back(database: Database, structure: str) -> bool:
    """Put the kept rows in the place of what is there; False where a test has changed the tables, or nothing is kept.

    What an earlier test has left connected is ended first: it may hold locks.
    """
    await database.execute(END_OTHERS)
    if await _structure(database) != structure:
        return False
    try:
        await database.execute(_PUT_BACK)
    except OperationalError:
        return False  # its user may not, or the copies are gone
    return True


END_OTHERS: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_HAS_TABLES: Final = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')"
_STRUCTURE: Final = """
SELECT coalesce(md5(string_agg(line, ';' ORDER BY line)), '') FROM (
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
_KEEP: Final = """
DO $$ DECLARE name text; BEGIN
  CREATE SCHEMA forecourt_test;
  FOR name IN SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
  LOOP
    EXECUTE format('CREATE TABLE forecourt_test.%1$I AS TABLE public.%1$I', name);
  END LOOP;
END $$
"""
# Triggers and references are off for the moment: any order will do, and append-only tables let go of their rows.
_PUT_BACK: Final = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
  LOOP
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT relname FROM pg_class
    WHERE relnamespace = 'forecourt_test'::regnamespace AND relkind = 'r'
  LOOP
    EXECUTE format('INSERT INTO public.%1$I SELECT * FROM forecourt_test.%1$I', name);
  END LOOP;
END $$
"""
_REMOVE: Final = """
DO $$ BEGIN
  DROP SCHEMA public CASCADE;
  DROP SCHEMA IF EXISTS forecourt_test CASCADE;
  CREATE SCHEMA public;
END $$
"""
