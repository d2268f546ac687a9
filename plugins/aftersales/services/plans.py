"""Planned maintenance: when it begins, comes due, is done and what follows."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt import Scope, ValidationRefusal, local_date, settings
from plugins.aftersales.events import (
    MaintenanceAppointed,
    MaintenanceDone,
    MaintenanceDue,
    MaintenanceEvent,
    MaintenanceOverdue,
    MaintenanceScheduled,
    MaintenanceSkipped,
)
from plugins.aftersales.models.maintenance import MaintenancePlan, MaintenanceTemplate, PlanItem
from plugins.aftersales.models.vehicles import ReadingSource, ServiceVehicle
from plugins.aftersales.services import odometer
from plugins.aftersales.services.odometer import NewReading
from plugins.aftersales.services.prediction import (
    PlannedService,
    Rhythm,
    first_service,
    is_due,
    is_overdue,
    km_per_day,
    next_service,
    repredict,
    service_after_skipped,
)
from plugins.aftersales.services.states import PLAN_ITEM, PlanItemState
from plugins.aftersales.settings import AftersalesSettings
from plugins.customers.api import LifecycleTrigger, follow_lifecycle

OPEN_STATES = (PlanItemState.PLANNED, PlanItemState.DUE, PlanItemState.APPOINTED, PlanItemState.OVERDUE)
DEFAULT_CODE = "DEFAULT"


async def template_for(scope: Scope, trim_id: UUID | None) -> MaintenanceTemplate:
    """Return the template of a trim, else the one for all others, which the settings make when first needed."""
    live = MaintenanceTemplate.filter(archived_at=None)
    found = await live.filter(trim_id=trim_id).first() if trim_id is not None else None
    found = found or await live.filter(is_default=True).first()
    if found is not None:
        return found
    chosen = await settings(scope, AftersalesSettings)
    made = MaintenanceTemplate(
        code=DEFAULT_CODE,
        name="保养 / Maintenance",
        first_months=chosen.first_service_months,
        first_km=chosen.first_service_km,
        every_months=chosen.service_every_months,
        every_km=chosen.service_every_km,
        km_per_day=chosen.typical_km_per_day,
    )
    await made.save()
    return made


def rhythm_of(template: MaintenanceTemplate) -> Rhythm:
    """Return how often a template wants maintenance."""
    return Rhythm(
        template.first_months, template.first_km, template.every_months, template.every_km, template.km_per_day
    )


async def start_plan(
    scope: Scope,
    vehicle: ServiceVehicle,
    template: MaintenanceTemplate,
    *,
    new_on: date | None = None,
    last_on: date,
    last_km: int,
) -> MaintenancePlan:
    """Maintain a vehicle by a template from now on; it is done once, asked again nothing changes.

    Publishes `MaintenanceScheduled`.

    Args:
        new_on: The day on which it was new, if it has had no maintenance since: the first rhythm counts.
        last_on: The day from which the next one counts otherwise, with the distance run by then.
    """
    plan = await MaintenancePlan.get_or_none(vehicle_id=vehicle.id, template_id=template.id)
    if plan is not None:
        return plan
    rhythm = rhythm_of(template)
    plan = MaintenancePlan(
        store_id=vehicle.store_id, vehicle_id=vehicle.id, template_id=template.id, from_on=new_on or last_on
    )
    await plan.save()
    if new_on is not None:
        planned = first_service(new_on, last_km, rhythm)
    else:
        none_yet = PlannedService(0, last_on, last_km, last_on)
        planned = next_service(none_yet, last_on, last_km, [], rhythm)
    await _schedule(scope, plan, vehicle, repredict(planned, await odometer.believed(vehicle.id), rhythm))
    return plan


async def review(scope: Scope, vehicle: ServiceVehicle) -> None:
    """Predict a locked vehicle's maintenance anew from its readings, and tell what has come due by it."""
    readings = await odometer.believed(vehicle.id)
    chosen = await settings(scope, AftersalesSettings, store_id=vehicle.store_id)
    today = local_date(scope.now(), scope.zone(vehicle.store_id))
    plans = await MaintenancePlan.filter(vehicle_id=vehicle.id, archived_at=None).select_related("template")
    for plan in plans:
        rhythm = rhythm_of(plan.template)
        vehicle.average_m_per_day = int(km_per_day(readings, typical=rhythm.km_per_day) * 1000)
        for item in await PlanItem.filter(plan_id=plan.id, state__in=OPEN_STATES, archived_at=None):
            planned = repredict(_planned(item), readings, rhythm)
            item.predicted_on = planned.predicted_on
            await item.save()
            near = is_due(planned, today, vehicle.distance_km, days_before=chosen.warn_days, km_before=chosen.warn_km)
            if item.state == PlanItemState.PLANNED and near:
                await make_due(scope, item, vehicle)
            if item.state == PlanItemState.DUE and is_overdue(planned, today, vehicle.distance_km):
                await make_overdue(scope, item, vehicle)
    await vehicle.save()


async def make_due(scope: Scope, item: PlanItem, vehicle: ServiceVehicle) -> None:
    """Ask for a customer to come in. Publishes `MaintenanceDue`, once for each item."""
    told = item.told_at is not None
    if await PLAN_ITEM.try_move(item, PlanItemState.DUE, {"told_at": item.told_at or scope.now()}) and not told:
        tell(scope, MaintenanceDue, item, vehicle)


