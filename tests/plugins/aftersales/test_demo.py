"""The demo dealership's vehicles after the sale."""

from __future__ import annotations

from forecourt import Scope
from forecourt.testing import SampleDealer
from plugins.aftersales import demo
from plugins.aftersales.models.maintenance import PlanItem
from plugins.aftersales.models.requests import ServiceRequest
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services.states import PlanItemState
from plugins.customers.api import LifecycleTrigger, create_customer, follow_lifecycle
from tests.plugins.aftersales.conftest import Workshop


async def test_demo_has_vehicles_at_different_distances_and_requests(sample: SampleDealer, workshop: Workshop) -> None:
    async def write(scope: Scope) -> None:
        for number in range(7):
            customer = await create_customer(scope, name=f"客户{number}", phone=f"1390013900{number}")
            await follow_lifecycle(scope, customer.id, LifecycleTrigger.DELIVERED)
        async for _ in demo.write(scope):
            pass

    await sample.run(write)

    async def read() -> tuple[int, int, set[PlanItemState]]:
        vehicles, requests = await ServiceVehicle.all().count(), await ServiceRequest.all().count()
        return vehicles, requests, {item.state for item in await PlanItem.all()}

    vehicles, requests, states = await sample.read(read)
    assert (vehicles, requests) == (7, 4)
    assert states >= {PlanItemState.PLANNED, PlanItemState.DONE, PlanItemState.OVERDUE}
