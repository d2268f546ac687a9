"""Watches over one SQLite file while it is migrated: copies it first, and puts the copy back if anything differs."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path
from typing import Final

from core.clock import SystemClock
from core.migrations.errors import MigrationError

_PARTIAL: Final = ".partial"


class SqliteGuard:
    """Holds a connection of its own, which sees only what has been committed.

    Use it while the migration's transaction is open: nobody else can write then, so the copy is the present state.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.copy: Path | None = None
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._version = 0

    async def make_copy(self) -> Path:
        """Copy the database beside itself, compacted, with the time in its name and the same access rights.

        Raises:
            MigrationError: It can't be written, such as for lack of room.
        """
        self._version = self._data_version()
        self.copy = await asyncio.to_thread(self._make_copy)
        return self.copy

    def _make_copy(self) -> Path:
        stamp = SystemClock().now().strftime("%Y%m%dT%H%M%S%fZ")
        copy = self.path.with_name(f"{self.path.name}.before-migration-{stamp}")
        partial = copy.with_name(copy.name + _PARTIAL)
        for left_over in self.path.parent.glob(f"{self.path.name}.before-migration-*{_PARTIAL}"):
            left_over.unlink()
        try:
            partial.touch(mode=self.path.stat().st_mode & 0o777)
            self._connection.execute("VACUUM INTO ?", [str(partial)])
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.rename(copy)
        except (sqlite3.Error, OSError) as error:
            partial.unlink(missing_ok=True)
            raise MigrationError(f"the database could not be copied to {copy}: {error}; nothing was changed") from error
        return copy

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
        if self.copy is None:
            return  # the database is new, and its maker removes it
        try:
            source = sqlite3.connect(self.copy)
            try:
                source.backup(self._connection)
            finally:
                source.close()
        except sqlite3.Error as error:
            raise MigrationError(
                f"the database could not be put back ({error}); stop the server and replace {self.path} by {self.copy}"
            ) from error

    async def problem(self) -> str | None:
        """Return what is wrong with the committed file; None when it is sound.

        Rows were counted before the commit: since then a running server may have written some or purged some.
        """
        return await asyncio.to_thread(self._problem)

    def _problem(self) -> str | None:
        try:
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            return str(error)
        return None if found == "ok" else str(found)

    def close(self, *, keep_copy: bool) -> None:
        """Give the connection back and remove the copy unless it is to be kept."""
        self._connection.close()
        if self.copy is not None and not keep_copy:
            self.copy.unlink(missing_ok=True)

    def _data_version(self) -> int:
        """Return a number that changes when another connection commits."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
