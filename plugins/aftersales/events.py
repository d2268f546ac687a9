"""What happens after the sale; ids and codes only."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from forecourt import Event


class ServiceVehicleRegistered(Event):
    """The store looks after another vehicle, or after one for another customer."""

    type: ClassVar[str] = "aftersales.service_vehicle_registered"
    aggregate: ClassVar[str] = "service_vehicle_id"

    service_vehicle_id: UUID
    vehicle_identity_id: UUID
    customer_id: UUID


class OdometerRecorded(Event):
    """An odometer was read."""

    type: ClassVar[str] = "aftersales.odometer_recorded"
    aggregate: ClassVar[str] = "service_vehicle_id"

    service_vehicle_id: UUID
    reading_id: UUID
    km: int
    plausible: bool


class MaintenanceEvent(Event):
    """What the events of planned maintenance have in common."""

    aggregate: ClassVar[str] = "service_vehicle_id"

    service_vehicle_id: UUID
    plan_item_id: UUID
    customer_id: UUID
    sequence: int
    due_on: date
    due_km: int
    predicted_on: date


class MaintenanceScheduled(MaintenanceEvent):
    """A vehicle's next maintenance is planned."""

    type: ClassVar[str] = "aftersales.maintenance_scheduled"


class MaintenanceDue(MaintenanceEvent):
    """It is time to ask a customer in; told once for each planned maintenance."""

    type: ClassVar[str] = "aftersales.maintenance_due"


class MaintenanceOverdue(MaintenanceEvent):
    """The day or the distance of a planned maintenance is past."""

    type: ClassVar[str] = "aftersales.maintenance_overdue"


class MaintenanceDone(MaintenanceEvent):
    """A planned maintenance was done."""

    type: ClassVar[str] = "aftersales.maintenance_done"


class MaintenanceSkipped(MaintenanceEvent):
    """A planned maintenance won't be done."""

    type: ClassVar[str] = "aftersales.maintenance_skipped"


class MaintenanceAppointed(MaintenanceEvent):
    """A customer has an appointment for a planned maintenance, or no longer has one.

    Attributes:
        state: APPOINTED, or DUE once the appointment is cancelled or missed.
    """

    type: ClassVar[str] = "aftersales.maintenance_appointed"

    state: str


class ServiceRequestEvent(Event):
    """What the events of service requests have in common."""

    aggregate: ClassVar[str] = "service_request_id"

    service_request_id: UUID
    customer_id: UUID | None
    service_vehicle_id: UUID | None
    kind: str
    severity: int


class ServiceRequestOpened(ServiceRequestEvent):
    """A customer asks something of the service.

    Attributes:
        urgent: Severity 1: it is confirmed at once, at night too.
    """

    type: ClassVar[str] = "aftersales.service_request_opened"

    urgent: bool


class ServiceRequestMoved(ServiceRequestEvent):
    """A service request has come into another state, or into other hands."""

    type: ClassVar[str] = "aftersales.service_request_moved"

    from_state: str
    to_state: str
    department_id: UUID | None = None
    assignee_id: UUID | None = None


class ServiceRequestResolved(ServiceRequestEvent):
    """What a customer asked for is done."""

    type: ClassVar[str] = "aftersales.service_request_resolved"

    assignee_id: UUID | None = None


class ServiceRequestExtended(ServiceRequestEvent):
    """An extension of a deadline was asked for, agreed to or refused; `due_at` is the deadline that holds."""

    type: ClassVar[str] = "aftersales.service_request_extended"

    extension_id: UUID
    state: str
    due_at: datetime


class ServiceRequestOverdue(ServiceRequestEvent):
    """The deadline of a service request is past; told once for each deadline."""

    type: ClassVar[str] = "aftersales.service_request_overdue"

    due_at: datetime
    escalation_level: int
    department_id: UUID | None = None
    assignee_id: UUID | None = None


class ServiceRequestEscalated(ServiceRequestEvent):
    """A service request has become more urgent, because nothing came of it."""

    type: ClassVar[str] = "aftersales.service_request_escalated"

    escalation_level: int
    department_id: UUID | None = None
    assignee_id: UUID | None = None


class ServiceAppointmentMoved(Event):
    """A customer has an appointment at the workshop, came, didn't come, or comes no more.

    Attributes:
        from_state: Empty for a new one.
    """

    type: ClassVar[str] = "aftersales.service_appointment_moved"
    aggregate: ClassVar[str] = "appointment_id"

    appointment_id: UUID
    service_vehicle_id: UUID
    customer_id: UUID
    starts_at: datetime
    from_state: str = ""
    to_state: str
