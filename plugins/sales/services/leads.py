"""Takes leads in: the same message, the same person, or somebody new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from uuid import UUID

from forecourt import ConflictRefusal, Scope, Store, ValidationRefusal, save_all, transact
from plugins.customers.api import Customer, SourceChannel, find_by_phone, source_channel
from plugins.inventory.api import Series
from plugins.sales.events import LeadReceived, LeadTouched
from plugins.sales.models.choices import IntakeOutcome, LeadInterest, TouchKind, VehicleWish
from plugins.sales.models.leads import Lead, LeadTouch, LeadVehicle
from plugins.sales.services import allotment
from plugins.sales.services.prospects import NewLead, NewVehicle
from plugins.sales.services.refusals import LeadNotReachableRefusal
from plugins.sales.services.resends import NUMBER_SHARED, Person, find_known, warn_others
from plugins.sales.services.scoring import LeadFacts, LeadScore, score_lead
from plugins.sales.services.states import LEAD, OPEN_LEAD_STATES, LeadState

_OPEN: Final = sorted(OPEN_LEAD_STATES)
# Of what somebody else may write at the same moment: the source for the first time, the lead, the person's other lead.
_CONFLICTS: Final = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a lead that came in; `lead` is the one that is worked on.

    Attributes:
        warnings: Codes of what was odd about it.
    """

    outcome: IntakeOutcome
    lead: Lead
    warnings: tuple[str, ...] = ()


async def take(scope: Scope, new: NewLead) -> Taken:
    """Take a lead in: update the one that it is, add it to the person's open one, or make a new one and assign it.

    Needs a unit of work. Of two that bring the same person at once, one makes the lead and the other one joins it.
    """
    action = scope.writing().action
    # It ends with its allotment, which is one at a time; whoever waits for that now has done nothing in vain.
    await allotment.one_at_a_time(scope.store_id)
    for _ in range(_CONFLICTS):
        try:
            # A part of its own, so that a twin's row undoes this part and not the whole transaction.
            return await transact(scope, action, lambda inner: _take(inner, new))
        except ConflictRefusal:
            continue
    return await transact(scope, action, lambda inner: _take(inner, new))


async def _take(scope: Scope, new: NewLead) -> Taken:
    person, new = _person(scope, new)
    known = await find_known(scope.store_id, new.external_key, new.name, person)
    if known.lead is not None:
        return await _again(scope, known.lead, new, person)
    present = await _open_lead(scope.store_id, person)
    if present is not None and new.external_key is not None:
        # Its row is locked now: a twin of this message that was faster has made its own by now.
        known = await find_known(scope.store_id, new.external_key, new.name, person)
        if known.lead is not None:
            return await _again(scope, known.lead, new, person)
    is_resend = new.is_resend and new.external_key is None
    new = replace(new, external_key=known.key, warnings=(NUMBER_SHARED,) if known.others else ())
    await warn_others(known.others)
    if present is None:
        return await _create(scope, new, person)
    return await (_again if is_resend else _join)(scope, present, new, person)


def _person(scope: Scope, new: NewLead) -> tuple[Person, NewLead]:
    """Return whom a lead is of; numbers and addresses that can't be read go to the details."""
    phones, bad_phones = _readable(scope, "phone", new.phones)
    emails, bad_emails = _readable(scope, "email", new.emails)
    vault, store_id = scope.vault, scope.store_id
    phone, email = next(iter(phones), None), next(iter(emails), None)
    person = Person(
        phone,
        email,
        vault.blind_index("phone", store_id, phone) if phone else None,
        vault.blind_index("email", store_id, email) if email else None,
    )
    kept = new.with_details(
        other_phones=phones[1:], other_emails=emails[1:], unreadable_phones=bad_phones, unreadable_emails=bad_emails
    )
    return person, kept


def check_contact(scope: Scope, phone: str | None, email: str | None) -> None:
    """Refuse contact data that somebody enters by hand and that can't be read.

    Raises:
        LeadNotReachableRefusal: There are none.
        ValidationRefusal: They are no telephone number, or no address.
    """
    if phone is None and email is None:
        raise LeadNotReachableRefusal
    for kind, value in (("phone", phone), ("email", email)):
        if value is not None and not _readable(scope, kind, [value])[0]:
            what = "telephone number" if kind == "phone" else "e-mail address"
            raise ValidationRefusal(f"this is no {what}", path=(kind,), rule=kind)


