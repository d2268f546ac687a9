"""What a dealer or a store may set for its calendar and its opening hours."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class OrganisationSettings(BaseModel):
    """When stores are open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str = "CN"
    """ISO 3166 code of the public holidays."""
    business_hours: list[dict[str, Any]] = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "to": "18:00"}]
    """Opening hours; days are 1 for Monday to 7 for Sunday."""
    closed_on_holidays: bool = False
    """Whether public holidays close the stores."""
