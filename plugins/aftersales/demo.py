"""The demo dealership's share of aftersales: vehicles of known customers, and requests in every state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from forecourt import Scope, local_date
from plugins.aftersales.models.maintenance import PlanItem
from plugins.aftersales.models.vehicles import ReadingSource, ServiceVehicle
from plugins.aftersales.services import plans, requests, vehicles
from plugins.aftersales.services.odometer import NewReading
from plugins.aftersales.services.requests import NewRequest
from plugins.aftersales.services.states import PlanItemState
from plugins.aftersales.services.vehicles import Handover
from plugins.customers.api import Customer, Lifecycle
from plugins.inventory.api import StockVehicle, Trim, VehicleIdentity, VehicleState, identity_for

# Invented, with a valid check digit each.
_VINS = (
    "LFV2A21K0S3200002",
    "LGXC16AF3R0300003",
    "LBV5S3107PS400004",
    "LRWYGCEK3NC500005",
    "LVSHFFAL4MF600006",
    "LFMAP22C2S0700007",
    "LHGCM1629R8800008",
)
_REQUESTS = (
    ("冷启动时发动机抖动", "ENGINE", "冷启动，−5 °C", 3),
    ("刹车时有异响", "BRAKES", "低速制动", 2),
    ("中控屏幕重启", "INFOTAINMENT", "", 4),
    ("空调制冷效果差", "AIR_CONDITIONING", "高温停车后", 3),
)


async def write(scope: Scope) -> AsyncIterator[object]:
    """Write vehicles at different distances from their next maintenance, and requests about them."""
    for number, handover in enumerate(await _handovers(scope)):
        vehicle = await vehicles.take_over(scope, handover)
        if vehicle is None:
            continue
        for visit in range(1, 1 + number % 3):
            read_at = handover.at + timedelta(days=30 * visit)
            km = handover.odometer_km + (1_000 + 120 * number) * visit
            await vehicles.read_odometer(scope, vehicle.id, NewReading(km, ReadingSource.CUSTOMER, read_at))
        yield vehicle
    looked_after = await ServiceVehicle.filter(archived_at=None).order_by("id").limit(len(_REQUESTS))
    for vehicle, (symptom, group, conditions, severity) in zip(looked_after, _REQUESTS, strict=False):
        await requests.create(
            scope,
            NewRequest(symptom, symptom_group=group, conditions=conditions, severity=severity, vehicle=vehicle),
        )
    first = await PlanItem.filter(state=PlanItemState.DUE, archived_at=None).order_by("id").first()
    if first is not None:
        vehicle = await ServiceVehicle.get(id=first.vehicle_id)
        await plans.complete(scope, first, done_on=None, odometer_km=vehicle.odometer_km + 20)
    yield looked_after


async def _handovers(scope: Scope) -> list[Handover]:
    """Return deliveries to owners: of cars that inventory knows as sold, and of some that it has never had."""
    customers = await Customer.filter(archived_at=None, lifecycle=Lifecycle.OWNER).order_by("id").limit(30)
    sold = await StockVehicle.filter(state=VehicleState.DELIVERED, identity_id__isnull=False).order_by("id").limit(20)
    trims = await Trim.filter(archived_at=None).order_by("code").limit(4)
    cars = [(stay.identity_id, stay.trim_id) for stay in sold if stay.identity_id is not None]
    for number, vin in enumerate(_VINS if trims else ()):
        trim_id = trims[number % len(trims)].id
        if not await VehicleIdentity.exists(vin=vin):
            cars.append(((await identity_for(scope, vin, trim_id)).id, trim_id))
    return [
        _handover(scope, customer, identity_id, trim_id, number)
        for number, (customer, (identity_id, trim_id)) in enumerate(zip(customers, cars, strict=False))
    ]


def _handover(scope: Scope, customer: Customer, identity_id: UUID, trim_id: UUID, number: int) -> Handover:
    at = scope.now() - timedelta(days=40 + 35 * number)
    return Handover(
        store_id=customer.store_id,
        ref=f"demo:{identity_id}",
        identity_id=identity_id,
        customer_id=customer.id,
        trim_id=trim_id,
        odometer_km=12 + number,
        delivered_on=local_date(at, scope.zone(customer.store_id)),
        at=at,
        is_new=True,
    )
