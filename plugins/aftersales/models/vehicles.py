"""The vehicles that a store looks after, their warranties and what their odometers showed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from forecourt import ConflictRefusal, Model, UniqueWhere, User, ValidationRefusal, fields
from plugins.customers.api import Customer
from plugins.inventory.api import VehicleIdentity


class ReadingSource(StrEnum):
    """Where an odometer reading comes from."""

    DELIVERY = "DELIVERY"
    VISIT = "VISIT"
    CUSTOMER = "CUSTOMER"
    IMPORT = "IMPORT"


class WarrantyKind(StrEnum):
    """Who stands in for a defect: the maker, the law on repair, replacement and return, or a bought extension."""

    OEM = "OEM"
    THREE_GUARANTEES = "THREE_GUARANTEES"
    EXTENDED = "EXTENDED"


class ServiceVehicle(Model):
    """A vehicle that a store looks after, for the customer who has it now.

    Attributes:
        vin: The identity's, so that it can be searched by.
        delivery_ref: The order that brought it to the customer, such as `sales_order:0192…`; empty if none did.
        odometer_km: What the odometer showed last.
        offset_km: What to add to it for the distance run in all, which plans count in; not 0 once it was replaced.
        average_m_per_day: What it runs on an average day, from its readings or as its template says.
        visited_on: When it was last at the workshop.
        advisor: The service advisor who looks after it.
    """

    identity: fields.ForeignKeyRelation[VehicleIdentity] = fields.ForeignKeyField("inventory.VehicleIdentity")
    identity_id: UUID
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    advisor: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    advisor_id: UUID | None
    vin = fields.CharField(max_length=17, db_index=True, searched=True)
    plate = fields.ProtectedField("plate", search=True, null=True)
    delivery_ref = fields.CharField(max_length=120, default="")
    delivered_on: date | None = fields.DateField(null=True)
    odometer_km = fields.IntField(default=0)
    odometer_at: datetime | None = fields.DatetimeField(null=True)
    offset_km = fields.IntField(default=0)
    average_m_per_day = fields.IntField(default=0)
    visited_on: date | None = fields.DateField(null=True)

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("store", "identity"), condition={"archived_at": None}, name="aftersales_live_service_vehicle"
            ),
        )

    constraint_refusals: ClassVar = {
        "aftersales_live_service_vehicle": lambda _: ConflictRefusal(
            "the store looks after this vehicle already", path=("vin",), rule="aftersales_registered"
        ),
    }

    @property
    def distance_km(self) -> int:
        """What it has run in all, with whichever odometer."""
        return self.offset_km + self.odometer_km


class WarrantyTerm(Model):
    """Until when, or up to which distance, somebody stands in for a vehicle's defects.

    Attributes:
        until_on: The last day.
        until_km: Distance run in all; no limit without it.
    """

    vehicle: fields.ForeignKeyRelation[ServiceVehicle] = fields.ForeignKeyField("aftersales.ServiceVehicle")
    vehicle_id: UUID
    kind = fields.CharEnumField(WarrantyKind, max_length=20)
    from_on: date = fields.DateField()
    until_on: date = fields.DateField()
    until_km: int | None = fields.IntField(null=True)
    coverage = fields.CharField(max_length=300, default="")

    class Meta:
        indexes = (
            UniqueWhere(fields=("vehicle", "kind"), condition={"archived_at": None}, name="aftersales_live_warranty"),
        )

    constraint_refusals: ClassVar = {
        "aftersales_live_warranty": lambda _: ConflictRefusal(
            "the vehicle has a warranty of this kind already; change that one",
            path=("kind",),
            rule="aftersales_warranty",
        ),
    }

    async def prepare(self) -> None:
        if self.until_on < self.from_on:
            raise ValidationRefusal(
                "a warranty ends no earlier than it begins", path=("untilOn",), rule="aftersales_period"
            )


class OdometerReading(Model):
    """What an odometer showed at a moment.

    Attributes:
        km: As shown.
        distance_km: The same with what earlier odometers had run; among plausible readings it never falls in time.
        plausible: Others don't count for averages and predictions.
        replaced: The first reading of another odometer.
    """

    vehicle: fields.ForeignKeyRelation[ServiceVehicle] = fields.ForeignKeyField("aftersales.ServiceVehicle")
    vehicle_id: UUID
    read_at: datetime = fields.DatetimeField()
    read_on: date = fields.DateField()
    km = fields.IntField()
    distance_km = fields.IntField()
    source = fields.CharEnumField(ReadingSource, max_length=20)
    plausible = fields.BooleanField(default=True)
    replaced = fields.BooleanField(default=False)
    note = fields.CharField(max_length=200, default="")

    class Meta:
        indexes = (("vehicle", "read_at"),)
