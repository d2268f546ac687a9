"""The tables of customers."""

from plugins.customers.models.choices import (
    BirthCalendar,
    BounceState,
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
from plugins.customers.models.follow_up import (
    FollowUpParameter,
    FollowUpTask,
    FollowUpTemplate,
    TodayEntry,
    TodayList,
)
from plugins.customers.models.people import (
    ContactPerson,
    ContactPoint,
    Customer,
    SourceChannel,
)
from plugins.customers.models.records import (
    AccessLog,
    Consent,
    CustomerVehicle,
    Interaction,
    MergeRecord,
    OwnershipTransfer,
    PurchaseIntention,
)

__all__ = [
    "AccessLog",
    "BirthCalendar",
    "BounceState",
    "Consent",
    "ConsentPurpose",
    "ConsentState",
    "ContactKind",
    "ContactPerson",
    "ContactPoint",
    "Customer",
    "CustomerKind",
    "CustomerVehicle",
    "FollowUpParameter",
    "FollowUpTask",
    "FollowUpTemplate",
    "Gender",
    "Interaction",
    "InteractionDirection",
    "MergeRecord",
    "OwnershipTransfer",
    "PaymentWay",
    "Priority",
    "PurchaseIntention",
    "SourceChannel",
    "TodayEntry",
    "TodayList",
    "VehicleRole",
    "Visibility",
]
