"""Aggregates: counts, sums and the like, by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.api.catalog import Column, MoneyColumns, ValueField
from core.money import Money
from core.read.plan import StatsRequest
from core.read.reader import Columns, Reader
from core.read.sql import Statement, quote

FUNCTIONS = {"sum": "SUM", "min": "MIN", "max": "MAX", "average": "AVG"}


@dataclass(slots=True)
class Group:
    """One group of rows.

    Attributes:
        key: Values of the fields grouped by.
        count: Number of rows.
        measures: Values by function and field; amounts are lists, one entry a currency.
    """

    key: dict[str, Any]
    count: int = 0
    measures: dict[tuple[str, str], Any] = field(default_factory=dict)


class StatsReader:
    """Reads the aggregates of one request: one statement, and one for each amount measured."""

    def __init__(self, reader: Reader, request: StatsRequest) -> None:
        self.reader = reader
        self.request = request
        entity = request.entity
        self.group_fields = [entity.groups[name] for name in request.group_by]
        self.measures = [(how, self._measured(name)) for how, name in request.measures]
        for measured in [*self.group_fields, *(f for _, f in self.measures)]:
            reader.access.require_field(measured)

    def _measured(self, name: str) -> ValueField:
        found = self.request.entity.fields[name]
        assert isinstance(found, ValueField)
        return found

    async def read(self) -> list[Group]:
        """Return the groups, the largest first; one group of everything where nothing is grouped by.

        Raises:
            ForbiddenError: The caller may not read the rows, or a field that is asked for.
        """
        self.reader.access.require_read(self.request.entity)
        plain = [(how, f) for how, f in self.measures if isinstance(f.source, Column)]
        groups = {
            self._key(key): Group(dict(zip(self.request.group_by, key, strict=True)), count, values)
            for key, count, values in await self._query(plain, None)
        }
        amounts: dict[str, list[str]] = {}
        for how, measured in self.measures:
            if isinstance(measured.source, MoneyColumns):
                amounts.setdefault(measured.graphql_name, []).append(how)
        for name, functions in amounts.items():
            await self._add_amounts(groups, self._measured(name), functions)
        return sorted(groups.values(), key=lambda group: -group.count)

    async def _add_amounts(self, groups: dict[Any, Group], measured: ValueField, functions: Sequence[str]) -> None:
        source = measured.source
        assert isinstance(source, MoneyColumns)
        for group in groups.values():
            for how in functions:
                group.measures[how, measured.graphql_name] = []
        for key, _, values in await self._query([(how, measured) for how in functions], source.currency):
            *own, currency = key
            group = groups[self._key(own)]
            for (how, name), value in values.items():
                if value is not None and currency is not None:
                    group.measures[how, name].append(Money(round(value), currency))

    @staticmethod
    def _key(values: Sequence[Any]) -> Any:
        return tuple(values)

    async def _query(
        self, measures: Sequence[tuple[str, ValueField]], currency: Column | None
    ) -> list[tuple[list[Any], int, dict[tuple[str, str], Any]]]:
        statement = Statement(self.reader.database.dialect)
        alias = statement.alias()
        columns = Columns(statement.dialect, alias)
        getters: list[Callable[[Sequence[Any]], Any]] = [columns.getter(f.source) for f in self.group_fields]
        if currency is not None:
            getters.append(columns.getter(currency))
        grouped = list(columns.expressions)
        count = columns.add_expression("count(*)")
        values = [(how, f.graphql_name, self._getter(columns, how, f)) for how, f in measures]
        conditions = self.reader.conditions(self.request, statement, alias)
        sql = (
            f"SELECT {', '.join(columns.expressions)} FROM {quote(self.request.entity.table)} {alias}"
            f" WHERE {' AND '.join(conditions) or '1=1'}"
        )
        if grouped:
            sql += f" GROUP BY {', '.join(grouped)}"
        records = await self.reader.fetch(statement, sql)
        return [
            ([get(r) for get in getters], r[count], {(how, name): get(r) for how, name, get in values}) for r in records
        ]

    @staticmethod
    def _getter(columns: Columns, how: str, measured: ValueField) -> Callable[[Sequence[Any]], Any]:
        source = measured.source
        column = source.minor if isinstance(source, MoneyColumns) else source
        place = columns.add_expression(f"{FUNCTIONS[how]}({columns.alias}.{quote(column.name)})")
        if how in ("min", "max"):
            return columns.converted(column, place)
        if how == "average":
            return lambda row: None if row[place] is None else float(row[place])
        return lambda row: None if row[place] is None else int(row[place])
