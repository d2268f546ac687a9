import pytest

from core.errors import ValidationRefusal
from core.services.settings import CoreSettings, change_setting, reset_setting, settings
from core.write.models import AuditEntry
from tests.core.services.dealership import Dealership


async def countries(dealership: Dealership) -> tuple[str, str]:
    north, south = dealership.scope(), dealership.scope(store_id=dealership.south)
    return (await settings(north, CoreSettings)).country, (await settings(south, CoreSettings)).country


async def test_store_wins_over_dealer_and_goes_back_to_him(dealership: Dealership) -> None:
    assert await countries(dealership) == ("CN", "CN")
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, "country", "DE"))
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, "country", "FR", store_id=dealership.south))
    assert await countries(dealership) == ("DE", "FR")
    await dealership.run(lambda scope: reset_setting(scope, CoreSettings, "country", store_id=dealership.south))
    await dealership.run(lambda scope: reset_setting(scope, CoreSettings, "closed_on_holidays"))
    assert await countries(dealership) == ("DE", "DE")


@pytest.mark.parametrize("country", ["true", "42", "null", '"DE"'])
async def test_text_that_looks_like_json_stays_a_text(dealership: Dealership, country: str) -> None:
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, "country", country))
    assert (await countries(dealership))[0] == country


async def test_configuration_wins_over_the_default_and_the_dealer_over_it(dealership: Dealership) -> None:
    assert (await settings(dealership.scope(), CoreSettings)).business_hours[0]["to"] == "17:00"
    until_eight = [{"days": [1], "from": "09:00", "to": "20:00"}]
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, "business_hours", until_eight))
    assert (await settings(dealership.scope(), CoreSettings)).business_hours == until_eight


async def test_key_that_was_reset_can_be_set_again(dealership: Dealership) -> None:
    async def set_to(country: str) -> None:
        await dealership.run(lambda scope: change_setting(scope, CoreSettings, "country", country))

    for country in ("DE", "FR"):
        await set_to(country)
        assert (await countries(dealership))[0] == country
        await dealership.run(lambda scope: reset_setting(scope, CoreSettings, "country"))
        assert (await countries(dealership))[0] == "CN"


async def test_change_is_audited(dealership: Dealership) -> None:
    before = await AuditEntry.all().count()
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, "country", "DE"))
    assert await AuditEntry.all().count() == before + 1


async def test_wrong_value_is_refused_by_its_key_and_changes_nothing(dealership: Dealership) -> None:
    with pytest.raises(ValidationRefusal, match=r"core\.closed_on_holidays"):
        await dealership.run(lambda scope: change_setting(scope, CoreSettings, "closed_on_holidays", "perhaps"))
    assert not (await settings(dealership.scope(), CoreSettings)).closed_on_holidays


async def test_settings_are_read_once_and_again_after_a_change(dealership: Dealership) -> None:
    async def statements() -> int:
        with dealership.dealer.database.counting() as counted:
            await settings(dealership.scope(), CoreSettings)
        return len(counted)

    assert [await statements() for _ in range(2)] == [1, 0]
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, "country", "DE"))
    assert (await settings(dealership.scope(), CoreSettings)).country == "DE"
    assert await statements() == 0
