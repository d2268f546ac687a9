"""Who asks: builds callers from the tables of people, and keeps them for a few seconds."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from tortoise.expressions import Q

from core.caller import ANONYMOUS, Caller, Reach
from core.clock import local_date
from core.errors import BadInputError, UnauthenticatedError
from core.ids import parse_global_id
from core.limits import LIMITS, Limits
from core.people.models import ApiKey, Membership, PermissionGrant, Role, Store, Team, User, UserStatus

NOBODY = Caller(actor=ANONYMOUS)
"""Somebody who has not signed in; he lacks every permission."""


def system_caller(actor: str, store_id: UUID | None = None) -> Caller:
    """Return the caller of a job, handler or command line: every permission, GROUP reach.

    Args:
        actor: What the audit names, such as `job:core.sweep`.
    """
    return Caller(actor=actor, store_id=store_id, system=True)


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller together with the stores that he may switch to.

    Attributes:
        caller: In the first of his stores.
        stores: Code to id.
        locale: The language he has chosen; empty for a machine.
    """

    caller: Caller
    stores: Mapping[str, UUID] = field(default_factory=dict)
    locale: str = ""
    _within: dict[UUID, Caller] = field(default_factory=dict, compare=False, repr=False)

    def within(self, store: str | UUID | None) -> Caller:
        """Return the caller in one of his stores.

        Args:
            store: Its code, its id or its global id; the first one without it.

        Raises:
            BadInputError: It is none of his stores.
        """
        if store is None or store == "":
            return self.caller
        store_id = store if isinstance(store, UUID) else self.stores.get(store) or _store_id(store)
        if store_id not in self.caller.store_ids:
            raise BadInputError("the store that the request names is none of yours")
        return self._in(store_id)

    def _in(self, store_id: UUID) -> Caller:
        found = self._within.get(store_id)
        if found is None:
            found = self._within[store_id] = replace(self.caller, store_id=store_id)
        return found

    def remembering(self, store_id: UUID | None) -> Caller:
        """Return the caller in the store that he chose before, or in the first where he has lost it since."""
        return self.caller if store_id is None or store_id not in self.caller.store_ids else self._in(store_id)


def _store_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        pass
    try:
        type_name, row_id = parse_global_id(text)
    except BadInputError:
        return None
    return row_id if type_name == "Store" else None


def role_caller(role: Role, store_ids: frozenset[UUID]) -> Caller:
    """Return somebody who has one role in some stores, as an example of those who do."""
    return Caller(
        actor=f"role:{role.code}",
        user_id=role.id,
        store_id=next(iter(store_ids), None),
        store_ids=store_ids,
        permissions=MappingProxyType(_permissions(role)),
        limits=_limits([role]),
    )


async def user_identity(user_id: UUID, now: datetime) -> Identity:
    """Build the identity of a user from his memberships and grants of this moment.

    Raises:
        UnauthenticatedError: There is no such active user.
    """
    user = await User.filter(id=user_id, archived_at=None, status=UserStatus.ACTIVE).first()
    if user is None:
        raise UnauthenticatedError("this user can't sign in any more")
    memberships = [row for row in await _memberships(Q(user_id=user_id)) if is_valid(row, now)]
    roles = await _roles({role_id for row in memberships for role_id in row.role_ids})
    grants = await PermissionGrant.filter(user_id=user_id, archived_at=None, valid_from__lte=now, valid_until__gt=now)
    granted = [{grant.permission: Reach[grant.reach]} for grant in grants]
    by_store: dict[UUID, Mapping[str, Reach]] = {}
    for row in memberships:
        own = [_permissions(roles[role_id]) for role_id in row.role_ids if role_id in roles]
        by_store[row.store_id] = widest([by_store.get(row.store_id, {}), *own, *granted])
    stores = {row.store.code: row.store_id for row in memberships}
    caller = Caller(
        actor=f"user:{user_id}",
        user_id=user_id,
        store_id=next(iter(stores.values()), None),
        store_ids=frozenset(stores.values()),
        team_ids=frozenset({user_id, *await _team_mates(user_id, now)}),
        permissions=MappingProxyType(widest([*by_store.values(), *granted])),
        by_store=MappingProxyType(by_store) if len(by_store) > 1 else MappingProxyType({}),
        limits=_limits(roles.values()),
    )
    return Identity(caller, MappingProxyType(stores), user.locale)


