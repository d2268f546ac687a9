from datetime import date, timedelta
from uuid import uuid4

import pytest

from core.caller import Caller, Reach
from core.errors import BadInputError, UnauthenticatedError
from core.ids import global_id
from core.people.callers import NOBODY, CallerCache, Identity, key_identity, system_caller, user_identity, widest
from core.people.models import ApiKey, PermissionGrant, UserStatus
from core.scope import Scope
from tests.core.people.house import NOW, House


async def test_widest_reach_of_all_roles_and_stores_holds(house: House) -> None:
    north, south = await house.make_stores("N1", "S1")
    seller = await house.make_role("seller", customers__customer__read="OWN", sales__order__read="STORE")
    manager = await house.make_role("manager", customers__customer__read="TEAM", sales__order__read="OWN")
    user = await house.make_user("wang")
    await house.put(user, north, [seller])
    await house.put(user, south, [manager])
    caller = (await user_identity(user.id, NOW)).caller
    assert dict(caller.permissions) == {"customers.customer.read": Reach.TEAM, "sales.order.read": Reach.STORE}
    assert caller.store_ids == {north.id, south.id}
    assert caller.actor == f"user:{user.id}"
    assert not caller.system


async def test_only_memberships_of_the_stores_day_count(house: House) -> None:
    shanghai, other = await house.make_stores("N1", "N2")
    role = await house.make_role("seller", a__b__read="OWN")
    user = await house.make_user("wang")
    today = date(2026, 11, 21)
    await house.put(user, shanghai, [role], valid_from=today, valid_to=today)
    await house.put(user, other, [role], valid_from=today + timedelta(days=1))
    assert (await user_identity(user.id, NOW)).caller.store_ids == {shanghai.id}
    # 16:00 UTC is midnight in Shanghai: the first membership has ended, the second begun.
    last_moment = NOW.replace(hour=15, minute=59)
    assert (await user_identity(user.id, last_moment)).caller.store_ids == {shanghai.id}
    assert (await user_identity(user.id, NOW.replace(hour=16))).caller.store_ids == {other.id}
    long_ago = (await user_identity(user.id, NOW - timedelta(days=10))).caller
    assert long_ago.store_id is None
    assert not long_ago.store_ids
    assert not long_ago.permissions


async def test_leader_covers_his_team_of_today_and_a_member_himself(house: House) -> None:
    (store,) = await house.make_stores("N1")
    leader, member, former = [await house.make_user(name) for name in ("leader", "member", "former")]
    team = await house.make_team(store, leader)
    await house.put(leader, store)
    await house.put(member, store, team=team)
    await house.put(former, store, team=team, valid_to=date(2026, 11, 20))
    assert (await user_identity(leader.id, NOW)).caller.team_ids == {leader.id, member.id}
    assert (await user_identity(member.id, NOW)).caller.team_ids == {member.id}


async def test_grant_widens_a_reach_for_its_time_only(house: House) -> None:
    (store,) = await house.make_stores("N1")
    role = await house.make_role("seller", customers__customer__read="OWN", sales__order__read="STORE")
    user = await house.make_user("hq")
    await house.put(user, store, [role])

    async def work(scope: Scope) -> None:
        for permission, reach in (("customers.customer.read", "GROUP"), ("sales.order.read", "OWN")):
            row = PermissionGrant(user_id=user.id, permission=permission, reach=reach, reason="audit", granted_by="x")
            row.valid_from, row.valid_until = NOW, NOW + timedelta(hours=1)
            await row.save()

    await house.do(work)
    reaches = [
        (await user_identity(user.id, NOW + timedelta(minutes=minutes))).caller.permissions
        for minutes in (-1, 0, 59, 60)
    ]
    assert [reach["customers.customer.read"].name for reach in reaches] == ["OWN", "GROUP", "GROUP", "OWN"]
    assert {reach["sales.order.read"] for reach in reaches} == {Reach.STORE}


@pytest.mark.parametrize("status", [UserStatus.INVITED, UserStatus.SUSPENDED, UserStatus.LEFT])
async def test_user_who_is_not_active_has_no_identity(house: House, status: UserStatus) -> None:
    user = await house.make_user("wang", status=status)
    with pytest.raises(UnauthenticatedError):
        await user_identity(user.id, NOW)
    with pytest.raises(UnauthenticatedError):
        await user_identity(uuid4(), NOW)


