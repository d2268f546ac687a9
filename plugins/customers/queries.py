"""What is asked of customers beside the generated lists."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from pydantic import Field

from forecourt.graphql import ID, Info, query
from plugins.customers.models.people import Customer as CustomerRow
from plugins.customers.services import timeline
from plugins.customers.types.people import Customer


@strawberry.type(description="One thing that happened to a customer; which module tells of it, `kind` says.")
class TimelineItem:
    at: datetime = strawberry.field(description="When.")
    kind: str = strawberry.field(description="`<module>.<what>`, such as `customers.interaction`.")
    text: str = strawberry.field(description="What to show beside the kind.")
    ref: strawberry.ID | None = strawberry.field(description="The row behind it, for `node`; null for none.")


@query()
async def customer_timeline(
    info: Info[CustomerRow],
    customer: Annotated[ID[Customer], Field(description="Whose.")],
    first: Annotated[int, Field(ge=1, le=timeline.LONGEST, description="How many at the most.")] = 50,
) -> list[TimelineItem]:
    """The latest things that all modules know of a customer, the newest first; null out of sight."""
    return [
        TimelineItem(at=one.at, kind=one.kind, text=one.text, ref=strawberry.ID(one.ref) if one.ref else None)
        for one in await timeline.timeline(info.scope, info.subject, first)
    ]
