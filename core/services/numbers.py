"""Document numbers `{TYPE}-{STORE}-{yyyymmdd}-{seq4}`."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from core.clock import local_date
from core.data.statements import native
from core.ids import uuid7

if TYPE_CHECKING:
    from core.data.database import Database
    from core.scope import Scope

_KIND = re.compile(r"[A-Z][A-Z0-9]{0,7}")


def document_number(kind: str, store_code: str, day: date, sequence: int) -> str:
    """Return the written form; the sequence has four digits and grows to five after 9999."""
    return f"{kind}-{store_code}-{day:%Y%m%d}-{sequence:04d}"


async def next_number(scope: Scope, kind: str, *, store_id: UUID | None = None) -> str:
    """Take the next number of a kind of document for a store's business day; needs a unit of work.

    The numbers of one day are consecutive: the counter is part of the transaction, so that a number taken by one that
    rolls back is given to the next taker. The price is that takers of one kind and store wait for each other until
    they commit: take the number late, after the checks. A transaction that takes several kinds takes them in
    alphabetical order, or two of them may wait for each other.

    Args:
        kind: One to eight capitals and digits, such as `SO`.
        store_id: The caller's store without it.

    Raises:
        ValueError: `kind` has another form.
    """
    from core.data.locking import take_turn
    from core.people.models import Store
    from core.services.models import DocumentCounter

    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind of document: one to eight capitals and digits, a capital first")
    scope.writing()
    store = await Store.get(id=store_id or scope.store_id)
    day = local_date(scope.now(), scope.zone(store.id))
    await take_turn((DocumentCounter._meta.db_table, f"{store.id}/{kind}/{day}"))
    sequence = await _take(scope._dealer.database, DocumentCounter._meta.db_table, store.id, kind, day)
    return document_number(kind, store.code, day, sequence)


async def _take(database: Database, table: str, store_id: UUID, kind: str, day: date) -> int:
    """Raise the counter in one statement, so that parallel takers queue at its row and each sees the one before."""
    sql = (
        f'INSERT INTO "{table}" ("id", "store_id", "kind", "day", "last_number") VALUES (?, ?, ?, ?, 1) '
        f'ON CONFLICT ("store_id", "kind", "day") DO UPDATE SET "last_number" = "{table}"."last_number" + 1 '
        'RETURNING "last_number"'
    )
    rows = await database.fetch(native(sql, database.dialect), (uuid7(), store_id, kind, day))
    return int(rows[0][0])
