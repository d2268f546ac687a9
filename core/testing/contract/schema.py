"""What the plugin adds to the schema: valid, described, and named as GraphQL is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLEnumType, GraphQLSchema, validate_schema

from core.testing.contract.subject import Fault, Subject

_PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")
_CAMEL = re.compile(r"[a-z][A-Za-z0-9]*")
_SCREAMING = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Element:
    """A type, field, argument or enum value of a schema."""

    kind: str
    path: tuple[str, ...]
    description: str | None

    @property
    def name(self) -> str:
        return self.path[-1]

    def __str__(self) -> str:
        return ".".join(self.path[:2]) + (f"({self.path[2]}:)" if len(self.path) > 2 else "")


async def valid(subject: Subject) -> list[Fault]:
    """Check every set's schema by the rules of GraphQL."""
    faults = []
    for names in await subject.sets():
        schema = (await subject.kernel(names)).schema.graphql
        faults += [
            Fault(f"the schema of {', '.join(names)}", error.message, "see the GraphQL specification, section 3")
            for error in validate_schema(schema)
        ]
    return faults


async def described(subject: Subject) -> list[Fault]:
    """Check that all that the plugin adds says what it is, in words of its author's."""
    lacking: dict[tuple[str, str], list[Element]] = {}
    for element in await _added(subject):
        if element.kind != "value" and _says_nothing(element):
            lacking.setdefault((element.kind, element.name), []).append(element)
    # An entity's field comes back in the inputs that are made of it: one place to mend, so one line.
    return [
        Fault(", ".join(map(str, elements)), "has no description of its own", _MENDS[kind])
        for (kind, _), elements in lacking.items()
    ]


async def named(subject: Subject) -> list[Fault]:
    """Check that the names are PascalCase for types, camelCase for fields and arguments, capitals for enum values."""
    return [fault for element in await _added(subject) for fault in _misnamed(element)]


_MENDS = {
    "type": "write a docstring under the class",
    "field": "write a string under the field, or a docstring in the function",
    "input field": "write Field(description=…)",
    "argument": "write Annotated[…, strawberry.argument(description=…)]",
}


def _misnamed(element: Element) -> Iterator[Fault]:
    style, wanted = {"type": (_PASCAL, "PascalCase"), "value": (_SCREAMING, "SCREAMING_SNAKE_CASE")}.get(
        element.kind, (_CAMEL, "camelCase")
    )
    if not style.fullmatch(element.name):
        yield Fault(str(element), f"{element.name} is not {wanted}", "rename it")
    if element.kind == "type" and element.name.endswith("Type"):
        yield Fault(str(element), "a type is not named after being one", f"call it {element.name.removesuffix('Type')}")


def _says_nothing(element: Element) -> bool:
    """Tell whether there is no description, or the one that the kernel makes of the name."""
    if not (element.description or "").strip():
        return True
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", element.name)
    made = {words, element.name, f"Input of {element.name.removesuffix('Input')}"}
    return (element.description or "").strip().rstrip(".").lower() in {one.lower() for one in made}


async def _added(subject: Subject) -> list[Element]:
    """Return what the schema has with the plugin on, and has not with it off."""
    found: dict[tuple[str, ...], Element] = {}
    for names in await subject.sets():
        others = [name for name in names if name != subject.name]
        # Some optional modules may require this one; without it they can't be on, so there is nothing to compare.
        if list(subject.with_requirements(others)) == others:
            before = {element.path for element in _elements((await subject.kernel(others)).schema.graphql)}
            with_it = _elements((await subject.kernel(names)).schema.graphql)
            found |= {element.path: element for element in with_it if element.path not in before}
    return list(found.values())


def _elements(schema: GraphQLSchema) -> Iterator[Element]:
    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        yield Element("type", (name,), kind.description)
        if isinstance(kind, GraphQLEnumType):
            for value, about in kind.values.items():
                yield Element("value", (name, value), about.description)
        fields: dict[str, Any] = getattr(kind, "fields", {})
        for field, told in fields.items():
            arguments = getattr(told, "args", None)
            yield Element("field" if arguments is not None else "input field", (name, field), told.description)
            for argument, its in (arguments or {}).items():
                yield Element("argument", (name, field, argument), its.description)
