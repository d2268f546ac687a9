"""What the API shows of customers; other modules refer to these classes and extend them."""

from plugins.customers.types.follow_up import (
    CustomerFollowUp,
    FollowUpParameter,
    FollowUpTask,
    FollowUpTemplate,
    TodayEntry,
    TodayList,
)
from plugins.customers.types.people import ContactPerson, ContactPoint, Customer, SourceChannel
from plugins.customers.types.records import (
    AccessLog,
    Consent,
    CustomerRecords,
    CustomerVehicle,
    Interaction,
    MergeRecord,
    OwnershipTransfer,
    PurchaseIntention,
)

__all__ = [
    "AccessLog",
    "Consent",
    "ContactPerson",
    "ContactPoint",
    "Customer",
    "CustomerFollowUp",
    "CustomerRecords",
    "CustomerVehicle",
    "FollowUpParameter",
    "FollowUpTask",
    "FollowUpTemplate",
    "Interaction",
    "MergeRecord",
    "OwnershipTransfer",
    "PurchaseIntention",
    "SourceChannel",
    "TodayEntry",
    "TodayList",
]
