"""Waits until the house is at rest, and reads what it holds."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from typing import Any, Final

from core.data.database import Database, DatabaseUnavailableError
from core.ids import global_id
from tests.torture.history import State
from tests.torture.house import House

REST_SECONDS: Final = 180.0
"""Claims of killed workers end after a minute, and sweeps follow."""

_UNREST: Final = {
    "events that are not delivered": 'SELECT count(*) FROM "core_outbox_event" WHERE "dispatched_at" IS NULL',
    "streams that are due": 'SELECT count(*) FROM "core_event_stream" WHERE "due_at" IS NOT NULL',
    "leases of streams": 'SELECT count(*) FROM "core_event_stream" WHERE "lease" IS NOT NULL',
    "leases of jobs": 'SELECT count(*) FROM "core_scheduled_job" WHERE "lease" IS NOT NULL',
    "jobs that wait": 'SELECT count(*) FROM "core_scheduled_job" WHERE "schedule" IS NULL AND "wake_at" IS NOT NULL',
    "entries without a seal": 'SELECT count(*) FROM "core_audit_entry" WHERE "seq" IS NULL',
}
_GIVEN_UP: Final = {
    "dead jobs": 'SELECT count(*) FROM "core_scheduled_job" WHERE "state" = \'DEAD\'',
    "dead letters": 'SELECT count(*) FROM "core_inbox_receipt" WHERE "state" = \'DEAD\'',
}


async def at_rest(house: House) -> State:
    """Return what the house holds when nothing is under way any more, or when it should long be so."""
    database = Database(house.url)
    try:
        waiting = await _unrest(database)
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                while waiting:
                    await asyncio.sleep(0.5)
                    waiting = await _unrest(database)
        waiting += await _counted(database, _GIVEN_UP)
        return await _state(database, waiting, _unsound(house))
    finally:
        await database.close()


def _unsound(house: House) -> list[str]:
    try:
        said = house.run("audit", "verify")
    except AssertionError as error:
        return [str(error)]
    return [line for line in said.splitlines() if "not sealed yet" in line]


async def _unrest(database: Database) -> list[str]:
    try:
        return await _counted(database, _UNREST)
    except DatabaseUnavailableError as error:
        return [str(error)]


async def _counted(database: Database, statements: dict[str, str]) -> list[str]:
    counts = {what: (await _rows(database, sql))[0][0] for what, sql in statements.items()}
    return [f"there are {number} {what}" for what, number in counts.items() if number]


async def _rows(database: Database, sql: str) -> list[Any]:
    token = database.activate()
    try:
        return await database.fetch(sql)
    finally:
        database.deactivate(token)


async def _state(database: Database, waiting: list[str], unsound: list[str]) -> State:
    def account(row_id: Any) -> str:
        return _gid("Account", row_id)

    accounts = await _rows(database, 'SELECT "id", "name", "balance", "version" FROM "tally_account"')
    postings = await _rows(database, 'SELECT "key", "id", "account_id", "amount", "number" FROM "tally_posting"')
    versions: defaultdict[str, list[int]] = defaultdict(list)
    audited = 'SELECT "row_id", "version", "entity" FROM "core_audit_entry" WHERE "module" = \'tally\''
    for row_id, version, entity in await _rows(database, audited):
        versions[_gid(entity, row_id)].append(version)
    return State(
        accounts={account(row_id): (name, balance, version) for row_id, name, balance, version in accounts},
        postings=[
            (key, _gid("Posting", row_id), account(of), amount, number) for key, row_id, of, amount, number in postings
        ],
        echoes=[_gid("Posting", row[0]) for row in await _rows(database, 'SELECT "posting_id" FROM "tally_echo"')],
        chores=[_gid("Posting", row[0]) for row in await _rows(database, 'SELECT "posting_id" FROM "tally_chore"')],
        versions=dict(versions),
        waiting=waiting,
        unsound=unsound,
    )


def _gid(kind: str, row_id: Any) -> str:
    from uuid import UUID

    return global_id(kind, row_id if isinstance(row_id, UUID) else UUID(str(row_id)))
