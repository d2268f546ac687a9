"""What the walk asks, and what the oracle says would be right."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import GraphQLSchema, get_named_type, is_leaf_type

from core.catalog.catalog import (
    Column,
    ComputedField,
    Entity,
    EntityField,
    ToManyField,
    ToOneField,
    ValueField,
)
from core.ids import global_id
from core.kinds.folding import folded
from tests.rights.oracle import Oracle, Person, Row, columns_searched, stored
from tests.rights.people import PAGE

FORBIDDEN = "FORBIDDEN"
Check = Callable[[Any], str | None]
"""Returns what is wrong with the answer of a field; None where nothing is."""


@dataclass(frozen=True)
class Question:
    """One root field.

    Attributes:
        kind: What is tried, such as `filter`.
        place: Where, such as `Book.author`.
        check: What must be so; FORBIDDEN where it must be refused.
    """

    kind: str
    place: str
    text: str
    check: Check | str


class Questions:
    """Everything that is asked about one entity by one person."""

    def __init__(self, schema: GraphQLSchema, oracle: Oracle, person: Person, entity: Entity, seed: int) -> None:
        self.schema = schema
        self.oracle = oracle
        self.person = person
        self.entity = entity
        self.seen = oracle.visible(person, entity)
        self.readable = oracle.may_read(person, entity)
        self.chance = random.Random(f"{seed} {person.name} {entity.name}")

    def all(self) -> Iterator[Question]:
        """Yield what looks nothing up, so that all of it can be asked at once."""
        yield self.list("list", "", "", set(self.seen))
        yield self._stats("aggregate", "", "", lambda groups: _same([g["count"] for g in groups], [len(self.seen)]))
        if not self.readable:
            return
        yield from self._rows()
        yield from self._nodes()
        yield from self._filters()
        yield from self._orders()
        yield from self._groups()
        yield from self._measures()
        yield from self._searches()

    def _ids(self, rows: set[str]) -> set[str]:
        return {global_id(self.entity.name, row_id) for row_id in rows}  # type: ignore[arg-type]  # a UUID as text

    def list(self, kind: str, place: str, arguments: str, rows: set[str], *, refused: bool = False) -> Question:
        text = f"{self.entity.plural}({arguments} first: {PAGE}) {{ totalCount nodes {{ id }} }}"
        expected = self._ids(rows)

        def check(page: Any) -> str | None:
            found = {node["id"] for node in page["nodes"]}
            return _differ(found, expected) or _same(page["totalCount"], len(expected))

        return self._question(kind, place, text, check, refused=refused)

    def _stats(
        self, kind: str, place: str, arguments: str, check: Check, *, refused: bool = False, of: str = "count"
    ) -> Question:
        text = f"{self.entity.singular}Stats{f'({arguments})' if arguments else ''} {{ {of} }}"
        return self._question(kind, place, text, check, refused=refused)

    def _question(self, kind: str, place: str, text: str, check: Check, *, refused: bool) -> Question:
        name = f"{self.entity.name}.{place}" if place else self.entity.name
        return Question(kind, name, text, FORBIDDEN if refused or not self.readable else check)

    def _rows(self) -> Iterator[Question]:
        """Every field of every row, and what hangs on them."""
        shown = [(one, text) for one in self.entity.fields.values() if (text := self._selection(one)) is not None]
        text = f"{self.entity.plural}(first: {PAGE}) {{ nodes {{ id {' '.join(text for _, text in shown)} }} }}"
        by_id = {global_id(self.entity.name, row_id): row for row_id, row in self.seen.items()}  # type: ignore[arg-type]  # as above

        def check(page: Any) -> str | None:
            for node in page["nodes"]:
                for one, _ in shown:
                    wrong = self._wrong(one, by_id[node["id"]], node[one.graphql_name]) if node["id"] in by_id else None
                    if wrong:
                        return f"{one.graphql_name}: {wrong}"
            return None

        yield Question("fields", self.entity.name, text, check)

    def _selection(self, one: EntityField) -> str | None:
        if isinstance(one, ToOneField):
            return f"{one.graphql_name} {{ id }}"
        if isinstance(one, ToManyField):
            return f"{one.graphql_name}(first: {PAGE}) {{ totalCount nodes {{ id }} }}"
        if not isinstance(one, ValueField | ComputedField):
            return None
        kind: Any = self.schema.type_map[self.entity.name]
        leaf = get_named_type(kind.fields[one.graphql_name].type)
        if is_leaf_type(leaf):
            return one.graphql_name
        return f"{one.graphql_name} {{ __typename }}"

    def _wrong(self, one: EntityField, row: Row, value: Any) -> str | None:
        if not self.oracle.sees_field(self.person, one):
            return None if value is None else "a guarded field is shown"
        if isinstance(one, ToOneField):
            row_id = self.oracle.related(self.person, one, row)
            return _same(value and value["id"], row_id and global_id(one.target.name, row_id))  # type: ignore[arg-type]  # as above
        if isinstance(one, ToManyField):
            if not self.oracle.may_read(self.person, one.target):
                return _same(value, None)
            below = {global_id(one.target.name, i) for i in self.oracle.below(self.person, one, row)}  # type: ignore[arg-type]  # as above
            return _differ({node["id"] for node in value["nodes"]}, below) or _same(value["totalCount"], len(below))
        if isinstance(one, ValueField) and one.protected is not None:
            return _same(value, row[f"{one.protected.name}_masked"])
        return None

    def _nodes(self) -> Iterator[Question]:
        """Single rows by their ids, archived ones too."""
        rows = self.oracle.rows[self.entity.name]
        drawn = self.chance.sample(sorted(rows), min(20, len(rows)))
        ids = [global_id(self.entity.name, row_id) for row_id in drawn]  # type: ignore[arg-type]  # as above
        sees = [self.oracle.sees(self.person, self.entity, rows[row_id]) for row_id in drawn]
        expected = [{"id": one} if seen else None for one, seen in zip(ids, sees, strict=True)]
        listed = ", ".join(f'"{one}"' for one in ids)
        yield Question(
            "by id", self.entity.name, f"nodes(ids: [{listed}]) {{ id }}", lambda found: _same(found, expected)
        )

    def _filters(self) -> Iterator[Question]:
        for name, one in self.entity.filters.items():
            refused = not self.oracle.sees_field(self.person, one)
            if isinstance(one, ToOneField):
                yield from self._relation_filters(name, one, refused)
            elif isinstance(one, ToManyField):
                yield from self._list_filters(name, one, refused)
            elif isinstance(one, ValueField):
                inner = "{amountMinor: {isNull: $}}" if bool(one.kind.unit) else "{isNull: $}"
                for missing in (True, False):
                    candidates = self._archived_too() if name == "archivedAt" else self.seen
                    rows = {i for i, row in candidates.items() if (stored(one, row) is None) is missing}
                    condition = inner.replace("$", str(missing).lower())
                    yield self.list("filter", name, f"filter: {{{name}: {condition}}}", rows, refused=refused)

    def _archived_too(self) -> dict[str, Row]:
        """Return the rows in sight; a filter that speaks of the archive mark leaves no archived ones out."""
        rows = self.oracle.rows[self.entity.name].items()
        return {i: row for i, row in rows if self.oracle.sees(self.person, self.entity, row)}

    def _relation_filters(self, name: str, one: ToOneField, refused: bool) -> Iterator[Question]:
        refused = refused or not self.oracle.may_read(self.person, one.target)
        related = {i: self.oracle.related(self.person, one, row) for i, row in self.seen.items()}
        for missing in (True, False):
            rows = {i for i, target in related.items() if (target is None) is missing}
            condition = f"{{{name}: {{isNull: {str(missing).lower()}}}}}"
            yield self.list("relation", name, f"filter: {condition}", rows, refused=refused)
            rows = set(self.seen) - rows
            yield self.list("relation", name, f"filter: {{not: {condition}}}", rows, refused=refused)
        keys = sorted({str(row[one.column.name]) for row in self.oracle.rows[self.entity.name].values()} - {"None"})
        for key in self.chance.sample(keys, min(3, len(keys))):
            rows = {i for i, target in related.items() if target == key}
            condition = f'{{id: {{in: ["{global_id(one.target.name, key)}"]}}}}'  # type: ignore[arg-type]  # as above
            yield self.list("relation", name, f"filter: {{{name}: {condition}}}", rows, refused=refused)

    def _list_filters(self, name: str, one: ToManyField, refused: bool) -> Iterator[Question]:
        refused = refused or not self.oracle.may_read(self.person, one.target)
        some = {i for i, row in self.seen.items() if self.oracle.below(self.person, one, row)}
        for how, rows in (("some", some), ("none", set(self.seen) - some), ("every", set(self.seen))):
            yield self.list("relation", name, f"filter: {{{name}: {{{how}: {{}}}}}}", rows, refused=refused)

    def _orders(self) -> Iterator[Question]:
        for name, one in self.entity.orders.items():
            refused = not self.oracle.sees_field(self.person, one)
            if isinstance(one, ValueField):
                yield self.list("order", name, f"orderBy: [{{{name}: ASC}}]", set(self.seen), refused=refused)
            elif isinstance(one, ToOneField):
                yield from self._relation_order(name, one, refused)

    def _relation_order(self, name: str, one: ToOneField, refused: bool) -> Iterator[Question]:
        """Rows whose relation is out of sight come last, among those without one: their place tells nothing."""
        refused = refused or not self.oracle.may_read(self.person, one.target)
        text = f"{self.entity.plural}(orderBy: [{{{name}: {{createdAt: DESC}}}}] first: {PAGE}) {{ nodes {{ id }} }}"
        related = {i: self.oracle.related(self.person, one, row) for i, row in self.seen.items()}
        none = self._ids({i for i, target in related.items() if target is None})

        def check(page: Any) -> str | None:
            ids = [node["id"] for node in page["nodes"]]
            return _differ(set(ids), self._ids(set(self.seen))) or _same(set(ids[len(ids) - len(none) :]), none)

        yield self._question("order", name, text, check, refused=refused)

    def _groups(self) -> Iterator[Question]:
        for name, one in self.entity.groups.items():
            if bool(one.kind.unit):
                continue
            counts = Counter(Counter(repr(stored(one, row)) for row in self.seen.values()).values())
            yield self._stats(
                "aggregate",
                name,
                f"groupBy: [{one.name.upper()}]",
                partial(_same_counts, counts),
                refused=not self.oracle.sees_field(self.person, one),
            )

    def _measures(self) -> Iterator[Question]:
        kind: Any = self.schema.type_map.get(f"{self.entity.name}Sum")
        for name in kind.fields if kind is not None else ():
            one = self.entity.fields[name]
            assert isinstance(one, ValueField)
            total = sum(stored(one, row) or 0 for row in self.seen.values())
            money = bool(one.kind.unit)

            def check(groups: Any, name: str = name, total: Any = total, money: bool = money) -> str | None:
                value = groups[0]["sum"][name]
                if money:
                    return _same(sum(int(part["amountMinor"]) for part in value), total)
                return (
                    None if value is None and not total else _same(round(float(value or 0), 3), round(float(total), 3))
                )

            of = f"sum {{ {name} {'{ amountMinor }' if money else ''} }}"
            yield self._stats("aggregate", name, "", check, refused=not self.oracle.sees_field(self.person, one), of=of)

    def _searches(self) -> Iterator[Question]:
        """Words of rows that somebody may not see, and of columns that he may not read."""
        if any(source.protected is not None for source in self.entity.search):
            return  # what a blind index finds is asked for one at a time
        columns = [column for column, _ in columns_searched(self.entity)]
        rows = self.oracle.rows[self.entity.name].values()
        texts = " ".join(str(row[column.name]) for column in columns for row in rows)
        words = sorted({word for word in texts.split() if word.isascii() and word.isalpha()})
        for word in self.chance.sample(words, min(3, len(words))):
            yield self.search_for(word)

    def search_for(self, word: str) -> Question:
        """Search for one word, or for a protected value."""
        guarded = columns_searched(self.entity)
        own = [column for column, guard in guarded if guard is None or self.person.widest(guard) is not None]
        values = [one for one in self.entity.fields.values() if isinstance(one, ValueField)]
        protected = [one for one in values if one.protected is not None and one.column in self.entity.search]
        rows = {
            i
            for i, row in self.seen.items()
            if any(_has(row, column, word) for column in own)
            or any(self.oracle.plain(self.entity, one, row) == word for one in protected)
        }
        return self.list("search", word, f'search: "{word}"', rows)


def _has(row: Row, column: Column, word: str) -> bool:
    return folded(word) in folded(str(row[column.name] or ""))


def _same_counts(counts: Counter[int], groups: Any) -> str | None:
    return _same(Counter(group["count"] for group in groups), counts)


def _same(found: Any, expected: Any) -> str | None:
    return None if found == expected else f"{found} instead of {expected}"


def _differ(found: set[str], expected: set[str]) -> str | None:
    if found == expected:
        return None
    return f"{len(found - expected)} rows too many, {len(expected - found)} too few"