async def make_overdue(scope: Scope, item: PlanItem, vehicle: ServiceVehicle) -> None:
    """Note that a maintenance is past its day or distance. Publishes `MaintenanceOverdue`."""
    if await PLAN_ITEM.try_move(item, PlanItemState.OVERDUE):
        tell(scope, MaintenanceOverdue, item, vehicle)


async def appoint(scope: Scope, item: PlanItem, vehicle: ServiceVehicle) -> None:
    """Note that a customer has an appointment for a maintenance. Publishes `MaintenanceAppointed`."""
    await PLAN_ITEM.move(item, PlanItemState.APPOINTED)
    tell(scope, MaintenanceAppointed, item, vehicle, state=PlanItemState.APPOINTED.value)


async def unappoint(scope: Scope, item: PlanItem, vehicle: ServiceVehicle) -> None:
    """Note that an appointment came to nothing; the maintenance is due again. Publishes `MaintenanceAppointed`."""
    due = {"told_at": scope.now()}
    if item.state == PlanItemState.APPOINTED and await PLAN_ITEM.try_move(item, PlanItemState.DUE, due):
        tell(scope, MaintenanceAppointed, item, vehicle, state=PlanItemState.DUE.value)


async def complete(
    scope: Scope, item: PlanItem, *, done_on: date | None, odometer_km: int, confirmed: bool = False
) -> PlanItem:
    """Note that a maintenance was done, and plan the next one from that day and distance.

    Publishes `OdometerRecorded`, `MaintenanceDone` and `MaintenanceScheduled`.

    Raises:
        OdometerDoubtfulRefusal: The odometer doesn't fit earlier readings and isn't confirmed.
        TransitionRefusal: It is done or skipped already.
        ValidationRefusal: It would have been done in the future.
    """
    PLAN_ITEM.check(item.state, PlanItemState.DONE)
    vehicle = await odometer.lock(item.vehicle_id)
    zone = scope.zone(vehicle.store_id)
    today = local_date(scope.now(), zone)
    day = done_on or today
    if day > today:
        raise ValidationRefusal("maintenance isn't done in the future", path=("doneOn",), rule="aftersales_done_on")
    # Of an earlier day only the date is known: noon is as good as any hour.
    at = scope.now() if day == today else datetime.combine(day, time(12), ZoneInfo(zone))
    earlier = await odometer.believed(vehicle.id)
    reading = await odometer.record(
        scope, vehicle, NewReading(odometer_km, ReadingSource.VISIT, at, confirmed=confirmed)
    )
    await PLAN_ITEM.move(item, PlanItemState.DONE, {"done_on": day, "done_km": reading.distance_km})
    tell(scope, MaintenanceDone, item, vehicle)
    if vehicle.visited_on is None or vehicle.visited_on < day:
        vehicle.visited_on = day
    plan = await MaintenancePlan.get(id=item.plan_id).select_related("template")
    rhythm = rhythm_of(plan.template)
    # A doubtful odometer is no ground to plan on: the last one that was believed is.
    last = odometer.latest(earlier)
    km = reading.distance_km if reading.plausible or last is None else last.km
    await _schedule(scope, plan, vehicle, next_service(_planned(item), day, km, earlier, rhythm))
    await review(scope, vehicle)
    await follow_lifecycle(scope, vehicle.customer_id, LifecycleTrigger.SERVICE_VISIT)
    return item


async def skip(scope: Scope, item: PlanItem, reason: str) -> PlanItem:
    """Leave a maintenance out, and plan the one after it. Publishes `MaintenanceSkipped`, `MaintenanceScheduled`.

    Raises:
        TransitionRefusal: It is done or skipped already.
        ValidationRefusal: There is no reason.
    """
    if not reason.strip():
        raise ValidationRefusal("say why it is left out", path=("reason",), rule="aftersales_reason")
    vehicle = await odometer.lock(item.vehicle_id)
    await PLAN_ITEM.move(item, PlanItemState.SKIPPED, {"skip_reason": reason.strip()})
    tell(scope, MaintenanceSkipped, item, vehicle)
    plan = await MaintenancePlan.get(id=item.plan_id).select_related("template")
    readings = await odometer.believed(vehicle.id)
    await _schedule(scope, plan, vehicle, service_after_skipped(_planned(item), readings, rhythm_of(plan.template)))
    return item


def tell(scope: Scope, event: type[MaintenanceEvent], item: PlanItem, vehicle: ServiceVehicle, **more: Any) -> None:
    """Publish what became of a planned maintenance."""
    scope.publish(
        event(
            service_vehicle_id=vehicle.id,
            plan_item_id=item.id,
            customer_id=vehicle.customer_id,
            sequence=item.sequence,
            due_on=item.due_on,
            due_km=item.due_km,
            predicted_on=item.predicted_on,
            store_id=item.store_id,
            **more,
        )
    )


async def _schedule(scope: Scope, plan: MaintenancePlan, vehicle: ServiceVehicle, planned: PlannedService) -> None:
    if await PlanItem.exists(plan_id=plan.id, sequence=planned.sequence):
        return
    item = PlanItem(
        store_id=plan.store_id,
        plan_id=plan.id,
        vehicle_id=vehicle.id,
        sequence=planned.sequence,
        due_on=planned.due_on,
        due_km=planned.due_km,
        predicted_on=planned.predicted_on,
    )
    await item.save()
    tell(scope, MaintenanceScheduled, item, vehicle)


def _planned(item: PlanItem) -> PlannedService:
    return PlannedService(item.sequence, item.due_on, item.due_km, item.predicted_on)
