"""What the API shows of what is to be done for customers."""

from __future__ import annotations

from datetime import date, datetime

from forecourt.graphql import Connection, User, computed, entity, extend
from plugins.customers.models.choices import CustomerKind, Priority
from plugins.customers.models.follow_up import FollowUpParameter as FollowUpParameterRow
from plugins.customers.models.follow_up import FollowUpTask as FollowUpTaskRow
from plugins.customers.models.follow_up import FollowUpTemplate as FollowUpTemplateRow
from plugins.customers.models.follow_up import TodayEntry as TodayEntryRow
from plugins.customers.models.follow_up import TodayList as TodayListRow
from plugins.customers.services.levels import IntentLevel
from plugins.customers.services.task_states import TaskState
from plugins.customers.types.people import Customer
from plugins.customers.types.records import Interaction


@entity(
    FollowUpTaskRow,
    filter=["state", "due_at", "overdue_at", "owner", "priority", "must", "channel", "subject_ref", "customer"],
    order=["due_at", "rank"],
    search=["subject"],
    create=False,
    update=["subject", "channel", "priority", "must"],
    archive=False,
    visible_through="customer",
)
class FollowUpTask:
    """Something that somebody is to do for a customer by a time."""

    customer: Customer
    """For whom."""
    subject_ref: str
    """What it is about in another module, such as `sales.Opportunity:0192…`; empty for none."""
    owner: User | None
    """Who is to do it."""
    channel: str
    """How: a code of the list `customers.channel`."""
    subject: str
    """What is to be done."""
    due_at: datetime
    """By when."""
    overdue_at: datetime
    """From then on it is overdue, if it is still planned."""
    priority: Priority
    """Which one comes first."""
    rank: int
    """The priority as a number, the first first, to order by."""
    must: bool
    """It is pushed on rest days too."""
    by_rule: bool
    """Its time was computed from the customer's level, and follows it."""
    state: TaskState
    """Where it stands."""
    done_at: datetime | None
    """When it was done."""
    interaction: Interaction | None
    """What it was done with."""
    reschedule_count: int
    """How often it was put off."""
    reschedule_reason: str
    """Why it was put off the last time."""
    cancel_reason: str
    """Why it was cancelled."""
    follows: FollowUpTask | None
    """The missed task that this one stands for."""

    @computed
    @staticmethod
    def is_overdue(state: TaskState, overdue_at: datetime, *, now: datetime) -> bool:
        """It is still planned although its time and grace are over."""
        return state == TaskState.PLANNED and now > overdue_at


@entity(
    TodayListRow,
    filter=["owner", "on"],
    order=["on"],
    create=False,
    update=False,
    archive=False,
    owner="owner_id",
)
class TodayList:
    """What one person was told in the morning to do that day."""

    owner: User
    """Who was told: the owner of the tasks, or who stands in for him."""
    on: date
    """The day."""
    pushed_at: datetime
    """When the list was made."""
    entries: Connection[TodayEntry]
    """The tasks; order by `position`."""


@entity(
    TodayEntryRow,
    filter=["on", "task", "carried_over"],
    order=["position", "due_at"],
    create=False,
    update=False,
    archive=False,
    plural="todayEntries",
    visible_through="today_list",
)
class TodayEntry:
    """One task of a day's list."""

    today_list: TodayList
    """The list."""
    task: FollowUpTask
    """The task; null for a deputy who doesn't see the customer."""
    on: date
    """The day."""
    position: int
    """Where it stands on the list, from 1."""
    subject: str
    """What was to be done when the list was made."""
    due_at: datetime
    """By when, as it was when the list was made."""
    carried_over: bool
    """It was due on a day before."""


@entity(FollowUpParameterRow, filter=["level"], order=["level"])
class FollowUpParameter:
    """How a store follows up customers of one level."""

    level: IntentLevel
    """The level."""
    within_days: int | None
    """Customers who mean to buy within so many days have this level; null for O and the last one."""
    interval_days: int
    """Days from the last contact, or task done, to the next task."""
    first_contact_minutes: int
    """Within how many minutes of business a new enquiry is to be answered."""
    grace_minutes: int
    """How many minutes after its time a task becomes overdue."""
    max_gap_days: int
    """A task that is not done so many days after its time is missed."""
    max_attempts: int
    """How often to try before giving up."""
    escalate_after_hours: int
    """After how many hours the manager learns of an overdue task."""
    default_channel: str
    """How to reach the customer, if the task doesn't say: a code of the list `customers.channel`."""


@entity(
    FollowUpTemplateRow,
    filter=["code", "kind", "customer_kind", "channel"],
    order=["code"],
    search=["code", "title"],
)
class FollowUpTemplate:
    """What to say and ask at one kind of follow-up."""

    code: str
    """Short and unique in the store."""
    title: str
    """What people call it."""
    customer_kind: CustomerKind
    """For persons or for companies."""
    kind: str
    """A code of the list `customers.follow_up_kind`."""
    channel: str
    """How: a code of the list `customers.channel`."""
    script: str
    """What to say."""
    questions: list[str]
    """What to find out."""


@extend(Customer, filter=["tasks"])
class CustomerFollowUp:
    tasks: Connection[FollowUpTask]
    """What is to be done for him."""
