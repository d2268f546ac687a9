"""All composed types of one kernel, and the fields of Query and Mutation."""

from __future__ import annotations

import strawberry
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from core.api.catalog import Catalog, Entity
from core.api.command_types import CommandTypes
from core.api.resolvers import root_resolver
from core.api.scalars import Node
from core.api.shells import Fields, Shells, argument, many, optional, planned_field
from core.api.types import EntityTypes


class Types:
    """Composes the types of one kernel; `fields_of` is what the schema's `get_fields` asks."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.shells = Shells()
        self.entities = EntityTypes(self.shells)
        self.commands = CommandTypes(self.shells)

    def fields_of(self, definition: StrawberryObjectDefinition) -> Fields | None:
        """Return the fields of a composed type or an entity; None for types that plugins wrote."""
        entity = self.catalog.by_type.get(definition.origin)
        return self.entities.fields(entity) if entity else self.shells.fields(definition.origin)

    def mutation_fields(self) -> Fields:
        """Return the fields of Mutation that commands make."""
        return [self.commands.mutation(command) for command in self.catalog.commands.values()]

    def query_fields(self) -> Fields:
        """Return the fields of Query that entities make."""
        identified = argument("id", strawberry.ID, "The global id.", nullable=False)
        ids = argument("ids", many(strawberry.ID), "Global ids, 100 at the most.", nullable=False)
        one, some = "One row of any type by its id; null out of sight.", "Rows of any type, in the order of the ids."
        fields = [
            planned_field("node", optional(Node), one, root_resolver("node"), [identified]),
            planned_field("nodes", many(optional(Node)), some, root_resolver("nodes"), [ids]),
        ]
        for entity in self.catalog.entities.values():
            fields.append(
                planned_field(
                    entity.singular,
                    optional(entity.cls),
                    f"One {entity.name} by its id; null out of sight.",
                    root_resolver("row", entity),
                    [identified],
                )
            )
            fields.append(
                planned_field(
                    entity.plural,
                    optional(self.entities.connection(entity)),
                    f"The {entity.name}s in the caller's sight.",
                    root_resolver("page", entity),
                    self.entities.list_arguments(entity),
                )
            )
            fields.append(self._stats_field(entity))
        return fields

    def _stats_field(self, entity: Entity) -> StrawberryField:
        arguments = [argument("filter", self.entities.filter(entity), "Only rows that are so.")]
        if entity.search:
            arguments.append(argument("search", str, "Words that all must be found in the row."))
        if entity.groups:
            arguments.insert(
                0, argument("groupBy", many(self.entities.group_enum(entity)), "One entry for each of these.")
            )
        kind = optional(many(self.entities.stats(entity)))
        text = f"Aggregates over the {entity.name}s in the caller's sight, largest group first."
        return planned_field(f"{entity.singular}Stats", kind, text, root_resolver("stats", entity), arguments)
