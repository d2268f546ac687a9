"""Watches over one SQLite file while it is migrated: copies it first, and puts the copy back if anything differs."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

from core.clock import SystemClock
from core.data.sqlite_connection import primary_code
from core.migrations.copies import COPY, PARTIAL, UNFINISHED, Claim, checked, put_back
from core.migrations.errors import MigrationError, NoRoomError

_AT_MOST: Final = 3
"""Times the database's size that a run may need: the copy, the log, and tables that are written anew."""
_RESERVE_BYTES: Final = 2**20


class SqliteGuard:
    """Holds a connection of its own, which sees only what has been committed.

    Use it while the migration's transaction is open: nobody else can write then, so the copy is the present state.

    Attributes:
        copy: Where the copy lies; another name says whether its run has come to an end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.copy: Path | None = None
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._version = 0
        self._size = 0
        self._claim: Claim | None = None

    async def make_copy(self) -> Path:
        """Copy the database beside itself, compacted, with the time in its name and the same access rights.

        Raises:
            NoRoomError: There is no room for it.
            MigrationError: It can't be written for another reason.
        """
        self._version = self._data_version()
        self.copy = await asyncio.to_thread(self._make_copy)
        return self.copy

    def _make_copy(self) -> Path:
        stamp = SystemClock().now().strftime("%Y%m%dT%H%M%S%fZ")
        copy = self.path.with_name(f"{self.path.name}{COPY}{stamp}{UNFINISHED}")
        partial = copy.with_name(copy.name + PARTIAL)
        self._require_room()
        try:
            partial.touch(mode=self.path.stat().st_mode & 0o777)
            self._claim = Claim(partial)
            self._connection.execute("VACUUM INTO ?", [str(partial)])
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.rename(copy)
        except (sqlite3.Error, OSError) as error:
            partial.unlink(missing_ok=True)
            if isinstance(error, sqlite3.Error) and primary_code(error) == sqlite3.SQLITE_FULL:
                raise self.no_room("while the database was copied") from error
            raise MigrationError(f"the database could not be copied to {copy}: {error}; nothing was changed") from error
        return copy

    def _require_room(self) -> None:
        pages, free_pages, page_bytes = (
            int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        self._size = (pages - free_pages) * page_bytes
        if self._free() < self._size + _RESERVE_BYTES:
            raise self.no_room("before anything was begun")

    def no_room(self, when: str) -> NoRoomError:
        """Return the error for a disk that is full; the copy, which goes with the run, counts as free.

        Args:
            when: Such as `during sales.0002_more`.
        """
        free = self._free() + (self.copy.stat().st_size if self.copy is not None else 0)
        return NoRoomError(
            f"there is no room on the disk of {self.path}, {when}; nothing was changed",
            needed_bytes=max(self._size, 1) * _AT_MOST + _RESERVE_BYTES,
            free_bytes=free,
        )

    def empty_log(self) -> None:
        """Give back what a run has taken for its log; a server that has the database open would keep it."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _free(self) -> int:
        return shutil.disk_usage(self.path.parent).free

    async def restore_if_changed(self) -> bool:
        """Put the copy back if anything was committed since it was made; return whether it had to be."""
        if self.copy is None or self._data_version() == self._version:
            return False
        await self.restore()
        return True

    async def restore(self) -> None:
        """Put the copy back.

        Raises:
            MigrationError: That failed; the message names the file to put back by hand.
        """
        await asyncio.to_thread(self._restore)

    def _restore(self) -> None:
        if self.copy is not None:  # else the database is new, and its maker removes it
            put_back(self.copy, self._connection, self.path)

    async def problem(self) -> str | None:
        """Return what is wrong with the committed file; None when it is sound.

        Rows were counted before the commit: since then a running server may have written some or purged some.
        """
        return await asyncio.to_thread(checked, self._connection)

    def close(self, *, keep_copy: bool) -> None:
        """Give the connection back and remove the copy, or give it the name of one that is to be kept."""
        self._connection.close()
        if self.copy is not None and keep_copy and self.copy.exists():
            self.copy = self.copy.rename(self.copy.with_name(self.copy.name.removesuffix(UNFINISHED)))
        elif self.copy is not None:
            self.copy.unlink(missing_ok=True)
        if self._claim is not None:
            self._claim.release()

    def _data_version(self) -> int:
        """Return a number that changes when another connection commits."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
