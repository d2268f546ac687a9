"""What may become of a follow-up task."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from forecourt import BY_SYSTEM, StateMachine


class TaskState(StrEnum):
    """Where a task stands; whether it is overdue follows from the clock and is no state."""

    PLANNED = "PLANNED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    MISSED = "MISSED"


TASK: Final = StateMachine(
    {"en": "task", "zh-CN": "跟进任务"},
    {
        TaskState.PLANNED: {
            TaskState.DONE: "complete_follow_up",
            TaskState.CANCELLED: ("cancel_follow_up", "archive_customer", BY_SYSTEM),
            TaskState.MISSED: BY_SYSTEM,
        },
        TaskState.DONE: {},
        TaskState.CANCELLED: {},
        TaskState.MISSED: {},
    },
)

RESCHEDULES: Final = 3
"""How often a task may be put off."""
