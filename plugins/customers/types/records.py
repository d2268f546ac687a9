"""What the API shows of what customers want, said, agreed to and own."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from forecourt import Money
from forecourt.graphql import User, computed, entity, field
from plugins.customers import models
from plugins.customers.models import ConsentPurpose, ConsentState, Direction, PaymentWay, VehicleRole, Visibility
