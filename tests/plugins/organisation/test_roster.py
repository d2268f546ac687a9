"""Who of a store may be given work: rights, roster, absence and certificates together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.people.models import Membership, Role
from core.scope import Scope
from core.testing.harness import SampleDealer, sample_dealer
from plugins.organisation.models import Absence, Certification, Employee, Shift
from plugins.organisation.services.roster import Colleague, colleagues

RIGHT = "core.file.read_personal"


@pytest.fixture
async def sample(database_url: str) -> Any:
    async with sample_dealer(["organisation"], database_url=database_url) as made:
        yield made


async def hire(sample: SampleDealer, login: str, *, permission: str = RIGHT, **membership: Any) -> UUID:
    user_id = await sample.add_user(login)

    async def work(_: Scope) -> None:
        role = await Role.get_or_none(code=permission)
        if role is None:
            role = Role(code=permission, title={}, permissions={permission: "OWN"})
            await role.save()
        given = {"valid_from": date(2020, 1, 1), **membership}
        await Membership(user_id=user_id, store_id=sample.store_id, role_ids=[str(role.id)], **given).save()

    await sample.run(work)
    return user_id


async def employ(sample: SampleDealer, user_id: UUID, number: str) -> UUID:
    async def work(_: Scope) -> UUID:
        row = Employee(store_id=sample.store_id, number=number, name=number, user_id=user_id)
        await row.save()
        return row.id

    return await sample.run(work)


async def roster(sample: SampleDealer) -> dict[UUID, Colleague]:
    found = await sample.run(lambda scope: colleagues(scope, RIGHT, scope.now()))
    return {one.user_id: one for one in found}


async def test_only_those_whose_role_gives_the_right_are_named(sample: SampleDealer) -> None:
    one = await hire(sample, "one")
    await hire(sample, "other", permission="organisation.employee.read")
    await hire(sample, "gone", valid_to=date(2026, 11, 20))
    assert set(await roster(sample)) == {one}


async def test_absent_one_is_not_on_duty_and_one_without_an_employee_row_is(sample: SampleDealer) -> None:
    absent, unknown = await hire(sample, "absent"), await hire(sample, "unknown")
    employee_id = await employ(sample, absent, "1")

    async def away(scope: Scope) -> None:
        today = scope.today()
        await Absence(store_id=sample.store_id, employee_id=employee_id, from_on=today, until_on=today).save()

    await sample.run(away)
    assert {user: one.on_duty for user, one in (await roster(sample)).items()} == {absent: False, unknown: True}


async def test_where_a_roster_exists_it_decides_and_who_still_comes_counts(sample: SampleDealer) -> None:
    people = [await hire(sample, login) for login in ("early", "late", "off")]
    employees = [await employ(sample, user, str(number)) for number, user in enumerate(people)]

    async def shifts(scope: Scope) -> None:
        now = scope.now()
        for employee_id, begin, end in ((employees[0], -3, 0), (employees[1], 2, 6)):
            await Shift(
                store_id=sample.store_id,
                employee_id=employee_id,
                starts_at=now + timedelta(hours=begin),
                ends_at=now + timedelta(hours=end),
            ).save()

    await sample.run(shifts)
    found = await roster(sample)
    assert [found[user].on_duty for user in people] == [False, True, False]


async def test_certificates_count_while_they_hold(sample: SampleDealer) -> None:
    user = await hire(sample, "one")
    employee_id = await employ(sample, user, "1")

    async def certify(_: Scope) -> None:
        for line, until in (("NEV", None), ("OLD", date(2026, 1, 1))):
            await Certification(
                store_id=sample.store_id,
                employee_id=employee_id,
                line=line,
                valid_from=date(2020, 1, 1),
                valid_to=until,
            ).save()

    await sample.run(certify)
    assert (await roster(sample))[user].certified == {"NEV"}


async def test_it_costs_as_many_statements_for_one_as_for_many(sample: SampleDealer) -> None:
    counts = []
    for amount in (1, 8):
        for number in range(amount):
            await employ(sample, await hire(sample, f"{amount}-{number}"), f"{amount}-{number}")

        async def work(scope: Scope) -> int:
            with sample.dealer.database.counting() as statements:
                await colleagues(scope, RIGHT, scope.now())
            return len(statements)

        counts.append(await sample.run(work))
    assert counts[0] == counts[1]
