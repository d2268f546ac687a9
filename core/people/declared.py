"""The roles that the kernel itself brings, and what the kernel's own entities mean for those of the modules.

The system administrator looks after people, places and settings, and sees nothing of customers.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.caller import Reach
from core.plugins.contributions import Role

_KEPT = ("department", "team")
_READ = ("code", "code_set", "role", "store", "user")
_ROLES = (
    ("sys_admin", "System administrator", "系统管理员", Reach.GROUP, True),
    ("store_manager", "Store manager", "店长", Reach.STORE, True),
    ("hq", "Headquarters", "总部", Reach.GROUP, False),
)
_WATCHES = (("privacy_officer", "Privacy officer", "隐私专员"), ("store_manager", "Store manager", "店长"))
"""Who reads the access log of look-ups."""


def declared() -> Iterator[Role]:
    """Yield the roles with their permissions on the kernel's entities."""
    for code, english, chinese, reach, keeps in _ROLES:
        actions = ("read", "create", "update", "archive") if keeps else ("read",)
        permissions = {f"core.{entity}.{action}": reach for entity in _KEPT for action in actions}
        permissions |= {f"core.{entity}.read": reach for entity in _READ}
        if keeps:
            permissions["core.role.grant"] = reach
        yield Role(code, {"en": english, "zh-CN": chinese}, permissions)
    for code, english, chinese in _WATCHES:
        yield Role(code, {"en": english, "zh-CN": chinese}, {"core.look_up.read": Reach.STORE})
