"""Tells the workers of this process that there is something to do, so that nobody has to poll."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum


class Topic(Enum):
    """What there is to do."""

    EVENTS = "events"
    JOBS = "jobs"
    AUDIT = "audit"


class Bell:
    """One dealer's; a ring that nobody hears is no loss, because sweeps find what was left."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Topic], None]] = []

    def ring(self, topic: Topic) -> None:
        """Call the listeners, at once, in the caller's task."""
        for listener in tuple(self._listeners):
            listener(topic)

    def listen(self, listener: Callable[[Topic], None]) -> Callable[[], None]:
        """Add a listener, which must return at once; return what takes it away again."""
        self._listeners.append(listener)

        def stop() -> None:
            self._listeners.remove(listener)

        return stop
