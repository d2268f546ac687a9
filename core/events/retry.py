"""When something that failed is tried again, and what is kept of the failure."""

from __future__ import annotations

import random
import traceback
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from core.errors import ForecourtError, StorageFullError

_LONGEST_WAIT_FOR_ROOM = 60.0
_BELOW = ("site-packages", f"{Path(__file__).parents[1]}/data/")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Pauses that double from `first_seconds` up to `longest_seconds`, spread by a fifth.

    Attributes:
        attempts: After so many failures a person must look at it.
    """

    attempts: int = 10
    first_seconds: float = 1.0
    longest_seconds: float = 600.0

    def pause(self, failures: int) -> timedelta | None:
        """Return how long to wait after the given number of failures; None to give up."""
        if failures >= self.attempts:
            return None
        seconds = min(self.first_seconds * 2.0 ** (failures - 1), self.longest_seconds)
        return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - only spreads retries

    def after(self, error: BaseException, failures: int) -> tuple[int, timedelta | None]:
        """Return as which failure an error counts, and how long to wait after it; None to give up.

        For lack of room nothing is given up, and it is tried again within a minute; half of the attempts are left
        for other failures.
        """
        if not isinstance(error, StorageFullError):
            return failures, self.pause(failures)
        counted = min(failures, self.attempts // 2)
        pause = self.pause(counted)
        assert pause is not None
        return counted, min(pause, timedelta(seconds=_LONGEST_WAIT_FOR_ROOM))


def describe(error: BaseException) -> str:
    """Return the kind of an error and where it happened, with its message only if Forecourt wrote it.

    Messages of others, a database's above all, may quote personal data.
    """
    message = f": {error}" if isinstance(error, ForecourtError) else ""
    return f"{type(error).__name__}{_place(error)}{message}"[:500]


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    # Where a library or the database's client noticed it says less than who had called.
    ours = [frame for frame in frames if not any(part in frame.filename for part in _BELOW)] or frames
    if not ours:
        return ""
    file = Path(ours[-1].filename)
    return f" at {file.parent.name}/{file.name}:{ours[-1].lineno} in {ours[-1].name}"
