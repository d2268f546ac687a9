"""The demo dealership's leads and deals."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from forecourt import Scope
from forecourt.testing import SampleDealer
from plugins.inventory import demo as inventory_demo
from plugins.sales import demo
from plugins.sales.models.leads import Lead
from plugins.sales.models.opportunities import Opportunity, PipelineStage, TestDrive
from plugins.sales.models.orders import SalesOrder
from plugins.sales.models.quotations import Quotation
from plugins.sales.services.states import LeadState, OpportunityState, OrderState, QuotationState
from tests.plugins.sales.conftest import Showroom


async def test_demo_has_leads_and_deals_in_all_states(sample: SampleDealer) -> None:
    nothing = UUID(int=0)  # the catalogue is the demo's own
    showroom = Showroom(sample, nothing, nothing, nothing, nothing, nothing)
    for number in range(3):
        await showroom.hire(f"seller{number}")
    await showroom.hire("manager", "sales_manager")

    async def work(scope: Scope) -> None:
        await inventory_demo.write(scope)
        async for _ in demo.write(scope):
            pass
        async for _ in demo.write(scope):  # a second time it is all there
            pass

    await sample.run(work)

    async def look(scope: Scope) -> None:
        assert await PipelineStage.all().count() == 5
        found = Counter(lead.state for lead in await Lead.all())
        assert sum(found.values()) == demo.LEADS
        assert set(found) >= {
            LeadState.ASSIGNED,
            LeadState.CONTACTED,
            LeadState.CONVERTED,
            LeadState.DISQUALIFIED,
            LeadState.DUPLICATE,
            LeadState.NURTURE,
            LeadState.QUALIFIED,
        }
        assert {row.state for row in await Opportunity.all()} == set(OpportunityState)
        unused = {QuotationState.APPROVED, QuotationState.EXPIRED, QuotationState.SUPERSEDED}
        assert {row.state for row in await Quotation.all()} == set(QuotationState) - unused
        orders = {row.state for row in await SalesOrder.all()}
        assert orders >= {
            OrderState.DRAFT,
            OrderState.CONFIRMED,
            OrderState.ALLOCATED,
            OrderState.READY,
            OrderState.PAID,
            OrderState.INVOICED,
            OrderState.DELIVERED,
            OrderState.CANCEL_REQUESTED,
            OrderState.CANCELLED,
        }
        assert len({row.state for row in await TestDrive.all()}) == 3

    await sample.run(look)
    await sample.settle()
