from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("customers", "0002_lists_by_stage_and_customer")]
    operations = [
        ops.AddIndex(model_name="Consent", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="ContactPerson", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="ContactPoint", index=Index(fields=["customer", "id"])),
        ops.RemoveIndex(model_name="CustomerVehicle", name="customers_vehicle_of_customer"),
        ops.AddIndex(model_name="CustomerVehicle", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="Interaction", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="OwnershipTransfer", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="PurchaseIntention", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="TodayEntry", index=Index(fields=["today_list", "id"])),
    ]
