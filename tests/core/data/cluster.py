"""A PostgreSQL server of a test's own, which it may stop and start."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


def programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, the newest if there are several."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


class Cluster:
    """A server in a folder, on a port of its own, without the care for power cuts that would make it slow."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self._folder = folder
        self._binaries = binaries
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self.url = f"postgres://postgres@127.0.0.1:{self._port}/postgres"

    async def make(self) -> None:
        await self._run("initdb", "-A", "trust", "-U", "postgres", "-N")

    async def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        await self._run("pg_ctl", "-w", "-o", options, "-l", str(self._folder / "log"), "start")

    async def stop(self) -> None:
        """End the server at once, as a crash does."""
        await self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    async def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), "-D", str(self._folder), *arguments]
        # In a thread, because clients go on meanwhile.
        await asyncio.to_thread(
            subprocess.run,
            command,
            check=True,
            timeout=60,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            user=self._user,
        )


@asynccontextmanager
async def running_cluster(binaries: Path) -> AsyncIterator[Cluster]:
    """Run a server until the end of the block; not in pytest's folders, which are closed to other users."""
    with TemporaryDirectory(prefix="forecourt_cluster_") as folder:
        cluster = Cluster(Path(folder), binaries)
        await cluster.make()
        await cluster.start()
        try:
            yield cluster
        finally:
            await cluster.stop()
