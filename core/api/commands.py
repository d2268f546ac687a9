"""From a mutation to the one path of every command, and its outcome back to the client."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from core.access_log.counting import count
from core.api.context import Context
from core.api.problems import PendingRow, Problem, as_problem
from core.api.scalars import GivenMoney
from core.catalog.catalog import Command
from core.catalog.declare import Info, Input
from core.data.locking import take_turn
from core.data.model import Record
from core.errors import (
    ConflictRefusal,
    LimitRefusal,
    NotFoundRefusal,
    PermissionRefusal,
    Refusal,
    UnauthenticatedError,
    ValidationRefusal,
)
from core.kinds.values import is_storable
from core.money import Money
from core.read.access import SIGN_IN_FIRST
from core.read.lookups import told_by
from core.scope import Scope
from core.write.pipeline import CommandCall, Done, Look, Result, run_command
from core.write.refusals import Refusals, refusals_in

MOST_DIGITS = 15
"""Of a whole number in an input, so that the sum of thousands fits where SQLite adds them up."""
LAST_YEAR = 9998
"""Of an instant in an input: a zone or an hour can still be added to it."""
_CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a payload's fields are read from.

    Attributes:
        seen: Of a dry run the payload's rows by response key, read before it was undone.
    """

    command: Command
    problems: list[Problem] = field(default_factory=list)
    row_ids: list[UUID] = field(default_factory=list)
    value: Any = None
    seen: Mapping[str, Any] | None = None


def row_ids(results: Sequence[Result]) -> list[UUID]:
    """Return the ids of the rows that a command has made or changed."""
    return [result.row_id for result in results]


async def _unseen(_: Sequence[Result]) -> Mapping[str, Any]:
    return {}


async def run_root_command(
    context: Context,
    command: Command,
    arguments: Mapping[str, Any],
    prefetch: Callable[[Record], None] = lambda _: None,
    see: Look = _unseen,
) -> Answer:
    """Check right and input, run the command in its transaction, and return its outcome.

    Args:
        prefetch: Called within the transaction with the one row that the answer will be about.
        see: Reads the payload's rows by response key, for a dry run before it is undone.
    """
    scope = context.scope
    try:
        if scope.caller.reach(command.permission) is None:
            raise PermissionRefusal(command.permission)
        value = _input(command, arguments.get("input"))
    except (Refusal, Refusals) as refusal:
        return _refused(context, command, list(refusals_in(refusal)))
    call = CommandCall(
        command.name,
        {
            "input": value.model_dump(mode="json", exclude_unset=True) if value else None,
            "parts": [_dumped(part) for part in (value, *_items(command, value))],
        },
        arguments.get("idempotencyKey"),
    )
    expected = arguments.get("expectedVersion")

    async def work(inner: Scope) -> Any:
        told = Info(inner, await _subject(inner, command, value, expected))
        result = await (command.function(told, value) if command.input_type else command.function(told))
        await _apply(value, inner, result)
        for item, row in zip(_items(command, value), result if command.item_extensions else (), strict=True):
            await _apply(item, inner, row)
        if isinstance(result, Record):
            prefetch(result)
        return result

    outcome = await run_command(scope, call, work, dry_run=see if arguments.get("dryRun") else None)
    if isinstance(outcome, Done):
        return Answer(command, row_ids=row_ids(outcome.results), value=outcome.value, seen=outcome.seen)
    try:
        for looked_up in told_by(outcome.problems, scope._dealer.vault):
            await count(scope, [looked_up])
    except LimitRefusal as refusal:
        return _refused(context, command, [refusal])
    return _refused(context, command, list(outcome.problems))


def _items(command: Command, value: Any) -> Sequence[Input]:
    """Return the items of a command on many rows whose parts other plugins may add to."""
    return value.items if command.item_extensions else ()


async def _apply(value: Input | None, scope: Scope, row: Any) -> None:
    for part in (value._extensions if value is not None else {}).values():
        await part.apply(scope, row)


def _dumped(value: Input | None) -> Mapping[str, Any]:
    extensions = value._extensions if value is not None else {}
    return {kind.__name__: part.model_dump(mode="json", exclude_unset=True) for kind, part in extensions.items()}


