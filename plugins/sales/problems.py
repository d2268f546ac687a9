"""What clients read of refusals that have something of their own to say."""

from __future__ import annotations

from datetime import datetime

from forecourt.graphql import Problem, problem
from plugins.sales.services.refusals import OpenOpportunityRefusal, SlotTakenRefusal
from plugins.sales.types.deals import Opportunity, TestDrive


@problem(SlotTakenRefusal)
class SlotTakenProblem(Problem):
    """The vehicle or the specialist is out at that time."""

    next_free: datetime
    """When both are free for as long as was asked for."""
    test_drive: TestDrive
    """The test drive that is in the way; null if the caller may not see it."""


@problem(OpenOpportunityRefusal)
class OpenOpportunityProblem(Problem):
    """The customer has a deal under way."""

    opportunity: Opportunity
    """The deal; null if the caller may not see it."""