def _readable(scope: Scope, kind: Any, values: Sequence[str]) -> tuple[list[str], list[str]]:
    readable: dict[str, None] = {}
    unreadable: list[str] = []
    for value in values:
        try:
            readable[scope.vault.normalise(kind, value)] = None
        except ValidationRefusal:
            unreadable.append(value)
    return list(readable), unreadable


async def _open_lead(store_id: UUID, person: Person) -> Lead | None:
    """Return the open lead of a person: the number decides, and the address where one of the two has no number."""
    live = Lead.filter(store_id=store_id, state__in=_OPEN, archived_at=None).order_by("id").select_for_update()
    if person.phone_index is not None:
        found = await live.filter(phone_index=person.phone_index).first()
        if found is not None:
            return found
    if person.email_index is None:
        return None
    same_mail = live.filter(email_index=person.email_index)
    return await (same_mail if person.phone_index is None else same_mail.filter(phone_index=None)).first()


async def _create(scope: Scope, new: NewLead, person: Person) -> Taken:
    lead = await _row(scope, new, person)
    customer = await _known_customer(scope, person)
    lead.customer_id = customer.id if customer else None
    vehicles = await _vehicles(lead, new.vehicles)
    await _rate(scope, lead, vehicles)
    await save_all([lead, *vehicles])
    await _touch(scope, lead, new, TouchKind.FIRST, lead.source_id)
    source = await source_of(lead.source_id)
    scope.publish(
        LeadReceived(
            lead_id=lead.id,
            source_code=source.code if source else "",
            interest=lead.interest.value,
            score=lead.score,
            grade=lead.grade.value,
            store_id=lead.store_id,
        )
    )
    await allotment.allot(scope, lead, existing_owner_id=customer.owner_id if customer else None)
    return Taken(IntakeOutcome.ACCEPTED, lead, new.warnings)


async def source_of(source_id: UUID | None) -> SourceChannel | None:
    """Return a source channel by its id, if there is one."""
    return await SourceChannel.get_or_none(id=source_id) if source_id is not None else None


async def _row(scope: Scope, new: NewLead, person: Person) -> Lead:
    source = await source_channel(scope, new.source) if new.source else None
    lead = Lead(
        store_id=scope.store_id,
        source_id=source.id if source else None,
        document_id=new.document_id,
        provider=new.provider,
        external_id=new.external_id,
        external_key=new.external_key,
        warnings=list(new.warnings),
        received_at=scope.now(),
        name=new.name,
    )
    _fill(lead, new, person)
    return lead


def _fill(lead: Lead, new: NewLead, person: Person) -> None:
    """Write what was said; what was not said this time stays."""
    lead.name = new.name
    if person.phone:
        lead.phone = person.phone
    if person.email:
        lead.email = person.email
    if new.details_text:
        lead.details = new.details_text
    lead.interest = new.interest
    for name in ("message", "preferred_time", "region_code", "budget", "buying_within_days", "captured_at",
                 "named_consultant_id"):  # fmt: skip
        value = getattr(new, name)
        if value not in (None, ""):
            setattr(lead, name, value)


async def _known_customer(scope: Scope, person: Person) -> Customer | None:
    return await find_by_phone(scope, person.phone, scope.store_id) if person.phone else None


async def _vehicles(lead: Lead, wanted: Sequence[NewVehicle]) -> list[LeadVehicle]:
    found = await _series(wanted)
    return [
        LeadVehicle(
            store_id=lead.store_id,
            lead_id=lead.id,
            line_no=number,
            series_id=found.get(number),
            **{name: getattr(vehicle, name) for name in vehicle.__slots__ if name != "extras"},
            extras=dict(vehicle.extras),
        )
        for number, vehicle in enumerate(wanted, 1)
    ]


async def _series(wanted: Sequence[NewVehicle]) -> dict[int, UUID]:
    """Return the series that vehicles mean, by line: the words contain its name or code, the longest one counts."""
    if not any(vehicle.model for vehicle in wanted):
        return {}
    rows = await Series.filter(archived_at=None)
    names = sorted(
        ((word.casefold(), row.id) for row in rows for word in (row.code, row.name, row.name_en) if word),
        key=lambda pair: -len(pair[0]),
    )
    found: dict[int, UUID] = {}
    for number, vehicle in enumerate(wanted, 1):
        words = f" {vehicle.make} {vehicle.model} {vehicle.trim} ".casefold()
        match = next((row_id for word, row_id in names if vehicle.model and _says(words, word)), None)
        if match is not None and vehicle.wish is VehicleWish.WANTED:
            found[number] = match
    return found


def _says(words: str, name: str) -> bool:
    """Tell whether a text has a name as a word; Chinese has no blanks between words."""
    return name in words if not name.isascii() else f" {name} " in words


