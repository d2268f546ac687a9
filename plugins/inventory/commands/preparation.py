"""Commands on what is done to a vehicle before delivery: fitting and inspection."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from forecourt.graphql import ID, Info, Input, User, command
from plugins.inventory import models
from plugins.inventory.services import fitting, pdi
from plugins.inventory.services.fitting import FittingPart
from plugins.inventory.services.items import quantity_milli
from plugins.inventory.services.kinds import FittingCharge
from plugins.inventory.services.pdi import CheckResult
from plugins.inventory.types import FittingJob, Item, PdiInspection, StockVehicle, Warehouse


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


@command(FittingJob, permission="inventory.fitting_job.request")
async def request_fitting(info: Info, input: RequestFittingInput) -> models.FittingJob:
    """Ask for accessories to be built into a vehicle."""
    permission = "inventory.fitting_job.request"
    vehicle = await info.scope.get(models.StockVehicle, input.vehicle.uuid, permission=permission)
    parts = [
        FittingPart(line.item.uuid, quantity_milli(line.quantity, path=("lines", index, "quantity")))
        for index, line in enumerate(input.lines)
    ]
    return await fitting.request(info.scope, vehicle.id, input.warehouse.uuid, parts, input.charge, note=input.note)


class ScheduleFittingInput(Input):
    """Who is to do a fitting job, and when."""

    job: ID[FittingJob] = Field(description="A job that was requested.")
    technician: ID[User] = Field(description="Who does it.")
    at: datetime = Field(description="When.")


@command(FittingJob, permission="inventory.fitting_job.schedule")
async def schedule_fitting(info: Info, input: ScheduleFittingInput) -> models.FittingJob:
    """Name who does a fitting job, and when."""
    job = await info.scope.get(models.FittingJob, input.job.uuid, permission="inventory.fitting_job.schedule")
    return await fitting.schedule(job, input.technician.uuid, input.at)


class StartFittingInput(Input):
    """Which fitting job begins, and who does it."""

    job: ID[FittingJob] = Field(description="A job that was requested, scheduled or sent back.")
    technician: ID[User] | None = Field(None, description="Who does it; as scheduled, or the caller, without it.")


@command(FittingJob, permission="inventory.fitting_job.work")
async def start_fitting(info: Info, input: StartFittingInput) -> models.FittingJob:
    """Begin a fitting job; its accessories leave stock."""
    job = await info.scope.get(models.FittingJob, input.job.uuid, permission="inventory.fitting_job.work")
    return await fitting.start(info.scope, job, input.technician.uuid if input.technician else None)


class FittingJobInput(Input):
    """Which fitting job it is about."""

    job: ID[FittingJob] = Field(description="The job.")


@command(FittingJob, permission="inventory.fitting_job.work")
async def finish_fitting(info: Info, input: FittingJobInput) -> models.FittingJob:
    """Hand a fitting job in for its check."""
    job = await info.scope.get(models.FittingJob, input.job.uuid, permission="inventory.fitting_job.work")
    return await fitting.finish(job)


@command(FittingJob, permission="inventory.fitting_job.check")
async def complete_fitting(info: Info, input: FittingJobInput) -> models.FittingJob:
    """Accept a fitting job that was handed in; a capitalised one raises what the vehicle has cost."""
    job = await info.scope.get(models.FittingJob, input.job.uuid, permission="inventory.fitting_job.check")
    return await fitting.complete(info.scope, job)


@command(FittingJob, permission="inventory.fitting_job.check")
async def reject_fitting(info: Info, input: FittingJobInput) -> models.FittingJob:
    """Send a fitting job back to be reworked."""
    job = await info.scope.get(models.FittingJob, input.job.uuid, permission="inventory.fitting_job.check")
    return await fitting.reject(job)


@command(FittingJob, permission="inventory.fitting_job.request")
async def cancel_fitting(info: Info, input: FittingJobInput) -> models.FittingJob:
    """Call a fitting job off; accessories that were taken for it return."""
    job = await info.scope.get(models.FittingJob, input.job.uuid, permission="inventory.fitting_job.request")
    return await fitting.cancel(info.scope, job)


class StartPdiInput(Input):
    """Which vehicle is inspected."""

    vehicle: ID[StockVehicle] = Field(description="The vehicle.")
    odometer_km: int = Field(ge=0, le=2_000_000, description="Kilometres on the clock.")


@command(PdiInspection, permission="inventory.pdi_inspection.work")
async def start_pdi(info: Info, input: StartPdiInput) -> models.PdiInspection:
    """Begin the inspection of a vehicle; the caller is the inspector, and has fitted nothing to it."""
    permission = "inventory.pdi_inspection.work"
    vehicle = await info.scope.get(models.StockVehicle, input.vehicle.uuid, permission=permission)
    return await pdi.start(info.scope, vehicle.id, input.odometer_km)


class CheckResultInput(Input):
    """The outcome of one check."""

    code: Annotated[str, Field(max_length=60)] = Field(description="A code of `inventory.pdi_check`.")
    ok: bool = Field(description="Whether all is well.")
    note: Annotated[str, Field(max_length=200)] = Field("", description="What was found.")


class FinishPdiInput(Input):
    """What an inspection has found."""

    inspection: ID[PdiInspection] = Field(description="An inspection that the caller has begun.")
    results: list[CheckResultInput] = Field(min_length=1, max_length=200, description="Every check of the list, once.")


@command(PdiInspection, permission="inventory.pdi_inspection.work")
async def finish_pdi(info: Info, input: FinishPdiInput) -> models.PdiInspection:
    """Enter the results of an inspection: it is passed if every check is all right, else failed."""
    permission = "inventory.pdi_inspection.work"
    inspection = await info.scope.get(models.PdiInspection, input.inspection.uuid, permission=permission)
    return await pdi.finish(info.scope, inspection, [CheckResult(r.code, r.ok, r.note) for r in input.results])


class PassPdiInput(Input):
    """Which inspection has found everything to be all right."""

    inspection: ID[PdiInspection] = Field(description="An inspection that the caller has begun.")


@command(PdiInspection, permission="inventory.pdi_inspection.work")
async def pass_pdi(info: Info, input: PassPdiInput) -> models.PdiInspection:
    """Sign that every check of the list is all right."""
    permission = "inventory.pdi_inspection.work"
    inspection = await info.scope.get(models.PdiInspection, input.inspection.uuid, permission=permission)
    return await pdi.finish(info.scope, inspection, await pdi.all_right(info.scope))


class ReworkPdiInput(Input):
    """Which failed inspection has been dealt with."""

    inspection: ID[PdiInspection] = Field(description="A failed inspection.")


@command(PdiInspection, permission="inventory.pdi_inspection.work")
async def rework_pdi(info: Info, input: ReworkPdiInput) -> models.PdiInspection:
    """Close a failed round because its faults are mended, and open the next one, which is returned."""
    permission = "inventory.pdi_inspection.work"
    inspection = await info.scope.get(models.PdiInspection, input.inspection.uuid, permission=permission)
    return await pdi.rework(info.scope, inspection)
