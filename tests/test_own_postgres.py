"""The suite's own PostgreSQL answers, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.own_postgres import ServerError, own_server, programs

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(programs() is None, reason="this machine has no initdb"),
]

KEEPER = """
import sys, time
from pathlib import Path
from tests.own_postgres import own_server, programs

with own_server(programs(), Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user may enter, who runs PostgreSQL where the tests are root's.

    It is not below `tmp_path`: whichever pytest starts beside this one closes the folder above that to others.
    """
    with tempfile.TemporaryDirectory() as made:
        path = Path(made)
        path.chmod(0o711)
        yield path


def setting(url: str, name: str) -> str | None:
    """Return a setting of a server; None where none answers."""

    async def ask() -> str | None:
        try:
            connection = await asyncpg.connect(url, timeout=5)
        except (OSError, asyncpg.PostgresError):
            return None
        try:
            found: str = await connection.fetchval(f"SHOW {name}")
            return found
        finally:
            await connection.close()

    return asyncio.run(ask())


@pytest.mark.parametrize(("durable", "waits"), [(False, "off"), (True, "on")])
def test_server_answers_while_it_is_there_and_leaves_nothing(folder: Path, durable: bool, waits: str) -> None:
    found = programs()
    assert found is not None
    with own_server(found, folder, durable=durable) as server:
        assert setting(server.url, "fsync") == waits
        assert setting(server.url, "synchronous_commit") == "on"
        assert setting(server.url, "listen_addresses") == "127.0.0.1"
        server.stop(crash=True)
        assert setting(server.url, "fsync") is None
        server.start()
        assert setting(server.url, "fsync") == waits
    assert setting(server.url, "fsync") is None
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_server_ends_with_whoever_is_killed(folder: Path) -> None:
    command = [sys.executable, "-c", KEEPER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        url = keeper.stdout.readline().strip()
        assert setting(url, "fsync") == "off"
        keeper.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while setting(url, "fsync") is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_server_that_can_not_be_made_says_why(folder: Path) -> None:
    with pytest.raises(ServerError, match="initdb"), own_server(folder, folder):
        pass
