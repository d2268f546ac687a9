"""What other modules may use of customers; every function needs a unit of work unless it only reads."""

from __future__ import annotations

from plugins.customers.hooks import TimelineEntry
from plugins.customers.models.choices import (
    ConsentPurpose,
    ConsentState,
    ContactKind,
    CustomerKind,
    Gender,
    InteractionDirection,
    PaymentWay,
    Priority,
    VehicleRole,
    Visibility,
)
from plugins.customers.models.follow_up import FollowUpTask
from plugins.customers.models.people import ContactPoint, Customer, SourceChannel
from plugins.customers.models.records import Consent, CustomerVehicle, Interaction, PurchaseIntention
from plugins.customers.services.consents import grant_consent, has_consent, withdraw_consent
from plugins.customers.services.contacts import (
    NewContact,
    RevealedMobile,
    find_by_phone,
    mobile_of,
    note_failure,
    surviving,
)
from plugins.customers.services.duplicates import PersonFacts
from plugins.customers.services.entry import NewCustomer, create_customer, enter_customer
from plugins.customers.services.intentions import Wishes, add_intention
from plugins.customers.services.interactions import record_interaction
from plugins.customers.services.levels import IntentLevel
from plugins.customers.services.levels_in_store import note_deposit
from plugins.customers.services.lifecycle import Lifecycle, LifecycleTrigger
from plugins.customers.services.likely import Suspect
from plugins.customers.services.moves import follow_lifecycle, live_customer, move_lifecycle
from plugins.customers.services.names import split_name
from plugins.customers.services.ownership import may_look_after, note_transfer, reassign_owner
from plugins.customers.services.sources import source_channel
from plugins.customers.services.task_states import TaskState
from plugins.customers.services.tasks import cancel_task, cancel_tasks_of, move_tasks, plan_task
from plugins.customers.services.vehicles import add_owned_vehicle

__all__ = [
    "Consent",
    "ConsentPurpose",
    "ConsentState",
    "ContactKind",
    "ContactPoint",
    "Customer",
    "CustomerKind",
    "CustomerVehicle",
    "FollowUpTask",
    "Gender",
    "IntentLevel",
    "Interaction",
    "InteractionDirection",
    "Lifecycle",
    "LifecycleTrigger",
    "NewContact",
    "NewCustomer",
    "PaymentWay",
    "PersonFacts",
    "Priority",
    "PurchaseIntention",
    "RevealedMobile",
    "SourceChannel",
    "Suspect",
    "TaskState",
    "TimelineEntry",
    "VehicleRole",
    "Visibility",
    "Wishes",
    "add_intention",
    "add_owned_vehicle",
    "cancel_task",
    "cancel_tasks_of",
    "create_customer",
    "enter_customer",
    "find_by_phone",
    "follow_lifecycle",
    "grant_consent",
    "has_consent",
    "live_customer",
    "may_look_after",
    "mobile_of",
    "move_lifecycle",
    "move_tasks",
    "note_deposit",
    "note_failure",
    "note_transfer",
    "plan_task",
    "reassign_owner",
    "record_interaction",
    "source_channel",
    "split_name",
    "surviving",
    "withdraw_consent",
]
