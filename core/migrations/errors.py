"""What can go wrong when a schema is changed."""

from __future__ import annotations

from core.errors import ForecourtError


class MigrationError(ForecourtError):
    """A schema can't be changed; the database is as it was before the failing migration.

    Attributes:
        module: The module whose history it is; empty where it concerns the database as a whole.
        migration: The name of the migration.
        operation: What it was doing.
    """

    code = "MIGRATION"

    def __init__(self, message: str, *, module: str = "", migration: str = "", operation: str = "") -> None:
        place = ".".join(part for part in (module, migration) if part)
        where = ", ".join(part for part in (place, operation) if part)
        super().__init__(f"{where}: {message}" if where else message)
        self.module = module
        self.migration = migration
        self.operation = operation


class NoRoomError(MigrationError):
    """A disk is too full for a migration; what had been done is rolled back.

    Attributes:
        needed_bytes: What it takes, as far as can be told from the size of the database.
        free_bytes: What there is; None where only the database's server knows.
    """

    code = "STORAGE_FULL"

    def __init__(self, message: str, *, needed_bytes: int, free_bytes: int | None = None) -> None:
        needs = f"It needs up to {needed_bytes:,} bytes, and only its own server knows how many are free"
        if free_bytes is not None and free_bytes < needed_bytes:
            needs = f"It needs up to {needed_bytes:,} bytes, and {free_bytes:,} are free"
        elif free_bytes is not None:  # a migration that writes rows of its own
            needs = f"It needs more than the {free_bytes:,} bytes that are free"
        super().__init__(f"{message}. {needs}: make room and run `forecourt migrate` again")
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes
