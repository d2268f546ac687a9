"""What is asked of customers beside the generated lists."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from forecourt import BadInputError, NotFoundRefusal, Refusal, row_id_of
from forecourt.graphql import StrawberryInfo, resolver
from plugins.customers.services import timeline


@strawberry.type(description="One thing that happened to a customer; which module tells of it, `kind` says.")
class TimelineItem:
    at: datetime = strawberry.field(description="When.")
    kind: str = strawberry.field(description="`<module>.<what>`, such as `customers.interaction`.")
    text: str = strawberry.field(description="What to show beside the kind.")
    ref: strawberry.ID | None = strawberry.field(description="The row behind it, for `node`; null for none.")


@strawberry.type
class Query:
    @resolver(description="The latest things that all modules know of a customer, the newest first; null out of sight.")
    async def customer_timeline(
        self,
        info: StrawberryInfo,
        customer: Annotated[strawberry.ID, strawberry.argument(description="Global id of the customer.")],
        first: Annotated[int, strawberry.argument(description="How many at the most.")] = 50,
    ) -> list[TimelineItem] | None:
        customer_id = row_id_of(customer, "Customer")
        try:
            entries = await timeline.timeline(info.context.scope, customer_id, first)
        except NotFoundRefusal:
            return None
        except Refusal as refusal:
            raise BadInputError(refusal.message) from None
        return [
            TimelineItem(
                at=entry.at, kind=entry.kind, text=entry.text, ref=strawberry.ID(entry.ref) if entry.ref else None
            )
            for entry in entries
        ]