async def key_identity(key: ApiKey) -> Identity:
    """Build the identity of an API key: one role, in its store or in all of them."""
    condition = Q(archived_at=None) if key.store_id is None else Q(archived_at=None, id=key.store_id)
    stores = {store.code: store.id for store in await Store.filter(condition).order_by("id")}
    roles = (await _roles({str(key.role_id)})).values()
    caller = Caller(
        actor=f"key:{key.id}",
        store_id=next(iter(stores.values()), None),
        store_ids=frozenset(stores.values()),
        permissions=MappingProxyType(widest(map(_permissions, roles))),
        limits=_limits(roles),
    )
    return Identity(caller, MappingProxyType(stores))


def is_valid(membership: Membership, now: datetime) -> bool:
    """Tell whether a membership, its store loaded with it, holds on the store's day of this moment."""
    today = local_date(now, membership.store.zone)
    return membership.valid_from <= today and (membership.valid_to is None or today <= membership.valid_to)


def widest(declarations: Iterable[Mapping[str, Reach]]) -> dict[str, Reach]:
    """Join permissions; of several reaches of one permission the widest holds."""
    joined: dict[str, Reach] = {}
    for permissions in declarations:
        for permission, reach in permissions.items():
            joined[permission] = max(reach, joined.get(permission, reach))
    return joined


async def _memberships(condition: Q) -> list[Membership]:
    rows: list[Membership] = await (
        Membership.filter(condition, archived_at=None, store__archived_at=None)
        .select_related("store")
        .order_by("valid_from", "id")
    )
    return rows


async def _roles(role_ids: Iterable[str]) -> dict[str, Role]:
    """Return live roles by their ids as text."""
    ids = [UUID(role_id) for role_id in role_ids]
    roles = await Role.filter(id__in=ids, archived_at=None) if ids else []
    return {str(role.id): role for role in roles}


def _permissions(role: Role) -> dict[str, Reach]:
    return {name: Reach[reach] for name, reach in role.permissions.items()}


def _limits(roles: Iterable[Role]) -> Limits:
    """Return the widest limits of several roles."""
    limits = LIMITS
    for role in roles:
        limits = limits.widened(role.limits or {})
    return limits


async def _team_mates(user_id: UUID, now: datetime) -> set[UUID]:
    led = [team.id for team in await Team.filter(leader_id=user_id, archived_at=None)]
    if not led:
        return set()
    return {row.user_id for row in await _memberships(Q(team_id__in=led)) if is_valid(row, now)}


class CallerCache:
    """Identities by whatever names them, for so short a time that a lost right is lost within seconds.

    Args:
        seconds: How long an identity is kept; other processes notice a change after this time.
        size: Identities kept; the ones unused for longest go first.
        monotonic: Seconds of a clock that is never set.
    """

    def __init__(
        self, *, seconds: float = 5, size: int = 10_000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._size = size
        self._monotonic = monotonic
        self._epoch = 0
        self._kept: OrderedDict[Hashable, tuple[float, Identity]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def kept(self, key: Hashable) -> Identity | None:
        """Return the kept identity."""
        found = self._kept.get(key)
        if found is None or self._monotonic() >= found[0]:
            return None
        self._kept.move_to_end(key)
        return found[1]

    async def get(self, key: Hashable, load: Callable[[], Awaitable[Identity]]) -> Identity:
        """Return the kept identity, or the loaded one."""
        known = self.kept(key)
        if known is not None:
            return known
        epoch, until = self._epoch, self._monotonic() + self._seconds
        self._kept.pop(key, None)
        identity = await load()
        # What was read before a change must not come in after it.
        if epoch == self._epoch:
            self._kept[key] = (until, identity)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return identity

    def clear(self) -> None:
        """Forget everybody: people, roles, stores or sessions have changed."""
        self._epoch += 1
        self._kept.clear()
