"""Random operations over a schema: selections, fragments, aliases, directives and arguments of any kind."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.core.api.inputs import Place, Values, Variables
from tests.core.api.pool import Pool

SIZES = (1, 1, 2, 3, 5, 8, 20)
SELDOM = {"expectedVersion": 0.1, "dryRun": 0.0}
"""How often an argument is given; what a dry run makes has other ids each time."""
ODD_SIZES = (0, 0, -1, 100, 101, 2**31 - 1, None)
LONGEST_NAME = 63
"""Characters that PostgreSQL leaves of a column's name."""


@dataclass
class Operation:
    """A text with what goes with it.

    Attributes:
        commands: Whether it is a mutation.
        declared: The types of its variables, each with its default.
    """

    text: str
    seed: int = 0
    variables: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    commands: bool = False
    declared: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"seed {self.seed}\n{self.text}\nvariables {self.variables!r}"


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the text: name and arguments, and what is selected of it."""

    head: str
    selections: str

    def text(self, directives: str = "") -> str:
        return f"{self.head}{directives} {self.selections}".rstrip()


class Generator:
    """Makes operations that are valid in a schema, but for a few of their arguments.

    Args:
        commands: The fields of Mutation that may be asked for.
    """

    def __init__(self, schema: GraphQLSchema, pool: Pool, seed: int, commands: Sequence[str] = ()) -> None:
        self.schema = schema
        self.pool = pool
        self.seed = seed
        self.commands = commands
        self.random = random.Random(seed)
        self.values = Values(schema, pool, self.random)
        self.variables = Variables(self.random)
        self.fragments: dict[str, tuple[str, str]] = {}
        self.left = self.random.choice((4, 8, 16, 25, 40))
        self.aliases = 0

    def query(self) -> Operation:
        """Return a query."""
        assert self.schema.query_type is not None
        return self._operation("query", self.schema.query_type, list(self._roots(list(self.schema.query_type.fields))))

    def asking(self, name: str) -> Operation:
        """Return a query of one field."""
        assert self.schema.query_type is not None
        return self._operation("query", self.schema.query_type, [name])

    def mutation(self) -> Operation:
        """Return a mutation, whose commands have idempotency keys where they take one."""
        assert self.schema.mutation_type is not None
        made = self._operation("mutation", self.schema.mutation_type, list(self._roots(self.commands)))
        made.commands = True
        return made

    def subscription(self) -> Operation:
        """Return a subscription; not each of them is valid, since it may ask for `__typename` too."""
        root = self.schema.subscription_type
        assert root is not None
        return self._operation("subscription", root, [self.random.choice(list(root.fields))])

    def _roots(self, names: Sequence[str]) -> Iterator[str]:
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            # All entities' fields are as likely as in the schema; these two would hardly ever come.
            yield self.random.choice(("node", "nodes")) if "node" in names and self._one_in(8) else self._pick(names)

    def _operation(self, kind: str, root: GraphQLObjectType, names: Sequence[str]) -> Operation:
        fields = [f"r{i}: {self._field(root, n, 4).text(self._directives(0.03))}" for i, n in enumerate(names)]
        if self._one_in(10):
            fields.append("__typename")
        if kind == "query" and self._one_in(50):
            fields.append('__type(name: "Store") { kind name }')
        name = f"Op{self.seed}" if self._one_in(5) else None
        declared = ", ".join(f"${name}: {text}" for name, text in self.variables.declared.items())
        text = f"{kind} {name or ''}{f'({declared})' if declared else ''} {{ {' '.join(fields)} }}"
        other = " query Other { __typename }" if name and self._one_in(3) else ""
        return Operation(
            " ".join([text, *(text for _, text in self.fragments.values())]) + other,
            self.seed,
            self.variables.given,
            name,
            declared=self.variables.declared,
        )

    def _one_in(self, count: int) -> bool:
        return self.random.randrange(count) == 0

    def _pick(self, names: Sequence[str]) -> str:
        return self.random.choice(names)

    def _alias(self) -> str:
        self.aliases += 1
        kind = self.random.choice(("a", "a", "A", "id", "count", "_", "x" * (LONGEST_NAME + 5)))
        return f"{kind}{self.aliases}"

    def _field(self, parent: GraphQLObjectType | GraphQLInterfaceType, name: str, depth: int) -> _Field:
        """Return a field with arguments and selections."""
        definition = parent.fields[name]
        arguments = self._arguments(parent.name, definition)
        head = name + (f"({', '.join(arguments)})" if arguments else "")
        inner = get_named_type(definition.type)
        self.left -= 1
        return _Field(head, "" if is_leaf_type(inner) else self._selections(inner, depth - 1))

    def _arguments(self, parent: str, definition: GraphQLField) -> list[str]:
        kind = get_named_type(definition.type).name
        row = kind.removesuffix("Connection")
        if "after" in definition.args and row in self.pool.ids:
            chosen = self._paging(row, definition)
        else:
            about = kind.removesuffix("Stats") if kind.removesuffix("Stats") in self.pool.ids else kind
            chosen = {
                key: self._argument(key, Place(about, key), argument.type)
                for key, argument in definition.args.items()
                if is_required_argument(argument) or self.random.random() < SELDOM.get(key, 0.5)
            }
        if "idempotencyKey" in definition.args:
            chosen["idempotencyKey"] = f"{parent}-{self.seed}-{self.left}"
        lift = {"idempotencyKey": 0.0}
        return [
            f"{key}: {self.variables.text(definition.args[key].type, value, lift.get(key, 0.3))}"
            for key, value in chosen.items()
        ]

    def _argument(self, name: str, place: Place, kind: Any) -> Any:
        if name == "search":
            return self.values.leaf(self.schema.type_map["String"], Place(place.kind, self._searched(place.kind)))
        return self.values.value(kind, place)

    def _searched(self, kind: str) -> str:
        names = [name for own, name in self.pool.values if own == kind and name in ("name", "title", "number", "code")]
        return self.random.choice(names or [""])

    def _paging(self, row: str, definition: GraphQLField) -> dict[str, Any]:
        chosen: dict[str, Any] = {}
        if self.random.random() < 0.3:
            chosen["filter"] = self.values.value(definition.args["filter"].type, Place(row))
        if "search" in definition.args and self.random.random() < 0.08:
            chosen["search"] = self._argument("search", Place(row), None)
        if "orderBy" in definition.args and self.random.random() < 0.35:
            chosen["orderBy"] = self.values.order(row)
        if self.random.random() < 0.2:
            order, cursor = self.values.cursor(row)
            chosen[self.random.choice(("after", "after", "before"))] = cursor
            chosen.pop("orderBy", None)
            if order:
                chosen["orderBy"] = order
            if self._one_in(8):
                chosen["before"] = self.random.choice((self.values.cursor(row)[1], None))
        if self.random.random() < 0.75:
            size = self.random.choice(ODD_SIZES if self._one_in(20) else SIZES)
            chosen["last" if self._one_in(5) else "first"] = size
            if self._one_in(40):
                chosen["last"] = 2
        return chosen

    def _selections(self, parent: Any, depth: int, *, apart: bool = False) -> str:
        """Return the selections of a type.

        Args:
            apart: Those of another type lie beside them, so no response key may be the same.
        """
        if isinstance(parent, GraphQLInterfaceType):
            return f"{{ {' '.join(self._of_interface(parent, depth))} }}"
        assert isinstance(parent, GraphQLObjectType), parent
        parts = self._of_object(parent, depth, apart=apart)
        if self.random.random() < 0.15:
            parts.append(self._inline(parent, depth, apart=apart))
        if self.random.random() < 0.12:
            parts.append(self._spread(parent, depth, apart=apart))
        return f"{{ {' '.join(parts)} }}"

    def _of_interface(self, parent: GraphQLInterfaceType, depth: int) -> Iterator[str]:
        yield "__typename"
        for name in parent.fields:
            if self.random.random() < 0.8:
                yield self._field(parent, name, depth).text()
        possible: Sequence[GraphQLObjectType] = list(self.schema.get_possible_types(parent))
        met = [kind for kind in possible if kind.name in self.values.met]
        possible = met if met and not self._one_in(3) else possible
        for kind in self.random.sample(possible, self.random.randint(0, min(3, len(possible)))):
            if self._one_in(3):
                yield self._spread(kind, depth, apart=True)
            else:
                yield f"... on {kind.name}{self._directives(0.1)} {self._selections(kind, depth, apart=True)}"
        if self._one_in(3):
            yield f"... on {parent.name} {{ __typename }}"

    def _of_object(self, parent: GraphQLObjectType, depth: int, *, apart: bool) -> list[str]:
        parts = ["__typename"] if self.random.random() < 0.4 else []
        for name in self._chosen(parent, depth):
            made = self._field(parent, name, depth)
            alias = f"{self._alias()}: " if apart or "(" in made.head or self._one_in(6) else ""
            parts.append(alias + made.text(self._directives(0.06)))
            if made.selections and self._one_in(12):  # the same field again, whose selections are put together
                again = self._selections(get_named_type(parent.fields[name].type), depth - 2)
                parts.append(alias + _Field(made.head, again).text(self._directives(0.06)))
        return parts or ["__typename"]

    def _chosen(self, parent: GraphQLObjectType, depth: int) -> list[str]:
        """Return fields, some of them twice; relations more often than there are of them."""
        shallow = depth <= 0 or self.left <= 0
        leaves = [n for n, f in parent.fields.items() if is_leaf_type(get_named_type(f.type))]
        deep = [] if shallow else [n for n in parent.fields if n not in leaves]
        if not leaves and not deep:  # there is nothing else to end with
            deep = list(parent.fields)[:1]
        chosen = self.random.choices(leaves, k=self.random.randint(0 if deep else 1, 3)) if leaves else []
        if deep:
            chosen += self.random.choices(deep, k=self.random.choice((0, 1, 1, 2, 2, 3) if leaves else (1, 1, 2)))
        self.random.shuffle(chosen)
        return chosen

    def _inline(self, parent: GraphQLObjectType, depth: int, *, apart: bool) -> str:
        roll = self.random.random()
        if roll < 0.3 and parent.interfaces:
            return f"... on {parent.interfaces[0].name} {{ __typename }}"
        condition = f" on {parent.name}" if roll < 0.7 else ""
        parts = self._of_object(parent, depth - 1, apart=apart)
        return f"...{condition}{self._directives(0.5)} {{ {' '.join(parts)} }}"

    def _spread(self, parent: GraphQLObjectType, depth: int, *, apart: bool) -> str:
        """Return a named fragment; one that is there already where it fits."""
        known = [name for name, (kind, _) in self.fragments.items() if kind == parent.name and not apart]
        if known and self._one_in(2):
            name = self.random.choice(known)
        else:
            selections = self._selections(parent, depth - 1, apart=apart)
            name = f"F{len(self.fragments)}"
            self.fragments[name] = (parent.name, f"fragment {name} on {parent.name} {selections}")
        return f"...{name}{self._directives(0.15)}"

    def _directives(self, likely: float) -> str:
        if self.random.random() > likely:
            return ""
        names = self.random.choice((("include",), ("include",), ("skip",), ("skip", "include")))
        return "".join(f" @{name}(if: {self.variables.boolean()})" for name in names)
