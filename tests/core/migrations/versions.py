"""The history of a small shop: every kind of change, one a version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_CORE = """
from tortoise import fields
from tortoise.models import Model


class Store(Model):
    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=12, unique=True)
"""

_CLIENTS = """
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from core.data.indexes import IndexWhere, UniqueWhere


class Client(Model):
    id = fields.UUIDField(primary_key=True)
    store = fields.ForeignKeyField("core.Store")
    name = fields.CharField(max_length=40)
    phone = fields.CharField(max_length=20, db_index=True)
    points = fields.IntField(default=0)
    number = fields.CharField(max_length=10)
    archived = fields.BooleanField(db_default=False)

    class Meta:
        indexes = [
            UniqueWhere(fields=("store", "phone"), condition={"archived": False}, name="one_live_client_per_phone"),
        ]


class Contact(Model):
    id = fields.UUIDField(primary_key=True)
    client = fields.ForeignKeyField("clients.Client", related_name="contacts", on_delete=fields.CASCADE)
    parent = fields.ForeignKeyField("clients.Contact", related_name=False, null=True, on_delete=fields.SET_NULL)
    value = fields.CharField(max_length=60)

    class Meta:
        unique_together = (("client", "value"),)
"""

_DEALS = """
from enum import StrEnum

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from core.data.indexes import IndexWhere, UniqueWhere


class State(StrEnum):
    OPEN = "OPEN"
    WON = "WON"


class Deal(Model):
    id = fields.UUIDField(primary_key=True)
    client = fields.ForeignKeyField("clients.Client", related_name=False, on_delete=fields.CASCADE)
    best_offer = fields.ForeignKeyField("deals.Offer", related_name=False, null=True, on_delete=fields.SET_NULL)
    reference = fields.IntField(null=True)
    note = fields.TextField(null=True)
    state = fields.CharEnumField(State, max_length=10)
    opened_at = fields.DatetimeField()

    class Meta:
        indexes = [
            ("state", "client"),
            UniqueWhere(fields=("client",), condition={"state": [State.OPEN]}, name="one_open_deal_per_client"),
        ]


class Offer(Model):
    id = fields.IntField(primary_key=True)
    deal = fields.ForeignKeyField("deals.Deal", related_name=False, on_delete=fields.CASCADE)
    amount_minor = fields.BigIntField()
"""

INITIALS = """
from tortoise.migrations import Migration as TortoiseMigration
from tortoise.migrations import operations as ops


async def fill_initials(apps, editor):
    Client = apps.get_model("clients.Client")
    for client in await Client.all():
        client.initial = client.name[:1].upper()
        await client.save(update_fields=["initial"])


class Migration(TortoiseMigration):
    dependencies = [("clients", "{after}")]
    operations = [ops.RunPython(fill_initials)]
"""


def first_version() -> dict[str, str]:
    return {"core": _CORE, "clients": _CLIENTS, "deals": _DEALS}


@dataclass(frozen=True)
class Step:
    """One new version.

    Attributes:
        edits: (module, old text, new text).
        options: What makemigrations is told.
        data: A data migration of clients.
    """

    what: str
    edits: tuple[tuple[str, str, str], ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    data: str | None = None


_NAME = "    name = fields.CharField(max_length=40)"
_PHONE = 'name="one_live_client_per_phone"),'
_CHECK = '        constraints = [CheckConstraint(check="points >= 0", name="points_not_negative")]\n'
_WITHOUT_OFFER = '            IndexWhere(fields=("opened_at",), condition={"best_offer": None}, name="without_offer"),'
_CLIENT = "class Client(Model):\n    id = fields.UUIDField(primary_key=True)\n"
_HOUSEHOLD = """class Household(Model):
    id = fields.UUIDField(primary_key=True)
    name = fields.TextField()


"""
_HOUSEHOLD_KEY = """    household = fields.ForeignKeyField(
        "clients.Household", related_name=False, null=True, on_delete=fields.RESTRICT
    )
