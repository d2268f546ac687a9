"""What the generated commands can't say."""

from datetime import date

from pydantic import Field

from forecourt import Money, Permission
from forecourt.graphql import ID, Info, Input, command
from insurance import models
from insurance.services import renewals
from insurance.types import InsurancePolicy


class RenewInsurancePolicyInput(Input):
    """A contract and the terms of the one that follows it."""

    policy: ID[InsurancePolicy] = Field(description="The contract that ends.")
    number: str | None = Field(None, max_length=40, description="The new number; the old one without it.")
    until: date = Field(description="The last day of the new contract.")
    premium: Money = Field(description="What the new contract costs.")


@command(
    InsurancePolicy,
    permission=Permission("insurance.insurance_policy.renew", {"en": "Renew contracts", "zh-CN": "办理续保"}),
)
async def renew_insurance_policy(info: Info[models.Policy], input: RenewInsurancePolicyInput) -> models.Policy:
    """Renew a contract: the old one stays, a new one begins the day after."""
    return await renewals.renew(info.scope, info.subject, input.until, input.premium, number=input.number)
