"""The stores and the people of the demo dealership: invented, and the same each time."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from core.people.models import Department, Group, Membership, Role, Store, Team, User, UserStatus
from core.scope import Scope

SEED: Final = 20261121
_SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN: Final = (
    "伟",
    "芳",
    "敏",
    "静",
    "磊",
    "洋",
    "艳",
    "勇",
    "军",
    "杰",
    "娟",
    "涛",
    "明",
    "丽娜",
    "建国",
    "子涵",
    "雨桐",
)


@dataclass(frozen=True, slots=True)
class _Place:
    code: str
    name: str
    region_code: str
    address: str


@dataclass(frozen=True, slots=True)
class _Position:
    """A kind of work: its role, its department, and how many do it in each store, or once in the group."""

    role: str
    department: str
    per_store: int = 1
    once: bool = False


_STORES: Final = (
    _Place("SH01", "上海浦东店", "310115", "示例路 1 号"),
    _Place("HZ01", "杭州滨江店", "330108", "示例路 2 号"),
    _Place("CD01", "成都高新店", "510107", "示例路 3 号"),
)
_POSITIONS: Final = (
    _Position("store_manager", "ADMIN"),
    _Position("sales_manager", "SALES"),
    _Position("sales_consultant", "SALES", per_store=3),
    _Position("service_advisor", "SERVICE"),
    _Position("technician", "SERVICE"),
    _Position("warehouse_keeper", "SERVICE"),
    _Position("customer_care", "CUSTOMER_CARE", once=True),
    _Position("finance", "FINANCE", once=True),
    _Position("marketing", "MARKETING", once=True),
    _Position("hq", "ADMIN", once=True),
    _Position("privacy_officer", "ADMIN", once=True),
    _Position("sys_admin", "ADMIN", once=True),
)
_DEPARTMENTS: Final = {
    "ADMIN": "行政部",
    "SALES": "销售部",
    "SERVICE": "服务部",
    "CUSTOMER_CARE": "客户关怀部",
    "FINANCE": "财务部",
    "MARKETING": "市场部",
}

LOGINS: Final = tuple(position.role for position in _POSITIONS)
"""The logins that are printed: the first of each role is called like the role; others have a number behind it."""


def password(login: str) -> str:
    """Return the password of a demo sign-in; everybody knows it."""
    return f"demo-{login.replace('_', '-')}"


async def write(scope: Scope, password_hashes: Mapping[str, str]) -> None:
    """Write a group with three stores, and thirty people who work there.

    Args:
        password_hashes: By login; who has none there can't sign in.
    """
    await _Dealership(scope, password_hashes).write()


class _Dealership:
    def __init__(self, scope: Scope, password_hashes: Mapping[str, str]) -> None:
        self.scope = scope
        self.password_hashes = password_hashes
        self.chance = random.Random(SEED)  # noqa: S311 - the same people each time
        self.roles: dict[str, UUID] = {}
        self.logins: set[str] = set()
        self.number = 0

    async def write(self) -> None:
        self.roles = {role.code: role.id for role in await Role.filter(archived_at=None)}
        stores = await self._stores()
        for index, store in enumerate(stores):
            departments = {kind: await self._department(store, kind) for kind in _DEPARTMENTS}
            positions = [one for one in _POSITIONS if index == 0 or not one.once]
            people: dict[str, list[User]] = {}
            for position in positions:
                hired = [await self._hire(store, departments, position) for _ in range(position.per_store)]
                people[position.role] = hired
            await self._team(store, people)

    async def _stores(self) -> list[Store]:
        group = await Group.all().order_by("id").first()
        assert group is not None  # `provision` made it
        group.name = "示例汽车集团"
        await group.save()
        # `provision` made one store, which becomes the first.
        present: Sequence[Store] = await Store.filter(archived_at=None).order_by("code")
        stores = []
        for index, place in enumerate(_STORES):
            store = present[index] if index < len(present) else Store(group_id=group.id)
            store.code, store.name, store.region_code = place.code, place.name, place.region_code
            store.address = place.address
            await store.save()
            stores.append(store)
        return stores

    async def _department(self, store: Store, kind: str) -> UUID:
        department = Department(store_id=store.id, name=_DEPARTMENTS[kind], kind=kind)
        await department.save()
        return department.id

    async def _hire(self, store: Store, departments: Mapping[str, UUID], position: _Position) -> User:
        self.number += 1
        login = position.role if position.role not in self.logins else f"{position.role}_{self.number}"
        self.logins.add(login)
        name = self.chance.choice(_SURNAMES) + self.chance.choice(_GIVEN)
        user = User(
            login=login,
            display_name=name,
            status=UserStatus.ACTIVE,
            password_hash=self.password_hashes.get(login),
        )
        await user.save()
        since = self.scope.today() - timedelta(days=self.chance.randint(120, 1500))
        role_id = self.roles.get(position.role)
        await Membership(
            user_id=user.id,
            store_id=store.id,
            role_ids=[str(role_id)] if role_id else [],
            department_id=departments[position.department],
            valid_from=since,
        ).save()
        return user

    async def _team(self, store: Store, people: Mapping[str, Sequence[User]]) -> None:
        """Make the sales manager the leader of the consultants."""
        team = Team(store_id=store.id, name="销售一组", leader_id=people["sales_manager"][0].id)
        await team.save()
        for user in people["sales_consultant"]:
            membership = await Membership.get(user_id=user.id, store_id=store.id)
            membership.team_id = team.id
            await membership.save()
