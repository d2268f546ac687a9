"""What a dealer or a store may set for its stock."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class InventorySettings(BaseModel):
    """Times and limits of stock."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    soft_reservation_hours: Annotated[int, Field(ge=1, le=720, description="How long a soft reservation lasts.")] = 48
    hard_reservation_hours: Annotated[
        int, Field(ge=1, le=2160, description="How long a hard reservation made by hand lasts; those of orders stay.")
    ] = 72
    pdi_valid_days: Annotated[int, Field(ge=1, le=365, description="Days after which an inspection is stale.")] = 30
    pdi_valid_km: Annotated[int, Field(ge=1, le=1000, description="Kilometres after which it is stale.")] = 20
    safety_stock: Annotated[
        int, Field(ge=0, le=1000, description="Vehicles of each trim that should be there beyond planned demand.")
    ] = 1
