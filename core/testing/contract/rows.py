"""Rows for any table, made from its columns alone, so that lists can be read that no command has filled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.data.model import Record
from core.data.writes import inserts
from core.ids import uuid7
from core.kinds.kind import kind_of
from core.people.models import Store
from core.testing.harness import SampleDealer


class RowMaker:
    """Writes rows past all rules of the plugins, which generated values would seldom meet.

    Attributes:
        made: Ids by table, in the order in which they were made; tables that refuse such rows are absent.
    """

    def __init__(self, sample: SampleDealer) -> None:
        self.sample = sample
        self.made: dict[type[Record], list[UUID]] = {}
        self._refused: set[type[Record]] = set()

    async def fill(self, model: type[Record], count: int) -> int:
        """Bring a table to a number of rows, the tables that it refers to first; return how many there are."""
        await self._fill(model, count, ())
        return len(self.made.get(model, ()))

    async def _fill(self, model: type[Record], count: int, path: tuple[type[Record], ...]) -> bool:
        if model in self._refused:
            return False
        for key in sorted(model._meta.fk_fields):
            target = _target(model, key)
            if target is Store or target in (*path, model):
                continue
            found = await self._fill(target, count, (*path, model))
            if not found and not model._meta.fields_map[key].null:
                self._refused.add(model)
                return False
        ids = self.made.setdefault(model, [])
        database = self.sample.dealer.database
        for number in range(len(ids), count):
            row = self._row(model, number)
            try:
                async with database.transaction():
                    for write in inserts(model, [row]):
                        await database.post(write)
            except Exception:  # noqa: BLE001 - whatever a driver raises: the table wants other values
                self._refused.add(model)
                return False
            ids.append(row["id"])
        return True

    def _row(self, model: type[Record], number: int) -> dict[str, Any]:
        now = self.sample.clock.at + timedelta(seconds=number)  # so that rows can be ordered by it
        row: dict[str, Any] = dict(self._values(model, number))
        return row | {"id": uuid7(), "version": 1, "created_at": now, "updated_at": now, "archived_at": None}

    def _values(self, model: type[Record], number: int) -> Iterator[tuple[str, Any]]:
        keys = {f"{key}_id": key for key in model._meta.fk_fields}
        units = {f"{name}_{kind_of(one).unit}" for name, one in model.composites.items()}
        for name in model._meta.fields_db_projection:
            field = model._meta.fields_map[name]
            if name in keys:
                yield name, self._reference(model, keys[name], number)
            elif name in units and not field.null:
                yield name, "CNY"
            elif not field.null or name.endswith("_masked"):
                yield name, kind_of(field).sample(number, self.sample.clock.at)

    def _reference(self, model: type[Record], key: str, number: int) -> UUID | None:
        target = _target(model, key)
        if target is Store:
            return self.sample.store_id
        known = self.made.get(target, ())
        return known[number] if number < len(known) else None


def _target(model: type[Record], key: str) -> type[Record]:
    field: Any = model._meta.fields_map[key]
    target: type[Record] = field.related_model
    return target
