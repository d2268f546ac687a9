"""What the API shows of the kernel's services: files and code lists."""

from __future__ import annotations

from datetime import date

from core.catalog.declare import Connection, computed, entity
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
