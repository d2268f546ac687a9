"""Who sees which rows and fields: the only place that decides it, for every read.

Which conditions there are follows from the shape of the caller's rights (`Caller.shape`); whose rows they leave is
read from the caller of each request, so that one statement serves all callers of a shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from core.caller import Caller, Reach
from core.catalog.catalog import Column, Entity, EntityField, ToOneField
from core.data.indexes import condition_sql
from core.errors import ForecourtError, UnauthenticatedError
from core.read.sql import Deferred, Statement, quote

if TYPE_CHECKING:
    from core.plugins.contributions import Holding

Below = tuple[Column, Entity]
"""A foreign key by which rows hang on those of an entity."""
SIGN_IN_FIRST = "sign in first: send a bearer token or an API key in the Authorization header"


class ForbiddenError(ForecourtError):
    """The caller lacks the right to read this at all."""

    code = "FORBIDDEN"

    def __init__(self, permission: str) -> None:
        super().__init__(f"this needs the permission {permission}")
        self.permission = permission


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of one caller, as conditions of SQL.

    Attributes:
        all_store_ids: Every store of the dealer, for callers who reach the whole group.
    """

    caller: Caller
    all_store_ids: frozenset[UUID]

    def may_read(self, entity: Entity) -> bool:
        """Return whether the caller may read any row of the entity."""
        if entity.declaration.public:
            return not self.caller.is_anonymous
        return self.caller.reach(entity.permission("read")) is not None

    def require_read(self, entity: Entity) -> None:
        """Refuse unless the caller may read some rows of the entity.

        Raises:
            ForbiddenError: He may not.
            UnauthenticatedError: Nobody has signed in.
        """
        if self.caller.is_anonymous:
            raise UnauthenticatedError(SIGN_IN_FIRST)
        if not self.may_read(entity):
            raise ForbiddenError(entity.permission("read"))

    def sees(self, field: EntityField) -> bool:
        """Return whether the caller reads a field's value, not null."""
        return field.permission is None or self.caller.reach(field.permission) is not None

    def require_field(self, field: EntityField) -> None:
        """Refuse to filter, order or group by a field that the caller can't read.

        Raises:
            ForbiddenError: He can't.
        """
        if field.permission is not None and not self.sees(field):
            raise ForbiddenError(field.permission)

    def store_ids(self, entity: Entity) -> frozenset[UUID]:
        """Return the stores whose rows the caller may see some of."""
        permission = entity.permission("read")
        if entity.declaration.public or self.caller.reach(permission) == Reach.GROUP:
            return self.all_store_ids
        return frozenset(s for s in self.caller.store_ids if self.caller.reach_in(permission, s) is not None)

    def rows(
        self,
        statement: Statement,
        entity: Entity,
        alias: str,
        permission: str | None = None,
        *,
        below: Below | None = None,
    ) -> list[str]:
        """Return conditions that leave the rows which the caller may see.

        Args:
            permission: Whose reach decides; the entity's read permission without it.
            below: What the rows hang on, where those are in sight already.
        """
        if entity.declaration.public and permission is None:
            return []
        name = permission or entity.permission("read")
        reach = self.caller.reach(name)
        if reach is None:
            return ["1=0"]
        through = entity.visible_through
        known = through is not None and below == (through.column, through.target)
        conditions = [] if through is None or known else self._through(statement, through, alias)
        if reach != Reach.GROUP and entity.store_column is not None:
            in_stores = self._in_stores(statement, entity, alias, name)
            # Few rows hang on one, most of the table is in the store.
            conditions.append(in_stores if below is None else statement.likely(in_stores))
        return conditions

    def _in_stores(self, statement: Statement, entity: Entity, alias: str, permission: str) -> str:
        """Return the condition of a reach below GROUP, which may differ from store to store."""
        column = entity.store_column
        assert column is not None
        owned = entity.owner_column is not None
        parts = []
        for reach, ids in self.caller.stores_by_reach(permission, owned=owned).items():
            parts.append(self._in_some_stores(statement, entity, alias, permission, reach, single=len(ids) == 1))
        return f"({' OR '.join(parts)})" if parts else "1=0"

    def _in_some_stores(
        self, statement: Statement, entity: Entity, alias: str, permission: str, reach: Reach, *, single: bool
    ) -> str:
        """Return the condition for the stores in which a permission has one reach."""
        column, owned = entity.store_column, entity.owner_column is not None
        assert column is not None
        name = f"{alias}.{quote(column.name)}"
        stores = Deferred(lambda r, _: r.access.caller.stores_by_reach(permission, owned=owned)[reach])
        # Equality lets an index of store and something else give the order, too.
        inside = (
            f"{name} = {statement.bind_for(column, stores.then(lambda ids: ids[0]))}"
            if single
            else statement.is_in(name, column, stores)
        )
        if reach is Reach.STORE:
            return inside
        return f"({inside} AND {self._owned(statement, entity, alias, reach)})"

    def _owned(self, statement: Statement, entity: Entity, alias: str, reach: Reach) -> str:
        """Return the condition on whose a row is: its owner's, or theirs who have something live about it in hand."""
        column = entity.owner_column
        assert column is not None
        if self.caller.user_id is None:
            return "1=0"
        own = self._whose(statement, column, f"{alias}.{quote(column.name)}", reach)
        if not entity.held:
            return own
        held = " UNION ALL ".join(self._held(statement, column, holding, reach) for holding in entity.held)
        return f"({own} OR {alias}.{quote(entity.id_column.name)} IN ({held}))"

    def _held(self, statement: Statement, column: Column, holding: Holding, reach: Reach) -> str:
        meta = holding.model._meta
        columns = meta.fields_db_projection
        whose = self._whose(statement, column, quote(columns[holding.owner]), reach)
        live = condition_sql({**holding.live, "archived_at": None}, statement.dialect, columns)
        shown = quote(columns[holding.shows or ""])
        return f"SELECT {shown} FROM {quote(meta.db_table)} WHERE {whose} AND {live}"

    def _whose(self, statement: Statement, column: Column, owner: str, reach: Reach) -> str:
        if reach is Reach.OWN:
            return f"{owner} = {statement.bind_for(column, Deferred(lambda r, _: r.access.caller.user_id))}"
        team = Deferred(lambda r, _: sorted(r.access.caller.team_ids | {r.access.caller.user_id}))
        return statement.is_in(owner, column, team)

    def _through(self, statement: Statement, field: ToOneField, alias: str) -> list[str]:
        parent = statement.alias()
        inner = self.rows(statement, field.target, parent)
        if not inner:
            return []
        key = f"{parent}.{quote(field.target.id_column.name)} = {alias}.{quote(field.column.name)}"
        return [f"EXISTS (SELECT 1 FROM {quote(field.target.table)} {parent} WHERE {' AND '.join([key, *inner])})"]
