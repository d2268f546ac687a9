import pytest

from core.errors import ValidationRefusal
from core.services.settings import CoreSettings, change_setting, reset_setting, settings
from core.write.models import AuditEntry
from tests.core.services.dealership import Dealership

KEY = "look_ups_per_day"


async def look_ups(dealership: Dealership) -> tuple[int, int]:
    """Return what holds in the northern and in the southern store."""
    scopes = dealership.scope(), dealership.scope(store_id=dealership.south)
    north, south = [await settings(scope, CoreSettings) for scope in scopes]
    return north.look_ups_per_day, south.look_ups_per_day


async def test_store_wins_over_dealer_and_goes_back_to_him(dealership: Dealership) -> None:
    assert await look_ups(dealership) == (50, 50)
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, KEY, 60))
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, KEY, 70, store_id=dealership.south))
    assert await look_ups(dealership) == (60, 70)
    await dealership.run(lambda scope: reset_setting(scope, CoreSettings, KEY, store_id=dealership.south))
    assert await look_ups(dealership) == (60, 60)
    for _ in range(2):
        await dealership.run(lambda scope: reset_setting(scope, CoreSettings, KEY))
        assert await look_ups(dealership) == (50, 50)


async def test_key_that_was_reset_can_be_set_again(dealership: Dealership) -> None:
    async def set_to(count: int) -> None:
        await dealership.run(lambda scope: change_setting(scope, CoreSettings, KEY, count))

    for count in (60, 70):
        await set_to(count)
        assert (await look_ups(dealership))[0] == count
        await dealership.run(lambda scope: reset_setting(scope, CoreSettings, KEY))
        assert (await look_ups(dealership))[0] == 50


async def test_change_is_audited(dealership: Dealership) -> None:
    before = await AuditEntry.all().count()
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, KEY, 60))
    assert await AuditEntry.all().count() == before + 1


async def test_wrong_value_is_refused_by_its_key_and_changes_nothing(dealership: Dealership) -> None:
    with pytest.raises(ValidationRefusal, match=r"core\.look_ups_per_day"):
        await dealership.run(lambda scope: change_setting(scope, CoreSettings, KEY, "perhaps"))
    assert await look_ups(dealership) == (50, 50)


async def test_settings_are_read_once_and_again_after_a_change(dealership: Dealership) -> None:
    async def statements() -> int:
        with dealership.dealer.database.counting() as counted:
            await settings(dealership.scope(), CoreSettings)
        return len(counted)

    assert [await statements() for _ in range(2)] == [1, 0]
    await dealership.run(lambda scope: change_setting(scope, CoreSettings, KEY, 60))
    assert (await settings(dealership.scope(), CoreSettings)).look_ups_per_day == 60
    assert await statements() == 0
