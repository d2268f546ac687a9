"""Outlets open, move and close; their past stays where it happened."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from forecourt import NotFoundRefusal, PreconditionRefusal, Scope, Store, ValidationRefusal, local_date
from plugins.organisation.events import OutletMoved
from plugins.organisation.models import Outlet


async def open_outlet(
    scope: Scope, store_id: UUID, code: str, name: str, *, address: str = "", opened_on: date | None = None
) -> Outlet:
    """Open a place of sale of a store.

    Args:
        opened_on: The store's today without it.

    Raises:
        NotFoundRefusal: There is no such store.
        ValidationRefusal: The store has an open outlet of this code.
    """
    await _check_free(store_id, code)
    outlet = Outlet(
        store_id=store_id, code=code, name=name, address=address, opened_on=opened_on or _today(scope, store_id)
    )
    await outlet.save()
    return outlet


async def close_outlet(scope: Scope, outlet: Outlet, *, closed_on: date | None = None) -> None:
    """Close an outlet; its row and everything that names it stay.

    Args:
        closed_on: The first day without it; the store's today without this.

    Raises:
        PreconditionRefusal: It is closed already.
        ValidationRefusal: It would close before it opened.
    """
    day = closed_on or _today(scope, outlet.store_id)
    if day < outlet.opened_on:
        raise ValidationRefusal("an outlet can't close before it has opened", path=("closedOn",))
    if not await outlet.change_where(where={"closed_on": None}, closed_on=day):
        raise PreconditionRefusal("this outlet is closed already")


async def move_outlet(scope: Scope, outlet: Outlet, to_store_id: UUID, *, moved_on: date | None = None) -> Outlet:
    """Give an outlet to another store: it closes under the old one, with its history, and opens under the new one.

    Returns:
        The outlet under its new store.

    Raises:
        NotFoundRefusal: There is no such store.
        PreconditionRefusal: It is closed already.
        ValidationRefusal: It is there already, the store has an open outlet of its code, or it would close before it
            opened.
    """
    if to_store_id == outlet.store_id:
        raise ValidationRefusal("the outlet belongs to this store already", path=("store",))
    if outlet.closed_on is not None:
        raise PreconditionRefusal("this outlet is closed already")
    await _check_free(to_store_id, outlet.code)
    day = moved_on or _today(scope, to_store_id)
    await close_outlet(scope, outlet, closed_on=day)
    moved = Outlet(
        store_id=to_store_id,
        code=outlet.code,
        name=outlet.name,
        address=outlet.address,
        opened_on=day,
        moved_from_id=outlet.id,
    )
    await moved.save()
    scope.publish(
        OutletMoved(outlet_id=outlet.id, new_outlet_id=moved.id, from_store_id=outlet.store_id, to_store_id=to_store_id)
    )
    return moved


async def _check_free(store_id: UUID, code: str) -> None:
    if not await Store.filter(id=store_id, archived_at=None).exists():
        raise NotFoundRefusal("there is no such store", path=("store",))
    if await Outlet.filter(store_id=store_id, code=code, archived_at=None, closed_on=None).exists():
        raise ValidationRefusal("the store has an open outlet of this code", path=("code",))


def _today(scope: Scope, store_id: UUID) -> date:
    return local_date(scope.now(), scope.zone(store_id))
