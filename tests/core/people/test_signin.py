import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.errors import BadInputError, LimitRefusal, UnauthenticatedError
from core.people.access import create_key
from core.people.accounts import change_password, revoke_key, suspend
from core.people.models import RefreshToken, User, UserStatus
from core.people.signin import SignInRefusal, authenticate, refresh, sign_in, sign_out
from core.security.passwords import CHEAPEST, Passwords
from core.write.models import AuditEntry, OutboxEvent
from tests.core.people.house import NOW, PASSWORD, House


@pytest.fixture
def dealer(house: House) -> Any:
    return house


async def _events() -> list[str]:
    return [row.type for row in await OutboxEvent.all().order_by("id")]


async def _caller_of(dealer: Any, token: str, **headers: str) -> Any:
    return await authenticate(dealer, {"authorization": f"Bearer {token}", **headers})


async def test_sign_in_gives_tokens_that_tell_who_asks(house: House, dealer: Any) -> None:
    (store,) = await house.make_stores("N1")
    role = await house.make_role("seller", a__b__read="OWN")
    user = await house.make_user("wang")
    await house.put(user, store, [role])
    pair = await sign_in(dealer, "  WANG ", PASSWORD, address="192.0.2.1")
    assert pair.user_id == user.id
    assert pair.access_expires_at == NOW + timedelta(minutes=15)
    assert pair.refresh_expires_at == NOW + timedelta(days=14)
    caller = await _caller_of(dealer, pair.access_token)
    assert (caller.user_id, caller.store_id) == (user.id, store.id)
    assert pair.access_token not in repr(pair)
    assert pair.refresh_token not in repr(pair)
    assert await _events() == ["core.user_signed_in"]


async def test_no_secret_is_stored_or_audited_readably(house: House, dealer: Any) -> None:
    user = await house.make_user("wang")
    pair = await sign_in(dealer, "wang", PASSWORD)
    pair = await refresh(dealer, pair.refresh_token)
    (session,) = await RefreshToken.all()
    secret = pair.refresh_token.rpartition(".")[2]
    dump = repr([dict(row) for row in await AuditEntry.all().values()])
    dump += repr(list(await OutboxEvent.all().values()))
    assert "wang" in dump
    for hidden in (secret, session.secret_hash, PASSWORD, user.password_hash, pair.access_token):
        assert hidden
        assert hidden not in dump
    assert secret not in repr(await RefreshToken.all().values())


@pytest.mark.parametrize("login", ["wang", "nobody"])
async def test_wrong_password_and_unknown_login_are_refused_alike(house: House, dealer: Any, login: str) -> None:
    await house.make_user("wang")
    with pytest.raises(SignInRefusal) as refused:
        await sign_in(dealer, login, "wrong password")
    assert str(refused.value) == str(SignInRefusal())
    assert await _events() == []


@pytest.mark.parametrize("status", [UserStatus.INVITED, UserStatus.SUSPENDED, UserStatus.LEFT])
async def test_user_who_is_not_active_is_refused_like_a_wrong_password(
    house: House, dealer: Any, status: UserStatus
) -> None:
    await house.make_user("wang", status=status)
    with pytest.raises(SignInRefusal):
        await sign_in(dealer, "wang", PASSWORD)


