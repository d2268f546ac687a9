"""What a database knows of the rows in its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from core.data.database import Database

_ROWS_LOOKED_AT: Final = 1000
"""Per index of SQLite; PostgreSQL takes a sample by itself."""
_TABLES: Final = (
    "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname = ANY (current_schemas(false)) "
    "AND pg_has_role(c.relowner, 'USAGE') ORDER BY 1"
)


async def analyze(database: Database) -> None:
    """Have all tables of a database looked at, whose user owns them."""
    if database.dialect == "sqlite":
        await database.execute(f"PRAGMA analysis_limit = {_ROWS_LOOKED_AT}")
        await database.execute("ANALYZE")
        return
    tables = [row[0] for row in await database.fetch(_TABLES)]
    if tables:
        await database.execute(f"ANALYZE {', '.join(tables)}")
