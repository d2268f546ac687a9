"""A user's account, from the invitation to the day he leaves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from core.errors import PreconditionRefusal, ValidationRefusal
from core.people.events import UserLeft
from core.people.handover import open_work
from core.people.models import USER, ApiKey, Membership, PermissionGrant, User, UserStatus
from core.people.signin import end_sessions, normalise_login

if TYPE_CHECKING:
    from core.scope import Scope


class OpenWorkRefusal(PreconditionRefusal):
    """The user still owns open things, which somebody else must take over first."""

    code: ClassVar[str] = "OPEN_WORK"

    def __init__(self, open_work: Mapping[str, int]) -> None:
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(open_work.items()))
        super().__init__(f"hand over what he owns first: {listed}", open_work=MappingProxyType(dict(open_work)))


async def invite(scope: Scope, login: str, display_name: str, *, locale: str = "zh-CN") -> User:
    """Make an account that can't sign in yet.

    Raises:
        ValidationRefusal: The login is empty or has blanks.
        ConflictRefusal: Somebody else has the login; it comes from the database when two are faster than the check.
    """
    name = normalise_login(login)
    if not name or len(name) > 100 or any(char.isspace() for char in name):
        raise ValidationRefusal("a login has 1 to 100 characters and no blanks", path=("login",))
    if await User.filter(login=name, archived_at=None).exclude(status=UserStatus.LEFT).exists():
        raise ValidationRefusal("this login is taken; choose another one", path=("login",))
    user = User(login=name, display_name=display_name.strip(), locale=locale)
    await user.save()
    return user


async def accept(scope: Scope, user: User, password_hash: str) -> None:
    """Make an invited user active with his first password.

    Args:
        password_hash: From `Passwords.hash`, made before the transaction so that nobody waits for it inside.

    Raises:
        TransitionRefusal: He is not INVITED.
    """
    if user.status is not UserStatus.INVITED:
        raise USER.refusal(user.status, UserStatus.ACTIVE)
    await USER.move(user, UserStatus.ACTIVE, {"password_hash": password_hash})


async def change_password(scope: Scope, user: User, password_hash: str) -> None:
    """Set another password and sign the user out everywhere."""
    user.password_hash = password_hash
    await user.save()
    await end_sessions(scope, user.id, "PASSWORD")
    forget_callers(scope)


async def suspend(scope: Scope, user: User) -> None:
    """Keep a user out until `resume`; he is signed out everywhere."""
    await USER.move(user, UserStatus.SUSPENDED)
    await end_sessions(scope, user.id, "STATUS")
    forget_callers(scope)


async def resume(scope: Scope, user: User) -> None:
    """Let a suspended user in again."""
    if user.status is not UserStatus.SUSPENDED:
        raise USER.refusal(user.status, UserStatus.ACTIVE)
    await USER.move(user, UserStatus.ACTIVE)


async def leave(scope: Scope, user: User) -> None:
    """End a user's work: no sign-in, no membership, no grant from now on; his login is free again.

    Raises:
        OpenWorkRefusal: He has live things in hand, by what the modules say of it (`holdings`).
        TransitionRefusal: He has left already.
    """
    USER.check(user.status, UserStatus.LEFT)
    owned = await open_work(scope, user.id)
    if owned:
        raise OpenWorkRefusal(owned)
    await USER.move(user, UserStatus.LEFT)
    for membership in await Membership.filter(user_id=user.id, archived_at=None, valid_to=None):
        await membership.archive()
    for grant in await PermissionGrant.filter(user_id=user.id, archived_at=None, valid_until__gt=scope.now()):
        await grant.archive()
    await end_sessions(scope, user.id, "STATUS")
    scope.publish(UserLeft(user_id=user.id))
    forget_callers(scope)


async def revoke_key(scope: Scope, key: ApiKey) -> None:
    """Make an API key useless; a second call does nothing."""
    await key.change_where(where={"revoked_at": None}, revoked_at=scope.now())
    forget_callers(scope)


def forget_callers(scope: Scope) -> None:
    """Make changed rights act at once in this process, when the present transaction has committed."""
    scope._dealer.database.after_commit(scope._dealer.sessions.callers.clear)
