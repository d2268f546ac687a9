"""What follows a sale, with the module sales on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from forecourt import Money, Scope, uuid7
from forecourt.testing import SampleDealer, sample_dealer
from plugins.aftersales.models.maintenance import PlanItem
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.customers.api import create_customer
from plugins.inventory.models.catalogue import ColorCode
from plugins.inventory.models.vehicles import StockVehicle
from plugins.inventory.services.intake import identity_for
from plugins.inventory.services.states import VehicleState
from plugins.sales.events import VehicleDelivered
from tests.plugins.aftersales.conftest import DELIVERED, VIN, make_trim

MODULES = ["organisation", "customers", "inventory", "sales", "aftersales"]


@pytest.fixture
async def dealership(database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(MODULES, database_url=database_url) as made:
        yield made


async def sold(scope: Scope, **changes: Any) -> VehicleDelivered:
    """Return the event of a delivery; the stock vehicle is delivered."""
    customer = await create_customer(scope, name="王伟", phone="13800138000")
    trim_id = await make_trim()
    color = ColorCode(code="WHITE", name="白")
    await color.save()
    identity = await identity_for(scope, VIN, trim_id)
    stay = StockVehicle(
        store_id=scope.store_id,
        stock_no="SK-1",
        identity_id=identity.id,
        vin=identity.vin,
        trim_id=trim_id,
        exterior_color_id=color.id,
        purchase_cost=Money(22_000_000, "CNY"),
        landed_cost=Money(22_000_000, "CNY"),
        state=VehicleState.DELIVERED,
        **changes,
    )
    await stay.save()
    return VehicleDelivered(
        order_id=uuid7(),
        customer_id=customer.id,
        opportunity_id=uuid7(),
        stock_vehicle_id=stay.id,
        vehicle_identity_id=identity.id,
        trim_id=trim_id,
        odometer_km=12,
        delivered_on=DELIVERED,
        total_minor=24_300_000,
        cost_minor=22_850_000,
        accessories_minor=680_000,
        currency="CNY",
    )


async def publish(dealership: SampleDealer, event: VehicleDelivered) -> None:
    async def work(scope: Scope) -> None:
        scope.publish(event)

    await dealership.run(work)
    await dealership.settle()


async def looked_after(dealership: SampleDealer) -> list[tuple[ServiceVehicle, list[PlanItem]]]:
    async def read() -> list[tuple[ServiceVehicle, list[PlanItem]]]:
        rows = await ServiceVehicle.all()
        return [(row, await PlanItem.filter(vehicle_id=row.id)) for row in rows]

    return await dealership.read(read)


async def test_delivered_vehicle_gets_a_plan_with_its_first_service(dealership: SampleDealer) -> None:
    event = await dealership.run(sold)
    await publish(dealership, event)
    ((vehicle, (item,)),) = await looked_after(dealership)
    assert (vehicle.customer_id, vehicle.delivered_on, vehicle.odometer_km) == (event.customer_id, DELIVERED, 12)
    assert (item.sequence, item.due_on.isoformat(), item.due_km) == (1, "2027-05-21", 5_000)


async def test_delivery_told_twice_changes_nothing(dealership: SampleDealer) -> None:
    event = await dealership.run(sold)
    await publish(dealership, event)
    ((before, _),) = await looked_after(dealership)
    # Another event of the same sale has no receipt yet: the handler itself must see that it is done.
    await publish(dealership, event.model_copy(update={"event_id": uuid7()}))
    ((after, items),) = await looked_after(dealership)
    assert (after.version, len(items)) == (before.version, 1)


async def test_used_vehicle_has_no_new_warranty_and_counts_from_its_odometer(dealership: SampleDealer) -> None:
    async def work(scope: Scope) -> VehicleDelivered:
        event = await sold(scope, condition="USED")
        return event.model_copy(update={"odometer_km": 38_000})

    await publish(dealership, await dealership.run(work))
    ((_, (item,)),) = await looked_after(dealership)
    assert item.due_km == 43_000
    shown = "{ serviceVehicles { nodes { warranties { totalCount } } } }"
    data = (await dealership.client()(shown)).data
    assert data["serviceVehicles"]["nodes"] == [{"warranties": {"totalCount": 0}}]


async def test_customer_who_is_gone_is_no_fault(dealership: SampleDealer) -> None:
    event = await dealership.run(sold)
    await publish(dealership, event.model_copy(update={"customer_id": UUID(int=7)}))
    assert await looked_after(dealership) == []
