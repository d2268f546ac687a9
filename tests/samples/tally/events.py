from typing import ClassVar
from uuid import UUID

from forecourt import Event


class Posted(Event):
    """An amount was posted."""

    type: ClassVar[str] = "tally.posted"
    aggregate: ClassVar[str] = "account_id"

    account_id: UUID
    posting_id: UUID
