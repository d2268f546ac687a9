"""The command that gives a deal to somebody else."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from forecourt.graphql import ID, Info, Input, User, command
from plugins.sales import rights
from plugins.sales.models.opportunities import Opportunity as OpportunityRow
from plugins.sales.services import reassignment
from plugins.sales.types.deals import Opportunity


class ReassignOpportunityInput(Input):
    """A deal that gets another owner."""

    opportunity: ID[Opportunity] = Field(description="A live deal: open, or won with an order under way.")
    owner: ID[User] = Field(description="Whose it is from now on; he sees its customer while it is live.")
    reason: Annotated[str, Field(min_length=1, max_length=200, description="Why.")]
    summary: Annotated[str, Field(max_length=2000, description="What the new owner should know.")] = ""


@command(Opportunity, permission=rights.REASSIGN)
async def reassign_opportunity(info: Info[OpportunityRow], input: ReassignOpportunityInput) -> OpportunityRow:
    """Give a single deal to somebody else, with its offers, orders, test drives and tasks; its customer stays."""
    return await reassignment.reassign(info.scope, info.subject, input.owner.uuid, input.reason, summary=input.summary)
