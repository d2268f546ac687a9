"""Where contracts stand, and what moves them on."""

from forecourt import CodedEnum, StateMachine


class PolicyState(CodedEnum):
    """Where a contract stands."""

    ACTIVE = "ACTIVE", "Active", "生效中"
    RENEWED = "RENEWED", "Renewed", "已续保"


policy_states = StateMachine(
    {"en": "contract", "zh-CN": "保单"},
    {
        PolicyState.ACTIVE: {PolicyState.RENEWED: "renew_insurance_policy"},
        PolicyState.RENEWED: {},
    },
)
