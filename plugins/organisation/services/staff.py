"""Who works when, who stands in for whom, and who may work on what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt import Membership, Scope, ValidationRefusal, local_date, require_code
from plugins.organisation.code_lists import ABSENCE_KINDS
from plugins.organisation.models import Absence, Certification, Employee, Shift
from plugins.organisation.services.hours import business_clock

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Days:
    """A span of calendar days, both ends included; no end means until further notice."""

    from_on: date
    until_on: date | None

    def __contains__(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


def deputy_of(person: K, deputies: Mapping[K, K | None], is_available: Callable[[K], bool]) -> K | None:
    """Return the first available one along the chain of deputies, the person himself left out.

    A chain that comes back to somebody already asked ends there.
    """
    asked = {person}
    deputy = deputies.get(person)
    while deputy is not None and deputy not in asked:
        if is_available(deputy):
            return deputy
        asked.add(deputy)
        deputy = deputies.get(deputy)
    return None


def stand_in(owner: K, deputies: Mapping[K, K | None], leader: K | None, is_available: Callable[[K], bool]) -> K:
    """Return who acts for an owner: himself, else a deputy, else the team's leader, else the leader's deputy.

    When nobody of them is available it is the owner again: work without anybody would be lost.
    """
    if is_available(owner):
        return owner
    found = deputy_of(owner, deputies, is_available)
    if found is None and leader is not None and leader != owner:
        found = leader if is_available(leader) else deputy_of(leader, deputies, is_available)
    return owner if found is None else found


def is_rostered(at: datetime, shifts: Iterable[tuple[datetime, datetime]]) -> bool:
    """Tell whether one of the shifts covers an instant; a shift's end is no part of it."""
    return any(start <= at < end for start, end in shifts)


@dataclass(frozen=True, slots=True)
class Member:
    """An employee as far as availability goes."""

    employee_id: UUID
    user_id: UUID | None
    deputy_id: UUID | None
    employed: Days
    away: Sequence[Days]

    def available(self, day: date) -> bool:
        """Tell whether this person is employed and not away for the day."""
        return day in self.employed and not any(day in absence for absence in self.away)


async def members(scope: Scope, store_id: UUID, day: date) -> dict[UUID, Member]:
    """Return the employees of a store by employee id, with the absences that touch a day."""
    rows = await Employee.filter(store_id=store_id, archived_at=None)
    away: dict[UUID, list[Days]] = {}
    for row in await Absence.filter(
        store_id=store_id, approved=True, archived_at=None, from_on__lte=day, until_on__gte=day
    ):
        away.setdefault(row.employee_id, []).append(Days(row.from_on, row.until_on))
    return {row.id: _member(row, away.get(row.id, [])) for row in rows}


def _member(row: Employee, away: list[Days]) -> Member:
    employed = Days(row.hired_on or date.min, row.left_on)
    return Member(row.id, row.user_id, row.deputy_id, employed, tuple(away))


async def effective_owner(scope: Scope, user_id: UUID, day: date, *, store_id: UUID | None = None) -> UUID:
    """Return the user who acts for a user on a day, in the caller's store without another.

    A user without an employee row is taken to be there; an employee without a user can't act for anybody.
    """
    staff = await members(scope, store_id or scope.store_id, day)
    by_user = {member.user_id: member for member in staff.values() if member.user_id is not None}

    def deputy(member: Member) -> UUID | None:
        stands_in = staff.get(member.deputy_id) if member.deputy_id is not None else None
        return None if stands_in is None else stands_in.user_id

    def is_available(user: UUID) -> bool:
        return user not in by_user or by_user[user].available(day)

    if is_available(user_id):
        return user_id
    deputies = {user: deputy(member) for user, member in by_user.items()}
    return stand_in(user_id, deputies, await _leader(user_id, store_id or scope.store_id, day), is_available)


async def _leader(user_id: UUID, store_id: UUID, day: date) -> UUID | None:
    rows = await Membership.filter(
        user_id=user_id, store_id=store_id, archived_at=None, team_id__isnull=False, valid_from__lte=day
    ).select_related("team")
    teams = (row.team for row in rows if day in Days(row.valid_from, row.valid_to))
    return next((team.leader_id for team in teams if team is not None), None)


