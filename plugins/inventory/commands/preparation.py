"""Commands on what is done to a vehicle before delivery: fitting and inspection."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from forecourt import Permission
from forecourt.graphql import ID, Info, Input, User, command
from plugins.inventory import rights
from plugins.inventory.models.preparation import FittingJob as FittingJobRow
from plugins.inventory.models.preparation import PdiInspection as PdiInspectionRow
from plugins.inventory.models.vehicles import StockVehicle as StockVehicleRow
from plugins.inventory.services import fitting, pdi
from plugins.inventory.services.fitting import FittingPart
from plugins.inventory.services.items import quantity_milli
from plugins.inventory.services.kinds import FittingCharge
from plugins.inventory.services.pdi import CheckResult
from plugins.inventory.types.catalogue import Item
from plugins.inventory.types.preparation import FittingJob, PdiInspection
from plugins.inventory.types.vehicles import StockVehicle, Warehouse


class FittingPartInput(Input):
    """An accessory that is built in."""

    item: ID[Item] = Field(description="The accessory.")
    quantity: Decimal = Field(Decimal(1), description="How much of it, in its unit; three decimals at the most.")


class RequestFittingInput(Input):
    """What to build into which vehicle, and who bears it."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle in stock.")
    warehouse: ID[Warehouse] = Field(description="Where the accessories are taken from.")
    charge: FittingCharge = Field(description="Who bears it.")
    lines: list[FittingPartInput] = Field(min_length=1, max_length=40, description="The accessories.")
    note: Annotated[str, Field(max_length=200)] = Field("", description="What to know about it.")


@command(FittingJob, permission=rights.REQUEST_FITTING)
async def request_fitting(info: Info[StockVehicleRow], input: RequestFittingInput) -> FittingJobRow:
    """Ask for accessories to be built into a vehicle."""
    parts = [
        FittingPart(line.item.uuid, quantity_milli(line.quantity, path=("lines", index, "quantity")))
        for index, line in enumerate(input.lines)
    ]
    return await fitting.request(
        info.scope, info.subject.id, input.warehouse.uuid, parts, input.charge, note=input.note
    )


class ScheduleFittingInput(Input):
    """Who is to do a fitting job, and when."""

    job: ID[FittingJob] = Field(description="A job that was requested.")
    technician: ID[User] = Field(description="Who does it.")
    at: datetime = Field(description="When.")


@command(
    FittingJob, permission=Permission("inventory.fitting_job.schedule", {"en": "Schedule fitting", "zh-CN": "安排加装"})
)
async def schedule_fitting(info: Info[FittingJobRow], input: ScheduleFittingInput) -> FittingJobRow:
    """Name who does a fitting job, and when."""
    return await fitting.schedule(info.subject, input.technician.uuid, input.at)


class StartFittingInput(Input):
    """Which fitting job begins, and who does it."""

    job: ID[FittingJob] = Field(description="A job that was requested, scheduled or sent back.")
    technician: ID[User] | None = Field(None, description="Who does it; as scheduled, or the caller, without it.")


@command(FittingJob, permission=rights.FIT)
async def start_fitting(info: Info[FittingJobRow], input: StartFittingInput) -> FittingJobRow:
    """Begin a fitting job; its accessories leave stock."""
    return await fitting.start(info.scope, info.subject, input.technician.uuid if input.technician else None)


class FittingJobInput(Input):
    """Which fitting job it is about."""

    job: ID[FittingJob] = Field(description="The job.")


@command(FittingJob, permission=rights.FIT)
async def finish_fitting(info: Info[FittingJobRow], input: FittingJobInput) -> FittingJobRow:
    """Hand a fitting job in for its check."""
    return await fitting.finish(info.subject)


@command(FittingJob, permission=rights.CHECK_FITTING)
async def complete_fitting(info: Info[FittingJobRow], input: FittingJobInput) -> FittingJobRow:
    """Accept a fitting job that was handed in; a capitalised one raises what the vehicle has cost."""
    return await fitting.complete(info.scope, info.subject)


@command(FittingJob, permission=rights.CHECK_FITTING)
async def reject_fitting(info: Info[FittingJobRow], input: FittingJobInput) -> FittingJobRow:
    """Send a fitting job back to be reworked."""
    return await fitting.reject(info.subject)


@command(FittingJob, permission=rights.REQUEST_FITTING)
async def cancel_fitting(info: Info[FittingJobRow], input: FittingJobInput) -> FittingJobRow:
    """Call a fitting job off; accessories that were taken for it return."""
    return await fitting.cancel(info.scope, info.subject)


class StartPdiInput(Input):
    """Which vehicle is inspected."""

    vehicle: ID[StockVehicle] = Field(description="The vehicle.")
    odometer_km: int = Field(ge=0, le=2_000_000, description="Kilometres on the clock.")


@command(PdiInspection, permission=rights.INSPECT)
async def start_pdi(info: Info[StockVehicleRow], input: StartPdiInput) -> PdiInspectionRow:
    """Begin the inspection of a vehicle; the caller is the inspector, and has fitted nothing to it."""
    return await pdi.start(info.scope, info.subject.id, input.odometer_km)


class CheckResultInput(Input):
    """The outcome of one check."""

    code: Annotated[str, Field(max_length=60)] = Field(description="A code of `inventory.pdi_check`.")
    ok: bool = Field(description="Whether all is well.")
    note: Annotated[str, Field(max_length=200)] = Field("", description="What was found.")


class FinishPdiInput(Input):
    """What an inspection has found."""

    inspection: ID[PdiInspection] = Field(description="An inspection that the caller has begun.")
    results: list[CheckResultInput] = Field(min_length=1, max_length=200, description="Every check of the list, once.")


@command(PdiInspection, permission=rights.INSPECT)
async def finish_pdi(info: Info[PdiInspectionRow], input: FinishPdiInput) -> PdiInspectionRow:
    """Enter the results of an inspection: it is passed if every check is all right, else failed."""
    return await pdi.finish(info.scope, info.subject, [CheckResult(r.code, r.ok, r.note) for r in input.results])


class PassPdiInput(Input):
    """Which inspection has found everything to be all right."""

    inspection: ID[PdiInspection] = Field(description="An inspection that the caller has begun.")


@command(PdiInspection, permission=rights.INSPECT)
async def pass_pdi(info: Info[PdiInspectionRow], input: PassPdiInput) -> PdiInspectionRow:
    """Sign that every check of the list is all right."""
    return await pdi.finish(info.scope, info.subject, await pdi.all_right(info.scope))


class ReworkPdiInput(Input):
    """Which failed inspection has been dealt with."""

    inspection: ID[PdiInspection] = Field(description="A failed inspection.")


@command(PdiInspection, permission=rights.INSPECT)
async def rework_pdi(info: Info[PdiInspectionRow], input: ReworkPdiInput) -> PdiInspectionRow:
    """Close a failed round because its faults are mended, and open the next one, which is returned."""
    return await pdi.rework(info.scope, info.subject)
