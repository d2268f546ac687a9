"""Vehicles that the store looks after, as the API shows them."""

from __future__ import annotations

from datetime import date, datetime

from forecourt.graphql import Connection, Store, User, computed, entity, extend
from plugins.aftersales.models.vehicles import OdometerReading as OdometerReadingRow
from plugins.aftersales.models.vehicles import ReadingSource, WarrantyKind
from plugins.aftersales.models.vehicles import ServiceVehicle as ServiceVehicleRow
from plugins.aftersales.models.vehicles import WarrantyTerm as WarrantyTermRow
from plugins.customers.types.people import Customer
from plugins.inventory.types.vehicles import VehicleIdentity


@entity(
    ServiceVehicleRow,
    search=["vin", "plate"],
    filter=["vin", "plate", "identity", "customer", "advisor", "store", "delivered_on", "odometer_km", "visited_on"],
    order=["vin", "delivered_on", "odometer_km", "visited_on"],
    create=False,
    update=["plate", "advisor"],
)
class ServiceVehicle:
    """A vehicle that a store looks after, for the customer who has it now."""

    store: Store
    """The store that looks after it."""
    identity: VehicleIdentity
    """Which vehicle of the world it is."""
    customer: Customer
    """Who has it now."""
    advisor: User | None
    """The service advisor who looks after it."""
    vin: str
    """Its VIN."""
    plate: str | None
    """Its number plate, masked."""
    delivered_on: date | None
    """When it was delivered to who has it now; null when unknown."""
    odometer_km: int
    """What the odometer showed last, as far as it is believed."""
    odometer_at: datetime | None
    """When it showed that."""
    offset_km: int
    """What to add to it for the distance run in all, which plans count in; 0 unless the odometer was replaced."""
    visited_on: date | None
    """When it was last at the workshop."""

    @computed
    @staticmethod
    def distance_km(odometer_km: int, offset_km: int) -> int:
        """Kilometres run in all, with whichever odometer."""
        return odometer_km + offset_km

    @computed
    @staticmethod
    def average_km_per_day(average_m_per_day: int) -> float:
        """What it runs on an average day, from its readings, or as its maintenance template says."""
        return average_m_per_day / 1000


@entity(
    WarrantyTermRow,
    filter=["vehicle", "kind", "until_on"],
    order=["until_on"],
    visible_through="vehicle",
)
class WarrantyTerm:
    """Until when, or up to which distance, somebody stands in for a vehicle's defects."""

    vehicle: ServiceVehicle
    """The vehicle."""
    kind: WarrantyKind
    """The maker, the law on repair, replacement and return, or a bought extension."""
    from_on: date
    """The first day."""
    until_on: date
    """The last day."""
    until_km: int | None
    """The distance run in all that ends it sooner; null for no such limit."""
    coverage: str
    """What is covered, in words; empty for what the kind says."""

    @computed
    @staticmethod
    def days_left(until_on: date, *, today: date) -> int:
        """Days until it ends; negative once it has."""
        return (until_on - today).days


@entity(
    OdometerReadingRow,
    filter=["vehicle", "read_at", "source", "plausible"],
    order=["read_at", "km"],
    create=False,
    update=False,
    archive=False,
    visible_through="vehicle",
)
class OdometerReading:
    """What a vehicle's odometer showed at a moment."""

    vehicle: ServiceVehicle
    """The vehicle."""
    read_at: datetime
    """When it was read."""
    km: int
    """What it showed."""
    distance_km: int
    """Kilometres run in all by then; among plausible readings it never falls."""
    source: ReadingSource
    """Where it comes from."""
    plausible: bool
    """Whether it fits the others; those that don't were confirmed, and are kept but not counted."""
    replaced: bool
    """The first reading of another odometer."""
    note: str
    """What to know about it."""


@extend(ServiceVehicle, filter=["warranties", "readings"])
class ServiceVehicleRecords:
    warranties: Connection[WarrantyTerm]
    """Who stands in for its defects, and until when."""
    readings: Connection[OdometerReading]
    """What its odometer showed; order by `readAt: DESC` for the latest first."""


@extend(Customer, filter=["service_vehicles"])
class CustomerServiceVehicles:
    service_vehicles: Connection[ServiceVehicle]
    """His vehicles that the store looks after."""


@extend(VehicleIdentity)
class IdentityServiceVehicles:
    service_vehicles: Connection[ServiceVehicle]
    """The vehicle in the eyes of the stores that look after it, within the caller's sight."""
