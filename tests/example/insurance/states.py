"""Where contracts stand, and what moves them on."""

from enum import StrEnum

from forecourt import StateMachine


class PolicyState(StrEnum):
    """Where a contract stands."""

    ACTIVE = "ACTIVE"
    RENEWED = "RENEWED"


policy_states = StateMachine(
    {"en": "contract", "zh-CN": "保单"},
    {
        PolicyState.ACTIVE: {PolicyState.RENEWED: "renew_insurance_policy"},
        PolicyState.RENEWED: {},
    },
)
