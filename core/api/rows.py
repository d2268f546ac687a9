"""Rows of any entity as its caller may see them, for modules that know an entity by the catalogue alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import orjson

from core.api.execute import Operation
from core.api.responses import RequestError
from core.catalog.catalog import Catalog, ComputedField, Entity, EntityField, ToOneField, ValueField
from core.errors import BadInputError, ForecourtError
from core.scope import Scope

Selected = dict[str, Any]
"""The fields that are read, those of a row that is referred to below its own."""


class ReadError(ForecourtError):
    """The rows can't be read, or not by this caller.

    Attributes:
        errors: What an operation that asks for them is answered with: message, path, and code in `extensions`.
    """

    code = "READ_FAILED"

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("; ".join(str(error["message"]) for error in errors))
        self.errors = errors


def catalog_of(scope: Scope) -> Catalog:
    """Return what the modules that are on declare."""
    return scope._dealer.kernel.catalog


async def read(
    scope: Scope,
    entity: Entity,
    fields: Sequence[str],
    *,
    filter: Mapping[str, Any] | None = None,
    search: str | None = None,
    order_by: Sequence[Mapping[str, Any]] = (),
) -> AsyncIterator[dict[str, Any]]:
    """Yield all rows of an entity that the scope's caller sees, page by page, as an operation of theirs gets them.

    The caller's rights, masks and limits hold, and a protected value that `filter` or `search` asks for is counted.

    Args:
        fields: Names in the schema; `owner.displayName` is of the row that `owner` refers to, `owner` alone is its id.
        filter: As a client sends it, in JSON's values: `{"name": {"startsWith": "Li"}}`; so are `search` and
            `order_by`.

    Yields:
        Values of JSON by the names in `fields`; an amount is an object with `amountMinor` and `currency`.

    Raises:
        BadInputError: There is no such field, or it is no value.
        ReadError: The caller may not read the rows, or the filter is wrong.
    """
    paths = [_path(entity, name) for name in fields]
    text = _operation(entity, _selected(entity, paths))
    variables: dict[str, Any] = {"filter": filter, "search": search, "orderBy": list(order_by) or None}
    variables = {name: value for name, value in variables.items() if value is not None}
    variables["first"] = scope.caller.limits.page
    while True:
        page = await _page(scope, text, variables)
        for row in page["nodes"]:
            yield dict(zip(fields, (_value(row, path) for path in paths), strict=True))
        if not page["pageInfo"]["hasNextPage"]:
            return
        variables["after"] = page["pageInfo"]["endCursor"]


async def _page(scope: Scope, text: str, variables: Mapping[str, Any]) -> Any:
    kernel = scope._dealer.kernel
    try:
        answer = orjson.loads((await Operation(scope._dealer, text, variables, None).run(scope)).body)
    except RequestError as error:
        raise ReadError(error.told(kernel.messages, scope.locale)) from error
    if errors := answer.get("errors"):
        raise ReadError(errors)
    return answer["data"]["rows"]


def _operation(entity: Entity, selected: Selected) -> str:
    asked = {"filter": f"{entity.name}Filter", "orderBy": f"[{entity.name}Order!]", "first": "Int", "after": "String"}
    if entity.search:
        asked["search"] = "String"
    declared = ", ".join(f"${name}: {kind}" for name, kind in asked.items())
    given = ", ".join(f"{name}: ${name}" for name in asked)
    return (
        f"query({declared}) {{ rows: {entity.plural}({given}) "
        f"{{ nodes {{ {_written(selected)} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )


def _written(selected: Selected) -> str:
    return " ".join(f"{name} {{ {_written(inner)} }}" if inner else name for name, inner in selected.items())


def _path(entity: Entity, name: str) -> tuple[str, ...]:
    """Return the steps to a value; a row that is referred to stands for its id."""
    path, at = tuple(name.split(".")), entity
    for step in path[:-1]:
        field = _field(at, step, path)
        if not isinstance(field, ToOneField):
            raise BadInputError(f"{name} leads through {step}, which refers to no row of {at.name}")
        at = field.target
    last = None if path[-1] == "id" else _field(at, path[-1], path)
    return (*path, "id") if isinstance(last, ToOneField) else path


def _selected(entity: Entity, paths: Iterable[Sequence[str]]) -> Selected:
    found: Selected = {}
    for path in paths:
        below, at = found, entity
        for step in path[:-1]:
            below, field = below.setdefault(step, {}), _field(at, step, path)
            assert isinstance(field, ToOneField)  # as in `_path`
            at = field.target
        below.setdefault(path[-1], {}).update(_parts(at, path))
    return found


def _parts(entity: Entity, path: Sequence[str]) -> Selected:
    """Return what is selected of the last field of a path."""
    if path[-1] == "id":
        return {}
    field = _field(entity, path[-1], path)
    if isinstance(field, ValueField):
        return {part.graphql_name: {} for part in field.kind.parts if part.graphql_name} if field.kind.make else {}
    if isinstance(field, ComputedField):
        return {}
    raise BadInputError(f"{'.'.join(path)} is no value that stands in a row of {entity.name}")


def _field(entity: Entity, name: str, path: Sequence[str]) -> EntityField:
    field = entity.fields.get(name)
    if field is None:
        known = ", ".join(sorted(entity.fields))
        raise BadInputError(f"{'.'.join(path)}: {entity.name} has no such field; it has {known}")
    return field


def _value(row: Any, path: Sequence[str]) -> Any:
    for step in path:
        if row is None:
            return None
        row = row[step]
    return row
