"""Copies that killed migrations have left beside a SQLite database, and what to do with them.

A run of migrations is one transaction, so after a kill the database is as it was before. Two things can make it
otherwise, and both can be told: a run marks the database inside its transaction and takes the mark away before the
commit, so that a mark which can be seen comes from a run that was committed half way; and SQLite checks its own file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from core.migrations.errors import MigrationError

COPY: Final = ".before-migration-"
UNFINISHED: Final = ".unfinished"
PARTIAL: Final = ".partial"
UNDER_WAY: Final = 0x666F7265
"""SQLite's `user_version` while a run is under way, "fore" in ASCII; 0 otherwise, and rolled back with the run."""
_PATIENCE_SECONDS: Final = 1.0


class Claim:
    """Says that a running process needs a copy; the system takes it back when the process ends, however that is.

    Raises:
        OSError: Another one needs it.
    """

    def __init__(self, copy: Path) -> None:
        self._file: BinaryIO = copy.open("rb")
        try:
            _lock(self._file)
        except OSError:
            self._file.close()
            raise

    def release(self) -> None:
        """Let others have the copy."""
        self._file.close()


def _lock(file: BinaryIO) -> None:
    try:
        import fcntl
    except ImportError:
        return  # Windows refuses to remove a file that another process has open
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def settle(path: Path, *, mends: bool) -> str:
    """Decide what to do with the copies that killed runs have left, and do it.

    Where the database is whole, they are removed. Where it is not, the newest good one is put back first. A copy of a
    run under way is left alone, and so is one that somebody wanted kept.

    Args:
        mends: Put a copy back where that is needed; otherwise it is an error that says how.

    Returns:
        What was done; empty if there was nothing to do, or somebody else is writing.

    Raises:
        MigrationError: The database is not whole, and no copy was put back; nothing was removed.
    """
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE_SECONDS)) as connection:
            return _settled(path, connection, mends)
    except sqlite3.Error as error:
        raise MigrationError(f"{path} can't be looked at: {error}") from error


def _settled(path: Path, connection: sqlite3.Connection, mends: bool) -> str:
    left = _left_over(path)
    if not left and not _is_marked(connection):
        return ""
    with _alone(connection) as alone:
        if not alone or _any_claimed(left):
            return ""
        problem = _problem(connection)
    if problem is None:
        return _removed(left)
    return _mended(path, connection, left, problem) if mends else _refused(path, left, problem)


def kept_copies(path: Path) -> Sequence[Path]:
    """Return the copies that `forecourt migrate --keep-copy` has kept, or an older version may have left."""
    return sorted(
        found for found in path.parent.glob(f"{path.name}{COPY}*") if found.suffix not in (UNFINISHED, PARTIAL)
    )


def put_back(copy: Path, connection: sqlite3.Connection, path: Path) -> None:
    """Write a copy over the database of a connection, in one transaction.

    Raises:
        MigrationError: That failed; the message names the file to put back by hand.
    """
    try:
        with closing(sqlite3.connect(copy)) as source:
            source.backup(connection)
    except sqlite3.Error as error:
        raise MigrationError(
            f"the database could not be put back ({error}); stop the server and replace {path} by {copy}"
        ) from error


def checked(connection: sqlite3.Connection) -> str | None:
    """Return what SQLite finds wrong with a file; None when it is sound."""
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return None if found == "ok" else str(found)


def _left_over(path: Path) -> list[Path]:
    """Return the copies of runs that have not come to their end, the oldest first."""
    return sorted(found for found in path.parent.glob(f"{path.name}{COPY}*") if found.suffix in (UNFINISHED, PARTIAL))


def _is_marked(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("PRAGMA user_version").fetchone()[0] == UNDER_WAY)
    except sqlite3.DatabaseError:
        return False  # whoever opens it next says what is wrong; without a copy nothing can be decided here


@contextmanager
def _alone(connection: sqlite3.Connection) -> Iterator[bool]:
    """Keep others from writing, so that no run can begin; False if somebody writes. A broken file has no writers."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        yield False
        return
    except sqlite3.DatabaseError:
        yield True
        return
    try:
        yield True
    finally:
        connection.execute("ROLLBACK")


def _any_claimed(left: Sequence[Path]) -> bool:
    for copy in left:
        try:
            Claim(copy).release()
        except OSError:
            return True
    return False


def _problem(connection: sqlite3.Connection) -> str | None:
    if _is_marked(connection):
        return "a migration was killed after it had committed a part"
    return checked(connection)


def _removed(left: Sequence[Path]) -> str:
    size = sum(copy.stat().st_size for copy in left)
    for copy in left:
        copy.unlink()
    return f"removed {len(left)} copies ({size:,} bytes) that killed migrations had left; the database is whole"


def _mended(path: Path, connection: sqlite3.Connection, left: Sequence[Path], problem: str) -> str:
    good = next((copy for copy in reversed(left) if _is_good(copy)), None)
    if good is None:
        _refused(path, [], problem)
    assert good is not None
    put_back(good, connection, path)
    if (still := _problem(connection)) is not None:
        raise MigrationError(f"{path} is not whole though {good} was put back: {still}; nothing was removed")
    return f"the database was not whole ({problem}), so the copy {good.name} was put back; {_removed(left)}"


def _is_good(copy: Path) -> bool:
    if copy.suffix == PARTIAL:
        return False  # its run was killed while it was written
    with closing(sqlite3.connect(copy)) as connection:
        return _problem(connection) is None


def _refused(path: Path, left: Sequence[Path], problem: str) -> str:
    mend = (
        "`forecourt migrate` puts the copy from before it back" if left else "restore a backup: there is no good copy"
    )
    raise MigrationError(f"{path} is not whole ({problem}): {mend}")
