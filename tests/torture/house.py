"""The house that is tortured: a database, two server processes on it, and lines to them that may break."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
import tomlkit

from tests.e2e.server import WITHOUT_TLS, free_port
from tests.own_postgres import Server as Cluster

ROOT: Final = Path(__file__).parents[2]
PLUGINS: Final = ROOT / "tests" / "samples"
START_SECONDS: Final = 90.0
TRANSPORT: Final = (httpx.TransportError,)


class Process:
    """One server process at a time, always at the same port."""

    def __init__(self, house: House, name: str) -> None:
        self.port = free_port()
        self.log = house.folder / f"{name}.log"
        self._house = house
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.cli.main", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self._house.environment,
                stdout=output,
                stderr=output,
            )

    def signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGINT)
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(30)
        self.kill()

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def answers(self) -> None:
        """Wait until it answers; it is started again when it has ended, as a supervisor does it."""
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(verify=WITHOUT_TLS) as client:
            while True:
                if not self.runs:
                    self.start()
                with suppress(*TRANSPORT):
                    if (await client.get(f"{self.url}/healthz", timeout=2)).status_code == 200:
                        return
                await asyncio.sleep(0.2)


class Line:
    """A TCP line to a server that loses answers: it hands the request on, and is cut before the answer is through."""

    def __init__(self, to: Process, chance: random.Random, share: float) -> None:
        self._to = to
        self._chance = chance
        self.share = share
        self.lost = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._connect(reader, writer)
        except asyncio.CancelledError:
            return  # the line is closed
        finally:
            writer.close()
            self._open.discard(task)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loses = self._chance.random() < self.share
        # Before the answer, or in the middle of it.
        most = self._chance.choice((0, 20)) if loses else None
        with suppress(OSError, asyncio.IncompleteReadError):
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to.port)
            there = asyncio.create_task(_copy(reader, to_writer))
            try:
                await _copy(to_reader, writer, most)
                self.lost += loses
            finally:
                there.cancel()
                to_writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, most: int | None = None) -> None:
    with suppress(OSError):
        while part := await source.read(65536):
            if most is not None:
                target.write(part[:most])
                return
            target.write(part)
            await target.drain()


class House:
    """A dealer's installation.

    Attributes:
        cluster: Its PostgreSQL; None on SQLite.
    """

    def __init__(self, folder: Path, cluster: Cluster | None, chance: random.Random, share: float) -> None:
        self.folder = folder
        self.cluster = cluster
        self.url = cluster.url if cluster else f"sqlite://{folder / 'forecourt.sqlite3'}"
        file = folder / "forecourt.toml"
        file.write_text(
            tomlkit.dumps({"plugins": {"folders": [str(PLUGINS)]}, "dealer": {"modules": ["tally"]}}), encoding="utf-8"
        )
        kept = {name: text for name, text in os.environ.items() if not name.startswith("FORECOURT_")}
        self.environment = kept | {"FORECOURT_CONFIG": str(file), "FORECOURT_DATABASE_URL": self.url}
        self.processes = [Process(self, "one"), Process(self, "two")]
        self.lines = [Line(process, chance, share) for process in self.processes]
        self.key = ""

    def run(self, *words: str) -> str:
        """Run `forecourt` to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "core.cli.main", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        if done.returncode:
            raise AssertionError(f"forecourt {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    async def open(self) -> None:
        self.run("migrate")
        found = re.search(r"fck_\S+", self.run("keys", "add", "torture", "--role", "teller", "--store", "S1"))
        assert found is not None
        self.key = found[0]
        for process, line in zip(self.processes, self.lines, strict=True):
            process.start()
            await line.open()
        for process in self.processes:
            await process.answers()

    async def close(self) -> None:
        for line in self.lines:
            await line.close()
        for process in self.processes:
            process.end()

    def said(self) -> str:
        """Return what both servers have logged."""
        return "".join(process.log.read_text(errors="replace") for process in self.processes)


def children(parent: int) -> list[int]:
    """Return the processes that one has started."""
    return [int(number) for number in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """Stop processes for a while."""
    stopped = []
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                stopped.append(pid)
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
