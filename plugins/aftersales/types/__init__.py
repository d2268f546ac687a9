"""What the API shows of the time after the sale; other modules refer to these classes and extend them."""

from plugins.aftersales.types.maintenance import (
    MaintenancePlan,
    MaintenancePlanItems,
    MaintenanceTemplate,
    PlanItem,
    ServiceVehicleMaintenance,
)
from plugins.aftersales.types.requests import (
    CustomerServiceRequests,
    ServiceAppointment,
    ServiceExtension,
    ServiceRequest,
    ServiceRequestRecords,
    ServiceRequestStep,
    ServiceVehicleRequests,
)
from plugins.aftersales.types.vehicles import (
    CustomerServiceVehicles,
    IdentityServiceVehicles,
    OdometerReading,
    ServiceVehicle,
    ServiceVehicleRecords,
    WarrantyTerm,
)

__all__ = [
    "CustomerServiceRequests",
    "CustomerServiceVehicles",
    "IdentityServiceVehicles",
    "MaintenancePlan",
    "MaintenancePlanItems",
    "MaintenanceTemplate",
    "OdometerReading",
    "PlanItem",
    "ServiceAppointment",
    "ServiceExtension",
    "ServiceRequest",
    "ServiceRequestRecords",
    "ServiceRequestStep",
    "ServiceVehicle",
    "ServiceVehicleMaintenance",
    "ServiceVehicleRecords",
    "ServiceVehicleRequests",
    "WarrantyTerm",
]
