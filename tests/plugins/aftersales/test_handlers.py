"""A vehicle that its customer gives away is looked after no more."""

from __future__ import annotations

from uuid import UUID

import pytest

from forecourt import Money, Scope
from forecourt.testing import SampleDealer
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.inventory.events import VehicleReceived, VehicleStateChanged
from plugins.inventory.models.catalogue import ColorCode
from plugins.inventory.models.vehicles import StockVehicle
from plugins.inventory.services.states import VehicleState
from tests.plugins.aftersales.conftest import vehicle_of


async def stock(scope: Scope, vehicle_id: UUID, state: VehicleState) -> StockVehicle:
    vehicle = await ServiceVehicle.get(id=vehicle_id).select_related("identity")
    color = ColorCode(code="WHITE", name="白")
    await color.save()
    cost = Money(10_000_000, "CNY")
    stay = StockVehicle(
        store_id=vehicle.store_id,
        stock_no="SK-9",
        identity_id=vehicle.identity_id,
        trim_id=vehicle.identity.trim_id,
        exterior_color_id=color.id,
        purchase_cost=cost,
        landed_cost=cost,
        state=state,
    )
    await stay.save()
    return stay


@pytest.mark.parametrize(
    ("state", "given_up"),
    [(VehicleState.IN_STOCK, True), (VehicleState.DELIVERED, False)],
)
async def test_vehicle_that_comes_into_stock_is_given_up_unless_it_was_sold_on(
    sample: SampleDealer, vehicle_id: UUID, state: VehicleState, given_up: bool
) -> None:
    async def trade_in(scope: Scope) -> None:
        stay = await stock(scope, vehicle_id, state)
        assert stay.identity_id is not None
        scope.publish(
            VehicleReceived(
                vehicle_id=stay.id,
                vehicle_identity_id=stay.identity_id,
                trim_id=stay.trim_id,
                warehouse_id=stay.id,
                on_hold=False,
            )
        )

    await sample.run(trade_in)
    await sample.settle()
    assert ((await vehicle_of(sample, vehicle_id)).archived_at is not None) is given_up


@pytest.mark.parametrize(("to", "given_up"), [("RETURNED", True), ("ON_HOLD", False)])
async def test_vehicle_that_is_given_back_is_given_up(
    sample: SampleDealer, vehicle_id: UUID, to: str, given_up: bool
) -> None:
    async def give_back(scope: Scope) -> None:
        stay = await stock(scope, vehicle_id, VehicleState.IN_STOCK)
        scope.publish(VehicleStateChanged(vehicle_id=stay.id, from_state="DELIVERED", to_state=to))

    await sample.run(give_back)
    await sample.settle()
    assert ((await vehicle_of(sample, vehicle_id)).archived_at is not None) is given_up
