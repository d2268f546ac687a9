"""Commands on vehicles and their maintenance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from forecourt import User as UserRow
from forecourt.graphql import ID, Info, Input, User, command
from plugins.aftersales import rights
from plugins.aftersales.models.maintenance import PlanItem as PlanItemRow
from plugins.aftersales.models.vehicles import OdometerReading as OdometerReadingRow
from plugins.aftersales.models.vehicles import ReadingSource
from plugins.aftersales.models.vehicles import ServiceVehicle as ServiceVehicleRow
from plugins.aftersales.services import plans, vehicles
from plugins.aftersales.services.odometer import NewReading
from plugins.aftersales.services.vehicles import Registration
from plugins.aftersales.types.maintenance import PlanItem
from plugins.aftersales.types.vehicles import OdometerReading, ServiceVehicle
from plugins.customers.api import Customer as CustomerRow
from plugins.customers.types.people import Customer
from plugins.inventory.api import Trim as TrimRow
from plugins.inventory.types.catalogue import Trim

Kilometres = Annotated[int, Field(ge=0, le=2_000_000, description="What the odometer shows.")]
Confirmed = Annotated[
    bool, Field(description="It was read again: keep it though it doesn't fit earlier readings; it won't count.")
]


class RegisterServiceVehicleInput(Input):
    """A vehicle that was bought elsewhere, as its customer brings it."""

    customer: ID[Customer] = Field(description="Who has it.")
    vin: Annotated[str, Field(max_length=40)] = Field(description="Its VIN as read; spaces and hyphens do no harm.")
    odometer_km: Kilometres
    trim: ID[Trim] | None = Field(None, description="Which version it is, if it is one of the catalogue.")
    plate: Annotated[str, Field(min_length=1, max_length=20)] | None = Field(None, description="Its number plate.")
    delivered_on: date | None = Field(None, description="When it was new.")
    serviced_on: date | None = Field(None, description="Its last maintenance; its odometer then is named with it.")
    serviced_km: Kilometres | None = Field(None, description="What the odometer showed then.")
    advisor: ID[User] | None = Field(None, description="The service advisor who looks after it.")
    override_reason: Annotated[str, Field(max_length=200)] = Field(
        "", description="Why a wrong check digit is accepted; needs a permission of its own."
    )


@command(ServiceVehicle, permission=rights.REGISTER)
async def register_service_vehicle(info: Info, input: RegisterServiceVehicleInput) -> ServiceVehicleRow:
    """Look after a vehicle that was bought elsewhere, beginning with its next maintenance."""
    scope = info.scope
    registration = Registration(
        customer=await scope.get(CustomerRow, input.customer.uuid),
        vin=input.vin,
        odometer_km=input.odometer_km,
        trim=await scope.get(TrimRow, input.trim.uuid) if input.trim else None,
        plate=input.plate,
        delivered_on=input.delivered_on,
        serviced_on=input.serviced_on,
        serviced_km=input.serviced_km,
        advisor_id=(await scope.get(UserRow, input.advisor.uuid)).id if input.advisor else None,
        override_reason=input.override_reason,
    )
    return await vehicles.register(scope, registration)


class RecordOdometerInput(Input):
    """An odometer as somebody read it."""

    vehicle: ID[ServiceVehicle] = Field(description="Whose.")
    odometer_km: Kilometres
    read_at: datetime | None = Field(None, description="When it was read; now without it.")
    source: ReadingSource = Field(ReadingSource.VISIT, description="Where it comes from.")
    confirmed: Confirmed = False
    replaced: bool = Field(False, description="It is the first reading of another odometer.")
    note: Annotated[str, Field(max_length=200)] = Field("", description="What to know about it.")


@command(OdometerReading, permission=rights.READ_ODOMETER)
async def record_odometer(info: Info[ServiceVehicleRow], input: RecordOdometerInput) -> OdometerReadingRow:
    """Keep what an odometer showed, and predict the vehicle's maintenance anew."""
    reading = NewReading(input.odometer_km, input.source, input.read_at, input.confirmed, input.replaced, input.note)
    return await vehicles.read_odometer(info.scope, info.subject.id, reading)


class CompletePlanItemInput(Input):
    """A planned maintenance that was done."""

    item: ID[PlanItem] = Field(description="Which.")
    odometer_km: Kilometres
    done_on: date | None = Field(None, description="When; today without it.")
    confirmed: Confirmed = False


@command(PlanItem, permission=rights.COMPLETE)
async def complete_plan_item(info: Info[PlanItemRow], input: CompletePlanItemInput) -> PlanItemRow:
    """Note that a planned maintenance was done, and plan the next one."""
    return await plans.complete(
        info.scope, info.subject, done_on=input.done_on, odometer_km=input.odometer_km, confirmed=input.confirmed
    )


class SkipPlanItemInput(Input):
    """A planned maintenance that won't be done."""

    item: ID[PlanItem] = Field(description="Which.")
    reason: Annotated[str, Field(max_length=200)] = Field(description="Why.")


@command(PlanItem, permission=rights.SKIP)
async def skip_plan_item(info: Info[PlanItemRow], input: SkipPlanItemInput) -> PlanItemRow:
    """Leave a planned maintenance out, and plan the one after it."""
    return await plans.skip(info.scope, info.subject, input.reason)
