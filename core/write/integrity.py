"""LockQueues what the database refuses into refusals, so that no SQL message reaches a client."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tortoise.exceptions import ValidationError

from core.data.indexes import UniqueWhere, condition_filter
from core.errors import ConflictRefusal, Refusal, ValidationRefusal

if TYPE_CHECKING:
    from tortoise.models import Model

    from core.data.database import Database
    from core.data.model import Record

_UNIQUE, _FOREIGN, _CHECK = "23505", "23503", "23514"
_RETRYABLE = frozenset({"40001", "40P01"})  # serialization failure, deadlock

_PG_COLUMNS = re.compile(r"^Key \((?P<columns>.*?)\)=")
_SQLITE_UNIQUE = re.compile(r"^UNIQUE constraint failed: (?P<what>.+)$")
_SQLITE_INDEX = re.compile(r"^index '(?P<name>.+)'$")


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of the database that a statement broke.

    Attributes:
        constraints: Names of the indexes or constraints that it may have been; SQLite names columns instead, and two
            indexes may stand on the same ones.
        columns: Without their table; empty when the database doesn't say.
        row: The row that was to be written, with its values; None where it was none of the models'.
        taken_by: Of a unique rule: the row that has the values, unless it is of the same transaction or gone by now.
    """

    kind: str
    table: str
    constraints: tuple[str, ...]
    columns: tuple[str, ...]
    row: Any = None
    taken_by: Any = None


RefusalFactory = Callable[[Violation], Refusal]


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, what it wraps and what caused it, outermost first."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [arg for arg in one.args if isinstance(arg, BaseException)]
        waiting += [cause for cause in (one.__cause__,) if cause is not None]


def is_retryable(error: BaseException) -> bool:
    """Return whether the same transaction may succeed when it is run again."""
    return any(getattr(cause, "sqlstate", None) in _RETRYABLE for cause in causes(error))


async def refusal_for(
    error: BaseException,
    database: Database,
    known: Mapping[str, RefusalFactory],
    written: Iterable[tuple[Record, Mapping[str, Any]]] = (),
) -> Refusal | None:
    """Return what a client may read about an integrity error; None when it is none, or a fault of ours.

    Args:
        known: What modules say about their own constraints, by name of index or constraint.
        written: What the transaction has written or was about to write, in order; see `Touched`.
    """
    if isinstance(error, ValidationError):  # its text quotes the value
        name = str(error).partition(":")[0]
        return ValidationRefusal(
            f"{name} does not fit its column: it is too long or too large", rule="column", name=name
        )
    violation = await _violation(error, database)
    if violation is None:
        return None
    for name in violation.constraints:
        if name in known:
            return known[name](await _with_rows(violation, name, written))
    if violation.kind == _UNIQUE:
        return _taken(violation)
    if violation.kind == _FOREIGN:
        return ConflictRefusal("this refers to a row that is not there, or other rows still need it", rule="reference")
    if violation.kind == _CHECK:
        rule = violation.constraints[0] if violation.constraints else "of its table"
        return ValidationRefusal(f"a value is beyond what its column may hold: the rule {rule} says no", rule="check")
    return None


async def _with_rows(violation: Violation, name: str, written: Iterable[tuple[Record, Mapping[str, Any]]]) -> Violation:
    """Add the row that broke a rule, and the one that is in its way."""
    candidates = [_as_written(*one) for one in written if violation.table in ("", one[0]._meta.db_table)]
    for row in reversed(candidates) if violation.kind == _UNIQUE else ():
        taken_by = await _holder(row, name, violation.columns)
        if taken_by is not None:
            return replace(violation, row=row, taken_by=taken_by)
    return replace(violation, row=candidates[-1] if candidates else None)


def _as_written(row: Record, values: Mapping[str, Any]) -> Record:
    """Return a row as it was to be."""
    if not values:
        return row
    wanted = copy(row)
    vars(wanted).update(values)
    return wanted


async def _holder(row: Record, name: str, columns: Iterable[str]) -> Record | None:
    """Return another row that a unique rule covers and that has the same values as this one."""
    attributes = row._meta.fields_db_projection_reverse
    values = {attributes[column]: getattr(row, attributes[column]) for column in columns if column in attributes}
    if not values or None in values.values():
        return None
    rule = next((index for index in row._meta.indexes if isinstance(index, UniqueWhere) and index.name == name), None)
    conditions = {} if rule is None else condition_filter(rule.condition)
    same: Record | None = await type(row).filter(**{**conditions, **values}).exclude(id=row.id).first()
    return same


async def breaks_unique(error: BaseException, database: Database, model: type[Model]) -> bool:
    """Return whether an error says that a row of a model is there already."""
    violation = await _violation(error, database)
    return violation is not None and violation.kind == _UNIQUE and violation.table == model._meta.db_table


async def _violation(error: BaseException, database: Database) -> Violation | None:
    for cause in causes(error):
        state = getattr(cause, "sqlstate", None)
        if isinstance(state, str) and state.startswith("23"):
            return _postgres_violation(cause, state)
        if isinstance(cause, sqlite3.IntegrityError):
            return await _sqlite_violation(str(cause), database)
    return None


def _postgres_violation(cause: BaseException, state: str) -> Violation:
    # The detail quotes the values too; only the columns may leave this function.
    match = _PG_COLUMNS.match(getattr(cause, "detail", None) or "")
    columns = tuple(part.strip(' "') for part in match["columns"].split(",")) if match else ()
    name = getattr(cause, "constraint_name", None)
    return Violation(state, getattr(cause, "table_name", None) or "", (name,) if name else (), columns)


async def _sqlite_violation(message: str, database: Database) -> Violation | None:
    if message.startswith("FOREIGN KEY"):
        return Violation(_FOREIGN, "", (), ())
    check = message.partition("CHECK constraint failed: ")[2]
    if check:
        return Violation(_CHECK, "", (check,), ())
    match = _SQLITE_UNIQUE.match(message)
    if match is None:
        return None
    index = _SQLITE_INDEX.match(match["what"])
    if index is not None:
        return Violation(_UNIQUE, "", (index["name"],), ())
    places = [place.strip().rpartition(".") for place in match["what"].split(",")]
    table, columns = places[0][0], tuple(column for _, _, column in places)
    return Violation(_UNIQUE, table, await _sqlite_indexes(database, table, columns), columns)


async def _sqlite_indexes(database: Database, table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    rows = await database.fetch(
        "SELECT list.name, info.name FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info "
        'WHERE list."unique" = 1 ORDER BY list.seq, info.seqno',
        [table],
    )
    found: dict[str, list[str]] = {}
    for name, column in rows:
        found.setdefault(name, []).append(column)
    return tuple(name for name, listed in found.items() if tuple(listed) == columns)


def _taken(violation: Violation) -> ConflictRefusal:
    entity = violation.table.partition("_")[2] or violation.table or "row"
    columns = [column for column in violation.columns if column != "store_id"]
    what = " and ".join(_words(column) for column in columns) or "value"
    return ConflictRefusal(f"another {_words(entity)} has the same {what}", rule="unique", columns=tuple(columns))


def _words(name: str) -> str:
    for suffix in ("_index", "_id", "_minor"):
        name = name.removesuffix(suffix)
    return name.replace("_", " ")
