"""What happens to contracts; ids, dates and amounts only."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from forecourt import Event


class PolicyRenewed(Event):
    """A contract is followed by another one."""

    type: ClassVar[str] = "insurance.policy_renewed"
    aggregate: ClassVar[str] = "policy_id"
    policy_id: UUID
    successor_id: UUID
    customer_id: UUID
    expires_on: date
    premium_minor: int
    currency: str
