"""Outcomes of commands that came with a key, so that a repetition answers the same and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.errors import Refusal, ValidationRefusal
from core.ids import uuid7
from core.write.models import IdempotencyRecord
from core.write.statements import insert_sql, insert_values, native
from core.write.values import canonical_json

if TYPE_CHECKING:
    from core.scope import Scope

KEPT = timedelta(days=7)
LONGEST_KEY = 200


class IdempotencyKeyReusedRefusal(Refusal):
    """The key has been used by the same actor and command with another input."""

    code = "IDEMPOTENCY_KEY_REUSED"


@dataclass(frozen=True, slots=True)
class Result:
    """One row that a command has made or changed, as it was when the command ended.

    Attributes:
        model: Tortoise's label, such as `customers.Customer`.
    """

    model: str
    row_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class CommandCall:
    """A call of a command.

    Attributes:
        name: As in the schema, such as `createCustomer`.
        input: The coerced input without `idempotencyKey`; only hashed, and only if there is a key.
        idempotency_key: What the client calls this call, at most 200 characters.
    """

    name: str
    input: Mapping[str, Any]
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    """A key that this transaction holds, or the outcome that an earlier one has stored."""

    record_id: UUID
    outcome: tuple[Result, ...] | None


async def claim(scope: Scope, call: CommandCall, key: str) -> _Claim:
    """Take a key for the present transaction, or find what was done under it.

    The unique index makes a twin wait here until the first one's transaction has ended; then it either finds the
    outcome or, after a rollback, holds the key itself.

    Raises:
        IdempotencyKeyReusedRefusal: The key belongs to another input.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValidationRefusal(f"an idempotency key has 1 to {LONGEST_KEY} characters", path=("idempotencyKey",))
    database, now, actor = scope.dealer.database, scope.now(), scope.caller.actor
    # A keyed hash: an input may be as short as a telephone number, and a bare hash of that is soon guessed.
    fingerprint = scope.dealer.vault.blind_index("idempotency", None, canonical_json(call.input).decode())
    record_id = uuid7()
    table = IdempotencyRecord._meta.db_table
    take_over = (
        'ON CONFLICT ("actor", "command", "key") DO UPDATE SET "id" = excluded."id", '
        '"fingerprint" = excluded."fingerprint", "outcome" = NULL, "created_at" = excluded."created_at", '
        f'"expires_at" = excluded."expires_at" WHERE "{table}"."expires_at" < ?'
    )
    row = {
        "id": record_id,
        "actor": actor,
        "command": call.name,
        "key": key,
        "fingerprint": fingerprint,
        "created_at": now,
        "expires_at": now + KEPT,
    }
    sql = native(insert_sql(IdempotencyRecord, 1, take_over), database.dialect)
    if await database.execute(sql, [*insert_values(IdempotencyRecord, [row]), now]) == 1:
        return _Claim(record_id, None)
    known = await IdempotencyRecord.get(actor=actor, command=call.name, key=key)
    if known.fingerprint != fingerprint:
        raise IdempotencyKeyReusedRefusal(
            f"this key was used for another {call.name}; a new call needs a new key", path=("idempotencyKey",)
        )
    return _Claim(known.id, tuple(Result(model, UUID(row), version) for model, row, version in known.outcome or ()))


async def store(scope: Scope, record_id: UUID, results: Sequence[Result]) -> None:
    """Keep the outcome of the present transaction under the key that it holds."""
    outcome = canonical_json([[result.model, result.row_id, result.version] for result in results]).decode()
    database = scope.dealer.database
    sql = f'UPDATE "{IdempotencyRecord._meta.db_table}" SET "outcome" = ? WHERE "id" = ?'
    await database.execute(native(sql, database.dialect), [outcome, record_id])


async def forget_expired(scope: Scope) -> int:
    """Delete outcomes that are older than seven days; return how many."""
    return await IdempotencyRecord.filter(expires_at__lt=scope.now()).delete()
