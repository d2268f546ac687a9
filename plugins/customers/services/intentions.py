"""What customers want to buy, version by version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from forecourt import Money, Scope, ValidationRefusal, local_date
from plugins.customers.events import IntentionChanged
from plugins.customers.models.choices import PaymentWay
from plugins.customers.models.people import Customer
from plugins.customers.models.records import PurchaseIntention
from plugins.customers.services.entry import weigh_completeness
from plugins.customers.services.levels_in_store import compute_level
from plugins.customers.services.moves import live_customer

BANDS: Final = {"WITHIN_7_DAYS": 7, "WITHIN_30_DAYS": 30, "WITHIN_90_DAYS": 90, "LATER": 180}
"""Days within which somebody means to buy, by the words that salespeople use."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a customer wants; see `PurchaseIntention`."""

    purpose: str = ""
    brands: Sequence[str] = ()
    models: Sequence[str] = ()
    options: Sequence[str] = ()
    colors: Sequence[str] = ()
    avoid_colors: Sequence[str] = ()
    powertrains: Sequence[str] = ()
    competitors: Sequence[str] = ()
    budget_min: Money | None = None
    budget_max: Money | None = None
    payment: PaymentWay | None = None
    expected_on: date | None = None
    band: str | None = None
    trade_in: bool = False
    note: str = ""


async def add_intention(scope: Scope, customer_id: UUID, wishes: Wishes, *, check: bool = False) -> PurchaseIntention:
    """Write the next version of what a customer wants; the one before ends, and level and completeness follow.

    Args:
        check: Refuse it if the store is strict and something is missing.

    Raises:
        ValidationRefusal: The budget's ends are in the wrong order or of two currencies, or the band is unknown.
    """
    _check_budget(wishes)
    customer = await live_customer(customer_id)
    before = await PurchaseIntention.filter(customer_id=customer.id, valid_to=None, archived_at=None).first()
    now = scope.now()
    if before is not None:
        before.valid_to = now
        await before.save()
    row = PurchaseIntention(
        store_id=customer.store_id,
        customer_id=customer.id,
        version_no=before.version_no + 1 if before else 1,
        purpose=wishes.purpose,
        brands=list(wishes.brands),
        models=list(wishes.models),
        options=list(wishes.options),
        colors=list(wishes.colors),
        avoid_colors=list(wishes.avoid_colors),
        powertrains=list(wishes.powertrains),
        competitors=list(wishes.competitors),
        budget_min=wishes.budget_min,
        budget_max=wishes.budget_max,
        payment=wishes.payment,
        expected_on=_expected(scope, customer, wishes),
        trade_in=wishes.trade_in,
        note=wishes.note,
        valid_from=now,
    )
    await row.save()
    customer.completeness = await weigh_completeness(scope, customer, check=check)
    await compute_level(scope, customer)
    scope.publish(
        IntentionChanged(
            customer_id=customer.id,
            intention_id=row.id,
            version_no=row.version_no,
            intent_level=customer.intent_level,
            store_id=customer.store_id,
        )
    )
    return row


def _check_budget(wishes: Wishes) -> None:
    low, high = wishes.budget_min, wishes.budget_max
    for name, amount in (("budgetMin", low), ("budgetMax", high)):
        if amount is not None and amount.amount_minor < 0:
            raise ValidationRefusal("a budget is not negative", path=(name,), rule="customers_budget_negative")
    if low is None or high is None:
        return
    if low.currency != high.currency:
        raise ValidationRefusal(
            "both ends of a budget are in one currency", path=("budgetMax",), rule="customers_budget_currency"
        )
    if low.amount_minor > high.amount_minor:
        raise ValidationRefusal("a budget begins below its end", path=("budgetMin",), rule="customers_budget_order")


def _expected(scope: Scope, customer: Customer, wishes: Wishes) -> date | None:
    if wishes.expected_on is not None or wishes.band is None:
        return wishes.expected_on
    days = BANDS.get(wishes.band)
    if days is None:
        raise ValidationRefusal(
            f"this is no band; there are {', '.join(BANDS)}",
            path=("band",),
            rule="customers_band",
            allowed=tuple(BANDS),
        )
    return local_date(scope.now(), scope.zone(customer.store_id)) + timedelta(days=days)
