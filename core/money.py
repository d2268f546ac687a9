"""Amounts of money: integer minor units and a currency, never a float."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (fen, cent) of an ISO 4217 currency."""

    amount_minor: int
    currency: str = "CNY"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"can't add {other.currency} to {self.currency}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def times(self, factor: Decimal | int) -> Money:
        """Multiply, rounding half to even to whole minor units."""
        exact = Decimal(self.amount_minor) * factor
        return Money(int(exact.quantize(Decimal(1), ROUND_HALF_EVEN)), self.currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Add up amounts of one currency; nothing adds up to zero of it."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result
