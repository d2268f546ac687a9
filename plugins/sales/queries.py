"""What is asked of sales beside the generated lists."""

from __future__ import annotations

from typing import Annotated

import strawberry

from forecourt import BadInputError, PermissionRefusal, Scope, global_id, row_id_of
from forecourt.graphql import BigInt, StrawberryInfo, resolver
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


def _scope(info: StrawberryInfo, permission: str) -> Scope:
    scope: Scope = info.context.scope
    if scope.caller.reach(permission) is None:
        raise PermissionRefusal(permission)
    return scope


@strawberry.type
class Query:
    @resolver(description="Whom leads of the caller's store can go to, and how busy they are.")
    async def lead_roster(self, info: StrawberryInfo) -> list[LeadCandidate]:
        scope = _scope(info, rights.ASSIGN)
        return [
            LeadCandidate(
                user=strawberry.ID(global_id("User", one.id)),
                on_duty=one.on_duty,
                certified=sorted(one.certified),
                open_weight=one.open_weight,
                capacity=one.capacity,
            )
            for one in await allotment.roster(scope, scope.store_id)
        ]

    @resolver(description="What cars of a trim were sold for in the caller's store of late; null below three deals.")
    async def comparable_deals(
        self,
        info: StrawberryInfo,
        trim: Annotated[strawberry.ID, strawberry.argument(description="Whose cars are compared.")],
        months: Annotated[int, strawberry.argument(description="How far to look back, 1 to 36.")] = 6,
    ) -> ComparableDeals | None:
        scope = _scope(info, rights.QUOTE)
        trim_id = row_id_of(trim, "Trim")
        if not 1 <= months <= 36:
            raise BadInputError("months is a number from 1 to 36")
        found = await comparables.of_trim(scope, trim_id, months)
        return ComparableDeals(**found) if found else None
