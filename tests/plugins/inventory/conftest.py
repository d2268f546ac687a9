"""A dealer with a small catalogue, two warehouses and vehicles on demand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from forecourt import Money, Scope
from forecourt.testing import SampleDealer, sample_dealer
from plugins.inventory.models.catalogue import Brand, ColorCode, Item, Series, Trim
from plugins.inventory.models.ledger import StockBalance
from plugins.inventory.models.vehicles import StockVehicle, Warehouse
from plugins.inventory.services import intake, items, ledger
from plugins.inventory.services.intake import Arrival, Description
from plugins.inventory.services.items import ReceivedItem
from plugins.inventory.services.kinds import PHYSICAL, ItemKind, Powertrain
from plugins.inventory.services.states import VehicleState
from plugins.inventory.services.vin import check_digit

COST = Money(18_000_000)
FILM_COST = Money(300_000)


def vin(number: int) -> str:
    """Return a Chinese VIN with its right check digit."""
    raw = f"LSVAU2180T2{number:06d}"
    return f"{raw[:8]}{check_digit(raw)}{raw[9:]}"


@dataclass
class House:
    """What the tests find at the dealer."""

    sample: SampleDealer
    trim: UUID
    other_trim: UUID
    white: UUID
    main: UUID
    outlet: UUID
    film: UUID
    numbers: count[int] = field(default_factory=lambda: count(1))

    def description(self, cost: Money = COST) -> Description:
        return Description(trim_id=self.trim, exterior_color_id=self.white, purchase_cost=cost)

    async def stocked(self, vehicles: int = 1, *, cost: Money = COST, store_id: UUID | None = None) -> list[UUID]:
        """Take vehicles in, and return their ids."""
        store = store_id or self.sample.store_id

        async def work(scope: Scope) -> list[UUID]:
            place = await Warehouse.filter(store_id=store, code="W1").get()
            taken = [
                await intake.take_in(
                    scope, self.description(cost), Arrival(vin=vin(next(self.numbers)), warehouse_id=place.id), store
                )
                for _ in range(vehicles)
            ]
            return [vehicle.id for vehicle in taken]

        return await self.sample.run(work)

    async def vehicle(self, vehicle_id: UUID) -> StockVehicle:
        async def work() -> StockVehicle:
            return await StockVehicle.get(id=vehicle_id)

        return await self.sample.read(work)

    async def films(self, quantity: int, unit_cost: Money = FILM_COST) -> None:
        """Receive film kits."""

        async def work(scope: Scope) -> None:
            place = await Warehouse.get(id=self.main)
            await items.receive(scope, place, [ReceivedItem(self.film, quantity * 1000, unit_cost)], "")

        await self.sample.run(work)


async def add_warehouse(code: str, store_id: UUID, capacity: int | None = None) -> UUID:
    place = Warehouse(store_id=store_id, code=code, name=f"Warehouse {code}", capacity=capacity)
    await place.save()
    return place.id


async def assert_closed(house: House) -> None:
    """Each thing's quantity and value over all places is zero, and the balances are the fold of the lines."""

    async def work() -> None:
        assert await ledger.differences() == []
        sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
        places = {place.id: place.kind for place in await Warehouse.all()}
        for row in await StockBalance.all():
            entry = sums[row.vehicle_id, row.item_id]
            entry[0] += row.quantity_milli
            entry[1] += row.value.amount_minor
            if places[row.warehouse_id] in PHYSICAL:
                assert row.quantity_milli >= 0
                assert row.vehicle_id is None or row.quantity_milli in (0, 1000)
        assert all(entry == [0, 0] for entry in sums.values())
        for vehicle in await StockVehicle.exclude(state=VehicleState.ON_ORDER):
            held = await StockBalance.filter(vehicle_id=vehicle.id, quantity_milli__gt=0)
            assert [(row.warehouse_id, row.quantity_milli) for row in held] == [(vehicle.warehouse_id, 1000)]
            assert held[0].value == vehicle.landed_cost
        for place in await Warehouse.filter(kind__in=sorted(PHYSICAL)):
            standing = await StockVehicle.filter(warehouse_id=place.id).count()
            assert place.occupied == standing

    await house.sample.read(work)


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["inventory"], database_url=kept_database_url) as made:
        yield made


@pytest.fixture
async def house(sample: SampleDealer) -> House:
    async def work(scope: Scope) -> House:
        brand = Brand(code="DEMO", name="示例汽车", name_en="Demo Motors")
        await brand.save()
        series = Series(brand_id=brand.id, code="S1", name="示例 SUV", body="SUV")
        await series.save()
        trims = []
        for code in ("S1-A", "S1-B"):
            trim = Trim(series_id=series.id, code=code, name=code, model_year=2026, powertrain=Powertrain.ICE)
            await trim.save()
            trims.append(trim.id)
        white = ColorCode(code="WHITE", name="白色", name_en="White")
        await white.save()
        film = Item(kind=ItemKind.ACCESSORY, code="FILM", name="贴膜套装", price=Money(680_000))
        await film.save()
        main = await add_warehouse("W1", sample.store_id)
        outlet = await add_warehouse("W2", sample.store_id, capacity=1)
        return House(sample, trims[0], trims[1], white.id, main, outlet, film.id)

    return await sample.run(work)
