"""What happens to customers; ids and codes only."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from forecourt import Event


class CustomerCreated(Event):
    """The store has a new customer."""

    type: ClassVar[str] = "customers.customer_created"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    kind: str
    source_code: str = ""
    owner_id: UUID | None = None


class CustomerMerged(Event):
    """Two records were one customer; what refers to the loser goes to the survivor."""

    type: ClassVar[str] = "customers.customer_merged"
    aggregate: ClassVar[str] = "survivor_id"
    survivor_id: UUID
    loser_id: UUID


class OwnerChanged(Event):
    """A customer has another salesperson."""

    type: ClassVar[str] = "customers.owner_changed"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    from_owner_id: UUID | None = None
    to_owner_id: UUID


class LifecycleChanged(Event):
    """A customer stands elsewhere."""

    type: ClassVar[str] = "customers.lifecycle_changed"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    from_state: str
    to_state: str


class ContactPointChanged(Event):
    """A way to reach a customer was added, ended, verified or made primary."""

    type: ClassVar[str] = "customers.contact_point_changed"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    contact_point_id: UUID
    kind: str
    change: str


class IntentionChanged(Event):
    """A customer wants something else than before."""

    type: ClassVar[str] = "customers.intention_changed"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    intention_id: UUID
    version_no: int
    intent_level: str | None = None


class IntentLevelChanged(Event):
    """A customer is nearer to buying, or farther."""

    type: ClassVar[str] = "customers.intent_level_changed"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    from_level: str | None = None
    to_level: str | None = None
    by_hand: bool = False


class InteractionRecorded(Event):
    """Something passed between a customer and the store."""

    type: ClassVar[str] = "customers.interaction_recorded"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    interaction_id: UUID
    channel: str
    direction: str
    reached: bool
    subject_ref: str = ""


class TaskPlanned(Event):
    """Somebody is to do something for a customer.

    Attributes:
        due_at: As it was planned; events of before have none.
    """

    type: ClassVar[str] = "customers.task_planned"
    aggregate: ClassVar[str] = "task_id"
    task_id: UUID
    customer_id: UUID
    owner_id: UUID | None = None
    due_at: datetime | None = None


class TaskDone(Event):
    """A task was done."""

    type: ClassVar[str] = "customers.task_done"
    aggregate: ClassVar[str] = "task_id"
    task_id: UUID
    customer_id: UUID
    owner_id: UUID | None = None
    interaction_id: UUID | None = None


class TaskOverdue(Event):
    """A task's time and grace are over; told once."""

    type: ClassVar[str] = "customers.task_overdue"
    aggregate: ClassVar[str] = "task_id"
    task_id: UUID
    customer_id: UUID
    owner_id: UUID | None = None


class TaskMissed(Event):
    """A task was not done for so long that another one stands for it."""

    type: ClassVar[str] = "customers.task_missed"
    aggregate: ClassVar[str] = "task_id"
    task_id: UUID
    customer_id: UUID
    owner_id: UUID | None = None
    successor_id: UUID | None = None


class TodayPushed(Event):
    """Somebody was told what to do today; `added` tasks are new on the list."""

    type: ClassVar[str] = "customers.today_pushed"
    aggregate: ClassVar[str] = "today_list_id"
    today_list_id: UUID
    owner_id: UUID
    on: str
    added: int


class ConsentGranted(Event):
    """A customer agreed to something."""

    type: ClassVar[str] = "customers.consent_granted"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    consent_id: UUID
    purpose: str


class ConsentWithdrawn(Event):
    """A customer no longer agrees to something."""

    type: ClassVar[str] = "customers.consent_withdrawn"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    consent_id: UUID
    purpose: str


class VehicleAdded(Event):
    """A customer has a car."""

    type: ClassVar[str] = "customers.vehicle_added"
    aggregate: ClassVar[str] = "customer_id"
    customer_id: UUID
    customer_vehicle_id: UUID
    vehicle_identity_id: UUID | None = None
