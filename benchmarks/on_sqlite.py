"""A small SQLite database with the first customers of the data set, for the stacks that run on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from benchmarks.dataset import STATE, VERSION, Connected, Dataset, migrate
from benchmarks.operations import Samples

CUSTOMERS: Final = 10_000
_TABLES: Final = {
    "core_user": "TRUE",
    "customers_customer": "id <= $1",
    "customers_customer_vehicle": "customer_id <= $1",
    "customers_follow_up_task": "customer_id <= $1",
}


async def copy_to_sqlite(source: Dataset, environment: Mapping[str, str]) -> Dataset:
    """Return a SQLite database with the first customers of a data set; it is kept for the next run."""
    path = STATE / f"forecourt-{CUSTOMERS}-{VERSION}.sqlite3"
    mark = path.with_suffix(".complete")
    url = f"sqlite://{path}"
    if not mark.exists():
        for old in STATE.glob(f"{path.name}*"):
            old.unlink()
    migrate(url, environment)
    with closing(sqlite3.connect(path)) as target:
        store_id, store_code = target.execute("SELECT id, code FROM core_store ORDER BY code LIMIT 1").fetchone()
        if not mark.exists():
            await _copy(source, target, store_id)
            mark.touch()
    return replace(source, url=url, customers=CUSTOMERS, store_id=store_id, store_code=store_code)


async def _copy(source: Dataset, target: sqlite3.Connection, store_id: str) -> None:
    async with Connected(source.url) as connection:
        last = await connection.fetchval("SELECT id FROM customers_customer ORDER BY id OFFSET $1", CUSTOMERS - 1)
        for table, condition in _TABLES.items():
            rows = await connection.fetch(
                f"SELECT * FROM {table} WHERE {condition}", *([last] if "$1" in condition else [])
            )
            columns = list(rows[0].keys())
            values = [[store_id if name == "store_id" else _stored(row[name]) for name in columns] for row in rows]
            _insert(target, table, columns, values)
    target.execute("ANALYZE")
    target.commit()


def _insert(target: sqlite3.Connection, table: str, columns: Sequence[str], values: Sequence[Sequence[Any]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    target.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", values)


def _stored(value: Any) -> Any:
    """Return a value as Forecourt keeps it in SQLite."""
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.isoformat()
        case bool():
            return int(value)
    return value


def sqlite_samples(dataset: Dataset) -> Samples:
    """Pick the rows that operations are asked about."""
    with closing(sqlite3.connect(dataset.url.removeprefix("sqlite://"))) as connection:
        rows = connection.execute("SELECT id FROM customers_customer ORDER BY substr(id, 30) LIMIT 1000").fetchall()
    return Samples([row[0] for row in rows], [], [], dataset.store_id)
