"""The one path of every change: one transaction with its rows, versions, events, audit entries and outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from core.data.model import Record
from core.errors import Refusal
from core.ids import uuid7
from core.scope import Scope, enter, leave
from core.unit import Touched, UnitOfWork
from core.write import idempotency
from core.write.audit import write_entries
from core.write.bell import Topic
from core.write.idempotency import CommandCall as CommandCall
from core.write.idempotency import Result as Result
from core.write.integrity import breaks_unique, refusal_for
from core.write.models import IdempotencyRecord
from core.write.outbox import write_events
from core.write.refusals import refusals_in
from core.write.repeats import ATTEMPTS, Repeats

T = TypeVar("T")
Work = Callable[[Scope], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Done:
    """The command has changed what it should, now or when its key was first used.

    Attributes:
        results: The rows it made or changed, in the command's order; to be read again for the answer.
        replayed: An earlier call with the same key did it.
        value: What the command's function returned; None when replayed, or undone.
        seen: Of a dry run what was seen of the rows before it was undone.
    """

    results: tuple[Result, ...]
    replayed: bool = False
    value: Any = None
    seen: Any = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The command has changed nothing, and why."""

    problems: tuple[Refusal, ...]


Outcome = Done | Refused
Look = Callable[[Sequence[Result]], Awaitable[Any]]


class DryRunOverError(Exception):
    """A command has done all that it would, and is undone.

    Attributes:
        done: What it would have come to.
    """

    def __init__(self, done: Done) -> None:
        super().__init__("a dry run keeps nothing")
        self.done = done


class KeyTakenError(Exception):
    """A transaction with the same idempotency key has committed first; `run_command` finds its outcome."""


async def transact(
    scope: Scope,
    action: str,
    work: Work[T],
    *,
    reason: str = "",
    correlation_id: str = "",
    causation_id: Any = None,
    undo: Callable[[T], Awaitable[NoReturn]] | None = None,
) -> T:
    """Run work in one transaction, together with its audit entries and events.

    Whatever the work raises rolls all of it back. It is run again after a deadlock, after a refusal over a row that
    somebody else has changed since it was read, and when another unit of work has its turn; so it must do nothing that
    outlives a rollback. Called inside another unit of work, it becomes a part of that transaction, undone for itself
    when it fails.

    Args:
        action: What the audit names as the command.
        reason: Why, in the words of who asked for it.
        correlation_id: What started it all; the request's id without it.
        causation_id: The event that this reacts to.
        undo: Called when all is written; what it raises rolls it back, for a dry run.

    Raises:
        ConflictRefusal: A rule of the database that the work did not foresee.
    """
    correlation = correlation_id or scope.request_id or str(uuid7())
    unit = partial(UnitOfWork, action, reason=reason, correlation_id=correlation, causation_id=causation_id)
    if scope.unit is not None:
        # It can't be repeated: the outer transaction has failed with it.
        return await _in_transaction(scope, unit(touched=scope.unit.touched), work)
    repeats = Repeats(scope._dealer.database)
    try:
        while True:
            touched = repeats.touched()
            touched.dry_run = undo is not None
            try:
                return await _in_transaction(scope, unit(touched=touched), work, repeats.begin, undo)
            except Exception as error:
                if not await repeats.another(error, touched):
                    raise
    finally:
        repeats.end()


async def _in_transaction(
    scope: Scope,
    unit: UnitOfWork,
    work: Work[T],
    begin: Callable[[], Awaitable[None]] | None = None,
    undo: Callable[[T], Awaitable[NoReturn]] | None = None,
) -> T:
    database = scope._dealer.database
    try:
        async with database.transaction():
            if begin is not None:
                await begin()
            value = await _do(replace(scope, unit=unit), unit, work)
            return value if undo is None else await undo(value)
    except BaseException as error:
        unit.touched.kept.clear()  # some of it may have been read of rows that are undone now
        if isinstance(error, Refusal | DryRunOverError) or not isinstance(error, Exception):
            raise
        if await breaks_unique(error, database, IdempotencyRecord):
            raise KeyTakenError("another call has used this key") from error
        known, written = scope._dealer.kernel.constraint_refusals, unit.touched.written
        refusal = await refusal_for(error, database, known, written)
        if refusal is None:
            raise
        raise refusal from error


