"""Writes whose outcome nobody waits for: PostgreSQL gets them together, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from tortoise.models import Model

from core.data.registry import registry
from core.data.statements import MOST_PARAMETERS, insert_sql, insert_together, insert_values, native
from core.kinds.kind import Dialect

MOST_AT_ONCE: Final = 12
"""Each length makes statements of its own, and the database keeps only so many prepared."""


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One INSERT or UPDATE.

    Attributes:
        table: The table that it writes to.
        sql: With `?` for each argument; without RETURNING.
        source: A write before it, whose rows it reads from `{source}`.
        returning: The columns that it has to give to the writes that name it as their source.
        missed: Makes the error to raise if it hits fewer than `rows`; without it that is no error.
        row_id: Of the row that it writes, if it is one with an id.
    """

    table: str
    sql: str
    args: Sequence[Any]
    source: Write | None = None
    returning: str = "1"
    missed: Callable[[], Exception] | None = None
    rows: int = 1
    row_id: UUID | None = None

    @property
    def only_adds(self) -> bool:
        """Whether it leaves the rows that were there alone."""
        return self.sql.startswith("INSERT") and "ON CONFLICT" not in self.sql

    def alone(self, dialect: Dialect) -> str:
        """Return it as a statement of its own, for when those before it have been run."""
        return native(self._reading(f'"{self.source.table}"' if self.source else ""), dialect)

    def _reading(self, source: str) -> str:
        return self.sql.replace("{source}", source) if source else self.sql


def inserts(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> Iterator[Write]:
    """Yield what inserts rows: one write, or several where SQLite couldn't take them in one."""
    if len(rows) > 1 and registry.dialect == "postgres":
        yield Write(model._meta.db_table, *insert_together(model, rows))
        return
    step = MOST_PARAMETERS // len(model._meta.fields_db_projection)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        row_id = part[0].get("id") if len(part) == 1 else None
        yield Write(model._meta.db_table, insert_sql(model, len(part)), insert_values(model, part), row_id=row_id)


def batches(writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
    """Yield what can be one statement: its parts don't see each other's rows, so none may touch those of another."""
    batch: list[Write] = []
    only_added: dict[str, bool] = {}
    values = 0
    for write in writes:
        apart = write.table in only_added and not (only_added[write.table] and write.only_adds)
        values += len(write.args)
        if batch and (apart or len(batch) == MOST_AT_ONCE or values > MOST_PARAMETERS):
            yield batch
            batch, only_added, values = [], {}, len(write.args)
        batch.append(write)
        only_added[write.table] = write.only_adds
    if batch:
        yield batch


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What is read of a row when its transaction has ended; it may come with the writes that end it.

    Attributes:
        sql: For PostgreSQL; reads the row from its table as `alias`, where that table stands first.
        row_id: The row's.
        give: Called with the records, if they come with the writes.
    """

    table: str
    alias: str
    sql: str
    args: Sequence[Any]
    row_id: UUID
    give: Callable[[Sequence[Any]], None]

    def beside(self, batch: Sequence[Write]) -> tuple[Write, str] | None:
        """Return the write that the row comes from, and the SQL with `{written}` where it is to be read from.

        None if the statement would see anything else of what is being written: parts of a statement don't.
        """
        writes = [write for write in batch if write.table == self.table]
        if len(writes) != 1 or writes[0].row_id != self.row_id or writes[0].returning != "1":
            return None
        sql = self.sql.replace(f'FROM "{self.table}" {self.alias} ', f"FROM {{written}} {self.alias} ", 1)
        if "{written}" not in sql or any(write.table in sql for write in batch):
            return None
        return writes[0], sql


def together(batch: Sequence[Write], *, guarded: bool, reading: Reading | None = None) -> tuple[str, list[Any]]:
    """Return one statement for PostgreSQL, and its arguments; its rows say how many rows each write has hit.

    The parts run in their order, because the row asks for their numbers one after the other. All that lock rows do so
    in one order then, whether their writes go together or apart.

    Args:
        guarded: It divides by zero if a write hits fewer rows than it must, so that nothing is written at all.
        reading: Its columns follow those numbers, if it can be part of the statement.
    """
    places = {id(write): place for place, write in enumerate(batch)}
    read = reading.beside(batch) if reading is not None else None
    parts = []
    for write in batch:
        place = places.get(id(write.source))
        source = "" if write.source is None else f'"{write.source.table}"' if place is None else f"w{place}"
        returning = "*" if read is not None and read[0] is write else write.returning
        parts.append((write._reading(source), returning, write.rows if guarded and write.missed else 0))
    values = [value for write in batch for value in write.args]
    if read is None or reading is None:
        return _together(tuple(parts)), values
    sql = read[1].replace("{written}", f"w{places[id(read[0])]}")
    return _together(tuple(parts), sql, len(reading.args)), [*reading.args, *values]


@lru_cache(maxsize=1024)
def _together(parts: tuple[tuple[str, str, int], ...], reading: str = "", bound: int = 0) -> str:
    listed = ", ".join(f"w{place} AS ({sql} RETURNING {columns})" for place, (sql, columns, _) in enumerate(parts))
    hit = ", ".join(
        f"(SELECT {f'1 / (count(*) >= {must_hit})::int' if must_hit else 'count(*)'} FROM w{place})"
        for place, (_, _, must_hit) in enumerate(parts)
    )
    # On the outside of a join, so that there is a row, and the numbers are asked for, whatever is read.
    read = f"FROM (SELECT 1) AS one LEFT JOIN ({reading}) AS answer ON true" if reading else ""
    writes = native(f"WITH {listed} SELECT {hit}", "postgres", bound + 1)
    return f"{writes}, answer.* {read}" if reading else writes
