from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("sales", "0001_initial")]
    operations = [
        ops.AddIndex(model_name="AssignmentLog", index=Index(fields=["lead", "id"])),
        ops.AddIndex(model_name="InvoiceRecord", index=Index(fields=["order", "id"])),
        ops.AddIndex(model_name="Lead", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="Lead", index=Index(fields=["document", "id"])),
        ops.AddIndex(model_name="LeadTouch", index=Index(fields=["lead", "id"])),
        ops.AddIndex(model_name="LeadVehicle", index=Index(fields=["lead", "id"])),
        ops.AddIndex(model_name="Opportunity", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="Quotation", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="Receipt", index=Index(fields=["order", "id"])),
        ops.AddIndex(model_name="SalesOrder", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="SalesOrder", index=Index(fields=["opportunity", "id"])),
        ops.AddIndex(model_name="SalesOrder", index=Index(fields=["vehicle", "id"])),
        ops.AddIndex(model_name="TestDrive", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="TestDrive", index=Index(fields=["opportunity", "id"])),
        ops.AddIndex(model_name="TestDrive", index=Index(fields=["vehicle", "id"])),
    ]
