"""Whether a database, or a folder, has room for what is to be written there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Final

from core.data.transaction import logger
from core.errors import StorageFullError

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
WANTED_BYTES: Final = 2**20
"""With less than this free, a disk counts as full when it is asked."""
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 60.0


def has_room(folder: Path, size: int = WANTED_BYTES) -> bool:
    """Return whether a file of a number of bytes finds room in a folder; it writes one, so it may take a moment.

    What a file system says of its free bytes holds neither for quotas nor for what it keeps for others.
    """
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            content = memoryview(os.urandom(size))  # zeros would take none where files are compressed
            while content:
                content = content[file.write(content) :]
    except OSError as error:
        return error.errno not in NO_ROOM
    return True


class Room:
    """Remembers that a database was full until it is asked and has room again.

    A write that succeeds meanwhile says nothing: it may have found a page that was half empty.

    Args:
        place: What is full, for messages.
        probe: Tries to write something of `WANTED_BYTES` and returns whether there was room.
    """

    __slots__ = ("_ask_at", "_pause", "_place", "_probe", "is_full")

    def __init__(self, place: str, probe: Callable[[], Awaitable[bool]]) -> None:
        self.is_full = False
        self._place = place
        self._probe = probe
        self._pause = _FIRST_PAUSE_SECONDS
        self._ask_at = 0.0

    def exhausted(self) -> StorageFullError:
        """Note that a write found no room, and return the error for it."""
        if not self.is_full:
            self.is_full = True
            self._pause = _FIRST_PAUSE_SECONDS
            self._ask_at = monotonic() + self._pause
            logger.error("there is no room for the %s: writes fail and background work waits", self._place)
        return StorageFullError(self.problem)

    @property
    def problem(self) -> str:
        """What is wrong while it is full, and what to do."""
        return f"there is no room for the {self._place}, and nothing was changed: make room on its disk"

    async def is_there(self) -> bool:
        """Return whether there is room as far as is known; while there was none, ask after pauses that grow to 60 s.

        Raises:
            DatabaseUnavailableError: It can't be asked.
        """
        if not self.is_full:
            return True
        if monotonic() < self._ask_at:
            return False
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
        self._ask_at = monotonic() + self._pause
        if not await self._probe():
            return False
        self.is_full = False
        logger.warning("there is room for the %s again", self._place)
        return True

    def ask_at_once(self) -> None:
        """Let the next question be put without a pause, because somebody says that he has made room."""
        self._ask_at = 0.0
