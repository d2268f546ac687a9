"""The page about the catalogue: its code runs as printed, and reads no more than its caller may."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from core.caller import Caller, Reach
from core.testing.harness import SampleDealer, sample_dealer
from forecourt import BadInputError
from forecourt.catalog import ReadError, catalog_of, read
from tests.sdk.page import DOCS, blocks

CREATE = """mutation($n: String!, $v: String!) {
  createCustomer(input: {name: $n, contactPoints: [{kind: MOBILE, value: $v}]}) { customer { id } problems { message } }
}"""
MOST_LINES = 15


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for block in blocks(DOCS / "catalog.md"):
        assert len(block.code.splitlines()) <= MOST_LINES
        exec(block.code, found)  # noqa: S102 - our own page
    return found


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["organisation", "customers"], database_url=kept_database_url) as made:
        for number in range(5):
            await made.client().command(CREATE, n=f"Li {number}", v=f"1380013800{number}")
        yield made


def caller(sample: SampleDealer, page: int = 100, permissions: Mapping[str, Reach] | None = None) -> Caller:
    found = sample.client().caller
    found = replace(found, limits=replace(found.limits, page=page))
    return found if permissions is None else replace(found, permissions=permissions)


async def rows_of(
    sample: SampleDealer, who: Caller, *args: Any, of: str = "Customer", **asked: Any
) -> list[dict[str, Any]]:
    async def work() -> list[dict[str, Any]]:
        scope = sample.dealer.scope(who, locale="en")
        return [row async for row in read(scope, catalog_of(scope).entities[of], *args, **asked)]

    return await sample.read(work)


async def test_export_writes_what_its_caller_sees_page_by_page(sample: SampleDealer, printed: dict[str, Any]) -> None:
    async def work(page: int, locale: str) -> list[list[str]]:
        scope, out = sample.dealer.scope(caller(sample, page), locale=locale), io.StringIO()
        entity = catalog_of(scope).entities["Customer"]
        await printed["export"](scope, entity, out, filter={"name": {"ne": "Li 3"}}, order_by=[{"name": "DESC"}])
        return list(csv.reader(io.StringIO(out.getvalue())))

    head, *rows = await sample.read(lambda: work(2, "zh-CN"))
    assert "客户姓名" in head or "姓名" in head
    assert [row[head.index("姓名" if "姓名" in head else "客户姓名")] for row in rows] == [
        "Li 4",
        "Li 2",
        "Li 1",
        "Li 0",
    ]
    assert "138****8004" in rows[0]
    assert await sample.read(lambda: work(100, "zh-CN")) == [head, *rows]


async def test_rows_that_are_referred_to_and_ids_are_read_too(sample: SampleDealer) -> None:
    asked = ["id", "value", "customer", "customer.name", "customer.firstSource.code"]
    (row,) = await rows_of(
        sample, caller(sample), asked, of="ContactPoint", filter={"customer": {"name": {"eq": "Li 1"}}}
    )
    (customer,) = await rows_of(sample, caller(sample), ["id"], filter={"name": {"eq": "Li 1"}})
    assert list(row) == asked
    assert row["customer"] == customer["id"]
    assert row["customer.name"] == "Li 1"
    assert row["customer.firstSource.code"] is None


async def test_who_may_not_read_gets_nothing(sample: SampleDealer) -> None:
    with pytest.raises(ReadError, match=r"customers\.customer\.read") as caught:
        await rows_of(sample, caller(sample, permissions={"customers.interaction.read": Reach.STORE}), ["name"])
    assert caught.value.errors[0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("fields", "told"),
    [(["nothing"], "no such field"), (["name.x"], "refers to no row"), (["tasks"], "no value")],
)
async def test_fields_that_are_none_are_told(sample: SampleDealer, fields: list[str], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        await rows_of(sample, caller(sample), fields)


async def test_wrong_filter_is_told_as_clients_are(sample: SampleDealer) -> None:
    with pytest.raises(ReadError) as caught:
        await rows_of(sample, caller(sample), ["name"], filter={"name": {"near": "Li"}})
    assert caught.value.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_reference_names_fields_choices_and_operators(sample: SampleDealer, printed: dict[str, Any]) -> None:
    catalog = sample.dealer.kernel.catalog
    page = printed["reference"](catalog, catalog.entities["Customer"], "en")
    assert page.startswith("# Customer\n")
    assert "| lifecycle |" in page
    assert "PROSPECT / " in page
    chinese = printed["reference"](catalog, catalog.entities["Customer"], "zh-CN")
    assert chinese.startswith("# 客户\n")
