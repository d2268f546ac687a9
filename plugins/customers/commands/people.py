"""Commands about customers and how to reach them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry
from pydantic import AfterValidator, Field

from forecourt import Permission, Refusal, ValidationRefusal
from forecourt.graphql import ID, Info, Input, Store, User, command
from plugins.customers import rights
from plugins.customers.models.choices import ContactKind, CustomerKind, Gender
from plugins.customers.models.people import ContactPoint as ContactPointRow
from plugins.customers.models.people import Customer as CustomerRow
from plugins.customers.models.records import OwnershipTransfer as OwnershipTransferRow
from plugins.customers.services import archiving, contacts, entry, merging, ownership
from plugins.customers.services.contacts import NewContact
from plugins.customers.services.entry import NewCustomer
from plugins.customers.types.people import ContactPoint, Customer, SourceChannel
from plugins.customers.types.records import OwnershipTransfer

BATCH = 100


def _new(value: ID[Customer]) -> ID[Customer]:
    if value.uuid.version != 7:
        raise ValueError("a new id is made of a UUIDv7, this one is of another version")
    return value


class ContactPointInput(Input):
    """One way to reach a customer."""

    kind: ContactKind = Field(description="Mobile, landline, e-mail or WeChat.")
    value: Annotated[str, Field(min_length=1, max_length=254, description="The number, address or account in clear.")]
    is_primary: bool = Field(False, description="The one to use among those of its kind; else the first one is.")
    label: Annotated[str, Field(max_length=60, description="What it is, such as office.")] = ""

    def new(self) -> NewContact:
        """Return it as the services take it."""
        return NewContact(self.kind, self.value, self.is_primary, self.label)


class CreateCustomerInput(Input):
    """A customer with his contact points."""

    id: Annotated[ID[Customer], AfterValidator(_new)] | None = Field(
        None, description="An id made by the client of a UUIDv7, for chains of offline commands."
    )
    store: ID[Store] | None = Field(None, description="The store; the caller's own without it.")
    name: Annotated[str, Field(min_length=1, max_length=100, description="As he is called.")]
    contact_points: Annotated[
        list[ContactPointInput], Field(min_length=1, max_length=20, description="How to reach him: one at least.")
    ]
    kind: CustomerKind = Field(CustomerKind.PERSON, description="A person or a company.")
    gender: Gender = Field(Gender.UNKNOWN, description="How to address him.")
    birth_on: date | None = Field(None, description="Day of birth, in the solar calendar.")
    identity_number: Annotated[str, Field(min_length=1, max_length=40)] | None = Field(
        None, description="Identity card in clear; it is kept encrypted."
    )
    company_code: Annotated[str, Field(max_length=18, description="Unified social credit code of a company.")] = ""
    region_code: Annotated[str, Field(max_length=12, description="Administrative division where he lives.")] = ""
    address: Annotated[str, Field(min_length=1, max_length=300)] | None = Field(
        None, description="Where he lives, in clear; it is kept encrypted."
    )
    occupation: Annotated[str, Field(max_length=60, description="What he does.")] = ""
    language: Annotated[str, Field(max_length=10, description="In which language to write to him.")] = ""
    source: ID[SourceChannel] | None = Field(None, description="The channel by which he came.")
    source_code: Annotated[str, Field(max_length=60)] | None = Field(
        None, description="Instead of the channel: its code, or a code of the list `customers.source_kind`."
    )
    owner: ID[User] | None = Field(None, description="The salesperson who looks after him; the caller without it.")
    accept_similar: bool = Field(False, description="A similar record is known to be somebody else.")

    def new(self) -> NewCustomer:
        """Return it as the services take it."""
        return NewCustomer(
            name=self.name,
            contacts=[point.new() for point in self.contact_points],
            kind=self.kind,
            gender=self.gender,
            birth_on=self.birth_on,
            identity_number=self.identity_number,
            company_code=self.company_code,
            region_code=self.region_code,
            address=self.address,
            occupation=self.occupation,
            language=self.language,
            source=self.source_code,
            source_id=self.source.uuid if self.source else None,
            owner_id=self.owner.uuid if self.owner else None,
            store_id=self.store.uuid if self.store else None,
            customer_id=self.id.uuid if self.id else None,
            accept_similar=self.accept_similar,
        )


class CreateCustomersInput(Input):
    """Several customers: all of them, or none."""

    items: Annotated[list[CreateCustomerInput], Field(min_length=1, max_length=BATCH, description="1 to 100 of them.")]


@command(Customer, permission=rights.CREATE)
async def create_customer(info: Info, input: CreateCustomerInput) -> CustomerRow:
    """Create one customer with his contact points, unless the store knows him already."""
    return await entry.enter_customer(info.scope, input.new())


@command(Customer, permission=rights.CREATE)
async def create_customers(info: Info, input: CreateCustomersInput) -> list[CustomerRow]:
    """Create several customers with their contact points: all of them, or none."""
    rows = []
    for index, item in enumerate(input.items):
        try:
            rows.append(await entry.enter_customer(info.scope, item.new()))
        except Refusal as refusal:
            refusal.path = ("items", index, *refusal.path)
            raise
    return rows


class ArchiveCustomerInput(Input):
    """A customer who is to be taken out of use."""

    customer: ID[Customer] = Field(description="The customer.")
    reason: Annotated[str, Field(min_length=1, max_length=200, description="Why.")]


@command(
    Customer,
    permission=Permission("customers.customer.archive", {"en": "Take customers out of use", "zh-CN": "停用客户档案"}),
)
async def archive_customer(info: Info[CustomerRow], input: ArchiveCustomerInput) -> CustomerRow:
    """Take a customer out of use: his numbers are free for others, and what was planned for him is cancelled."""
    return await archiving.archive_customer(info.scope, info.subject, input.reason)


class MergeCustomersInput(Input):
    """Two records of one customer."""

    survivor: ID[Customer] = Field(description="The record that stays.")
    loser: ID[Customer] = Field(description="The record that goes; its id leads to the survivor for ever.")
    reason: Annotated[str, Field(max_length=200, description="How it was found out.")] = ""


@command(Customer, permission=rights.MERGE)
async def merge_customers(info: Info[CustomerRow], input: MergeCustomersInput) -> CustomerRow:
    """Make two records of one customer one; all that the loser has goes to the survivor."""
    permission = rights.MERGE
    loser = await info.scope.get(CustomerRow, input.loser.uuid, permission=permission)
    await merging.merge_customers(info.scope, info.subject, loser, input.reason)
    return info.subject


class ReassignCustomersInput(Input):
    """Customers who get another salesperson."""

    customers: Annotated[list[ID[Customer]], Field(min_length=1, max_length=BATCH, description="1 to 100 of them.")]
    owner: ID[User] = Field(description="Who looks after them from now on.")
    reason: Annotated[str, Field(min_length=1, max_length=200, description="Why.")]
    summary: Annotated[str, Field(max_length=2000, description="What the new owner should know.")] = ""


@command(Customer, permission=rights.REASSIGN)
async def reassign_customers(info: Info, input: ReassignCustomersInput) -> list[CustomerRow]:
    """Give customers and all that is live of them to another salesperson: all of them, or none.

    His planned tasks, open leads and deals, test drives and appointments move along; what is closed stays with its
    author.
    """
    permission = rights.REASSIGN
    rows = [await info.scope.get(CustomerRow, one.uuid, permission=permission) for one in input.customers]
    await ownership.reassign_owners(info.scope, rows, input.owner.uuid, input.reason, summary=input.summary)
    return rows


class AcknowledgeTransferInput(Input):
    """A handover that was read."""

    transfer: ID[OwnershipTransfer] = Field(description="The handover.")


@command(
    OwnershipTransfer,
    permission=Permission(
        "customers.ownership_transfer.acknowledge", {"en": "Acknowledge handovers", "zh-CN": "确认交接"}
    ),
)
async def acknowledge_transfer(
    info: Info[OwnershipTransferRow], input: AcknowledgeTransferInput
) -> OwnershipTransferRow:
    """Say that one has read what the owner before wrote down."""
    if info.subject.to_owner_id != info.scope.caller.user_id:
        raise ValidationRefusal(
            "only the new owner acknowledges a handover", path=("transfer",), rule="customers_new_owner"
        )
    return await ownership.acknowledge_transfer(info.scope, info.subject)


class AddContactPointInput(ContactPointInput):
    """A further way to reach a customer."""

    customer: ID[Customer] = Field(description="Whom it reaches.")


@command(ContactPoint, permission=rights.WRITE_CONTACTS)
async def add_contact_point(info: Info[CustomerRow], input: AddContactPointInput) -> ContactPointRow:
    """Add a way to reach a customer."""
    scope = info.scope
    return await contacts.add_contact(scope, info.subject, input.new())


class ReplaceContactPointInput(Input):
    """Another value in the place of one that no longer holds."""

    contact_point: ID[ContactPoint] = Field(description="The one that no longer holds.")
    value: Annotated[str, Field(min_length=1, max_length=254, description="The new value in clear.")]


@command(ContactPoint, permission=rights.WRITE_CONTACTS)
async def replace_contact_point(info: Info[ContactPointRow], input: ReplaceContactPointInput) -> ContactPointRow:
    """Put another value in the place of one that no longer holds; the old one still finds the customer."""
    return await contacts.replace_contact(info.scope, info.subject, input.value)


class ContactPointNameInput(Input):
    """A contact point."""

    contact_point: ID[ContactPoint] = Field(description="The contact point.")


@command(ContactPoint, permission=rights.WRITE_CONTACTS)
async def end_contact_point(info: Info[ContactPointRow], input: ContactPointNameInput) -> ContactPointRow:
    """Say that a contact point no longer holds; it still finds the customer."""
    return await contacts.end_contact(info.scope, info.subject)


@command(ContactPoint, permission=rights.WRITE_CONTACTS)
async def make_contact_point_primary(info: Info[ContactPointRow], input: ContactPointNameInput) -> ContactPointRow:
    """Make a contact point the one to use among those of its kind."""
    return await contacts.make_primary(info.scope, info.subject)


@command(ContactPoint, permission=rights.WRITE_CONTACTS)
async def verify_contact_point(info: Info[ContactPointRow], input: ContactPointNameInput) -> ContactPointRow:
    """Say that a contact point was tried and works."""
    return await contacts.verify_contact(info.scope, info.subject)


class RevealContactPointInput(Input):
    """A contact point to be read in clear."""

    contact_point: ID[ContactPoint] = Field(description="The contact point.")
    reason: Annotated[str, Field(min_length=1, max_length=300, description="Why it is needed; it is logged.")]


@strawberry.type(description="A contact point in clear; not to be kept.")
class RevealedContactPoint:
    value: str = strawberry.field(description="The number in E.164, the address or the account.")


@command(
    permission=Permission(
        "customers.contact_point.reveal", {"en": "See contact points in clear", "zh-CN": "查看完整联系方式"}
    ),
    result=RevealedContactPoint,
)
async def reveal_contact_point(info: Info[ContactPointRow], input: RevealContactPointInput) -> RevealedContactPoint:
    """Read a contact point in clear; who does it and why is logged."""
    scope = info.scope
    return RevealedContactPoint(value=await contacts.reveal_contact(scope, info.subject, input.reason))
