"""Who may give away how much: reckoned for the offer, and again whenever its car is named or leaves the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from forecourt import Money, Scope, Store, local_date, settings, total
from plugins.inventory.api import (
    FittingCharge,
    FittingJob,
    FittingState,
    NoPriceError,
    StockVehicle,
    floor_price,
    guide_price,
)
from plugins.sales import rights
from plugins.sales.models.choices import ReceiptKind
from plugins.sales.models.grants import PriceGrant
from plugins.sales.models.orders import OrderDiscount, OrderLine, Receipt, SalesOrder
from plugins.sales.models.quotations import Quotation, QuotationDiscount, QuotationLine
from plugins.sales.services.concessions import (
    CarPrice,
    Concession,
    MeasuredLine,
    car_price,
    reasons_against,
    reckon,
)
from plugins.sales.services.pricing import ACCESSORY_KINDS, COST_KINDS, MILLI, Authority, LineKind
from plugins.sales.services.refusals import DiscountLimitRefusal
from plugins.sales.settings import SalesSettings

_TRADE_IN: Final = "TRADE_IN"
# From the smallest to the widest.
_RIGHTS: Final = (rights.EXTENDED, rights.TO_FLOOR, rights.BELOW_FLOOR)


@dataclass(frozen=True, slots=True)
class Sale:
    """An offer or the order made of it, with the car that it is reckoned for.

    Attributes:
        vehicle: The very car; None while only the trim is known, or not even that.
    """

    quotation: Quotation
    order: SalesOrder | None = None
    vehicle: StockVehicle | None = None

    @property
    def currency(self) -> str:
        """Of all its amounts."""
        return self.quotation.total.currency


async def sale_of(order: SalesOrder, vehicle: StockVehicle | None = None) -> Sale:
    """Return what is reckoned for an order.

    Args:
        vehicle: Another car than the one that it has.
    """
    if vehicle is None and order.vehicle_id is not None:
        vehicle = await StockVehicle.get(id=order.vehicle_id)
    return Sale(await Quotation.get(id=order.quotation_id), order, vehicle)


async def concession_of(scope: Scope, sale: Sale) -> Concession:
    """Return all that is given away with a sale as it stands now."""
    lines, discounts = await _parts(sale)
    measured = [
        MeasuredLine(
            line.line_no,
            LineKind(line.kind),
            Decimal(line.quantity_milli) / MILLI,
            line.net,
            line.gross,
            line.reference,
            is_secret=LineKind(line.kind) in COST_KINDS and line.reference not in (None, line.cost),
        )
        for line in lines
    ]
    vehicle_tax = next((line.tax_bp for line in lines if line.kind == LineKind.VEHICLE), 0)
    return reckon(
        measured,
        total((one.amount for one in discounts), sale.currency),
        await _car_price(scope, sale, vehicle_tax),
        fitted=await _fitted(sale, lines),
        trade_in=await _trade_in(sale),
    )


async def _parts(
    sale: Sale,
) -> tuple[Sequence[QuotationLine | OrderLine], Sequence[QuotationDiscount | OrderDiscount]]:
    if sale.order is None:
        offer = sale.quotation.id
        lines = await QuotationLine.filter(quotation_id=offer).order_by("line_no")
        return lines, await QuotationDiscount.filter(quotation_id=offer)
    order = sale.order.id
    return await OrderLine.filter(order_id=order).order_by("line_no"), await OrderDiscount.filter(order_id=order)


async def _car_price(scope: Scope, sale: Sale, tax_bp: int) -> CarPrice:
    """Return what the car is measured by: the price list of the day on which the offer was made, else of today."""
    quotation, vehicle = sale.quotation, sale.vehicle
    trim_id = vehicle.trim_id if vehicle else quotation.trim_id
    guide, floor = None, None
    if trim_id is not None and trim_id == quotation.trim_id:
        guide, floor = quotation.guide_price, quotation.floor_price
    if trim_id is not None and guide is None:
        zone = scope.zone(quotation.store_id)
        for day in (local_date(quotation.created_at, zone), local_date(scope.now(), zone)):
            guide, floor = await _listed(scope, trim_id, day)
            if guide is not None:
                break
    cost = vehicle.landed_cost if vehicle else None
    return car_price(guide, floor, cost, tax_bp=tax_bp, currency=sale.currency)


async def _listed(scope: Scope, trim_id: UUID, day: date) -> tuple[Money | None, Money | None]:
    try:
        return await guide_price(scope, trim_id, day), await floor_price(scope, trim_id, day)
    except NoPriceError:
        return None, None


async def _fitted(sale: Sale, lines: Sequence[QuotationLine | OrderLine]) -> Money:
    """Return what is built into an order's car beyond what its lines say: gifts at cost, the rest at list price.

    What raises the value of the car is a gift as well once somebody has ordered it: he pays no more for it.
    """
    order = sale.order
    if order is None or sale.vehicle is None:
        return Money(0, sale.currency)
    jobs = await FittingJob.filter(vehicle_id=sale.vehicle.id, state__not=FittingState.CANCELLED)
    given = [
        job
        for job in jobs
        if job.charge == FittingCharge.GIFT
        or (job.charge == FittingCharge.CAPITALISE and job.created_at >= order.created_at)
    ]
    gifts = sum(job.cost.amount_minor for job in given)
    sold = sum(job.price.amount_minor for job in jobs if job.charge == FittingCharge.CUSTOMER)
    for line in lines:
        worth = line.reference.times(Decimal(line.quantity_milli) / MILLI) if line.reference else line.gross
        gifts -= worth.amount_minor if line.kind == LineKind.GIFT else 0
        sold -= worth.amount_minor if line.kind in ACCESSORY_KINDS else 0
    return Money(max(gifts, 0) + max(sold, 0), sale.currency)


async def _trade_in(sale: Sale) -> Money | None:
    if sale.order is None:
        return None
    paid = await Receipt.filter(order_id=sale.order.id, method=_TRADE_IN, kind__not=ReceiptKind.REFUND)
    return total((one.amount for one in paid), sale.currency) if paid else None


async def authority(scope: Scope, store_id: UUID) -> Authority:
    """Return how much the caller may give away by himself in a store, the floor price apart."""
    own: Authority | None = scope.hooks.discount_authority(scope=scope)
    if own is not None:
        return own
    held = [right for right in _RIGHTS if scope.caller.reach_in(right, store_id) is not None]
    return await _authority_by(scope, store_id, held[-1] if held else "")


async def _authority_by(scope: Scope, store_id: UUID, right: str) -> Authority:
    if right in (rights.BELOW_FLOOR, rights.TO_FLOOR):
        return Authority()
    chosen = await settings(scope, SalesSettings, store_id=store_id)
    currency = (await Store.get(id=store_id)).currency
    if right == rights.EXTENDED:
        return Authority(Money(chosen.manager_discount_limit_minor, currency), chosen.manager_discount_limit_bp)
    return Authority(Money(chosen.discount_limit_minor, currency), chosen.discount_limit_bp)


async def reasons_for(scope: Scope, store_id: UUID, found: Concession) -> tuple[str, ...]:
    """Return why the caller can't grant what is given away by himself; empty if he can."""
    below = scope.caller.reach_in(rights.BELOW_FLOOR, store_id) is not None
    return reasons_against(found, await authority(scope, store_id), below_floor=below)


