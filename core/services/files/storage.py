"""Where the bytes of files lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from core.data.room import NO_ROOM
from core.errors import ForecourtError, StorageFullError


class StorageError(ForecourtError):
    """The storage of files doesn't answer, or a file that a row names is not there."""

    code = "STORAGE"


class Storage(Protocol):
    """Keeps bytes under the hash of these bytes; calls may block and run in a thread."""

    def put(self, key: str, content: bytes) -> None:
        """Keep bytes; to keep the same ones again changes nothing.

        Raises:
            StorageFullError: There is no room for them.
            StorageError: They can't be written for another reason.
        """
        ...

    def get(self, key: str) -> bytes:
        """Return the bytes of a key.

        Raises:
            StorageError: There are none, or they can't be read.
        """
        ...

    def remove(self, key: str) -> None:
        """Forget a key; one that is not there is a no-op."""
        ...

    def entries(self) -> Iterator[tuple[str, float]]:
        """Yield each key and when it was put, in seconds since the epoch."""
        ...


class LocalFolder:
    """A folder of this machine, one per dealer; files are spread over 256 folders by the first two digits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, content: bytes) -> None:
        target = self._path(key)
        if target.exists():
            os.utime(target)  # else a sweep of leftovers may take the file between this moment and the commit
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, content)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise StorageFullError(f"there is no room for files in {self.folder}: make room on its disk") from error
            raise StorageError(f"no file can be written to {self.folder}: {error.strerror}") from error

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except OSError as error:
            raise StorageError(f"the file {key[:12]}… can't be read: {error.strerror}") from error

    def remove(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def entries(self) -> Iterator[tuple[str, float]]:
        for path in self.folder.glob("??/*"):
            if not path.name.startswith("."):
                yield path.name, path.stat().st_mtime

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
            raise StorageError(f"{key[:70]!r} is no storage key")
        return self.folder / key[:2] / key


def _write(target: Path, content: bytes) -> None:
    # A crash leaves a half file under another name, never a wrong one under this.
    part = target.parent / f".{uuid4().hex}.part"
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
