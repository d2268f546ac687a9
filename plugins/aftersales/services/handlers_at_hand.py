"""Who could handle a service request: members of its department, and what speaks for each."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from forecourt import Scope, User
from plugins.aftersales.models.requests import ServiceRequest
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services.requests import IN_HAND, members_of
from plugins.inventory.api import Powertrain, VehicleIdentity
from plugins.organisation.api import certified, on_duty

HIGH_VOLTAGE = "HIGH_VOLTAGE"
"""The line of `organisation.certification_line` for work on vehicles with a traction battery."""
_ELECTRIC = (Powertrain.BEV, Powertrain.PHEV, Powertrain.HEV, Powertrain.EREV)


@dataclass(frozen=True, slots=True)
class Handler:
    """Somebody who could handle a request.

    Attributes:
        is_certified: He may work on the vehicle; true where it takes no certificate.
        open_requests: What he has in hand already.
    """

    user: User
    is_on_duty: bool
    is_certified: bool
    open_requests: int


async def handlers_for(scope: Scope, request: ServiceRequest, department_id: UUID) -> list[Handler]:
    """Return the members of a department, those first who are on duty and certified and have least in hand."""
    electric = await _is_electric(request)
    found = []
    for user_id in await members_of(scope, request.store_id, department_id):
        may = not electric or await certified(scope, user_id, HIGH_VOLTAGE, store_id=request.store_id)
        busy = await ServiceRequest.filter(assignee_id=user_id, state__in=IN_HAND, archived_at=None).count()
        duty = await on_duty(scope, user_id, scope.now(), store_id=request.store_id)
        found.append(Handler(await User.get(id=user_id), duty, may, busy))
    return sorted(found, key=lambda one: (not one.is_on_duty, not one.is_certified, one.open_requests))


async def _is_electric(request: ServiceRequest) -> bool:
    if request.vehicle_id is None:
        return False
    vehicle = await ServiceVehicle.get(id=request.vehicle_id)
    identity = await VehicleIdentity.get(id=vehicle.identity_id).select_related("trim")
    return identity.trim is not None and identity.trim.powertrain in _ELECTRIC
