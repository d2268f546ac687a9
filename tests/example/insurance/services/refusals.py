"""What insurance refuses, with codes of its own."""

from typing import TYPE_CHECKING, ClassVar

from forecourt import ConflictRefusal

if TYPE_CHECKING:
    from insurance.models import Policy


class PolicyAlreadyRenewedRefusal(ConflictRefusal):
    """Another contract follows this one already."""

    code: ClassVar[str] = "POLICY_ALREADY_RENEWED"

    def __init__(self, newer: "Policy | None") -> None:
        super().__init__("this contract has been renewed already", path=("policy",), newer=newer)
