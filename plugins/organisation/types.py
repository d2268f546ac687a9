"""What the API shows of the organisation."""

from __future__ import annotations

from datetime import date, datetime

from forecourt.graphql import Connection, User, entity
from plugins.organisation import models


@entity(models.Outlet, filter=["code"], order=["code", "name"])
class Outlet:
    """A place of sale that belongs to a store."""

    code: str
    """Short and unique within the store."""
    name: str
    """What people call it."""
    address: str
    """Where it is."""
    opened_on: date
    """Its first day."""
    closed_on: date | None
    """The first day without it."""


@entity(models.Employee, filter=["position", "user"], order=["number", "name"], search=["number", "name"])
class Employee:
    """Somebody on the store's staff, with a sign-in or without."""

    number: str
    """Staff number."""
    name: str
    """What colleagues call this person."""
    user: User
    """The sign-in, if there is one."""
    position: str
    """What this person does."""
    hired_on: date | None
    """First day."""
    left_on: date | None
    """Last day."""
    deputy: Employee
    """Who takes the work of this person during an absence."""
    certifications: Connection[Certification]
    """What this person may do alone."""
    shifts: Connection[Shift]
    """Times on duty."""
    absences: Connection[Absence]
    """Days away."""


@entity(models.Certification, filter=["line", "employee"], visible_through="employee")
class Certification:
    """A product line or job that somebody is certified for."""

    employee: Employee
    """Who is."""
    line: str
    """Product line or job."""
    valid_from: date
    """First day."""
    valid_to: date | None
    """Last day."""


@entity(models.Shift, filter=["employee", "starts_at"], order=["starts_at"], visible_through="employee")
class Shift:
    """A time on duty."""

    employee: Employee
    """Whose."""
    starts_at: datetime
    """Begin."""
    ends_at: datetime
    """End."""


@entity(models.Absence, filter=["employee", "from_on", "kind"], order=["from_on"], visible_through="employee")
class Absence:
    """Days on which somebody is away."""

    employee: Employee
    """Who is."""
    kind: str
    """Why: a code of the list `organisation.absence_kind`."""
    from_on: date
    """First day."""
    until_on: date
    """Last day."""
    approved: bool
    """Whether the manager has agreed."""
