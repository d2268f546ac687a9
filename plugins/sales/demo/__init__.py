"""Sales' share of the demo dealership: leads and deals in all states, invented, the same ones each time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from forecourt import FixedClock, Money, Scope, Store
from plugins.customers.api import Wishes
from plugins.inventory.api import Purpose, Series, StockVehicle, Trim, VehicleState
from plugins.organisation.api import colleagues
from plugins.sales import rights
from plugins.sales.demo.deals import Chapter, write_deal, write_drives
from plugins.sales.models.choices import LeadInterest
from plugins.sales.models.leads import Lead
from plugins.sales.models.opportunities import Opportunity, PipelineStage
from plugins.sales.services import lead_work, leads
from plugins.sales.services.prospects import NewLead, NewVehicle
from plugins.sales.services.stages import DEFAULT_STAGES, StageCode
from plugins.sales.services.states import LeadState

SEED: Final = 20261121
LEADS: Final = 60
STAGE_NAMES: Final = {
    StageCode.FIRST_CONTACT: ("初步接触", "First contact"),
    StageCode.NEEDS_CONFIRMED: ("需求确认", "Needs confirmed"),
    StageCode.PROPOSAL: ("方案提供", "Proposal"),
    StageCode.NEGOTIATION: ("议价成交", "Negotiation"),
    StageCode.AFTER_SALE_CARE: ("售后关怀", "Care after the sale"),
}
_SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_GIVEN: Final = ("晓峰", "雨晴", "志强", "思琪", "俊杰", "梦瑶", "浩然", "静怡", "子墨", "欣妍")
_SOURCES: Final = ("WEB_INQUIRY", "WEB_INQUIRY", "PHONE", "SHOWROOM", "MOTOR_SHOW", "REFERRAL")
_WISHES: Final = ("想了解优惠和现车情况", "周末想到店看车", "请发一份报价", "咨询置换与金融方案", "想预约试驾")


@dataclass(frozen=True, slots=True)
class House:
    """One store of the demo, and who works there."""

    store: Store
    sellers: Sequence[UUID]
    managers: Sequence[UUID]

    def scope(self, scope: Scope, at: datetime, user_id: UUID | None = None) -> Scope:
        """Return the scope of somebody of this store at a moment in the past."""
        caller = replace(scope.caller, store_id=self.store.id, user_id=user_id)
        return replace(scope, caller=caller, clock=FixedClock(at))


async def write(scope: Scope) -> AsyncIterator[object]:
    """Write stages, leads, test drives and deals; a second call writes nothing."""
    yield await write_stages()
    if await Lead.exists():
        return
    chance = Random(SEED)  # noqa: S311 - made-up people, no secrets
    houses = [await _house(scope, store) for store in await Store.filter(archived_at=None).order_by("code")]
    deals: list[tuple[House, Opportunity]] = []
    for number in range(LEADS if houses else 0):
        house = houses[number % len(houses)]
        lead = await _lead(scope, chance, house, number)
        opportunity = await _what_became(scope, chance, house, lead, number)
        if opportunity is not None:
            deals.append((house, opportunity))
        if number % 20 == 19:
            yield "leads"
    for index, (house, opportunity) in enumerate(deals):
        chapter = tuple(Chapter)[index % len(Chapter)]
        car = await _free_car(house) if chapter.needs_car else None
        await write_deal(house, scope, opportunity, chapter, car=car, trim_id=await _trim())
        yield "deals"
    for house in houses:
        await write_drives(house, scope)
    yield "test drives"


async def write_stages() -> int:
    """Write the default pipeline as rows that the dealer can rename; return how many were new."""
    present = {row.code for row in await PipelineStage.filter(archived_at=None)}
    new = [stage for stage in DEFAULT_STAGES if stage.code not in present]
    for stage in new:
        name, name_en = STAGE_NAMES[StageCode(stage.code)]
        await PipelineStage(
            code=stage.code,
            name=name,
            name_en=name_en,
            position=stage.order,
            probability_bp=stage.probability_bp,
            kind=stage.kind,
            requires=[need.value for need in stage.requires],
        ).save()
    return len(new)


async def _house(scope: Scope, store: Store) -> House:
    async def who(permission: str) -> list[UUID]:
        return [one.user_id for one in await colleagues(scope, permission, scope.now(), store_id=store.id)]

    return House(store, await who(rights.TAKE), await who(rights.APPROVE_LOSS))


async def _lead(scope: Scope, chance: Random, house: House, number: int) -> Lead:
    """Take one lead in; the last ones came within the last hours, the others over the last month."""
    age = (
        timedelta(minutes=number % 10 + 1) if number >= LEADS - 6 else timedelta(days=number % 28 + 1, hours=number % 7)
    )
    series = await Series.filter(archived_at=None).order_by("code")
    wanted = [NewVehicle(model=series[number % len(series)].name)] if series else []
    repeated = number % 12 == 11  # somebody who came before, by another channel
    person = number - 3 if repeated else number
    taken = await leads.take(
        house.scope(scope, scope.now() - age),
        NewLead(
            name=f"{_SURNAMES[person % len(_SURNAMES)]}{_GIVEN[person % len(_GIVEN)]}",
            # 198 is a prefix that exists; the numbers are invented.
            phones=[f"1980000{person:04d}"],
            source=chance.choice(_SOURCES),
            external_id=f"D-{number:04d}",
            interest=LeadInterest.TEST_DRIVE if number % 5 == 4 else LeadInterest.BUY,
            message=chance.choice(_WISHES),
            budget=Money(chance.randint(12, 30) * 1_000_000) if number % 3 else None,
            buying_within_days=chance.choice((7, 14, 30, 60, 90, None)),
            vehicles=wanted,
        ),
    )
    return taken.lead


async def _what_became(scope: Scope, chance: Random, house: House, lead: Lead, number: int) -> Opportunity | None:
    """Work on a lead that somebody has; the newest ones wait for their first call."""
    if lead.state != LeadState.ASSIGNED or number >= LEADS - 6:
        return None
    later = house.scope(scope, lead.received_at + timedelta(minutes=20), lead.owner_id)
    reached = number % 8 != 7
    await lead_work.record_contact(later, lead, channel="CALL", reached=reached)
    if not reached:
        return None
    if number % 8 == 5:
        await lead_work.nurture(later, lead, scope.today() + timedelta(days=14))
        return None
    if number % 8 == 6:
        await lead_work.disqualify(later, lead, chance.choice(("NO_INTENT", "OUT_OF_REGION", "COMPETITOR")))
        return None
    if number % 8 == 4:
        return None
    series = await Series.filter(archived_at=None).order_by("code").first()
    wishes = Wishes(
        models=[series.code] if series else ["DEMO"],
        budget_max=lead.budget or Money(20_000_000),
        expected_on=scope.today() + timedelta(days=chance.randint(3, 60)),
    )
    await lead_work.qualify(later, lead, wishes)
    return await lead_work.convert(later, lead) if number % 8 != 3 else None


async def _trim() -> UUID | None:
    trim = await Trim.filter(archived_at=None).order_by("code").first()
    return trim.id if trim else None


async def _free_car(house: House) -> StockVehicle | None:
    return (
        await StockVehicle.filter(
            store_id=house.store.id,
            state=VehicleState.IN_STOCK,
            purpose=Purpose.SALE,
            cert_pledged=False,
            archived_at=None,
        )
        .order_by("stock_no")
        .first()
    )
