from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("aftersales", "0001_initial")]
    operations = [
        ops.AddIndex(model_name="PlanItem", index=Index(fields=["vehicle", "id"])),
        ops.AddIndex(model_name="ServiceAppointment", index=Index(fields=["request", "id"])),
        ops.AddIndex(model_name="ServiceAppointment", index=Index(fields=["vehicle", "id"])),
        ops.AddIndex(model_name="ServiceRequest", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="ServiceRequest", index=Index(fields=["vehicle", "id"])),
        ops.AddIndex(model_name="ServiceRequestStep", index=Index(fields=["request", "id"])),
        ops.AddIndex(model_name="ServiceVehicle", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="ServiceVehicle", index=Index(fields=["identity", "id"])),
    ]
