"""Outcomes of commands that came with a key, so that a repetition answers the same and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise.queryset import QuerySet

from core.data.writes import inserts
from core.errors import Refusal, ValidationRefusal
from core.ids import uuid7
from core.write.models import IdempotencyRecord
from core.write.values import canonical_json, json_value

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


async def store(scope: Scope, call: CommandCall, key: str, results: Sequence[Result]) -> None:
    """Keep the outcome of the present transaction under its key.

    The unique index lets one transaction with a key commit. Of twins, the other waits here until the first has ended;
    then it fails, and `recall` finds the outcome.
    """
    now = scope.now()
    row = {
        "id": uuid7(),
        "actor": scope.caller.actor,
        "command": call.name,
        "key": key,
        "fingerprint": _fingerprint(scope, call),
        "outcome": json_value([[result.model, result.row_id, result.version] for result in results]),
        "created_at": now,
        "expires_at": now + KEPT,
    }
    for write in inserts(IdempotencyRecord, [row]):
        await scope._dealer.database.post(write)


async def recall(scope: Scope, call: CommandCall, key: str) -> tuple[Result, ...] | None:
    """Return what was done under a key; None if nothing was within the last seven days.

    Raises:
        IdempotencyKeyReusedRefusal: The key belongs to another input.
    """
    known = await IdempotencyRecord.get_or_none(actor=scope.caller.actor, command=call.name, key=key)
    if known is None:
        return None
    if known.expires_at < scope.now():
        await IdempotencyRecord.filter(id=known.id).delete()
        return None
    if known.fingerprint != _fingerprint(scope, call):
        raise IdempotencyKeyReusedRefusal(
            f"this key was used for another {call.name}; a new call needs a new key", path=("idempotencyKey",)
        )
    return tuple(Result(model, UUID(row), version) for model, row, version in known.outcome or ())


def wrong_key(key: str) -> ValidationRefusal | None:
    """Return why this can be no key, if it can't."""
    if 0 < len(key) <= LONGEST_KEY:
        return None
    return ValidationRefusal(f"an idempotency key has 1 to {LONGEST_KEY} characters", path=("idempotencyKey",))


def _fingerprint(scope: Scope, call: CommandCall) -> str:
    # A keyed hash: an input may be as short as a telephone number, and a bare hash of that is soon guessed.
    return scope._dealer.vault.blind_index("idempotency", None, canonical_json(call.input).decode())


def expired(scope: Scope) -> QuerySet[IdempotencyRecord]:
    """Return the outcomes that are older than seven days."""
    return IdempotencyRecord.filter(expires_at__lt=scope.now())
