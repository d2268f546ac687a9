"""Random values for the inputs of a schema, and their texts: literals, variables, or literals with variables within."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_nullable_type,
    is_leaf_type,
    is_required_input_field,
)

from core.ids import global_id, uuid7
from tests.core.api.pool import Pool

WORDS = (
    "CNY",
    "red",
    "a",
    "%",
    "_",
    "8000",
    "13800138000",
    "名",
    "it's",
    "back\\slash",
    "",
    " ",
    "no such thing",
    "Red  car",
)
EDGES: Mapping[str, Sequence[Any]] = {
    "String": WORDS,
    "Int": (0, 1, -1, 2, 100, 2**31 - 1, -(2**31)),
    "Float": (0, 1.5, -2, 1e300),
    "BigInt": ("0", 1, "9007199254740993", "-5", "24420000", "9223372036854775807", "-9223372036854775809"),
    "Boolean": (True, False),
    "Date": ("2026-11-21", "1990-03-07", "0001-01-01", "9999-12-31"),
    "DateTime": (
        "2026-11-20T04:00:00Z",
        "2026-11-20T12:00:00+08:00",
        "2026-11-20T04:00:01.123456Z",
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59.999999Z",
    ),
    "UUID": ("0192f0c1-2b3c-7def-8123-456789abcdef",),
    "Decimal": ("1.5", "0", "100"),
    "JSON": ({}, {"a": [1, None]}),
}
WRONG_IDS = ("nonsense", "", "Qm9vazp4eXo", base64.urlsafe_b64encode(f"Nothing:{uuid7()}".encode()).decode())
WRONG_CURSORS = ("nonsense", "", "W10", "WyJhYmNkIiwxXQ", "bnVsbA")


class Name(str):
    """The name of an enum's value, which stands without quotes."""

    __slots__ = ()


CALLED = {"advisor": "User"}
"""What an argument is about whose name says another word."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a value is about: a field of a type."""

    kind: str = ""
    name: str = ""


