"""Offers: made in versions, granted by who may, frozen when sent, taken or left."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from forecourt import (
    ConflictRefusal,
    Money,
    PreconditionRefusal,
    Scope,
    Store,
    ValidationRefusal,
    local_date,
    next_number,
    require_code,
    settings,
    total,
)
from plugins.inventory.api import (
    NoPriceError,
    ReservationKind,
    StockVehicle,
    Trim,
    floor_price,
    guide_price,
    landed_cost,
    reserve,
)
from plugins.sales.code_lists import DISCOUNT_KINDS
from plugins.sales.events import QuotationAccepted, QuotationExpired, QuotationSent
from plugins.sales.models import Opportunity, Quotation, QuotationDiscount, QuotationLine
from plugins.sales.services import rights
from plugins.sales.services.opportunities import holder_of
from plugins.sales.services.pricing import (
    AGENCY_KINDS,
    Authority,
    Discount,
    LineKind,
    PriceLine,
    Totals,
    approval_reasons,
    line_total,
    totals,
)
from plugins.sales.services.refusals import DiscountLimitRefusal, QuotationExpiredRefusal, SecondPersonRefusal
from plugins.sales.services.states import QUOTATION, OpportunityState, QuotationState
from plugins.sales.settings import SalesSettings

MILLI: Final = 1_000
_SUPERSEDED: Final = tuple(QUOTATION.sources(QuotationState.SUPERSEDED))


@dataclass(frozen=True, slots=True)
class NewLine:
    """One position of an offer as it is entered.

    Attributes:
        list_price: The price without it.
        tax_bp: The store's rate for goods, none for agency services, without it.
    """

    kind: LineKind
    price: Money
    name: str = ""
    code: str = ""
    quantity: Decimal = Decimal(1)
    list_price: Money | None = None
    cost: Money | None = None
    tax_bp: int | None = None
    tax_included: bool = True


@dataclass(frozen=True, slots=True)
class NewDiscount:
    """One discount as it is entered."""

    amount: Money
    kind: str = "CASH"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered.

    Attributes:
        vehicle_id: The very car; its trim follows.
        lines: Without a VEHICLE among them, one at the guide price is added for the trim.
    """

    lines: Sequence[NewLine] = ()
    discounts: Sequence[NewDiscount] = ()
    trim_id: UUID | None = None
    vehicle_id: UUID | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class _Prices:
    """What the catalogue says on the day of an offer."""

    trim: Trim | None
    vehicle: StockVehicle | None
    guide: Money | None
    floor: Money | None
    cost: Money | None


async def create(scope: Scope, opportunity: Opportunity, offer: Offer) -> Quotation:
    """Make the next version of a deal's offer; the versions before that were not answered are superseded.

    Raises:
        PreconditionRefusal: The deal is not open.
        ValidationRefusal: The offer has no line, or a line or discount that can't be.
    """
    locked = await Opportunity.filter(id=opportunity.id).select_for_update().get()
    if locked.state != OpportunityState.OPEN:
        raise PreconditionRefusal(
            f"only an open opportunity gets an offer; this one is {locked.state.value}", rule="not_open"
        )
    today = local_date(scope.now(), scope.zone(locked.store_id))
    chosen = await settings(scope, SalesSettings, store_id=locked.store_id)
    if offer.valid_until is not None and offer.valid_until < today:
        raise ValidationRefusal("an offer is valid today at least", path=("validUntil",), rule="valid_until")
    for number, discount in enumerate(offer.discounts):
        await require_code(
            scope, DISCOUNT_KINDS, discount.kind, store_id=locked.store_id, path=("discounts", number, "kind")
        )
    store = await Store.get(id=locked.store_id)
    prices = await _prices(scope, offer, today, locked.store_id)
    lines = _lines(offer, prices, chosen)
    if not lines:
        raise ValidationRefusal("an offer has at least one line", path=("lines",), rule="lines")
    discounts = [Discount(one.amount, chosen.vat_bp, one.reason) for one in offer.discounts]
    amounts = totals([_price_line(line) for line in lines], discounts, currency=store.currency)
    await _supersede(locked.id)
    row = await _save(scope, locked, offer, prices, lines, amounts, today + timedelta(days=chosen.quotation_valid_days))
    await _save_parts(row, lines, offer.discounts, chosen.vat_bp)
    return row


