"""Who of a store may be given work of one kind at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forecourt import Scope, local_date, users_with_permission
from plugins.organisation.models import Certification, Shift
from plugins.organisation.services.staff import Days, Member, day_bounds, members


@dataclass(frozen=True, slots=True)
class Colleague:
    """An active user of a store, as the roster has it.

    Attributes:
        on_duty: At work at the moment asked for, or expected later that day.
        certified: The lines to work on, by certificates that hold that day.
    """

    user_id: UUID
    on_duty: bool
    certified: frozenset[str]


async def colleagues(scope: Scope, permission: str, at: datetime, *, store_id: UUID | None = None) -> list[Colleague]:
    """Return the active users of a store whose roles there give a permission, by id.

    A user without an employee row is taken to be there. It costs as many statements for one as for a hundred.

    Args:
        store_id: The caller's store without it.
    """
    store = store_id or scope.store_id
    zone = scope.zone(store)
    day = local_date(at, zone)
    users = await users_with_permission(permission, store, day)
    staff = {member.user_id: member for member in (await members(scope, store, day)).values()}
    begin, end = day_bounds(day, zone)
    shifts = await _shifts(store, begin, end)
    lines = await _lines(store, day)
    return [
        Colleague(user_id, _on_duty(staff.get(user_id), shifts, day, at), frozenset(lines.get(user_id, ())))
        for user_id in sorted(users)
    ]


def _on_duty(member: Member | None, shifts: Iterable[Shift], day: date, at: datetime) -> bool:
    if member is None:
        return True
    rostered = list(shifts)
    own = (shift for shift in rostered if shift.employee_id == member.employee_id)
    return member.available(day) and (not rostered or any(shift.ends_at > at for shift in own))


async def _shifts(store_id: UUID, begin: datetime, end: datetime) -> list[Shift]:
    rows: list[Shift] = await Shift.filter(store_id=store_id, archived_at=None, starts_at__lt=end, ends_at__gt=begin)
    return rows


async def _lines(store_id: UUID, day: date) -> dict[UUID, set[str]]:
    rows = await Certification.filter(store_id=store_id, archived_at=None, employee__archived_at=None).select_related(
        "employee"
    )
    found: dict[UUID, set[str]] = {}
    for row in rows:
        if row.employee.user_id is not None and day in Days(row.valid_from, row.valid_to):
            found.setdefault(row.employee.user_id, set()).add(row.line)
    return found
