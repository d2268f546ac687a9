import json
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
    for store_id, *both in await editor.fetch("SELECT id, business_hours, quiet_hours FROM core_store ORDER BY id"):
        for key, hours in zip(("business_hours", "quiet_hours"), map(json.loads, both), strict=True):
            if hours:
                await set_for_store(editor, store_id, key, json.dumps({"value": hours}, ensure_ascii=False))


async def set_for_store(editor, store_id, key, boxed):
    def marks(count):
        return ["?" if editor.dialect == "sqlite" else f"${number}" for number in range(1, count + 1)]

    now, place = datetime.now(UTC), ["organisation", key, str(store_id)]
    module_, key_, store_ = marks(3)
    where = f"module = {module_} AND key = {key_} AND store_key = {store_}"
    if found := await editor.fetch(f"SELECT id FROM core_setting WHERE {where}", place):
        boxed_, now_, id_ = marks(3)
        await editor.execute(
            f"UPDATE core_setting SET boxed = {boxed_}, updated_at = {now_}, version = version + 1, archived_at = NULL WHERE id = {id_}",
            [boxed, now, found[0][0]],
        )
    else:
        await editor.execute(
            "INSERT INTO core_setting (id, version, created_at, updated_at, store_id, module, key, store_key, boxed) "
            f"VALUES ({', '.join(marks(9))})",
            [uuid7(), 1, now, now, store_id, *place, boxed],
        )


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