async def _prices(scope: Scope, offer: Offer, today: date, store_id: UUID) -> _Prices:
    vehicle = None
    if offer.vehicle_id is not None:
        vehicle = await StockVehicle.filter(id=offer.vehicle_id, store_id=store_id, archived_at=None).first()
        if vehicle is None:
            raise ValidationRefusal("the store has no such vehicle", path=("vehicle",), rule="vehicle")
        if offer.trim_id not in (None, vehicle.trim_id):
            raise ValidationRefusal("this vehicle is of another trim", path=("trim",), rule="trim")
    trim_id = vehicle.trim_id if vehicle else offer.trim_id
    trim = await Trim.get(id=trim_id) if trim_id else None
    guide = floor = None
    if trim is not None:
        try:
            guide = await guide_price(scope, trim.id, today)
            floor = await floor_price(scope, trim.id, today)
        except NoPriceError:
            guide = None  # used cars and special orders have no list price
    cost = await landed_cost(scope, vehicle.id) if vehicle else None
    return _Prices(trim, vehicle, guide, floor, cost)


def _lines(offer: Offer, prices: _Prices, chosen: SalesSettings) -> list[NewLine]:
    lines = list(offer.lines)
    if prices.trim is not None and not any(line.kind is LineKind.VEHICLE for line in lines):
        if prices.guide is None:
            raise ValidationRefusal(
                "this trim has no list price: give a line with the price of the vehicle",
                path=("lines",),
                rule="no_price",
            )
        lines.insert(0, NewLine(LineKind.VEHICLE, prices.guide))
    return [_completed(line, prices, chosen) for line in lines]


def _completed(line: NewLine, prices: _Prices, chosen: SalesSettings) -> NewLine:
    name, code, cost, listed = line.name, line.code, line.cost, line.list_price
    if line.kind is LineKind.VEHICLE and prices.trim is not None:
        name, code = name or prices.trim.name, code or prices.trim.code
        cost, listed = cost or prices.cost, listed or prices.guide
    rate = 0 if line.kind in AGENCY_KINDS else chosen.vat_bp
    return NewLine(
        kind=line.kind,
        price=line.price,
        name=name or code or line.kind.value,
        code=code,
        quantity=line.quantity,
        list_price=listed or line.price,
        cost=cost,
        tax_bp=rate if line.tax_bp is None else line.tax_bp,
        tax_included=line.tax_included,
    )


def _price_line(line: NewLine) -> PriceLine:
    return PriceLine(line.kind, line.price, line.quantity, line.cost, line.tax_bp or 0, line.tax_included)


async def _supersede(opportunity_id: UUID) -> None:
    for old in await Quotation.filter(opportunity_id=opportunity_id, state__in=_SUPERSEDED, archived_at=None):
        await old.change_where(where={"state": old.state}, state=QuotationState.SUPERSEDED)


async def _save(
    scope: Scope,
    opportunity: Opportunity,
    offer: Offer,
    prices: _Prices,
    lines: Sequence[NewLine],
    amounts: Totals,
    valid_until: date,
) -> Quotation:
    last = await Quotation.filter(opportunity_id=opportunity.id).order_by("-version_no").first()
    vehicles = [line_total(_price_line(line)).gross for line in lines if line.kind is LineKind.VEHICLE]
    row = Quotation(
        store_id=opportunity.store_id,
        doc_no=await next_number(scope, "QT", store_id=opportunity.store_id),
        opportunity_id=opportunity.id,
        customer_id=opportunity.customer_id,
        owner_id=opportunity.owner_id,
        version_no=last.version_no + 1 if last else 1,
        valid_until=offer.valid_until or valid_until,
        trim_id=prices.trim.id if prices.trim else None,
        vehicle_id=prices.vehicle.id if prices.vehicle else None,
        guide_price=prices.guide,
        floor_price=prices.floor,
        vehicle_price=total(vehicles, amounts.amount.currency),
        goods_total=amounts.goods,
        agency_total=amounts.agency,
        discount_total=amounts.discounts,
        accessories_total=amounts.accessories,
        tax_total=amounts.tax,
        cost_total=amounts.cost,
        gifts_total=amounts.gifts,
        total=amounts.amount,
    )
    await row.save()
    return row


