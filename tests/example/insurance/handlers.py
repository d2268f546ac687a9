"""Reactions of insurance to what happens in insurance."""

from forecourt import current, on
from insurance.events import PolicyRenewed
from insurance.services import renewals


@on(PolicyRenewed)
async def stop_reminding(event: PolicyRenewed) -> None:
    """Cancel the reminder of a contract that is renewed."""
    await renewals.stop_reminding(current(), event.policy_id, event.customer_id)
