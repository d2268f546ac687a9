"""Whether the store knows a number is told to nobody without a count."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from forecourt import global_id
from forecourt.testing import SampleDealer, sample_dealer
from tests.plugins.customers.conftest import CREATE, known, person

LOG = "{ lookUps(orderBy: [{at: ASC}]) { nodes { actor field masked refused } } }"
ADD = "mutation($i: AddContactPointInput!) { addContactPoint(input: $i) { problems { code message } } }"


@pytest.fixture
async def strict(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    """A dealer who allows three look-ups a day."""
    settings = {"core": {"look_ups_per_day": 3}}
    async with sample_dealer(["organisation", "customers"], database_url=kept_database_url, settings=settings) as made:
        yield made


async def log(sample: SampleDealer) -> list[Any]:
    nodes: list[Any] = (await sample.client()(LOG)).data["lookUps"]["nodes"]
    return nodes


async def test_number_that_is_refused_because_it_is_known_counts_as_looked_up(strict: SampleDealer) -> None:
    await known(strict)
    anna = await strict.add_user("anna")
    client = strict.client(anna)
    for _ in range(3):
        payload = await client.payload(CREATE, i=person("李四"))
        assert [problem["code"] for problem in payload["problems"]] == ["DUPLICATE_CUSTOMER"]
    payload = await client.payload(CREATE, i=person("李四"))
    assert [problem["code"] for problem in payload["problems"]] == ["LIMIT_EXCEEDED"]
    entry = {"actor": f"user:{anna}", "field": "ContactPoint.phone", "masked": "138****8000"}
    assert await log(strict) == [*[entry | {"refused": False}] * 3, entry | {"refused": True}]


async def test_number_of_another_contact_point_counts_as_well(strict: SampleDealer) -> None:
    await known(strict)
    other = await known(strict, "13900139000", name="李四")
    given = {"customer": global_id("Customer", other.id), "kind": "MOBILE", "value": "138 0013 8000"}
    payload = await strict.client().payload(ADD, i=given)
    assert [problem["code"] for problem in payload["problems"]] == ["DUPLICATE_CUSTOMER"]
    assert [entry["masked"] for entry in await log(strict)] == ["138****8000"]


async def test_entering_a_new_person_looks_nobody_up(strict: SampleDealer) -> None:
    client = strict.client()
    for number in range(5):
        await client.command(CREATE, i=person(f"王{number}", f"1370013700{number}"))
    assert await log(strict) == []


SEARCHES = [
    ("customers", 'search: "13800138000"', "Customer.mobile"),
    ("customers", 'filter: {mobile: {last4: "8000"}}', "Customer.mobile"),
    ("customers", 'filter: {contactPoints: {some: {phone: {eq: "13800138000"}}}}', "ContactPoint.phone"),
    ("contactPoints", 'filter: {phone: {eq: "13800138000"}}', "ContactPoint.phone"),
    ("contactPoints", 'search: "a@example.com"', "ContactPoint.email ContactPoint.chat"),
    ("contactPersons", 'search: "13800138000"', "ContactPerson.phone"),
    ("customerVehicles", 'search: "沪A12345"', "CustomerVehicle.plate"),
]


@pytest.mark.parametrize(("root", "arguments", "field"), SEARCHES)
async def test_each_way_to_ask_for_a_protected_value_is_logged(
    sample: SampleDealer, root: str, arguments: str, field: str
) -> None:
    await known(sample)
    assert "errors" not in await sample.client()(f"{{ {root}({arguments}) {{ totalCount }} }}")
    assert [entry["field"] for entry in await log(sample)] == [field]


async def test_four_hundred_numbers_in_one_filter_are_refused(sample: SampleDealer) -> None:
    await known(sample)
    numbers = [{"phone": {"eq": f"1380013{number:04}"}} for number in range(7800, 8200)]
    asked = "query($f: ContactPointFilter) { contactPoints(filter: $f) { totalCount } }"
    assert (await sample.client()(asked, f={"or": numbers})).codes == ["LIMIT_EXCEEDED"]
    assert await log(sample) == []


async def test_dry_run_that_tells_of_a_number_counts_as_well(strict: SampleDealer) -> None:
    await known(strict)
    payload = await strict.client().payload(
        CREATE.replace("(input: $i)", "(input: $i, dryRun: true)"), i=person("李四")
    )
    assert [problem["code"] for problem in payload["problems"]] == ["DUPLICATE_CUSTOMER"]
    assert [entry["masked"] for entry in await log(strict)] == ["138****8000"]
