"""Gives leads to people: the roster and the rules of this moment, and what they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tortoise.functions import Count, Max

from forecourt import (
    ConflictRefusal,
    Scope,
    Store,
    ValidationRefusal,
    settings,
    taker,
)
from plugins.customers.api import SourceChannel, live_customer, may_look_after, reassign_owner
from plugins.inventory.api import Trim
from plugins.organisation.api import business_clock, colleagues
from plugins.sales import rights
from plugins.sales.events import LeadAssigned, LeadRecycled, LeadUnassigned
from plugins.sales.models.choices import VehicleWish
from plugins.sales.models.leads import AssignmentLog, AssignmentRule, Lead, LeadVehicle
from plugins.sales.services.assignment import (
    DEFAULT_RULE,
    LEAD_WEIGHT,
    Assignment,
    Candidate,
    LeadRequest,
    Rule,
    Strategy,
    assign,
)
from plugins.sales.services.states import LEAD, OPEN_LEAD_STATES, LeadState
from plugins.sales.services.wording import said
from plugins.sales.settings import SalesSettings

MANUAL: Final = "MANUAL"
HANDED_OVER: Final = "HANDED_OVER"
"""Rule of a lead that went with its customer, who was given to somebody else."""
NEW_ENERGY: Final = "NEV"
_NEW_ENERGY_DRIVES: Final = frozenset({"PHEV", "BEV", "EREV"})


async def roster(scope: Scope, store_id: UUID) -> tuple[Candidate, ...]:
    """Return who of a store may get leads, as they stand now.

    While the store is closed those count who are there when it opens next.
    """
    chosen = await settings(scope, SalesSettings, store_id=store_id)
    at = (await business_clock(scope, store_id)).add_minutes(scope.now(), 0)
    staff = await colleagues(scope, rights.TAKE, at, store_id=store_id)
    weights = await _open_weights(store_id)
    assigned = await _last_assigned(store_id)
    return tuple(
        Candidate(
            id=one.user_id,
            on_duty=one.on_duty,
            certified=one.certified,
            open_weight=weights.get(one.user_id, 0),
            capacity=chosen.lead_capacities.get(str(one.user_id), chosen.lead_capacity),
            last_assigned_at=assigned.get(one.user_id),
        )
        for one in staff
    )


async def _open_weights(store_id: UUID) -> dict[UUID, int]:
    rows: list[dict[str, Any]] = await (
        Lead.filter(store_id=store_id, archived_at=None, state__in=sorted(OPEN_LEAD_STATES), owner_id__isnull=False)
        .annotate(number=Count("id"))
        .group_by("owner_id", "grade")
        .values("owner_id", "grade", "number")
    )
    weights: dict[UUID, int] = {}
    for row in rows:
        weights[row["owner_id"]] = weights.get(row["owner_id"], 0) + LEAD_WEIGHT[row["grade"]] * row["number"]
    return weights


async def _last_assigned(store_id: UUID) -> dict[UUID, datetime]:
    rows: list[dict[str, Any]] = await (
        Lead.filter(store_id=store_id, owner_id__isnull=False, assigned_at__isnull=False)
        .annotate(latest=Max("assigned_at"))
        .group_by("owner_id")
        .values("owner_id", "latest")
    )
    return {row["owner_id"]: row["latest"] for row in rows}


async def rules(store_id: UUID, region: str) -> tuple[Rule, ...]:
    """Return a store's rules; the default one if it has none of its own."""
    rows = await AssignmentRule.filter(store_id=store_id, archived_at=None).order_by("position", "code")
    if not rows:
        return (DEFAULT_RULE,)
    return tuple(
        Rule(
            code=row.code,
            order=row.position,
            when={name: _accepted(name, values, region) for name, values in row.conditions.items()},
            pool=() if row.manual else tuple(UUID(user) for user in row.pool) or None,
            strategy=Strategy(row.strategy),
        )
        for row in rows
    )


def _accepted(name: str, values: Iterable[str], region: str) -> frozenset[str]:
    """Return the values that match; a region matches by its beginning, because regions contain one another."""
    if name == "region" and region and any(region.startswith(prefix) for prefix in values):
        return frozenset({region})
    return frozenset(values)


