"""The command that gives a deal to somebody else."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from forecourt.graphql import ID, Info, Input, User, command
from plugins.sales import models
from plugins.sales.services import reassignment, rights
from plugins.sales.types import Opportunity


class ReassignOpportunityInput(Input):
    """A deal that gets another owner."""

    opportunity: ID[Opportunity] = Field(description="A live deal: open, or won with an order under way.")
    owner: ID[User] = Field(description="Whose it is from now on; he sees its customer while it is live.")
    reason: Annotated[str, Field(min_length=1, max_length=200, description="Why.")]
    summary: Annotated[str, Field(max_length=2000, description="What the new owner should know.")] = ""


@command(Opportunity, permission=rights.REASSIGN)
async def reassign_opportunity(info: Info, input: ReassignOpportunityInput) -> models.Opportunity:
    """Give a single deal to somebody else, with its offers, orders, test drives and tasks; its customer stays."""
    row = await info.scope.get(models.Opportunity, input.opportunity.uuid, permission=rights.REASSIGN)
    return await reassignment.reassign(info.scope, row, input.owner.uuid, input.reason, summary=input.summary)
