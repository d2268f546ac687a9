"""A PostgreSQL of the suite's own: made in a moment, thrown away at the end, so that it need not wait for the disk."""

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
_WITHOUT_DISK: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_ACCOUNTS: Final = ("postgres", "nobody")


class ServerError(Exception):
    """PostgreSQL does not start; the text is what it printed."""


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs; None where the machine has none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(packaged, key=lambda path: float(path.parts[-3]), default=None)
    return newest and newest.parent


@contextmanager
def own_server(programs: Path, folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Run a server on a free port of the loopback interface, and give the address of its superuser.

    Args:
        folder: Where its data lie until the end.
        durable: Let commits wait for the disk, as a server in production does.

    Raises:
        ServerError: It can't be made, or does not start.
    """
    account = _account()
    place = Path(tempfile.mkdtemp(prefix="postgres-", dir=folder))
    try:
        if account:
            os.chown(place, account["user"], account["group"])
        data = place / "data"
        _make(programs / "initdb", data, account)
        process, port = _started(programs / "postgres", data, account, {} if durable else _WITHOUT_DISK)
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            _stop(process)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _account() -> dict[str, Any]:
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


def _make(initdb: Path, data: Path, account: dict[str, Any]) -> None:
    options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
    command: list[str | Path] = [initdb, "--pgdata", data, *options]
    try:
        done = subprocess.run(command, cwd=data.parent, capture_output=True, text=True, check=False, **account)
    except OSError as error:
        raise ServerError(f"{initdb}: {error.strerror}") from error
    if done.returncode:
        raise ServerError(f"initdb: {done.stdout}{done.stderr}")


def _started(
    postgres: Path, data: Path, account: dict[str, Any], options: dict[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Start it; another process may take the port that was free a moment ago, so try again then."""
    log = data.parent / "log"
    for _ in range(_ATTEMPTS):
        port = _free_port()
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", **options}
        command: list[str | Path] = [postgres, "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
        with log.open("wb") as output:
            # In a session of its own: Ctrl-C is for the tests, which end it when they have closed what they opened.
            process = subprocess.Popen(
                command,
                cwd=data.parent,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with_parent,
                **account,
            )
        if _answers(process, data):
            return process, port
        _stop(process)
    raise ServerError(f"postgres: {log.read_text(errors='replace')}")


def _end_with_parent() -> None:
    """Ask Linux to end this process when whoever started it is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGINT)


def _answers(process: subprocess.Popen[bytes], data: Path) -> bool:
    deadline = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        status = data / "postmaster.pid"
        # Its last line is written when connections are taken.
        if status.exists() and status.read_text().rstrip().endswith("ready"):
            return True
        time.sleep(0.02)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # it rolls back and disconnects whoever is left
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
