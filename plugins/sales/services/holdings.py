"""What of sales is in somebody's hands: open leads, live deals with their offers and orders, drives that lie ahead.

Closed deals and drives that were made stay with whoever made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from forecourt import Holding, Model, Scope, User
from plugins.inventory.api import claims_of
from plugins.sales import rights
from plugins.sales.models.leads import LIVE_LEAD, Lead
from plugins.sales.models.opportunities import LIVE_DRIVE, LIVE_OPPORTUNITY, Opportunity, TestDrive
from plugins.sales.models.orders import LIVE_ORDER, SalesOrder
from plugins.sales.models.quotations import Quotation
from plugins.sales.services import allotment, opportunities, test_drives
from plugins.sales.services.states import COMING_DRIVE_STATES


async def _log_lead(scope: Scope, lead: Lead, to: UUID) -> bool:
    await allotment.log(scope, lead, lead.owner_id, to, allotment.HANDED_OVER)
    return True


async def _is_free(scope: Scope, drive: TestDrive, to: UUID) -> bool:
    """Tell whether somebody can go along on a drive instead; one that has begun is ended by who is on it."""
    if drive.state not in COMING_DRIVE_STATES:
        return False
    await User.filter(id=to).select_for_update(no_key=True)
    return await test_drives.is_free(to, test_drives.Slot(drive.slot_from, drive.slot_to))


async def _papers_of_deals(deals: Sequence[Opportunity]) -> Iterable[tuple[Model, str]]:
    """Return the offers of deals, former versions too: who has a deal knows what was offered; and claims to cars."""
    ids = [deal.id for deal in deals]
    offers = await Quotation.filter(opportunity_id__in=ids, archived_at=None).order_by("id")
    claims = [claim for deal in ids for claim in await claims_of(opportunities.holder_of(deal))]
    return [(row, "owner_id") for row in (*offers, *claims)]


async def _deals_of_orders(orders: Sequence[SalesOrder]) -> Iterable[tuple[Model, str]]:
    """Return the won deals of orders under way, with their papers."""
    deals = await Opportunity.filter(id__in=[order.opportunity_id for order in orders]).order_by("id")
    return [*((deal, "owner_id") for deal in deals), *await _papers_of_deals(deals)]


def holdings() -> tuple[Holding, ...]:
    """Return them; a deal's own order and drives follow it when it is handed over alone."""
    customer: Any = {"about": ("customer_id",), "shows": "customer_id"}
    deal: Any = {"about": ("customer_id", "opportunity_id"), "shows": "customer_id"}
    return (
        Holding(Lead, "owner_id", LIVE_LEAD, **customer, permission=rights.WORK, hand=_log_lead),
        Holding(Opportunity, "owner_id", LIVE_OPPORTUNITY, **customer, permission=rights.MOVE, along=_papers_of_deals),
        Holding(SalesOrder, "owner_id", LIVE_ORDER, **deal, permission=rights.ORDER, along=_deals_of_orders),
        Holding(TestDrive, "specialist_id", LIVE_DRIVE, **deal, permission=rights.DRIVE, hand=_is_free),
    )
