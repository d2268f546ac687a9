"""What other modules may use of sales; every function needs a unit of work unless it only reads."""

from __future__ import annotations

from plugins.sales.models.choices import LeadInterest, VehicleWish
from plugins.sales.models.leads import Lead
from plugins.sales.models.opportunities import Opportunity, StageEntry, TestDrive
from plugins.sales.models.orders import Delivery, SalesOrder
from plugins.sales.models.quotations import Quotation
from plugins.sales.services.assignment import Assignment, Candidate, LeadRequest, Rule, Strategy
from plugins.sales.services.leads import Taken
from plugins.sales.services.leads import take as receive_lead
from plugins.sales.services.opportunities import open_for as open_opportunity
from plugins.sales.services.pricing import Authority, LineKind
from plugins.sales.services.prospects import NewLead, NewVehicle
from plugins.sales.services.scoring import LeadFacts, LeadGrade, LeadScore, ScoreFactor, default_factors, total_score
from plugins.sales.services.states import LeadState, OpportunityState, OrderState, QuotationState, TestDriveState

__all__ = [
    "Assignment",
    "Authority",
    "Candidate",
    "Delivery",
    "Lead",
    "LeadFacts",
    "LeadGrade",
    "LeadInterest",
    "LeadRequest",
    "LeadScore",
    "LeadState",
    "LineKind",
    "NewLead",
    "NewVehicle",
    "Opportunity",
    "OpportunityState",
    "OrderState",
    "Quotation",
    "QuotationState",
    "Rule",
    "SalesOrder",
    "ScoreFactor",
    "StageEntry",
    "Strategy",
    "Taken",
    "TestDrive",
    "TestDriveState",
    "VehicleWish",
    "default_factors",
    "open_opportunity",
    "receive_lead",
    "total_score",
]
