"""A dealer with a small catalogue, two warehouses and vehicles on demand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

import pytest

from forecourt import Money, Scope
from forecourt.testing import SampleDealer, sample_dealer
from plugins.inventory.models import Brand, ColorCode, Item, Series, StockVehicle, Trim, Warehouse
from plugins.inventory.services import intake, items
from plugins.inventory.services.intake import Arrival, Description
from plugins.inventory.services.items import ReceivedItem
from plugins.inventory.services.kinds import ItemKind, Powertrain
from plugins.inventory.services.vin import check_digit

COST = Money(18_000_000)


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

    async def films(self, quantity: int, unit_cost: Money = Money(300_000)) -> None:
        """Receive film kits."""

        async def work(scope: Scope) -> None:
            place = await Warehouse.get(id=self.main)
            await items.receive(scope, place, [ReceivedItem(self.film, quantity * 1000, unit_cost)], "")

        await self.sample.run(work)


async def add_warehouse(code: str, store_id: UUID, capacity: int | None = None) -> UUID:
    place = Warehouse(store_id=store_id, code=code, name=f"Warehouse {code}", capacity=capacity)
    await place.save()
    return place.id


@pytest.fixture
async def sample(database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["inventory"], database_url=database_url) as made:
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
