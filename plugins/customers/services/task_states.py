"""What may become of a follow-up task."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from forecourt import StateMachine


class TaskState(StrEnum):
    """Where a task stands; whether it is overdue follows from the clock and is no state."""

    PLANNED = "PLANNED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    MISSED = "MISSED"


TASK: Final = StateMachine(
    "the task",
    {
        TaskState.PLANNED: (TaskState.DONE, TaskState.CANCELLED, TaskState.MISSED),
        TaskState.DONE: (),
        TaskState.CANCELLED: (),
        TaskState.MISSED: (),
    },
)

RESCHEDULES: Final = 3
"""How often a task may be put off."""
