"""The tables of aftersales."""

from plugins.aftersales.models.maintenance import MaintenancePlan, MaintenanceTemplate, PlanItem
from plugins.aftersales.models.requests import (
    ServiceAppointment,
    ServiceExtension,
    ServiceRequest,
    ServiceRequestStep,
)
from plugins.aftersales.models.vehicles import (
    OdometerReading,
    ReadingSource,
    ServiceVehicle,
    WarrantyKind,
    WarrantyTerm,
)

__all__ = [
    "MaintenancePlan",
    "MaintenanceTemplate",
    "OdometerReading",
    "PlanItem",
    "ReadingSource",
    "ServiceAppointment",
    "ServiceExtension",
    "ServiceRequest",
    "ServiceRequestStep",
    "ServiceVehicle",
    "WarrantyKind",
    "WarrantyTerm",
]
