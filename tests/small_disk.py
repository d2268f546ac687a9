"""A file system of a few megabytes for tests, which can really be filled up, and a database on it."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.own_postgres import account, own_server, programs

_OWN_MOUNTS: Final = 0x00020000  # CLONE_NEWNS of unshare(2)
_PRIVATE_AND_BELOW: Final = 0x00040000 | 0x4000  # MS_PRIVATE and MS_REC of mount(2)
_LATER: Final = 2  # MNT_DETACH of umount2(2)
_PIECE: Final = 4096
_SECONDS: Final = 30


class NoSmallDiskError(Exception):
    """This machine does not let the tests mount a file system; the text says why."""


class SmallDisk:
    """A file system that nobody else sees.

    Attributes:
        url: Of an empty database that lies on it; on PostgreSQL its log and the system's tables lie elsewhere.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite://{folder / 'forecourt.db'}"
        self._ballast = folder / "ballast"

    @property
    def free(self) -> int:
        """The bytes that are free."""
        return shutil.disk_usage(self.folder).free

    def fill(self, *, leave: int = 0) -> None:
        """Take all that is free, and then give a number of bytes back."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(_PIECE))
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017 - any write may be the one that fails
            if leave:
                file.truncate(file.tell() - leave)

    def make_room(self) -> None:
        """Give all of it back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Mount a file system for this process and those that it starts; it is gone with the process at the latest.

    Raises:
        NoSmallDiskError: That can't be done here.
    """
    folder = Path(tempfile.mkdtemp(prefix="disk-"))
    try:
        _mount(folder, megabytes)
        try:
            yield SmallDisk(folder)
        finally:
            _call("umount2", str(folder).encode(), _LATER)
    finally:
        folder.chmod(0o700)
        folder.rmdir()


@contextmanager
def small_disk_of_postgres(megabytes: int) -> Iterator[SmallDisk]:
    """Do the same with a server of its own, whose database lies on that disk.

    Raises:
        NoSmallDiskError: That can't be done here.
    """
    found = programs()
    if found is None:
        raise NoSmallDiskError("PostgreSQL's own programs, such as initdb, are not on this machine")
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(megabytes))
        disk.folder.chmod(0o711)
        place = disk.folder / "tables"
        place.mkdir()
        runs_as = account()
        os.chown(place, runs_as["user"], runs_as["group"])
        server = stack.enter_context(own_server(found))
        disk.url = f"{server.url.rpartition('/')[0]}/small"
        asyncio.run(_make_database(server.url, place))
        yield disk


async def _make_database(url: str, place: Path) -> None:
    connection = await asyncpg.connect(url, timeout=_SECONDS)
    try:
        await connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        await connection.execute("CREATE DATABASE small TABLESPACE small")
    finally:
        await connection.close(timeout=_SECONDS)


def _mount(folder: Path, megabytes: int) -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        raise NoSmallDiskError("only root on Linux may mount a small file system: run the tests as root")
    # A view of the mounts of this thread and those that it starts: the machine sees none of them.
    _call("unshare", _OWN_MOUNTS)
    _call("mount", b"none", b"/", None, _PRIVATE_AND_BELOW, None)
    _call("mount", b"forecourt-test", str(folder).encode(), b"tmpfs", 0, f"size={megabytes}m".encode())


def _call(name: str, *arguments: Any) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        raise NoSmallDiskError(f"{name}: {os.strerror(ctypes.get_errno())}")
