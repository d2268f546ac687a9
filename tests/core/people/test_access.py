from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from core.caller import Caller, Reach
from core.errors import ConflictRefusal, NotFoundRefusal, PermissionRefusal, ValidationRefusal
from core.ids import uuid7
from core.people.access import create_key, grant, join
from core.people.callers import user_identity
from core.people.roles import GRANT_ROLE
from tests.core.people.house import NOW, House


async def test_join_takes_the_stores_today_and_gives_the_roles(house: House) -> None:
    (store,) = await house.make_stores("N1")
    role = await house.make_role("seller", a__b__read="OWN")
    user = await house.make_user("wang")
    house.clock.at = NOW.replace(hour=17)
    membership = await house.do(lambda scope: join(scope, user.id, store.id, [role.id]))
    assert membership.valid_from == date(2026, 11, 22)
    assert (await user_identity(user.id, house.clock.at)).caller.permissions == {"a.b.read": Reach.OWN}


async def test_second_open_membership_of_a_store_is_refused_by_the_database(house: House) -> None:
    (store,) = await house.make_stores("N1")
    user = await house.make_user("wang")
    await house.put(user, store, valid_to=date(2026, 5, 1))
    await house.put(user, store)
    with pytest.raises(ConflictRefusal):
        await house.put(user, store)


async def test_join_refuses_what_is_not_there(house: House) -> None:
    north, south = await house.make_stores("N1", "S1")
    user, leader = await house.make_user("wang"), await house.make_user("leader")
    team = await house.make_team(south, leader)
    right: dict[str, Any] = {"user_id": user.id, "store_id": north.id, "role_ids": []}
    wrong: dict[str, dict[str, Any]] = {
        "user": {"user_id": uuid7()},
        "store": {"store_id": uuid7()},
        "roles": {"role_ids": [uuid7()]},
        "team": {"team_id": team.id},
        "department": {"department_id": uuid7()},
    }
    for path, changes in wrong.items():
        with pytest.raises(NotFoundRefusal) as refused:
            await house.do(partial(join, **{**right, **changes}))
        assert refused.value.path == (path,)
    with pytest.raises(ValidationRefusal):
        await house.do(
            lambda scope: join(scope, user.id, north.id, [], valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 31))
        )
    await house.do(lambda scope: join(scope, user.id, south.id, [], team_id=team.id))


async def test_store_manager_gives_his_rights_in_his_store_only(house: House) -> None:
    north, south = await house.make_stores("N1", "S1")
    small = await house.make_role("small", a__b__read="OWN")
    large = await house.make_role("large", system__settings__update="GROUP")
    user = await house.make_user("wang")
    manager = Caller(
        actor="user:m",
        store_id=north.id,
        store_ids=frozenset({north.id}),
        permissions={GRANT_ROLE: Reach.STORE, "a.b.read": Reach.STORE},
    )
    with pytest.raises(NotFoundRefusal):
        await house.do(lambda scope: join(scope, user.id, south.id, [small.id]), manager)
    with pytest.raises(PermissionRefusal):
        await house.do(lambda scope: join(scope, user.id, north.id, [large.id]), manager)
    with pytest.raises(PermissionRefusal):
        await house.do(lambda scope: join(scope, user.id, north.id, [small.id]), replace(manager, permissions={}))
    await house.do(lambda scope: join(scope, user.id, north.id, [small.id]), manager)
    with pytest.raises(NotFoundRefusal):
        await house.do(lambda scope: create_key(scope, "all stores", small.id), manager)
    await house.do(lambda scope: create_key(scope, "mine", small.id, store_id=north.id), manager)
    with pytest.raises(PermissionRefusal):
        await house.do(
            lambda scope: grant(scope, user.id, "a.b.read", Reach.GROUP, NOW + timedelta(days=1), "why"), manager
        )


async def test_grant_needs_a_reason_and_an_end_that_is_near(house: House) -> None:
    user = await house.make_user("hq")
    tomorrow = NOW + timedelta(days=1)
    for until, reason in ((tomorrow, " "), (NOW, "why"), (NOW + timedelta(days=32), "why")):
        with pytest.raises(ValidationRefusal):
            await house.do(
                partial(grant, user_id=user.id, permission="a.b.read", reach=Reach.GROUP, until=until, reason=reason)
            )
    with pytest.raises(NotFoundRefusal):
        await house.do(lambda scope: grant(scope, uuid7(), "a.b.read", Reach.GROUP, tomorrow, "why"))
    row = await house.do(lambda scope: grant(scope, user.id, "a.b.read", Reach.GROUP, tomorrow, "why"))
    assert row.granted_by == "test"
    assert (await user_identity(user.id, NOW)).caller.permissions == {"a.b.read": Reach.GROUP}


async def test_key_needs_a_store_that_is_there_and_a_future(house: House) -> None:
    role = await house.make_role("feed", a__b__read="STORE")
    with pytest.raises(NotFoundRefusal):
        await house.do(lambda scope: create_key(scope, "x", role.id, store_id=uuid7()))
    with pytest.raises(ValidationRefusal):
        await house.do(lambda scope: create_key(scope, "x", role.id, expires_at=NOW))