async def test_archived_role_and_store_give_nothing(house: House) -> None:
    north, south = await house.make_stores("N1", "S1")
    role = await house.make_role("seller", a__b__read="OWN")
    user = await house.make_user("wang")
    await house.put(user, north, [role])
    await house.put(user, south, [role])

    async def work(scope: Scope) -> None:
        await role.archive()
        await south.archive()

    await house.do(work)
    caller = (await user_identity(user.id, NOW)).caller
    assert not caller.permissions
    assert caller.store_ids == {north.id}


async def test_key_has_one_role_in_its_store_or_in_all(house: House) -> None:
    north, south = await house.make_stores("N1", "S1")
    role = await house.make_role("feed", inventory__vehicle__read="STORE")
    for store, ids in ((north, {north.id}), (None, {north.id, south.id})):
        key = ApiKey(name="feed", role_id=role.id, store_id=store.id if store else None, secret_hash="")
        caller = (await key_identity(key)).caller
        assert caller.store_ids == ids
        assert caller.user_id is None
        assert caller.team_ids == frozenset()
        assert dict(caller.permissions) == {"inventory.vehicle.read": Reach.STORE}


async def test_identity_costs_the_same_statements_for_many_memberships(house: House) -> None:
    stores = await house.make_stores(*(f"S{number}" for number in range(5)))
    role = await house.make_role("seller", a__b__read="OWN")
    one, many = await house.make_user("one"), await house.make_user("many")
    await house.put(one, stores[0], [role])
    for store in stores:
        await house.put(many, store, [role])
    counts = []
    for user in (one, many):
        with house.database.counting() as statements:
            await user_identity(user.id, NOW)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 5


@pytest.mark.once
def test_store_is_switched_by_code_id_or_global_id_among_ones_own() -> None:
    north, south = uuid4(), uuid4()
    identity = Identity(
        Caller(actor="user:x", store_id=north, store_ids=frozenset({north, south})), {"N1": north, "S1": south}
    )
    for name in ("S1", str(south), south, global_id("Store", south)):
        assert identity.within(name).store_id == south
    assert identity.within(None).store_id == identity.within("").store_id == north
    for name in ("X9", str(uuid4()), uuid4(), global_id("Customer", south)):
        with pytest.raises(BadInputError):
            identity.within(name)
    assert identity.remembering(south).store_id == south
    assert identity.remembering(uuid4()).store_id == north
    assert identity.remembering(None).store_id == north


@pytest.mark.once
def test_system_may_everything_and_a_stranger_nothing() -> None:
    assert system_caller("job:core.sweep").reach("any.thing.read") is Reach.GROUP
    assert NOBODY.is_anonymous
    assert NOBODY.reach("any.thing.read") is None


@pytest.mark.once
def test_widest_of_nothing_is_nothing() -> None:
    assert widest([]) == {}
    assert widest([{"a": Reach.GROUP}, {"a": Reach.OWN, "b": Reach.OWN}]) == {"a": Reach.GROUP, "b": Reach.OWN}


@pytest.mark.once
async def test_cache_keeps_for_seconds_forgets_at_once_and_stays_small() -> None:
    now = 0.0
    loads = 0

    async def load() -> Identity:
        nonlocal loads
        loads += 1
        return Identity(Caller(actor=f"load{loads}"))

    cache = CallerCache(seconds=5, size=2, monotonic=lambda: now)
    assert (await cache.get("a", load)) is (await cache.get("a", load))
    now = 5.0
    await cache.get("a", load)
    assert loads == 2
    cache.clear()
    await cache.get("a", load)
    assert loads == 3
    for key in "bcd":
        await cache.get(key, load)
    assert len(cache) == 2


@pytest.mark.once
async def test_what_was_read_before_a_change_does_not_come_into_the_cache_after_it() -> None:
    cache = CallerCache()

    async def load() -> Identity:
        cache.clear()
        return Identity(Caller(actor="old"))

    assert (await cache.get("a", load)).caller.actor == "old"
    assert len(cache) == 0


@pytest.mark.once
async def test_refused_identity_is_not_kept() -> None:
    cache = CallerCache()

    async def load() -> Identity:
        raise UnauthenticatedError("no")

    with pytest.raises(UnauthenticatedError):
        await cache.get("a", load)
    assert len(cache) == 0
