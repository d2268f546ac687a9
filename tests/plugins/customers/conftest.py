from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from forecourt import Scope, global_id
from forecourt.testing import Client, SampleDealer, sample_dealer
from plugins.customers.models.people import Customer
from plugins.customers.services.entry import create_customer

CREATE = """mutation($i: CreateCustomerInput!, $k: String) { createCustomer(input: $i, idempotencyKey: $k) {
  customer { id version name lifecycle completeness mobile owner { id } firstSource { code }
             contactPoints { nodes { id kind value isPrimary validTo } } }
  problems { code message path ... on ConflictProblem { current { id } } } } }"""


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["organisation", "customers"], database_url=kept_database_url) as made:
        yield made


def person(name: str = "张三", phone: str = "13800138000", **more: object) -> dict[str, object]:
    """Return the input of a customer with one mobile."""
    return {"name": name, "contactPoints": [{"kind": "MOBILE", "value": phone}], **more}


async def make(client: Client, name: str = "张三", phone: str = "13800138000", **more: object) -> dict[str, object]:
    """Create a customer as a client would."""
    payload = await client.command(CREATE, i=person(name, phone, **more))
    customer: dict[str, object] = payload["customer"]
    return customer


async def known(
    sample: SampleDealer, phone: str = "13800138000", owner_id: UUID | None = None, **more: object
) -> Customer:
    """Create a customer as another module would."""

    async def work(scope: Scope) -> Customer:
        return await create_customer(scope, name=str(more.pop("name", "张三")), phone=phone, owner_id=owner_id, **more)  # type: ignore[arg-type]  # the tests' own words

    return await sample.run(work)


def gid(row: Customer) -> str:
    return global_id("Customer", row.id)