async def _save_parts(row: Quotation, lines: Iterable[NewLine], discounts: Iterable[NewDiscount], tax_bp: int) -> None:
    for number, line in enumerate(lines, 1):
        amounts = line_total(_price_line(line))
        await QuotationLine(
            store_id=row.store_id,
            quotation_id=row.id,
            line_no=number,
            kind=line.kind,
            code=line.code,
            name=line.name,
            quantity_milli=int(line.quantity * MILLI),
            list_price=line.list_price,
            price=line.price,
            cost=line.cost,
            tax_bp=line.tax_bp,
            tax_included=line.tax_included,
            net=amounts.net,
            tax=amounts.tax,
            gross=amounts.gross,
            is_optional=line.kind in AGENCY_KINDS,
        ).save()
    for number, discount in enumerate(discounts, 1):
        await QuotationDiscount(
            store_id=row.store_id,
            quotation_id=row.id,
            line_no=number,
            kind=discount.kind,
            amount=discount.amount,
            tax_bp=tax_bp,
            reason=discount.reason,
        ).save()


async def authority(scope: Scope, store_id: UUID) -> Authority:
    """Return how much the caller may take off by himself, the floor price apart."""
    own: Authority | None = scope.dealer.kernel.hooks.discount_authority(scope=scope)
    if own is not None:
        return own
    reach = scope.caller.reach
    if reach(rights.BELOW_FLOOR) is not None or reach(rights.TO_FLOOR) is not None:
        return Authority()
    chosen = await settings(scope, SalesSettings, store_id=store_id)
    currency = (await Store.get(id=store_id)).currency
    if reach(rights.EXTENDED) is not None:
        return Authority(Money(chosen.manager_discount_limit_minor, currency), chosen.manager_discount_limit_bp)
    return Authority(Money(chosen.discount_limit_minor, currency), chosen.discount_limit_bp)


async def reasons_for(scope: Scope, quotation: Quotation) -> tuple[str, ...]:
    """Return why the caller can't grant the price of an offer by himself; empty if he can.

    All discounts count as taken off the vehicle, whatever they are called.
    """
    vehicles = QuotationLine.filter(quotation_id=quotation.id, kind=LineKind.VEHICLE)
    listed = [line.list_price.times(Decimal(line.quantity_milli) / MILLI) for line in await vehicles]
    guide = quotation.guide_price or total(listed, quotation.total.currency)
    price = quotation.vehicle_price - quotation.discount_total
    if not listed:  # accessories alone: what is taken off is measured by them
        guide, price = quotation.goods_total, quotation.goods_total - quotation.discount_total
    below_floor = scope.caller.reach(rights.BELOW_FLOOR) is not None
    floor = None if below_floor else quotation.floor_price
    return approval_reasons(guide, price, await authority(scope, quotation.store_id), floor=floor)


async def _move(scope: Scope, quotation: Quotation, to: QuotationState, **values: Any) -> None:
    before = QuotationState(quotation.state)
    QUOTATION.check(before, to)
    if not await quotation.change_where(where={"state": before}, state=to, **values):
        raise ConflictRefusal(
            "somebody else has just moved this quotation", model="sales.Quotation", row_id=quotation.id
        )


async def submit(scope: Scope, quotation: Quotation) -> Quotation:
    """Ask somebody with more authority to grant the price."""
    reasons = await reasons_for(scope, quotation)
    await _move(
        scope,
        quotation,
        QuotationState.PENDING_APPROVAL,
        approval_reasons=list(reasons),
        submitted_by_id=scope.caller.user_id,
    )
    return quotation


async def decide(scope: Scope, quotation: Quotation, *, approve: bool, note: str = "") -> Quotation:
    """Grant the price of an offer, or send it back to be made cheaper for the store.

    Raises:
        SecondPersonRefusal: He asked for it himself, or the deal is his.
        DiscountLimitRefusal: It is beyond his authority too.
    """
    QUOTATION.check(quotation.state, QuotationState.APPROVED if approve else QuotationState.DRAFT)
    if scope.caller.user_id in (None, quotation.submitted_by_id, quotation.owner_id):
        raise SecondPersonRefusal(rights.APPROVE_QUOTATION, "the approval of a price")
    if not approve:
        await _move(scope, quotation, QuotationState.DRAFT, approval_note=note)
        return quotation
    reasons = await reasons_for(scope, quotation)
    if reasons:
        raise DiscountLimitRefusal(reasons)
    await _move(
        scope,
        quotation,
        QuotationState.APPROVED,
        approved_by_id=scope.caller.user_id,
        approved_at=scope.now(),
        approval_note=note,
    )
    return quotation


