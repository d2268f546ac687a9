"""What resolvers share within one operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql import GraphQLResolveInfo, get_variable_values
from graphql.execution.values import VariableValues

from core.api.catalog import Entity
from core.read.plan import Row
from core.read.reader import Reader
from core.read.selection import Selector
from core.scope import Scope


@dataclass(slots=True)
class Context:
    """The scope of an operation and its way to the read seam.

    Attributes:
        variables: As the client sent them.
    """

    scope: Scope
    reader: Reader
    variables: Mapping[str, Any] = field(default_factory=dict)
    _coerced: VariableValues | None = None

    def selector(self, info: GraphQLResolveInfo[Any]) -> Selector:
        """Return what reads the selections of the running operation."""
        if self._coerced is None:
            found = get_variable_values(info.schema, info.operation.variable_definitions or (), dict(self.variables))
            assert isinstance(found, VariableValues)  # graphql-core has coerced them once already
            self._coerced = self.reader.variables = found
        return Selector(info.schema, info.fragments, self._coerced)


async def read_rows(info: GraphQLResolveInfo[Any], entity: Entity, ids: Sequence[UUID]) -> list[Row | None]:
    """Read rows by id for the field that is being resolved; out of sight is None."""
    context: Context = info.context
    selection = context.selector(info).rows(info.field_nodes, entity)
    found = await context.reader.rows(selection, ids)
    return [found.get(row_id) for row_id in ids]
