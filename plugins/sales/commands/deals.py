"""Commands on opportunities, test drives and quotations."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from forecourt import Money
from forecourt.graphql import ID, Info, Input, User, command
from plugins.customers import api as customers
from plugins.customers.types.people import Customer
from plugins.inventory import api as inventory
from plugins.inventory.types.catalogue import Trim
from plugins.inventory.types.vehicles import StockVehicle
from plugins.sales import rights
from plugins.sales.models.choices import DriveLocation
from plugins.sales.models.opportunities import Opportunity as OpportunityRow
from plugins.sales.models.opportunities import TestDrive as TestDriveRow
from plugins.sales.models.quotations import Quotation as QuotationRow
from plugins.sales.services import offers, opportunities, quotations, test_drives
from plugins.sales.services.offers import NewDiscount, NewLine, Offer
from plugins.sales.services.opportunities import Loss
from plugins.sales.services.pricing import LineKind
from plugins.sales.services.test_drives import Slot
from plugins.sales.types.deals import Opportunity, Quotation, TestDrive

READ_CUSTOMER = "customers.customer.read"


class OpenOpportunityInput(Input):
    """A new deal."""

    customer: ID[Customer] = Field(description="With whom.")
    purpose: str = Field("MAIN", max_length=20, description="MAIN, or EXTRA for a further car.")
    expected_amount: Money | None = Field(None, description="What it is expected to come to.")
    expected_close_on: date | None = Field(None, description="When it is expected to be made.")


@command(Opportunity, permission=rights.OPEN)
async def open_opportunity(info: Info, input: OpenOpportunityInput) -> OpportunityRow:
    """Open a deal with a customer who came without a lead."""
    customer = await info.scope.get(customers.Customer, input.customer.uuid, permission=READ_CUSTOMER)
    return await opportunities.open_for(
        info.scope,
        customer.id,
        owner_id=info.scope.caller.user_id,
        purpose=input.purpose,
        expected_amount=input.expected_amount,
        expected_close_on=input.expected_close_on,
    )


class MoveOpportunityInput(Input):
    """Where a deal goes."""

    opportunity: ID[Opportunity] = Field(description="An open deal.")
    stage: str = Field(max_length=40, description="Code of the stage.")
    reason: str = Field("", max_length=300, description="Why; needed for a move back.")


@command(Opportunity, permission=rights.MOVE)
async def move_opportunity(info: Info[OpportunityRow], input: MoveOpportunityInput) -> OpportunityRow:
    """Bring a deal into another stage, if it has what the stages on the way ask for."""
    return await opportunities.move_stage(info.scope, info.subject, input.stage, input.reason)


class RequestLossInput(Input):
    """Why a deal is to be given up."""

    opportunity: ID[Opportunity] = Field(description="An open deal.")
    reason: str = Field(max_length=60, description="A code of `sales.loss_reason`.")
    note: str = Field("", max_length=500, description="What happened; needed for OTHER.")
    competitor: str = Field("", max_length=120, description="Who made the deal instead.")
    price_gap: Money | None = Field(None, description="By how much the other one was cheaper.")


@command(Opportunity, permission=rights.MOVE)
async def request_loss(info: Info[OpportunityRow], input: RequestLossInput) -> OpportunityRow:
    """Ask to give a deal up; somebody else decides."""
    loss = Loss(input.reason, input.note, input.competitor, input.price_gap)
    return await opportunities.request_loss(info.scope, info.subject, loss)


class DecideLossInput(Input):
    """A decision about a deal that is to be given up."""

    opportunity: ID[Opportunity] = Field(description="A deal whose loss was requested.")
    note: str = Field("", max_length=500, description="What to say about it; what is still to be tried.")


class ApproveLossInput(DecideLossInput):
    """A deal that is lost."""


class RejectLossInput(DecideLossInput):
    """A deal that goes on."""


@command(Opportunity, permission=rights.APPROVE_LOSS)
async def approve_loss(info: Info[OpportunityRow], input: ApproveLossInput) -> OpportunityRow:
    """Agree that a deal is lost; nobody does so for his own deal or request."""
    return await opportunities.decide_loss(info.scope, info.subject, approve=True, note=input.note)


@command(Opportunity, permission=rights.APPROVE_LOSS)
async def reject_loss(info: Info[OpportunityRow], input: RejectLossInput) -> OpportunityRow:
    """Send a deal back to be worked on, with what is still to be tried."""
    return await opportunities.decide_loss(info.scope, info.subject, approve=False, note=input.note)


class SuspendOpportunityInput(Input):
    """A deal that is to rest."""

    opportunity: ID[Opportunity] = Field(description="An open deal.")
    wake_on: date = Field(description="When to come back to it.")


@command(Opportunity, permission=rights.MOVE)
async def suspend_opportunity(info: Info[OpportunityRow], input: SuspendOpportunityInput) -> OpportunityRow:
    """Let a deal rest until a day."""
    return await opportunities.suspend(info.scope, info.subject, input.wake_on)


class ResumeOpportunityInput(Input):
    """A deal that is taken up again."""

    opportunity: ID[Opportunity] = Field(description="A resting or lost deal.")
    reason: str = Field("", max_length=300, description="Why.")


@command(Opportunity, permission=rights.MOVE)
async def resume_opportunity(info: Info[OpportunityRow], input: ResumeOpportunityInput) -> OpportunityRow:
    """Take a resting or lost deal up again."""
    return await opportunities.resume(info.scope, info.subject, input.reason)


class ScheduleTestDriveInput(Input):
    """A drive to be agreed."""

    customer: ID[Customer] = Field(description="Who drives.")
    vehicle: ID[StockVehicle] = Field(description="A demonstrator of the store.")
    specialist: ID[User] | None = Field(None, description="Who goes along; the caller without it.")
    slot_from: datetime = Field(description="Begin.")
    slot_to: datetime = Field(description="End.")
    opportunity: ID[Opportunity] | None = Field(None, description="The deal it is for.")
    location: DriveLocation = Field(DriveLocation.STORE, description="Where it begins.")
    route: str = Field("", max_length=200, description="Where it goes.")


@command(TestDrive, permission=rights.DRIVE)
async def schedule_test_drive(info: Info, input: ScheduleTestDriveInput) -> TestDriveRow:
    """Agree a test drive; neither car nor specialist is anywhere else then."""
    scope = info.scope
    customer = await scope.get(customers.Customer, input.customer.uuid, permission=READ_CUSTOMER)
    deal = None
    if input.opportunity is not None:
        deal = await scope.get(OpportunityRow, input.opportunity.uuid, permission=rights.MOVE)
    specialist = input.specialist.uuid if input.specialist else scope.caller.user_id
    return await test_drives.schedule(
        scope,
        customer_id=customer.id,
        vehicle_id=input.vehicle.uuid,
        specialist_id=test_drives.require_specialist(specialist),
        slot=Slot(input.slot_from, input.slot_to),
        opportunity=deal,
        location=input.location,
        route=input.route,
    )


class CheckOutTestDriveInput(Input):
    """What is checked before a customer drives."""

    test_drive: ID[TestDrive] = Field(description="A drive that was agreed.")
    licence_valid_until: date = Field(description="Last day of the licence, as it was read.")
    agreement_signed: bool = Field(description="The customer has signed the agreement.")
    agreement_file_id: UUID | None = Field(None, description="The signed agreement, as a stored file.")
    odometer_km: int = Field(ge=0, le=2_000_000, description="Kilometres on the clock.")


@command(TestDrive, permission=rights.DRIVE)
async def check_out_test_drive(info: Info[TestDriveRow], input: CheckOutTestDriveInput) -> TestDriveRow:
    """Let a customer drive: his licence is valid and he has signed the agreement."""
    return await test_drives.check_out(
        info.scope,
        info.subject,
        licence_valid_until=input.licence_valid_until,
        agreement_signed=input.agreement_signed,
        agreement_file_id=input.agreement_file_id,
        odometer_km=input.odometer_km,
    )


class ReturnTestDriveInput(Input):
    """A car that is back."""

    test_drive: ID[TestDrive] = Field(description="A drive that is under way.")
    odometer_km: int = Field(ge=0, le=2_000_000, description="Kilometres on the clock.")


@command(TestDrive, permission=rights.DRIVE)
async def return_test_drive(info: Info[TestDriveRow], input: ReturnTestDriveInput) -> TestDriveRow:
    """Take the car of a test drive back."""
    return await test_drives.take_back(info.scope, info.subject, input.odometer_km)


class CompleteTestDriveInput(Input):
    """What the customer thinks of it."""

    test_drive: ID[TestDrive] = Field(description="A drive whose car is back.")
    satisfaction: int | None = Field(None, ge=1, le=10, description="What he gives it, 1 to 10.")
    feedback: str = Field("", max_length=4000, description="What he said.")


@command(TestDrive, permission=rights.DRIVE)
async def complete_test_drive(info: Info[TestDriveRow], input: CompleteTestDriveInput) -> TestDriveRow:
    """Note what the customer thinks of a test drive."""
    return await test_drives.complete(info.scope, info.subject, input.satisfaction, input.feedback)


class CancelTestDriveInput(Input):
    """A drive that is called off."""

    test_drive: ID[TestDrive] = Field(description="A drive that has not begun.")
    reason: str = Field(min_length=1, max_length=200, description="Why.")


@command(TestDrive, permission=rights.DRIVE)
async def cancel_test_drive(info: Info[TestDriveRow], input: CancelTestDriveInput) -> TestDriveRow:
    """Call a test drive off."""
    return await test_drives.cancel(info.scope, info.subject, input.reason)


class PriceLineInput(Input):
    """One position of an offer."""

    kind: LineKind = Field(description="What is sold with it.")
    price: Money = Field(description="Price of one unit; 0 for a gift.")
    name: str = Field("", max_length=200, description="What it is called; as in the catalogue for a vehicle.")
    code: str = Field("", max_length=60, description="Of the trim, option, item or service.")
    quantity: Decimal = Field(
        Decimal(1), gt=0, le=100_000, decimal_places=3, description="How many units, to three decimals."
    )
    list_price: Money | None = Field(
        None,
        description="List price of one unit. An option, accessory or fitting without it needs an approval, unless the "
        "catalogue knows its `code`.",
    )
    cost: Money | None = Field(
        None,
        description="What one unit costs the store, net; needed for a gift. A service without it needs an approval.",
    )
    tax_bp: int | None = Field(None, ge=0, le=10_000, description="Tax rate in basis points; the usual one without it.")
    tax_included: bool = Field(True, description="Whether the price contains the tax.")


class DiscountInput(Input):
    """Something taken off."""

    amount: Money = Field(description="How much, tax included.")
    kind: str = Field("CASH", max_length=60, description="A code of `sales.discount_kind`.")
    reason: str = Field("", max_length=200, description="Why.")


class CreateQuotationInput(Input):
    """An offer."""

    opportunity: ID[Opportunity] = Field(description="An open deal.")
    trim: ID[Trim] | None = Field(None, description="The version of the car; that of the vehicle without it.")
    vehicle: ID[StockVehicle] | None = Field(None, description="The very car.")
    lines: list[PriceLineInput] = Field(
        default_factory=list,
        max_length=100,
        description="Positions; at most one VEHICLE, and without it the car is added at its list price.",
    )
    discounts: list[DiscountInput] = Field(default_factory=list, max_length=20, description="What is taken off.")
    valid_until: date | None = Field(None, description="Its last day; a week without it.")


@command(Quotation, permission=rights.QUOTE)
async def create_quotation(info: Info[OpportunityRow], input: CreateQuotationInput) -> QuotationRow:
    """Make the next version of a deal's offer; those before that were not answered are superseded."""
    vehicle_id = None
    if input.vehicle is not None:
        vehicle_id = (await info.scope.get(inventory.StockVehicle, input.vehicle.uuid)).id
    offer = Offer(
        lines=[NewLine(**dict(line)) for line in input.lines],
        discounts=[NewDiscount(**dict(one)) for one in input.discounts],
        trim_id=input.trim.uuid if input.trim else None,
        vehicle_id=vehicle_id,
        valid_until=input.valid_until,
    )
    return await offers.create(info.scope, info.subject, offer)