async def send(scope: Scope, quotation: Quotation) -> Quotation:
    """Give an offer out of the house: from now on it doesn't change. Publishes `QuotationSent`.

    Its vehicle is kept in mind for it (a soft reservation).

    Raises:
        DiscountLimitRefusal: Nobody has approved a price that is beyond the caller's authority.
        QuotationExpiredRefusal: Its last day has passed.
        VehicleNotAvailableError: Somebody else has the vehicle.
    """
    QUOTATION.check(quotation.state, QuotationState.SENT)
    _check_valid(scope, quotation)
    if quotation.state == QuotationState.DRAFT:
        reasons = await reasons_for(scope, quotation)
        if reasons:
            raise DiscountLimitRefusal(reasons)
    await _move(scope, quotation, QuotationState.SENT, sent_at=scope.now(), content_hash=await content_hash(quotation))
    if quotation.vehicle_id is not None:
        chosen = await settings(scope, SalesSettings, store_id=quotation.store_id)
        until = scope.now() + timedelta(hours=chosen.soft_reservation_hours)
        await reserve(scope, quotation.vehicle_id, holder_of(quotation.opportunity_id), ReservationKind.SOFT, until)
    scope.publish(
        QuotationSent(
            quotation_id=quotation.id,
            opportunity_id=quotation.opportunity_id,
            version_no=quotation.version_no,
            total_minor=quotation.total.amount_minor,
            currency=quotation.total.currency,
            store_id=quotation.store_id,
        )
    )
    return quotation


def _check_valid(scope: Scope, quotation: Quotation) -> None:
    if quotation.valid_until < local_date(scope.now(), scope.zone(quotation.store_id)):
        raise QuotationExpiredRefusal(quotation.valid_until.isoformat())


async def content_hash(quotation: Quotation) -> str:
    """Return the SHA-256 of what an offer says: lines, discounts, total and last day."""
    lines = await QuotationLine.filter(quotation_id=quotation.id).order_by("line_no")
    discounts = await QuotationDiscount.filter(quotation_id=quotation.id).order_by("line_no")
    content = {
        "lines": [
            [
                line.kind.value,
                line.code,
                line.name,
                line.quantity_milli,
                *_pair(line.price),
                line.tax_bp,
                line.tax_included,
            ]
            for line in lines
        ],
        "discounts": [[one.kind, *_pair(one.amount), one.tax_bp] for one in discounts],
        "total": _pair(quotation.total),
        "valid_until": quotation.valid_until.isoformat(),
    }
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _pair(amount: Money) -> tuple[int, str]:
    return amount.amount_minor, amount.currency


async def note_discussion(scope: Scope, quotation: Quotation) -> Quotation:
    """Note that the customer has seen an offer and it was talked about."""
    if quotation.sent_at is None:
        raise PreconditionRefusal("what was not sent can't have been discussed", missing=("SENT",), rule="not_sent")
    if quotation.discussed_at is None:
        await quotation.change_where(where={"discussed_at": None}, discussed_at=scope.now())
    return quotation


async def accept(scope: Scope, quotation: Quotation) -> Quotation:
    """Take the customer's yes; the vehicle is his from now on (a hard reservation). Publishes `QuotationAccepted`.

    Raises:
        QuotationExpiredRefusal: Its last day has passed.
        VehicleNotAvailableError: Somebody else was faster.
    """
    QUOTATION.check(quotation.state, QuotationState.ACCEPTED)
    _check_valid(scope, quotation)
    now = scope.now()
    discussed = quotation.discussed_at or now
    await _move(scope, quotation, QuotationState.ACCEPTED, answered_at=now, discussed_at=discussed)
    if quotation.vehicle_id is not None:
        await reserve(scope, quotation.vehicle_id, holder_of(quotation.opportunity_id), ReservationKind.HARD)
    scope.publish(
        QuotationAccepted(
            quotation_id=quotation.id,
            opportunity_id=quotation.opportunity_id,
            total_minor=quotation.total.amount_minor,
            currency=quotation.total.currency,
            store_id=quotation.store_id,
        )
    )
    return quotation


async def reject(scope: Scope, quotation: Quotation, note: str) -> Quotation:
    """Take the customer's no."""
    await _move(scope, quotation, QuotationState.REJECTED, answered_at=scope.now(), answer_note=note)
    return quotation


async def expire_due(scope: Scope, store_id: UUID) -> int:
    """Mark sent offers whose last day has passed; return how many."""
    today = local_date(scope.now(), scope.zone(store_id))
    late = await Quotation.filter(
        store_id=store_id, state=QuotationState.SENT, valid_until__lt=today, archived_at=None
    ).limit(200)
    expired = 0
    for row in late:
        if await row.change_where(where={"state": QuotationState.SENT}, state=QuotationState.EXPIRED):
            expired += 1
            scope.publish(
                QuotationExpired(quotation_id=row.id, opportunity_id=row.opportunity_id, store_id=row.store_id)
            )
    return expired
