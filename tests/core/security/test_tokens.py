from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt
import pytest

from core.clock import FixedClock
from core.errors import UnauthenticatedError
from core.security.keys import new_key
from core.security.tokens import AccessTokens, ApiKeySecret, RefreshSecret, same_hash, secret_hash

pytestmark = pytest.mark.once

_KEY = new_key()
_NOW = datetime(2026, 11, 21, 9, 30, 15, 250_000, tzinfo=UTC)
_USER, _SESSION, _STORE = uuid4(), uuid4(), uuid4()


def _tokens(clock: FixedClock, dealer: str = "north", key: bytes = _KEY) -> AccessTokens:
    return AccessTokens(dealer, key, clock)


def _key_id() -> str:
    token, _ = _tokens(FixedClock(_NOW)).issue(_USER, _SESSION, None)
    return str(jwt.get_unverified_header(token)["kid"])


def test_access_token_says_who_where_and_how_long() -> None:
    tokens = _tokens(FixedClock(_NOW))
    token, expires_at = tokens.issue(_USER, _SESSION, _STORE)
    claims = tokens.read(token)
    assert (claims.user_id, claims.session_id, claims.store_id) == (_USER, _SESSION, _STORE)
    assert claims.expires_at == expires_at == _NOW.replace(microsecond=0) + timedelta(minutes=15)
    assert tokens.read(tokens.issue(_USER, _SESSION, None)[0]).store_id is None


def test_access_token_expires_by_the_dealers_clock() -> None:
    clock = FixedClock(_NOW)
    tokens = _tokens(clock)
    token, expires_at = tokens.issue(_USER, _SESSION, None)
    clock.at = expires_at - timedelta(seconds=1)
    tokens.read(token)
    clock.at = expires_at
    with pytest.raises(UnauthenticatedError, match="has expired"):
        tokens.read(token)


def test_checked_tokens_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.security.tokens._CHECKED_KEPT", 2)
    tokens = _tokens(FixedClock(_NOW))
    issued = [tokens.issue(_USER, uuid4(), None)[0] for _ in range(4)]
    for token in (*issued, *issued):
        assert tokens.read(token).user_id == _USER
    assert len(tokens._checked) == 2


def test_token_from_the_future_is_refused() -> None:
    clock = FixedClock(_NOW + timedelta(hours=1))
    tokens = _tokens(clock)
    token, _ = tokens.issue(_USER, _SESSION, None)
    clock.at = _NOW
    with pytest.raises(UnauthenticatedError):
        tokens.read(token)


def test_token_of_one_dealer_is_refused_by_another_even_with_the_same_keys() -> None:
    clock = FixedClock(_NOW)
    token, _ = _tokens(clock).issue(_USER, _SESSION, None)
    with pytest.raises(UnauthenticatedError, match="not valid here"):
        _tokens(clock, "south").read(token)


def test_token_of_a_replaced_key_is_refused() -> None:
    clock = FixedClock(_NOW)
    token, _ = _tokens(clock, key=new_key()).issue(_USER, _SESSION, None)
    with pytest.raises(UnauthenticatedError):
        _tokens(clock).read(token)


def test_tokens_show_no_key() -> None:
    tokens = _tokens(FixedClock(_NOW))
    token, _ = tokens.issue(_USER, _SESSION, None)
    assert repr(tokens) == "AccessTokens('north')"
    assert jwt.get_unverified_header(token)["kid"] not in _KEY.hex()


def test_every_tampered_token_is_refused() -> None:
    tokens = _tokens(FixedClock(_NOW))
    token, _ = tokens.issue(_USER, _SESSION, None)
    for place in range(0, len(token), 3):
        changed = token[:place] + ("A" if token[place] not in "ABCD" else "z") + token[place + 1 :]
        with pytest.raises(UnauthenticatedError):
            tokens.read(changed)


def _claims(**changes: object) -> dict[str, object]:
    at = int(_NOW.timestamp())
    claims = {"iss": "forecourt", "aud": "north", "sub": str(_USER), "sid": str(_SESSION), "iat": at, "exp": at + 60}
    return {key: value for key, value in {**claims, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "nobody"},
        {"sid": None},
        {"exp": None},
        {"exp": 10**30},
        {"exp": "soon"},
        {"iss": "elsewhere"},
        {"aud": ["north", "south"]},
        {"store": 7},
    ],
)
def test_signed_token_with_odd_claims_is_refused(changes: dict[str, object]) -> None:
    key, key_id = _KEY, _key_id()
    assert _tokens(FixedClock(_NOW)).read(jwt.encode(_claims(), key, headers={"kid": key_id})).user_id == _USER
    with pytest.raises(UnauthenticatedError):
        _tokens(FixedClock(_NOW)).read(jwt.encode(_claims(**changes), key, headers={"kid": key_id}))


def test_other_algorithms_and_no_signature_are_refused() -> None:
    key, key_id = _KEY, _key_id()
    forged = [
        jwt.encode(_claims(), "", algorithm="none", headers={"kid": key_id}),
        jwt.encode(_claims(), key * 2, algorithm="HS512", headers={"kid": key_id}),
        jwt.encode(_claims(), key, headers={"kid": "unknown"}),
        jwt.encode(_claims(), key),
        "",
        "a.b.c",
        "ü",
    ]
    for token in forged:
        with pytest.raises(UnauthenticatedError):
            _tokens(FixedClock(_NOW)).read(token)


def test_refresh_token_round_trip_and_hidden_repr() -> None:
    first = RefreshSecret.new()
    assert RefreshSecret.parse(first.token) == first
    following = RefreshSecret.new(first.handle)
    assert following.handle == first.handle
    assert following.hash != first.hash
    assert first.secret not in repr(first)
    assert first.secret not in first.hash
    for bad in ("", "frt_", first.token + "x", first.token[:-1], f"frt_{first.handle}.{'ü' * 43}", "fck_1_2"):
        with pytest.raises(UnauthenticatedError):
            RefreshSecret.parse(bad)


def test_api_key_round_trip_and_hidden_repr() -> None:
    made = ApiKeySecret.new(UUID(int=5))
    assert made.key.startswith(f"fck_{UUID(int=5).hex}_")
    assert ApiKeySecret.parse(made.key) == made
    assert made.secret not in repr(made)
    for bad in ("", "fck_", made.key + "x", made.key[:-1], made.key.upper(), "fck_zz_abc"):
        with pytest.raises(UnauthenticatedError):
            ApiKeySecret.parse(bad)


def test_hashes_compare() -> None:
    assert same_hash(secret_hash("a"), secret_hash("a"))
    assert not same_hash(secret_hash("a"), secret_hash("b"))
    assert not same_hash("", "ü")