class Values:
    """Makes values for input types: mostly such that rows have, some that none has, a few that are refused.

    Attributes:
        met: Types of the ids given so far.
    """

    def __init__(self, schema: GraphQLSchema, pool: Pool, chance: random.Random) -> None:
        self.schema = schema
        self.pool = pool
        self.random = chance
        self.met: set[str] = set()

    def value(self, kind: Any, place: Place, depth: int = 3) -> Any:
        """Return a value of a type as JSON has it, with `Name` for enums."""
        if not isinstance(kind, GraphQLNonNull) and self.random.random() < 0.01:
            return None
        kind = get_nullable_type(kind)
        if isinstance(kind, GraphQLList):
            count = self.random.choice((0, 1, 1, 1, 2, 2, 3))
            return [self.value(kind.of_type, place, depth) for _ in range(count)]
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind, place, depth)
        return self.leaf(kind, place)

    def order(self, kind: str) -> list[Any]:
        """Return an `orderBy` for a type's rows."""
        term = self.schema.type_map[f"{kind}Order"]
        assert isinstance(term, GraphQLInputObjectType)
        return [self._one_of(term, Place(kind), 2) for _ in range(self.random.choice((1, 1, 2, 3)))]

    def _object(self, kind: GraphQLInputObjectType, place: Place, depth: int) -> dict[str, Any]:
        if is_one_of(kind) and self.random.random() > 0.02:
            return self._one_of(kind, place, depth)
        if kind.name.endswith("Filter"):
            return self._filter(kind, place, depth)
        chosen = [n for n, f in kind.fields.items() if is_required_input_field(f) or self.random.random() < 0.25]
        about = re.sub(r"^(Create|Update|Archive|Register|Record|Plan)(\w+?)(s?)Input$", r"\2", kind.name)
        return {n: self.value(kind.fields[n].type, Place(about, n), depth - 1) for n in chosen}

    def _one_of(self, kind: GraphQLInputObjectType, place: Place, depth: int) -> dict[str, Any]:
        names = [n for n, f in kind.fields.items() if depth > 0 or is_leaf_type(get_nullable_type(f.type))]
        name = self.random.choice(names or list(kind.fields))
        inner = get_nullable_type(kind.fields[name].type)
        return {name: self.value(GraphQLNonNull(inner), place, depth - 1)}

    def _filter(self, kind: GraphQLInputObjectType, place: Place, depth: int) -> dict[str, Any]:
        about = re.sub(r"(Reference)?Filter$", "", kind.name)
        of_rows = about in self.pool.ids
        names = [n for n, f in kind.fields.items() if depth > 0 or not self._is_deep(f.type)]
        count = self.random.choice((0, 1, 1, 1, 1, 2, 2, 3)) if of_rows else self.random.choice((1, 1, 1, 1, 2))
        chosen = self.random.sample(names, min(count, len(names)))
        if "and" in kind.fields and depth > 1 and self.random.random() < 0.25:
            chosen.append(self.random.choice(("and", "or", "not")))
        if kind.name == "MoneyFilter":
            return {n: self.value(kind.fields[n].type, Place(place.kind, f"{place.name}.{n}"), depth) for n in chosen}
        return {
            n: self.value(kind.fields[n].type, Place(about, n) if of_rows else place, depth - 1)
            for n in dict.fromkeys(chosen)
        }

    def _is_deep(self, kind: Any) -> bool:
        """Return whether a condition is on other conditions, not on a column."""
        inner = get_nullable_type(kind)
        if isinstance(inner, GraphQLList):
            inner = get_nullable_type(inner.of_type)
        if not isinstance(inner, GraphQLInputObjectType):
            return False
        return inner.name != "MoneyFilter" and any(self._is_object(f.type) for f in inner.fields.values())

    @staticmethod
    def _is_object(kind: Any) -> bool:
        inner = get_nullable_type(kind)
        return isinstance(inner, GraphQLInputObjectType)

    def leaf(self, kind: Any, place: Place) -> Any:
        if isinstance(kind, GraphQLEnumType):
            return Name(self.random.choice(list(kind.values)))
        if kind.name == "ID":
            return self.id(place)
        known = self.pool.values.get((place.kind, place.name)) or self.pool.of_field(place.name)
        edges = EDGES.get(kind.name, WORDS)
        # A name in JSON need not be one in GraphQL.
        with_known = known and kind.name != "JSON" and self.random.random() < 0.7
        value = self.random.choice(known if with_known else edges)
        return self._fitting(kind.name, value, edges)

    def _fitting(self, name: str, value: Any, edges: Sequence[Any]) -> Any:
        """Return a value as the scalar takes it; a field of the same name may be of another kind elsewhere."""
        if name == "String":
            text = value if isinstance(value, str) else str(value)
            start = self.random.randint(0, max(0, len(text) - 3)) if self.random.random() < 0.3 else 0
            return text[start:][: 3 if start else 500]
        wanted: dict[str, Callable[[Any], bool]] = {
            "Int": lambda v: isinstance(v, int) and not isinstance(v, bool),
            "Boolean": lambda v: isinstance(v, bool),
            "Float": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
            "BigInt": lambda v: re.fullmatch(r"-?\d+", str(v)) is not None,
            "Date": lambda v: re.fullmatch(r"\d{4}-\d\d-\d\d", str(v)) is not None,
            "DateTime": lambda v: re.fullmatch(r"\d{4}-\d\d-\d\dT.*(Z|\+\d\d:\d\d)", str(v)) is not None,
            "UUID": lambda v: re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(v)) is not None,
            "Decimal": lambda v: re.fullmatch(r"-?\d+(\.\d+)?", str(v)) is not None,
        }
        check = wanted.get(name)
        return value if check is None or check(value) else self.random.choice(edges)

    def id(self, place: Place) -> str:
        """Return a global id: mostly of the type that the place is about, rarely a wrong or unknown one."""
        roll = self.random.random()
        kind = self._kind_of_ids(place)
        if roll < 0.02:
            return self.random.choice(WRONG_IDS)
        if roll < 0.05 or not self.pool.ids[kind]:
            return global_id(kind, uuid7())
        if roll < 0.07:
            kind = self.random.choice(list(self.pool.ids))
        self.met.add(kind)
        return self.random.choice(self.pool.ids[kind] or list(WRONG_IDS))

    def _kind_of_ids(self, place: Place) -> str:
        name = place.name.removesuffix("Id").removesuffix("Ids")
        for candidate in (f"{name[:1].upper()}{name[1:]}", f"{name[:1].upper()}{name[1:]}".removesuffix("s")):
            if candidate in self.pool.ids:
                return candidate
        if place.kind in self.pool.ids and name in ("id", "ids", ""):
            return place.kind
        name = CALLED.get(name, name)
        endings = [kind for kind in self.pool.ids if name and kind.lower().endswith(name.lower().removesuffix("s"))]
        return self.random.choice(endings or list(self.pool.ids))

    def cursor(self, kind: str) -> tuple[list[Any], str]:
        """Return a cursor and the order it belongs to; now and then another order, or no cursor at all."""
        order, cursors = self.random.choice(self.pool.cursors[kind])
        roll = self.random.random()
        if roll < 0.04 or not cursors:
            return order, self.random.choice(WRONG_CURSORS)
        if roll < 0.07:
            return self.random.choice(self.pool.cursors[kind])[0], self.random.choice(cursors)
        return order, self.random.choice(cursors)


