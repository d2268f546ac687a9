"""What other plugins can plug into inventory."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from forecourt import Money, Scope, global_id
from forecourt.testing import sample_dealer
from plugins.inventory.models.catalogue import Brand, PriceItem, Series, Trim
from plugins.inventory.services.kinds import Powertrain

PLANNER = """
from datetime import date

from forecourt import Manifest, Money, Scope, hookimpl
from plugins.inventory.api import Trim

plugin = Manifest(name="planner", version="1.0.0", api=">=1,<2", title={"en": "Planner"}, requires=["inventory"])


@hookimpl
async def planned_demand(scope: Scope, until: date):
    return {trim.id: 5 for trim in await Trim.all()}


@hookimpl
def trim_price(trim_id, day, listed: Money):
    return Money(listed.amount_minor - 100) if day == date(2026, 11, 21) else None
"""
PRICE = "query($t: ID!, $on: Date) { trimPrice(trim: $t, on: $on) { amountMinor } }"


async def test_other_plugins_tell_demand_and_change_prices(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "planner").mkdir()
    (tmp_path / "planner" / "__init__.py").touch()
    (tmp_path / "planner" / "plugin.py").write_text(PLANNER, encoding="utf-8")
    async with sample_dealer(["inventory", "planner"], database_url=database_url, folders=[tmp_path]) as sample:

        async def work(_: Scope) -> Trim:
            brand = Brand(code="DEMO", name="示例汽车")
            await brand.save()
            series = Series(brand_id=brand.id, code="S1", name="示例")
            await series.save()
            trim = Trim(series_id=series.id, code="S1-A", name="A", model_year=2026, powertrain=Powertrain.BEV)
            await trim.save()
            await PriceItem(trim_id=trim.id, guide_price=Money(20_000), valid_from=date(2026, 1, 1)).save()
            return trim

        trim = await sample.run(work)
        client = sample.client()
        answer = await client("{ supplySuggestions { trimCode plannedDemand coming suggestedQuantity } }")
        assert answer.data["supplySuggestions"] == [
            {"trimCode": "S1-A", "plannedDemand": 5, "coming": 0, "suggestedQuantity": 6}
        ]
        named = global_id("Trim", trim.id)
        assert (await client(PRICE, t=named)).data["trimPrice"] == {"amountMinor": "19900"}
        assert (await client(PRICE, t=named, on="2026-11-22")).data["trimPrice"] == {"amountMinor": "20000"}
