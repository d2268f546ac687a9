from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import IndexWhere, UniqueWhere


class Migration(TortoiseMigration):
    dependencies = [("sales", "0003_price_grants")]
    operations = [
        ops.RemoveIndex(model_name="Lead", name="sales_lead_external_key"),
        ops.AddField(model_name="Lead", name="warnings", field=fields.JSONField(db_default=[])),
        ops.AddIndex(
            model_name="Lead",
            index=UniqueWhere(
                fields=("store", "external_key"),
                condition={
                    "state": ["ASSIGNED", "CONTACTED", "NEW", "NURTURE", "QUALIFIED", "RECYCLED", "UNASSIGNED"],
                    "external_key__isnull": False,
                    "archived_at": None,
                },
                name="sales_open_lead_external_key",
            ),
        ),
        ops.AddIndex(
            model_name="Lead",
            index=IndexWhere(
                fields=("store", "external_key"),
                condition={"external_key__isnull": False},
                name="sales_leads_by_external_key",
            ),
        ),
        ops.AddIndex(
            model_name="Lead",
            index=IndexWhere(
                fields=("owner",),
                condition={
                    "state": ["ASSIGNED", "CONTACTED", "NEW", "NURTURE", "QUALIFIED", "RECYCLED", "UNASSIGNED"],
                    "archived_at": None,
                },
                name="sales_leads_in_hand",
            ),
        ),
        ops.AddIndex(
            model_name="Opportunity",
            index=IndexWhere(
                fields=("owner",),
                condition={"state": ["LOSS_REQUESTED", "OPEN", "SUSPENDED"], "archived_at": None},
                name="sales_opportunities_in_hand",
            ),
        ),
        ops.AddIndex(
            model_name="SalesOrder",
            index=IndexWhere(
                fields=("owner",),
                condition={
                    "state": [
                        "ALLOCATED",
                        "CANCEL_REQUESTED",
                        "CONFIRMED",
                        "DRAFT",
                        "INVOICED",
                        "PAID",
                        "PENDING_APPROVAL",
                        "READY",
                        "RETURN_REQUESTED",
                    ],
                    "archived_at": None,
                },
                name="sales_orders_in_hand",
            ),
        ),
        ops.AddIndex(
            model_name="TestDrive",
            index=IndexWhere(
                fields=("specialist",),
                condition={"state": ["CHECKED_OUT", "CONFIRMED", "REQUESTED", "RETURNED"], "archived_at": None},
                name="sales_drives_in_hand",
            ),
        ),
    ]
