"""What the API shows of who has answered for what is given away."""

from __future__ import annotations

from datetime import datetime

from forecourt import Money
from forecourt.graphql import Connection, User, entity, extend, field
from plugins.inventory.types.vehicles import StockVehicle
from plugins.sales import rights
from plugins.sales.models.grants import PriceGrant as PriceGrantRow
from plugins.sales.types.deals import Quotation
from plugins.sales.types.orders import SalesOrder


@entity(
    PriceGrantRow,
    filter=["quotation", "order", "vehicle", "is_approval", "granted_by", "granted_at"],
    order=["granted_at"],
    create=False,
    visible_through="quotation",
)
class PriceGrant:
    """What somebody with the authority for it has let be given away; a sale that gives away more needs another one."""

    quotation: Quotation
    """With which offer."""
    order: SalesOrder | None
    """With which order of it; null where the offer itself was granted."""
    vehicle: StockVehicle | None
    """The car that it was reckoned with, if there was one."""
    amount: Money | None = field(permission=rights.COST)
    """All that was given away: price below guide, gifts at cost, extras below list, services below cost."""
    below_floor: Money | None = field(permission="inventory.floor_price.read")
    """By how much the car came below its floor price."""
    trade_in: Money
    """The value of a trade-in that was let count."""
    unpriced: list[int]
    """Numbers of the lines whose worth nobody knew."""
    reasons: list[str]
    """Why the seller could not grant it alone; empty where nobody said."""
    is_approval: bool
    """Somebody else than the seller granted it; otherwise whoever took the step had the authority."""
    granted_by: User | None
    """Who granted it."""
    granted_at: datetime
    """When."""
    note: str
    """A remark of whoever granted it."""


@extend(Quotation)
class QuotationGrants:
    grants: Connection[PriceGrant]
    """Who has let be given away how much with it, or with its order."""


@extend(SalesOrder)
class SalesOrderGrants:
    grants: Connection[PriceGrant]
    """What was granted for this order, beside what was granted with its offer."""
