"""Planned maintenance as the API shows it."""

from __future__ import annotations

from datetime import date, datetime

from forecourt.graphql import Connection, Store, computed, entity, extend
from plugins.aftersales.models.maintenance import MaintenancePlan as MaintenancePlanRow
from plugins.aftersales.models.maintenance import MaintenanceTemplate as MaintenanceTemplateRow
from plugins.aftersales.models.maintenance import PlanItem as PlanItemRow
from plugins.aftersales.services.states import PlanItemState
from plugins.aftersales.types.vehicles import ServiceVehicle
from plugins.inventory.types.catalogue import Trim


@entity(
    MaintenanceTemplateRow,
    search=["code", "name"],
    filter=["code", "trim", "is_default"],
    order=["code", "name"],
    create=[
        "code", "name", "trim", "first_months", "first_km", "every_months", "every_km", "km_per_day", "operations",
        "parts",
    ],
    update=["name", "first_months", "first_km", "every_months", "every_km", "km_per_day", "operations", "parts"],
)  # fmt: skip
class MaintenanceTemplate:
    """How often vehicles of a trim want maintenance, and what is done then."""

    code: str
    """Short and unique in the group."""
    name: str
    """What people call it."""
    trim: Trim | None
    """Whose it is; null for the one that holds where a trim has none of its own."""
    is_default: bool
    """Whether it holds for all trims without one of their own."""
    first_months: int
    """After so many months a new vehicle comes for the first time."""
    first_km: int
    """Or after so many kilometres, whichever is sooner."""
    every_months: int
    """After so many months it comes again."""
    every_km: int
    """Or after so many kilometres, whichever is sooner."""
    km_per_day: int
    """What such a vehicle is taken to run a day until its odometer tells."""
    operations: list[str]
    """What is done each time."""
    parts: list[str]
    """What is needed each time."""


@entity(
    MaintenancePlanRow,
    filter=["vehicle", "template"],
    order=["from_on"],
    create=False,
    update=False,
    archive=False,
    visible_through="vehicle",
)
class MaintenancePlan:
    """That a vehicle is maintained as a template says; one of each template."""

    vehicle: ServiceVehicle
    """The vehicle."""
    template: MaintenanceTemplate
    """What it follows."""
    from_on: date
    """From when it counts."""


@entity(
    PlanItemRow,
    filter=["vehicle", "plan", "store", "state", "due_on", "due_km", "predicted_on", "effective_on", "done_on"],
    order=["sequence", "effective_on", "due_on", "done_on"],
    create=False,
    update=False,
    archive=False,
    visible_through="vehicle",
)
class PlanItem:
    """One planned maintenance of a vehicle."""

    store: Store
    """The store that does it."""
    vehicle: ServiceVehicle
    """The vehicle."""
    plan: MaintenancePlan
    """The plan that it is part of."""
    sequence: int
    """Which one it is, from 1."""
    due_on: date
    """By when at the latest, whatever the odometer shows."""
    due_km: int
    """At which distance run in all at the latest."""
    predicted_on: date
    """When the vehicle will have run that distance."""
    effective_on: date
    """The first of the two days."""
    state: PlanItemState
    """Whether it is near, arranged or done."""
    told_at: datetime | None
    """When the customer was to be asked in; null before."""
    done_on: date | None
    """When it was done."""
    done_km: int | None
    """At which distance run in all it was done."""
    skip_reason: str
    """Why it was left out; empty if it wasn't."""

    @computed
    @staticmethod
    def days_left(effective_on: date, state: PlanItemState, *, today: date) -> int | None:
        """Days until it is to be done; negative when past, null once it is done or left out."""
        ended = state in (PlanItemState.DONE, PlanItemState.SKIPPED)
        return None if ended else (effective_on - today).days


@extend(MaintenancePlan, filter=["items"])
class MaintenancePlanItems:
    items: Connection[PlanItem]
    """What is planned and was done; each that is done or left out is followed by the next."""


@extend(ServiceVehicle, filter=["plans", "plan_items"])
class ServiceVehicleMaintenance:
    plans: Connection[MaintenancePlan]
    """How it is maintained."""
    plan_items: Connection[PlanItem]
    """What maintenance is planned and was done."""
