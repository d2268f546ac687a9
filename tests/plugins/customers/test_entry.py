from __future__ import annotations

import asyncio

from forecourt import Reach, global_id, uuid7
from forecourt.testing import SampleDealer, sample_dealer
from plugins.customers.models.people import Customer
from tests.plugins.customers.conftest import CREATE, known, make, person


async def test_create_customer_with_two_mobiles_and_wechat(sample: SampleDealer) -> None:
    client = sample.client()
    contacts = [
        {"kind": "MOBILE", "value": "138 0013 8000"},
        {"kind": "MOBILE", "value": "+86 139-0013-9000", "isPrimary": True},
        {"kind": "WECHAT", "value": "zhang_san"},
    ]
    payload = await client.command(CREATE, i={"name": "  张 三 ", "contactPoints": contacts, "sourceCode": "SHOWROOM"})
    made = payload["customer"]
    points = {node["value"]: node["isPrimary"] for node in made["contactPoints"]["nodes"]}
    assert points == {"138****8000": False, "139****9000": True, "zh****": True}
    assert made["mobile"] == "139****9000"
    assert made["firstSource"] == {"code": "SHOWROOM"}
    assert made["lifecycle"] == "PROSPECT"
    assert made["completeness"] == 60


async def test_create_customer_without_contact_point_is_refused(sample: SampleDealer) -> None:
    payload = await sample.client().payload(CREATE, i={"name": "张三", "contactPoints": []})
    assert payload["customer"] is None
    assert payload["problems"][0]["code"] == "VALIDATION_ERROR"
    assert payload["problems"][0]["path"] == ["contactPoints"]


async def test_create_customer_without_name_is_refused(sample: SampleDealer) -> None:
    payload = await sample.client().payload(CREATE, i=person("  "))
    assert [p["path"] for p in payload["problems"]] == [["name"]]


async def test_number_that_is_none_is_refused_at_its_place(sample: SampleDealer) -> None:
    contacts = [{"kind": "WECHAT", "value": "zhang_san"}, {"kind": "MOBILE", "value": "12345"}]
    payload = await sample.client().payload(CREATE, i={"name": "张三", "contactPoints": contacts})
    (problem,) = payload["problems"]
    assert problem["path"] == ["contactPoints", "1", "value"]
    assert "12345" not in problem["message"]
    assert await sample.read(lambda: Customer.all().count()) == 0


async def test_same_mobile_names_the_record_to_those_who_see_it(sample: SampleDealer) -> None:
    client = sample.client()
    first = await make(client)
    payload = await client.payload(CREATE, i=person("李四", "+86 138 0013 8000"))
    (problem,) = payload["problems"]
    assert problem["code"] == "DUPLICATE_CUSTOMER"
    assert problem["current"] == {"id": first["id"]}


async def test_same_mobile_out_of_sight_says_nothing_of_the_person(sample: SampleDealer) -> None:
    owner, other = await sample.add_user("a"), await sample.add_user("b")
    await make(sample.client(owner, reach=Reach.OWN), "张三丰")
    payload = await sample.client(other, reach=Reach.OWN).payload(CREATE, i=person("李四"))
    (problem,) = payload["problems"]
    assert problem["code"] == "DUPLICATE_CUSTOMER"
    assert problem["current"] is None
    assert "manager" in problem["message"]
    assert "张三丰" not in str(payload)


async def test_same_mobile_in_another_store_is_another_customer(sample: SampleDealer) -> None:
    there = await sample.add_store("S2")
    one = await make(sample.client())
    two = await make(sample.client(store_id=there))
    assert one["id"] != two["id"]


async def test_namesake_with_the_same_last_digits_is_asked_back_about(sample: SampleDealer) -> None:
    client = sample.client()
    await make(client, "张三", "13800138000")
    payload = await client.payload(CREATE, i=person("张三", "13900008000"))
    assert [p["code"] for p in payload["problems"]] == ["POSSIBLE_DUPLICATE"]
    made = await make(client, "张三", "13900008000", acceptSimilar=True)
    assert made["mobile"] == "139****8000"


