"""What is asked of aftersales beside the generated lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import strawberry

from forecourt import Department, NotFoundRefusal, Scope, User, global_id, row_id_of
from forecourt.graphql import StrawberryInfo
from plugins.aftersales import rights
from plugins.aftersales.models.requests import ServiceRequest
from plugins.aftersales.services import appointments, handlers_at_hand


@strawberry.type(description="Somebody who could handle a service request, and what speaks for him.")
class ServiceHandler:
    user: strawberry.ID = strawberry.field(description="His id, for `assignServiceRequest`.")
    display_name: str = strawberry.field(description="What colleagues call him.")
    is_on_duty: bool = strawberry.field(description="Whether he works at this moment.")
    is_certified: bool = strawberry.field(
        description="Whether he may work on the vehicle: electric ones take a certificate for high voltage."
    )
    open_requests: int = strawberry.field(description="How many requests he has in hand already.")


async def _service_handlers(
    info: StrawberryInfo,
    request: Annotated[strawberry.ID, strawberry.argument(description="The request.")],
    department: Annotated[strawberry.ID, strawberry.argument(description="Whose members.")],
) -> list[ServiceHandler] | None:
    scope: Scope = info.context.scope
    scope.caller.require(rights.ASSIGN)
    try:
        row = await scope.get(ServiceRequest, row_id_of(request, "ServiceRequest"), permission=rights.ASSIGN)
        place = await scope.get(Department, row_id_of(department, "Department"))
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
        for found in await handlers_at_hand.handlers_for(scope, row, place.id)
    ]


async def _service_slots(
    info: StrawberryInfo,
    advisor: Annotated[strawberry.ID, strawberry.argument(description="With whom.")],
    on: Annotated[date, strawberry.argument(description="On which day.")],
) -> list[datetime]:
    scope: Scope = info.context.scope
    scope.caller.require(rights.BOOK)
    user = await scope.get(User, row_id_of(advisor, "User"))
    return await appointments.free_slots(scope, scope.store_id, user.id, on)


@strawberry.type
class Query:
    service_handlers: list[ServiceHandler] | None = strawberry.field(
        resolver=_service_handlers,
        description="The members of a department who could handle a request, the best first; null out of sight.",
    )
    service_slots: list[datetime] = strawberry.field(
        resolver=_service_slots,
        description="When appointments with an advisor can begin on a day, in the caller's store.",
    )