async def request_of(lead: Lead, existing_owner_id: UUID | None) -> LeadRequest:
    """Return what the assignment needs to know of a lead."""
    wanted = (
        await LeadVehicle.filter(lead_id=lead.id, wish=VehicleWish.WANTED, archived_at=None)
        .order_by("line_no")
        .select_related("series")
    )
    series = next((vehicle.series for vehicle in wanted if vehicle.series is not None), None)
    source = await SourceChannel.get_or_none(id=lead.source_id)
    line = await _product_line(series.id) if series else ""
    attributes = {
        "source": source.code if source else "",
        "channel": source.kind if source else "",
        "provider": lead.provider,
        "grade": str(lead.grade.value),
        "interest": str(lead.interest.value),
        "region": lead.region_code,
        "series": series.code if series else "",
        "product_line": line,
    }
    return LeadRequest(
        attributes=attributes,
        product_line=line,
        existing_owner_id=existing_owner_id,
        named_consultant_id=lead.named_consultant_id,
        excluded=frozenset(UUID(user) for user in lead.excluded_ids),
    )


async def _product_line(series_id: UUID) -> str:
    drives = {trim.powertrain for trim in await Trim.filter(series_id=series_id, archived_at=None)}
    return NEW_ENERGY if drives and drives <= _NEW_ENERGY_DRIVES else ""


async def one_at_a_time(store_id: UUID) -> None:
    """Wait until no other lead of a store is being taken in or given to somebody; the next one waits for this one."""
    await Store.filter(id=store_id).select_for_update(no_key=True)


async def allot(scope: Scope, lead: Lead, *, existing_owner_id: UUID | None = None) -> Lead:
    """Give a lead to whom the rules name, or leave it to a manager; publishes which of the two.

    One lead of a store after the other: of two at once, the second must see what the first made of the loads.
    """
    await one_at_a_time(lead.store_id)
    request = await request_of(lead, existing_owner_id)
    people, store_rules = await roster(scope, lead.store_id), await rules(lead.store_id, lead.region_code)
    found: Assignment | None = scope.hooks.assign_lead(lead=request, rules=store_rules, roster=people)
    assignment = found or assign(request, store_rules, people)
    trace = [asdict(step) for step in assignment.trace]
    if assignment.chosen is None:
        await _leave(scope, lead, assignment.rule, trace)
    else:
        await give(scope, lead, assignment.chosen, assignment.rule, trace=trace)
    return lead


async def give(
    scope: Scope,
    lead: Lead,
    owner_id: UUID,
    rule: str,
    *,
    trace: list[dict[str, str]] | None = None,
    reason: str = "",
) -> None:
    """Make somebody the owner of a lead and start the clock of the first answer. Publishes `LeadAssigned`.

    A customer whom the lead's former owner had goes along: who works a lead must see whom it is about.

    Raises:
        TransitionRefusal: A lead in this state gets no owner.
        ConflictRefusal: Somebody else was faster.
    """
    before = lead.owner_id
    values: dict[str, Any] = {"owner_id": owner_id, "assigned_at": scope.now()}
    if lead.state not in _KEPT:
        values |= await _deadlines(scope, lead)
    if lead.state in (LeadState.ASSIGNED, *_KEPT):
        if not await lead.change_where(where={"state": lead.state, "owner_id": before}, **values):
            raise ConflictRefusal("somebody else has just assigned this lead", row=lead)
    else:
        await LEAD.move(lead, LeadState.ASSIGNED, values, where={"owner_id": before})
    await log(scope, lead, before, owner_id, rule, trace or [], reason)
    await _hand_over(scope, lead, before, reason)
    scope.publish(LeadAssigned(lead_id=lead.id, owner_id=owner_id, rule=rule, store_id=lead.store_id))


async def _hand_over(scope: Scope, lead: Lead, before: UUID | None, reason: str) -> None:
    former = {before, *(UUID(user) for user in lead.excluded_ids)} - {None}
    if lead.customer_id is None or lead.owner_id is None or not former:
        return
    customer = await live_customer(lead.customer_id)
    if customer.owner_id not in former or await _was_given(lead, customer.owner_id):
        return
    if may_look_after(await taker(scope, lead.owner_id), customer.store_id):
        why = reason or said(scope, "SALES_LEAD_GIVEN", "His lead was given to somebody else")
        await reassign_owner(scope, customer, lead.owner_id, why)