class QuotationInput(Input):
    """An offer that something is done with."""

    quotation: ID[Quotation] = Field(description="The offer.")


class SubmitQuotationInput(QuotationInput):
    """An offer whose price is to be granted."""


class SendQuotationInput(QuotationInput):
    """An offer that leaves the house."""


class DiscussQuotationInput(QuotationInput):
    """An offer that was talked about."""


class AcceptQuotationInput(QuotationInput):
    """An offer that the customer takes."""


class AnswerQuotationInput(Input):
    """What somebody says about an offer."""

    quotation: ID[Quotation] = Field(description="The offer.")
    note: str = Field("", max_length=300, description="What to say about it.")


class ApproveQuotationInput(AnswerQuotationInput):
    """An offer whose price is granted."""


class DeclineQuotationInput(AnswerQuotationInput):
    """An offer whose price is refused."""


class RejectQuotationInput(AnswerQuotationInput):
    """An offer that the customer leaves."""


@command(Quotation, permission=rights.QUOTE)
async def submit_quotation(info: Info[QuotationRow], input: SubmitQuotationInput) -> QuotationRow:
    """Ask somebody with more authority to grant the price of an offer."""
    return await quotations.submit(info.scope, info.subject)


@command(Quotation, permission=rights.APPROVE_QUOTATION)
async def approve_quotation(info: Info[QuotationRow], input: ApproveQuotationInput) -> QuotationRow:
    """Grant the price of an offer; nobody does so for himself."""
    return await quotations.decide(info.scope, info.subject, approve=True, note=input.note)


