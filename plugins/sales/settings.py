"""What a dealer, or a store for itself, may set of sales."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from plugins.sales.services.scoring import LeadGrade


class SalesSettings(BaseModel):
    """Settings of the module sales; money in minor units of the store's currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_store: ClassVar[frozenset[str]] = frozenset(
        {
            "lead_first_minutes",
            "lead_recycle_minutes",
            "lead_capacity",
            "lead_capacities",
            "lead_max_recycles",
            "quotation_valid_days",
            "discount_limit_minor",
            "discount_limit_bp",
            "manager_discount_limit_minor",
            "manager_discount_limit_bp",
        }
    )

    lead_first_minutes: dict[LeadGrade, int] = Field(
        default={LeadGrade.A: 30, LeadGrade.B: 30, LeadGrade.C: 30, LeadGrade.D: 30}
    )
    """Business minutes until the first attempt is due, by grade."""
    lead_recycle_minutes: int = Field(default=120, ge=1)
    """Business minutes without an attempt after which a lead goes to somebody else."""
    lead_max_recycles: int = Field(default=3, ge=0)
    """After so many changes of hands a manager decides."""
    lead_capacity: int = Field(default=30, ge=1)
    """At this weight of open leads somebody gets no more (A 3, B 2, C and D 1)."""
    lead_capacities: dict[str, int] = Field(default_factory=dict)
    """Other capacities by user id."""
    lead_min_completeness: int = Field(default=60, ge=0, le=100)
    """What a customer's record must have, 0 to 100, before his lead is qualified."""
    lead_reopen_days: int = Field(default=90, ge=0)
    """So long a disqualified lead can be taken up again."""
    vat_bp: int = Field(default=1_300, ge=0, le=10_000)
    """Value-added tax on goods, in basis points; prices contain it."""
    quotation_valid_days: int = Field(default=7, ge=1)
    """How long an offer is valid that names no day."""
    soft_reservation_hours: int = Field(default=48, ge=1)
    """How long a sent offer keeps its car in mind."""
    discount_limit_minor: int = Field(default=500_000, ge=0)
    """The most that may be given away with an offer without anybody's approval."""
    discount_limit_bp: int = Field(default=300, ge=0, le=10_000)
    """The same in basis points of the guide price; the lower of the two counts."""
    manager_discount_limit_minor: int = Field(default=1_500_000, ge=0)
    """The same for those with the right `sales.quotation.discount_extended`."""
    manager_discount_limit_bp: int = Field(default=800, ge=0, le=10_000)
    """The same in basis points of the guide price."""
    no_show_minutes: int = Field(default=30, ge=1)
    """So long after its time a test drive that nobody came to is marked."""
    after_drive_hours: int = Field(default=24, ge=1)
    """When to ask after a test drive."""
    delivery_checks: tuple[str, ...] = ("EXTERIOR", "INTERIOR", "FUNCTIONS", "DOCUMENTS", "EXPLANATION")
    """Codes of `sales.delivery_check` that a delivery must have gone through."""
