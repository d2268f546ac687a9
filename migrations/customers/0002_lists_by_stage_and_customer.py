from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import IndexWhere


class Migration(TortoiseMigration):
    dependencies = [("customers", "0001_initial")]
    operations = [
        ops.AddIndex(
            model_name="Customer",
            index=IndexWhere(
                fields=("store", "lifecycle", "created_at", "id"),
                condition={"archived_at": None},
                name="customers_customer_stage",
            ),
        ),
        ops.AddIndex(
            model_name="Customer",
            index=IndexWhere(
                fields=("store", "created_at", "id"),
                condition={"archived_at": None},
                name="customers_customer_newest",
            ),
        ),
        ops.AddIndex(
            model_name="CustomerVehicle",
            index=IndexWhere(
                fields=("customer",),
                condition={"archived_at": None},
                name="customers_vehicle_of_customer",
            ),
        ),
        ops.AddIndex(
            model_name="FollowUpTask",
            index=IndexWhere(
                fields=("customer", "due_at"),
                condition={"archived_at": None},
                name="customers_task_of_customer",
            ),
        ),
    ]
