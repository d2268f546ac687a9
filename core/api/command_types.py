"""The GraphQL types that follow from a command: input, payload and mutation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField

from core.api.catalog import Command
from core.api.declare import Input
from core.api.filters import filter_field
from core.api.problems import Problem
from core.api.resolvers import payload_part, root_resolver
from core.api.scalars import graphql_annotation
from core.api.shells import Fields, Shells, argument, many, optional, planned_field


class CommandTypes:
    """Makes the types of commands among the shells of one kernel."""

    def __init__(self, shells: Shells) -> None:
        self.shells = shells
        self._inputs: dict[type, type] = {}

    def input(self, cls: type[Input], extensions: Mapping[str, type[Input]] | None = None) -> type:
        """Return the composed input type of a pydantic class, other plugins' parts included."""
        known = self._inputs.get(cls)
        if known is not None:
            return known

        def make() -> Fields:
            fields = []
            for name, info in cls.model_fields.items():
                graphql_name = info.alias or name
                annotation = self._input_annotation(info.annotation)
                required = info.is_required()
                field: Any = strawberry.field(
                    name=graphql_name,
                    description=info.description or f"{name.replace('_', ' ').capitalize()}.",
                    **({} if required else {"default": strawberry.UNSET}),
                )
                field.python_name = name
                field.type_annotation = StrawberryAnnotation(annotation if required else optional(annotation))
                fields.append(field)
            for owner, part in (extensions or {}).items():
                fields.append(filter_field(owner, self.input(part), (part.__doc__ or part.__name__).strip()))
            return fields

        doc = (
            cls.__doc__
            if cls.__doc__ and cls.__doc__ != Input.__doc__
            else f"Input of {cls.__name__.removesuffix('Input')}."
        )
        shell = self.shells.shell(cls.__name__, doc.strip(), make, is_input=True)
        self._inputs[cls] = shell
        return shell

    def _input_annotation(self, annotation: Any) -> Any:
        for part in _input_classes(annotation):
            self.input(part)
        return graphql_annotation(annotation, inputs=self._inputs)

    def payload(self, command: Command) -> type:
        def make() -> Fields:
            fields: Fields = []
            entity = command.entity
            if entity is not None and command.many:
                kind: Any = optional(many(entity.cls))
                fields.append(planned_field(entity.plural, kind, "The rows, in the input's order.", payload_part))
            elif entity is not None:
                fields.append(
                    planned_field(
                        entity.singular, optional(entity.cls), f"The {entity.name} as it is now.", payload_part
                    )
                )
            elif command.declaration.result is not None:
                result = command.declaration.result
                name = result.__name__[0].lower() + result.__name__[1:]
                fields.append(planned_field(name, optional(result), "What the command gives.", payload_part))
            fields.append(
                planned_field("problems", many(Problem), "Why it was refused; empty when done.", payload_part)
            )
            return fields

        name = command.name[0].upper() + command.name[1:]
        return self.shells.shell(f"{name}Payload", f"Outcome of {command.name}.", make)

    def mutation(self, command: Command) -> StrawberryField:
        arguments = []
        if command.input_type is not None:
            kind = self.input(command.input_type, command.input_extensions)
            arguments.append(argument("input", kind, "What to do.", nullable=False))
        if command.entity is not None:
            text = "Any text that names this attempt: sent again, it gives the first outcome and changes nothing."
            arguments.append(argument("idempotencyKey", str, text))
        if command.subject is not None:
            text = "The version of the row that the client saw; another one there is a conflict."
            arguments.append(argument("expectedVersion", int, text))
        resolve = root_resolver("command", command)
        payload = optional(self.payload(command))  # a fault must not hide the other commands' outcomes
        return planned_field(command.name, payload, command.description, resolve, arguments)


def _input_classes(annotation: Any) -> list[type[Input]]:
    if isinstance(annotation, type) and issubclass(annotation, Input):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _input_classes(part)]
