"""Hooks of sales: where other modules take part in its decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt import Scope, hookspec, required_hook

if TYPE_CHECKING:
    from plugins.sales.services.assignment import Assignment, Candidate, LeadRequest, Rule
    from plugins.sales.services.pricing import Authority
    from plugins.sales.services.scoring import LeadFacts, LeadScore


class SalesHooks:
    """What other modules may decide; the first one that returns something else than None wins."""

    @hookspec(firstresult=True)
    def score_lead(self, facts: LeadFacts) -> LeadScore:
        """Return the score of a lead instead of the default one; its factors must add up to it.

        Args:
            facts: What is known of the lead.
        """
        raise NotImplementedError

    @hookspec(firstresult=True)
    def assign_lead(self, lead: LeadRequest, rules: tuple[Rule, ...], roster: tuple[Candidate, ...]) -> Assignment:
        """Return who gets a lead instead of the default choice; it depends on its arguments alone.

        Args:
            lead: What the lead asks for, and who let it lie.
            rules: The store's, in their order.
            roster: Who may get leads, as they stand now.
        """
        raise NotImplementedError

    @required_hook
    @hookspec(firstresult=True)
    def discount_authority(self, scope: Scope) -> Authority:
        """Return how much the scope's caller may take off a price by himself, instead of what his rights say."""
        raise NotImplementedError
