"""What sales answers when other modules ask: a customer's history, rows that refer to him, demand for cars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q
from tortoise.functions import Count

from forecourt import Scope, global_id
from plugins.customers.api import TimelineEntry
from plugins.sales.models import Lead, Opportunity, Quotation, SalesOrder, TestDrive
from plugins.sales.services.states import OrderState

REFERENCES: Final[tuple[tuple[type[Any], str], ...]] = (
    (Lead, "customer_id"),
    (Opportunity, "customer_id"),
    (Quotation, "customer_id"),
    (SalesOrder, "customer_id"),
    (TestDrive, "customer_id"),
)


async def timeline(scope: Scope, customer_id: UUID, limit: int) -> Iterable[TimelineEntry]:
    """Return the latest leads, drives, offers and orders of a customer."""
    entries: list[TimelineEntry] = []
    for lead in await Lead.filter(customer_id=customer_id).order_by("-received_at").limit(limit):
        entries.append(_entry("lead_received", lead.received_at, lead.interest.value, "Lead", lead.id))
    drives = TestDrive.filter(customer_id=customer_id, returned_at__isnull=False)
    for drive in await drives.order_by("-returned_at").limit(limit):
        entries.append(_entry("test_drive", drive.returned_at, "", "TestDrive", drive.id))
    offers = Quotation.filter(customer_id=customer_id, sent_at__isnull=False)
    for offer in await offers.order_by("-sent_at").limit(limit):
        entries.append(_entry("quotation_sent", offer.sent_at, offer.doc_no, "Quotation", offer.id))
    orders = SalesOrder.filter(customer_id=customer_id, confirmed_at__isnull=False)
    for order in await orders.order_by("-confirmed_at").limit(limit):
        entries.append(_entry("order_confirmed", order.confirmed_at, order.doc_no, "SalesOrder", order.id))
        if order.delivered_at is not None:
            entries.append(_entry("vehicle_delivered", order.delivered_at, order.doc_no, "SalesOrder", order.id))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


_SLUGS: Final = {
    "Lead": "lead",
    "TestDrive": "test_drive",
    "Quotation": "quotation",
    "SalesOrder": "sales_order",
}


def _entry(kind: str, at: Any, text: str, entity: str, row_id: UUID) -> TimelineEntry:
    return TimelineEntry(
        at=at,
        kind=f"sales.{kind}",
        text=text,
        ref=global_id(entity, row_id),
        permission=f"sales.{_SLUGS[entity]}.read",
    )


async def demand(scope: Scope, until: date) -> Mapping[UUID, int]:
    """Return how many cars of each trim confirmed orders still wait for, by their promised day."""
    rows: list[dict[str, Any]] = await (
        SalesOrder.filter(
            Q(promised_on=None) | Q(promised_on__lte=until),
            state=OrderState.CONFIRMED,
            vehicle_id=None,
            trim_id__isnull=False,
            store_id=scope.store_id,
        )
        .annotate(number=Count("id"))
        .group_by("trim_id")
        .values("trim_id", "number")
    )
    return {row["trim_id"]: row["number"] for row in rows}
