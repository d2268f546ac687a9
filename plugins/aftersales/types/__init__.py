"""What the API shows of the time after the sale; other modules refer to these classes and extend them."""

from plugins.aftersales.types.maintenance import MaintenancePlan, MaintenanceTemplate, PlanItem
from plugins.aftersales.types.requests import (
    CustomerServiceRequests,
    ServiceAppointment,
    ServiceExtension,
    ServiceRequest,
    ServiceRequestStep,
)
from plugins.aftersales.types.vehicles import CustomerServiceVehicles, OdometerReading, ServiceVehicle, WarrantyTerm

__all__ = [
    "CustomerServiceRequests",
    "CustomerServiceVehicles",
    "MaintenancePlan",
    "MaintenanceTemplate",
    "OdometerReading",
    "PlanItem",
    "ServiceAppointment",
    "ServiceExtension",
    "ServiceRequest",
    "ServiceRequestStep",
    "ServiceVehicle",
    "WarrantyTerm",
]
