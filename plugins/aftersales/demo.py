"""The demo dealership's share of aftersales: vehicles of known customers, and requests in every state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from forecourt import Scope
from plugins.aftersales.models import PlanItem, ReadingSource, ServiceVehicle
from plugins.aftersales.services import plans, requests, vehicles
from plugins.aftersales.services.odometer import NewReading
from plugins.aftersales.services.requests import NewRequest
from plugins.aftersales.services.vehicles import Handover
from plugins.customers.api import Customer
from plugins.inventory.api import StockVehicle, Trim, VehicleState, identity_for

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
    known = await _owned(scope)
    for number, (customer, handover) in enumerate(known):
        vehicle = await vehicles.take_over(scope, handover)
        if vehicle is None:
            continue
        for visit in range(number % 3):
            day = handover.delivered_on + timedelta(days=60 * (visit + 1))
            reading = NewReading(
                handover.odometer_km + (1_500 + 400 * number) * (visit + 1),
                ReadingSource.CUSTOMER,
                handover.at + timedelta(days=(day - handover.delivered_on).days),
            )
            await vehicles.read_odometer(scope, vehicle.id, reading)
        yield customer
    looked_after = await ServiceVehicle.filter(archived_at=None).order_by("id").limit(len(_REQUESTS))
    for vehicle, (symptom, group, conditions, severity) in zip(looked_after, _REQUESTS, strict=False):
        await requests.create(
            scope,
            NewRequest(symptom, symptom_group=group, conditions=conditions, severity=severity, vehicle=vehicle),
        )
    first = await PlanItem.filter(state="DUE", archived_at=None).order_by("id").first()
    if first is not None:
        vehicle = await ServiceVehicle.get(id=first.vehicle_id)
        await plans.complete(scope, first, done_on=None, odometer_km=vehicle.odometer_km + 20)
    yield looked_after


async def _owned(scope: Scope) -> list[tuple[Customer, Handover]]:
    """Return customers with what they have had delivered: cars that inventory knows as sold, and some of elsewhere."""
    customers = await Customer.filter(archived_at=None, lifecycle="OWNER").order_by("id").limit(30)
    sold = await StockVehicle.filter(state=VehicleState.DELIVERED, identity_id__isnull=False).order_by("id").limit(20)
    trims = await Trim.filter(archived_at=None).order_by("code").limit(4)
    identities = [(stay.identity_id, stay.trim_id) for stay in sold if stay.identity_id is not None]
    if trims:
        for number, vin in enumerate(_VINS):
            trim_id = trims[number % len(trims)].id
            identities.append(((await identity_for(scope, vin, trim_id)).id, trim_id))
    found = []
    for number, (customer, (identity_id, trim_id)) in enumerate(zip(customers, identities, strict=False)):
        at = scope.now() - timedelta(days=40 + 35 * number)
        handover = Handover(
            store_id=customer.store_id,
            ref=f"demo:{identity_id}",
            identity_id=identity_id,
            customer_id=customer.id,
            trim_id=trim_id,
            odometer_km=12 + number,
            delivered_on=at.date(),
            at=at,
            is_new=True,
        )
        found.append((customer, handover))
    return found
