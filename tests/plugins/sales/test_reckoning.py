"""What is given away, and what is owed of a cancelled order's money, reckoned from the figures alone."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt import Money
from plugins.sales.code_lists import FORFEITING_REASONS, STORE_FAULT_REASONS
from plugins.sales.services.concessions import CarPrice, Concession, MeasuredLine, reasons_against, reckon
from plugins.sales.services.pricing import Authority, LineKind, split_deposit
from plugins.sales.services.settlement import settle

pytestmark = pytest.mark.once

NOTHING = Money(0)
AMOUNTS = st.integers(0, 50_000_000).map(Money)
LINES = st.lists(
    st.builds(
        lambda kind, quantity, price, reference: MeasuredLine(1, kind, Decimal(quantity), price, price, reference),
        st.sampled_from([kind for kind in LineKind if kind is not LineKind.VEHICLE]),
        st.integers(1, 9),
        AMOUNTS,
        st.none() | AMOUNTS,
    ),
    max_size=5,
)
CAR = CarPrice(Money(24_420_000), Money(22_500_000), Money(25_000_000))


def vehicle(price: int) -> MeasuredLine:
    return MeasuredLine(1, LineKind.VEHICLE, Decimal(1), Money(price), Money(price))


@given(LINES, st.integers(0, 30_000_000), st.integers(0, 30_000_000), st.integers(0, 30_000_000))
def test_whoever_lowers_a_price_gives_more_away(
    extras: Sequence[MeasuredLine], price: int, less: int, discount: int
) -> None:
    before = reckon([vehicle(price + less), *extras], NOTHING, CAR)
    after = reckon([vehicle(price), *extras], Money(discount), CAR)
    assert after.amount.amount_minor >= before.amount.amount_minor
    assert after.below_floor.amount_minor >= before.below_floor.amount_minor
    # What it comes to is at least what the car lacks of its guide price: nothing else makes up for it.
    assert after.amount.amount_minor >= 24_420_000 - (price - discount)


@given(LINES)
def test_extras_are_told_apart_and_add_up(extras: Sequence[MeasuredLine]) -> None:
    together = reckon([vehicle(24_420_000), *extras], NOTHING, CAR).amount
    apart = [reckon([vehicle(24_420_000), line], NOTHING, CAR).amount.amount_minor for line in extras]
    assert together == Money(sum(apart))


@pytest.mark.parametrize(
    ("car", "price", "amount", "below", "unpriced"),
    [
        (CAR, 24_420_000, 0, 0, ()),
        (CAR, 22_000_000, 2_420_000, 500_000, ()),
        (CarPrice(None, None, Money(25_000_000)), 24_000_000, 1_000_000, 1_000_000, (1,)),
        (CarPrice(), 1_000_000, 0, 0, (1,)),
    ],
)
def test_car_is_measured_by_its_guide_price_or_its_cost(
    car: CarPrice, price: int, amount: int, below: int, unpriced: tuple[int, ...]
) -> None:
    found = reckon([vehicle(price)], NOTHING, car)
    assert (found.amount, found.below_floor, found.unpriced) == (Money(amount), Money(below), unpriced)


@pytest.mark.parametrize(
    ("concession", "authority", "below_floor", "reasons"),
    [
        (Concession(NOTHING, Money(100), NOTHING, (2,)), Authority(Money(9), 9), False, ("UNPRICED",)),
        (Concession(NOTHING, Money(100), NOTHING, (2,)), Authority(), False, ()),
        (Concession(NOTHING, Money(100), NOTHING, (), Money(7)), Authority(Money(9), 9), True, ("TRADE_IN",)),
        (Concession(Money(30), Money(100), Money(5)), Authority(), False, ("FLOOR",)),
        (Concession(Money(30), Money(100), Money(5)), Authority(), True, ()),
        (Concession(Money(30), Money(100), NOTHING), Authority(Money(29), 3_000), False, ("AMOUNT",)),
        (Concession(Money(30), Money(100), NOTHING), Authority(Money(30), 2_999), False, ("PERCENTAGE",)),
    ],
)
def test_authority_is_enough_or_says_why_not(
    concession: Concession, authority: Authority, below_floor: bool, reasons: tuple[str, ...]
) -> None:
    assert reasons_against(concession, authority, below_floor=below_floor) == reasons


REASONS = st.sampled_from([*FORFEITING_REASONS, *STORE_FAULT_REASONS, "FINANCE_REFUSED"])


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9), REASONS, st.booleans())
def test_nothing_is_doubled_that_was_not_paid_or_that_the_law_does_not_double(
    total: int, named: int, paid: int, reason: str, was_confirmed: bool
) -> None:
    named, paid = min(named, total), min(paid, total)
    earnest = split_deposit(Money(total), Money(named)).earnest
    found = settle(Money(paid), NOTHING, earnest, reason=reason, was_confirmed=was_confirmed)
    again = found.due.amount_minor + found.forfeited.amount_minor - paid
    assert 0 <= again <= min(paid, named, total // 5)
    assert again == 0 or reason in STORE_FAULT_REASONS
    assert found.forfeited.amount_minor <= min(paid, named, total // 5)
    assert found.forfeited == NOTHING or reason in FORFEITING_REASONS
