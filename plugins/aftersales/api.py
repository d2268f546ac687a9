"""What other modules may use of aftersales; every function needs a unit of work unless it only reads."""

from __future__ import annotations

from plugins.aftersales.models.maintenance import MaintenancePlan, MaintenanceTemplate, PlanItem
from plugins.aftersales.models.requests import ServiceAppointment, ServiceExtension, ServiceRequest
from plugins.aftersales.models.vehicles import (
    OdometerReading,
    ReadingSource,
    ServiceVehicle,
    WarrantyKind,
    WarrantyTerm,
)
from plugins.aftersales.services.odometer import NewReading
from plugins.aftersales.services.requests import NewRequest
from plugins.aftersales.services.requests import create as create_service_request
from plugins.aftersales.services.states import AppointmentState, ExtensionState, PlanItemState, RequestState
from plugins.aftersales.services.vehicles import Handover, Registration, give_up, read_odometer, register, take_over

__all__ = [
    "AppointmentState",
    "ExtensionState",
    "Handover",
    "MaintenancePlan",
    "MaintenanceTemplate",
    "NewReading",
    "NewRequest",
    "OdometerReading",
    "PlanItem",
    "PlanItemState",
    "ReadingSource",
    "Registration",
    "RequestState",
    "ServiceAppointment",
    "ServiceExtension",
    "ServiceRequest",
    "ServiceVehicle",
    "WarrantyKind",
    "WarrantyTerm",
    "create_service_request",
    "give_up",
    "read_odometer",
    "register",
    "take_over",
]
