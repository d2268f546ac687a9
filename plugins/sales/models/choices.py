"""What the columns of sales may say, beside the states."""

from __future__ import annotations

from enum import StrEnum


class LeadInterest(StrEnum):
    """What somebody wants who turns to the store."""

    BUY = "BUY"
    LEASE = "LEASE"
    SELL = "SELL"
    TRADE_IN = "TRADE_IN"
    TEST_DRIVE = "TEST_DRIVE"
    SERVICE = "SERVICE"


class VehicleWish(StrEnum):
    """Whether somebody wants a vehicle or would hand it over."""

    WANTED = "WANTED"
    TRADE_IN = "TRADE_IN"


class TouchKind(StrEnum):
    """How a contact came in: the first one of a lead, the same message again, or the same person anew."""

    FIRST = "FIRST"
    RESEND = "RESEND"
    DUPLICATE = "DUPLICATE"


class IntakeOutcome(StrEnum):
    """What became of one prospect of a message."""

    ACCEPTED = "ACCEPTED"
    UPDATED = "UPDATED"
    DUPLICATE = "DUPLICATE"
    FAULTY = "FAULTY"


class DriveLocation(StrEnum):
    """Where a test drive begins."""

    STORE = "STORE"
    CUSTOMER_SITE = "CUSTOMER_SITE"


class ReceiptKind(StrEnum):
    """What a payment is: money at the signing, the rest, or money paid back."""

    DEPOSIT = "DEPOSIT"
    BALANCE = "BALANCE"
    REFUND = "REFUND"
