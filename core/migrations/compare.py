"""The schema that a database really has, in a form in which two databases can be compared."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.kinds.kind import Dialect

HISTORY_TABLE = "tortoise_migrations"


class Rows(Protocol):
    """What can be asked for positional rows; `core.data.database.Database` can."""

    @property
    def dialect(self) -> Dialect: ...

    def fetch(self, sql: str, args: Sequence[Any] = ()) -> Awaitable[Sequence[Sequence[Any]]]: ...


class Statements(Rows, Protocol):
    """What also runs statements."""

    def execute(self, sql: str, args: Sequence[Any] = ()) -> Awaitable[int]: ...


@dataclass(frozen=True, slots=True)
class RealColumn:
    """A column as the database describes it."""

    type: str
    null: bool
    default: str | None
    primary: bool


@dataclass(frozen=True, slots=True, order=True)
class RealForeignKey:
    """A foreign key as the database describes it."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True, slots=True)
class RealIndex:
    """An index or a unique constraint.

    Attributes:
        constraint: Whether it belongs to a constraint, so that it can't be dropped as an index.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool
    where: str | None
    method: str = ""
    constraint: bool = False

    @property
    def rule(self) -> tuple[object, ...]:
        """What it does, whatever it is called."""
        return self.columns, self.unique, self.where, self.method


@dataclass(slots=True)
class RealTable:
    """A table as the database describes it; the order of columns means nothing."""

    columns: dict[str, RealColumn] = field(default_factory=dict)
    foreign_keys: dict[RealForeignKey, str] = field(default_factory=dict)  # to their names
    indexes: list[RealIndex] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)


Schema = dict[str, RealTable]


async def read_schema(rows: Rows, tables: Sequence[str] | None = None) -> Schema:
    """Return the tables of a database, without the history of migrations.

    Args:
        tables: Only these; all without it.
    """
    from core.migrations import read_postgres, read_sqlite

    reader = read_sqlite.read if rows.dialect == "sqlite" else read_postgres.read
    found = await reader(rows, tables)
    found.pop(HISTORY_TABLE, None)
    return found


def differences(real: Schema, wanted: Schema) -> list[str]:
    """Return in words what `real` lacks, has too much or has differently; empty if nothing.

    Names of unique rules over all rows, foreign keys and automatic indexes don't count, what they do does.
    """
    found = [f"table {name} is missing" for name in sorted(wanted.keys() - real.keys())]
    found += [f"table {name} is not wanted" for name in sorted(real.keys() - wanted.keys())]
    for name in sorted(real.keys() & wanted.keys()):
        found += [f"{name}: {what}" for what in _table_differences(real[name], wanted[name])]
    return found


def _table_differences(real: RealTable, wanted: RealTable) -> Iterator[str]:
    yield from _compare("column", real.columns, wanted.columns)
    yield from _compare("foreign key", {str(k): k for k in real.foreign_keys}, {str(k): k for k in wanted.foreign_keys})
    yield from _compare("check", real.checks, wanted.checks)
    yield from _compare("index", _by_rule(real), _by_rule(wanted))


def _by_rule(table: RealTable) -> dict[str, str]:
    described: dict[str, str] = {}
    for index in table.indexes:
        kind = "unique" if index.unique else "plain"
        where = f" where {index.where}" if index.where else ""
        text = f"{kind}{f' {index.method}' if index.method else ''} ({', '.join(index.columns)}){where}"
        described[text] = "" if index.unique and not index.where else index.name
    return described


def _compare(what: str, real: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(wanted.keys() - real.keys()):
        yield f"{what} {name} is missing"
    for name in sorted(real.keys() - wanted.keys()):
        yield f"{what} {name} is not wanted"
    for name in sorted(real.keys() & wanted.keys()):
        if real[name] != wanted[name]:
            yield f"{what} {name} is {real[name]}, wanted is {wanted[name]}"
