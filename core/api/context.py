"""What resolvers share within one operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from graphql import FieldNode, GraphQLError, GraphQLResolveInfo
from graphql.execution.values import VariableValues

from core.api.rounds import Round
from core.catalog.catalog import Entity
from core.data.model import Record
from core.read.plan import Row
from core.read.reader import Reader
from core.read.selection import Selector
from core.scope import Scope


@dataclass(slots=True)
class Context:
    """The scope of an operation and its way to the read seam.

    Attributes:
        variables: As the client sent them.
        coerced: The same as the schema has them; None where they don't fit.
        answers: Outcomes of commands and written queries that have been run already, or what they raised, by response
            key; also what fields of a query have raised that are not asked again.
        finished: What a plan has answered already, by response key; rows of commands may have changed since.
        errors: Those of fields with resolvers of their own, where the rest of a plan's answer stands.
    """

    scope: Scope
    reader: Reader
    variables: Mapping[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    finished: dict[str, Any] = field(default_factory=dict)
    errors: list[GraphQLError] = field(default_factory=list)
    coerced: VariableValues | None = None
    _rounds: dict[tuple[object, ...], Round] = field(default_factory=dict)

    def selector(self, info: GraphQLResolveInfo[Any]) -> Selector:
        """Return what reads the selections of the running operation."""
        assert self.coerced is not None  # nothing is resolved where the variables don't fit
        return Selector(info.schema, info.fragments, self.coerced)

    def round_of(self, info: GraphQLResolveInfo[Any], entity: Entity) -> Round:
        """Return the round of the field that is being resolved, which returns rows of an entity."""
        key = (entity.name, *map(id, info.field_nodes))
        found = self._rounds.get(key)
        if found is None:
            selection = self.selector(info).rows(info.field_nodes, entity)
            found = self._rounds[key] = Round(partial(self.reader.rows, selection), partial(self._rounds.pop, key))
        return found


async def rows_again(info: GraphQLResolveInfo[Any], entity: Entity, value: Any) -> Any:
    """Return the rows that a resolver has returned as the caller sees them; of a list, those in sight."""
    if isinstance(value, Record):
        return (await read_rows(info, entity, [value.id]))[0]
    if isinstance(value, list):
        found = await read_rows(info, entity, [item.id for item in value])
        return [row for row in found if row is not None]
    return value


async def read_rows(
    info: GraphQLResolveInfo[Any], entity: Entity, ids: Sequence[UUID], nodes: Sequence[FieldNode] | None = None
) -> list[Row | None]:
    """Read rows by id for the field that is being resolved, or one below it; out of sight is None."""
    context: Context = info.context
    selection = context.selector(info).rows(nodes or info.field_nodes, entity)
    found = await context.reader.rows(selection, ids)
    return [found.get(row_id) for row_id in ids]
