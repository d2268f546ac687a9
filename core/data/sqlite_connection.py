"""How a connection to an SQLite file is opened, and what SQLite's errors are told apart by."""

from __future__ import annotations

import os
import sqlite3
from time import perf_counter, sleep
from typing import Final
from urllib.parse import quote

from core.data.address import SqliteSettings
from core.data.errors import DatabaseUnavailableError
from core.kinds.folding import SQL_FUNCTION, folded_or_null

BETWEEN_ATTEMPTS_SECONDS: Final = 0.01
BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; -1 for errors of the driver itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF


def connect(settings: SqliteSettings, *, query_only: bool) -> sqlite3.Connection:
    """Open a connection to a file that is there.

    Raises:
        DatabaseUnavailableError: There is no file, or no right to write it.
        sqlite3.Error: SQLite can't open it.
    """
    if not settings.path.is_file():
        raise DatabaseUnavailableError(f"there is no {settings}; `forecourt migrate` makes one")
    for place in (settings.path, settings.path.absolute().parent):
        if not os.access(place, os.W_OK):
            raise DatabaseUnavailableError(f"the {settings} can't be used: no right to write {place}")
    connection = sqlite3.connect(
        f"file:{quote(str(settings.path.absolute()))}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        timeout=settings.busy_timeout_seconds,
    )
    try:
        connection.create_function(SQL_FUNCTION, 1, folded_or_null, deterministic=True)
        _configure(connection, settings, query_only=query_only)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, patience_seconds: float) -> str:
    """Have the file written ahead, and return how it is; SQLite itself does not wait where two begin with a new one."""
    deadline = perf_counter() + patience_seconds
    while True:
        try:
            mode: str = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            return mode
        except sqlite3.OperationalError as error:
            if primary_code(error) not in BUSY or perf_counter() > deadline:
                raise
        sleep(BETWEEN_ATTEMPTS_SECONDS)


def _configure(connection: sqlite3.Connection, settings: SqliteSettings, *, query_only: bool) -> None:
    mode = _write_ahead(connection, settings.busy_timeout_seconds)
    if mode != "wal":
        raise sqlite3.OperationalError(f"no write-ahead log here (journal mode {mode}); is it a network folder?")
    connection.execute(f"PRAGMA synchronous={settings.synchronous}")
    connection.execute(f"PRAGMA foreign_keys={'ON' if settings.foreign_keys else 'OFF'}")
    connection.execute("PRAGMA journal_size_limit=67108864")
    connection.execute("PRAGMA cache_size=-8000")
    connection.execute("PRAGMA temp_store=MEMORY")
    if query_only:
        connection.execute("PRAGMA query_only=ON")
