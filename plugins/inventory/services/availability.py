"""How many vehicles of each trim there are, and how many can be sold at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.functions import Count

from forecourt import Scope, answers, settings
from plugins.inventory.models.catalogue import Trim
from plugins.inventory.models.vehicles import StockVehicle
from plugins.inventory.services.kinds import TrimStatus
from plugins.inventory.services.states import CLOSED_STATES, VehicleState
from plugins.inventory.settings import InventorySettings


@dataclass(frozen=True, slots=True)
class Availability:
    """Vehicles of one trim by what can be done with them.

    Attributes:
        reserved: Held by a hard claim, allocated ones included.
    """

    trim_id: UUID
    in_stock: int = 0
    reserved: int = 0
    on_hold: int = 0
    demo_use: int = 0
    in_transit: int = 0
    on_order: int = 0

    @property
    def on_hand(self) -> int:
        """Vehicles for sale that are here; those in transit are not."""
        return self.in_stock + self.reserved + self.on_hold

    @property
    def available(self) -> int:
        """Vehicles that can be sold at once."""
        return self.on_hand - self.reserved - self.on_hold

    @property
    def coming(self) -> int:
        """Vehicles that can be sold at once or later."""
        return self.available + self.in_transit + self.on_order


async def by_trim(store_ids: Collection[UUID], trim_ids: Collection[UUID] | None = None) -> list[Availability]:
    """Count the vehicles of stores by trim; trims without any are left out unless they are named."""
    query = StockVehicle.filter(archived_at=None, store_id__in=sorted(store_ids)).exclude(
        state__in=sorted(CLOSED_STATES)
    )
    if trim_ids is not None:
        query = query.filter(trim_id__in=sorted(trim_ids))
    counts: dict[UUID, Counter[str]] = defaultdict(Counter)
    for trim_id in sorted(trim_ids or ()):
        counts[trim_id] = Counter()
    rows = await query.annotate(units=Count("id")).group_by("trim_id", "state").values("trim_id", "state", "units")
    for row in rows:
        counts[row["trim_id"]][str(row["state"])] = row["units"]
    return [_of(trim_id, counted) for trim_id, counted in sorted(counts.items())]


def _of(trim_id: UUID, counted: Counter[str]) -> Availability:
    return Availability(
        trim_id,
        in_stock=counted[VehicleState.IN_STOCK],
        reserved=counted[VehicleState.RESERVED] + counted[VehicleState.ALLOCATED],
        on_hold=counted[VehicleState.ON_HOLD],
        demo_use=counted[VehicleState.DEMO_USE],
        in_transit=counted[VehicleState.IN_TRANSIT] + counted[VehicleState.IN_TRANSFER],
        on_order=counted[VehicleState.ON_ORDER],
    )


async def planned_demand(scope: Scope, until: date) -> Mapping[UUID, int]:
    """Return what plugins say will be needed of each trim until a day."""
    needed: Counter[UUID] = Counter()
    for answer in await answers(scope.hooks.planned_demand(scope=scope, until=until)):
        needed.update(answer)
    return needed


@dataclass(frozen=True, slots=True)
class TrimSupply:
    """What there is of a trim, what will be needed, and what should be ordered."""

    trim_id: UUID
    trim_code: str
    found: Availability
    demand: int
    suggested: int


async def supply(scope: Scope, store_ids: Collection[UUID], until: date) -> list[TrimSupply]:
    """Return for each trim in stock or in demand how many vehicles should be ordered.

    That is demand and safety stock, less what is available or coming. Discontinued trims are left out.
    """
    demand = await planned_demand(scope, until)
    stocked = {row.trim_id for row in await by_trim(store_ids)}
    own = await settings(scope, InventorySettings)
    wanted = Trim.filter(id__in=sorted(stocked | demand.keys()), archived_at=None, status=TrimStatus.ACTIVE)
    trims = {trim.id: trim.code for trim in await wanted}
    return [
        TrimSupply(
            found.trim_id,
            trims[found.trim_id],
            found,
            demand.get(found.trim_id, 0),
            max(0, demand.get(found.trim_id, 0) + own.safety_stock - found.coming),
        )
        for found in await by_trim(store_ids, trims)
    ]
