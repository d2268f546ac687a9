"""The kinds of values that are kept in several columns."""

from __future__ import annotations

from core.kinds.kind import AS_IT_IS, Kind, Measure, Part, everywhere, same
from core.kinds.numbers import integer
from core.kinds.operators import IS_NULL, LAST4, WHOLE
from core.kinds.texts import text
from core.money import Money


def money() -> Kind:
    """Return the kind of an amount: its minor units and its currency."""
    return Kind(
        family="money",
        python=Money,
        parse=same,
        scalar="Money",
        filter="MoneyFilter",
        filter_text="Conditions on an amount.",
        ordered=True,
        grouped=True,
        measures=dict.fromkeys(("sum", "average", "min", "max"), Measure("Money", round)),
        parts=(
            Part("minor", integer(64), "amountMinor", "Conditions on the minor units."),
            Part("currency", text(max_length=3), "currency", "Conditions on the currency."),
        ),
        key="minor",
        unit="currency",
        make=Money,
        sample=lambda number, now: Money(number),
    )


def protected(*, search: bool, last4: bool) -> Kind:
    """Return the kind of a text that is encrypted at rest.

    Args:
        search: It has a blind index of the whole.
        last4: It has one of its last four characters.
    """
    plain = text()
    indexes = {"index": search, "last4": last4}
    asked = (WHOLE,) * search + (LAST4,) * last4
    return Kind(
        family="protected",
        python=str,
        parse=same,
        scalar="String",
        filter="ProtectedFilter",
        filter_text="Conditions on an encrypted value: it can be compared as a whole only.",
        operators=(*asked, IS_NULL),
        offered=(WHOLE, LAST4, IS_NULL),
        searched=bool(asked),
        search_mend="it has no blind index to search by; give the ProtectedField search=True or last4=True",
        leaves=everywhere(AS_IT_IS),
        json_sql="{}",
        limits={"min_length": 1, "max_length": 500},
        parts=(
            Part("sealed", plain),
            Part("masked", plain),
            *(Part(suffix, plain) for suffix, has in indexes.items() if has),
        ),
        key="sealed",
        shown="masked",
    )
