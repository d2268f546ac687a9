"""Random operations over a schema: selections, fragments, aliases, directives, variables and arguments."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)


@dataclass
class Operation:
    """A text with the variables that go with it."""

    text: str
    variables: dict[str, Any] = field(default_factory=dict)


class Generator:
    """Makes operations that are valid in a schema.

    Args:
        roots: The fields of Query that may be asked for.
        values: Texts of values by the name of the argument, or of the argument's type.
    """

    def __init__(
        self, schema: GraphQLSchema, roots: Sequence[str], values: Mapping[str, Sequence[str]], seed: int
    ) -> None:
        self.schema = schema
        self.roots = roots
        self.values = values
        self.random = random.Random(seed)
        self.fragments: list[str] = []
        self.declared: dict[str, str] = {}
        self.variables: dict[str, Any] = {}

    def operation(self) -> Operation:
        assert self.schema.query_type is not None
        names = self.random.sample(self.roots, self.random.randint(1, 2))
        fields = [f"r{i}: {self._field(self.schema.query_type.fields[n], n, 4)}" for i, n in enumerate(names)]
        declared = ", ".join(f"${name}: {kind}" for name, kind in self.declared.items())
        head = f"query({declared})" if declared else "query"
        return Operation(" ".join([f"{head} {{ {' '.join(fields)} }}", *self.fragments]), self.variables)

    def _field(self, definition: GraphQLField, name: str, depth: int) -> str:
        arguments = [
            f"{key}: {text}"
            for key, argument in definition.args.items()
            if is_required_argument(argument) or self.random.random() < 0.25
            for text in [self._argument(key, argument)]
            if text
        ]
        if "first: " in str(arguments) and "last: " in str(arguments):
            arguments = [text for text in arguments if not text.startswith("last")]
        inner = get_named_type(definition.type)
        text = name + (f"({', '.join(arguments)})" if arguments else "")
        return text if is_leaf_type(inner) else f"{text} {self._selections(inner, depth - 1)}"

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        kind = str(argument.type)
        options = self.values.get(f"{name}:{kind}") or self.values.get(name) or self.values.get(kind)
        if not options:
            return ""
        value = self.random.choice(options)
        if kind in ("Int", "String", "ID!") and self.random.random() < 0.4:
            variable = f"v{len(self.declared)}"
            self.declared[variable] = kind
            self.variables[variable] = int(value) if kind == "Int" else value.strip('"')
            return f"${variable}"
        return value

    def _selections(self, parent: Any, depth: int) -> str:
        if isinstance(parent, GraphQLInterfaceType):
            kinds = [k for k in self.schema.get_possible_types(parent) if k.name in ("Book", "Author", "Store")]
            chosen = self.random.sample(kinds, self.random.randint(1, len(kinds)))
            return "{ __typename id " + " ".join(f"... on {k.name} {self._selections(k, depth)}" for k in chosen) + " }"
        assert isinstance(parent, GraphQLObjectType)
        parts = []
        for index, name in enumerate(self._chosen(parent, depth)):
            definition = parent.fields.get(name)
            text = self._field(definition, name, depth) if definition else name
            if self.random.random() < 0.3 or (definition and definition.args):
                text = f"a{depth}{index}{len(self.fragments)}: {text}"
            parts.append(text + self._directive(text))
        if self.random.random() < 0.15:
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            self.fragments[int(name[1:])] = f"fragment {name} on {parent.name} {self._selections(parent, depth - 1)}"
            parts.append(f"...{name}")
        if self.random.random() < 0.1:
            parts.append(f"... on {parent.name} {{ __typename }}")
        return "{ " + " ".join(parts) + " }"

    def _directive(self, text: str) -> str:
        if self.random.random() > 0.1 or "{" in text:
            return ""
        variable = f"v{len(self.declared)}"
        self.declared[variable] = "Boolean!"
        self.variables[variable] = self.random.random() < 0.5
        return f" @{self.random.choice(['skip', 'include'])}(if: ${variable})"

    def _chosen(self, parent: GraphQLObjectType, depth: int) -> list[str]:
        names = [
            name
            for name, definition in parent.fields.items()
            if depth > 0 or is_leaf_type(get_named_type(definition.type))
        ]
        count = min(len(names), self.random.randint(1, 4))
        return ["__typename", *self.random.sample(names, count)]
