"""What the API shows of the access log of look-ups."""

from __future__ import annotations

from datetime import datetime

from core.access_log import models
from core.catalog.declare import entity
from core.own.people import Store, User


@entity(
    models.LookUp,
    filter=["user", "actor", "refused", "at", "store"],
    order=["at"],
    create=False,
    update=False,
    archive=False,
)
class LookUp:
    """An entry of the access log: that somebody asked for a protected value, such as a telephone number."""

    store: Store
    """The store where the person worked; null for somebody who belongs to no store."""
    user: User
    """The user who asked; null for a machine."""
    actor: str
    """Who asked, by the name that the audit uses."""
    field: str
    """The fields that were asked, such as `Customer.mobile ContactPoint.phone`."""
    masked: str
    """The value that was asked for, masked."""
    refused: bool
    """Whether it was one more than allowed on that day: nothing was looked up, and none after it is listed."""
    at: datetime
    """When the value was asked for."""
