from datetime import date
from functools import partial

import pytest

from core.errors import ConflictRefusal, NotFoundRefusal, PreconditionRefusal, ValidationRefusal
from core.ids import uuid7
from core.scope import Scope
from core.write.models import OutboxEvent
from plugins.organisation.models import Outlet
from plugins.organisation.services.outlets import close_outlet, move_outlet, open_outlet
from tests.core.services.dealership import Dealership


async def test_moved_outlet_keeps_its_past_under_the_old_store(dealership: Dealership) -> None:
    outlet = await dealership.run(
        lambda scope: open_outlet(scope, dealership.north, "O1", "East", opened_on=date(2026, 1, 1))
    )
    moved = await dealership.run(lambda scope: move_outlet(scope, outlet, dealership.south))
    before = await Outlet.get(id=outlet.id)
    assert (before.store_id, before.closed_on, before.archived_at) == (dealership.north, date(2026, 11, 21), None)
    assert (moved.store_id, moved.opened_on, moved.moved_from_id) == (dealership.south, date(2026, 11, 21), outlet.id)
    assert (moved.code, moved.name) == ("O1", "East")
    assert await OutboxEvent.filter(type="organisation.outlet_moved").count() == 1
    with pytest.raises(PreconditionRefusal):
        await dealership.run(lambda scope: move_outlet(scope, before, dealership.south))


async def test_refused_move_leaves_the_outlet_open(dealership: Dealership) -> None:
    outlet = await dealership.run(lambda scope: open_outlet(scope, dealership.north, "O1", "East"))
    await dealership.run(lambda scope: open_outlet(scope, dealership.south, "O1", "West"))
    for store_id, refusal in (
        (dealership.south, ValidationRefusal),
        (dealership.north, ValidationRefusal),
        (uuid7(), NotFoundRefusal),
    ):
        with pytest.raises(refusal):
            await dealership.run(partial(move_outlet, outlet=outlet, to_store_id=store_id))
    assert (await Outlet.get(id=outlet.id)).closed_on is None


async def test_closed_outlet_frees_its_code_and_closes_once(dealership: Dealership) -> None:
    outlet = await dealership.run(
        lambda scope: open_outlet(scope, dealership.north, "O1", "East", opened_on=date(2026, 1, 1))
    )
    with pytest.raises(ValidationRefusal, match="open outlet of this code"):
        await dealership.run(lambda scope: open_outlet(scope, dealership.north, "O1", "Another"))
    with pytest.raises(ValidationRefusal, match="before it has opened"):
        await dealership.run(lambda scope: close_outlet(scope, outlet, closed_on=date(2025, 12, 31)))
    await dealership.run(lambda scope: close_outlet(scope, outlet))
    with pytest.raises(PreconditionRefusal, match="closed already"):
        await dealership.run(lambda scope: close_outlet(scope, outlet))
    await dealership.run(lambda scope: open_outlet(scope, dealership.north, "O1", "Another"))


async def test_two_open_outlets_of_one_code_are_refused_by_the_database(dealership: Dealership) -> None:

    async def two(scope: Scope) -> None:
        for _ in range(2):
            await Outlet(store_id=dealership.north, code="O1", name="East", opened_on=date(2026, 1, 1)).save()

    with pytest.raises(ConflictRefusal):
        await dealership.run(two)
    assert await Outlet.all().count() == 0
