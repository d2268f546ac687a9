from __future__ import annotations

from uuid import UUID

import pytest

from forecourt import NotFoundRefusal, Scope, parse_global_id
from forecourt.testing import Client, SampleDealer
from plugins.customers import api
from plugins.customers.models.people import ContactPoint
from plugins.customers.models.records import AccessLog
from tests.plugins.customers.conftest import known, make

POINT = "{ contactPoint { id value isPrimary validTo isStale bounce } problems { code message path } }"


async def add(client: Client, customer: object, kind: str, value: str, **more: object) -> dict[str, object]:
    payload = await client.command(
        f"mutation($i: AddContactPointInput!) {{ addContactPoint(input: $i) {POINT} }}",
        i={"customer": customer, "kind": kind, "value": value, **more},
    )
    point: dict[str, object] = payload["contactPoint"]
    return point


async def points(client: Client, customer: object) -> dict[str, tuple[bool, bool]]:
    answer = await client(
        "query($id: ID!) { customer(id: $id) { contactPoints { nodes { value isPrimary validTo } } } }", id=customer
    )
    nodes = answer.data["customer"]["contactPoints"]["nodes"]
    return {node["value"]: (node["isPrimary"], node["validTo"] is None) for node in nodes}


async def test_new_primary_takes_the_place_of_the_old_one(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    await add(client, made["id"], "MOBILE", "13900139000", isPrimary=True)
    assert await points(client, made["id"]) == {"138****8000": (False, True), "139****9000": (True, True)}
    shown = await client("query($id: ID!) { customer(id: $id) { mobile } }", id=made["id"])
    assert shown.data["customer"]["mobile"] == "139****9000"


async def test_make_primary_leaves_one_primary_a_kind(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    second = await add(client, made["id"], "MOBILE", "13900139000")
    await client.command(
        f"mutation($i: ContactPointNameInput!) {{ makeContactPointPrimary(input: $i) {POINT} }}",
        i={"contactPoint": second["id"]},
    )
    assert await points(client, made["id"]) == {"138****8000": (False, True), "139****9000": (True, True)}


async def test_replaced_number_still_finds_the_customer(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    (old,) = made["contactPoints"]["nodes"]  # type: ignore[index]  # a JSON object
    await client.command(
        f"mutation($i: ReplaceContactPointInput!) {{ replaceContactPoint(input: $i) {POINT} }}",
        i={"contactPoint": old["id"], "value": "13900139000"},
    )
    assert await points(client, made["id"]) == {"138****8000": (False, False), "139****9000": (True, True)}
    found = await sample.run(lambda scope: api.find_by_phone(scope, "13800138000", sample.store_id))
    assert found is not None
    assert found.id == parse_global_id(str(made["id"]))[1]


async def test_ended_number_is_free_for_another_customer(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    (old,) = made["contactPoints"]["nodes"]  # type: ignore[index]  # a JSON object
    end = f"mutation($i: ContactPointNameInput!) {{ endContactPoint(input: $i) {POINT} }}"
    await client.command(end, i={"contactPoint": old["id"]})
    shown = await client("query($id: ID!) { customer(id: $id) { mobile } }", id=made["id"])
    assert shown.data["customer"]["mobile"] is None
    other = await make(client, "李四")
    assert other["id"] != made["id"]


async def test_second_mobile_of_another_customer_is_refused(sample: SampleDealer) -> None:
    client = sample.client()
    await make(client)
    other = await make(client, "李四", "13900139000")
    payload = await client.payload(
        f"mutation($i: AddContactPointInput!) {{ addContactPoint(input: $i) {POINT} }}",
        i={"customer": other["id"], "kind": "MOBILE", "value": "13800138000"},
    )
    assert [p["code"] for p in payload["problems"]] == ["DUPLICATE_CUSTOMER"]


async def test_family_shares_landline_and_mail(sample: SampleDealer) -> None:
    client = sample.client()
    one, two = await make(client), await make(client, "李四", "13900139000")
    for customer in (one, two):
        await add(client, customer["id"], "PHONE", "021-58881234")
        await add(client, customer["id"], "EMAIL", "family@example.com")
    assert len(await points(client, two["id"])) == 3


async def test_reveal_gives_the_number_and_logs_who_asked(sample: SampleDealer) -> None:
    user = await sample.add_user("li")
    client = sample.client(user)
    made = await make(client)
    (point,) = made["contactPoints"]["nodes"]  # type: ignore[index]  # a JSON object
    reveal = """mutation($i: RevealContactPointInput!) { revealContactPoint(input: $i) {
      revealedContactPoint { value } problems { code } } }"""
    payload = await client.command(reveal, i={"contactPoint": point["id"], "reason": "call back"})
    assert payload["revealedContactPoint"] == {"value": "+8613800138000"}
    (logged,) = await sample.read(lambda: AccessLog.all())
    assert (logged.user_id, logged.reason, logged.field) == (user, "call back", "ContactPoint.phone")


async def test_dry_run_reveals_nothing(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    (point,) = made["contactPoints"]["nodes"]  # type: ignore[index]  # a JSON object
    before = await sample.contents()
    reveal = """mutation($i: RevealContactPointInput!) { revealContactPoint(input: $i, dryRun: true) {
      revealedContactPoint { value } problems { code } } }"""
    payload = await client.command(reveal, i={"contactPoint": point["id"], "reason": "call back"})
    assert payload == {"revealedContactPoint": None, "problems": []}
    assert await sample.contents() == before


async def test_reveal_needs_permission_and_reason(sample: SampleDealer) -> None:
    made = await make(sample.client())
    (point,) = made["contactPoints"]["nodes"]  # type: ignore[index]  # a JSON object
    reveal = "mutation($i: RevealContactPointInput!) { revealContactPoint(input: $i) { problems { code } } }"
    rights = {name: reach for name, reach in sample.client().caller.permissions.items() if "reveal" not in name}
    payload = await sample.client(permissions=rights).payload(reveal, i={"contactPoint": point["id"], "reason": "x"})
    assert payload["problems"] == [{"code": "FORBIDDEN"}]
    payload = await sample.client().payload(reveal, i={"contactPoint": point["id"], "reason": "  "})
    assert payload["problems"] == [{"code": "VALIDATION_ERROR"}]
    assert await sample.read(lambda: AccessLog.all().count()) == 0


async def test_third_hard_failure_takes_a_mobile_for_dead(sample: SampleDealer) -> None:
    customer = await known(sample)

    async def fail(scope: Scope) -> str:
        point = await ContactPoint.get(customer_id=customer.id)
        return (await api.note_failure(scope, point)).bounce

    assert await sample.run(lambda scope: api.mobile_of(scope, customer.id, purpose="test")) is not None
    assert [await sample.run(fail) for _ in range(3)] == ["SUSPECT", "SUSPECT", "BOUNCED"]
    assert await sample.run(lambda scope: api.mobile_of(scope, customer.id, purpose="test")) is None


async def test_contact_point_that_nobody_checked_for_long_is_stale(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    sample.advance(days=181)
    asked = "query($id: ID!) { customer(id: $id) { contactPoints { nodes { id isStale } } } }"
    (point,) = (await client(asked, id=made["id"])).data["customer"]["contactPoints"]["nodes"]
    assert point["isStale"] is True
    await client.command(
        f"mutation($i: ContactPointNameInput!) {{ verifyContactPoint(input: $i) {POINT} }}",
        i={"contactPoint": point["id"]},
    )
    (point,) = (await client(asked, id=made["id"])).data["customer"]["contactPoints"]["nodes"]
    assert point["isStale"] is False


async def test_contact_point_of_another_store_is_not_found(sample: SampleDealer) -> None:
    made = await make(sample.client())
    (point,) = made["contactPoints"]["nodes"]  # type: ignore[index]  # a JSON object
    stranger = sample.client(store_id=await sample.add_store("S2"))
    payload = await stranger.payload(
        f"mutation($i: ContactPointNameInput!) {{ endContactPoint(input: $i) {POINT} }}",
        i={"contactPoint": point["id"]},
    )
    assert [p["code"] for p in payload["problems"]] == ["NOT_FOUND"]

    async def look(scope: Scope) -> None:
        await scope.get(ContactPoint, UUID(int=1))

    with pytest.raises(NotFoundRefusal):
        await sample.run(look)