async def _rate(scope: Scope, lead: Lead, vehicles: Sequence[LeadVehicle], *, returned: bool = False) -> None:
    source = await source_of(lead.source_id)
    store = await Store.get(id=lead.store_id)
    region = store.region_code[:4]
    facts = LeadFacts(
        phone_valid=_has(lead, "phone"),
        full_name=len(lead.name.strip()) >= 2,
        model_named=any(vehicle.model for vehicle in vehicles if vehicle.wish == VehicleWish.WANTED),
        budget_named=lead.budget is not None,
        buying_within_days=lead.buying_within_days,
        channel_kind=source.kind if source else "",
        test_drive_asked=lead.interest == LeadInterest.TEST_DRIVE,
        returned=returned,
        trade_in=any(vehicle.wish == VehicleWish.TRADE_IN for vehicle in vehicles),
        in_region=bool(region) and lead.region_code.startswith(region),
        unanswered_again=lead.failed_attempts > 1,
    )
    own: LeadScore | None = scope.hooks.score_lead(facts=facts)
    score = own or score_lead(facts)
    lead.score, lead.grade = score.score, score.grade
    lead.factors = [asdict(factor) for factor in score.factors]


def _has(lead: Lead, name: str) -> bool:
    return bool(lead.plain_values.get(name) or getattr(lead, f"{name}_sealed", None))


async def rate_again(scope: Scope, lead: Lead) -> None:
    """Score a lead by what is known now; the row is changed, not saved."""
    vehicles = await LeadVehicle.filter(lead_id=lead.id, archived_at=None)
    touches = await LeadTouch.filter(lead_id=lead.id, kind=TouchKind.DUPLICATE).exists()
    await _rate(scope, lead, vehicles, returned=touches)


async def _touch(scope: Scope, lead: Lead, new: NewLead, kind: TouchKind, source_id: UUID | None) -> None:
    await LeadTouch(
        store_id=lead.store_id,
        lead_id=lead.id,
        source_id=source_id,
        document_id=new.document_id,
        kind=kind,
        provider=new.provider,
        at=scope.now(),
    ).save()


async def _again(scope: Scope, lead: Lead, new: NewLead, person: Person) -> Taken:
    """Take in a message that has come before: an open lead is brought up to it, a closed one only notes it."""
    target = await Lead.get(id=lead.duplicate_of_id) if lead.duplicate_of_id else lead
    source = await source_channel(scope, new.source) if new.source else None
    if lead.state in OPEN_LEAD_STATES:
        _fill(lead, new, person)
        if new.document_id is not None:
            lead.document_id = new.document_id
        await _replace_vehicles(lead, new.vehicles)
        await rate_again(scope, lead)
        await lead.save()
    await _touch(scope, target, new, TouchKind.RESEND, source.id if source else None)
    scope.publish(_touched(target, TouchKind.RESEND, source.code if source else ""))
    outcome = IntakeOutcome.DUPLICATE if lead.duplicate_of_id else IntakeOutcome.UPDATED
    return Taken(outcome, target)


async def _replace_vehicles(lead: Lead, wanted: Sequence[NewVehicle]) -> None:
    if not wanted:
        return
    for old in await LeadVehicle.filter(lead_id=lead.id, archived_at=None):
        await old.archive()
    await save_all(await _vehicles(lead, wanted))


async def _join(scope: Scope, present: Lead, new: NewLead, person: Person) -> Taken:
    """Note that a person with an open lead came again; the message becomes a row of its own that leads there."""
    double = await _row(scope, new, person)
    double.state = LeadState.DUPLICATE
    double.duplicate_of_id = present.id
    double.customer_id, double.owner_id = present.customer_id, present.owner_id
    await save_all([double, *await _vehicles(double, new.vehicles)])
    await _touch(scope, present, new, TouchKind.DUPLICATE, double.source_id)
    await rate_again(scope, present)
    await present.save()
    if present.state == LeadState.NURTURE:  # whoever turns to the store again need not be waited for
        await LEAD.move(present, LeadState.CONTACTED, {"wake_on": None})
    source = await source_of(double.source_id)
    scope.publish(_touched(present, TouchKind.DUPLICATE, source.code if source else ""))
    return Taken(IntakeOutcome.DUPLICATE, present, new.warnings)


def _touched(lead: Lead, kind: TouchKind, source_code: str) -> LeadTouched:
    return LeadTouched(lead_id=lead.id, kind=kind.value, source_code=source_code, store_id=lead.store_id)
