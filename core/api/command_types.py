"""The GraphQL types that follow from a command: input, payload and mutation."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLList, GraphQLObjectType, get_nullable_type
from strawberry.exceptions import DuplicatedTypeName

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
from core.api.problems import Problem
from core.api.resolvers import payload_part, root_resolver
from core.api.scalars import graphql_annotation
from core.api.types import EntityTypes
from core.catalog.catalog import Command
from core.catalog.declare import Input
from core.catalog.fields import without_none


class CommandTypes:
    """Makes the types of commands among the composed types of one kernel."""

    def __init__(self, composer: Composer, entities: EntityTypes) -> None:
        self.composer = composer
        self.entities = entities
        self._inputs: dict[type, GraphQLInputObjectType] = {}

    def input(self, cls: type[Input], extensions: Mapping[str, type[Input]] | None = None) -> GraphQLInputObjectType:
        """Return the composed input type of a pydantic class, other plugins' parts included."""
        known = self._inputs.get(cls)
        if known is None:
            documented = cls.__doc__ if cls.__doc__ != Input.__doc__ else None
            text = documented or f"Input of {cls.__name__.removesuffix('Input')}."
            fields = self._input_fields
            twin = next((other for other in self._inputs if other.__name__ == cls.__name__), None)
            if twin is not None:
                raise DuplicatedTypeName(cls, twin, cls.__name__)
            known = self.composer.input(cls.__name__, inspect.cleandoc(text), lambda: fields(cls, extensions or {}))
            self._inputs[cls] = known
        return known

    def _input_fields(self, cls: type[Input], extensions: Mapping[str, type[Input]]) -> InputFields:
        fields = {}
        for name, info in cls.model_fields.items():
            kind = self.input_kind(info.annotation)
            text = info.description or f"{name.replace('_', ' ').capitalize()}."
            fields[info.alias or name] = input_field(kind if info.is_required() else get_nullable_type(kind), text)
        for owner, part in extensions.items():
            fields[owner] = input_field(self.input(part), inspect.cleandoc(part.__doc__ or part.__name__))
        return fields

    def input_kind(self, annotation: Any) -> Any:
        """Return the type of an annotation: without null unless it allows None."""
        inner, optional = without_none(annotation)
        if optional:
            return get_nullable_type(self.input_kind(inner))
        origin = get_origin(inner)
        if origin is Annotated:
            return self.input_kind(get_args(inner)[0])
        if origin in (list, tuple):
            return required(GraphQLList(self.input_kind(get_args(inner)[0])))
        if isinstance(inner, type) and issubclass(inner, Input):
            return required(self.input(inner))
        return self.composer.written(graphql_annotation(inner, is_input=True))

    def payload(self, command: Command) -> GraphQLObjectType:
        """Return the payload of a command: what it gives, and the problems."""
        name = f"{command.name[0].upper()}{command.name[1:]}Payload"
        return self.composer.object(name, f"Outcome of {command.name}.", lambda: self._payload_fields(command))

    def _payload_fields(self, command: Command) -> Fields:
        fields: Fields = {}
        entity, result = command.entity, command.result
        if entity is not None and command.many:
            kind = many(self.entities.type(entity))
            fields[entity.plural] = planned_field(kind, "The rows, in the input's order.", payload_part)
        elif entity is not None:
            text = f"The {entity.name} as it is now."
            fields[entity.singular] = planned_field(self.entities.type(entity), text, payload_part)
        elif result is not None:
            name = result.__name__[0].lower() + result.__name__[1:]
            fields[name] = planned_field(self.composer.kind(result), "What the command gives.", payload_part)
        problems = required(many(self.composer.kind(Problem)))
        fields["problems"] = planned_field(problems, "Why it was refused; empty when done.", payload_part)
        return fields

    def mutation(self, command: Command) -> GraphQLField:
        """Return the field of Mutation that runs a command."""
        arguments: GraphQLArguments = {}
        if command.input_type is not None:
            kind = self.input(command.input_type, command.input_extensions)
            arguments["input"] = argument(required(kind), "What to do.")
        if command.entity is not None:
            text = "Any text that names this attempt: sent again, it gives the first outcome and changes nothing."
            arguments["idempotencyKey"] = argument(self.composer.kind(str), text)
        text = "Check all of it and say what would come of it, but keep nothing."
        arguments["dryRun"] = argument(self.composer.kind(bool), text)
        if command.subject is not None:
            text = "The version of the row that the client saw; another one there is a conflict."
            arguments["expectedVersion"] = argument(self.composer.kind(int), text)
        # It may be null: a fault must not hide the other commands' outcomes.
        payload = self.payload(command)
        return planned_field(payload, command.description, root_resolver("command", command), arguments)
