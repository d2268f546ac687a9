"""Who asks, and how far his rights reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from uuid import UUID

from core.errors import PermissionRefusal

ANONYMOUS = "anonymous"


class Reach(IntEnum):
    """How many rows a permission covers; a higher one includes the lower ones."""

    OWN = 1
    TEAM = 2
    STORE = 3
    GROUP = 4


@dataclass(frozen=True, slots=True)
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
    """

    actor: str
    user_id: UUID | None = None
    store_id: UUID | None = None
    store_ids: frozenset[UUID] = frozenset()
    team_ids: frozenset[UUID] = frozenset()
    permissions: Mapping[str, Reach] = field(default_factory=dict)
    by_store: Mapping[UUID, Mapping[str, Reach]] = field(default_factory=dict)
    system: bool = False

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

    def require(self, permission: str) -> Reach:
        """Return how far a permission reaches.

        Raises:
            PermissionRefusal: The caller lacks it.
        """
        reach = self.reach(permission)
        if reach is None:
            raise PermissionRefusal(permission)
        return reach
