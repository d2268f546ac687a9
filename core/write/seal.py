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
from typing import TYPE_CHECKING
from uuid import UUID

from core.clock import Clock, SystemClock
from core.data.statements import native, rows_given
from core.write.audit import chain_of
from core.write.models import AuditChain, AuditEntry
from core.write.values import canonical_json

if TYPE_CHECKING:
    from core.data.database import Database

GENESIS = "0" * 64
BATCH = 500

_HASHED = (
    "action", "actor", "after", "at", "before", "chain", "command", "entity", "id", "module", "reason", "request_id",
    "row_id", "store_id", "version",
)  # fmt: skip


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

    Sealers of several processes may run at once: the one that moves the end of a chain first wins.

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
    waiting = await AuditEntry.filter(seq__isnull=True).order_by("id").limit(BATCH).values_list("chain", flat=True)
    sealed = 0
    for chain in sorted({str(name) for name in waiting}):
        async with database.transaction():
            sealed += await _link(database, chain, now)
    return sealed


async def _link(database: Database, chain: str, now: datetime) -> int:
    """Link the next entries of a chain; 0 when another sealer was faster."""
    # The end before the entries: if it has not moved when we move it, nobody has linked the entries either.
    head = await AuditChain.get_or_none(chain=chain)
    entries = await AuditEntry.filter(chain=chain, seq__isnull=True).order_by("id").limit(BATCH)
    seq, prev = (head.seq, head.hash) if head else (0, GENESIS)
    links: list[tuple[UUID, int, str, str]] = []
    for entry in entries:
        seq += 1
        digest = entry_hash(entry, seq, prev)
        links.append((entry.id, seq, prev, digest))
        prev = digest
    if not links or not await _move_end(database, chain, seq - len(links), (seq, prev, now)):
        return 0
    if await _write_links(database, links) != len(links):
        raise RuntimeError(f"entries of the chain {chain} were linked although its end had not moved")
    return len(links)


async def _move_end(database: Database, chain: str, seen: int, end: tuple[int, str, datetime]) -> bool:
    table = f'"{AuditChain._meta.db_table}"'
    sql = (
        f'INSERT INTO {table} ("chain", "seq", "hash", "sealed_at") VALUES (?, ?, ?, ?) '
        'ON CONFLICT ("chain") DO UPDATE SET "seq" = excluded."seq", "hash" = excluded."hash", '
        f'"sealed_at" = excluded."sealed_at" WHERE {table}."seq" = ?'
    )
    return await database.execute(native(sql, database.dialect), [chain, *end, seen]) == 1


async def _write_links(database: Database, links: Sequence[tuple[UUID, int, str, str]]) -> int:
    table = AuditEntry._meta.db_table
    given, values = rows_given(database.dialect, links, ("uuid", "bigint", "text", "text"))
    # A WITH before the UPDATE would hide the row count on SQLite.
    sql = (
        f'UPDATE "{table}" SET "seq" = link.column2, "prev_hash" = link.column3, "hash" = link.column4 '
        f'FROM {given} AS link WHERE "{table}"."id" = link.column1 AND "{table}"."seq" IS NULL'
    )
    return await database.execute(native(sql, database.dialect), values)


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
