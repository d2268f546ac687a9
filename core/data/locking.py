"""How rows are waited for: in the process's own queue first, then in the database's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.data.finding import active_client
from core.data.transaction import OpenTransaction
from core.scope import unit_of_work

if TYPE_CHECKING:
    from core.data.lock_queues import Key


async def take_turn(key: Key) -> None:
    """Wait until no other unit of work of this process has something, and have it until the end of this one.

    What another process has is waited for in the database.

    Raises:
        LockTakenError: It must begin anew for that; `pipeline.transact` does.
        DatabaseTimeoutError: It did not come in time.
    """
    unit = unit_of_work()
    if unit is None or unit.touched.turn is None:
        return
    client = active_client()
    await unit.touched.turn.take(key, may_wait=isinstance(client, OpenTransaction) and not client.holds_connection)


async def take_turns(query: QuerySet[Any]) -> None:
    """Wait for the rows that a query set is about to lock."""
    unit = unit_of_work()
    if unit is None or unit.touched.turn is None:
        return
    table = query.model._meta.db_table
    for row_id in await _ids(query):
        await take_turn((table, row_id))


async def _ids(query: QuerySet[Any]) -> list[UUID]:
    """Return the ids of the rows of a query set, in their order; asked for only if it doesn't name one."""
    plain = [node for node in query._q_objects if node.join_type == Q.AND and not node._is_negated]
    named: list[Any] = [node.filters["id"] for node in plain if "id" in node.filters]
    if named and isinstance(named[0], UUID):
        return named[:1]
    rows = QuerySet._clone(query)
    rows._select_for_update = rows._single = rows._raise_does_not_exist = False
    return sorted(await rows.values_list("id", flat=True), key=str)  # type: ignore[arg-type]  # tortoise types it as rows
