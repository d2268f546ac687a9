"""The GraphQL types that follow from an entity: its fields, lists, filters, orderings and aggregates."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLEnumType, GraphQLField, GraphQLInputObjectType, GraphQLObjectType

from core.api.composer import (
    Composer,
    Fields,
    GraphQLArguments,
    InputFields,
    argument,
    input_field,
    many,
    planned_field,
    required,
)
from core.api.filters import ValueFilters
from core.api.resolvers import answer, page_part, stats_part
from core.api.scalars import Node, PageInfo, annotation_of, graphql_annotation, named
from core.catalog.catalog import (
    ComputedField,
    Entity,
    EntityField,
    ResolverField,
    ToManyField,
    ToOneField,
    ValueField,
)
from core.catalog.direction import Direction

PAGE_ARGUMENTS: tuple[tuple[str, type, str], ...] = (
    ("first", int, "How many rows from the start; 50 without it, 100 at the most."),
    ("after", str, "Rows behind this cursor."),
    ("last", int, "How many rows from the end."),
    ("before", str, "Rows before this cursor."),
)


class EntityTypes:
    """Makes the types of entities among the composed types of one kernel."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self.values = ValueFilters(composer)
        self._types: dict[str, GraphQLObjectType] = {}

    def type(self, entity: Entity) -> GraphQLObjectType:
        """Return an entity's own type."""
        known = self._types.get(entity.name)
        if known is None:
            written = entity.cls.__strawberry_definition__  # type: ignore[attr-defined]  # @entity made it one
            node = Node.__strawberry_definition__  # type: ignore[attr-defined]  # a Strawberry interface
            interfaces = written.interfaces if node in written.interfaces else [*written.interfaces, node]
            # Without `is_type_of`: the rows of a plan are no instances of the entity's class.
            known = self._types[entity.name] = GraphQLObjectType(
                entity.name,
                lambda: self._fields(entity),
                interfaces=[self.composer.plain.from_interface(interface) for interface in interfaces],
                description=written.description,
            )
        return known

    def _fields(self, entity: Entity) -> Fields:
        fields = {"id": planned_field(self.composer.written(strawberry.ID), "The global id.", answer)}
        for field in entity.fields.values():
            if isinstance(field, ResolverField):
                owner = entity.cls.__strawberry_definition__  # type: ignore[attr-defined]  # @entity made it one
                name, made = self.composer.plain.plain_field(field.field, owner)
                fields[name] = made
            else:
                fields[field.graphql_name] = self._planned(field)
        return fields

    def _planned(self, field: EntityField) -> GraphQLField:
        arguments: GraphQLArguments | None = None
        if isinstance(field, ValueField):
            kind = self._value(field)
            if not field.nullable:
                kind = required(kind)
        elif isinstance(field, ToOneField):
            kind = self.type(field.target)
        elif isinstance(field, ToManyField):
            kind = self.connection(field.target)
            arguments = self.list_arguments(field.target)
        else:
            assert isinstance(field, ComputedField)
            kind = self.composer.written(graphql_annotation(field.annotation))
        return planned_field(kind, field.description, answer, arguments, field.deprecated)

    def _value(self, field: ValueField) -> Any:
        if field.kind.as_annotated:
            return self.composer.kind(graphql_annotation(field.annotation))
        one = self.composer.kind(annotation_of(field.kind))
        return many(one) if field.kind.many else one

    def connection(self, entity: Entity) -> GraphQLObjectType:
        def make_edge() -> Fields:
            return {
                "node": planned_field(required(self.type(entity)), "The row.", page_part),
                "cursor": planned_field(self.composer.written(str), "Its place in the list; opaque.", page_part),
            }

        edge = self.composer.object(f"{entity.name}Edge", f"One {entity.name} in a list.", make_edge)

        def make() -> Fields:
            kinds = {
                "edges": (many(edge), "The rows with their cursors."),
                "nodes": (many(self.type(entity)), "The rows."),
                "pageInfo": (self.composer.kind(PageInfo), "Where the page lies in the list."),
                "totalCount": (self.composer.kind(int), "How many rows the whole list has; counted when asked."),
            }
            return {name: planned_field(required(kind), text, page_part) for name, (kind, text) in kinds.items()}

        return self.composer.object(f"{entity.name}Connection", f"One page of a list of {entity.name}s.", make)

    def list_arguments(self, entity: Entity) -> GraphQLArguments:
        arguments = {name: argument(self.composer.kind(kind), text) for name, kind, text in PAGE_ARGUMENTS}
        arguments["filter"] = argument(self.filter(entity), "Only rows that are so.")
        arguments["orderBy"] = argument(many(self.order(entity)), "The order, most important first; else by age.")
        return arguments | self.search_argument(entity)

    def search_argument(self, entity: Entity) -> GraphQLArguments:
        """Return the argument `search` of an entity that can be searched."""
        text = "Words that all must be found in the row."
        return {"search": argument(self.composer.kind(str), text)} if entity.search else {}

    def filter(self, entity: Entity) -> GraphQLInputObjectType:
        def make() -> InputFields:
            own = self.filter(entity)
            fields = {
                "and": input_field(many(own), "All of these."),
                "or": input_field(many(own), "At least one of these."),
                "not": input_field(own, "Not this."),
                "id": input_field(self.values.of_id(), "Conditions on the id."),
            }
            for name, field in entity.filters.items():
                fields[name] = input_field(self._filter_type(entity, field), field.description)
            return fields

        return self.composer.input(f"{entity.name}Filter", f"Conditions on {entity.name}s; all must hold.", make)

    def _filter_type(self, entity: Entity, field: EntityField) -> GraphQLInputObjectType:
        if isinstance(field, ToOneField):
            return self._one_filter(field.target)
        if isinstance(field, ToManyField):
            name = f"{entity.name}{field.graphql_name[0].upper()}{field.graphql_name[1:]}Filter"
            return self.values.of_many(name, self.filter(field.target), field)
        assert isinstance(field, ValueField)
        return self.values.of(field.kind)

    def _one_filter(self, target: Entity) -> GraphQLInputObjectType:
        def make() -> InputFields:
            missing = input_field(self.composer.kind(bool), "Refers to no row (true), or to one (false).")
            return {"isNull": missing, **self.filter(target).fields}

        text = f"Conditions on the {target.name} referred to."
        return self.composer.input(f"{target.name}ReferenceFilter", text, make)

    def order(self, entity: Entity) -> GraphQLInputObjectType:
        def make() -> InputFields:
            direction = self.composer.kind(Direction)
            return {
                name: input_field(
                    self.order(field.target) if isinstance(field, ToOneField) else direction, field.description
                )
                for name, field in entity.orders.items()
            }

        text = f"One term of an order of {entity.name}s: name one field."
        return self.composer.input(f"{entity.name}Order", text, make, one_of=True)

    def stats(self, entity: Entity) -> GraphQLObjectType:
        def make() -> Fields:
            kinds: dict[str, tuple[Any, str]] = {}
            if entity.groups:
                kinds["key"] = self._group_key(entity), "What the rows share."
            kinds["count"] = self.composer.kind(int), "Number of rows."
            for how, text in (
                ("sum", "Sums"),
                ("average", "Averages"),
                ("min", "Least values"),
                ("max", "Greatest values"),
            ):
                measured = self._measured(entity, how)
                if measured:
                    kinds[how] = self._measures(entity, how, measured), f"{text} over the rows."
            return {name: planned_field(required(kind), text, stats_part) for name, (kind, text) in kinds.items()}

        return self.composer.object(f"{entity.name}Stats", f"Aggregates over {entity.name}s, one entry a group.", make)

    def _measured(self, entity: Entity, how: str) -> list[ValueField]:
        return [
            field
            for field in entity.fields.values()
            if isinstance(field, ValueField) and how in field.kind.measures and field.name != "version"
        ]

    def _measures(self, entity: Entity, how: str, measured: list[ValueField]) -> GraphQLObjectType:
        def kind(field: ValueField) -> Any:
            measure = self.composer.kind(named(field.kind.measures[how].scalar))
            return required(many(measure)) if field.kind.unit else measure

        return self.composer.object(
            f"{entity.name}{how.capitalize()}",
            f"One {how} a field; amounts have one entry a currency.",
            lambda: {f.graphql_name: planned_field(kind(f), f.description, stats_part) for f in measured},
        )

    def _group_key(self, entity: Entity) -> GraphQLObjectType:
        return self.composer.object(
            f"{entity.name}GroupKey",
            "The values that the rows of a group share; null for fields not grouped by.",
            lambda: {
                name: planned_field(self._value(field), field.description, stats_part)
                for name, field in entity.groups.items()
            },
        )

    def group_enum(self, entity: Entity) -> GraphQLEnumType:
        """Return the enum of the fields that can be grouped by; its values are the fields' GraphQL names."""
        name = f"{entity.name}GroupBy"

        def make() -> Mapping[str, Enum]:
            members = Enum(name, {field.name.upper(): shown for shown, field in entity.groups.items()})  # type: ignore[misc]  # made of data
            return members.__members__

        return self.composer.enum(name, f"What {entity.name}s can be grouped by.", make)
