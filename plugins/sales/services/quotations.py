"""Offers on their way: granted by who may, frozen when sent, taken or left."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from forecourt import (
    Money,
    PreconditionRefusal,
    Scope,
    local_date,
    settings,
)
from plugins.inventory.api import (
    ReservationKind,
    StockVehicle,
    reserve,
)
from plugins.sales import rights
from plugins.sales.events import QuotationAccepted, QuotationExpired, QuotationSent
from plugins.sales.models.quotations import Quotation, QuotationDiscount, QuotationLine
from plugins.sales.services.authority import (
    Sale,
    concession_of,
    grant,
    reasons_for,
    require,
    require_authority,
)
from plugins.sales.services.opportunities import holder_of
from plugins.sales.services.refusals import QuotationExpiredRefusal, SecondPersonRefusal
from plugins.sales.services.states import QUOTATION, QuotationState
from plugins.sales.settings import SalesSettings


async def _sale(quotation: Quotation) -> Sale:
    vehicle = await StockVehicle.get(id=quotation.vehicle_id) if quotation.vehicle_id else None
    return Sale(quotation, vehicle=vehicle)


async def submit(scope: Scope, quotation: Quotation) -> Quotation:
    """Ask somebody with more authority to grant what is given away."""
    found = await concession_of(scope, await _sale(quotation))
    reasons = await reasons_for(scope, quotation.store_id, found)
    asked = {"approval_reasons": list(reasons), "submitted_by_id": scope.caller.user_id}
    await QUOTATION.move(quotation, QuotationState.PENDING_APPROVAL, asked)
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
        await QUOTATION.move(quotation, QuotationState.DRAFT, {"approval_note": note})
        return quotation
    sale = await _sale(quotation)
    found = await require_authority(scope, sale)
    granted = {"approved_by_id": scope.caller.user_id, "approved_at": scope.now(), "approval_note": note}
    await QUOTATION.move(quotation, QuotationState.APPROVED, granted)
    await grant(scope, sale, found, reasons=quotation.approval_reasons, is_approval=True, note=note)
    return quotation


async def send(scope: Scope, quotation: Quotation) -> Quotation:
    """Give an offer out of the house: from now on it doesn't change. Publishes `QuotationSent`.

    Its vehicle is kept in mind for it (a soft reservation).

    Raises:
        DiscountLimitRefusal: Nobody has approved what is given away, and it is beyond the caller's authority.
        QuotationExpiredRefusal: Its last day has passed.
        VehicleNotAvailableError: Somebody else has the vehicle.
    """
    QUOTATION.check(quotation.state, QuotationState.SENT)
    _check_valid(scope, quotation)
    await require(scope, await _sale(quotation))
    sent = {"sent_at": scope.now(), "content_hash": await content_hash(quotation)}
    await QUOTATION.move(quotation, QuotationState.SENT, sent)
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
    await QUOTATION.move(quotation, QuotationState.ACCEPTED, {"answered_at": now, "discussed_at": discussed})
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
    await QUOTATION.move(quotation, QuotationState.REJECTED, {"answered_at": scope.now(), "answer_note": note})
    return quotation


async def expire_due(scope: Scope, store_id: UUID) -> int:
    """Mark sent offers whose last day has passed; return how many."""
    today = local_date(scope.now(), scope.zone(store_id))
    late = await Quotation.filter(
        store_id=store_id, state=QuotationState.SENT, valid_until__lt=today, archived_at=None
    ).limit(200)
    expired = 0
    for row in late:
        told = QuotationExpired(quotation_id=row.id, opportunity_id=row.opportunity_id, store_id=row.store_id)
        expired += await QUOTATION.try_move(row, QuotationState.EXPIRED, event=told)
    return expired
