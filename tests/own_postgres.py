"""A PostgreSQL of the tests' own: made in a moment, stopped and started at will, and thrown away at the end."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_SECONDS_TO_START: Final = 60
_SECONDS_TO_STOP: Final = 30
_ATTEMPTS: Final = 5
_SET_PARENT_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
_WITHOUT_DISK: Final = {"fsync": "off", "full_page_writes": "off"}
"""What is acknowledged survives a crash of the server, not one of the machine."""
_ACCOUNTS: Final = ("postgres", "nobody")


class ServerError(Exception):
    """PostgreSQL can't be made or does not start; the text is what it printed."""


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest if there are several; None where there are none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(packaged, key=lambda path: float(path.parts[-3]), default=None)
    return newest and newest.parent


@contextmanager
def own_server(programs: Path, parent: Path | None = None, *, durable: bool = False) -> Iterator[Server]:
    """Run a server on a free port of the loopback interface until the end of the block.

    Args:
        parent: The folder for its data, which other users may enter; that for temporary files without it.
        durable: Let commits wait for the disk, as a server in production does.

    Raises:
        ServerError: It can't be made, or does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=parent))
    try:
        server = Server(programs, folder, {} if durable else _WITHOUT_DISK)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """A server in a folder of its own.

    Attributes:
        url: Of its superuser; the same after a new start.
    """

    def __init__(self, programs: Path, folder: Path, options: dict[str, str]) -> None:
        self.url = ""
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        self._options = options
        self._account = account()
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        if self._account:
            os.chown(folder, self._account["user"], self._account["group"])
        self._make()

    @property
    def pid(self) -> int:
        """Of the process that started the others; there must be one."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers; another process may take the port that was free a moment ago."""
        for _ in range(_ATTEMPTS):
            port = self._port or _free_port()
            self._process = self._started(port)
            if self._answers(self._process):
                self._port = port
                self.url = f"postgres://postgres@127.0.0.1:{port}/postgres"
                return
            self.stop()
        raise ServerError(f"postgres: {(self._folder / 'log').read_text(errors='replace')}")

    def stop(self, *, crash: bool = False) -> None:
        """End it: roll back and disconnect whoever is there, or break off as when the power goes."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _make(self) -> None:
        initdb = self._programs / "initdb"
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        try:
            done = subprocess.run(
                [initdb, "-D", self._data, *options],
                cwd=self._folder,
                capture_output=True,
                text=True,
                check=False,
                **self._account,
            )
        except OSError as error:
            raise ServerError(f"{initdb}: {error.strerror}") from error
        if done.returncode:
            raise ServerError(f"initdb: {done.stdout}{done.stderr}")

    def _started(self, port: int) -> subprocess.Popen[bytes]:
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", **self._options}
        options = [f"--{name}={value}" for name, value in settings.items()]
        with (self._folder / "log").open("wb") as output:
            # In a session of its own: Ctrl-C is for the tests, which end it when they have closed what they opened.
            return subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *options],
                cwd=self._folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with_parent,
                **self._account,
            )

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + _SECONDS_TO_START
        status = self._data / "postmaster.pid"
        while process.poll() is None and time.monotonic() < deadline:
            # A crash leaves the file of the process before. Its last line is written when connections are taken.
            lines = status.read_text().split() if status.exists() else []
            if lines and lines[0] == str(process.pid) and lines[-1] == "ready":
                return True
            time.sleep(0.02)
        return False


def account() -> dict[str, Any]:
    """Return as whom it runs, for `subprocess`: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    for name in _ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise ServerError(f"root can't run PostgreSQL, and there is no user {' or '.join(_ACCOUNTS)}")


def _end_with_parent() -> None:
    """Ask Linux to end this process when the thread that started it ends, by a kill for example."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
