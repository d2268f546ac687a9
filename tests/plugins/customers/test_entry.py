from __future__ import annotations

from forecourt.testing import SampleDealer
from tests.plugins.customers.conftest import CREATE, make, person


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