async def test_create_customer_twice_with_one_key_makes_one(sample: SampleDealer) -> None:
    client = sample.client()
    first = await client.command(CREATE, i=person(), k="key-1")
    again = await client.command(CREATE, i=person(), k="key-1")
    assert again["customer"] == first["customer"]
    assert await sample.read(lambda: Customer.all().count()) == 1


async def test_client_made_id_is_kept_and_not_used_twice(sample: SampleDealer) -> None:
    client = sample.client()
    own = global_id("Customer", uuid7())
    assert (await make(client, id=own))["id"] == own
    payload = await client.payload(CREATE, i=person("李四", "13900139000", id=own))
    assert [p["code"] for p in payload["problems"]] == ["CONFLICT"]


async def test_batch_with_one_duplicate_creates_nobody(sample: SampleDealer) -> None:
    batch = """mutation($i: CreateCustomersInput!) { createCustomers(input: $i) {
      customers { name } problems { code path } } }"""
    items = [person("张三", "13800138000"), person("李四", "13800138001"), person("王五", "13800138000")]
    payload = await sample.client().payload(batch, i={"items": items})
    assert payload["problems"] == [{"code": "DUPLICATE_CUSTOMER", "path": ["items", "2", "contactPoints"]}]
    assert await sample.read(lambda: Customer.all().count()) == 0
    made = await sample.client().command(batch, i={"items": items[:2]})
    assert [row["name"] for row in made["customers"]] == ["张三", "李四"]


async def test_batch_takes_a_hundred_and_no_more(sample: SampleDealer) -> None:
    batch = "mutation($i: CreateCustomersInput!) { createCustomers(input: $i) { problems { code path } } }"
    items = [person("张三", f"1380013{number:04d}") for number in range(101)]
    payload = await sample.client().payload(batch, i={"items": items})
    assert payload["problems"] == [{"code": "VALIDATION_ERROR", "path": ["items"]}]


async def test_twins_at_once_make_one_customer(sample: SampleDealer) -> None:
    client = sample.client()
    payloads = await asyncio.gather(*(client.payload(CREATE, i=person(f"张{n}")) for n in "一二三四五六"))
    assert sum(payload["customer"] is not None for payload in payloads) == 1
    refused = [problem["code"] for payload in payloads for problem in payload["problems"]]
    assert refused == ["DUPLICATE_CUSTOMER"] * 5


async def test_other_modules_get_the_customer_of_a_live_number(sample: SampleDealer) -> None:
    first = await known(sample, "13800138000", source="PHONE")
    again = await known(sample, "+8613800138000", name="张叁", source="WEB_INQUIRY")
    assert again.id == first.id
    assert again.name == "张三"
    assert again.first_source_id == first.first_source_id
    assert again.last_source_id != first.last_source_id


async def test_other_modules_at_once_get_one_customer(sample: SampleDealer) -> None:
    rows = await asyncio.gather(*(known(sample) for _ in range(5)))
    assert len({row.id for row in rows}) == 1


async def test_no_clear_number_is_in_database_or_outbox(sample: SampleDealer) -> None:
    await make(sample.client(), identityNumber="11010519491231002X", address="上海市浦东新区世纪大道100号")

    async def dump() -> str:
        tables = await sample.dealer.database.fetch(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if sample.dealer.database.dialect == "sqlite"
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        rows = [await sample.dealer.database.fetch(f'SELECT * FROM "{table[0]}"') for table in tables]
        return str([tuple(row) for found in rows for row in found])

    content = await sample.read(dump)
    assert "张三" in content
    assert not [secret for secret in ("13800138000", "19491231", "世纪大道") if secret in content]


async def test_strict_store_refuses_an_incomplete_intention(database_url: str) -> None:
    strict = {"customers": {"strict_completeness": True}}
    async with sample_dealer(["organisation", "customers"], database_url=database_url, settings=strict) as sample:
        client = sample.client()
        made = await make(client, sourceCode="PHONE")
        record = "mutation($i: RecordIntentionInput!) { recordIntention(input: $i) { problems { code message } } }"
        payload = await client.payload(record, i={"customer": made["id"], "models": ["X1"]})
        assert "budget" in payload["problems"][0]["message"]
