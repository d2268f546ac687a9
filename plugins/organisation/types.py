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
    """The number under which the store keeps this person."""
    name: str
    """What colleagues call this person."""
    user: User
    """The sign-in, if there is one."""
    position: str
    """What this person does."""
    hired_on: date | None
    """The first day of the employment."""
    left_on: date | None
    """The last day of the employment."""
    deputy: Employee
    """Who takes the work of this person during an absence."""
    certifications: Connection[Certification]
    """What this person may do alone."""
    shifts: Connection[Shift]
    """Times on duty."""
    absences: Connection[Absence]
    """The days on which this person is away."""


@entity(models.Certification, filter=["line", "employee"], visible_through="employee")
class Certification:
    """A product line or job that somebody is certified for."""

    employee: Employee
    """The employee who is certified."""
    line: str
    """The product line or job that the certification is for."""
    valid_from: date
    """The first day on which the certification holds."""
    valid_to: date | None
    """The last day on which the certification holds."""


@entity(models.Shift, filter=["employee", "starts_at"], order=["starts_at"], visible_through="employee")
class Shift:
    """A time on duty."""

    employee: Employee
    """The employee who is on duty."""
    starts_at: datetime
    """When the duty begins."""
    ends_at: datetime
    """When the duty ends."""


@entity(models.Absence, filter=["employee", "from_on", "kind"], order=["from_on"], visible_through="employee")
class Absence:
    """Days on which somebody is away."""

    employee: Employee
    """The employee who is away."""
    kind: str
    """Why: a code of the list `organisation.absence_kind`."""
    from_on: date
    """The first day of the absence."""
    until_on: date
    """The last day of the absence."""
    approved: bool
    """Whether the manager has agreed."""