async def transact_within(
    scope: Scope, action: str, work: Work[T], *, correlation_id: str, causation_id: UUID, touched: Touched
) -> T:
    """Run work as a unit of its own in the running transaction, which fails as a whole if it does.

    Args:
        touched: What the transaction has changed; the same for all its units.
    """
    unit = UnitOfWork(action, correlation_id=correlation_id, causation_id=causation_id, touched=touched)
    return await _do(replace(scope, unit=unit), unit, work)


async def _do(scope: Scope, unit: UnitOfWork, work: Work[T]) -> T:
    token = enter(scope)
    try:
        value = await work(scope)
        if unit.touched.turn is not None:
            unit.touched.turn.check()
        await write_entries(scope, unit)
        # Last, because it locks the aggregates' streams, and all writers must lock in one order.
        has_consumers = await write_events(scope, unit)
        _wake_after_commit(scope, unit, has_consumers)
    finally:
        leave(token)
    return value


def _wake_after_commit(scope: Scope, unit: UnitOfWork, published: bool) -> None:
    if unit.changes:
        scope._dealer.database.after_commit(partial(scope._dealer.invalidate, tuple(unit.changes)))
        scope._dealer.database.after_commit(partial(scope._dealer.bell.ring, Topic.AUDIT))
    if published:
        scope._dealer.database.after_commit(partial(scope._dealer.bell.ring, Topic.EVENTS))


async def run_command(
    scope: Scope, call: CommandCall, work: Work[Any], *, reason: str = "", dry_run: Look | None = None
) -> Outcome:
    """Run a command, once per idempotency key, and return what came of it.

    Permission and input have been checked before. The outcome of a call with a key is stored in its transaction and
    kept for seven days: the same key and input again give the same outcome and change nothing; a twin under way waits
    for the first. A refused call stores nothing, so that its key may be used again.

    Args:
        work: Returns the row it made or changed, several of them, `Result`s, or anything else for none.
        dry_run: Do all of it, let this look at the rows as they would be, and keep nothing.
    """
    key = call.idempotency_key

    async def with_key(inner: Scope) -> Done:
        value = await work(inner)
        results = _results(value)
        if key is not None:
            await idempotency.store(inner, call, key, results)
        return Done(results, value=value)

    async def undo(done: Done) -> NoReturn:
        await scope._dealer.database.flush()
        assert dry_run is not None
        # Not its value: that may be something in clear, whose showing was logged and is undone.
        raise DryRunOverError(Done(done.results, seen=await dry_run(done.results)))

    if key is not None and (wrong := idempotency.wrong_key(key)):
        return Refused((wrong,))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await transact(scope, call.name, with_key, reason=reason, undo=undo if dry_run else None)
        except DryRunOverError as over:
            return over.done
        except Exception as error:
            outcome = await _former(scope, call) or _refused(error)
            if outcome is not None:
                return outcome
            # An outcome under this key has gone meanwhile: it was too old.
            if not isinstance(error, KeyTakenError) or attempt == ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


async def _former(scope: Scope, call: CommandCall) -> Outcome | None:
    """Return what came of the same call before.

    It is asked for when a call fails: because its key is taken, or because what was done before can't be done again.
    """
    if call.idempotency_key is None:
        return None
    try:
        results = await idempotency.recall(scope, call, call.idempotency_key)
    except Refusal as refusal:
        return Refused((refusal,))
    return None if results is None else Done(results, replayed=True)


def _refused(error: Exception) -> Refused | None:
    problems = refusals_in(error)
    return Refused(problems) if problems else None


def _results(value: Any) -> tuple[Result, ...]:
    if isinstance(value, Result):
        return (value,)
    if isinstance(value, Record):
        return (Result(f"{value._meta.app}.{type(value).__name__}", value.id, value.version),)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, dict)):
        return tuple(result for item in value for result in _results(item))
    return ()