async def _subject(scope: Scope, command: Command, value: Any, expected: int | None) -> Record | None:
    """Return the row that the command is about.

    Raises:
        Refusal: It is out of sight, or not in the version that the client saw.
    """
    if command.subject is None:
        return None
    model, named = command.subject.entity.model, getattr(value, command.subject.field)
    # Before it is read, so that parallel commands on one row of this process each see what the one before has done.
    await take_turn((model._meta.db_table, named.uuid))
    try:
        row = await scope.get(model, named.uuid, permission=command.permission)
        row.expect_version(expected)
    except Refusal as refusal:
        missing = isinstance(refusal, NotFoundRefusal)
        refusal.path = refusal.path or ((to_camel(command.subject.field),) if missing else ())
        raise
    return row


def _input(command: Command, raw: Any) -> Input | None:
    if command.input_type is None:
        return None
    raw = dict(raw)
    problems: list[Refusal] = []
    parts = _take_parts(command.input_extensions, raw, (), problems)
    item_parts: list[Mapping[type[Input], Input]] = []
    if command.item_extensions:
        raw["items"] = [dict(item) for item in raw["items"]]
        for index, item in enumerate(raw["items"]):
            item_parts.append(_take_parts(command.item_extensions, item, ("items", index), problems))
    value = validated(command.input_type, raw, (), problems)
    if problems or value is None:
        raise Refusals(problems)
    for item, own in zip(_items(command, value), item_parts, strict=True):
        item.with_extensions(own)
    return value.with_extensions(parts)


def _take_parts(
    extensions: Mapping[str, type[Input]], raw: dict[str, Any], path: tuple[str | int, ...], problems: list[Refusal]
) -> Mapping[type[Input], Input]:
    """Take what other plugins added out of an input, and return it checked."""
    parts: dict[type[Input], Input] = {}
    for name, kind in extensions.items():
        sent = raw.pop(name, None)
        part = validated(kind, sent, (*path, name), problems) if sent is not None else None
        if part is not None:
            parts[kind] = part
    return parts


def validated(
    kind: type[Input], raw: Mapping[str, Any], path: tuple[str | int, ...], problems: list[Refusal]
) -> Input | None:
    """Return coerced GraphQL input as an instance of its class, or None after noting all that is wrong with it."""
    unstorable = list(_unstorable(raw, path))
    if unstorable:
        problems.extend(ValidationRefusal(what, path=place, rule=rule) for place, what, rule in unstorable)
        return None
    try:
        return kind.model_validate(_plain(raw))
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            message = one["msg"][0].lower() + one["msg"][1:]
            problems.append(ValidationRefusal(message, path=(*path, *one["loc"]), rule=one["type"]))
        return None


def _unstorable(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Yield what no database here can hold: its path, what is wrong, and the name of the rule."""
    if isinstance(value, str) and not is_storable(value):
        yield path, "a text has characters that can't be kept: NUL, or half of a surrogate pair", "unstorable_text"
    elif isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
        yield path, f"a number has at most {MOST_DIGITS} digits", "unstorable_number"
    elif isinstance(value, datetime) and not 1 < value.year <= LAST_YEAR:
        yield path, f"an instant lies in the years 2 to {LAST_YEAR}", "unstorable_instant"
    elif isinstance(value, Mapping):
        if isinstance(value, GivenMoney) and not _CURRENCY.fullmatch(value["currency"]):
            yield (*path, "currency"), "a currency is three capital letters, such as CNY", "currency"
        for key, inner in value.items():
            yield from _unstorable(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unstorable(inner, (*path, index))


def _plain(value: Any) -> Any:
    """Return coerced GraphQL input with amounts as Money."""
    if isinstance(value, GivenMoney):
        return Money(value["amountMinor"], value["currency"])
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _refused(context: Context, command: Command, refusals: list[Refusal]) -> Answer:
    if context.scope.caller.is_anonymous and any(isinstance(r, PermissionRefusal) for r in refusals):
        raise UnauthenticatedError(SIGN_IN_FIRST)
    kernel, locale = context.scope._dealer.kernel, context.scope.locale

    def translate(code: str, params: dict[str, Any], text: str) -> str:
        return kernel.messages.translate(locale, code, params, text)

    declared = kernel.catalog.problems
    return Answer(command, [as_problem(one, translate, _current(context, one), declared) for one in refusals])


def _current(context: Context, refusal: Refusal) -> PendingRow | None:
    """Return the row that a conflict is about; it is read when its selection is known."""
    if not isinstance(refusal, ConflictRefusal) or refusal.row is None:
        return None
    entity = context.scope._dealer.kernel.catalog.by_model.get(refusal.row[0])
    return None if entity is None else PendingRow(entity.name, refusal.row[1])
