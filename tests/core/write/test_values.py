from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from core.write.values import canonical_json, json_value, pack, unpack

ID = UUID("0192f0c1-0000-7000-8000-000000000001")

pytestmark = pytest.mark.once


class Colour(Enum):
    RED = "red"


@dataclass
class Size:
    width_mm: int


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ID, str(ID)),
        (datetime(2026, 1, 31, 8, tzinfo=timezone(timedelta(hours=8))), "2026-01-31T00:00:00.000000Z"),
        (date(2026, 1, 31), "2026-01-31"),
        (time(8, 30), "08:30:00"),
        (timedelta(minutes=2), 120.0),
        (Decimal("1.50"), "1.50"),
        (Money(5, "EUR"), {"amount_minor": 5, "currency": "EUR"}),
        (Colour.RED, "red"),
        ({Colour.RED: [Size(3)]}, {"red": [{"width_mm": 3}]}),
        ({"b", "a"}, ["a", "b"]),
        (b"\x00\xff", "AP8="),
        (2**70, str(2**70)),
        (True, True),
    ],
)
def test_value_has_one_json_form(value: Any, expected: Any) -> None:
    assert json_value(value) == expected


def test_canonical_form_ignores_the_order_of_keys() -> None:
    assert canonical_json({"b": 1, "a": {"d": 1, "c": "é"}}) == '{"a":{"c":"é","d":1},"b":1}'.encode()


def test_type_without_a_rule_is_an_error() -> None:
    with pytest.raises(TypeError, match="object"):
        json_value(object())


def test_naive_instant_is_an_error() -> None:
    with pytest.raises(TypeError, match="zone"):
        json_value(datetime(2026, 1, 31))  # noqa: DTZ001 - that is the point


leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.uuids()
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.builds(Money, st.integers(-(2**53), 2**53), st.sampled_from(["CNY", "EUR"]))
)
trees = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=10)


@given(trees)
def test_unpack_gives_back_what_was_packed(value: Any) -> None:
    import orjson

    assert unpack(orjson.loads(orjson.dumps(pack(value)))) == value
