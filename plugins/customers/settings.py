"""What a dealer, or a store, may set about customers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CustomersSettings(BaseModel):
    """Rules of the module customers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strict_completeness: bool = False
    """Refuse a first entry that lacks name, contact, model, budget or source."""
    wanted_facts: dict[str, int] = Field(
        default_factory=lambda: {"name": 1, "contact": 1, "intended_model": 1, "budget": 1, "source": 1}
    )
    """Weight of each fact that the completeness counts."""
    level_override_days: int = Field(30, ge=1, le=365)
    """So long a level that somebody set by hand holds."""
    shift_off_rest_days: bool = True
    """Move tasks that rules plan off rest days."""
    task_due_at: str = Field("18:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Local time by which tasks that rules plan are due."""
    dormant_after_days: int = Field(90, ge=1)
    """A prospect without contact for so long is dormant."""
    verify_after_days: int = Field(180, ge=1)
    """A contact point that nobody has checked for so long gets a task."""
