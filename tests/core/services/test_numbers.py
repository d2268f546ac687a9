from datetime import UTC, date, datetime

import pytest

from core.scope import Scope
from core.services.numbers import document_number, next_number
from tests.core.services.dealership import Dealership, together


def test_sequence_has_four_digits_and_grows_after_9999() -> None:
    assert document_number("SO", "N01", date(2026, 11, 21), 7) == "SO-N01-20261121-0007"
    assert document_number("SO", "N01", date(2026, 11, 21), 10000) == "SO-N01-20261121-10000"


async def test_50_parallel_takers_get_50_consecutive_numbers(dealership: Dealership) -> None:
    async def take(_: int) -> str:
        return await dealership.run(lambda scope: next_number(scope, "SO"))

    numbers = await together(50, take)
    assert sorted(numbers) == [f"SO-N01-20261121-{n:04d}" for n in range(1, 51)]


async def test_number_of_a_rolled_back_unit_is_given_to_the_next_taker(dealership: Dealership) -> None:
    async def fail(scope: Scope) -> None:
        assert await next_number(scope, "SO") == "SO-N01-20261121-0001"
        raise LookupError

    with pytest.raises(LookupError):
        await dealership.run(fail)
    assert await dealership.run(lambda scope: next_number(scope, "SO")) == "SO-N01-20261121-0001"


async def test_kinds_stores_and_days_count_apart(dealership: Dealership) -> None:
    async def take(kind: str, store: str) -> str:
        store_id = {"N01": dealership.north, "S02": dealership.south}[store]
        return await dealership.run(lambda scope: next_number(scope, kind, store_id=store_id))

    assert await take("SO", "N01") == "SO-N01-20261121-0001"
    assert await take("QU", "N01") == "QU-N01-20261121-0001"
    assert await take("SO", "S02") == "SO-S02-20261121-0001"
    # 23:30 UTC is the next morning in Shanghai.
    dealership.clock.at = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert await take("SO", "N01") == "SO-N01-20261122-0001"


@pytest.mark.parametrize("kind", ["", "so", "TOOLONGKIND", "1A", "S-O"])
async def test_kind_of_another_form_is_an_error(dealership: Dealership, kind: str) -> None:
    with pytest.raises(ValueError, match="no kind of document"):
        await dealership.run(lambda scope: next_number(scope, kind))
