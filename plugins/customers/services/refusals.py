"""What customers refuse, with codes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forecourt import ConflictRefusal, PreconditionRefusal, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from plugins.customers.models.people import Customer


class DuplicateCustomerRefusal(ConflictRefusal):
    """The store knows the person already; names the record if the caller may see it."""

    code: ClassVar[str] = "DUPLICATE_CUSTOMER"

    def __init__(self, customer: tuple[type[Customer], UUID] | None, *, path: Sequence[str | int] = ()) -> None:
        if customer is None:
            message = "the store knows this customer already; ask your manager"
        else:
            message = "the store knows this customer already; use the record that is there"
        self.customer = customer
        super().__init__(
            message,
            row=customer,
            path=path,
            **({} if customer else {"rule": "hidden"}),
        )


class PossibleDuplicateRefusal(ConflictRefusal):
    """The store knows somebody like him; who is sure that they are two repeats the command and says so."""

    code: ClassVar[str] = "POSSIBLE_DUPLICATE"

    def __init__(self, customer: tuple[type[Customer], UUID] | None, score: int, reasons: Sequence[str]) -> None:
        super().__init__(
            "the store knows somebody like this customer; look there, or repeat it with acceptSimilar",
            row=customer,
            path=("acceptSimilar",),
            score=score,
            reasons=tuple(reasons),
        )


class InteractionNeededRefusal(PreconditionRefusal):
    """A task is done only with an interaction that came after it was planned."""

    code: ClassVar[str] = "INTERACTION_NEEDED"


class NextTaskNeededRefusal(PreconditionRefusal):
    """Somebody who may still buy needs a next task."""

    code: ClassVar[str] = "NEXT_TASK_NEEDED"


def contact_taken(violation: object) -> Refusal:
    """Return the refusal for a contact point that was entered at the same moment by somebody else."""
    return DuplicateCustomerRefusal(None)
