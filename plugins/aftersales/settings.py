"""What a dealer, or a store, may set about the time after the sale."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field


class AftersalesSettings(BaseModel):
    """Rules of the module aftersales."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_store: ClassVar[frozenset[str]] = frozenset(
        {"warn_days", "warn_km", "chase_after_days", "deadline_hours", "escalate_every_hours", "slot_minutes"}
    )

    first_service_months: int = Field(6, ge=1, le=60)
    """After so long a new vehicle comes for the first time; what the first template for all trims says."""
    first_service_km: int = Field(5_000, ge=100)
    """Or after so many kilometres, whichever is sooner."""
    service_every_months: int = Field(6, ge=1, le=60)
    """After so long it comes again."""
    service_every_km: int = Field(5_000, ge=100)
    """Or after so many kilometres, whichever is sooner."""
    typical_km_per_day: int = Field(40, ge=1, le=1_000)
    """What a vehicle is taken to run of whose odometer too little is known."""
    most_km_per_day: int = Field(1_500, ge=100)
    """More than this is asked about before it is believed."""
    warn_days: int = Field(30, ge=0, le=180)
    """So long before the day the customer is asked in."""
    warn_km: int = Field(500, ge=0)
    """So many kilometres before the distance the customer is asked in."""
    chase_after_days: int = Field(7, ge=1, le=60)
    """Who hasn't answered for so long is called by his advisor."""
    churn_after_months: int = Field(6, ge=1, le=60)
    """An owner who wasn't at the workshop nor heard of for so long counts as lost to others."""
    maker_warranty_months: int = Field(36, ge=0)
    """So long the maker repairs a new vehicle; 0 for none."""
    maker_warranty_km: int = Field(60_000, ge=0)
    """Or for so many kilometres."""
    three_guarantees_months: int = Field(24, ge=0)
    """So long the law gives repair, replacement and return of a new vehicle; 0 for none."""
    three_guarantees_km: int = Field(50_000, ge=0)
    """Or for so many kilometres."""
    deadline_hours: list[int] = Field(default=[4, 9, 27, 45], min_length=4, max_length=4)
    """Hours for a request of severity 1 to 4: by the clock for severity 1, opening hours for the others."""
    escalate_every_hours: int = Field(24, ge=1)
    """An overdue request goes one level higher each time."""
    reopen_days: int = Field(14, ge=0, le=90)
    """So long a resolved request may be opened again."""
    slot_minutes: int = Field(60, ge=5, le=480)
    """Length of an appointment at the workshop; one begins on the full hour or a multiple of it later."""
