"""What insurance refuses, with codes of its own."""

from typing import ClassVar

from forecourt import ConflictRefusal


class PolicyAlreadyRenewedRefusal(ConflictRefusal):
    """Another contract follows this one already."""

    code: ClassVar[str] = "POLICY_ALREADY_RENEWED"
