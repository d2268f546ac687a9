"""Signing in, staying signed in, signing out, and telling who sends a request.

The functions read and write the dealer's database, which must be active in the running task. Those that write run
transactions of their own, because some of what they write stays although they refuse; so they must not be called
inside a command's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from core.caller import Caller
from core.clock import Clock
from core.errors import Refusal, UnauthenticatedError
from core.kinds.values import is_storable
from core.people.callers import Identity, key_identity, user_identity
from core.people.events import RefreshTokenReused, SignInBlocked, UserSignedIn, UserSignedOut
from core.people.models import LONGEST_LOGIN, ApiKey, RefreshToken, User, UserStatus
from core.security.tokens import ApiKeySecret, RefreshSecret, same_hash
from core.write.pipeline import transact

if TYPE_CHECKING:
    from core.dealer import Dealer
    from core.people.sessions import Sessions
    from core.scope import Scope


class SignInRefusal(Refusal):
    """Login and password don't belong together, or the user may not sign in: it is not told which."""

    code: ClassVar[str] = "SIGN_IN_REFUSED"

    def __init__(self) -> None:
        super().__init__("login and password don't match, or this user can't sign in")


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client keeps after sign-in: one token to send, and one to get two new ones with.

    Attributes:
        refresh_token: Good for one use.
    """

    user_id: UUID
    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime


def normalise_login(login: str) -> str:
    """Return the one form of a login."""
    return login.strip().casefold()


async def sign_in(
    dealer: Dealer, login: str, password: str, *, address: str = "", store_id: UUID | None = None
) -> TokenPair:
    """Sign a user in with his password.

    Args:
        address: Where the request comes from; attempts are counted by login and by address.
        store_id: The store that he wants to work in first.

    Raises:
        SignInRefusal: It can't be; the same for a wrong password, an unknown login and a suspended user.
        LimitRefusal: Too many attempts; `retry_after_s` says when to come again.
    """
    sessions = dealer.sessions
    name = normalise_login(login)[: LONGEST_LOGIN + 1]  # a longer one is nobody's, and need not be kept to be counted
    first_block, failures = _count(sessions, name, address)
    user = await _known(name)
    right = await sessions.passwords.verify(user.password_hash if user else None, password)
    if user is None or not right or user.status is not UserStatus.ACTIVE:
        if user is not None and first_block:
            await _report_block(dealer, user.id)
        raise SignInRefusal
    sessions.by_login.forgive(name)
    sessions.by_address.take_back(address)
    rehashed = None
    if user.password_hash is not None and sessions.passwords.needs_rehash(user.password_hash):
        rehashed = await sessions.passwords.hash(password)
    secret = RefreshSecret.new()

    async def work(scope: Scope) -> RefreshToken:
        if rehashed is not None:
            found = await User.get(id=user.id)
            found.password_hash = rehashed
            await found.save()
        now = scope.now()
        session = RefreshToken(
            user_id=user.id,
            handle=secret.handle,
            secret_hash=secret.hash,
            expires_at=now + sessions.refresh_lifetime,
            ends_at=now + sessions.session_lifetime,
        )
        await session.save()
        scope.publish(UserSignedIn(user_id=user.id, session_id=session.id, failures=failures))
        return session

    session = await transact(_scope_of(dealer, user.id), "signIn", work)
    return _pair(sessions, session, secret, store_id)


async def _known(login: str) -> User | None:
    if len(login) > LONGEST_LOGIN or not is_storable(login):
        return None
    return await User.filter(login=login, archived_at=None).exclude(status=UserStatus.LEFT).first()


def _count(sessions: Sessions, login: str, address: str) -> tuple[bool, int]:
    """Count an attempt; return whether it is the first that blocks the login, and how many came before."""
    for throttle, key in ((sessions.by_login, login), (sessions.by_address, address)):
        throttle.check(key)
    if address:
        sessions.by_address.count(address)
    before = sessions.by_login.attempts(login)
    return sessions.by_login.count(login), before


async def _report_block(dealer: Dealer, user_id: UUID) -> None:
    async def work(scope: Scope) -> None:
        scope.publish(SignInBlocked(user_id=user_id))

    await transact(_scope_of(dealer, user_id), "signIn", work)


async def refresh(dealer: Dealer, refresh_token: str, *, store_id: UUID | None = None) -> TokenPair:
    """Change a refresh token for a new pair; the old one is of no use any more.

    An old token that comes back means that there are two holders: the whole family is revoked, and whoever is the
    rightful one signs in again.

    Args:
        store_id: The store that he works in from now on, if he switches.

    Raises:
        UnauthenticatedError: The token is unknown, used, expired or revoked, or its user can't sign in any more.
    """
    sessions = dealer.sessions
    shown = RefreshSecret.parse(refresh_token)
    invalid = UnauthenticatedError("this refresh token is no longer valid; sign in again")
    session = await RefreshToken.filter(handle=shown.handle, archived_at=None).first()
    now = dealer.clock.now()
    if session is None or session.revoked_at is not None or now >= min(session.expires_at, session.ends_at):
        raise invalid
    await user_identity(session.user_id, now)
    following = RefreshSecret.new(shown.handle)

    scope = _scope_of(dealer, session.user_id)
    rotated = await transact(scope, "refreshSession", partial(_rotate, session.id, shown, following, sessions))
    if rotated is None:
        await transact(scope, "refreshSession", partial(_revoke_reused, session.id))
        sessions.callers.clear()
        raise invalid
    return _pair(sessions, rotated, following, store_id)


async def _rotate(
    session_id: UUID, shown: RefreshSecret, following: RefreshSecret, sessions: Sessions, scope: Scope
) -> RefreshToken | None:
    session = await RefreshToken.get(id=session_id)
    # The guard is in the statement: of two that use the token at once, one wins.
    won = await session.change_where(
        where={"secret_hash": shown.hash, "revoked_at": None},
        secret_hash=following.hash,
        generation=session.generation + 1,
        expires_at=min(scope.now() + sessions.refresh_lifetime, session.ends_at),
    )
    return session if won else None


async def _revoke_reused(session_id: UUID, scope: Scope) -> None:
    if await _revoke(scope, session_id, "REUSE") and scope.caller.user_id is not None:
        scope.publish(RefreshTokenReused(user_id=scope.caller.user_id, session_id=session_id))


async def sign_out(dealer: Dealer, refresh_token: str) -> None:
    """End the session of a device; a second call does nothing.

    Raises:
        UnauthenticatedError: This is no refresh token.
    """
    shown = RefreshSecret.parse(refresh_token)
    session = await RefreshToken.filter(handle=shown.handle, archived_at=None).first()
    if session is None:
        return
    user_id, session_id = session.user_id, session.id

    async def work(scope: Scope) -> None:
        if await _revoke(scope, session_id, "SIGN_OUT"):
            scope.publish(UserSignedOut(user_id=user_id, session_id=session_id))

    await transact(_scope_of(dealer, user_id), "signOut", work)
    dealer.sessions.callers.clear()


async def end_sessions(scope: Scope, user_id: UUID, reason: str) -> int:
    """Revoke all sessions of a user, inside the present transaction, and return how many there were."""
    rows = await RefreshToken.filter(user_id=user_id, revoked_at=None, expires_at__gt=scope.now())
    return sum([await _revoke(scope, row.id, reason) for row in rows])


async def _revoke(scope: Scope, session_id: UUID, reason: str) -> bool:
    session = await RefreshToken.get(id=session_id)
    return await session.change_where(where={"revoked_at": None}, revoked_at=scope.now(), revoked_reason=reason)


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """What a request shows of who sends it: an access token, or an API key as it is looked for.

    Attributes:
        key: The key's id as hexadecimal digits, and what is stored of its secret; None for a token.
        store: The store to work in, by code or id.
    """

    token: str
    key: tuple[str, str] | None = None
    store: str = ""


def credential_of(headers: Mapping[str, str]) -> Credential | None:
    """Return the credential in the headers of a request; None where there is none.

    Args:
        headers: Names in lower case. `authorization: Bearer …` carries an access token or an API key, `x-api-key` an
            API key; `x-store` names the store to work in by code or id.

    Raises:
        UnauthenticatedError: It can't be one.
    """
    shown = headers.get("x-api-key", "")
    if not shown:
        if "authorization" not in headers and "x-api-key" not in headers:
            return None
        kind, _, shown = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not shown.strip():
            raise _sign_in_first()
    shown, store = shown.strip(), headers.get("x-store", "")
    if not shown.startswith("fck_"):
        return Credential(shown, store=store)
    secret = ApiKeySecret.parse(shown)
    return Credential("", (secret.key_id.hex, secret.hash), store)


async def authenticate(dealer: Dealer, headers: Mapping[str, str]) -> Caller:
    """Tell who sends a request.

    Args:
        headers: As `credential_of` takes them.

    Raises:
        UnauthenticatedError: There is no credential, or it is not valid.
        BadInputError: `x-store` names a store that is not the caller's.
    """
    credential = credential_of(headers)
    if credential is None:
        raise _sign_in_first()
    return await caller_of(dealer, credential)


async def caller_of(dealer: Dealer, credential: Credential) -> Caller:
    """Tell whose a credential is at this moment; errors as in `authenticate`."""
    callers, clock = dealer.sessions.callers, dealer.clock
    if credential.key is not None:
        identity = callers.kept(credential.key)
        if identity is None:
            identity = await callers.get(credential.key, partial(_of_key, *credential.key, clock))
        return identity.within(credential.store)
    claims = dealer.sessions.tokens.read(credential.token)
    key = (claims.user_id, claims.session_id)
    identity = callers.kept(key) or await callers.get(key, partial(_of_session, *key, clock))
    return identity.within(credential.store) if credential.store else identity.remembering(claims.store_id)


def _sign_in_first() -> UnauthenticatedError:
    return UnauthenticatedError("sign in first: send an access token as Authorization: Bearer …")


async def _of_session(user_id: UUID, session_id: UUID, clock: Clock) -> Identity:
    if not await RefreshToken.filter(id=session_id, user_id=user_id, revoked_at=None, archived_at=None).exists():
        raise UnauthenticatedError("this session has ended; sign in again")
    return await user_identity(user_id, clock.now())


async def _of_key(key_id: str, shown_hash: str, clock: Clock) -> Identity:
    key = await ApiKey.filter(id=UUID(key_id), revoked_at=None, archived_at=None).first()
    # Compared even when there is no key, so that an unknown id takes as long as a wrong secret.
    same = same_hash(key.secret_hash if key is not None else "0" * 64, shown_hash)
    if key is None or not same or (key.expires_at is not None and clock.now() >= key.expires_at):
        raise UnauthenticatedError("this API key is not valid here")
    return await key_identity(key)


def _scope_of(dealer: Dealer, user_id: UUID) -> Scope:
    return dealer.scope(Caller(actor=f"user:{user_id}", user_id=user_id))


def _pair(sessions: Sessions, session: RefreshToken, secret: RefreshSecret, store_id: UUID | None) -> TokenPair:
    access_token, access_expires_at = sessions.tokens.issue(session.user_id, session.id, store_id)
    return TokenPair(session.user_id, access_token, access_expires_at, secret.token, session.expires_at)
