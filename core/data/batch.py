"""Many rows written at once, each as `save` writes one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from core.data.locking import take_turn
from core.data.model import Record
from core.data.statements import MOST_PARAMETERS, column_kinds, native, rows_given
from core.data.writes import inserts
from core.kinds.kind import Dialect
from core.scope import Scope, current


async def save_all(rows: Iterable[Record]) -> None:
    """Write rows as `save` does, with as few statements as can be.

    New rows of a table take one INSERT, tables in the order in which they come; rows of a table that change in the same
    columns take one UPDATE. Every row has `prepare`, its version and its audit entry; one that is unchanged is left
    alone.

    Raises:
        ConflictRefusal: Somebody else has changed one of the rows since it was loaded; the transaction is to end.
        ValueError: Two objects are of one row.
    """
    batch = _Batch(current())
    for row in {id(row): row for row in rows}.values():
        await row._make_ready()
        batch.add(row)
    await batch.write()


class _Batch:
    """Rows by what one statement can say."""

    def __init__(self, scope: Scope) -> None:
        self.unit = scope.writing()
        self.now = scope.now()
        self.database = scope._dealer.database
        self.new: dict[type[Record], list[Record]] = {}
        self.changed: dict[tuple[type[Record], tuple[str, ...]], list[Record]] = {}
        self.columns: dict[tuple[str, UUID], tuple[Record, tuple[str, ...]]] = {}
        """The rows that are to be written, with the columns to change; none for a new one."""
        self.given: set[tuple[str, UUID]] = set()

    def add(self, row: Record) -> None:
        if row._key in self.given:
            raise ValueError("save_all takes one object for each row, and two of these are of one")
        self.given.add(row._key)
        names: tuple[str, ...] = ()
        if not row._saved_in_db:
            row._begin(self.now)
            self.new.setdefault(type(row), []).append(row)
        elif names := row._changed():
            self.changed.setdefault((type(row), names), []).append(row)
        else:
            return
        self.columns[row._key] = row, names
        self.unit.touched.written.append((row, {}))

    async def write(self) -> None:
        for model, rows in self.new.items():
            for write in inserts(model, [vars(row) for row in rows]):
                await self.database.post(write)
        await self._take_turns()
        for (model, names), rows in self.changed.items():
            step = MOST_PARAMETERS // (len(names) + 3)
            for start in range(0, len(rows), step):
                await self._update(model, names, rows[start : start + step])
        for row, names in self.columns.values():
            self.unit.record(row._updated("update", names, self.now) if names else row._created())

    async def _take_turns(self) -> None:
        for key in sorted((key for key, (_, names) in self.columns.items() if names), key=str):  # all in one order
            await take_turn(key)
            self.unit.touched.rows.add(key)

    async def _update(self, model: type[Record], names: tuple[str, ...], rows: Sequence[Record]) -> None:
        sql, values = _statement(model, names, rows, self.now, self.database.dialect)
        hit = {UUID(str(found[0])) for found in await self.database.fetch(sql, values)}
        if missed := [row for row in rows if row.id not in hit]:
            self.unit.touched.stale.update(row._key for row in missed)
            raise missed[0]._conflict()


def _statement(
    model: type[Record], names: tuple[str, ...], rows: Sequence[Record], now: datetime, dialect: Dialect
) -> tuple[str, list[Any]]:
    """Return what changes columns of the rows that still have the version that was seen, and returns their ids."""
    fields = [model._meta.fields_map[name] for name in names]
    given = [
        (
            row.id,
            row.loaded_values["version"],
            *(f.to_db_value(getattr(row, n), row) for n, f in zip(names, fields, strict=True)),
        )
        for row in rows
    ]
    table, values = rows_given(dialect, given, ("uuid", "int", *column_kinds(model, names)))
    columns = tuple(model._meta.fields_db_projection[name] for name in names)
    return _sql(model._meta.db_table, columns, table, dialect), [now, *values]


@lru_cache(maxsize=256)
def _sql(table: str, columns: tuple[str, ...], given: str, dialect: str) -> str:
    to_set = "".join(f', "{column}" = given.column{number}' for number, column in enumerate(columns, 3))
    return native(
        f'UPDATE "{table}" SET "updated_at" = ?, "version" = given.column2 + 1{to_set} FROM {given} AS given '
        f'WHERE "{table}"."id" = given.column1 AND "{table}"."version" = given.column2 RETURNING "id"',
        dialect,
    )
