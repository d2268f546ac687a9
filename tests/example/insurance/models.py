"""Tables of insurance: ordinary Tortoise models on the SDK's base."""

from collections.abc import Callable, Mapping
from typing import ClassVar
from uuid import UUID

from forecourt import ConflictRefusal, Model, Refusal, UniqueWhere, ValidationRefusal, fields
from insurance.states import policy_states
from plugins.customers.api import Customer


class Policy(Model):
    """One contract; a renewal is another row that follows it."""

    constraint_refusals: ClassVar[Mapping[str, Callable[[object], Refusal]]] = {
        "insurance_live_number": lambda _: ConflictRefusal(
            "the store has this contract already", path=("number",), rule="insurance_number"
        )
    }

    number = fields.CharField(max_length=40, searched=True)
    insurer = fields.CharField(max_length=80)
    plate = fields.ProtectedField("plate", search=True, null=True)
    premium = fields.MoneyField()
    starts_on = fields.DateField()
    expires_on = fields.DateField(db_index=True)
    state = fields.StateField(policy_states, max_length=10)
    # mypy needs the relation's type and its key spelled out
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    follows: fields.ForeignKeyRelation["Policy"] | None = fields.ForeignKeyField("insurance.Policy", null=True)
    follows_id: UUID | None

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("store", "insurer", "number"), condition={"archived_at": None}, name="insurance_live_number"
            ),
        )

    async def prepare(self) -> None:
        if self.expires_on <= self.starts_on:
            raise ValidationRefusal("a contract ends after it begins", path=("expiresOn",), rule="insurance_span")
