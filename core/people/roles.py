"""Roles: what modules declare, merged with what the dealer made of it; and who may hand them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from core.caller import Caller, Reach
from core.errors import NotFoundRefusal, PermissionRefusal, ValidationRefusal
from core.people.callers import widest
from core.people.models import Role
from core.plugins.contributions import Role as RoleDeclaration

GRANT_ROLE = "core.role.grant"
"""With GROUP reach any role may be given; with less, only one that reaches no further than the giver's own rights."""


def merge_roles(declarations: Iterable[RoleDeclaration]) -> list[RoleDeclaration]:
    """Join declarations of one code: the first title holds, permissions are joined, the wider reach wins."""
    by_code: dict[str, list[RoleDeclaration]] = {}
    for declaration in declarations:
        by_code.setdefault(declaration.code, []).append(declaration)
    return [
        RoleDeclaration(code, same[0].title, widest(declaration.permissions for declaration in same))
        for code, same in by_code.items()
    ]


async def sync_roles(declarations: Iterable[RoleDeclaration]) -> list[Role]:
    """Write what modules declare into the roles, inside the present transaction; a second call changes nothing.

    What the dealer has changed stays: a permission that he widened, narrowed or took away, a title of his own, a role
    that he archived. What a module that is off declared stays as well, so that it is still there when it comes back.

    Returns:
        The roles that were made or changed.
    """
    rows = {row.code: row for row in await Role.all().order_by("-archived_at")}
    touched: list[Role] = []
    for declaration in merge_roles(declarations):
        row = rows.get(declaration.code)
        if row is None:
            row = Role(code=declaration.code, title={}, permissions={}, declared={})
        elif row.archived_at is not None:
            continue
        if _apply(row, declaration):
            await row.save()
            touched.append(row)
    return touched


def _apply(row: Role, declaration: RoleDeclaration) -> bool:
    """Bring a row up to a declaration; tell whether anything differs."""
    declared: Mapping[str, Any] = row.declared
    before: dict[str, str] = dict(declared.get("permissions", {}))
    permissions = dict(row.permissions)
    now = {str(name): reach.name for name, reach in declaration.permissions.items()}  # a Permission is no key of JSON
    for name, reach in now.items():
        untouched = permissions.get(name) == before.get(name)
        if untouched:
            permissions[name] = reach
    title = dict(declaration.title)
    own_title = row.title != declared.get("title", {})
    new_declared = {"title": title, "permissions": {**before, **now}}
    if permissions == row.permissions and new_declared == declared and (own_title or row.title == title):
        return False
    row.permissions = permissions
    row.declared = new_declared
    if not own_title:
        row.title = title
    return True


async def roles_to_give(caller: Caller, role_ids: Iterable[UUID]) -> list[Role]:
    """Return the roles that a caller wants to give to somebody.

    Raises:
        NotFoundRefusal: One of them doesn't exist.
        PermissionRefusal: One of them reaches further than the caller may give.
    """
    reach = caller.require(GRANT_ROLE)
    wanted = list(dict.fromkeys(role_ids))
    roles = {row.id: row for row in await Role.filter(id__in=wanted, archived_at=None)} if wanted else {}
    missing = next((role_id for role_id in wanted if role_id not in roles), None)
    if missing is not None:
        raise NotFoundRefusal("there is no such role", path=("roles",))
    if reach < Reach.GROUP:
        for role in roles.values():
            check_within(caller, role.permissions)
    return [roles[role_id] for role_id in wanted]


def check_within(caller: Caller, permissions: Mapping[str, str]) -> None:
    """Refuse permissions that reach further than the caller's own.

    Raises:
        PermissionRefusal: One does; it names which.
    """
    for name, text in permissions.items():
        own = caller.reach(name)
        if own is None or own < Reach[text]:
            raise PermissionRefusal(name)


def check_permissions(permissions: Mapping[str, str], known: Iterable[str]) -> None:
    """Refuse a role's permissions that no module declares, or a reach that doesn't exist.

    Raises:
        ValidationRefusal: It names the first one.
    """
    all_known = set(known)
    for name, reach in permissions.items():
        if name not in all_known:
            raise ValidationRefusal(f"no module declares the permission {name}", path=("permissions",))
        if reach not in Reach.__members__:
            right = ", ".join(Reach.__members__)
            raise ValidationRefusal(
                f"{name} can't have the reach {reach}; right is one of {right}", path=("permissions",)
            )
