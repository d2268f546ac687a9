from datetime import date
from functools import partial

import pytest

from core.errors import ConflictRefusal, NotFoundRefusal, PreconditionRefusal, ValidationRefusal
from core.ids import uuid7
from core.people.models import Outlet
from core.people.outlets import close_outlet, move_outlet, open_outlet
from core.scope import Scope
from core.write.models import OutboxEvent
from tests.core.people.house import House


async def test_moved_outlet_keeps_its_past_under_the_old_store(house: House) -> None:
    old, new = await house.make_stores("N1", "S1")
    outlet = await house.do(lambda scope: open_outlet(scope, old.id, "O1", "East", opened_on=date(2026, 1, 1)))
    moved = await house.do(lambda scope: move_outlet(scope, outlet, new.id))
    before = await Outlet.get(id=outlet.id)
    assert (before.store_id, before.closed_on, before.archived_at) == (old.id, date(2026, 11, 21), None)
    assert (moved.store_id, moved.opened_on, moved.moved_from_id) == (new.id, date(2026, 11, 21), outlet.id)
    assert (moved.code, moved.name) == ("O1", "East")
    assert await OutboxEvent.filter(type="core.outlet_moved").count() == 1
    with pytest.raises(PreconditionRefusal):
        await house.do(lambda scope: move_outlet(scope, before, new.id))


async def test_refused_move_leaves_the_outlet_open(house: House) -> None:
    old, new = await house.make_stores("N1", "S1")
    outlet = await house.do(lambda scope: open_outlet(scope, old.id, "O1", "East"))
    await house.do(lambda scope: open_outlet(scope, new.id, "O1", "West"))
    for store_id, refusal in ((new.id, ValidationRefusal), (old.id, ValidationRefusal), (uuid7(), NotFoundRefusal)):
        with pytest.raises(refusal):
            await house.do(partial(move_outlet, outlet=outlet, to_store_id=store_id))
    assert (await Outlet.get(id=outlet.id)).closed_on is None


async def test_closed_outlet_frees_its_code_and_closes_once(house: House) -> None:
    (store,) = await house.make_stores("N1")
    outlet = await house.do(lambda scope: open_outlet(scope, store.id, "O1", "East", opened_on=date(2026, 1, 1)))
    with pytest.raises(ValidationRefusal, match="open outlet of this code"):
        await house.do(lambda scope: open_outlet(scope, store.id, "O1", "Another"))
    with pytest.raises(ValidationRefusal, match="before it has opened"):
        await house.do(lambda scope: close_outlet(scope, outlet, closed_on=date(2025, 12, 31)))
    await house.do(lambda scope: close_outlet(scope, outlet))
    with pytest.raises(PreconditionRefusal, match="closed already"):
        await house.do(lambda scope: close_outlet(scope, outlet))
    await house.do(lambda scope: open_outlet(scope, store.id, "O1", "Another"))


async def test_two_open_outlets_of_one_code_are_refused_by_the_database(house: House) -> None:
    (store,) = await house.make_stores("N1")

    async def two(scope: Scope) -> None:
        for _ in range(2):
            await Outlet(store_id=store.id, code="O1", name="East", opened_on=date(2026, 1, 1)).save()

    with pytest.raises(ConflictRefusal):
        await house.do(two)
    assert await Outlet.all().count() == 0