async def test_guessing_is_blocked_for_a_while_even_with_the_right_password(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    await house.make_user("li")
    for _ in range(8):
        with pytest.raises(SignInRefusal):
            await sign_in(dealer, "wang", "wrong password", address="192.0.2.1")
    with pytest.raises(LimitRefusal) as refused:
        await sign_in(dealer, "WANG", PASSWORD, address="192.0.2.2")
    assert refused.value.details["retry_after_s"] == 15
    assert await _events() == ["core.sign_in_blocked"]
    await sign_in(dealer, "li", PASSWORD, address="192.0.2.1")
    house.clock.at += timedelta(seconds=15)
    await sign_in(dealer, "wang", PASSWORD)
    signed_in = await OutboxEvent.filter(type="core.user_signed_in").order_by("-id").first()
    assert signed_in is not None
    assert signed_in.data["failures"] == 8


async def test_parallel_guesses_do_not_slip_through(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    outcomes = await asyncio.gather(
        *(sign_in(dealer, "wang", f"wrong password {number}") for number in range(30)), return_exceptions=True
    )
    assert sum(isinstance(outcome, SignInRefusal) for outcome in outcomes) == 8
    assert sum(isinstance(outcome, LimitRefusal) for outcome in outcomes) == 22


async def test_many_logins_from_one_address_are_blocked(house: House, dealer: Any) -> None:
    for number in range(40):
        with pytest.raises(SignInRefusal):
            await sign_in(dealer, f"guess{number}", "wrong password", address="192.0.2.9")
    with pytest.raises(LimitRefusal):
        await sign_in(dealer, "another", "wrong password", address="192.0.2.9")


async def test_sign_in_hashes_again_when_parameters_have_changed(house: House, dealer: Any) -> None:
    user = await house.make_user("wang")
    house.sessions.passwords = Passwords(**{**CHEAPEST, "time_cost": 2})
    await sign_in(dealer, "wang", PASSWORD)
    changed = await User.get(id=user.id)
    assert changed.password_hash is not None
    assert changed.password_hash != user.password_hash
    assert not house.sessions.passwords.needs_rehash(changed.password_hash)
    await sign_in(dealer, "wang", PASSWORD)
    assert (await User.get(id=user.id)).version == changed.version


async def test_refresh_gives_a_new_pair_and_moves_the_end(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    first = await sign_in(dealer, "wang", PASSWORD)
    house.clock.at += timedelta(days=10)
    with pytest.raises(UnauthenticatedError, match="expired"):
        await _caller_of(dealer, first.access_token)
    second = await refresh(dealer, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert second.refresh_expires_at == NOW + timedelta(days=24)
    assert (await _caller_of(dealer, second.access_token)).user_id == first.user_id
    (session,) = await RefreshToken.all()
    assert session.generation == 2


async def test_session_ends_when_it_rests_too_long_or_is_too_old(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    pair = await sign_in(dealer, "wang", PASSWORD)
    house.clock.at = NOW + timedelta(days=14)
    with pytest.raises(UnauthenticatedError):
        await refresh(dealer, pair.refresh_token)
    house.clock.at = NOW
    for day in range(13, 90, 13):
        house.clock.at = NOW + timedelta(days=day)
        pair = await refresh(dealer, pair.refresh_token)
    assert pair.refresh_expires_at == NOW + timedelta(days=90)
    house.clock.at = NOW + timedelta(days=90)
    with pytest.raises(UnauthenticatedError):
        await refresh(dealer, pair.refresh_token)


async def test_reuse_of_an_old_refresh_token_revokes_the_family(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    stolen = await sign_in(dealer, "wang", PASSWORD)
    current = await refresh(dealer, stolen.refresh_token)
    other_device = await sign_in(dealer, "wang", PASSWORD)
    assert (await _caller_of(dealer, current.access_token)).user_id == current.user_id
    with pytest.raises(UnauthenticatedError):
        await refresh(dealer, stolen.refresh_token)
    with pytest.raises(UnauthenticatedError):
        await refresh(dealer, current.refresh_token)
    with pytest.raises(UnauthenticatedError, match="session has ended"):
        await _caller_of(dealer, current.access_token)
    assert (await refresh(dealer, other_device.refresh_token)).user_id == current.user_id
    assert (await _events()).count("core.refresh_token_reused") == 1


async def test_of_two_that_refresh_at_once_one_wins_and_the_family_ends(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    pair = await sign_in(dealer, "wang", PASSWORD)
    outcomes = await asyncio.gather(*(refresh(dealer, pair.refresh_token) for _ in range(5)), return_exceptions=True)
    winners = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert len(winners) <= 1
    assert all(isinstance(outcome, UnauthenticatedError) for outcome in outcomes if outcome not in winners)
    for winner in winners:
        with pytest.raises(UnauthenticatedError):
            await refresh(dealer, winner.refresh_token)


async def test_unknown_refresh_token_is_refused_and_revokes_nothing(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    pair = await sign_in(dealer, "wang", PASSWORD)
    for token in ("", "frt_x", f"frt_{'A' * 22}.{'A' * 43}", pair.access_token):
        with pytest.raises(UnauthenticatedError):
            await refresh(dealer, token)
    await refresh(dealer, pair.refresh_token)


async def test_refresh_of_a_suspended_user_is_refused(house: House, dealer: Any) -> None:
    user = await house.make_user("wang")
    pair = await sign_in(dealer, "wang", PASSWORD)

    async def work(scope: Any) -> None:
        user.status = UserStatus.SUSPENDED
        await user.save()

    await house.do(work)
    with pytest.raises(UnauthenticatedError):
        await refresh(dealer, pair.refresh_token)


async def test_sign_out_ends_the_session_at_once_and_twice_is_fine(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    pair, other = await sign_in(dealer, "wang", PASSWORD), await sign_in(dealer, "wang", PASSWORD)
    await _caller_of(dealer, pair.access_token)
    await sign_out(dealer, pair.refresh_token)
    await sign_out(dealer, pair.refresh_token)
    with pytest.raises(UnauthenticatedError, match="session has ended"):
        await _caller_of(dealer, pair.access_token)
    with pytest.raises(UnauthenticatedError):
        await refresh(dealer, pair.refresh_token)
    await _caller_of(dealer, other.access_token)
    assert (await _events()).count("core.user_signed_out") == 1
    await sign_out(dealer, f"frt_{'A' * 22}.{'A' * 43}")


@pytest.mark.parametrize("change", ["password", "suspend"])
async def test_changed_password_and_suspension_act_at_once(house: House, dealer: Any, change: str) -> None:
    user = await house.make_user("wang")
    pair = await sign_in(dealer, "wang", PASSWORD)
    await _caller_of(dealer, pair.access_token)
    hashed = await house.sessions.passwords.hash("another good password")
    await house.do(lambda scope: change_password(scope, user, hashed) if change == "password" else suspend(scope, user))
    with pytest.raises(UnauthenticatedError):
        await _caller_of(dealer, pair.access_token)
    with pytest.raises(UnauthenticatedError):
        await refresh(dealer, pair.refresh_token)
    (session,) = await RefreshToken.all()
    assert session.revoked_reason == ("PASSWORD" if change == "password" else "STATUS")


async def test_rights_taken_by_another_process_are_lost_within_seconds(house: House, dealer: Any) -> None:
    (store,) = await house.make_stores("N1")
    role = await house.make_role("seller", a__b__read="OWN")
    user = await house.make_user("wang")
    await house.put(user, store, [role])
    pair = await sign_in(dealer, "wang", PASSWORD)
    assert (await _caller_of(dealer, pair.access_token)).permissions

    async def elsewhere(scope: Any) -> None:
        role.permissions = {}
        await role.save()

    # The other process writes to the same database, but keeps callers of its own.
    await House(house.database, house.name, house.token_key, house.clock).do(elsewhere)
    house.seconds += 4.9
    assert (await _caller_of(dealer, pair.access_token)).permissions
    house.seconds += 0.1
    assert not (await _caller_of(dealer, pair.access_token)).permissions


async def test_request_within_the_seconds_costs_no_statement(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    pair = await sign_in(dealer, "wang", PASSWORD)
    await _caller_of(dealer, pair.access_token)
    with house.database.counting() as statements:
        await _caller_of(dealer, pair.access_token)
    assert statements == []


async def test_store_of_the_request_goes_before_that_of_the_token(house: House, dealer: Any) -> None:
    north, south, foreign = await house.make_stores("N1", "S1", "X1")
    user = await house.make_user("wang")
    await house.put(user, north)
    await house.put(user, south)
    pair = await sign_in(dealer, "wang", PASSWORD, store_id=south.id)
    assert (await _caller_of(dealer, pair.access_token)).store_id == south.id
    assert (await _caller_of(dealer, pair.access_token, **{"x-store": "N1"})).store_id == north.id
    pair = await refresh(dealer, pair.refresh_token, store_id=foreign.id)
    assert (await _caller_of(dealer, pair.access_token)).store_id == north.id
    for name in ("X1", str(foreign.id), "no such"):
        with pytest.raises(BadInputError):
            await _caller_of(dealer, pair.access_token, **{"x-store": name})


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": ""}, {"authorization": "Basic abc"}, {"authorization": "Bearer "}]
)
async def test_request_without_credentials_is_unauthenticated(dealer: Any, headers: dict[str, str]) -> None:
    with pytest.raises(UnauthenticatedError, match="sign in first"):
        await authenticate(dealer, headers)


async def test_access_token_of_another_dealer_is_refused(house: House, dealer: Any) -> None:
    await house.make_user("wang")
    pair = await sign_in(dealer, "wang", PASSWORD)
    south: Any = House(house.database, name="south", token_key=house.token_key)
    with pytest.raises(UnauthenticatedError, match="not valid here"):
        await _caller_of(south, pair.access_token)


async def test_api_key_works_until_it_expires_or_is_revoked(house: House, dealer: Any) -> None:
    (store,) = await house.make_stores("N1")
    role = await house.make_role("feed", inventory__vehicle__read="STORE")
    key, text = await house.do(
        lambda scope: create_key(scope, "stock feed", role.id, store_id=store.id, expires_at=NOW + timedelta(days=30))
    )
    for headers in ({"x-api-key": text}, {"authorization": f"Bearer {text}"}):
        caller = await authenticate(dealer, headers)
        assert (caller.actor, caller.store_id) == (f"key:{key.id}", store.id)
    dump = repr(await AuditEntry.all().values())
    assert "stock feed" in dump
    assert text.rpartition("_")[2] not in dump
    assert key.secret_hash not in dump

    wrong = text[:-1] + ("A" if text[-1] != "A" else "B")
    other_id = f"fck_{uuid4().hex}_{text.rpartition('_')[2]}"
    for bad in (wrong, other_id, "fck_x"):
        with pytest.raises(UnauthenticatedError, match="API key is not valid"):
            await authenticate(dealer, {"x-api-key": bad})

    house.clock.at = NOW + timedelta(days=30)
    house.seconds += 5
    with pytest.raises(UnauthenticatedError):
        await authenticate(dealer, {"x-api-key": text})
    house.clock.at = NOW
    await authenticate(dealer, {"x-api-key": text})
    await house.do(lambda scope: revoke_key(scope, key))
    with pytest.raises(UnauthenticatedError):
        await authenticate(dealer, {"x-api-key": text})
