"""All composed types of one kernel, and the fields of Query and Mutation."""

from __future__ import annotations

import strawberry
from graphql import GraphQLArgument, GraphQLField, GraphQLList, GraphQLObjectType, Undefined

from core.api.command_types import CommandTypes
from core.api.composer import Composer, Fields, GraphQLArguments, PlainTypes, argument, many, planned_field, required
from core.api.resolvers import root_resolver
from core.api.scalars import Node, graphql_annotation
from core.api.types import EntityTypes
from core.catalog.catalog import Catalog, Entity, QueryField


class Types:
    """Composes the types of one kernel."""

    def __init__(self, catalog: Catalog, plain: PlainTypes) -> None:
        self.catalog = catalog
        self.composer = Composer(plain)
        self.entities = EntityTypes(self.composer)
        self.commands = CommandTypes(self.composer, self.entities)

    def root(self, name: str) -> GraphQLObjectType:
        """Return the type of `Query`, `Mutation` or `Subscription`."""
        return self.composer.object(name, None, lambda: self._root_fields(name))

    def _root_fields(self, name: str) -> Fields:
        fields: Fields = {}
        if name == "Query":
            fields = self._query_fields()
        elif name == "Mutation":
            fields = {command.name: self.commands.mutation(command) for command in self.catalog.commands.values()}
        for _, cls in self.catalog.plain_roots[name]:
            definition = cls.__strawberry_definition__  # type: ignore[attr-defined]  # a Strawberry type
            fields |= dict(self.composer.plain.plain_field(field, definition) for field in definition.fields)
        return fields

    def _query_fields(self) -> Fields:
        identified = {"id": argument(self.composer.written(strawberry.ID), "The global id.")}
        listed = required(many(self.composer.kind(strawberry.ID)))
        ids = {"ids": argument(listed, "Global ids, 100 at the most.")}
        node = self.composer.kind(Node)
        one, some = "One row of any type by its id; null out of sight.", "Rows of any type, in the order of the ids."
        nodes = required(GraphQLList(node))
        fields = {
            "node": planned_field(node, one, root_resolver("node"), identified),
            "nodes": planned_field(nodes, some, root_resolver("nodes"), ids),
        }
        for entity in self.catalog.entities.values():
            text = f"One {entity.name} by its id; null out of sight."
            resolve = root_resolver("row", entity)
            fields[entity.singular] = planned_field(self.entities.type(entity), text, resolve, identified)
            text = f"The {entity.name}s in the caller's sight."
            connection, arguments = self.entities.connection(entity), self.entities.list_arguments(entity)
            fields[entity.plural] = planned_field(connection, text, root_resolver("page", entity), arguments)
            fields[f"{entity.singular}Stats"] = self._stats_field(entity)
        for query in self.catalog.queries.values():
            fields[query.name] = self._query_field(query)
        return fields

    def _query_field(self, query: QueryField) -> GraphQLField:
        arguments: GraphQLArguments = {}
        for name, info in query.arguments.model_fields.items():
            kind = self.commands.input_kind(info.annotation)
            default = Undefined if info.is_required() or info.default is None else info.default
            arguments[info.alias or name] = GraphQLArgument(kind, default, info.description or f"{name}.")
        # It may be null: what is refused must not take the other fields along.
        kind = self.composer.kind(graphql_annotation(query.result))
        return planned_field(kind, query.description, root_resolver("query", query), arguments)

    def _stats_field(self, entity: Entity) -> GraphQLField:
        arguments: GraphQLArguments = {}
        if entity.groups:
            kind = many(self.entities.group_enum(entity))
            arguments["groupBy"] = argument(kind, "One entry for each of these.")
        arguments["filter"] = argument(self.entities.filter(entity), "Only rows that are so.")
        arguments |= self.entities.search_argument(entity)
        text = f"Aggregates over the {entity.name}s in the caller's sight, largest group first."
        return planned_field(many(self.entities.stats(entity)), text, root_resolver("stats", entity), arguments)
