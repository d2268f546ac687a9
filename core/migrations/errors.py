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
