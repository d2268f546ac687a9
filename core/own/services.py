"""What the API shows of the kernel's services: files, code lists, staff."""

from __future__ import annotations

from datetime import date, datetime

from core.catalog.declare import Connection, computed, entity
from core.own.people import User
from core.services import models
from core.services.models import Classification


@entity(models.File, filter=["classification"], order=["name"], create=False, update=False)
class File:
    """A stored document or picture."""

    name: str
    """As it was uploaded."""
    content_type: str
    """Found by looking into it, not by its name."""
    size_bytes: int
    """After metadata such as a camera's position was removed."""
    sha256: str
    """Hash of the stored content."""
    classification: Classification
    """Who may open it, and whether it is encrypted."""


@entity(
    models.CodeSet, filter=["name", "module"], order=["name"], public=True, create=False, update=False, archive=False
)
class CodeSet:
    """A list of codes, such as colours or reasons."""

    name: str
    """Unique, such as `core.store_kind`."""
    module: str
    """Whose it is."""
    codes: Connection[Code]
    """Its entries."""

    @computed
    @staticmethod
    def title(titles: dict[str, str], *, locale: str) -> str:
        """What people call it, in the client's language."""
        return titles.get(locale) or titles.get("en", "")


@entity(
    models.Code,
    filter=["code", "valid_to"],
    order=["position", "code"],
    public=True,
    create=False,
    update=False,
    archive=False,
)
class Code:
    """One entry of a code list; it is never deleted, only no longer valid."""

    code: str
    """Stable and meant for programs."""
    code_set: CodeSet
    """Its list."""
    position: int
    """Where it stands in the list."""
    parent_code: str
    """The code above it in a tree; empty at the top."""
    valid_from: date | None
    """First day on which it can be used."""
    valid_to: date | None
    """Last day on which it can be used."""

    @computed
    @staticmethod
    def title(titles: dict[str, str], *, locale: str) -> str:
        """What people call it, in the client's language."""
        return titles.get(locale) or titles.get("en", "")


@entity(models.Employee, filter=["position", "user"], order=["number", "name"], search=["number", "name"])
class Employee:
    """Somebody on the store's staff, whether he signs in or not."""

    number: str
    """Staff number."""
    name: str
    """Name."""
    user: User
    """His sign-in, if he has one."""
    position: str
    """What he does."""
    hired_on: date | None
    """First day."""
    left_on: date | None
    """Last day."""
    deputy: Employee
    """Who takes his work while he is absent."""
    certifications: Connection[Certification]
    """What he may do alone."""
    shifts: Connection[Shift]
    """When he is on duty."""
    absences: Connection[Absence]
    """When he is away."""


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
    """Why: a code of the list `core.absence_kind`."""
    from_on: date
    """First day."""
    until_on: date
    """Last day."""
    approved: bool
    """Whether his manager has agreed."""
