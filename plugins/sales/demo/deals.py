"""The deals of the demo dealership, each told up to one of its chapters."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final
from uuid import UUID

from forecourt import Money, Scope
from plugins.customers.api import Customer
from plugins.inventory.api import Purpose, StockVehicle, note_pdi_passed
from plugins.sales.models.choices import ReceiptKind
from plugins.sales.models.opportunities import Opportunity, TestDrive
from plugins.sales.models.orders import SalesOrder
from plugins.sales.models.quotations import Quotation
from plugins.sales.services import deliveries, offers, opportunities, orders, payments, quotations, test_drives
from plugins.sales.services.deliveries import HandOver
from plugins.sales.services.offers import NewDiscount, NewLine, Offer
from plugins.sales.services.opportunities import Loss
from plugins.sales.services.pricing import LineKind
from plugins.sales.services.stages import StageCode
from plugins.sales.services.test_drives import Slot

if TYPE_CHECKING:
    from plugins.sales.demo import House

_CHECKS: Final = ("EXTERIOR", "INTERIOR", "FUNCTIONS", "DOCUMENTS", "EXPLANATION")
_DEPOSIT: Final = Money(1_000_000)


class Chapter(Enum):
    """How far a deal is told; the value is how many steps of a sale were taken, negative for what ended otherwise."""

    NEEDS = 0
    DRAFT = 1
    PENDING = -1
    SENT = 2
    REJECTED = -2
    ACCEPTED = 3
    ORDERED = 4
    CONFIRMED = 5
    LOST = -3
    ALLOCATED = 6
    READY = 7
    LOSS_REQUESTED = -4
    PAID = 8
    INVOICED = 9
    CANCELLED = -5
    DELIVERED = 10
    SUSPENDED = -6
    CANCEL_REQUESTED = -7

    @property
    def needs_car(self) -> bool:
        """Whether the deal is about a very car."""
        return self.value >= Chapter.ACCEPTED.value or self in (Chapter.CANCELLED, Chapter.CANCEL_REQUESTED)


async def write_deal(
    house: House, scope: Scope, deal: Opportunity, chapter: Chapter, *, car: StockVehicle | None, trim_id: UUID | None
) -> None:
    """Bring a deal as far as its chapter says; without a car it stays before the order."""
    at = deal.opened_at + timedelta(hours=2)
    seller = house.scope(scope, at, deal.owner_id)
    boss = house.scope(
        scope, at + timedelta(hours=1), next((one for one in house.managers if one != deal.owner_id), None)
    )
    await opportunities.move_stage(seller, deal, StageCode.NEEDS_CONFIRMED)
    if chapter in (Chapter.NEEDS, Chapter.SUSPENDED, Chapter.LOST, Chapter.LOSS_REQUESTED):
        await _end_early(seller, boss, deal, chapter, scope.now())
        return
    if trim_id is None:
        return
    quotation = await _offer(seller, boss, deal, chapter, car, trim_id)
    taken = chapter.needs_car and car is not None
    if quotation is not None and taken:
        await quotations.accept(seller, quotation)
        await opportunities.move_stage(seller, await Opportunity.get(id=deal.id), StageCode.NEGOTIATION)
        await _sell(house, scope, quotation, chapter, at)


async def _end_early(seller: Scope, boss: Scope, deal: Opportunity, chapter: Chapter, now: datetime) -> None:
    if chapter is Chapter.SUSPENDED:
        await opportunities.suspend(seller, deal, now.date() + timedelta(days=20))
    if chapter in (Chapter.LOST, Chapter.LOSS_REQUESTED):
        await opportunities.request_loss(seller, deal, Loss("PRICE", "同品牌其他店更便宜"))
    if chapter is Chapter.LOST and boss.caller.user_id is not None:
        await opportunities.decide_loss(boss, deal, approve=True)


async def _offer(
    seller: Scope, boss: Scope, deal: Opportunity, chapter: Chapter, car: StockVehicle | None, trim_id: UUID
) -> Quotation | None:
    """Make the offer of a deal; return it if it was sent."""
    pending = chapter is Chapter.PENDING
    film = NewLine(LineKind.ACCESSORY, Money(680_000), name="贴膜套装", code="FILM", cost=Money(420_000))
    offer = Offer(
        lines=[film],
        discounts=[NewDiscount(Money(900_000 if pending else 300_000))],
        trim_id=None if car else trim_id,
        vehicle_id=car.id if car else None,
        valid_until=(deal.opened_at + timedelta(days=45)).date(),
    )
    quotation = await offers.create(seller, deal, offer)
    if pending:
        await quotations.submit(seller, quotation)
    if pending or chapter is Chapter.DRAFT:
        return None
    await quotations.send(seller, quotation)
    await opportunities.move_stage(seller, await Opportunity.get(id=deal.id), StageCode.PROPOSAL)
    if chapter is Chapter.REJECTED:
        await quotations.reject(seller, quotation, "价格偏高")
        return None
    return quotation


async def _sell(house: House, scope: Scope, quotation: Quotation, chapter: Chapter, at: datetime) -> None:
    seller = house.scope(scope, at + timedelta(hours=3), quotation.owner_id)
    cashier = house.scope(scope, at + timedelta(hours=4))
    steps = Chapter.CONFIRMED.value if chapter.value < 0 else chapter.value
    if steps >= Chapter.ORDERED.value:
        order = await orders.create(seller, quotation, deposit=_DEPOSIT, promised_on=(at + timedelta(days=20)).date())
        if steps >= Chapter.CONFIRMED.value:
            await orders.confirm(seller, order, contract_no=f"C-{order.doc_no}")
            await payments.record(cashier, order, kind=ReceiptKind.DEPOSIT, method="TRANSFER", amount=_DEPOSIT)
            await _after_contract(house, scope, await SalesOrder.get(id=order.id), chapter, at)


async def _after_contract(house: House, scope: Scope, order: SalesOrder, chapter: Chapter, at: datetime) -> None:
    if chapter in (Chapter.CANCELLED, Chapter.CANCEL_REQUESTED):
        seller = house.scope(scope, at + timedelta(days=1), order.owner_id)
        boss_id = next((one for one in house.managers if one != order.owner_id), None)
        await deliveries.request_cancellation(seller, order, "FINANCE_REFUSED")
        if chapter is Chapter.CANCELLED and boss_id is not None:
            await deliveries.decide_cancellation(
                house.scope(scope, at + timedelta(days=1), boss_id), order, approve=True
            )
        return
    if chapter.value >= Chapter.ALLOCATED.value:
        await orders.allocate(house.scope(scope, at + timedelta(hours=5), order.owner_id), order)
    if chapter.value >= Chapter.READY.value and order.vehicle_id is not None:
        await _inspect(house.scope(scope, at + timedelta(hours=20)), order.vehicle_id)
    cashier = house.scope(scope, at + timedelta(hours=21))
    if chapter.value >= Chapter.PAID.value:
        rest = order.total - _DEPOSIT
        await payments.record(cashier, order, kind=ReceiptKind.BALANCE, method="TRANSFER", amount=rest)
    if chapter.value >= Chapter.INVOICED.value:
        await payments.invoice(cashier, order, f"INV-{order.doc_no}")
    if chapter is Chapter.DELIVERED:
        car = await StockVehicle.get(id=order.vehicle_id)
        papers = ("KEYS", "INVOICE", "WARRANTY", "MANUAL")
        hand_over = HandOver(max(6, car.odometer_km), _CHECKS, papers, signed=True, satisfaction=9)
        await deliveries.deliver(house.scope(scope, at + timedelta(hours=22), order.owner_id), order, hand_over)


async def _inspect(scope: Scope, vehicle_id: UUID) -> None:
    """Say that the inspection which the allocation has opened was passed."""
    await note_pdi_passed(scope, vehicle_id)
    await orders.vehicle_changed(scope, vehicle_id)


async def write_drives(house: House, scope: Scope) -> None:
    """Write a drive that is over, one that is agreed and one that was called off, if there is a demonstrator."""
    car = await StockVehicle.filter(store_id=house.store.id, purpose=Purpose.TEST_DRIVE, archived_at=None).first()
    customers = await Customer.filter(store_id=house.store.id, archived_at=None).order_by("created_at").limit(3)
    if car is None or len(customers) < 3 or not house.sellers:
        return
    noon = scope.now().replace(hour=4, minute=0, second=0, microsecond=0)
    drives: list[TestDrive] = []
    for customer, day in zip(customers, (-2, 1, 2), strict=True):
        slot = Slot(noon + timedelta(days=day), noon + timedelta(days=day, hours=1))
        earlier = house.scope(scope, noon - timedelta(days=3), house.sellers[0])
        drives.append(
            await test_drives.schedule(
                earlier, customer_id=customer.id, vehicle_id=car.id, specialist_id=house.sellers[0], slot=slot
            )
        )
    over, _, off = drives
    then = house.scope(scope, over.slot_from, house.sellers[0])
    await test_drives.check_out(
        then,
        over,
        licence_valid_until=(noon + timedelta(days=900)).date(),
        agreement_signed=True,
        odometer_km=car.odometer_km,
    )
    await test_drives.take_back(then, over, car.odometer_km + 18)
    await test_drives.complete(house.scope(scope, over.slot_to, house.sellers[0]), over, 9, "空间和静音都满意")
    await test_drives.cancel(house.scope(scope, scope.now(), house.sellers[0]), off, "客户改期")
