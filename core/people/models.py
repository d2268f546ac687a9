"""The tables of people and places: stores, users, what they may do, and how they sign in."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from core.data import fields
from core.data.indexes import UniqueWhere
from core.data.model import GroupModel, Model
from core.state import BY_SYSTEM, StateMachine

LONGEST_LOGIN: Final = 100


class UserStatus(StrEnum):
    """Where a user stands; only an ACTIVE one signs in."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    LEFT = "LEFT"


USER: Final = StateMachine(
    {"en": "user", "zh-CN": "用户"},
    {
        UserStatus.INVITED: {UserStatus.ACTIVE: BY_SYSTEM, UserStatus.LEFT: BY_SYSTEM},
        UserStatus.ACTIVE: {UserStatus.SUSPENDED: BY_SYSTEM, UserStatus.LEFT: BY_SYSTEM},
        UserStatus.SUSPENDED: {UserStatus.ACTIVE: BY_SYSTEM, UserStatus.LEFT: BY_SYSTEM},
        UserStatus.LEFT: {},
    },
    # The first user of a dealer, and those of a demo, are invited by nobody.
    initial=(UserStatus.INVITED, UserStatus.ACTIVE),
)


class Group(GroupModel):
    """A dealer group; most dealers have one."""

    name = fields.CharField(max_length=100)
    currency = fields.CharField(max_length=3, default="CNY")
    locale = fields.CharField(max_length=10, default="zh-CN")


class Store(GroupModel):
    """A shop of the group: what most rows belong to.

    Attributes:
        kind: A code of the list `core.store_kind`, such as `FOUR_S` or `USED_CAR`.
        zone: IANA time zone, which decides what day it is here.
        region_code: Administrative division, such as GB/T 2260's 310115.
    """

    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField("core.Group")
    group_id: UUID
    code = fields.CharField(max_length=20)
    name = fields.CharField(max_length=100)
    kind = fields.CharField(max_length=60, default="FOUR_S")
    zone = fields.CharField(max_length=40, default="Asia/Shanghai")
    region_code = fields.CharField(max_length=12, default="")
    currency = fields.CharField(max_length=3, default="CNY")
    address = fields.CharField(max_length=300, default="")

    class Meta:
        indexes = (UniqueWhere(fields=("code",), condition={"archived_at": None}, name="core_store_live_code"),)


class User(GroupModel):
    """Somebody who signs in.

    Attributes:
        login: Lower case; free again once its user has left.
        password_hash: Argon2id; none until an invitation is accepted.
    """

    login = fields.CharField(max_length=LONGEST_LOGIN)
    password_hash = fields.CharField(max_length=200, null=True)
    display_name = fields.CharField(max_length=100, searched=True)
    locale = fields.CharField(max_length=10, default="zh-CN")
    status = fields.StateField(USER, max_length=10, default=UserStatus.INVITED)

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("login",),
                condition={"archived_at": None, "status__not": UserStatus.LEFT},
                name="core_user_live_login",
            ),
        )


class Department(Model):
    """A part of a store, such as service or parts; `kind` is a code of the list `core.department_kind`."""

    name = fields.CharField(max_length=100)
    kind = fields.CharField(max_length=60)
    manager: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    manager_id: UUID | None

    class Meta:
        indexes = (
            UniqueWhere(fields=("store", "name"), condition={"archived_at": None}, name="core_department_live_name"),
        )


class Team(Model):
    """People of a store whose rows their leader sees."""

    name = fields.CharField(max_length=100)
    leader: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    leader_id: UUID | None

    class Meta:
        indexes = (UniqueWhere(fields=("store", "name"), condition={"archived_at": None}, name="core_team_live_name"),)


class Role(GroupModel):
    """What a kind of work may do.

    Attributes:
        permissions: `module.entity.action` to the name of a reach: OWN, TEAM, STORE or GROUP.
        limits: How much more one operation may ask for than others, by the names of `core.limits.ROLE_LIMITS`.
        declared: Title and permissions as the modules declared them last; where the row differs, the dealer has
            changed it and keeps his own.
    """

    code = fields.CharField(max_length=60)
    title: dict[str, str] = fields.JSONField(default=dict)
    permissions: dict[str, str] = fields.JSONField(default=dict)
    limits: dict[str, int] | None = fields.JSONField(null=True)
    declared: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        indexes = (UniqueWhere(fields=("code",), condition={"archived_at": None}, name="core_role_live_code"),)


class Membership(Model):
    """A user's work in a store, for a time; both days included.

    Attributes:
        role_ids: Ids of roles, as text.
    """

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User")
    user_id: UUID
    role_ids: list[str] = fields.JSONField(default=list)
    department: fields.ForeignKeyRelation[Department] | None = fields.ForeignKeyField("core.Department", null=True)
    department_id: UUID | None
    team: fields.ForeignKeyRelation[Team] | None = fields.ForeignKeyField("core.Team", null=True)
    team_id: UUID | None
    valid_from: date = fields.DateField()
    valid_to: date | None = fields.DateField(null=True)

    class Meta:
        # Somebody who leaves a store and comes back has two memberships there, but never two without an end.
        indexes = (
            UniqueWhere(
                fields=("user", "store"),
                condition={"archived_at": None, "valid_to": None},
                name="core_membership_open",
            ),
        )


class PermissionGrant(GroupModel):
    """A wider reach for a user, for a limited time and a stated reason.

    Attributes:
        reach: The name of a `Reach`.
        valid_until: The first instant at which it no longer holds.
    """

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User")
    user_id: UUID
    permission = fields.CharField(max_length=150)
    reach = fields.CharField(max_length=10)
    valid_from: datetime = fields.DatetimeField()
    valid_until: datetime = fields.DatetimeField(db_index=True)
    reason = fields.CharField(max_length=300)
    granted_by = fields.CharField(max_length=200)


class RefreshToken(GroupModel):
    """A signed-in device: a family of refresh tokens, of which the latest is valid.

    Attributes:
        handle: What all tokens of the family carry.
        secret_hash: SHA-256 of the valid token's secret.
        generation: How many tokens the family has had.
        expires_at: When the valid token expires; each refresh moves it.
        ends_at: When the family ends however often it is refreshed.
        revoked_reason: `SIGN_OUT`, `REUSE`, `PASSWORD`, `STATUS` or empty.
    """

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User")
    user_id: UUID
    handle = fields.CharField(max_length=22, unique=True)
    secret_hash = fields.CharField(max_length=64)
    generation = fields.IntField(default=1)
    expires_at: datetime = fields.DatetimeField(db_index=True)
    ends_at: datetime = fields.DatetimeField()
    revoked_at: datetime | None = fields.DatetimeField(null=True)
    revoked_reason = fields.CharField(max_length=10, default="")


class ApiKey(GroupModel):
    """A machine's way in; the key itself was shown once and is stored as a hash.

    Attributes:
        store: Where it may work; none for all stores of the group.
    """

    name = fields.CharField(max_length=100)
    secret_hash = fields.CharField(max_length=64)
    role: fields.ForeignKeyRelation[Role] = fields.ForeignKeyField("core.Role")
    role_id: UUID
    store: fields.ForeignKeyRelation[Store] | None = fields.ForeignKeyField("core.Store", null=True)
    store_id: UUID | None
    expires_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)
