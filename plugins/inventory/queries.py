"""What is asked of stock beside the generated lists."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from typing import Annotated

import strawberry
from pydantic import Field

from forecourt import global_id
from forecourt.graphql import ID, BigInt, Info, query
from plugins.inventory import rights
from plugins.inventory.models.catalogue import Trim as TrimRow
from plugins.inventory.services import availability, prices
from plugins.inventory.services.availability import Availability
from plugins.inventory.types.catalogue import Trim

READ = "inventory.stock_vehicle.read"
PRICE_READ = "inventory.price_item.read"


@strawberry.enum(description="Whose stock is counted.")
class StockOf(Enum):
    STORES = strawberry.enum_value("STORES", description="The caller's own stores.")
    GROUP = strawberry.enum_value("GROUP", description="Every store of the group.")


@strawberry.type(description="How many vehicles of one trim there are; what they cost is not shown here.")
class StockAvailability:
    trim: strawberry.ID = strawberry.field(description="Id of the trim.")
    trim_code: str = strawberry.field(description="Code of the trim.")
    trim_name: str = strawberry.field(description="Name of the trim in Chinese.")
    on_hand: int = strawberry.field(description="Vehicles for sale that are here: free, reserved or on hold.")
    reserved: int = strawberry.field(description="Those held by a hard reservation, allocated ones included.")
    on_hold: int = strawberry.field(description="Those that may not be sold now.")
    available: int = strawberry.field(description="On hand less reserved less on hold; never those in transit.")
    demo_use: int = strawberry.field(description="Demonstrators, display cars and loaners.")
    in_transit: int = strawberry.field(description="Those on their way here, from the supplier or another store.")
    on_order: int = strawberry.field(description="Those that the supplier has confirmed, but not sent.")


@strawberry.type(description="What should be ordered of one trim.")
class SupplySuggestion:
    trim: strawberry.ID = strawberry.field(description="Id of the trim.")
    trim_code: str = strawberry.field(description="Code of the trim.")
    planned_demand: int = strawberry.field(description="What the other modules say will be needed.")
    coming: int = strawberry.field(description="Vehicles available, in transit and on order.")
    suggested_quantity: int = strawberry.field(
        description="Demand and safety stock less what is coming; never below zero."
    )


@strawberry.type(description="What a trim costs on a day.")
class TrimPrice:
    amount_minor: BigInt = strawberry.field(description="Guide price in minor units, such as fen.")
    currency: str = strawberry.field(description="ISO 4217 code.")
    valid_from: date = strawberry.field(description="First day of this price.")


async def _shown(rows: list[Availability]) -> list[StockAvailability]:
    trims = {trim.id: trim for trim in await TrimRow.filter(id__in=[row.trim_id for row in rows])}
    return [
        StockAvailability(
            trim=strawberry.ID(global_id("Trim", row.trim_id)),
            trim_code=trims[row.trim_id].code,
            trim_name=trims[row.trim_id].name,
            on_hand=row.on_hand,
            reserved=row.reserved,
            on_hold=row.on_hold,
            available=row.available,
            demo_use=row.demo_use,
            in_transit=row.in_transit,
            on_order=row.on_order,
        )
        for row in rows
        if row.trim_id in trims
    ]


@query(permission=READ)
async def stock_availability(
    info: Info,
    stock_of: Annotated[StockOf, Field(description="Whose stock is counted.")] = StockOf.STORES,
    trims: Annotated[
        list[ID[Trim]] | None,
        Field(description="These trims, those without any vehicle too; all that have some without it."),
    ] = None,
) -> list[StockAvailability]:
    """How many vehicles of each trim there are, and how many can be sold at once."""
    scope = info.scope
    if stock_of is StockOf.GROUP:
        scope.require(rights.GROUP_STOCK)
    stores = scope.all_stores if stock_of is StockOf.GROUP else scope.stores(READ)
    return await _shown(await availability.by_trim(stores, None if trims is None else [trim.uuid for trim in trims]))


@query(permission=rights.SUPPLY)
async def supply_suggestions(
    info: Info,
    until: Annotated[date | None, Field(description="Last day of the demand; 30 days from today without it.")] = None,
) -> list[SupplySuggestion]:
    """What should be ordered of each trim, by what the other modules plan to sell."""
    scope = info.scope
    day = until or scope.today() + timedelta(days=30)
    return [
        SupplySuggestion(
            trim=strawberry.ID(global_id("Trim", row.trim_id)),
            trim_code=row.trim_code,
            planned_demand=row.demand,
            coming=row.found.coming,
            suggested_quantity=row.suggested,
        )
        for row in await availability.supply(scope, scope.stores(rights.SUPPLY), day)
    ]


@query(permission=PRICE_READ)
async def trim_price(
    info: Info,
    trim: Annotated[ID[Trim], Field(description="The trim.")],
    on: Annotated[date | None, Field(description="The day; today without it.")] = None,
) -> TrimPrice | None:
    """The guide price of a trim on a day, today without one; null where there is none."""
    found = await prices.guide_price_or_none(info.scope, trim.uuid, on or info.scope.today())
    if found is None:
        return None
    price, valid_from = found
    return TrimPrice(amount_minor=BigInt(price.amount_minor), currency=price.currency, valid_from=valid_from)
