"""What sales refuses, each with a code of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from forecourt import (
    ConflictRefusal,
    LimitRefusal,
    Money,
    PermissionRefusal,
    PreconditionRefusal,
    ValidationRefusal,
)

if TYPE_CHECKING:
    from plugins.sales.models.opportunities import Opportunity, TestDrive


class VehicleAlreadyOrderedRefusal(ConflictRefusal):
    """Another live order has this vehicle."""

    code: ClassVar[str] = "VEHICLE_ALREADY_ORDERED"

    def __init__(self) -> None:
        super().__init__("this vehicle is in another order that is not cancelled", path=("vehicle",))


class OpenOpportunityRefusal(ConflictRefusal):
    """The customer has a deal under way."""

    code: ClassVar[str] = "OPEN_OPPORTUNITY"

    def __init__(self, opportunity: Opportunity) -> None:
        super().__init__(
            f"this customer has the open opportunity {opportunity.doc_no}; a further car needs the purpose EXTRA",
            doc_no=opportunity.doc_no,
            opportunity=opportunity,
        )


class SlotTakenRefusal(ConflictRefusal):
    """Vehicle or specialist is out at that time.

    Args:
        what: `vehicle` or `specialist`.
        next_free: When both are free for as long.
        test_drive: The drive that is in the way.
    """

    code: ClassVar[str] = "SLOT_TAKEN"

    def __init__(self, what: str, next_free: datetime, test_drive: TestDrive) -> None:
        super().__init__(
            f"the {what} is taken at that time; both are free from {next_free.isoformat()}",
            path=("slotFrom",),
            what=what,
            next_free=next_free,
            test_drive=test_drive,
        )


class SecondPersonRefusal(PermissionRefusal):
    """Nobody approves what he asked for himself, and no seller takes the money for his own sale."""

    code: ClassVar[str] = "SECOND_PERSON_NEEDED"

    def __init__(self, permission: str, what: str) -> None:
        super().__init__(permission)
        self.message = f"{what} needs somebody else"
        self.details["what"] = what


class DiscountLimitRefusal(LimitRefusal):
    """More is given away than this person may grant.

    Args:
        reasons: AMOUNT, PERCENTAGE, FLOOR, UNPRICED, TRADE_IN.
        amount: What is given away in all; None if he may not know it.
        limit: What he may grant; None if only the floor price limits him.
        permissions: Whoever has one of these may approve it.
        lines: Numbers of the lines for which nobody knows what they are worth.
    """

    code: ClassVar[str] = "DISCOUNT_LIMIT"

    def __init__(
        self,
        reasons: Sequence[str],
        *,
        amount: Money | None,
        limit: Money | None,
        permissions: Sequence[str],
        lines: Sequence[int] = (),
    ) -> None:
        listed, able = ", ".join(reasons), ", ".join(permissions)
        unknown = ", ".join(str(line) for line in lines)
        text = f"more is given away than you may grant ({listed}); whoever has one of {able} may approve it"
        text += f", or name list price or cost of line {unknown}" if lines else ""
        super().__init__(
            text,
            reasons=tuple(reasons),
            amount=amount,
            limit=limit,
            permissions=tuple(permissions),
            listed=listed,
            able=able,
            lines=unknown or "-",
        )


class RefundLimitRefusal(LimitRefusal):
    """More would be paid back than is owed.

    Args:
        amount: What was asked for.
        owed: What is still to be paid back of what has really come in.
    """

    code: ClassVar[str] = "REFUND_LIMIT"

    def __init__(self, amount: Money, owed: Money) -> None:
        super().__init__(
            "more than is owed: `limit` says what is still to be paid back",
            path=("amount",),
            amount=amount,
            limit=owed,
        )


class QuotationExpiredRefusal(PreconditionRefusal):
    """The offer is no longer valid."""

    code: ClassVar[str] = "QUOTATION_EXPIRED"

    def __init__(self, valid_until: str) -> None:
        super().__init__(f"the quotation was valid until {valid_until}; make a new version", valid_until=valid_until)


class LeadNotReachableRefusal(ValidationRefusal):
    """There is no way to answer this person."""

    code: ClassVar[str] = "LEAD_NOT_REACHABLE"

    def __init__(self) -> None:
        super().__init__("a lead has a phone number or an e-mail address", path=("phone",))