"""

STEPS = (
    Step("widen a column of a table that others point to", (("clients", _NAME, _NAME.replace("40", "120")),)),
    Step(
        "retype columns",
        (
            ("clients", "points = fields.IntField", "points = fields.BigIntField"),
            ("deals", "fields.IntField(null=True)", "fields.CharField(max_length=20, null=True)"),
        ),
    ),
    Step(
        "rename columns that are in indexes and conditions",
        (
            ("clients", "phone = fields", "mobile = fields"),
            ("clients", '"store", "phone"', '"store", "mobile"'),
            ("clients", "archived = fields", "hidden = fields"),
            ("clients", '{"archived"', '{"hidden"'),
        ),
        {"renames": ["Client.phone:mobile", "clients.Client.archived:hidden"]},
    ),
    Step(
        "add columns: empty, constant, computed",
        (
            (
                "clients",
                "    number = ",
                "    city = fields.CharField(max_length=30, null=True)\n"
                '    currency = fields.CharField(max_length=3, db_default="CNY")\n'
                "    seen_at = fields.DatetimeField(db_default=Now())\n"
                "    initial = fields.CharField(max_length=1, null=True)\n    number = ",
            ),
            ("clients", "import fields\n", "import fields\nfrom tortoise.fields import Now\n"),
        ),
    ),
    Step("change data", data=INITIALS),
    Step("drop a column", (("deals", "    note = fields.TextField(null=True)\n", ""),), {"removals": ["note"]}),
    Step(
        "add indexes",
        (
            ("clients", "max_length=30, null=True)", "max_length=30, null=True, db_index=True)"),
            ("clients", _PHONE, f'{_PHONE}\n            ("city", "name"),'),
            ("deals", "opened_at = fields.DatetimeField()", "opened_at = fields.DatetimeField(db_index=True)"),
        ),
    ),
    Step(
        "add and change partial indexes",
        (
            (
                "deals",
                '("state", "client"),',
                '("state", "client"),\n            UniqueWhere(fields=("client", "reference"), '
                'condition={"reference__isnull": False, "state__not": State.WON}, name="one_reference_per_client"),\n'
                + _WITHOUT_OFFER,
            ),
            ("deals", "[State.OPEN]}", '[State.OPEN, "LATE"]}'),
        ),
    ),
    Step(
        "add unique rules",
        (
            ("clients", "max_length=10)", "max_length=10, unique=True)"),
            (
                "deals",
                "        indexes = [",
                '        unique_together = (("client", "opened_at"),)\n        indexes = [',
            ),
        ),
    ),
    Step(
        "add foreign keys",
        (
            (
                "clients",
                _CLIENT,
                _HOUSEHOLD + _CLIENT + _HOUSEHOLD_KEY,
            ),
            (
                "deals",
                "    best_offer",
                '    referrer = fields.ForeignKeyField("clients.Client", related_name=False, null=True, '
                "on_delete=fields.SET_NULL, db_index=True)\n    best_offer",
            ),
        ),
    ),
    Step(
        "change what happens on delete, and what may be empty",
        (
            ("clients", "on_delete=fields.CASCADE", "on_delete=fields.RESTRICT"),
            ("deals", "max_length=20, null=True)", 'max_length=20, db_default="none")'),
            ("clients", '(max_length=3, db_default="CNY")', '(max_length=3, null=True, db_default="EUR")'),
        ),
    ),
    Step("add checks", (("clients", "        indexes = [", f"{_CHECK}        indexes = ["),)),
    Step(
        "rename a model",
        (
            ("clients", "class Contact(Model)", "class ContactPoint(Model)"),
            ("clients", '"clients.Contact"', '"clients.ContactPoint"'),
        ),
        {"renames": ["clients.Contact:ContactPoint"]},
    ),
    Step(
        "drop rules, keys and models",
        (
            ("clients", ", unique=True)", ")"),
            ("clients", '        unique_together = (("client", "value"),)\n', "        pass\n"),
            ("deals", _WITHOUT_OFFER, ""),
            ("clients", '\n            ("city", "name"),', ""),
            ("clients", _CHECK, ""),
            ("clients", _HOUSEHOLD, ""),
            ("clients", _HOUSEHOLD_KEY, ""),
        ),
        {"removals": ["household", "clients.Household"]},
    ),
)
