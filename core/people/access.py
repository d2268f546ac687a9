"""Giving rights: memberships, time-limited grants and API keys; and who has one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from tortoise.expressions import Q

from core.caller import Reach
from core.clock import local_date
from core.errors import NotFoundRefusal, ValidationRefusal
from core.ids import uuid7
from core.people.accounts import forget_callers
from core.people.models import ApiKey, Department, Membership, PermissionGrant, Role, Store, Team, User, UserStatus
from core.people.roles import GRANT_ROLE, check_within, roles_to_give
from core.security.tokens import ApiKeySecret

if TYPE_CHECKING:
    from core.scope import Scope

LONGEST_GRANT = timedelta(days=31)


async def join(
    scope: Scope,
    user_id: UUID,
    store_id: UUID,
    role_ids: Iterable[UUID],
    *,
    department_id: UUID | None = None,
    team_id: UUID | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Membership:
    """Give a user work in a store.

    Args:
        valid_from: The store's today without it.

    Raises:
        NotFoundRefusal: There is no such user, store, role, or department or team of that store.
        PermissionRefusal: A role reaches further than the caller may give.
        ValidationRefusal: It ends before it begins.
    """
    _check_store(scope, store_id)
    if not await User.filter(id=user_id, archived_at=None).exclude(status=UserStatus.LEFT).exists():
        raise NotFoundRefusal("there is no such user", path=("user",))
    if not await Store.filter(id=store_id, archived_at=None).exists():
        raise NotFoundRefusal("there is no such store", path=("store",))
    for model, row_id, name in ((Department, department_id, "department"), (Team, team_id, "team")):
        if row_id is not None and not await model.filter(id=row_id, store_id=store_id, archived_at=None).exists():
            raise NotFoundRefusal(f"the store has no such {name}", path=(name,))
    roles = await roles_to_give(scope.caller, role_ids)
    begin = valid_from or local_date(scope.now(), scope.zone(store_id))
    if valid_to is not None and valid_to < begin:
        raise ValidationRefusal("a membership can't end before it begins", path=("validTo",))
    membership = Membership(
        user_id=user_id,
        store_id=store_id,
        role_ids=[str(role.id) for role in roles],
        department_id=department_id,
        team_id=team_id,
        valid_from=begin,
        valid_to=valid_to,
    )
    await membership.save()
    forget_callers(scope)
    return membership


async def grant(
    scope: Scope, user_id: UUID, permission: str, reach: Reach, until: datetime, reason: str
) -> PermissionGrant:
    """Widen a user's reach for a while; it is logged with its reason.

    Raises:
        NotFoundRefusal: There is no such user.
        PermissionRefusal: The caller may not give this.
        ValidationRefusal: There is no reason, or it holds for longer than `LONGEST_GRANT`.
    """
    if scope.caller.require(GRANT_ROLE) < Reach.GROUP:
        check_within(scope.caller, {permission: reach.name})
    if not reason.strip():
        raise ValidationRefusal("a grant needs a reason", path=("reason",))
    now = scope.now()
    if not now < until <= now + LONGEST_GRANT:
        raise ValidationRefusal(f"a grant holds for at most {LONGEST_GRANT.days} days", path=("until",))
    if not await User.filter(id=user_id, archived_at=None, status=UserStatus.ACTIVE).exists():
        raise NotFoundRefusal("there is no such user", path=("user",))
    row = PermissionGrant(
        user_id=user_id,
        permission=permission,
        reach=reach.name,
        valid_from=now,
        valid_until=until,
        reason=reason.strip(),
        granted_by=scope.caller.actor,
    )
    await row.save()
    forget_callers(scope)
    return row


async def create_key(
    scope: Scope, name: str, role_id: UUID, *, store_id: UUID | None = None, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make an API key.

    Args:
        store_id: Where it may work; all stores without it, which needs GROUP reach.

    Returns:
        The row, and the key: the only time that it is there to be seen.

    Raises:
        NotFoundRefusal: There is no such role or store.
        PermissionRefusal: The role reaches further than the caller may give.
        ValidationRefusal: It would have expired already.
    """
    _check_store(scope, store_id)
    if store_id is not None and not await Store.filter(id=store_id, archived_at=None).exists():
        raise NotFoundRefusal("there is no such store", path=("store",))
    role: Role = (await roles_to_give(scope.caller, [role_id]))[0]
    if expires_at is not None and expires_at <= scope.now():
        raise ValidationRefusal("a key must expire in the future", path=("expiresAt",))
    secret = ApiKeySecret.new(uuid7())
    key = ApiKey(
        id=secret.key_id,
        name=name,
        secret_hash=secret.hash,
        role_id=role.id,
        store_id=store_id,
        expires_at=expires_at,
    )
    await key.save()
    return key, secret.key


async def users_with_permission(permission: str, store_id: UUID, on: date) -> set[UUID]:
    """Return the active users of a store whose roles there give a permission on a day."""
    rows = await Membership.filter(
        Q(valid_to=None) | Q(valid_to__gte=on),
        store_id=store_id,
        archived_at=None,
        valid_from__lte=on,
        user__archived_at=None,
        user__status=UserStatus.ACTIVE,
    )
    giving = {str(role.id) for role in await Role.filter(archived_at=None) if permission in role.permissions}
    return {row.user_id for row in rows if not giving.isdisjoint(row.role_ids)}


def _check_store(scope: Scope, store_id: UUID | None) -> None:
    """Refuse a store outside the reach of the caller's right to give roles; the same as for one that isn't there."""
    if scope.caller.require(GRANT_ROLE) < Reach.GROUP and store_id not in scope.caller.store_ids:
        raise NotFoundRefusal("there is no such store", path=("store",))
