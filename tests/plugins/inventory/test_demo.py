"""The demo dealership's stock."""

from __future__ import annotations

from collections import Counter

import pytest

from forecourt import Scope
from forecourt.testing import SampleDealer
from plugins.inventory import demo
from plugins.inventory.models.catalogue import Brand, ColorCode, Item, PriceItem, Series, Trim
from plugins.inventory.models.vehicles import StockVehicle, VehicleIdentity, Warehouse
from plugins.inventory.services import ledger
from plugins.inventory.services.kinds import PHYSICAL
from plugins.inventory.services.states import VehicleState
from plugins.inventory.services.vin import validate_vin


async def test_demo_has_what_it_promises(sample: SampleDealer) -> None:
    await sample.add_store("S2")
    await sample.add_store("S3")
    await sample.run(demo.write)

    async def look(scope: Scope) -> None:
        assert await Brand.all().count() == 1
        assert (await Series.all().count(), await Trim.all().count()) == (4, 12)
        assert await ColorCode.filter(kind="EXTERIOR").count() == 8
        assert Counter([item.kind.value for item in await Item.all()]) == {"ACCESSORY": 20, "PART": 40}
        assert await PriceItem.all().count() == 36
        assert await Warehouse.filter(kind__in=sorted(PHYSICAL)).count() == 5
        vehicles = await StockVehicle.all()
        assert len(vehicles) == 60
        assert {vehicle.state for vehicle in vehicles} == set(VehicleState)
        for identity in await VehicleIdentity.all():
            assert validate_vin(identity.vin).check_digit_ok
        assert len({vehicle.store_id for vehicle in vehicles}) == 3
        assert await ledger.differences() == []

    await sample.run(look)


async def test_demo_is_the_same_each_time(sample: SampleDealer) -> None:
    class TakenBackError(Exception):
        """Ends the transaction."""

    seen: list[list[tuple[str, str | None, str, int]]] = []

    async def write_and_take_back(scope: Scope) -> None:
        await demo.write(scope)
        vehicles = await StockVehicle.all().order_by("stock_no")
        seen.append([(v.stock_no, v.vin, v.state.value, v.landed_cost.amount_minor) for v in vehicles])
        raise TakenBackError

    for _ in range(2):
        with pytest.raises(TakenBackError):
            await sample.run(write_and_take_back)
    assert seen[0] == seen[1]
    assert await sample.read(lambda: StockVehicle.all().count()) == 0
