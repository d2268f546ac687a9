from __future__ import annotations

import pytest

from forecourt import Reach
from forecourt.testing import Client, SampleDealer
from tests.plugins.customers.conftest import make


async def found(client: Client, text: str) -> list[str]:
    answer = await client("query($s: String!) { customers(search: $s) { nodes { name } } }", s=text)
    return [node["name"] for node in answer.data["customers"]["nodes"]]


@pytest.mark.parametrize(
    "text", ["张三", "张", "zs", "ZS", "zhangsan", "zhang", "8000", "13800138000", "+86 138-0013-8000"]
)
async def test_customer_is_found_by_what_people_type(sample: SampleDealer, text: str) -> None:
    client = sample.client()
    await make(client, "张三", "13800138000")
    await make(client, "Wang Wu", "13900139999")
    assert await found(client, text.replace(" ", "").replace("-", "")) == ["张三"]


async def test_surname_is_read_as_a_surname(sample: SampleDealer) -> None:
    client = sample.client()
    await make(client, "单雪梅")
    assert await found(client, "shan") == ["单雪梅"]


async def test_renamed_customer_is_found_by_the_new_name_at_once(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    await client.command(
        "mutation($i: UpdateCustomerInput!) { updateCustomer(input: $i) { customer { name } problems { code } } }",
        i={"id": made["id"], "name": "李四"},
    )
    assert await found(client, "ls") == ["李四"]
    assert await found(client, "zs") == []


async def test_search_and_aggregates_stay_within_the_callers_scope(sample: SampleDealer) -> None:
    anna, bert = await sample.add_user("anna"), await sample.add_user("bert")
    mine = sample.client(anna, reach=Reach.OWN)
    await make(mine, "张三", "13800138000")
    await make(sample.client(bert, reach=Reach.OWN), "赵四", "13900138000")
    assert await found(mine, "8000") == ["张三"]
    stats = await mine("{ customerStats(groupBy: [LIFECYCLE]) { key { lifecycle } count } }")
    assert stats.data["customerStats"] == [{"key": {"lifecycle": "PROSPECT"}, "count": 1}]
    team = sample.client(anna, reach=Reach.TEAM, team_ids=[bert])
    assert sorted(await found(team, "8000")) == ["张三", "赵四"]


async def test_former_number_finds_the_customer_through_his_contact_points(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    (point,) = made["contactPoints"]["nodes"]  # type: ignore[index]  # a JSON object
    await client.command(
        "mutation($i: ReplaceContactPointInput!) { replaceContactPoint(input: $i) { problems { code } } }",
        i={"contactPoint": point["id"], "value": "13900139000"},
    )
    answer = await client(
        'query { customers(filter: {contactPoints: {some: {phone: {eq: "138 0013 8000"}}}}) { nodes { name } } }'
    )
    assert answer.data["customers"]["nodes"] == [{"name": "张三"}]
