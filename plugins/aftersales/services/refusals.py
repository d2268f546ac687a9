"""What aftersales refuses, with codes of its own."""

from __future__ import annotations

from typing import ClassVar

from forecourt import PreconditionRefusal, ValidationRefusal


class OdometerDoubtfulRefusal(PreconditionRefusal):
    """A reading is below an earlier one, or too far above it: it is to be confirmed."""

    code: ClassVar[str] = "ODOMETER_DOUBTFUL"

    def __init__(self, km: int, least_km: int, most_km: int) -> None:
        super().__init__(
            f"{km} km is doubtful, likely are {least_km} to {most_km} km: read it again, then send `confirmed`, "
            "or `replaced` if it is another odometer",
            path=("odometerKm",),
            km=km,
            least_km=least_km,
            most_km=most_km,
        )


class HandlerNotInDepartmentRefusal(ValidationRefusal):
    """A service request is handled by a member of its department."""

    code: ClassVar[str] = "HANDLER_NOT_IN_DEPARTMENT"

    def __init__(self) -> None:
        super().__init__("the handler is no member of the department; name one who is", path=("assignee",))


class DeadlinePassedRefusal(ValidationRefusal):
    """A deadline lies in the future."""

    code: ClassVar[str] = "DEADLINE_PASSED"

    def __init__(self) -> None:
        super().__init__("the deadline is past; name a later one", path=("dueAt",))


class NotAssignedRefusal(PreconditionRefusal):
    """Work begins once department, handler and deadline are known."""

    code: ClassVar[str] = "NOT_ASSIGNED"

    def __init__(self) -> None:
        super().__init__("assign the request first: to a department, a member of it, and with a deadline")


class ReopenTooLateRefusal(PreconditionRefusal):
    """What was resolved long ago is a new request."""

    code: ClassVar[str] = "REOPEN_TOO_LATE"

    def __init__(self, days: int) -> None:
        super().__init__(f"it was resolved more than {days} days ago; open a new request", days=days)


class ApproverIsRequesterRefusal(PreconditionRefusal):
    """Nobody agrees to an extension that he asked for himself."""

    code: ClassVar[str] = "APPROVER_IS_REQUESTER"

    def __init__(self) -> None:
        super().__init__("somebody else than the one who asked must answer this")
