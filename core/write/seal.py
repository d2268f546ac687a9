"""Links committed audit entries by hash, apart from the transactions that wrote them, and checks the links.

An entry's hash is SHA-256 over the canonical JSON (keys sorted, no blanks, UTF-8) of an object with exactly these keys:
`action actor after at before chain command entity id module prev_hash reason request_id row_id seq store_id version`.
Ids are lower-case text, `at` is UTC with microseconds and a `Z`; `before` and `after` stand as they are stored, their
keys sorted too. `seq` counts from 1 in each chain, and the first `prev_hash` is 64 zeros.

Whoever can write to the database can write a whole chain anew. Noting the ends of the chains (`verify` returns them)
somewhere else, from time to time, shows that too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import UUID

from core.clock import Clock, SystemClock
from core.data.finding import columns_of, made
from core.data.statements import native, rows_given
from core.data.writes import Write
from core.write.audit import chain_of
from core.write.models import AuditChain, AuditEntry
from core.write.values import canonical_json

if TYPE_CHECKING:
    from core.data.database import Database

GENESIS = "0" * 64
BATCH = 500
_SEALING: Final = 0x5EA1

_HASHED = (
    "action", "actor", "after", "at", "before", "chain", "command", "entity", "id", "module", "reason", "request_id",
    "row_id", "store_id", "version",
)  # fmt: skip


class _FasterError(Exception):
    """Another sealer has moved the end of the chain."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking one chain has shown.

    Attributes:
        sealed: How many entries are linked and unchanged.
        unsealed: Entries that the sealer has not reached yet; nothing can be said about them.
        broken: What is wrong, each with the place in the chain.
        head: The hash at the end.
    """

    chain: str
    sealed: int
    unsealed: tuple[UUID, ...]
    broken: tuple[str, ...]
    head: str

    @property
    def ok(self) -> bool:
        return not self.broken


def entry_hash(entry: AuditEntry, seq: int, prev_hash: str) -> str:
    """Return the hash of an entry at a place of its chain."""
    content = {name: getattr(entry, name) for name in _HASHED}
    return sha256(canonical_json({**content, "seq": seq, "prev_hash": prev_hash})).hexdigest()


async def seal(database: Database, clock: Clock | None = None) -> int:
    """Link all committed entries that are not linked yet.

    Sealers of several processes take turns at a chain; only who moves its end from where it was links anything.

    Returns:
        How many entries it has linked.
    """
    sealed = 0
    now = (clock or SystemClock()).now()
    while True:
        done = await _seal_batch(database, now)
        if done == 0:
            return sealed
        sealed += done


async def _seal_batch(database: Database, now: datetime) -> int:
    table = AuditEntry._meta.db_table
    sql = (
        f'SELECT DISTINCT "chain" FROM '
        f'(SELECT "chain" FROM "{table}" WHERE "seq" IS NULL ORDER BY "id" LIMIT {BATCH}) AS waiting ORDER BY "chain"'
    )
    return sum([await _seal_chain(database, chain, now) for (chain,) in await database.fetch(sql)])


async def _seal_chain(database: Database, chain: str, now: datetime) -> int:
    """Link the next entries of a chain; 0 when there are none, or its end was moved past the turns."""
    try:
        async with database.transaction():
            if database.dialect == "postgres":
                # One after the other, so that none does in vain what another one does; SQLite lets one in anyway.
                await database.fetch("SELECT pg_advisory_xact_lock($1, hashtext($2))", [_SEALING, chain])
            return await _link(database, chain, now)
    except _FasterError:
        return 0


async def _link(database: Database, chain: str, now: datetime) -> int:
    # The end before the entries: if it has not moved when we move it, nobody has linked the entries either.
    head = await AuditChain.get_or_none(chain=chain)
    seq, prev = (head.seq, head.hash) if head else (0, GENESIS)
    seen = seq
    links: list[tuple[UUID, int, str, str]] = []
    for entry in await _unsealed(database, chain):
        seq += 1
        digest = entry_hash(entry, seq, prev)
        links.append((entry.id, seq, prev, digest))
        prev = digest
    if links:
        await database.post(_end_moved(chain, seen, (seq, prev, now)))
        await database.post(_linked(database, chain, links))
    return len(links)


async def _unsealed(database: Database, chain: str) -> list[AuditEntry]:
    listed = ", ".join(f'"{column}"' for column in columns_of(AuditEntry))
    sql = (
        f'SELECT {listed} FROM "{AuditEntry._meta.db_table}" '
        f'WHERE "chain" = ? AND "seq" IS NULL ORDER BY "id" LIMIT {BATCH}'
    )
    return [made(AuditEntry, row) for row in await database.fetch(native(sql, database.dialect), [chain])]


def _end_moved(chain: str, seen: int, end: tuple[int, str, datetime]) -> Write:
    table = AuditChain._meta.db_table
    sql = (
        f'INSERT INTO "{table}" ("chain", "seq", "hash", "sealed_at") VALUES (?, ?, ?, ?) '
        'ON CONFLICT ("chain") DO UPDATE SET "seq" = excluded."seq", "hash" = excluded."hash", '
        f'"sealed_at" = excluded."sealed_at" WHERE "{table}"."seq" = ?'
    )
    return Write(table, sql, [chain, *end, seen], missed=_FasterError)


def _linked(database: Database, chain: str, links: Sequence[tuple[UUID, int, str, str]]) -> Write:
    table = AuditEntry._meta.db_table
    given, values = rows_given(database.dialect, links, ("uuid", "bigint", "text", "text"))
    # A WITH before the UPDATE would hide the row count on SQLite.
    sql = (
        f'UPDATE "{table}" SET "seq" = link.column2, "prev_hash" = link.column3, "hash" = link.column4 '
        f'FROM {given} AS link WHERE "{table}"."id" = link.column1 AND "{table}"."seq" IS NULL'
    )
    why = f"entries of the chain {chain} were linked although its end had not moved"
    return Write(table, sql, values, missed=lambda: RuntimeError(why), rows=len(links))


async def verify(database: Database, store_id: UUID | None) -> Verification:
    """Check the chain of a store, or of the rows of no store, from its beginning."""
    chain = chain_of(store_id)
    broken: list[str] = []
    seq, prev, sealed = 0, GENESIS, 0
    while True:
        page = await AuditEntry.filter(chain=chain, seq__gt=seq).order_by("seq").limit(BATCH)
        for entry in page:
            assert entry.seq is not None
            if entry.seq != seq + 1:
                broken.append(f"entries {seq + 1} to {entry.seq - 1} are missing")
            elif entry.prev_hash != prev:
                broken.append(f"entry {entry.seq} doesn't follow the one before it")
            if entry_hash(entry, entry.seq, entry.prev_hash or "") == entry.hash:
                sealed += 1
            else:
                broken.append(f"entry {entry.seq} has been changed")
            seq, prev = entry.seq, entry.hash or ""
        if len(page) < BATCH:
            break
    head = await AuditChain.get_or_none(chain=chain)
    if (head.seq, head.hash) != (seq, prev) if head else seq != 0:
        broken.append(f"the chain ends at {seq}, but was sealed to {head.seq if head else 0}")
    unsealed = await AuditEntry.filter(chain=chain, seq__isnull=True).order_by("id").values_list("id", flat=True)
    return Verification(chain, sealed, tuple(unsealed), tuple(broken), prev)  # type: ignore[arg-type]  # tortoise types values_list as Any rows


async def chains(database: Database) -> list[UUID | None]:
    """Return the store of every chain, None for the group's."""
    stores = await AuditEntry.all().distinct().values_list("store_id", flat=True)
    return sorted(stores, key=str)  # type: ignore[arg-type]  # as above
