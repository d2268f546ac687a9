from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("inventory", "0001_initial")]
    operations = [
        ops.AddIndex(model_name="FittingJob", index=Index(fields=["vehicle", "id"])),
        ops.AddIndex(model_name="FittingLine", index=Index(fields=["job", "id"])),
        ops.AddIndex(model_name="MovementLine", index=Index(fields=["vehicle", "id"])),
        ops.AddIndex(model_name="Reservation", index=Index(fields=["vehicle", "id"])),
        ops.AddIndex(model_name="Series", index=Index(fields=["brand", "id"])),
        ops.AddIndex(model_name="StockBalance", index=Index(fields=["item", "id"])),
        ops.AddIndex(model_name="StockBalance", index=Index(fields=["warehouse", "id"])),
        ops.AddIndex(model_name="StockVehicle", index=Index(fields=["identity", "id"])),
        ops.AddIndex(model_name="StockVehicle", index=Index(fields=["trim", "id"])),
        ops.AddIndex(model_name="StockVehicle", index=Index(fields=["warehouse", "id"])),
        ops.AddIndex(model_name="Trim", index=Index(fields=["series", "id"])),
        ops.AddIndex(model_name="VehicleTransfer", index=Index(fields=["vehicle", "id"])),
    ]
