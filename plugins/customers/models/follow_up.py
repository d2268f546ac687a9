"""What is to be done for customers, and when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from forecourt import IndexWhere, Model, UniqueWhere, User, fields
from plugins.customers.models.choices import CustomerKind, Priority
from plugins.customers.models.people import Customer
from plugins.customers.models.records import Interaction
from plugins.customers.services.levels import IntentLevel
from plugins.customers.services.task_states import TASK


class FollowUpTask(Model):
    """Something that somebody is to do for a customer by a time.

    Attributes:
        grace_minutes: It counts as overdue so long after it was due.
        overdue_at: Both together; written with them.
        overdue_told: That it is overdue was published.
        rank: The priority as a number, the first first; written with it.
        must: It is pushed on rest days too.
        by_rule: Its time was computed from the customer's level, and follows it.
        dedupe_key: At most one task of a store has it.
        follows: The task that was missed and that this one stands for.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    subject_ref = fields.CharField(max_length=120, default="", db_index=True)
    owner: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    owner_id: UUID | None
    channel = fields.CodeField("customers.channel")
    subject = fields.CharField(max_length=200, searched=True)
    due_at: datetime = fields.DatetimeField(db_index=True)
    grace_minutes = fields.IntField(default=0)
    overdue_at: datetime = fields.DatetimeField(db_index=True)
    priority = fields.CharEnumField(Priority, max_length=10, default=Priority.NORMAL)
    rank = fields.IntField(default=2)
    must = fields.BooleanField(default=False)
    by_rule = fields.BooleanField(default=False)
    state = fields.StateField(TASK, max_length=10, db_index=True)
    done_at: datetime | None = fields.DatetimeField(null=True)
    interaction: fields.ForeignKeyRelation[Interaction] | None = fields.ForeignKeyField(
        "customers.Interaction", null=True
    )
    interaction_id: UUID | None
    reschedule_count = fields.IntField(default=0)
    reschedule_reason = fields.CharField(max_length=200, default="")
    cancel_reason = fields.CharField(max_length=200, default="")
    overdue_told = fields.BooleanField(default=False)
    dedupe_key = fields.CharField(max_length=150, null=True)
    follows: fields.ForeignKeyRelation[FollowUpTask] | None = fields.ForeignKeyField(
        "customers.FollowUpTask", null=True
    )
    follows_id: UUID | None

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("store", "dedupe_key"), condition={"dedupe_key__isnull": False}, name="customers_task_dedupe"
            ),
            IndexWhere(
                fields=("customer", "due_at"), condition={"archived_at": None}, name="customers_task_of_customer"
            ),
        )

    async def prepare(self) -> None:
        self.rank = list(Priority).index(Priority(self.priority)) + 1
        self.overdue_at = self.due_at + timedelta(minutes=self.grace_minutes)


class TodayList(Model):
    """What one person was told in the morning to do that day.

    Attributes:
        owner: Who acts: the tasks' owner, or who stands in for him.
        on: The day, in the store's zone.
    """

    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User")
    owner_id: UUID
    on: date = fields.DateField(db_index=True)
    pushed_at: datetime = fields.DatetimeField()

    class Meta:
        indexes = (
            UniqueWhere(fields=("store", "owner", "on"), condition={"archived_at": None}, name="customers_today_owner"),
        )


class TodayEntry(Model):
    """One task of a day's list; a task stands on one list a day.

    Attributes:
        subject: The task's at the push, because a deputy may not see the customer himself.
    """

    today_list: fields.ForeignKeyRelation[TodayList] = fields.ForeignKeyField("customers.TodayList")
    today_list_id: UUID
    task: fields.ForeignKeyRelation[FollowUpTask] = fields.ForeignKeyField("customers.FollowUpTask")
    task_id: UUID
    on: date = fields.DateField()
    position = fields.IntField()
    subject = fields.CharField(max_length=200)
    due_at: datetime = fields.DatetimeField()
    carried_over = fields.BooleanField(default=False)

    class Meta:
        indexes = (UniqueWhere(fields=("task", "on"), condition={"archived_at": None}, name="customers_today_task"),)


class FollowUpParameter(Model):
    """How a store follows up customers of one level.

    Attributes:
        interval_days: From the last contact, or task done, to the next task.
        grace_minutes: How long after its time a task becomes overdue.
        max_gap_days: A task that is not done so long after its time is missed.
    """

    level = fields.CharEnumField(IntentLevel, max_length=1)
    within_days: int | None = fields.IntField(null=True)
    interval_days = fields.IntField()
    first_contact_minutes = fields.IntField(default=30)
    grace_minutes = fields.IntField(default=60)
    max_gap_days = fields.IntField(default=14)
    max_attempts = fields.IntField(default=5)
    escalate_after_hours = fields.IntField(default=24)
    default_channel = fields.CodeField("customers.channel", default="CALL")

    class Meta:
        indexes = (
            UniqueWhere(fields=("store", "level"), condition={"archived_at": None}, name="customers_parameter_level"),
        )


class FollowUpTemplate(Model):
    """What to say and ask at one kind of follow-up.

    Attributes:
        kind: A code of the list `customers.follow_up_kind`.
        questions: What the answer should hold.
    """

    code = fields.CharField(max_length=60, searched=True)
    title = fields.CharField(max_length=120, searched=True)
    customer_kind = fields.CharEnumField(CustomerKind, max_length=10, default=CustomerKind.PERSON)
    kind = fields.CodeField("customers.follow_up_kind")
    channel = fields.CodeField("customers.channel", default="CALL")
    script = fields.TextField(default="")
    questions: list[str] = fields.JSONField(default=list)

    class Meta:
        indexes = (
            UniqueWhere(fields=("store", "code"), condition={"archived_at": None}, name="customers_template_code"),
        )