async def _was_given(lead: Lead, owner_id: UUID | None) -> bool:
    """Tell whether a lead came to an owner with its customer: somebody meant him to have the customer, so he keeps him.

    Who has the lead next sees the customer all the same.
    """
    last = await AssignmentLog.filter(lead_id=lead.id, to_owner_id=owner_id).order_by("-id").first()
    return last is not None and last.rule == HANDED_OVER


# A lead in one of these is under way: another owner takes it over as it is.
_KEPT: Final = frozenset({LeadState.CONTACTED, LeadState.QUALIFIED, LeadState.NURTURE})


async def _deadlines(scope: Scope, lead: Lead) -> Mapping[str, Any]:
    chosen = await settings(scope, SalesSettings, store_id=lead.store_id)
    clock = await business_clock(scope, lead.store_id)
    first = chosen.lead_first_minutes.get(lead.grade, 30)
    return {
        "sla_due_at": clock.add_minutes(scope.now(), first),
        "recycle_at": clock.add_minutes(scope.now(), chosen.lead_recycle_minutes),
        "sla_told": False,
    }


async def _leave(scope: Scope, lead: Lead, rule: str, trace: list[dict[str, str]]) -> None:
    before = lead.owner_id
    if lead.state == LeadState.NEW:
        await LEAD.move(lead, LeadState.UNASSIGNED, {"owner_id": None})
    else:
        await lead.change_where(where={"state": lead.state}, owner_id=None)
    await log(scope, lead, before, None, rule, trace)
    scope.publish(LeadUnassigned(lead_id=lead.id, grade=lead.grade.value, store_id=lead.store_id))


async def log(
    scope: Scope,
    lead: Lead,
    before: UUID | None,
    to: UUID | None,
    rule: str,
    trace: Iterable[dict[str, str]] = (),
    reason: str = "",
) -> None:
    """Write down how a lead came from one owner to another."""
    await AssignmentLog(
        store_id=lead.store_id,
        lead_id=lead.id,
        from_owner_id=before,
        to_owner_id=to,
        rule=rule,
        trace=list(trace),
        actor=scope.caller.actor,
        reason=reason,
        at=scope.now(),
    ).save()


async def assign_by_hand(scope: Scope, lead: Lead, owner_id: UUID, reason: str) -> Lead:
    """Give a lead to somebody whom a manager names.

    Raises:
        ValidationRefusal: He may not have leads, is not there, or has the lead already.
        TransitionRefusal: The lead is closed.
    """
    if lead.owner_id == owner_id:
        raise ValidationRefusal("he has this lead already", path=("owner",), rule="same_owner")
    people = {candidate.id: candidate for candidate in await roster(scope, lead.store_id)}
    candidate = people.get(owner_id)
    if candidate is None or not candidate.on_duty:
        raise ValidationRefusal(
            "a lead goes to somebody of the store who may have leads and is there", path=("owner",), rule="lead_owner"
        )
    await give(scope, lead, owner_id, MANUAL, reason=reason)
    return lead


async def recycle(scope: Scope, lead: Lead) -> bool:
    """Take a lead from an owner who let it lie and give it to somebody else; after the last time a manager decides.

    Returns:
        Whether it still lay there.
    """
    owner_id = lead.owner_id
    excluded = [*lead.excluded_ids, *([str(owner_id)] if owner_id else [])]
    values: dict[str, Any] = {
        "owner_id": None,
        "excluded_ids": excluded,
        "recycle_count": lead.recycle_count + 1,
        "sla_due_at": None,
        "recycle_at": None,
    }
    if not await LEAD.try_move(lead, LeadState.RECYCLED, values, where={"first_attempt_at": None}):
        return False
    scope.publish(
        LeadRecycled(lead_id=lead.id, from_owner_id=owner_id, count=lead.recycle_count, store_id=lead.store_id)
    )
    chosen = await settings(scope, SalesSettings, store_id=lead.store_id)
    if lead.recycle_count > chosen.lead_max_recycles:
        await _leave(scope, lead, "RECYCLED", [])
    else:
        await allot(scope, lead)
    return True
