"""Who asks, and how far his rights reach."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.errors import PermissionRefusal, PluginError
from core.limits import LIMITS, Limits

ANONYMOUS = "anonymous"
_PERMISSION: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2}")


class Permission(str):
    """A right that the generated commands don't bring, such as `insurance.insurance_policy.renew`.

    It is its name, and stands where it is asked for: at a command, a query or a field, or as a constant in `rights.py`.

    Attributes:
        titles: Per language, what an administrator reads when he gives it to a role.

    Raises:
        PluginError: The name is not `module.entity.action`.
    """

    titles: Mapping[str, str]

    def __new__(cls, name: str, titles: Mapping[str, str]) -> Permission:
        if not _PERMISSION.fullmatch(name):
            raise PluginError(f"the permission {name!r}: write module.entity.action, in small letters")
        made = super().__new__(cls, name)
        made.titles = MappingProxyType(dict(titles))
        return made

    @property
    def module(self) -> str:
        """The module that it belongs to."""
        return self.partition(".")[0]


class Reach(IntEnum):
    """How many rows a permission covers; a higher one includes the lower ones."""

    OWN = 1
    TEAM = 2
    STORE = 3
    GROUP = 4


@dataclass(frozen=True, eq=False)  # told apart by identity, so that it can be a key
class Caller:
    """One signed-in user, API key, job or handler.

    Attributes:
        actor: What the audit names, such as `user:0192…`, `key:0192…` or `job:core.sweep`.
        user_id: The user behind it; none for keys and jobs.
        store_id: The store that new rows go to when the input names none.
        store_ids: Stores whose rows a STORE reach covers.
        team_ids: Users (himself included) whose rows a TEAM reach covers.
        permissions: `module.entity.action` to reach, the widest over his stores.
        by_store: The same for each store, where he has other rights in one than in another; empty where he has not.
        system: Jobs, handlers and the command line: every permission, GROUP reach.
        limits: How much one operation may ask for.
    """

    actor: str
    user_id: UUID | None = None
    store_id: UUID | None = None
    store_ids: frozenset[UUID] = frozenset()
    team_ids: frozenset[UUID] = frozenset()
    permissions: Mapping[str, Reach] = field(default_factory=dict)
    by_store: Mapping[UUID, Mapping[str, Reach]] = field(default_factory=dict)
    system: bool = False
    limits: Limits = LIMITS

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody has signed in."""
        return self.actor == ANONYMOUS

    def reach(self, permission: str) -> Reach | None:
        """Return how far a permission reaches; None when the caller lacks it."""
        return Reach.GROUP if self.system else self.permissions.get(permission)

    def reach_in(self, permission: str, store_id: UUID) -> Reach | None:
        """Return how far a permission reaches in one store; None when the caller lacks it there."""
        widest = self.reach(permission)
        if widest is Reach.GROUP or widest is None:
            return widest
        if self.by_store:
            return self.by_store.get(store_id, {}).get(permission)
        return widest if store_id in self.store_ids else None

    @cached_property
    def shape(self) -> str:
        """What the conditions of a statement follow from: callers of one shape share their statements."""
        rights: list[Any] = sorted(self.permissions.items())
        rights += [(str(store), sorted(own.items())) for store, own in sorted(self.by_store.items())]
        kind = (self.is_anonymous, self.system, self.user_id is None, min(len(self.store_ids), 2))
        return hashlib.blake2b(repr((rights, kind)).encode(), digest_size=16).hexdigest()

    def stores_by_reach(self, permission: str, *, owned: bool) -> Mapping[Reach, tuple[UUID, ...]]:
        """Return his stores by how far a permission reaches in each.

        Args:
            owned: Whether the rows have an owner; without one every reach below GROUP is that of the store.
        """
        found = self._stores_by_reach.get((permission, owned))
        if found is None:
            stores: dict[Reach, list[UUID]] = {}
            for store_id in sorted(self.store_ids):
                reach = self.reach_in(permission, store_id)
                if reach is not None:
                    stores.setdefault(reach if owned else Reach.STORE, []).append(store_id)
            found = self._stores_by_reach[permission, owned] = {reach: tuple(ids) for reach, ids in stores.items()}
        return found

    @cached_property
    def _stores_by_reach(self) -> dict[tuple[str, bool], Mapping[Reach, tuple[UUID, ...]]]:
        return {}

    def require(self, permission: str) -> Reach:
        """Return how far a permission reaches.

        Raises:
            PermissionRefusal: The caller lacks it.
        """
        reach = self.reach(permission)
        if reach is None:
            raise PermissionRefusal(permission)
        return reach
