"""What a quotation or an order comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from forecourt import Money, ValidationRefusal, total

BASIS: Final = 10_000
MILLI: Final = 1_000


class LineKind(StrEnum):
    """What is sold with a line."""

    VEHICLE = "VEHICLE"
    OPTION = "OPTION"
    ACCESSORY = "ACCESSORY"
    FITTING = "FITTING"
    INSURANCE = "INSURANCE"
    LOAN_FEE = "LOAN_FEE"
    TAX = "TAX"
    REGISTRATION = "REGISTRATION"
    SERVICE_PACK = "SERVICE_PACK"
    GIFT = "GIFT"


# Money that the store takes on behalf of others: always the customer's choice.
AGENCY_KINDS: Final = frozenset({LineKind.INSURANCE, LineKind.LOAN_FEE, LineKind.TAX, LineKind.REGISTRATION})
# What is given away with these is measured by what they cost the store, with all other goods by their list price.
COST_KINDS: Final = AGENCY_KINDS | {LineKind.SERVICE_PACK, LineKind.GIFT}
ACCESSORY_KINDS: Final = frozenset({LineKind.ACCESSORY, LineKind.FITTING})
# Source: Civil Code of the People's Republic of China, article 586.
EARNEST_LIMIT_BP: Final = 2_000


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a quotation or an order.

    Attributes:
        price: Of one unit, after any change of the list price.
        cost: Of one unit, net.
        tax_bp: Tax rate in basis points of the net amount.
        tax_included: Whether `price` contains the tax.
    """

    kind: LineKind
    price: Money
    quantity: Decimal | int = 1
    cost: Money | None = None
    tax_bp: int = 0
    tax_included: bool = True

    @property
    def is_optional(self) -> bool:
        """Whether the customer may leave it out without any other price changing."""
        return self.kind in AGENCY_KINDS


