"""Whether the running task works in the background, where it lets people's writes go first."""

from __future__ import annotations

from contextvars import ContextVar

_in_background: ContextVar[bool] = ContextVar("forecourt_background", default=False)


def in_background() -> bool:
    """Return whether the running task works in the background."""
    return _in_background.get()


def work_in_background() -> None:
    """Let people go first from now on, in the running task and what it starts."""
    _in_background.set(True)