@command(Quotation, permission=rights.APPROVE_QUOTATION)
async def decline_quotation(info: Info[QuotationRow], input: DeclineQuotationInput) -> QuotationRow:
    """Refuse the price of an offer: it is a draft again."""
    return await quotations.decide(info.scope, info.subject, approve=False, note=input.note)


@command(Quotation, permission=rights.SEND)
async def send_quotation(info: Info[QuotationRow], input: SendQuotationInput) -> QuotationRow:
    """Give an offer out of the house: from now on it doesn't change."""
    return await quotations.send(info.scope, info.subject)


@command(Quotation, permission=rights.SEND)
async def discuss_quotation(info: Info[QuotationRow], input: DiscussQuotationInput) -> QuotationRow:
    """Note that an offer was talked about with the customer."""
    return await quotations.note_discussion(info.scope, info.subject)


@command(Quotation, permission=rights.SEND)
async def accept_quotation(info: Info[QuotationRow], input: AcceptQuotationInput) -> QuotationRow:
    """Take the customer's yes; the car of the offer is reserved for him."""
    return await quotations.accept(info.scope, info.subject)


@command(Quotation, permission=rights.SEND)
async def reject_quotation(info: Info[QuotationRow], input: RejectQuotationInput) -> QuotationRow:
    """Take the customer's no."""
    return await quotations.reject(info.scope, info.subject, input.note)
