"""Rows for every entity of a dealer, made of their columns alone: as many kinds of values as the tables can hold."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from graphql import GraphQLObjectType, get_named_type
from tortoise import Model as TortoiseModel
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.fields import Field
from tortoise.fields.relational import ForeignKeyFieldInstance

from core.catalog.catalog import Entity, ValueField
from core.data.fields import MoneyField, ProtectedField
from core.data.model import Record
from core.data.writes import inserts
from core.money import Money
from core.people.models import Store
from core.scope import Scope
from core.testing.harness import SampleDealer

TEXTS = (
    "",
    "red",
    "Red Car",
    "100% a_b!",
    "名字 示例",
    "Ünïcode é",
    'it\'s "quoted"',
    "back\\slash",
    "line\nbreak\ttab\x01",
    "😀 \u2028",
    "A",
    "a",
    "null",
    "8000",
)
PROTECTED: Mapping[str, Sequence[str]] = {
    "phone": ("13800138000", "13900138001", "+86 137-0013-8002"),
    "email": ("a@example.com", "li.ming@example.cn"),
    "identity": ("110101199003070134", "11010119900307803X"),
    "plate": ("沪A12345", "浙A88888"),
}
PLAIN = ("Lu Xun 8000", "wechat_8001", "示例路 1 号")
NUMBERS = (0, 0, 1, 1, 2, 3, 5, 60, 100, -3, 8000)
BIG_NUMBERS = (0, 1, 5000, 123_456, 2**53 + 1, -7)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
INSTANTS = (
    NOON,
    NOON + timedelta(days=3),
    NOON - timedelta(days=40, microseconds=500_000),
    NOON + timedelta(seconds=1, microseconds=123_456),
    datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
)
MILLISECOND = int(NOON.timestamp() * 1000)
EXTREMES = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
DATES = (date(2026, 11, 21), date(2026, 11, 20), date(2026, 12, 31), date(2024, 2, 29), date.max, date.min)
AMOUNTS = (Money(0), Money(1000), Money(1000, "USD"), Money(24_420_000), Money(-5, "JPY"))
BY_NAME: Mapping[str, Sequence[Any]] = {
    "zone": ("Asia/Shanghai", "Europe/Berlin"),
    "title": ({"en": "Title", "zh-CN": "名称"}, {"en": "Other"}),
    "titles": ({"en": "Title", "zh-CN": "名称"}, {"en": "Other"}),
    "AssignmentRule.conditions": ({}, {"grade": ["A", "B"]}, {"region": ["31"]}),
    "AssignmentRule.pool": ([], ["01a1f72b-b9ca-7000-8000-0000000f43ca"]),
    "PipelineStage.requires": ([], ["MODEL", "BUDGET"], ["QUOTATION_SENT"]),
}
"""Columns whose content is code's own: a wrong one is a fault of the data, which no client can make."""
LISTS: Mapping[str, Sequence[Sequence[Any]]] = {
    "String": ([], ["a"], ["b", "a", "名字"]),
    "Int": ([], [2026], [1, 0, -5]),
    "ID": ([], ["a"]),
    "UUID": ([],),
}
OBJECTS: Sequence[Mapping[str, Any]] = ({}, {"b": 1, "a": [None, 1.5, True, "x\ny"], "名": {}})


async def fill(sample: SampleDealer, rows: int, seed: int = 1) -> None:
    """Add rows to each entity's table, past the rules of its plugin; those that a unique index refuses are left out.

    Args:
        rows: For each entity; every third comes when all tables have some, so that each reference can be filled.
    """
    await sample.run(_Filler(sample, seed, rows).run)


