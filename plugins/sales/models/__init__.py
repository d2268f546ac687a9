"""The tables of sales."""

from plugins.sales.models.choices import (
    DriveLocation,
    IntakeOutcome,
    LeadInterest,
    ReceiptKind,
    TouchKind,
    VehicleWish,
)
from plugins.sales.models.grants import PriceGrant
from plugins.sales.models.leads import (
    AssignmentLog,
    AssignmentRule,
    Lead,
    LeadTouch,
    LeadVehicle,
    RawDocument,
)
from plugins.sales.models.opportunities import Opportunity, PipelineStage, StageEntry, TestDrive
from plugins.sales.models.orders import (
    CommissionShare,
    Delivery,
    InvoiceRecord,
    OrderDiscount,
    OrderLine,
    Receipt,
    SalesOrder,
)
from plugins.sales.models.quotations import Quotation, QuotationDiscount, QuotationLine

__all__ = [
    "AssignmentLog",
    "AssignmentRule",
    "CommissionShare",
    "Delivery",
    "DriveLocation",
    "IntakeOutcome",
    "InvoiceRecord",
    "Lead",
    "LeadInterest",
    "LeadTouch",
    "LeadVehicle",
    "Opportunity",
    "OrderDiscount",
    "OrderLine",
    "PipelineStage",
    "PriceGrant",
    "Quotation",
    "QuotationDiscount",
    "QuotationLine",
    "RawDocument",
    "Receipt",
    "ReceiptKind",
    "SalesOrder",
    "StageEntry",
    "TestDrive",
    "TouchKind",
    "VehicleWish",
]
