"""What a dealer may set."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from plugins.sms_marketing.services.gate import Caps
from plugins.sms_marketing.services.window import Window


class SmsSettings(BaseModel):
    """How a store writes text messages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = "simulator"
    """Kind of provider of a store that has no account yet; its first message makes one."""
    signature: str = ""
    """Signature of that account; the store's name without it."""
    window_opens: time = time(9)
    """From when on messages may be sent, on the recipient's clock; OTP and urgent notices go at any time."""
    window_closes: time = time(20)
    """Until when."""
    jitter_minutes: Annotated[int, Field(ge=0, le=120)] = 0
    """Messages that wait for the window are spread over so many minutes after it opens."""
    promotions_per_day: Annotated[int, Field(ge=0)] = 1
    """Promotions a number gets at most in 24 hours."""
    promotions_per_week: Annotated[int, Field(ge=0)] = 2
    """The same in 7 days."""
    promotions_per_month: Annotated[int, Field(ge=0)] = 4
    """The same in 30 days."""
    wait_at_cap: bool = True
    """Whether a promotion above a cap waits until it may be sent; otherwise it is not sent."""
    promotion_valid_hours: Annotated[int, Field(ge=1, le=720)] = 72
    """A promotion that could not be sent within so many hours is of no use any more."""
    monthly_budget_minor: Annotated[int, Field(ge=0)] | None = None
    """What messages may cost in a calendar month, in minor units of the account's currency; no limit without it."""
    submit_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 20
    """How long a provider may take to accept a message."""
    abandoned_after_seconds: Annotated[int, Field(ge=60)] = 180
    """A message that a worker took so long ago without an outcome is UNKNOWN; its provider is asked for it."""
    give_up_after_hours: Annotated[int, Field(ge=1)] = 72
    """When a provider has told nothing for so long, a message counts as failed, or as expired."""

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.window_opens >= self.window_closes:
            raise ValueError(f"a window that opens at {self.window_opens} can't close at {self.window_closes}")
        if self.abandoned_after_seconds <= self.submit_timeout_seconds:
            raise ValueError("abandoned_after_seconds must be longer than submit_timeout_seconds")
        return self

    @property
    def window(self) -> Window:
        """The hours of the day in which messages may be sent."""
        return Window(self.window_opens, self.window_closes)

    @property
    def caps(self) -> Caps:
        """How many promotions a number gets at most."""
        limits = ((1, self.promotions_per_day), (7, self.promotions_per_week), (30, self.promotions_per_month))
        return Caps(limits, self.wait_at_cap)
