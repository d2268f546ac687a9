"""The outlets and the staff of the demo dealership: everybody who works in one of its stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from forecourt import Membership, Scope, Store
from plugins.organisation.models import Employee, Outlet

_OUTLETS: Final = (("SH01", "SH01-A", "上海嘉定网点"), ("CD01", "CD01-A", "成都双流网点"))


async def write(scope: Scope) -> None:
    """Write two outlets, and an employee for each membership; nothing where there are employees."""
    if await Employee.exists():
        return
    stores = {store.code: store for store in await Store.filter(archived_at=None)}
    opened_on = scope.today() - timedelta(days=900)
    for owner, code, name in _OUTLETS:
        if owner in stores:
            await Outlet(store_id=stores[owner].id, code=code, name=name, opened_on=opened_on).save()
    titles = {role.code: role.title.get("zh-CN", "") for roles in scope.hooks.roles() for role in roles}
    numbers = {store.id: code for code, store in stores.items()}
    memberships = await Membership.filter(archived_at=None).select_related("user").order_by("id")
    for number, membership in enumerate(memberships, start=1):
        await Employee(
            store_id=membership.store_id,
            user_id=membership.user_id,
            number=f"{numbers[membership.store_id]}-{number:03}",
            name=membership.user.display_name,
            position=_position(membership.user.login, titles),
            hired_on=membership.valid_from,
        ).save()


def _position(login: str, titles: Mapping[str, str]) -> str:
    """Return the title of the role that a sign-in of the demo is called after, such as `technician_9`."""
    return titles.get(login.rstrip("_0123456789"), "")
