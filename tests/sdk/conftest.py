from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from forecourt.testing import Client, SampleDealer, sample_dealer

FOLDER = Path(__file__).parents[1] / "example"
"""The folder of plugins that the example lies in."""

CREATE_CUSTOMER = """mutation($i: CreateCustomerInput!) { createCustomer(input: $i) {
  customer { id policies { nodes { id number } } } problems { code message path } } }"""
CREATE_POLICY = """mutation($i: CreateInsurancePolicyInput!) { createInsurancePolicy(input: $i) {
  insurancePolicy { id version } problems { code message path } } }"""


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(
        ["organisation", "customers", "insurance"], database_url=kept_database_url, folders=[FOLDER]
    ) as made:
        yield made


@pytest.fixture
def client(sample: SampleDealer) -> Client:
    return sample.client()


async def make_customer(client: Client, name: str = "张三", phone: str = "13800138000", **more: Any) -> str:
    contacts = [{"kind": "MOBILE", "value": phone}]
    payload = await client.command(CREATE_CUSTOMER, i={"name": name, "contactPoints": contacts, **more})
    customer: str = payload["customer"]["id"]
    return customer


def terms(**more: Any) -> dict[str, Any]:
    """Return the terms of a contract that ends on 2026-12-01, ten days from the tests' today."""
    premium = {"amountMinor": "580000", "currency": "CNY"}
    ends = {"startsOn": "2025-12-02", "expiresOn": "2026-12-01"}
    return {"number": "P-1", "insurer": "PICC", "premium": premium, **ends, **more}


async def make_policy(client: Client, customer: str, **more: Any) -> str:
    payload = await client.command(CREATE_POLICY, i=terms(customer=customer, **more))
    policy: str = payload["insurancePolicy"]["id"]
    return policy
