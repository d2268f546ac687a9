"""The scalars and small types that every schema has."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

import strawberry
from graphql import GraphQLError, Undefined, ValueNode, value_from_ast_untyped
from strawberry.scalars import JSON
from strawberry.schema.types.base_scalars import UUIDDefinition
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.scalar import ScalarDefinition

from core.catalog.declare import ID, Connection
from core.catalog.fields import without_none
from core.clock import format_instant
from core.kinds.kind import Kind
from core.kinds.numbers import BigInt as BigInt
from core.money import Money


def _parse_big_int(value: object) -> int:
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise GraphQLError('a BigInt is a whole number in a string, such as "1990000"')


def _instant(value: object) -> datetime:
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
            if parsed.tzinfo is not None:
                return parsed.astimezone(UTC)
        except (ValueError, OverflowError):  # no instant, or none in UTC: the first and the last day elsewhere
            pass
    raise GraphQLError('a DateTime is an instant with its zone, such as "2026-11-21T08:00:00Z"')


def _json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    return _without_undefined(value_from_ast_untyped(node, variables))


def _without_undefined(value: Any) -> Any:
    """Return a JSON value in which a variable that was not sent is left out of an object, and null in a list."""
    if isinstance(value, dict):
        return {key: _without_undefined(inner) for key, inner in value.items() if inner is not Undefined}
    if isinstance(value, list):
        return [_without_undefined(inner) for inner in value]
    return None if value is Undefined else value


SCALARS: Mapping[object, ScalarDefinition] = {
    JSON: replace(DEFAULT_SCALAR_REGISTRY[JSON], parse_literal=_json_literal),
    UUID: replace(UUIDDefinition, description="A key without a type, such as 0192f0c1-2b3c-7def-8123-456789abcdef."),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number of any size, as a string: JSON numbers lose digits above 2^53.",
        serialize=str,
        parse_value=_parse_big_int,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in ISO 8601 with its zone; answers are in UTC.",
        serialize=format_instant,
        parse_value=_instant,
    ),
}


@strawberry.type(name="Money", description="An amount of money.")
class MoneyType:
    amount_minor: BigInt = strawberry.field(description="Minor units of the currency, such as fen or cent.")
    currency: str = strawberry.field(description="ISO 4217 code.")


@strawberry.input(name="MoneyInput", description="An amount of money.")
class MoneyInput:
    amount_minor: BigInt = strawberry.field(description="Minor units of the currency, such as fen or cent.")
    currency: str = strawberry.field(description="ISO 4217 code.", default="CNY")


class GivenMoney(dict[str, Any]):
    """An amount as a client gives it, told apart from a JSON value that has the same keys."""


SHARED_TYPES = (*SCALARS, Decimal, date, MoneyType, MoneyInput)
"""What every schema has, so that no module seems to bring it."""


@strawberry.interface(description="Anything that has a global id.")
class Node:
    id: strawberry.ID = strawberry.field(description="The global id.")


@strawberry.type(description="Where a page lies in the whole list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are rows after the last one.")
    has_previous_page: bool = strawberry.field(description="Whether there are rows before the first one.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row; send it as `after` for more.")


_OUTPUT: Mapping[object, Any] = {Money: MoneyType, dict: JSON, UUID: UUID, Decimal: Decimal, date: date}
_INPUT: Mapping[object, Any] = {Money: MoneyInput, dict: JSON}


_BY_NAME: Mapping[str, Any] = {
    "String": str,
    "Int": int,
    "BigInt": BigInt,
    "Float": float,
    "Decimal": Decimal,
    "Boolean": bool,
    "Date": date,
    "DateTime": datetime,
    "UUID": UUID,
    "ID": strawberry.ID,
    "JSON": JSON,
    "Money": MoneyType,
}
"""What Strawberry takes for the scalar that a kind names."""


def annotation_of(kind: Kind) -> Any:
    """Return what Strawberry takes for one value of a kind."""
    return as_enum(kind.python) if kind.by_schema else named(kind.scalar)


def named(scalar: str) -> Any:
    """Return what Strawberry takes for a scalar."""
    return _BY_NAME[scalar]


def as_enum(cls: type[Enum]) -> type[Enum]:
    """Make an enum class known to Strawberry, with its docstring as description."""
    if not hasattr(cls, "__strawberry_definition__"):
        strawberry.enum(cls)
    definition: Any = getattr(cls, "__strawberry_definition__")  # noqa: B009 - Strawberry adds it to the class
    if definition.description is None:  # Strawberry adds enums of annotations by itself, without one
        definition.description = inspect.cleandoc(cls.__doc__ or f"{cls.__name__}.")
    return cls


def graphql_annotation(annotation: Any, *, is_input: bool = False) -> Any:
    """Return the annotation that Strawberry understands for one of ours."""
    inner, optional = without_none(annotation)
    if optional:
        return graphql_annotation(inner, is_input=is_input) | None
    origin = get_origin(inner)
    if origin is Annotated:
        return graphql_annotation(get_args(inner)[0], is_input=is_input)
    if origin is ID or inner is ID:
        return strawberry.ID
    if origin in (list, tuple):
        return list[graphql_annotation(get_args(inner)[0], is_input=is_input)]  # type: ignore[misc]  # built at run time
    if origin is dict:
        return JSON
    if origin is Connection:
        raise TypeError("a connection stands alone, it can't be part of another annotation")
    if isinstance(inner, type) and issubclass(inner, Enum):
        return as_enum(inner)
    return (_INPUT if is_input else _OUTPUT).get(inner, inner)
