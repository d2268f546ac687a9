"""What is asked of sales beside the generated lists."""

from __future__ import annotations

from typing import Annotated

import strawberry
from pydantic import Field

from forecourt import global_id
from forecourt.graphql import ID, BigInt, Info, query
from plugins.inventory.types.catalogue import Trim
from plugins.sales import rights
from plugins.sales.services import allotment, comparables


@strawberry.type(description="Whom leads can go to, as he stands now.")
class LeadCandidate:
    user: strawberry.ID = strawberry.field(description="Id of the user.")
    on_duty: bool = strawberry.field(description="He is there now, or when the store opens next.")
    certified: list[str] = strawberry.field(description="Product lines that he is certified for; none means all.")
    open_weight: int = strawberry.field(description="Weight of his open leads: A 3, B 2, C and D 1.")
    capacity: int = strawberry.field(description="At this weight he gets no more.")


@strawberry.type(description="What cars of one trim were sold for; nobody's deal can be told from it.")
class ComparableDeals:
    count: int = strawberry.field(description="How many were delivered in the time.")
    currency: str = strawberry.field(description="ISO 4217 code.")
    lowest_minor: BigInt | None = strawberry.field(
        description="Lowest price of a car, discounts taken off; minor units."
    )
    median_minor: BigInt | None = strawberry.field(description="Price that half of them were below.")
    highest_minor: BigInt | None = strawberry.field(description="Highest price.")
    median_discount_minor: BigInt | None = strawberry.field(description="Discount that half of them were below.")


@query(permission=rights.ASSIGN)
async def lead_roster(info: Info) -> list[LeadCandidate]:
    """Whom leads of the caller's store can go to, and how busy they are."""
    return [
        LeadCandidate(
            user=strawberry.ID(global_id("User", one.id)),
            on_duty=one.on_duty,
            certified=sorted(one.certified),
            open_weight=one.open_weight,
            capacity=one.capacity,
        )
        for one in await allotment.roster(info.scope, info.scope.store_id)
    ]


@query(permission=rights.QUOTE)
async def comparable_deals(
    info: Info,
    trim: Annotated[ID[Trim], Field(description="Whose cars are compared.")],
    months: Annotated[int, Field(ge=1, le=36, description="How far to look back, 1 to 36.")] = 6,
) -> ComparableDeals | None:
    """What cars of a trim were sold for in the caller's store of late; null below three deals."""
    found = await comparables.of_trim(info.scope, trim.uuid, months)
    return ComparableDeals(**found) if found else None
