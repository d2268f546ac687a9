"""What an order comes to."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt import Money, ValidationRefusal
from plugins.sales.services.pricing import (
    AGENCY_KINDS,
    Authority,
    Discount,
    LineKind,
    PriceLine,
    approval_reasons,
    line_total,
    split_deposit,
    totals,
)

pytestmark = pytest.mark.once


def yuan(amount: str | int) -> Money:
    return Money(int(Decimal(amount) * 100))


def test_deal_of_the_scenario_adds_up() -> None:
    lines = [
        PriceLine(LineKind.VEHICLE, yuan(244_200), cost=yuan(225_000)),
        PriceLine(LineKind.ACCESSORY, yuan(5_800), cost=yuan(2_700)),
        PriceLine(LineKind.FITTING, yuan(1_000), cost=yuan(300)),
        PriceLine(LineKind.GIFT, yuan(0), cost=yuan(500)),
    ]
    result = totals(lines, [Discount(yuan(8_000))])
    assert result.amount == yuan(243_000)
    assert result.cost == yuan(228_500)
    assert result.accessories == yuan(6_800)
    assert result.gifts == yuan(500)
    assert result.gross_profit == yuan(14_500)


@pytest.mark.parametrize(
    ("line", "net", "tax", "gross"),
    [
        (PriceLine(LineKind.VEHICLE, yuan("226000"), tax_bp=1300), 20_000_000, 2_600_000, 22_600_000),
        (
            PriceLine(LineKind.VEHICLE, yuan("200000"), tax_bp=1300, tax_included=False),
            20_000_000,
            2_600_000,
            22_600_000,
        ),
        (PriceLine(LineKind.ACCESSORY, Money(5), Decimal("0.5")), 2, 0, 2),  # half to even
        (PriceLine(LineKind.ACCESSORY, Money(7), Decimal("0.5")), 4, 0, 4),
        (PriceLine(LineKind.ACCESSORY, Money(50), 3, tax_bp=300, tax_included=False), 150, 4, 154),
    ],
)
def test_line_is_rounded_half_to_even(line: PriceLine, net: int, tax: int, gross: int) -> None:
    amounts = line_total(line)
    assert (amounts.net.amount_minor, amounts.tax.amount_minor, amounts.gross.amount_minor) == (net, tax, gross)


def test_discount_takes_its_tax_along() -> None:
    line = PriceLine(LineKind.VEHICLE, yuan(226_000), tax_bp=1300)
    result = totals([line], [Discount(yuan(11_300), tax_bp=1300)])
    assert (result.net, result.tax) == (yuan(190_000), yuan(24_700))


def test_amounts_above_the_limit_of_graphql_int_are_exact() -> None:
    assert totals([PriceLine(LineKind.VEHICLE, Money(2_147_483_647), 3)]).amount == Money(6_442_450_941)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (PriceLine(LineKind.GIFT, yuan(1), cost=yuan(1)), "price"),
        (PriceLine(LineKind.GIFT, yuan(0)), "cost"),
        (PriceLine(LineKind.OPTION, yuan(1), 0), "quantity"),
        (PriceLine(LineKind.OPTION, yuan(-1)), "price"),
        (PriceLine(LineKind.OPTION, yuan(1), tax_bp=-1), "taxBp"),
        (PriceLine(LineKind.OPTION, Money(1, "EUR")), "currency"),
        (PriceLine(LineKind.OPTION, Money(1), cost=Money(1, "EUR")), "currency"),
    ],
)
def test_line_that_cannot_be_is_refused(line: PriceLine, path: str) -> None:
    with pytest.raises(ValidationRefusal) as caught:
        totals([line])
    assert caught.value.path == (path,)


@pytest.mark.parametrize("amount", [-1, 101])
def test_discount_is_positive_and_no_higher_than_the_goods(amount: int) -> None:
    lines = [PriceLine(LineKind.VEHICLE, Money(100)), PriceLine(LineKind.INSURANCE, Money(500))]
    with pytest.raises(ValidationRefusal):
        totals(lines, [Discount(Money(amount))])


@pytest.mark.parametrize(
    ("deposit", "earnest", "refundable"), [(10_000, 10_000, 0), (48_600, 48_600, 0), (60_000, 48_600, 11_400)]
)
def test_earnest_money_above_a_fifth_is_refundable(deposit: int, earnest: int, refundable: int) -> None:
    split = split_deposit(yuan(243_000), yuan(deposit))
    assert (split.earnest, split.refundable) == (yuan(earnest), yuan(refundable))


@pytest.mark.parametrize(
    ("price", "authority", "floor", "reasons"),
    [
        (252_000, Authority(yuan(8_000)), None, ()),
        (251_999, Authority(yuan(8_000)), None, ("AMOUNT",)),
        (247_000, Authority(max_bp=500), None, ()),
        (246_999, Authority(max_bp=500), None, ("PERCENTAGE",)),
        (245_000, Authority(), 246_000, ("FLOOR",)),
        (200_000, Authority(yuan(1), 1), 246_000, ("AMOUNT", "PERCENTAGE", "FLOOR")),
    ],
)
def test_price_beyond_authority_or_floor_needs_approval(
    price: int, authority: Authority, floor: int | None, reasons: tuple[str, ...]
) -> None:
    guide = yuan(260_000)
    assert approval_reasons(guide, yuan(price), authority, floor=yuan(floor) if floor else None) == reasons


LINES = st.lists(
    st.builds(
        PriceLine,
        st.sampled_from([kind for kind in LineKind if kind is not LineKind.GIFT]),
        st.integers(0, 10**10).map(Money),
        st.integers(1, 5) | st.decimals("0.001", 99, places=3),
        st.none() | st.integers(0, 10**10).map(Money),
        st.sampled_from([0, 300, 600, 1300]),
        st.booleans(),
    ),
    max_size=6,
)


@given(LINES, st.lists(st.integers(0, 10**9).map(lambda minor: Discount(Money(minor), 1300)), max_size=2))
def test_total_is_the_sum_of_rounded_lines_less_discounts_and_agency_lines_change_no_other(
    lines: list[PriceLine], discounts: list[Discount]
) -> None:
    off = sum(discount.amount.amount_minor for discount in discounts)
    goods = [line for line in lines if line.kind not in AGENCY_KINDS]
    if off > sum(line_total(line).gross.amount_minor for line in goods):
        discounts, off = [], 0
    result = totals(lines, discounts)
    assert result.amount.amount_minor == sum(line_total(line).gross.amount_minor for line in lines) - off
    assert result.net + result.tax == result.amount
    without = totals(goods, discounts)
    assert (without.goods, without.discounts) == (result.goods, result.discounts)
    assert without.amount == result.amount - result.agency


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_split_loses_nothing_and_keeps_the_limit(amount: int, deposit: int) -> None:
    split = split_deposit(Money(amount), Money(deposit))
    assert split.earnest + split.refundable == Money(deposit)
    assert split.earnest.amount_minor * 5 <= amount
    assert split.refundable.amount_minor >= 0
