"""What a dealer, or a store, may set about insurance."""

from pydantic import BaseModel, ConfigDict, Field


class InsuranceSettings(BaseModel):
    """Rules of the module insurance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remind_days_before: int = Field(30, ge=1, le=365)
    """So many days before its end a contract gets a reminder."""