class _Filler:
    def __init__(self, sample: SampleDealer, seed: int, rows: int) -> None:
        self.sample = sample
        self.random = random.Random(seed)
        self.rows = rows
        self.ids: dict[type[TortoiseModel], list[UUID]] = {}
        self.number = seed * 1_000_000
        self.lists = self._lists()

    def _lists(self) -> dict[tuple[type[Record], str], tuple[str, int]]:
        """Return the columns that the schema shows as lists of scalars, of which, and how deep the lists lie."""
        kernel = self.sample.dealer.kernel
        found = {}
        for entity in kernel.catalog.entities.values():
            kind = kernel.schema.graphql.type_map[entity.name]
            assert isinstance(kind, GraphQLObjectType)
            for field in entity.fields.values():
                shown = kind.fields[field.graphql_name].type
                if isinstance(field, ValueField) and "[" in str(shown):
                    found[entity.model, field.name] = (get_named_type(shown).name, str(shown).count("["))
        return found

    async def run(self, scope: Scope) -> None:
        models = [entity.model for entity in _in_order(list(self.sample.dealer.kernel.catalog.entities.values()))]
        for model in models:
            self.ids[model] = [row.id for row in await model.all()]
        for count in (self.rows - self.rows // 3, self.rows // 3):
            for model in models:
                if model is not Store:
                    for _ in range(count):
                        await self._add(model, scope)

    async def _add(self, model: type[Record], scope: Scope) -> None:
        values = {name: value for name, field in _columns(model) if (value := self._value(model, name, field)) != ...}
        composites = {name: self._composite(one) for name, one in model.composites.items()}
        row = model(id=self._id(), **values, **composites)
        row.created_at = self.random.choice(INSTANTS + EXTREMES)
        row.updated_at = self.random.choice(INSTANTS)
        row._settle()
        try:
            async with self.sample.dealer.database.transaction():
                for write in inserts(model, [vars(row)]):
                    await self.sample.dealer.database.post(write)
        except IntegrityError:
            return
        self.ids[model].append(row.id)

    def _id(self) -> UUID:
        """Return an id as rows have it, but the same each time."""
        self.number += 1
        return UUID(int=(MILLISECOND + self.number) << 80 | 0x7 << 76 | 0b10 << 62 | self.number)

    def _composite(self, composite: Any) -> Any:
        if composite.null and self.random.random() < 0.3:
            return None
        if isinstance(composite, MoneyField):
            return self.random.choice(AMOUNTS)
        assert isinstance(composite, ProtectedField)
        return self.random.choice(PROTECTED.get(composite.kind, PLAIN))

    def _value(self, model: type[Record], name: str, field: Field[Any]) -> Any:
        """Return a value for a column; an ellipsis leaves it to its default."""
        if name == "archived_at":
            return self.random.choice(INSTANTS) if self.random.random() < 0.15 else None
        if name == "version":
            return self.random.randint(1, 3)
        reference: ForeignKeyFieldInstance[Any] | None = getattr(field, "reference", None)
        if reference is not None:
            return self._reference(reference.related_model, null=field.null)
        if field.null and self.random.random() < 0.3:
            return None
        own = BY_NAME.get(f"{model.__name__}.{name}") or BY_NAME.get(name)
        if own:
            return self.random.choice(own)
        if isinstance(field, fields.JSONField):
            return self._json(model, name, field)
        if isinstance(field, fields.CharField) and not hasattr(field, "enum_type"):
            return self._text(field)
        return self._plain(field)

    def _reference(self, target: type[TortoiseModel], *, null: bool) -> UUID | None:
        known = self.ids[target]
        if null and (not known or self.random.random() < 0.3):
            return None
        return self.random.choice(known)

    def _json(self, model: type[Record], name: str, field: Field[Any]) -> Any:
        kind, depth = self.lists.get((model, name), ("", 0))
        if kind in LISTS:
            inner = self.random.choice(LISTS[kind])
            return inner if depth == 1 else [inner] * self.random.randint(0, 2)
        return self.random.choice(OBJECTS) if field.default is dict and self.random.random() < 0.5 else ...

    def _text(self, field: Field[Any]) -> str:
        text = self.random.choice(TEXTS)
        if field.unique or self.random.random() < 0.3:
            self.number += 1
            text = f"{self.number}{text}"
        return text[: field.max_length]  # type: ignore[attr-defined]  # a CharField has one

    def _plain(self, field: Field[Any]) -> Any:
        if hasattr(field, "enum_type"):
            return self.random.choice(list(field.enum_type))
        choices: tuple[tuple[type[Field[Any]], Sequence[Any]], ...] = (
            (fields.UUIDField, [one for ids in self.ids.values() for one in ids[:1]]),
            (fields.DatetimeField, INSTANTS),
            (fields.DateField, DATES),
            (fields.BooleanField, (True, False)),
            (fields.BigIntField, BIG_NUMBERS),
            (fields.IntField, NUMBERS),
            (fields.TextField, TEXTS),
        )
        for kind, values in choices:
            if isinstance(field, kind):
                return self.random.choice(values)
        return ...


def _columns(model: type[Record]) -> Iterator[tuple[str, Field[Any]]]:
    """Yield the columns that a value is made for, not those which follow from another field."""
    derived = {name for composite in model.composites.values() for name, _ in composite.columns()}
    derived |= {text.search for text in model.kept_texts}
    for name in model._meta.fields_db_projection:
        if name not in derived and name not in ("id", "created_at", "updated_at"):
            yield name, model._meta.fields_map[name]


def _in_order(entities: Sequence[Entity]) -> list[Entity]:
    """Return entities so that each comes after those which it can't do without."""
    by_model = {entity.model: entity for entity in entities}
    done: dict[type[Record], Entity] = {}

    def add(entity: Entity) -> None:
        if entity.model in done:
            return
        for name in sorted(entity.model._meta.fk_fields):
            field: Any = entity.model._meta.fields_map[name]
            target = by_model.get(field.related_model)
            if target is not None and target is not entity and not field.null:
                add(target)
        done[entity.model] = entity

    for entity in entities:
        add(entity)
    return list(done.values())


async def two_stores(sample: SampleDealer) -> tuple[UUID, UUID, UUID]:
    """Make a second and a third store, whose rows the fill spreads over, and return them all."""
    return sample.store_id, await sample.add_store("S2"), await sample.add_store("S3")
