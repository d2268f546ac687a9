"""Problems that modules declare: types with fields of their own, made from what a refusal was told."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import strawberry
from graphql import GraphQLResolveInfo

from core.api.context import read_rows
from core.api.problems import Problem
from core.api.scalars import graphql_annotation
from core.catalog.catalog import Entity
from core.catalog.declare import ProblemDeclaration
from core.catalog.fields import field_texts, without_none
from core.data.model import Record
from core.errors import Refusal

P = TypeVar("P", bound=Problem)
Resolve = Callable[[Any, GraphQLResolveInfo[Any]], Any]


def problem(refusal: type[Refusal]) -> Callable[[type[P]], type[P]]:
    """Make a subclass of `Problem` the type that a refusal and its subclasses become.

    Its annotations are fields: values, `Money`, enums, lists of them, entities. Each is filled from the detail of the
    same name, which the refusal's constructor hands on: `super().__init__(message, rack=rack, occupied_by=row)`. A row
    is given as such, as its id, or as model and id; clients get it with their own selection, and only as far as they
    may read it, so an entity is always nullable. The string under a field is its description.
    """

    def declare(cls: type[P]) -> type[P]:
        hints, texts, annotations = get_type_hints(cls), field_texts(cls), {}
        for name in inspect.get_annotations(cls):
            annotations[name], resolve = _field(name, hints[name])
            metadata = None if resolve is None else {"resolve": resolve}
            setattr(cls, name, strawberry.field(description=texts.get(name), metadata=metadata))
        cls.__annotations__ = annotations
        made: Any = strawberry.type(cls, description=inspect.cleandoc(cls.__doc__ or cls.__name__))
        made.__forecourt_problem__ = ProblemDeclaration(refusal, tuple(annotations))
        declared: type[P] = made
        return declared

    return declare


def _field(name: str, annotation: Any) -> tuple[Any, Resolve | None]:
    """Return the annotation that Strawberry understands, and what reads the rows of a field that shows some."""
    inner, _ = without_none(annotation)
    if _is_entity(inner):
        return inner | None, _one_row(name, inner)
    if get_origin(inner) is list and _is_entity(get_args(inner)[0]):
        return list[get_args(inner)[0]], _several_rows(name, get_args(inner)[0])  # type: ignore[misc]  # a class at run time
    return graphql_annotation(annotation), None


def _is_entity(annotation: Any) -> bool:
    return isinstance(annotation, type) and "__forecourt_entity__" in vars(annotation)


def _one_row(name: str, cls: type) -> Resolve:
    async def resolve(source: Any, info: GraphQLResolveInfo[Any]) -> Any:
        value = getattr(source, name)
        return None if value is None else (await read_rows(info, _entity(info, cls), [_id_of(value)]))[0]

    return resolve


def _several_rows(name: str, cls: type) -> Resolve:
    async def resolve(source: Any, info: GraphQLResolveInfo[Any]) -> Any:
        values: Sequence[Any] = getattr(source, name)
        found = await read_rows(info, _entity(info, cls), [_id_of(value) for value in values])
        return [row for row in found if row is not None]

    return resolve


def _entity(info: GraphQLResolveInfo[Any], cls: type) -> Entity:
    entity: Entity = info.context.scope._dealer.kernel.catalog.by_type[cls]
    return entity


def _id_of(value: Record | tuple[type[Record], UUID] | UUID) -> UUID:
    if isinstance(value, Record):
        return value.id
    return value[1] if isinstance(value, tuple) else value