async def require(scope: Scope, sale: Sale) -> Concession:
    """Refuse unless what is given away has been granted, or the caller may grant it, which is then put on record.

    Raises:
        DiscountLimitRefusal: With what is given away, what he may grant, and who may approve it.
    """
    found = await concession_of(scope, sale)
    if found.is_nothing or await is_granted(sale, found):
        return found
    reasons = await reasons_for(scope, sale.quotation.store_id, found)
    if reasons:
        raise await _refused(scope, sale.quotation.store_id, found, reasons)
    await grant(scope, sale, found)
    return found


async def require_authority(scope: Scope, sale: Sale) -> Concession:
    """Refuse an approval by somebody who may not grant what is given away.

    Raises:
        DiscountLimitRefusal: It is beyond his authority too.
    """
    found = await concession_of(scope, sale)
    reasons = await reasons_for(scope, sale.quotation.store_id, found)
    if reasons:
        raise await _refused(scope, sale.quotation.store_id, found, reasons)
    return found


async def _refused(scope: Scope, store_id: UUID, found: Concession, reasons: Sequence[str]) -> DiscountLimitRefusal:
    able = [
        right
        for right in _RIGHTS
        if not reasons_against(
            found, await _authority_by(scope, store_id, right), below_floor=right == rights.BELOW_FLOOR
        )
    ]
    knows = not found.is_secret or scope.caller.reach_in(rights.COST, store_id) is not None
    limit = (await authority(scope, store_id)).most(found.base)
    return DiscountLimitRefusal(
        reasons, amount=found.amount if knows else None, limit=limit, permissions=able, lines=found.unpriced
    )


async def is_granted(sale: Sale, found: Concession) -> bool:
    """Tell whether somebody has granted at least as much as is given away now."""
    vehicle_id = sale.vehicle.id if sale.vehicle else None
    lines, _ = await _parts(sale) if found.unpriced else ((), ())
    cars = {line.line_no for line in lines if line.kind == LineKind.VEHICLE}
    return any(
        one.amount.amount_minor >= found.amount.amount_minor
        and one.below_floor.amount_minor >= found.below_floor.amount_minor
        and one.trade_in.amount_minor >= found.trade_in_minor
        and set(found.unpriced) <= set(one.unpriced)
        # A car without a list price is not worth what another one is.
        and (one.vehicle_id == vehicle_id or not cars & set(found.unpriced))
        for one in await PriceGrant.filter(quotation_id=sale.quotation.id)
        if one.order_id in (None, sale.order.id if sale.order else None)
    )


async def grant(
    scope: Scope,
    sale: Sale,
    found: Concession,
    *,
    reasons: Sequence[str] = (),
    is_approval: bool = False,
    note: str = "",
) -> PriceGrant:
    """Put on record that the caller answers for what is given away."""
    row = PriceGrant(
        store_id=sale.quotation.store_id,
        quotation_id=sale.quotation.id,
        order_id=sale.order.id if sale.order else None,
        vehicle_id=sale.vehicle.id if sale.vehicle else None,
        amount=found.amount,
        below_floor=found.below_floor,
        trade_in=found.trade_in or Money(0, sale.currency),
        unpriced=list(found.unpriced),
        reasons=list(reasons),
        is_approval=is_approval,
        granted_by_id=scope.caller.user_id,
        granted_at=scope.now(),
        note=note,
    )
    await row.save()
    return row
