"""The GraphQL types that follow from an entity: its fields, lists, filters, orderings and aggregates."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from core.api.catalog import (
    Column,
    ComputedField,
    Entity,
    EntityField,
    MoneyColumns,
    ResolverField,
    ToManyField,
    ToOneField,
    ValueField,
)
from core.api.filters import IDFilter, enum_filter, filter_field, many_filter, value_filter
from core.api.resolvers import answer, page_part, stats_part
from core.api.scalars import BigInt, Direction, MoneyType, PageInfo, graphql_annotation
from core.api.shells import Fields, Shells, argument, many, optional, planned_field

PAGE_ARGUMENTS: tuple[tuple[str, Any, str], ...] = (
    ("first", int, "How many rows from the start; 50 without it, 100 at the most."),
    ("after", str, "Rows behind this cursor."),
    ("last", int, "How many rows from the end."),
    ("before", str, "Rows before this cursor."),
)


class EntityTypes:
    """Makes the types of entities among the shells of one kernel."""

    def __init__(self, shells: Shells) -> None:
        self.shells = shells

    def fields(self, entity: Entity) -> Fields:
        """Return the fields of an entity's own type."""
        fields = [planned_field("id", strawberry.ID, "The global id.", answer)]
        return fields + [self._entity_field(field) for field in entity.fields.values()]

    def _entity_field(self, field: EntityField) -> StrawberryField:
        if isinstance(field, ResolverField):
            return field.field
        annotation: Any
        arguments: list[StrawberryArgument] = []
        if isinstance(field, ValueField):
            annotation = self._value(field)
            if field.nullable:
                annotation = optional(annotation)
        elif isinstance(field, ToOneField):
            annotation = optional(field.target.cls)
        elif isinstance(field, ToManyField):
            annotation = optional(self.connection(field.target))
            arguments = self.list_arguments(field.target)
        else:
            assert isinstance(field, ComputedField)
            annotation = graphql_annotation(field.annotation)
        return planned_field(field.graphql_name, annotation, field.description, answer, arguments, field.deprecated)

    def _value(self, field: ValueField) -> Any:
        if isinstance(field.source, Column) and field.source.big:
            return BigInt
        return graphql_annotation(field.annotation)

    def connection(self, entity: Entity) -> type:
        edge = self.shells.shell(
            f"{entity.name}Edge",
            f"One {entity.name} in a list.",
            lambda: [
                planned_field("node", entity.cls, "The row.", page_part),
                planned_field("cursor", str, "Its place in the list; opaque.", page_part),
            ],
        )
        return self.shells.shell(
            f"{entity.name}Connection",
            f"One page of a list of {entity.name}s.",
            lambda: [
                planned_field("edges", many(edge), "The rows with their cursors.", page_part),
                planned_field("nodes", many(entity.cls), "The rows.", page_part),
                planned_field("pageInfo", PageInfo, "Where the page lies in the list.", page_part),
                planned_field("totalCount", int, "How many rows the whole list has; counted when asked.", page_part),
            ],
        )

    def list_arguments(self, entity: Entity) -> list[StrawberryArgument]:
        arguments = [argument(*spec) for spec in PAGE_ARGUMENTS]
        arguments.append(argument("filter", self.filter(entity), "Only rows that are so."))
        arguments.append(argument("orderBy", many(self.order(entity)), "The order, most important first; else by age."))
        if entity.search:
            arguments.append(argument("search", str, "Words that all must be found in the row."))
        return arguments

    def filter(self, entity: Entity) -> type:
        def make() -> Fields:
            own = self.filter(entity)
            fields = [
                filter_field("and", many(own), "All of these."),
                filter_field("or", many(own), "At least one of these."),
                filter_field("not", own, "Not this."),
                filter_field("id", IDFilter, "Conditions on the id."),
            ]
            return fields + [
                filter_field(name, self._filter_type(entity, field), field.description)
                for name, field in entity.filters.items()
            ]

        text = f"Conditions on {entity.name}s; all must hold."
        return self.shells.shell(f"{entity.name}Filter", text, make, is_input=True)

    def _filter_type(self, entity: Entity, field: EntityField) -> type:
        if isinstance(field, ToOneField):
            return self._one_filter(field.target)
        if isinstance(field, ToManyField):
            name = f"{entity.name}{field.graphql_name[0].upper()}{field.graphql_name[1:]}Filter"
            return self.shells.once(name, lambda: many_filter(name, self.filter(field.target), field))
        assert isinstance(field, ValueField)
        known = value_filter(field)
        if known is not None:
            return known
        assert isinstance(field.source, Column)
        return self._enum_filter(field.source.python_type)

    def _one_filter(self, target: Entity) -> type:
        def make() -> Fields:
            missing = filter_field("isNull", bool, "Refers to no row (true), or to one (false).")
            return [missing, *(self.shells.fields(self.filter(target)) or ())]

        return self.shells.shell(
            f"{target.name}ReferenceFilter", f"Conditions on the {target.name} referred to.", make, is_input=True
        )

    def _enum_filter(self, cls: type[Enum]) -> type:
        return self.shells.once(f"{cls.__name__}Filter", lambda: enum_filter(cls))

    def order(self, entity: Entity) -> type:
        def make() -> Fields:
            return [
                filter_field(
                    name, self.order(field.target) if isinstance(field, ToOneField) else Direction, field.description
                )
                for name, field in entity.orders.items()
            ]

        text = f"One term of an order of {entity.name}s: name one field."
        return self.shells.shell(f"{entity.name}Order", text, make, is_input=True, one_of=True)

    def stats(self, entity: Entity) -> type:
        def make() -> Fields:
            fields = [planned_field("count", int, "Number of rows.", stats_part)]
            if entity.groups:
                fields.insert(0, planned_field("key", self._group_key(entity), "What the rows share.", stats_part))
            for how, text in (
                ("sum", "Sums"),
                ("average", "Averages"),
                ("min", "Least values"),
                ("max", "Greatest values"),
            ):
                measured = self._measured(entity, how)
                if measured:
                    kind = self._measures(entity, how, measured)
                    fields.append(planned_field(how, kind, f"{text} over the rows.", stats_part))
            return fields

        return self.shells.shell(f"{entity.name}Stats", f"Aggregates over {entity.name}s, one entry a group.", make)

    def _measured(self, entity: Entity, how: str) -> list[ValueField]:
        def fits(field: EntityField) -> bool:
            if not isinstance(field, ValueField) or field.protected is not None or field.name == "version":
                return False
            if isinstance(field.source, MoneyColumns):
                return True
            kind = field.source.python_type
            number = kind in (int, float) or kind.__name__ == "Decimal"
            return number or (how in ("min", "max") and kind.__name__ in ("date", "datetime"))

        return [field for field in entity.fields.values() if isinstance(field, ValueField) and fits(field)]

    def _measures(self, entity: Entity, how: str, measured: list[ValueField]) -> type:
        def kind(field: ValueField) -> Any:
            if isinstance(field.source, MoneyColumns):
                return many(MoneyType)
            if how == "average":
                return optional(float)
            if how == "sum" and field.source.python_type is int:
                return optional(BigInt)
            return optional(self._value(field))

        return self.shells.shell(
            f"{entity.name}{how.capitalize()}",
            f"One {how} a field; amounts have one entry a currency.",
            lambda: [planned_field(f.graphql_name, kind(f), f.description, stats_part) for f in measured],
        )

    def _group_key(self, entity: Entity) -> type:
        return self.shells.shell(
            f"{entity.name}GroupKey",
            "The values that the rows of a group share; null for fields not grouped by.",
            lambda: [
                planned_field(name, optional(self._value(field)), field.description, stats_part)
                for name, field in entity.groups.items()
            ],
        )

    def group_enum(self, entity: Entity) -> type[Enum]:
        """Return the enum of the fields that can be grouped by; its values are the fields' GraphQL names."""
        members = {field.name.upper(): name for name, field in entity.groups.items()}
        cls = Enum(f"{entity.name}GroupBy", members)  # type: ignore[misc]  # made of data
        return strawberry.enum(cls, description=f"What {entity.name}s can be grouped by.")