@dataclass
class Variables:
    """Writes values as literals, some as variables or with variables within.

    Attributes:
        declared: Name to what stands behind it in the operation's head.
        given: What goes with the request; a declared one may be left out.
    """

    random: random.Random
    declared: dict[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)

    def text(self, kind: Any, value: Any, lift: float = 0.3, *, required: bool = False) -> str:
        """Return the text of a value at a place of a type.

        Args:
            lift: How likely it is that it becomes a variable.
            required: No null may come, whatever the type says.
        """
        if self.random.random() < lift:
            return f"${self._variable(kind, value, required=required or isinstance(kind, GraphQLNonNull))}"
        if value is None:
            return "null"
        kind = get_nullable_type(kind)
        if isinstance(kind, GraphQLList):
            return self._list(kind, value)
        if isinstance(kind, GraphQLInputObjectType):
            parts = [
                f"{name}: {self.text(kind.fields[name].type, inner, 0.12, required=is_one_of(kind))}"
                for name, inner in value.items()
            ]
            return f"{{{', '.join(parts)}}}"
        return literal(value)

    def _list(self, kind: Any, values: Any) -> str:
        if len(values) == 1 and self.random.random() < 0.1:  # the schema takes one value for a list of it
            return self.text(kind.of_type, values[0], 0)
        return f"[{', '.join(self.text(kind.of_type, value, 0.08) for value in values)}]"

    def _variable(self, kind: Any, value: Any, *, required: bool) -> str:
        base = str(get_nullable_type(kind))
        known = [n for n, declared in self.declared.items() if declared == f"{base}!"]
        if known and self.random.random() < 0.15:
            return self.random.choice(known)
        name = f"v{len(self.declared)}"
        roll = self.random.random()
        nullable = not required and value is not None
        if nullable and roll < 0.1:
            self.declared[name] = base  # it is left out
        elif nullable and roll < 0.14:
            self.declared[name] = base
            self.given[name] = None
        elif roll < 0.3 and value is not None:
            self.declared[name] = f"{base}{'!' if required else ''} = {literal(value)}"
            if self.random.random() < 0.3:
                self.given[name] = _json(value)
        else:
            self.declared[name] = f"{base}!" if required or (nullable and self.random.random() < 0.3) else base
            self.given[name] = {"wrong": [0]} if self.random.random() < 0.01 else _json(value)
        return name

    def boolean(self) -> str:
        """Return what a directive depends on: a literal or a variable."""
        value = self.random.random() < 0.7
        return self.text(GraphQLNonNull(GraphQLBoolean), value, 0.6)


def is_one_of(kind: GraphQLInputObjectType) -> bool:
    """Return whether exactly one field must be given; Strawberry keeps that beside the schema."""
    definition = kind.extensions.get("strawberry-definition")
    return bool(kind.is_one_of or (definition is not None and definition.is_one_of))


def _json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def literal(value: Any) -> str:
    """Return the text of a value without variables."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {literal(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return json.dumps(value, ensure_ascii=False)
