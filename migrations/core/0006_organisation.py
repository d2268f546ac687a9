from datetime import UTC, datetime

from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import MoveModel, uuid7

ENTITIES = ("Absence", "Certification", "Employee", "Outlet", "Shift")
CODE_SETS = ("absence_kind", "certification_line")
SETTINGS = ("country", "business_hours", "closed_on_holidays")


async def rename_what_is_stored(apps, editor):
    """Give stored names the module that they belong to now.

    Audit entries keep the names that they were written with: they are sealed, and found by the id of their row.
    """
    sqlite = editor.dialect == "sqlite"

    async def replace(table, column, old, new):
        text, stored = (column, "{}") if sqlite else (f"{column}::text", "({})::jsonb")
        made = stored.format(f"replace({text}, '{old}', '{new}')")
        await editor.execute(f"UPDATE {table} SET {column} = {made} WHERE {text} LIKE '%{old}%'")

    for entity in ENTITIES:
        old, new = f"core.{entity.lower()}.", f"organisation.{entity.lower()}."
        await replace("core_role", "permissions", f'"{old}', f'"{new}')
        await replace("core_role", "declared", f'"{old}', f'"{new}')
        await editor.execute(
            f"UPDATE core_permission_grant SET permission = replace(permission, '{old}', '{new}') WHERE permission LIKE '{old}%'"
        )
        await replace("core_idempotency_record", "outcome", f'"core.{entity}"', f'"organisation.{entity}"')
    await editor.execute(
        "UPDATE core_outbox_event SET type = 'organisation.outlet_moved', aggregate_type = 'organisation.outlet' "
        "WHERE type = 'core.outlet_moved'"
    )
    entity = "json_extract(data, '$.entity')" if sqlite else "data ->> 'entity'"
    changed = "json_set(data, '$.module', 'organisation')" if sqlite else "jsonb_set(data, '{module}', '\"organisation\"')"
    await editor.execute(
        f"UPDATE core_outbox_event SET data = {changed} WHERE type = 'core.row_changed' AND {entity} IN {ENTITIES}"
    )
    await editor.execute(f"UPDATE core_setting SET module = 'organisation' WHERE module = 'core' AND key IN {SETTINGS}")
    for name in CODE_SETS:
        await editor.execute(
            f"UPDATE core_code_set SET name = 'organisation.{name}', module = 'organisation' WHERE name = 'core.{name}'"
        )


async def make_settings_of_hours(apps, editor):
    """Keep the hours of stores as what a store has set; those of a store came before its setting."""
    setting = apps.get_model("core.Setting")
    now = datetime.now(UTC)
    for store in await apps.get_model("core.Store").all():
        for key in ("business_hours", "quiet_hours"):
            if hours := getattr(store, key):
                place = {"module": "organisation", "key": key, "store_key": str(store.id)}
                row = await setting.get_or_none(**place)
                if row is None:
                    row = setting(id=uuid7(), version=0, created_at=now, store_id=store.id, **place)
                row.boxed = {"value": hours}
                row.version, row.updated_at, row.archived_at = row.version + 1, now, None
                await row.save()


class Migration(TortoiseMigration):
    dependencies = [("core", "0005_folded_texts")]
    operations = [
        ops.RunPython(rename_what_is_stored),
        ops.RunPython(make_settings_of_hours),
        ops.RemoveField(model_name="Store", name="business_hours"),
        ops.RemoveField(model_name="Store", name="quiet_hours"),
        MoveModel("Absence", to="organisation"),
        MoveModel("Certification", to="organisation"),
        MoveModel("Shift", to="organisation"),
        MoveModel("Employee", to="organisation"),
        MoveModel("CalendarDay", to="organisation"),
        MoveModel("Outlet", to="organisation"),
    ]
