"""A dealer's people on a database of the test's own, with the real parts around them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

from core.caller import Caller
from core.clock import FixedClock
from core.data.database import Database
from core.people.callers import CallerCache, system_caller
from core.people.models import Group, Membership, Role, Store, Team, User, UserStatus
from core.people.sessions import Sessions
from core.scope import Scope
from core.security.keys import KeyRing, new_key
from core.security.passwords import CHEAPEST, Passwords
from core.security.vault import Vault
from core.unit import Change
from core.write.bell import Bell
from core.write.pipeline import transact

T = TypeVar("T")
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


@dataclass
class House:
    """What a dealer has, without modules."""

    database: Database
    name: str = "north"
    token_key: bytes = field(default_factory=new_key)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))

    def __post_init__(self) -> None:
        self.vault = Vault(KeyRing({"a": new_key()}, "a", new_key()))
        self.seconds = 0.0
        self.sessions = Sessions(
            self.name,
            self.token_key,
            self.clock,
            passwords=Passwords(**CHEAPEST),
            callers=CallerCache(monotonic=lambda: self.seconds),
        )
        self.bell = Bell()
        self.kernel = SimpleNamespace(constraint_refusals={}, handlers={}, holdings=())

    def invalidate(self, changes: Sequence[Change]) -> None:
        self.sessions.invalidate(changes)

    def zone(self, store_id: UUID | None) -> str:
        return "Asia/Shanghai"

    def scope(self, caller: Caller) -> Scope:
        dealer: Any = self
        return Scope(dealer, caller=caller, clock=self.clock)

    async def do(self, work: Callable[[Scope], Awaitable[T]], caller: Caller | None = None) -> T:
        return await transact(self.scope(caller or system_caller("test")), "test", work)

    async def make_stores(self, *codes: str, zone: str = "Asia/Shanghai") -> list[Store]:
        async def work(scope: Scope) -> list[Store]:
            group = Group(name="Demo Group")
            await group.save()
            stores = [Store(group_id=group.id, code=code, name=f"Store {code}", zone=zone) for code in codes]
            for store in stores:
                await store.save()
            return stores

        return await self.do(work)

    async def make_role(self, code: str, **permissions: str) -> Role:
        async def work(scope: Scope) -> Role:
            role = Role(code=code, permissions={name.replace("__", "."): reach for name, reach in permissions.items()})
            await role.save()
            return role

        return await self.do(work)

    async def make_user(
        self, login: str, *, status: UserStatus = UserStatus.ACTIVE, password: str | None = PASSWORD
    ) -> User:
        hashed = await self.sessions.passwords.hash(password) if password else None

        async def work(scope: Scope) -> User:
            user = User(login=login, display_name=login.title(), status=status, password_hash=hashed)
            await user.save()
            return user

        return await self.do(work)

    async def make_team(self, store: Store, leader: User) -> Team:
        async def work(scope: Scope) -> Team:
            team = Team(store_id=store.id, name=f"Team of {leader.login}", leader_id=leader.id)
            await team.save()
            return team

        return await self.do(work)

    async def put(
        self,
        user: User,
        store: Store,
        roles: Sequence[Role] = (),
        *,
        team: Team | None = None,
        valid_from: date = date(2026, 1, 1),
        valid_to: date | None = None,
    ) -> Membership:
        async def work(scope: Scope) -> Membership:
            membership = Membership(
                user_id=user.id,
                store_id=store.id,
                role_ids=[str(role.id) for role in roles],
                team_id=team.id if team else None,
                valid_from=valid_from,
                valid_to=valid_to,
            )
            await membership.save()
            return membership

        return await self.do(work)
