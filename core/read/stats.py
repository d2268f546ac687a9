"""Aggregates: counts, sums and the like, by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType

from core.catalog.catalog import Column, ValueField
from core.errors import LimitRefusal
from core.limits import LIMITS
from core.read.columns import Columns, Get
from core.read.gathering import SingleFlight
from core.read.paging import conditions_of
from core.read.plan import StatsPlan
from core.read.selection import stats_suffix
from core.read.sql import Query, Statement, quote
from core.read.writers import WriteLeaf

if TYPE_CHECKING:
    from core.read.compiling import Compiler, JsonCompiler
    from core.read.reader import Reader

MOST_CURRENCIES = 20
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


class StatsOf:
    """Fetches the aggregates of an entity's rows: one statement, and one for each amount that is measured."""

    def __init__(self, compiler: Compiler, plan: StatsPlan) -> None:
        self.plan = plan
        self.given = compiler.given(plan.arguments)
        self.group_by = [group.value for group in self.given.get("groupBy") or ()]
        self.group_fields = [plan.entity.groups[name] for name in self.group_by]
        measures = [(how, self._measured(name)) for how, name in plan.measures()]
        for measured in [*self.group_fields, *(one for _, one in measures)]:
            compiler.access.require_field(measured)
        plain = [(how, one) for how, one in measures if not one.kind.unit]
        self.main = _Aggregate(compiler, self, plain, None)
        amounts: dict[ValueField, list[str]] = {}
        for how, measured in measures:
            if measured.kind.unit:
                amounts.setdefault(measured, []).append(how)
        self.amounts = [
            (measured, hows, _Aggregate(compiler, self, [(how, measured) for how in hows], measured.column.unit))
            for measured, hows in amounts.items()
        ]

    def _measured(self, name: str) -> ValueField:
        found = self.plan.entity.fields[name]
        assert isinstance(found, ValueField)
        return found

    async def load(self, reader: Reader) -> list[Group]:
        """Return the groups, the largest first; one group of everything where nothing is grouped by."""
        groups = {
            tuple(key): Group(dict(zip(self.group_by, key, strict=True)), count, values)
            for key, count, values in await self.main.load(reader)
        }
        for measured, hows, aggregate in self.amounts:
            for group in groups.values():
                group.measures |= {(how, measured.graphql_name): [] for how in hows}
            make = measured.kind.make
            assert make is not None  # of a value and its unit
            for (*own, unit), _, values in await aggregate.load(reader):
                # A group may have come since the first statement.
                group_of_now = groups.get(tuple(own))
                for key, value in values.items():
                    if group_of_now is not None and value is not None and unit is not None:
                        group_of_now.measures[key].append(make(value, unit))
        return sorted(groups.values(), key=lambda group: -group.count)

    def queries(self) -> Iterator[Query]:
        """Yield the statements."""
        yield self.main.query
        for _, _, aggregate in self.amounts:
            yield aggregate.query


class _Aggregate:
    """One statement of aggregates.

    Args:
        unit: What amounts are grouped by beside the plan's own groups.
    """

    def __init__(
        self, compiler: Compiler, stats: StatsOf, measures: Sequence[tuple[str, ValueField]], unit: Column | None
    ) -> None:
        entity = stats.plan.entity
        statement = Statement(compiler.dialect)
        alias = statement.alias()
        columns = Columns(statement.dialect, alias)
        self.keys: list[Get] = [columns.getter(one.column) for one in stats.group_fields]
        if unit is not None:
            self.keys.append(columns.getter(unit))
        grouped = list(columns.expressions)
        self.count = columns.add("count(*)")
        self.values = [((how, one.graphql_name), _measure(columns, how, one)) for how, one in measures]
        conditions = conditions_of(compiler, statement, alias, entity, stats.given)
        sql = f"SELECT {', '.join(columns.expressions)} FROM {quote(entity.table)} {alias}"
        sql += f" WHERE {' AND '.join(conditions) or '1=1'}"
        self.alike = SingleFlight()
        # In an order of their own, so that groups of one size come in the same order each time.
        keys = ", ".join(grouped)
        order = ", ".join(f"{key} NULLS LAST" for key in grouped)
        # As many as are allowed of an amount have an entry a currency each.
        self.most = LIMITS.groups * (1 if unit is None else MOST_CURRENCIES)
        ordered = f"{sql} GROUP BY {keys} ORDER BY {order} LIMIT {self.most + 1}"
        self.query = statement.render(ordered if grouped else sql)

    async def load(self, reader: Reader) -> list[tuple[list[Any], int, dict[tuple[str, str], Any]]]:
        records = await self.alike.fetch(self.query, reader)
        if len(records) > self.most:
            text = f"there are more than {LIMITS.groups} groups; filter the rows, or group by what has fewer values"
            raise LimitRefusal(text, rule="groups", limit="groups", allowed=LIMITS.groups)
        return [
            ([get(record) for get in self.keys], record[self.count], {key: get(record) for key, get in self.values})
            for record in records
        ]


def _measure(columns: Columns, how: str, measured: ValueField) -> Get:
    column, kind = measured.column.key, measured.kind
    place = columns.add(f"{FUNCTIONS[how]}({columns.named(column)})")
    if how in ("min", "max") and not kind.unit:
        return columns.converted(kind, place)
    read = kind.measures[how].read
    return lambda record: None if record[place] is None else read(record[place])


def stats_writer(compiler: JsonCompiler, plan: StatsPlan) -> WriteLeaf:
    """Return the function that writes a group as the plan asks for it."""
    parts: list[tuple[str, WriteLeaf]] = []
    for key, name, inner in plan.parts:
        if name == "count":
            parts.append((key, lambda group: group.count))
        elif name == "__typename":
            parts.append((key, lambda _: f"{plan.entity.name}Stats"))
        else:
            parts.append((key, _part_writer(compiler, plan, name, inner)))
    return lambda group: {key: write(group) for key, write in parts}


def _part_writer(compiler: JsonCompiler, plan: StatsPlan, part: str, inner: Any) -> WriteLeaf:
    type_name = f"{plan.entity.name}{stats_suffix(part)}"
    kind = compiler.schema.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    writers: list[tuple[str, str, WriteLeaf | None]] = [
        (key, name, None if name == "__typename" else compiler.leaves.writer(kind.fields[name].type, nodes))
        for key, name, nodes in inner
    ]

    def write(group: Group) -> dict[str, Any]:
        values: Any = group.key if part == "key" else group.measures
        place = (lambda name: name) if part == "key" else (lambda name: (part, name))
        return {key: type_name if one is None else one(values.get(place(name))) for key, name, one in writers}

    return write
