from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from core.errors import ValidationRefusal
from core.scope import Scope
from core.services.codes import sync_code_sets
from plugins.organisation.code_lists import CODE_SETS
from plugins.organisation.models import Certification, Employee
from plugins.organisation.services.staff import add_absence, add_shift, certified, effective_owner, on_duty, set_deputy
from tests.core.services.dealership import TODAY, Dealership

MORNING = datetime(2026, 11, 21, 2, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 15, tzinfo=UTC)


async def hired(dealership: Dealership) -> dict[str, Employee]:
    async def work(scope: Scope) -> dict[str, Employee]:
        await sync_code_sets(scope, CODE_SETS)
        rows = {
            login: Employee(store_id=dealership.north, number=login, name=login.title(), user_id=user_id)
            for login, user_id in dealership.users.items()
        }
        for row in rows.values():
            await row.save()
        return rows

    return await dealership.run(work)


async def away(dealership: Dealership, employee: Employee, *, approved: bool = True) -> None:
    await dealership.run(lambda scope: add_absence(scope, employee, TODAY, TODAY, approved=approved))


async def acting(dealership: Dealership, login: str, day: date = TODAY) -> str:
    user_id = await effective_owner(dealership.scope(), dealership.users[login], day)
    return next(name for name, known in dealership.users.items() if known == user_id)


async def test_deputy_acts_on_the_days_of_an_absence_only(dealership: Dealership) -> None:
    staff = await hired(dealership)
    await dealership.run(lambda scope: set_deputy(scope, staff["ann"], staff["bob"].id))
    await away(dealership, staff["ann"])
    assert await acting(dealership, "ann") == "bob"
    assert await acting(dealership, "ann", date(2026, 11, 20)) == "ann"
    assert await acting(dealership, "ann", date(2026, 11, 22)) == "ann"


async def test_leader_acts_when_owner_and_deputy_are_away(dealership: Dealership) -> None:
    staff = await hired(dealership)
    await dealership.run(lambda scope: set_deputy(scope, staff["ann"], staff["bob"].id))
    await dealership.run(lambda scope: set_deputy(scope, staff["bob"], staff["ann"].id))
    for login in ("ann", "bob"):
        await away(dealership, staff[login])
    assert await acting(dealership, "ann") == "leader"


async def test_absence_without_approval_changes_nothing(dealership: Dealership) -> None:
    staff = await hired(dealership)
    await away(dealership, staff["ann"], approved=False)
    assert await acting(dealership, "ann") == "ann"


async def test_somebody_who_has_left_is_stood_in_for(dealership: Dealership) -> None:
    staff = await hired(dealership)

    async def leave(scope: Scope) -> None:
        staff["ann"].left_on = date(2026, 11, 20)
        await staff["ann"].save()

    await dealership.run(leave)
    assert await acting(dealership, "ann", date(2026, 11, 20)) == "ann"
    assert await acting(dealership, "ann") == "leader"


async def test_user_without_an_employee_row_acts_himself(dealership: Dealership) -> None:
    assert await acting(dealership, "ann") == "ann"


async def test_opening_hours_decide_where_nobody_is_rostered(dealership: Dealership) -> None:
    await hired(dealership)
    ann = dealership.users["ann"]
    assert await on_duty(dealership.scope(), ann, MORNING)
    assert not await on_duty(dealership.scope(), ann, NIGHT)


async def test_roster_decides_once_anybody_of_the_store_is_on_it(dealership: Dealership) -> None:
    staff = await hired(dealership)
    await dealership.run(lambda scope: add_shift(scope, staff["ann"], MORNING, NIGHT))
    scope = dealership.scope()
    assert await on_duty(scope, dealership.users["ann"], MORNING)
    assert not await on_duty(scope, dealership.users["bob"], MORNING)
    assert not await on_duty(scope, dealership.users["ann"], NIGHT)


async def test_nobody_is_on_duty_while_away_or_unknown(dealership: Dealership) -> None:
    staff = await hired(dealership)
    await dealership.run(lambda scope: add_shift(scope, staff["ann"], MORNING, NIGHT))
    await away(dealership, staff["ann"])
    assert not await on_duty(dealership.scope(), dealership.users["ann"], MORNING)
    assert not await on_duty(dealership.scope(), UUID(int=1), MORNING)


async def test_certificate_counts_within_its_time_and_line(dealership: Dealership) -> None:
    staff = await hired(dealership)

    async def certify(scope: Scope) -> None:
        await Certification(
            store_id=dealership.north,
            employee_id=staff["ann"].id,
            line="HIGH_VOLTAGE",
            valid_from=date(2026, 1, 1),
            valid_to=TODAY,
        ).save()

    await dealership.run(certify)
    scope, ann = dealership.scope(), dealership.users["ann"]
    assert await certified(scope, ann, "HIGH_VOLTAGE")
    assert not await certified(scope, ann, "HIGH_VOLTAGE", on=date(2026, 11, 22))
    assert not await certified(scope, ann, "WELDING")
    assert not await certified(scope, dealership.users["bob"], "HIGH_VOLTAGE")


async def test_deputy_is_another_employee_of_the_store(dealership: Dealership) -> None:
    staff = await hired(dealership)
    with pytest.raises(ValidationRefusal, match="another employee"):
        await dealership.run(lambda scope: set_deputy(scope, staff["ann"], staff["ann"].id))


async def test_shifts_of_one_employee_do_not_overlap(dealership: Dealership) -> None:
    staff = await hired(dealership)
    await dealership.run(lambda scope: add_shift(scope, staff["ann"], MORNING, NIGHT))
    with pytest.raises(ValidationRefusal, match="another shift"):
        await dealership.run(lambda scope: add_shift(scope, staff["ann"], MORNING, NIGHT))
    with pytest.raises(ValidationRefusal, match="ends after"):
        await dealership.run(lambda scope: add_shift(scope, staff["bob"], NIGHT, MORNING))


async def test_absence_has_a_valid_kind_and_days_in_order(dealership: Dealership) -> None:
    staff = await hired(dealership)
    with pytest.raises(ValidationRefusal, match="valid are LEAVE"):
        await dealership.run(lambda scope: add_absence(scope, staff["ann"], TODAY, TODAY, kind="NAP"))
    with pytest.raises(ValidationRefusal, match="on or after"):
        await dealership.run(lambda scope: add_absence(scope, staff["ann"], TODAY, date(2026, 11, 20)))
