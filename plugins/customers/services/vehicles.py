"""The cars that customers have."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from forecourt import Scope, local_date
from plugins.customers.events import VehicleAdded
from plugins.customers.models.choices import VehicleRole
from plugins.customers.models.records import CustomerVehicle
from plugins.customers.services.moves import live_customer


async def add_owned_vehicle(
    scope: Scope,
    customer_id: UUID,
    *,
    vehicle_identity_id: UUID | None = None,
    vin: str = "",
    model: str = "",
    plate: str | None = None,
    role: VehicleRole = VehicleRole.OWNER,
    from_on: date | None = None,
) -> CustomerVehicle:
    """Give a customer a car; the same car a second time returns the row that is there."""
    customer = await live_customer(customer_id)
    present = CustomerVehicle.filter(customer_id=customer.id, role=role, archived_at=None, to_on=None)
    known = None
    if vehicle_identity_id is not None:
        known = await present.filter(vehicle_identity_id=vehicle_identity_id).first()
    elif vin:
        known = await present.filter(vin=vin.upper()).first()
    if known is not None:
        return known
    row = CustomerVehicle(
        store_id=customer.store_id,
        customer_id=customer.id,
        vehicle_identity_id=vehicle_identity_id,
        vin=vin.upper(),
        model=model,
        role=role,
        from_on=from_on or local_date(scope.now(), scope.zone(customer.store_id)),
    )
    if plate:
        row.plate = plate
    await row.save()
    scope.publish(
        VehicleAdded(
            customer_id=customer.id,
            customer_vehicle_id=row.id,
            vehicle_identity_id=vehicle_identity_id,
            store_id=customer.store_id,
        )
    )
    return row
