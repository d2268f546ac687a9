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
from plugins.sales.models.leads import Lead
from plugins.sales.models.opportunities import Opportunity, TestDrive
from plugins.sales.models.orders import SalesOrder
from plugins.sales.models.quotations import Quotation
from plugins.sales.services.states import OrderState

REFERENCES: Final[tuple[tuple[type[Any], str], ...]] = (
    (Lead, "customer_id"),
    (Opportunity, "customer_id"),
    (Quotation, "customer_id"),
    (SalesOrder, "customer_id"),
    (TestDrive, "customer_id"),
)


_DATED: Final[tuple[tuple[str, type[Any], str, str], ...]] = (
    ("test_drive", TestDrive, "returned_at", "TestDrive"),
    ("quotation_sent", Quotation, "sent_at", "Quotation"),
    ("order_confirmed", SalesOrder, "confirmed_at", "SalesOrder"),
    ("vehicle_delivered", SalesOrder, "delivered_at", "SalesOrder"),
)
"""What of a customer's rows has a moment: kind, table, column, entity."""


async def timeline(scope: Scope, customer_id: UUID, limit: int) -> Iterable[TimelineEntry]:
    """Return the latest leads, drives, offers and orders of a customer."""
    leads = await Lead.filter(customer_id=customer_id).order_by("-received_at").limit(limit)
    entries = [_entry("lead_received", row.received_at, row.interest.value, "Lead", row.id) for row in leads]
    for kind, model, instant, entity in _DATED:
        rows = model.filter(**{"customer_id": customer_id, f"{instant}__isnull": False})
        entries += [
            _entry(kind, getattr(row, instant), getattr(row, "doc_no", ""), entity, row.id)
            for row in await rows.order_by(f"-{instant}").limit(limit)
        ]
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
