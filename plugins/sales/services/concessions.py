"""What the store gives away with a sale, reckoned from its lines; whoever sells needs the authority for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from forecourt import Money, total
from plugins.sales.services.pricing import BASIS, COST_KINDS, Authority, LineKind, approval_reasons

UNPRICED = "UNPRICED"
TRADE_IN = "TRADE_IN"


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """One position of an offer or order, and what it is measured by.

    Attributes:
        net, gross: Of the whole line.
        reference: Of one unit: the list price of extras, tax included; the net cost of services and gifts. None where
            nobody knows it. A VEHICLE is measured by its car.
        is_secret: The reference tells what something has cost the store, which not everybody may know.
    """

    line_no: int
    kind: LineKind
    quantity: Decimal
    net: Money
    gross: Money
    reference: Money | None = None
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class CarPrice:
    """What a car is measured by, tax included.

    Attributes:
        guide, floor: As listed; None where there is no price list for it.
        cost: What it has cost the store; stands for both where there is no guide price. None while it isn't known.
    """

    guide: Money | None = None
    floor: Money | None = None
    cost: Money | None = None


def car_price(
    guide: Money | None, floor: Money | None, net_cost: Money | None, *, tax_bp: int, currency: str
) -> CarPrice:
    """Return what a car is measured by; by prices of nothing, or in another currency, nothing is measured."""
    cost = net_cost.times(Decimal(BASIS + tax_bp) / BASIS) if net_cost else None
    return CarPrice(
        *(
            price if price is not None and price.amount_minor > 0 and price.currency == currency else None
            for price in (guide, floor, cost)
        )
    )


@dataclass(frozen=True, slots=True)
class Concession:
    """All that is given away with a sale.

    Attributes:
        amount: Price below guide, gifts at cost, extras below list, services below cost.
        base: What the shares in basis points are of: the guide price, or without a car the list price of the goods.
        below_floor: By how much the car, less all that is given away, comes below its floor price.
        unpriced: Numbers of the lines for which nobody knows what they are worth, so that `amount` lacks them.
        trade_in: Of what was paid, the part that is the value of a trade-in, which is as good as who set it.
        is_secret: It tells what something has cost the store.
    """

    amount: Money
    base: Money
    below_floor: Money
    unpriced: tuple[int, ...] = ()
    trade_in: Money | None = None
    is_secret: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nobody need have any authority for it."""
        return not (self.amount.amount_minor or self.unpriced or self.trade_in_minor)

    @property
    def trade_in_minor(self) -> int:
        """The value of the trade-in in minor units; 0 where there is none."""
        return self.trade_in.amount_minor if self.trade_in else 0


def reckon(
    lines: Sequence[MeasuredLine],
    discounts: Money,
    car: CarPrice,
    *,
    fitted: Money | None = None,
    trade_in: Money | None = None,
) -> Concession:
    """Return what is given away.

    All discounts count as taken off the car, whatever they are called; what is dear in one line makes up for nothing
    in another.

    Args:
        discounts: Their sum, as a positive amount.
        fitted: What is built in beyond what the lines say.
    """
    currency = discounts.currency
    cars = [line for line in lines if line.kind is LineKind.VEHICLE]
    worth = car.guide or car.cost
    goods = _worth_of(lines, currency) if not cars else None
    base = goods or worth or total((line.gross for line in cars), currency)
    price = (total((line.gross for line in cars), currency) if cars else base) - discounts
    parts = [_above_zero(base - price), *(_given(line) for line in lines if line.kind is not LineKind.VEHICLE)]
    amount = total([*parts, *([fitted] if fitted else [])], currency)
    unknown = {line.line_no for line in lines if line.kind is not LineKind.VEHICLE and line.reference is None}
    if car.guide is None:
        unknown |= {line.line_no for line in cars}
    floor = (car.floor if car.guide else car.cost) if cars else None
    short = _above_zero(floor - (base - amount)) if floor else Money(0, currency)
    secret = any(line.is_secret for line in lines) or bool(cars and not car.guide and car.cost)
    return Concession(
        amount,
        base,
        short,
        tuple(sorted(unknown)),
        trade_in,
        secret or bool(fitted and fitted.amount_minor),
    )


def _given(line: MeasuredLine) -> Money:
    if line.reference is None:
        return Money(0, line.gross.currency)
    taken = line.net if line.kind in COST_KINDS else line.gross
    return _above_zero(line.reference.times(line.quantity) - taken)


def _worth_of(lines: Iterable[MeasuredLine], currency: str) -> Money:
    """Return the list price of goods that are sold without a car; the asked price where it isn't known."""
    goods = [line for line in lines if line.kind not in COST_KINDS]
    return total((line.reference.times(line.quantity) if line.reference else line.gross for line in goods), currency)


def _above_zero(amount: Money) -> Money:
    return amount if amount.amount_minor > 0 else Money(0, amount.currency)


def reasons_against(concession: Concession, authority: Authority, *, below_floor: bool) -> tuple[str, ...]:
    """Return why an authority is too small for what is given away; empty if it isn't.

    Args:
        below_floor: Whether it reaches below the floor price.

    Returns:
        AMOUNT, PERCENTAGE, FLOOR; UNPRICED and TRADE_IN where only somebody without limit may say what it is worth.
    """
    base = concession.base
    floor = None if below_floor or not concession.below_floor.amount_minor else base - concession.amount
    if floor is not None:
        floor = floor + concession.below_floor
    reasons = approval_reasons(base, base - concession.amount, authority, floor=floor)
    if authority.is_unlimited:
        return reasons
    unknown = (UNPRICED,) if concession.unpriced else ()
    return (*reasons, *unknown, *((TRADE_IN,) if concession.trade_in_minor else ()))
