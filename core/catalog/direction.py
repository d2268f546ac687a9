"""Which way a list is ordered."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="Which way to order.")
class Direction(Enum):
    ASC = strawberry.enum_value("ASC", description="Lowest first; rows without a value last.")
    DESC = strawberry.enum_value("DESC", description="Highest first; rows without a value last.")
