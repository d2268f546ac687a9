"""Where a customer stands with a store."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from forecourt import BY_SYSTEM, StateMachine


class Lifecycle(StrEnum):
    """What a person is to the store."""

    PROSPECT = "PROSPECT"
    INTENT = "INTENT"
    ORDERED = "ORDERED"
    OWNER = "OWNER"
    LOST = "LOST"
    DORMANT = "DORMANT"
    CHURNED = "CHURNED"
    MERGED = "MERGED"
    ANONYMISED = "ANONYMISED"


# Nothing anonymises yet.
_ENDS: Final = {Lifecycle.MERGED: "merge_customers", Lifecycle.ANONYMISED: BY_SYSTEM}

# Deals, services and silence move customers: what makes them known is other modules' or a job's.
LIFECYCLE: Final = StateMachine(
    {"en": "customer", "zh-CN": "客户"},
    {
        Lifecycle.PROSPECT: {Lifecycle.INTENT: BY_SYSTEM, Lifecycle.DORMANT: BY_SYSTEM, **_ENDS},
        Lifecycle.INTENT: {
            Lifecycle.ORDERED: BY_SYSTEM,
            Lifecycle.LOST: BY_SYSTEM,
            Lifecycle.DORMANT: BY_SYSTEM,
            **_ENDS,
        },
        Lifecycle.ORDERED: {Lifecycle.OWNER: BY_SYSTEM, Lifecycle.INTENT: BY_SYSTEM, **_ENDS},
        Lifecycle.OWNER: {Lifecycle.CHURNED: BY_SYSTEM, **_ENDS},
        Lifecycle.LOST: {Lifecycle.INTENT: ("reactivate_customer", BY_SYSTEM), **_ENDS},
        Lifecycle.DORMANT: {Lifecycle.INTENT: ("reactivate_customer", BY_SYSTEM), **_ENDS},
        Lifecycle.CHURNED: {Lifecycle.OWNER: BY_SYSTEM, **_ENDS},
        Lifecycle.MERGED: {},
        Lifecycle.ANONYMISED: {},
    },
    # Owners come with an import as well.
    initial=(Lifecycle.PROSPECT, Lifecycle.OWNER),
)


class LifecycleTrigger(StrEnum):
    """What happened that may move a customer on."""

    OPPORTUNITY_OPENED = "OPPORTUNITY_OPENED"
    ORDER_CONFIRMED = "ORDER_CONFIRMED"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    DELIVERED = "DELIVERED"
    ALL_LOST = "ALL_LOST"
    SILENT = "SILENT"
    SERVICE_MISSED = "SERVICE_MISSED"
    SERVICE_VISIT = "SERVICE_VISIT"


_TO_ORDERED: Final = (Lifecycle.INTENT, Lifecycle.ORDERED)
_TO_OWNER: Final = (*_TO_ORDERED, Lifecycle.OWNER)
_AFTER: Final[dict[LifecycleTrigger, dict[Lifecycle, tuple[Lifecycle, ...]]]] = {
    LifecycleTrigger.OPPORTUNITY_OPENED: {
        Lifecycle.PROSPECT: (Lifecycle.INTENT,),
        Lifecycle.LOST: (Lifecycle.INTENT,),
        Lifecycle.DORMANT: (Lifecycle.INTENT,),
    },
    LifecycleTrigger.ORDER_CONFIRMED: {
        Lifecycle.PROSPECT: _TO_ORDERED,
        Lifecycle.LOST: _TO_ORDERED,
        Lifecycle.DORMANT: _TO_ORDERED,
        Lifecycle.INTENT: (Lifecycle.ORDERED,),
        Lifecycle.CHURNED: (Lifecycle.OWNER,),
    },
    LifecycleTrigger.ORDER_CANCELLED: {Lifecycle.ORDERED: (Lifecycle.INTENT,)},
    LifecycleTrigger.DELIVERED: {
        Lifecycle.PROSPECT: _TO_OWNER,
        Lifecycle.LOST: _TO_OWNER,
        Lifecycle.DORMANT: _TO_OWNER,
        Lifecycle.INTENT: (Lifecycle.ORDERED, Lifecycle.OWNER),
        Lifecycle.ORDERED: (Lifecycle.OWNER,),
        Lifecycle.CHURNED: (Lifecycle.OWNER,),
    },
    LifecycleTrigger.ALL_LOST: {Lifecycle.INTENT: (Lifecycle.LOST,)},
    LifecycleTrigger.SILENT: {Lifecycle.PROSPECT: (Lifecycle.DORMANT,), Lifecycle.INTENT: (Lifecycle.DORMANT,)},
    LifecycleTrigger.SERVICE_MISSED: {Lifecycle.OWNER: (Lifecycle.CHURNED,)},
    LifecycleTrigger.SERVICE_VISIT: {Lifecycle.CHURNED: (Lifecycle.OWNER,)},
}


def lifecycle_path(present: str, trigger: LifecycleTrigger) -> tuple[Lifecycle, ...]:
    """Return the states that a customer passes through, the last of which he keeps; empty if he stays what he is.

    Every step is one of the table, also for somebody who buys without ever having been entered as interested. An owner
    who buys again stays an owner, so that a cancelled order doesn't take that from him.
    """
    return _AFTER[trigger].get(Lifecycle(present), ())
