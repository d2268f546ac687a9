"""The data sets: made once per size in databases of their own, and kept as long as their mark is right."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from benchmarks.errors import BenchmarkError

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "benchmarks"
STATE: Final = FOLDER / ".state"
VERSION: Final = 1
"""Raise it with every change of `fill.sql`, so that data sets are made anew."""
DEFAULT_URL: Final = "postgres://postgres@127.0.0.1:5432/forecourt_bench"
URL_VARIABLE: Final = "FORECOURT_BENCH_DATABASE_URL"
CUSTOMERS: Final = 100_000
VEHICLES_EACH: Final = 2
FOLLOW_UPS_EACH: Final = 5
WRITTEN: Final = (
    "core_audit_entry", "core_audit_chain", "core_outbox_event", "core_event_stream", "core_inbox_receipt",
    "core_idempotency_record", "core_scheduled_job",
)  # fmt: skip
"""What Forecourt writes beside the rows of a command."""
CREATED: Final = "benchmark"
"""The subject of every follow-up that a run creates; they are removed again."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One database with its rows.

    Attributes:
        url: With user and name, as asyncpg, pg and Forecourt take it.
    """

    url: str
    customers: int
    store_id: str
    store_code: str


def base_url() -> str:
    """Return the address of the main data set's database; the others' names begin with it."""
    return os.environ.get(URL_VARIABLE) or DEFAULT_URL


async def prepare(customers: int = CUSTOMERS, *, environment: Mapping[str, str]) -> Dataset:
    """Return the data set of a size; make it if it is not there, and bring its tables to the newest schema.

    Args:
        environment: Of the command `forecourt`.
    """
    url = base_url() if customers == CUSTOMERS else _sized(base_url(), customers)
    if await _mark(url) != _complete(customers):
        await _make_anew(url, customers)
        migrate(url, environment)
        await _fill(url, customers)
    else:
        try:
            migrate(url, environment)
        except BenchmarkError as error:
            raise BenchmarkError(f"{error} (or drop the database {_name(url)}: it is made anew)") from None
    async with Connected(url) as connection:
        # What lies on an SSD or in memory is read anywhere at nearly the same cost; the default is for turning disks.
        await connection.execute(f"ALTER DATABASE {_quoted(_name(url))} SET random_page_cost = 1.1")
        await _tidy(connection)
        store = await connection.fetchrow("SELECT id, code FROM core_store ORDER BY code LIMIT 1")
    return Dataset(url, customers, str(store["id"]), store["code"])


def migrate(url: str, environment: Mapping[str, str]) -> None:
    """Make or change tables as `forecourt migrate` does."""
    forecourt("migrate", environment={**environment, "FORECOURT_DATABASE_URL": url})


def forecourt(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run the command `forecourt` of this working copy and return what it prints."""
    command = [sys.executable, "-m", "core.cli.main", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise BenchmarkError(f"`forecourt {' '.join(arguments)}` failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def forecourt_environment(data_folder: Path) -> dict[str, str]:
    """Return the environment of a production-like Forecourt with keys made for this run."""
    data_folder.mkdir(parents=True, exist_ok=True)
    names = ("ENCRYPTION_KEYS", "INDEX_KEY", "TOKEN_KEY")
    keys = {f"FORECOURT_SECRET_{name}": b64encode(secrets.token_bytes(32)).decode() for name in names}
    keys["FORECOURT_SECRET_ENCRYPTION_KEYS"] = f"1:{keys['FORECOURT_SECRET_ENCRYPTION_KEYS']}"
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("FORECOURT_") and key != "PORT"},
        "PYTHONPATH": str(ROOT),
        "FORECOURT_CONFIG": str(FOLDER / "forecourt.toml"),
        "FORECOURT_DATA_FOLDER": str(data_folder),
        **keys,
    }


async def postgres_version(url: str) -> str:
    """Return the version of the server that a database is on."""
    async with Connected(url) as connection:
        shown: str = await connection.fetchval("SHOW server_version")
    return shown


async def tidy(dataset: Dataset) -> None:
    """Remove what a run has written, so that the next one meets the same rows."""
    async with Connected(dataset.url) as connection:
        await _tidy(connection)


async def _tidy(connection: Any) -> None:
    await connection.execute(f"TRUNCATE {', '.join(WRITTEN)}")
    # Each deleted row is looked for as another task's predecessor, which no index serves: Forecourt deletes none.
    await connection.execute(
        "CREATE INDEX bench_tidy ON customers_follow_up_task (follows_id) WHERE follows_id IS NOT NULL"
    )
    await connection.execute("DELETE FROM customers_follow_up_task WHERE subject = $1", CREATED)
    await connection.execute("DROP INDEX bench_tidy")
    await connection.execute("VACUUM ANALYZE")


async def _fill(url: str, customers: int) -> None:
    script = (FOLDER / "fill.sql").read_text()
    amounts = {"customers": 1, "vehicles": VEHICLES_EACH, "follow_ups": FOLLOW_UPS_EACH}
    for name, each in amounts.items():
        script = script.replace(f":{name}", str(each * customers))
    async with Connected(url) as connection:
        async with connection.transaction():
            await connection.execute(script)
        await connection.execute(f"COMMENT ON DATABASE {_quoted(_name(url))} IS '{_complete(customers)}'")


async def _mark(url: str) -> str | None:
    """Return the mark of a database; None if there is no such database."""
    sql = "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = $1"
    async with Connected(_server(url)) as connection:
        mark: str | None = await connection.fetchval(sql, _name(url))
    return mark


async def _make_anew(url: str, customers: int) -> None:
    mark, name = await _mark(url), _name(url)
    if mark is not None and not mark.startswith("forecourt benchmark"):
        raise BenchmarkError(
            f"there is a database {name} that is no data set of this benchmark; drop it, or name another one "
            f"in {URL_VARIABLE}"
        )
    print(f"making the data set of {customers:,} customers in {name}; it is kept for the next run", flush=True)
    async with Connected(_server(url)) as connection:
        await connection.execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {_quoted(name)}")
        await connection.execute(f"COMMENT ON DATABASE {_quoted(name)} IS 'forecourt benchmark, not filled yet'")


def _complete(customers: int) -> str:
    return f"forecourt benchmark, data {VERSION}, {customers} customers"


class Connected:
    def __init__(self, url: str) -> None:
        self.url = url

    async def __aenter__(self) -> Any:
        try:
            self.connection = await asyncpg.connect(self.url, timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise BenchmarkError(
                f"the PostgreSQL at {urlsplit(self.url).hostname}:{urlsplit(self.url).port or 5432} can't be used "
                f"({error}); start it, or say in {URL_VARIABLE} where there is one: {DEFAULT_URL}"
            ) from None
        return self.connection

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _server(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/postgres"))


def _sized(url: str, customers: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path}_{customers}"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
