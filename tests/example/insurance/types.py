"""What the API shows of insurance."""

from datetime import date
from typing import Annotated

from pydantic import Field

from forecourt import Money, Scope
from forecourt.graphql import Connection, Input, computed, entity, extend
from insurance import models
from insurance.states import PolicyState
from plugins.customers.api import Customer as CustomerRow
from plugins.customers.types.people import Customer


@entity(
    models.Policy,
    search=["number", "plate"],
    filter=["insurer", "state", "expires_on", "customer", "plate"],
    order=["expires_on"],
    create=["number", "insurer", "plate", "premium", "starts_on", "expires_on", "customer"],
    update=["number", "insurer", "plate", "premium"],
    visible_through="customer",
    plural="insurancePolicies",
)
class InsurancePolicy:
    """One insurance contract of a customer."""

    number: str
    """The insurer's number."""
    insurer: str
    """The company that insures."""
    plate: str | None
    """The car's licence plate, masked."""
    premium: Money
    """What it costs for the whole term."""
    starts_on: date
    """The first day."""
    expires_on: date
    """The last day."""
    state: PolicyState
    """Where it stands."""
    customer: Customer
    """Who is insured; null out of the caller's sight."""
    follows: "InsurancePolicy | None"
    """The contract that this one renewed."""

    @computed
    @staticmethod
    def days_left(expires_on: date, *, today: date) -> int:
        """Days until the contract ends; negative when it has ended."""
        return (expires_on - today).days


class InsuranceCustomerInput(Input):
    """The contract that a new customer has already."""

    number: Annotated[str, Field(max_length=40, description="The insurer's number.")]
    insurer: Annotated[str, Field(max_length=80, description="The company that insures.")]
    premium: Money = Field(description="What it costs for the whole term.")
    starts_on: date = Field(description="The first day.")
    expires_on: date = Field(description="The last day.")

    async def apply(self, scope: Scope, row: CustomerRow) -> None:
        """Write the contract in the transaction that creates the customer."""
        policy = models.Policy(
            store_id=row.store_id,
            customer_id=row.id,
            number=self.number,
            insurer=self.insurer,
            premium=self.premium,
            starts_on=self.starts_on,
            expires_on=self.expires_on,
        )
        await policy.save()


@extend(Customer, filter=["policies"], create=[InsuranceCustomerInput])
class CustomerInsurance:
    policies: Connection[InsurancePolicy]
    """His insurance contracts."""
