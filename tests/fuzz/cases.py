"""Operations with one hostile value each: everything beside it is as a client sends it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_required_argument,
    is_required_input_field,
)

from tests.core.api.inputs import Name, Values, is_one_of, literal
from tests.core.api.inputs import Place as About
from tests.core.api.pool import Pool
from tests.fuzz.hostile import ABSENT
from tests.fuzz.places import Place, arguments_of, root_field, row_type, selections

MODES = ("variable", "variable", "literal", "within", "defaulted")
LONGEST_LITERAL = 9_000
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


@dataclass(frozen=True, slots=True)
class Case:
    """One request.

    Attributes:
        what: Where which value was put, for whoever reads of it.
    """

    what: str
    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Hole:
    """Stands for the hostile value while the rest is written."""

    text: str


class Maker:
    """Makes cases.

    Args:
        pool: What there is at the dealer, so that the rest of an input is of use.
    """

    def __init__(self, schema: GraphQLSchema, pool: Pool, chance: random.Random) -> None:
        self.schema = schema
        self.random = chance
        self.values = Values(schema, pool, chance)

    def case(self, place: Place, value: Any, mode: str) -> Case:
        """Return the case that sends a value to a place: in a variable, as a literal, or in a variable within one."""
        what = f"{place.coordinate} at {'.'.join((place.root, place.field, place.argument, *place.path))}"
        what = f"{what} = {_short(value)} as {mode}"
        sent = dict(self._beside(place))
        kind = arguments_of(self.schema, place)[place.argument].type
        if mode == "variable" or not self._fits(value):
            inside = self._put(kind, place.path, value, place)
            texts = {name: literal(one) for name, one in sent.items()}
            variables = {} if inside is ABSENT else {"h": _plain(inside)}
            return Case(what, self._text(place, f"($h: {kind})", {**texts, place.argument: "$h"}), variables)
        if mode == "literal":
            inside = self._put(kind, place.path, value, place)
            given = sent if inside is ABSENT else {**sent, place.argument: inside}
            return Case(what, self._text(place, "", {name: literal(one) for name, one in given.items()}))
        return self._within(what, place, value, sent, defaulted=mode == "defaulted")

    def _within(self, what: str, place: Place, value: Any, sent: Mapping[str, Any], *, defaulted: bool) -> Case:
        kind = arguments_of(self.schema, place)[place.argument].type
        declared = str(place.kind)
        variables = {} if value is ABSENT else {"h": _plain(value)}
        if defaulted:
            default = literal(self._value(GraphQLNonNull(get_nullable_type(place.kind)), place))
            declared, variables = f"{get_nullable_type(place.kind)} = {default}", {"h": None}
        given = {**sent, place.argument: self._put(kind, place.path, _Hole("$h"), place)}
        texts = {name: _with_hole(one) for name, one in given.items()}
        return Case(what, self._text(place, f"($h: {declared})", texts), variables)

    def _text(self, place: Place, head: str, arguments: Mapping[str, str]) -> str:
        called = f"({', '.join(f'{name}: {text}' for name, text in arguments.items())})" if arguments else ""
        definition = root_field(self.schema, place)
        if not place.field:
            return f"{place.operation}{head} {{ {place.root}{called} {selections(definition.type)} }}"
        field = row_type(definition).fields[place.field]
        inner = f"{place.field}{called} {selections(field.type, 1)}"
        return f"query{head} {{ {place.root}(first: 2) {{ nodes {{ id {inner} }} }} }}"

    def _beside(self, place: Place) -> Mapping[str, Any]:
        about = get_named_type(root_field(self.schema, place).type).name.removesuffix("Connection")
        return {
            name: self.values.value(argument.type, About(about, name))
            for name, argument in arguments_of(self.schema, place).items()
            if name != place.argument and is_required_argument(argument)
        }

    def _put(self, kind: Any, path: tuple[str, ...], value: Any, place: Place) -> Any:
        """Return what is sent for a type with a value at a place within."""
        if not path:
            return value
        inner = get_nullable_type(kind)
        if isinstance(inner, GraphQLList):
            return [self._put(inner.of_type, path, value, place)]
        assert isinstance(inner, GraphQLInputObjectType)
        made = {} if is_one_of(inner) or inner.name.endswith("Filter") else self._rest(inner, path[0])
        within = self._put(inner.fields[path[0]].type, path[1:], value, place)
        if within is not ABSENT:
            made[path[0]] = within
        return made

    def _rest(self, kind: GraphQLInputObjectType, but: str) -> dict[str, Any]:
        about = re.sub(r"^(Create|Update|Archive|Register|Record|Plan)(\w+?)(s?)Input$", r"\2", kind.name)
        chosen = [n for n, f in kind.fields.items() if is_required_input_field(f) or self.random.random() < 0.2]
        return {n: self.values.value(kind.fields[n].type, About(about, n)) for n in chosen if n != but}

    def _value(self, kind: Any, place: Place) -> Any:
        return self.values.value(kind, About("", place.path[-1] if place.path else place.argument))

    def _fits(self, value: Any) -> bool:
        """Tell whether a value can stand in a document: names as keys, and not too long."""
        if value is ABSENT:
            return True
        return _has_names(value) and len(str(value)) < LONGEST_LITERAL


def _has_names(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_NAME.fullmatch(str(key)) and _has_names(inner) for key, inner in value.items())
    return all(map(_has_names, value)) if isinstance(value, list) else True


def _with_hole(value: Any) -> str:
    if isinstance(value, _Hole):
        return value.text
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_with_hole(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_with_hole, value))}]"
    return literal(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:40]}… ({len(text)} characters)"
