"""Who may do what with outlets and staff; roles that several modules contribute to are joined by their codes."""

from __future__ import annotations

from collections.abc import Iterable

from forecourt import Reach, Role

_ENTITIES = ("absence", "certification", "employee", "outlet", "shift")
_ROLES = (
    ("sys_admin", "System administrator", "系统管理员", Reach.GROUP, ("read", "create", "update", "archive")),
    ("store_manager", "Store manager", "店长", Reach.STORE, ("read", "create", "update", "archive")),
    ("hq", "Headquarters", "总部", Reach.GROUP, ("read",)),
)


def roles() -> Iterable[Role]:
    """Yield the roles with their rights on outlets and staff."""
    for code, english, chinese, reach, actions in _ROLES:
        permissions = {f"organisation.{entity}.{action}": reach for entity in _ENTITIES for action in actions}
        yield Role(code, {"en": english, "zh-CN": chinese}, permissions)
