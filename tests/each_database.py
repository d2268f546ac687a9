"""Runs the suite once per database, each in a process of its own, and checks the coverage of both together.

Usage: python tests/each_database.py [--disk]

Without an option files lie on a RAM disk where there is one, and a PostgreSQL of the suite's own doesn't wait for a
disk either. `--disk` runs what is about keeping data with both on a real disk, as a dealer has them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from tests.own_postgres import ServerError, own_server, programs
from tests.timing import TIMES

ROOT: Final = Path(__file__).parents[1]

GIVEN_URL: Final = os.environ.get("FORECOURT_TEST_POSTGRES_URL", "")
MACHINE_URL: Final = "postgres://postgres@127.0.0.1:5432/postgres"
RAM_DISK: Final = Path("/dev/shm")
PREFIX: Final = "forecourt-tests-"
NEEDED_BYTES: Final = 2 * 2**30

KEEPS_DATA: Final = [f"tests/core/{name}" for name in ("data", "events", "jobs", "migrations", "write")]
POSTGRES_CODE: Final = [f"tests/core/{name}" for name in ("api", "data", "migrations", "read", "testing")]
"""The tests that reach the lines which PostgreSQL alone has; coverage of the others repeats what SQLite's has told."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one call's files and PostgreSQL are.

    Attributes:
        url: Empty where there is no PostgreSQL to be had; `fault` says why.
    """

    folder: Path
    url: str
    fault: str = ""


@contextmanager
def place(*, on_disk: bool) -> Iterator[Place]:
    """Make a folder for the files of tests, and find or start a PostgreSQL."""
    parent = ROOT / "build" if on_disk or not _has_ram_disk() else RAM_DISK
    parent.mkdir(exist_ok=True)
    _clear_up(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    folder.chmod(0o711)  # another user may run PostgreSQL, whose folder lies in it
    try:
        with ExitStack() as stack:
            url = GIVEN_URL or _own(stack, folder, durable=on_disk) or MACHINE_URL
            fault = asyncio.run(why_unusable(url))
            yield Place(folder, "" if fault else url, fault)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(stack: ExitStack, folder: Path, *, durable: bool) -> str:
    """Return the address of a server that runs until the stack ends; nothing where that can't be."""
    found = programs()
    try:
        return stack.enter_context(own_server(found, folder, durable=durable)).url if found else ""
    except ServerError as error:
        sys.stderr.write(f"The suite can't start a PostgreSQL of its own, so it takes the machine's. {error}\n")
        return ""


def _clear_up(parent: Path) -> None:
    """Remove what killed runs have left."""
    for folder in parent.glob(f"{PREFIX}*"):
        process = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", process).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _has_ram_disk() -> bool:
    return os.access(RAM_DISK, os.W_OK) and shutil.disk_usage(RAM_DISK).free > NEEDED_BYTES


async def why_unusable(url: str) -> str:
    """Return why the tests can't use a PostgreSQL; nothing when they can."""
    try:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            if not await connection.fetchval(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ):
                return "its user may not create databases"
        finally:
            await connection.close(timeout=10)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # An address that is asked for may hold a password, so it is not shown.
        return f"{type(error).__name__}: {error}".strip(": ")
    return ""


@dataclass(slots=True)
class Suite:
    """Runs of pytest in one place; the last one says which of the earlier ones have failed.

    Attributes:
        note: What its last lines say beside pytest's own.
    """

    place: Place
    durable: bool
    note: str = ""
    worst: int = 0

    def run(self, database: str, name: str, title: str, *options: str) -> None:
        """Run tests on a database in a process of its own.

        Args:
            name: Of the file that holds the times of its tests afterwards.
        """
        sys.stdout.write(f"\n{title}\n")
        sys.stdout.flush()
        command = [sys.executable, "-m", "pytest", "-n", "auto", *options]
        with subprocess.Popen(command, cwd=ROOT, env=self._environment(database, name)) as process:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                process.wait()  # Ctrl-C has reached it, too, and it sums up
                raise
            except SystemExit:
                process.send_signal(signal.SIGINT)
                process.wait()
                raise
        if code:
            self.note += f"FAILED (exit code {code}), see above: {title}\n"
            self.worst = self.worst or code

    def _environment(self, database: str, name: str) -> Mapping[str, str]:
        own = {
            "TMPDIR": str(self.place.folder),
            # The suite starts dozens of processes; what one has compiled serves the others.
            "PYTHONPYCACHEPREFIX": str(self.place.folder / "compiled"),
            "PYTHONDONTWRITEBYTECODE": "",
            "FORECOURT_TEST_DATABASE": database,
            "FORECOURT_TEST_POSTGRES_URL": self.place.url,
            "FORECOURT_TEST_DURABLE": "yes" if self.durable else "",
            "FORECOURT_TEST_NOTE": self.note,
            "FORECOURT_TEST_TIMES": str(TIMES / f"{name}.json"),
        }
        return {**os.environ, **own}


def whole(suite: Suite) -> None:
    """Run all on both databases; the lines that are covered on either count, and stand before the last run."""
    shutil.rmtree(TIMES, ignore_errors=True)  # nobody is to compare those of another time
    suite.run("sqlite", "sqlite", "The suite on SQLite", "--cov", "--cov-report=", "--cov-fail-under=0")
    others = [f"--ignore={folder}" for folder in POSTGRES_CODE]
    own = "The suite on PostgreSQL: its own code"
    suite.run("postgres", "postgres-own", own, "--cov", "--cov-append", *POSTGRES_CODE)
    suite.run("postgres", "postgres", "The suite on PostgreSQL: the rest", *others)


def keeping_data(suite: Suite) -> None:
    """Run what must survive on both databases."""
    for database in ("sqlite", "postgres"):
        suite.run(database, f"disk-{database}", f"What keeps data, on {database} on a disk", *KEEPS_DATA)


def main() -> int:
    on_disk = "--disk" in sys.argv[1:]
    with place(on_disk=on_disk) as found:
        suite = Suite(found, durable=on_disk)
        if found.url:
            (keeping_data if on_disk else whole)(suite)
            return suite.worst
        where = "FORECOURT_TEST_POSTGRES_URL" if GIVEN_URL else MACHINE_URL
        missing = f"there is none at {where} ({found.fault})"
        if os.environ.get("CI", "").lower() in {"true", "1"}:
            sys.stderr.write(f"CI needs PostgreSQL, and {missing}\n")
            return 1
        suite.note = f"LEFT OUT: the suite on PostgreSQL and the coverage floor; {missing}\n"
        if on_disk:
            suite.run("sqlite", "disk-sqlite", "What keeps data, on sqlite on a disk", *KEEPS_DATA)
        else:
            suite.run("sqlite", "sqlite", "The suite on SQLite")
        return suite.worst


def _end(*_: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
