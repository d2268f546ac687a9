"""What is asked of aftersales beside the generated lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import strawberry
from pydantic import Field

from forecourt import Department as DepartmentRow
from forecourt import NotFoundRefusal, global_id
from forecourt import User as UserRow
from forecourt.graphql import ID, Department, Info, User, query
from plugins.aftersales import rights
from plugins.aftersales.models.requests import ServiceRequest as ServiceRequestRow
from plugins.aftersales.services import appointments, handlers_at_hand
from plugins.aftersales.types.requests import ServiceRequest


@strawberry.type(description="Somebody who could handle a service request, and what speaks for him.")
class ServiceHandler:
    user: strawberry.ID = strawberry.field(description="His id, for `assignServiceRequest`.")
    display_name: str = strawberry.field(description="What colleagues call him.")
    is_on_duty: bool = strawberry.field(description="Whether he works at this moment.")
    is_certified: bool = strawberry.field(
        description="Whether he may work on the vehicle: electric ones take a certificate for high voltage."
    )
    open_requests: int = strawberry.field(description="How many requests he has in hand already.")


@query(permission=rights.ASSIGN)
async def service_handlers(
    info: Info[ServiceRequestRow],
    request: Annotated[ID[ServiceRequest], Field(description="The request.")],
    department: Annotated[ID[Department], Field(description="Whose members.")],
) -> list[ServiceHandler] | None:
    """The members of a department who could handle a request, the best first; null out of sight."""
    try:
        place = await info.scope.get(DepartmentRow, department.uuid)
    except NotFoundRefusal:
        return None
    return [
        ServiceHandler(
            user=strawberry.ID(global_id("User", found.user.id)),
            display_name=found.user.display_name,
            is_on_duty=found.is_on_duty,
            is_certified=found.is_certified,
            open_requests=found.open_requests,
        )
        for found in await handlers_at_hand.handlers_for(info.scope, info.subject, place.id)
    ]


@query(permission=rights.BOOK)
async def service_slots(
    info: Info,
    advisor: Annotated[ID[User], Field(description="With whom.")],
    on: Annotated[date, Field(description="On which day.")],
) -> list[datetime]:
    """When appointments with an advisor can begin on a day, in the caller's store."""
    user = await info.scope.get(UserRow, advisor.uuid)
    return await appointments.free_slots(info.scope, info.scope.store_id, user.id, on)