async def on_duty(scope: Scope, user_id: UUID, at: datetime, *, store_id: UUID | None = None) -> bool:
    """Tell whether a user works at an instant.

    Where anybody of the store is rostered that day, the roster decides; without one it is the opening hours. Somebody
    who is away for the day never is on duty.
    """
    store = store_id or scope.store_id
    zone = scope.zone(store)
    day = local_date(at, zone)
    staff = await members(scope, store, day)
    member = next((found for found in staff.values() if found.user_id == user_id), None)
    if member is None or not member.available(day):
        return False
    begin, end = day_bounds(day, zone)
    shifts = await Shift.filter(store_id=store, archived_at=None, starts_at__lt=end, ends_at__gt=begin)
    if shifts:
        own = (shift for shift in shifts if shift.employee_id == member.employee_id)
        return is_rostered(at, ((shift.starts_at, shift.ends_at) for shift in own))
    return (await business_clock(scope, store)).is_open(at)


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return the instants (UTC) at which a day of a zone begins and ends."""
    start = datetime.combine(day, time(), ZoneInfo(zone))
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return start.astimezone(UTC), end.astimezone(UTC)


async def certified(
    scope: Scope, user_id: UUID, line: str, *, on: date | None = None, store_id: UUID | None = None
) -> bool:
    """Tell whether a user may work on a line, today without another day."""
    day = on or scope.today()
    rows = await Certification.filter(
        store_id=store_id or scope.store_id,
        employee__user_id=user_id,
        employee__archived_at=None,
        line=line,
        archived_at=None,
    )
    return any(day in Days(row.valid_from, row.valid_to) for row in rows)


async def set_deputy(scope: Scope, employee: Employee, deputy_id: UUID | None) -> None:
    """Name who stands in for an employee; needs a unit of work.

    Two may stand in for each other: chains of deputies end where they come back.

    Raises:
        NotFoundRefusal: The deputy is no employee within the caller's reach.
        ValidationRefusal: It is the employee himself, or somebody of another store.
    """
    if deputy_id is not None:
        deputy = await scope.get(Employee, deputy_id)
        if deputy.id == employee.id or deputy.store_id != employee.store_id:
            raise ValidationRefusal("a deputy is another employee of the same store", path=("deputy",), rule="deputy")
    employee.deputy_id = deputy_id
    await employee.save()


async def add_shift(scope: Scope, employee: Employee, starts_at: datetime, ends_at: datetime) -> Shift:
    """Roster an employee; needs a unit of work.

    Raises:
        ValidationRefusal: The shift ends before it begins, lasts over a day, or overlaps another one of the employee.
    """
    if not timedelta() < ends_at - starts_at <= timedelta(days=1):
        raise ValidationRefusal("a shift ends after it begins and lasts a day at most", rule="shift_span")
    overlapping = Shift.filter(employee_id=employee.id, archived_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at)
    if await overlapping.exists():
        raise ValidationRefusal("the employee has another shift at that time", rule="shift_overlap")
    row = Shift(store_id=employee.store_id, employee_id=employee.id, starts_at=starts_at, ends_at=ends_at)
    await row.save()
    return row


async def add_absence(
    scope: Scope, employee: Employee, from_on: date, until_on: date, *, kind: str = "LEAVE", approved: bool = True
) -> Absence:
    """Record days on which an employee is away, both ends included; needs a unit of work.

    Raises:
        ValidationRefusal: The days are in the wrong order, or the kind is no valid code.
    """
    if until_on < from_on:
        raise ValidationRefusal("an absence ends on or after the day it begins", path=("untilOn",), rule="absence_span")
    await require_code(scope, ABSENCE_KINDS.name, kind, store_id=employee.store_id, path=("kind",))
    row = Absence(
        store_id=employee.store_id,
        employee_id=employee.id,
        kind=kind,
        from_on=from_on,
        until_on=until_on,
        approved=approved,
    )
    await row.save()
    return row