@dataclass(frozen=True, slots=True)
class Discount:
    """An amount off the goods, tax included."""

    amount: Money
    tax_bp: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LineTotal:
    """A line's amounts; `gross` is net plus tax."""

    net: Money
    tax: Money
    gross: Money
    cost: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """What an order comes to.

    Attributes:
        goods: Gross amount of all but agency lines, before discounts.
        agency: Gross amount of the agency lines.
        discounts: What is taken off, as a positive amount.
        amount: What the customer pays: goods + agency - discounts.
        tax: The part of `amount` that is tax.
        accessories: Gross amount of accessories and their fitting.
        cost: Net cost of all lines, gifts included.
        gifts: The part of `cost` that is given away.
    """

    goods: Money
    agency: Money
    discounts: Money
    amount: Money
    tax: Money
    accessories: Money
    cost: Money
    gifts: Money

    @property
    def net(self) -> Money:
        """What the customer pays without tax."""
        return self.amount - self.tax

    @property
    def gross_profit(self) -> Money:
        """The net amount less the cost."""
        return self.net - self.cost


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit by what the law makes of it.

    Attributes:
        earnest: 定金: lost by the customer who withdraws, paid back twice by the store that does.
        refundable: 订金: paid back in any case.
    """

    earnest: Money
    refundable: Money


@dataclass(frozen=True, slots=True)
class Authority:
    """How much a person may give away by himself; None means without limit."""

    max_amount: Money | None = None
    max_bp: int | None = None

    @property
    def is_unlimited(self) -> bool:
        """Whether only the floor price limits it."""
        return self.max_amount is None and self.max_bp is None

    def most(self, guide: Money) -> Money | None:
        """Return the most that may be given away with a car of a guide price; None without limit."""
        share = None if self.max_bp is None else guide.amount_minor * self.max_bp // BASIS
        limits = [self.max_amount.amount_minor] if self.max_amount else []
        limits += [] if share is None else [share]
        return Money(min(limits), guide.currency) if limits else None


def line_total(line: PriceLine) -> LineTotal:
    """Return a line's amounts, each rounded half to even to whole minor units.

    Raises:
        ValidationRefusal: A gift with a price or without its cost, or a negative quantity or tax rate.
    """
    _check_line(line)
    zero = Money(0, line.price.currency)
    price = line.price.times(Decimal(line.quantity))
    if line.tax_included:
        gross, tax = price, price.times(Decimal(line.tax_bp) / (BASIS + line.tax_bp))
        net = gross - tax
    else:
        net, tax = price, price.times(Decimal(line.tax_bp) / BASIS)
        gross = net + tax
    return LineTotal(net, tax, gross, line.cost.times(Decimal(line.quantity)) if line.cost else zero)


def totals(lines: Sequence[PriceLine], discounts: Iterable[Discount] = (), *, currency: str = "CNY") -> Totals:
    """Add up rounded lines and take off the discounts.

    Args:
        currency: Of all amounts; what an order without lines comes to is nothing of it.

    Raises:
        ValidationRefusal: A line or discount that can't be, discounts above the goods, or another currency.
    """
    given = tuple(discounts)
    _check_currency(lines, given, currency)
    counted = [(line, line_total(line)) for line in lines]
    goods = total((amounts.gross for line, amounts in counted if not line.is_optional), currency)
    agency = total((amounts.gross for line, amounts in counted if line.is_optional), currency)
    off = total((discount.amount for discount in given), currency)
    if any(discount.amount.amount_minor < 0 for discount in given):
        raise ValidationRefusal("a discount is a positive amount", path=("discounts",))
    if off.amount_minor > goods.amount_minor:
        raise ValidationRefusal("the discounts are higher than what they are taken off", path=("discounts",))
    tax = total((amounts.tax for _, amounts in counted), currency)
    tax_off = total((_tax_within(discount.amount, discount.tax_bp) for discount in given), currency)
    return Totals(
        goods=goods,
        agency=agency,
        discounts=off,
        amount=goods + agency - off,
        tax=tax - tax_off,
        accessories=total((amounts.gross for line, amounts in counted if line.kind in ACCESSORY_KINDS), currency),
        cost=total((amounts.cost for _, amounts in counted), currency),
        gifts=total((amounts.cost for line, amounts in counted if line.kind is LineKind.GIFT), currency),
    )


def split_deposit(amount: Money, deposit: Money) -> Deposit:
    """Split a deposit: what exceeds 20 % of the order's amount can't be earnest money and is refundable."""
    limit = max(amount.amount_minor, 0) * EARNEST_LIMIT_BP // BASIS
    earnest = Money(min(deposit.amount_minor, limit), deposit.currency)
    return Deposit(earnest, deposit - earnest)


def approval_reasons(
    guide: Money, price: Money, authority: Authority, *, floor: Money | None = None
) -> tuple[str, ...]:
    """Return why a price needs somebody else's approval: AMOUNT, PERCENTAGE, FLOOR; empty if it needs none."""
    off = (guide - price).amount_minor
    too_much = authority.max_amount is not None and off > authority.max_amount.amount_minor
    too_far = authority.max_bp is not None and off * BASIS > authority.max_bp * guide.amount_minor
    below = floor is not None and price.amount_minor < floor.amount_minor
    return tuple(code for code, applies in (("AMOUNT", too_much), ("PERCENTAGE", too_far), ("FLOOR", below)) if applies)


def _tax_within(gross: Money, tax_bp: int) -> Money:
    return gross.times(Decimal(tax_bp) / (BASIS + tax_bp))


def _check_line(line: PriceLine) -> None:
    if Decimal(line.quantity) <= 0:
        raise ValidationRefusal("a line has a quantity above zero", path=("quantity",))
    if line.tax_bp < 0:
        raise ValidationRefusal("a tax rate is not negative", path=("taxBp",))
    if line.price.amount_minor < 0:
        raise ValidationRefusal("a price is not negative; use a discount", path=("price",))
    if line.cost is not None and line.cost.amount_minor < 0:
        raise ValidationRefusal("a cost is not negative", path=("cost",))
    if line.kind is LineKind.GIFT and line.price.amount_minor:
        raise ValidationRefusal("a gift has the price 0", path=("price",))
    if line.kind is LineKind.GIFT and line.cost is None:
        raise ValidationRefusal("a gift has its real cost", path=("cost",))


def _check_currency(lines: Sequence[PriceLine], discounts: Sequence[Discount], currency: str) -> None:
    used = {line.price.currency for line in lines} | {discount.amount.currency for discount in discounts}
    used |= {line.cost.currency for line in lines if line.cost}
    if used - {currency}:
        raise ValidationRefusal(f"all amounts of an order are in {currency}", path=("currency",))
