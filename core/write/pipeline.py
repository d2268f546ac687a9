"""The one path of every change: one transaction with its rows, versions, events, audit entries and outcome."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from core.data.model import Record
from core.errors import Refusal
from core.events.bell import Topic
from core.events.outbox import write_events
from core.ids import uuid7
from core.scope import Scope, enter, leave
from core.write import idempotency
from core.write.audit import write_entries
from core.write.idempotency import CommandCall as CommandCall
from core.write.idempotency import Result as Result
from core.write.integrity import is_retryable, refusal_for
from core.write.refusals import refusals_in
from core.write.unit import UnitOfWork

T = TypeVar("T")
Work = Callable[[Scope], Awaitable[T]]

ATTEMPTS = 5
_FIRST_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class Done:
    """The command has changed what it should, now or when its key was first used.

    Attributes:
        results: The rows it made or changed, in the command's order; to be read again for the answer.
        replayed: An earlier call with the same key did it.
        value: What the command's function returned; None when replayed.
    """

    results: tuple[Result, ...]
    replayed: bool = False
    value: Any = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The command has changed nothing, and why."""

    problems: tuple[Refusal, ...]


Outcome = Done | Refused


async def run(
    scope: Scope,
    action: str,
    work: Work[T],
    *,
    reason: str = "",
    correlation_id: str = "",
    causation_id: Any = None,
) -> T:
    """Run work in one transaction, together with its audit entries and events.

    Whatever the work raises rolls all of it back. A serialization failure or deadlock runs the work again, at most
    `ATTEMPTS` times in all, so it must do nothing that outlives a rollback. Called inside another unit of work, it
    becomes a part of that transaction, undone for itself when it fails.

    Args:
        action: What the audit names as the command.
        reason: Why, in the words of who asked for it.
        correlation_id: What started it all; the request's id without it.
        causation_id: The event that this reacts to.

    Raises:
        ConflictRefusal: A rule of the database that the work did not foresee.
    """
    correlation = correlation_id or scope.request_id or str(uuid7())
    for attempt in range(1, ATTEMPTS + 1):
        unit = UnitOfWork(action, reason=reason, correlation_id=correlation, causation_id=causation_id)
        try:
            return await _in_transaction(replace(scope, unit=unit), unit, work)
        except Refusal:
            raise
        except Exception as error:
            # An inner transaction can't be repeated: the outer one has failed with it.
            last = attempt == ATTEMPTS or scope.unit is not None
            if not is_retryable(error) or last:
                refusal = await refusal_for(error, scope.dealer.database, scope.dealer.kernel.constraint_refusals)
                if refusal is None:
                    raise
                raise refusal from error
        await asyncio.sleep(_FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - only spreads retries
    raise AssertionError("the last attempt returns or raises")


async def _in_transaction(scope: Scope, unit: UnitOfWork, work: Work[T]) -> T:
    database = scope.dealer.database
    token = enter(scope)
    try:
        async with database.transaction():
            value = await work(scope)
            await write_entries(scope, unit)
            # Last, because it locks the aggregates' streams, and all writers must lock in one order.
            has_consumers = await write_events(scope, unit)
            _wake_after_commit(scope, unit, has_consumers)
        return value
    finally:
        leave(token)


def _wake_after_commit(scope: Scope, unit: UnitOfWork, published: bool) -> None:
    if unit.changes:
        scope.dealer.database.after_commit(partial(scope.dealer.sessions.heed, tuple(unit.changes)))
        scope.dealer.database.after_commit(partial(scope.dealer.bell.ring, Topic.AUDIT))
    if published:
        scope.dealer.database.after_commit(partial(scope.dealer.bell.ring, Topic.EVENTS))


async def run_command(scope: Scope, call: CommandCall, work: Work[Any], *, reason: str = "") -> Outcome:
    """Run a command, once per idempotency key, and return what came of it.

    Permission and input have been checked before. The outcome of a call with a key is stored in its transaction and
    kept for seven days: the same key and input again give the same outcome and change nothing; a twin under way waits
    for the first. A refused call stores nothing, so that its key may be used again.

    Args:
        work: Returns the row it made or changed, several of them, `Result`s, or anything else for none.
    """

    async def with_key(inner: Scope) -> Done:
        key = call.idempotency_key
        if key is None:
            value = await work(inner)
            return Done(_results(value), value=value)
        claimed = await idempotency.claim(inner, call, key)
        if claimed.outcome is not None:
            return Done(claimed.outcome, replayed=True)
        value = await work(inner)
        results = _results(value)
        await idempotency.store(inner, claimed.record_id, results)
        return Done(results, value=value)

    try:
        return await run(scope, call.name, with_key, reason=reason)
    except Exception as error:
        problems = refusals_in(error)
        if not problems:
            raise
        return Refused(problems)


def _results(value: Any) -> tuple[Result, ...]:
    if isinstance(value, Result):
        return (value,)
    if isinstance(value, Record):
        return (Result(f"{value._meta.app}.{type(value).__name__}", value.id, value.version),)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, dict)):
        return tuple(result for item in value for result in _results(item))
    return ()
