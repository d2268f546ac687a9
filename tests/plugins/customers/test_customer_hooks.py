from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from forecourt.testing import SampleDealer, sample_dealer
from tests.plugins.customers.conftest import CREATE, gid, known, make, person

PLUGIN = """
from datetime import UTC, datetime
from forecourt import Manifest, hookimpl
from plugins.customers.api import Customer, Suspect, TimelineEntry

plugin = Manifest(name="loyalty", version="1.0", api=">=1,<2", title={"en": "Loyalty"}, requires=["customers"])

@hookimpl
async def customer_timeline(scope, customer_id, limit):
    return [
        TimelineEntry(datetime(2026, 11, 1, tzinfo=UTC), "loyalty.joined", "gold"),
        TimelineEntry(datetime(2026, 11, 2, tzinfo=UTC), "loyalty.secret", "", None, "loyalty.card.read"),
    ]

@hookimpl
async def customer_suspects(scope, facts, store_id):
    rows = await Customer.filter(store_id=store_id, archived_at=None, name_folded=facts.name)
    return [Suspect(row.id, 95, ("loyalty.same_card",)) for row in rows]
"""
TIMELINE = "query($id: ID!) { customerTimeline(customer: $id) { kind text ref } }"


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins" / "loyalty"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "plugin.py").write_text(dedent(PLUGIN))
    return folder.parent


async def test_timeline_tells_what_customers_know_newest_first(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    for command, given in (
        ("RecordInteraction", {"channel": "CALL"}),
        ("RecordIntention", {"models": ["S1"]}),
    ):
        sample.advance(minutes=1)
        name = command[0].lower() + command[1:]
        await client.command(
            f"mutation($i: {command}Input!) {{ {name}(input: $i) {{ problems {{ code }} }} }}",
            i={"customer": made["id"], **given},
        )
    answer = await client(TIMELINE, id=made["id"])
    told = [(item["kind"], item["text"]) for item in answer.data["customerTimeline"]]
    assert told == [("customers.intention", "S1"), ("customers.interaction", "CALL")]


async def test_timeline_of_a_customer_out_of_sight_is_null(sample: SampleDealer) -> None:
    customer = await known(sample)
    stranger = sample.client(store_id=await sample.add_store("S2"))
    assert (await stranger(TIMELINE, id=gid(customer))).data == {"customerTimeline": None}


async def test_timeline_wants_an_id_of_a_customer(sample: SampleDealer) -> None:
    assert (await sample.client()(TIMELINE, id=sample.store_gid)).codes == ["BAD_INPUT"]


async def test_other_modules_add_to_timeline_and_suspicion(plugins: Path, database_url: str) -> None:
    async with sample_dealer(
        ["organisation", "customers", "loyalty"], database_url=database_url, folders=[plugins]
    ) as sample:
        client = sample.client()
        made = await make(client)
        answer = await client(TIMELINE, id=made["id"])
        assert [item["kind"] for item in answer.data["customerTimeline"]] == ["loyalty.joined"]
        payload = await client.payload(CREATE, i=person("张三", "13900139999"))
        assert [p["code"] for p in payload["problems"]] == ["DUPLICATE_CUSTOMER"]
