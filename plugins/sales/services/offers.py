"""Makes offers: what they hold, what it comes to, and which version of the deal's offer that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from forecourt import (
    Money,
    NotFoundRefusal,
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
    StockVehicle,
    Trim,
    floor_price,
    guide_price,
    landed_cost,
)
from plugins.sales.code_lists import DISCOUNT_KINDS
from plugins.sales.models.opportunities import Opportunity
from plugins.sales.models.quotations import Quotation, QuotationDiscount, QuotationLine
from plugins.sales.services.concessions import MeasuredLine, car_price, reckon
from plugins.sales.services.pricing import (
    AGENCY_KINDS,
    MILLI,
    Discount,
    LineKind,
    PriceLine,
    Totals,
    line_total,
    totals,
)
from plugins.sales.services.references import references
from plugins.sales.services.states import QUOTATION, OpportunityState, QuotationState
from plugins.sales.settings import SalesSettings

_SUPERSEDED: Final = tuple(QUOTATION.sources(QuotationState.SUPERSEDED))


@dataclass(frozen=True, slots=True)
class NewLine:
    """One position of an offer as it is entered.

    Attributes:
        list_price: The price without it; but then nobody knows what an extra is worth, unless the catalogue does.
        cost: Needed for a gift and for a service, unless the catalogue knows it by its code.
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
        lines: At most one VEHICLE, of which there is one; without it, one at the guide price is added for the trim.
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
    _check_lines(offer.lines, store.currency)
    discounts = [Discount(one.amount, chosen.vat_bp, one.reason) for one in offer.discounts]
    amounts = totals([_price_line(line) for line in lines], discounts, currency=store.currency)
    known = await references(locked.store_id, lines, prices.guide, store.currency)
    await _supersede(locked.id)
    row = _quotation(locked, offer, prices, lines, amounts, today + timedelta(days=chosen.quotation_valid_days))
    row.given_away = _given_away(lines, known, amounts, prices)
    await _save(scope, row)
    await _save_parts(row, lines, known, offer.discounts, chosen.vat_bp)
    return row


def _check_lines(lines: Sequence[NewLine], currency: str) -> None:
    for number, line in enumerate(lines):
        listed = line.list_price
        if listed is not None and (listed.currency != currency or listed.amount_minor < 0):
            raise ValidationRefusal(
                f"a list price is in {currency} and not negative",
                path=("lines", number, "listPrice"),
                rule="list_price",
            )
    cars = [line for line in lines if line.kind is LineKind.VEHICLE]
    if len(cars) > 1 or any(line.quantity != 1 for line in cars):
        raise ValidationRefusal(
            "an offer is for one car: make another offer for a further one", path=("lines",), rule="one_vehicle"
        )


async def _prices(scope: Scope, offer: Offer, today: date, store_id: UUID) -> _Prices:
    vehicle = None
    if offer.vehicle_id is not None:
        vehicle = await StockVehicle.filter(id=offer.vehicle_id, store_id=store_id, archived_at=None).first()
        if vehicle is None:
            raise ValidationRefusal("the store has no such vehicle", path=("vehicle",), rule="vehicle")
        if offer.trim_id not in (None, vehicle.trim_id):
            raise ValidationRefusal("this vehicle is of another trim", path=("trim",), rule="trim")
    trim_id = vehicle.trim_id if vehicle else offer.trim_id
    trim = await Trim.filter(id=trim_id).first() if trim_id else None
    if trim is None and trim_id is not None:
        raise NotFoundRefusal("there is no such trim", path=("trim",))
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
        list_price=listed,
        cost=cost,
        tax_bp=rate if line.tax_bp is None else line.tax_bp,
        tax_included=line.tax_included,
    )


def _price_line(line: NewLine) -> PriceLine:
    return PriceLine(line.kind, line.price, line.quantity, line.cost, line.tax_bp or 0, line.tax_included)


async def _supersede(opportunity_id: UUID) -> None:
    for old in await Quotation.filter(opportunity_id=opportunity_id, state__in=_SUPERSEDED, archived_at=None):
        await QUOTATION.move(old, QuotationState.SUPERSEDED)


def _quotation(
    opportunity: Opportunity,
    offer: Offer,
    prices: _Prices,
    lines: Sequence[NewLine],
    amounts: Totals,
    valid_until: date,
) -> Quotation:
    vehicles = [line_total(_price_line(line)).gross for line in lines if line.kind is LineKind.VEHICLE]
    return Quotation(
        store_id=opportunity.store_id,
        opportunity_id=opportunity.id,
        customer_id=opportunity.customer_id,
        owner_id=opportunity.owner_id,
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


def _given_away(lines: Sequence[NewLine], known: Sequence[Money | None], amounts: Totals, prices: _Prices) -> Money:
    """Return what is given away as far as it is known now; the gates reckon it anew, with the car of the order."""
    measured = []
    for number, (line, reference) in enumerate(zip(lines, known, strict=True), 1):
        sums = line_total(_price_line(line))
        measured.append(MeasuredLine(number, line.kind, line.quantity, sums.net, sums.gross, reference))
    tax_bp = next((line.tax_bp or 0 for line in lines if line.kind is LineKind.VEHICLE), 0)
    car = car_price(prices.guide, prices.floor, prices.cost, tax_bp=tax_bp, currency=amounts.amount.currency)
    return reckon(measured, amounts.discounts, car).amount


async def _save(scope: Scope, row: Quotation) -> None:
    last = await Quotation.filter(opportunity_id=row.opportunity_id).order_by("-version_no").first()
    row.version_no = last.version_no + 1 if last else 1
    row.doc_no = await next_number(scope, "QT", store_id=row.store_id)
    await row.save()


async def _save_parts(
    row: Quotation,
    lines: Iterable[NewLine],
    known: Iterable[Money | None],
    discounts: Iterable[NewDiscount],
    tax_bp: int,
) -> None:
    for number, (line, reference) in enumerate(zip(lines, known, strict=True), 1):
        amounts = line_total(_price_line(line))
        await QuotationLine(
            store_id=row.store_id,
            quotation_id=row.id,
            line_no=number,
            kind=line.kind,
            code=line.code,
            name=line.name,
            quantity_milli=int(line.quantity * MILLI),
            list_price=line.list_price or line.price,
            price=line.price,
            cost=line.cost,
            reference=reference,
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
