"""What the columns of customers may say."""

from __future__ import annotations

from enum import StrEnum


class CustomerKind(StrEnum):
    """A person or a company."""

    PERSON = "PERSON"
    COMPANY = "COMPANY"


class Gender(StrEnum):
    """How to address somebody."""

    MALE = "MALE"
    FEMALE = "FEMALE"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class BirthCalendar(StrEnum):
    """By which calendar a birthday is kept."""

    SOLAR = "SOLAR"
    LUNAR = "LUNAR"


class ContactKind(StrEnum):
    """How to reach somebody."""

    MOBILE = "MOBILE"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    WECHAT = "WECHAT"


class BounceState(StrEnum):
    """Whether what was sent there arrives."""

    OK = "OK"
    SUSPECT = "SUSPECT"
    BOUNCED = "BOUNCED"


class PaymentWay(StrEnum):
    """How a purchase is to be paid."""

    CASH = "CASH"
    LOAN = "LOAN"
    LEASE = "LEASE"


class InteractionDirection(StrEnum):
    """Who began an interaction: the customer (IN) or the store (OUT)."""

    IN = "IN"
    OUT = "OUT"


class Visibility(StrEnum):
    """Who reads what was said: the sales team, the service side too, or its author and his managers."""

    TEAM = "TEAM"
    SERVICE = "SERVICE"
    PRIVATE_NOTE = "PRIVATE_NOTE"


class Priority(StrEnum):
    """Which of the tasks of a day comes first."""

    HIGH = "HIGH"
    NORMAL = "NORMAL"
    LOW = "LOW"


class VehicleRole(StrEnum):
    """What a customer is to a car."""

    OWNER = "OWNER"
    DRIVER = "DRIVER"
    PAYER = "PAYER"


class ConsentPurpose(StrEnum):
    """What a customer may have agreed to."""

    MARKETING_SMS = "MARKETING_SMS"
    MARKETING_CALL = "MARKETING_CALL"
    PROFILING = "PROFILING"
    DATA_SHARING = "DATA_SHARING"


class ConsentState(StrEnum):
    """Whether he agrees."""

    GRANTED = "GRANTED"
    WITHDRAWN = "WITHDRAWN"
