"""A dealer who sells: staff with roles, a small catalogue with prices, cars in stock, an address for lead documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.caller import Reach
from core.http.app import App
from core.people.access import create_key
from core.people.models import Membership, Role
from forecourt import Money, Scope
from forecourt.testing import Client, SampleDealer, sample_dealer
from plugins.inventory.models.catalogue import Brand, ColorCode, Item, PriceItem, Series, Trim
from plugins.inventory.models.vehicles import StockVehicle, Warehouse
from plugins.inventory.services import intake as stock_intake
from plugins.inventory.services import items, stock
from plugins.inventory.services.intake import Arrival, Description
from plugins.inventory.services.items import ReceivedItem
from plugins.inventory.services.kinds import ItemKind, Powertrain, Purpose
from plugins.inventory.services.vin import check_digit

GUIDE = Money(24_420_000)
FLOOR = Money(22_500_000)
COST = Money(22_400_000)
FILM_COST = Money(450_000)


def vin(number: int) -> str:
    """Return a Chinese VIN with its right check digit."""
    raw = f"LSVAU2180T2{number:06d}"
    return f"{raw[:8]}{check_digit(raw)}{raw[9:]}"


@dataclass
class Showroom:
    """What the tests find at the dealer."""

    sample: SampleDealer
    series: UUID
    trim: UUID
    white: UUID
    place: UUID
    film: UUID
    numbers: count[int] = field(default_factory=lambda: count(1))
    keys: dict[UUID, str] = field(default_factory=dict)

    async def hire(self, login: str, role: str = "sales_consultant", store_id: UUID | None = None) -> Client:
        """Take somebody on; the client has the rights of his role."""
        user_id = await self.sample.add_user(login)

        async def work(scope: Scope) -> dict[str, Reach]:
            row = await Role.get(code=role)
            await Membership(
                user_id=user_id,
                store_id=store_id or self.sample.store_id,
                role_ids=[str(row.id)],
                valid_from=date(2020, 1, 1),
            ).save()
            return {name: Reach[reach] for name, reach in row.permissions.items()}

        permissions = await self.sample.run(work)
        return self.sample.client(user_id, permissions=permissions, store_id=store_id)

    async def stocked(self, vehicles: int = 1, *, first_vin: str = "") -> list[UUID]:
        """Take cars in, and return their ids."""

        async def work(scope: Scope) -> list[UUID]:
            taken = []
            for index in range(vehicles):
                number = first_vin if first_vin and not index else vin(next(self.numbers))
                described = Description(trim_id=self.trim, exterior_color_id=self.white, purchase_cost=COST)
                arrival = Arrival(vin=number, warehouse_id=self.place)
                row = await stock_intake.take_in(scope, described, arrival, self.sample.store_id)
                taken.append(row.id)
            return taken

        return await self.sample.run(work)

    async def demonstrator(self) -> UUID:
        """Return a car that customers may drive."""
        (vehicle_id,) = await self.stocked()

        async def work(scope: Scope) -> UUID:
            return (await stock.change_purpose(scope, vehicle_id, Purpose.TEST_DRIVE, None)).id

        return await self.sample.run(work)

    async def films(self, quantity: int) -> None:
        """Receive film kits."""

        async def work(scope: Scope) -> None:
            place = await Warehouse.get(id=self.place)
            await items.receive(scope, place, [ReceivedItem(self.film, quantity * 1000, FILM_COST)], "")

        await self.sample.run(work)

    async def vehicle(self, vehicle_id: UUID) -> StockVehicle:
        async def work() -> StockVehicle:
            return await StockVehicle.get(id=vehicle_id)

        return await self.sample.read(work)

    async def key(self, role: str = "lead_provider", store_id: UUID | None = None) -> str:
        """Return an API key of a role."""

        async def work(scope: Scope) -> str:
            row = await Role.get(code=role)
            return (await create_key(scope, role, row.id, store_id=store_id or self.sample.store_id))[1]

        return await self.sample.run(work)

    async def post(
        self,
        document: str | bytes,
        *,
        key: str | None = None,
        content_type: str = "application/x-adf+xml",
        **headers: str,
    ) -> httpx.Response:
        """Send a lead document over HTTP, into the ASGI application."""
        if key is None:
            if self.sample.store_id not in self.keys:
                self.keys[self.sample.store_id] = await self.key()
            key = self.keys[self.sample.store_id]
        data = document.encode() if isinstance(document, str) else document
        transport = httpx.ASGITransport(App(self.sample.host))
        sent = {"x-api-key": key, "content-type": content_type, **headers}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/intake/adf", content=data, headers=sent)

    async def rows(self, model: Any, **condition: Any) -> list[Any]:
        """Read rows past the API."""

        async def work() -> list[Any]:
            found: list[Any] = await model.filter(**condition).order_by("id")
            return found

        return await self.sample.read(work)


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(
        ["organisation", "customers", "inventory", "sales"], database_url=kept_database_url
    ) as made:
        yield made


@pytest.fixture
async def showroom(sample: SampleDealer) -> Showroom:
    async def work(scope: Scope) -> Showroom:
        brand = Brand(code="DEMO", name="示例汽车", name_en="Demo Motors")
        await brand.save()
        series = Series(brand_id=brand.id, code="VOYAGE", name="远航", name_en="Voyage", body="SUV")
        await series.save()
        trim = Trim(
            series_id=series.id, code="VOYAGE-PLUS", name="远航 Plus", model_year=2026, powertrain=Powertrain.ICE
        )
        await trim.save()
        await PriceItem(trim_id=trim.id, guide_price=GUIDE, floor_price=FLOOR, valid_from=date(2026, 1, 1)).save()
        white = ColorCode(code="WHITE", name="白色", name_en="White")
        await white.save()
        film = Item(kind=ItemKind.ACCESSORY, code="FILM", name="贴膜套装", price=Money(680_000))
        await film.save()
        place = Warehouse(store_id=sample.store_id, code="W1", name="Yard")
        await place.save()
        return Showroom(sample, series.id, trim.id, white.id, place.id, film.id)

    return await sample.run(work)
