"""The statements of the bare handler; each returns the whole answer as JSON."""

from __future__ import annotations

from typing import Final


def _global_id(type_name: str, column: str) -> str:
    # No byte of an id gives one of the two characters that base64url has others for; the length says how much padding.
    length = len(type_name) + 1 + 36
    encoded = f"encode(('{type_name}:' || {column})::bytea, 'base64')"
    return encoded if length % 3 == 0 else f"left({encoded}, {-(-length * 8 // 6)})"


_COLUMNS: Final = """
    c.id, c.version, c.name, c.name_pinyin, c.kind, c.lifecycle, c.mobile_masked, c.completeness, c.last_contact_at,
    c.created_at
"""
_CUSTOMER: Final = f"""
    {_global_id("Customer", "c.id")} AS id, c.version, c.name, c.kind, c.lifecycle, c.mobile_masked AS mobile,
    c.completeness, c.last_contact_at AS "lastContactAt"
"""
_STAGE: Final = "c.store_id = $1 AND c.lifecycle = $2 AND c.archived_at IS NULL"
_NEWEST: Final = "ORDER BY c.created_at DESC, c.id DESC"

CUSTOMER: Final = f"""
    SELECT json_build_object('data', json_build_object('customer',
        (SELECT row_to_json(node) FROM (
            SELECT {_CUSTOMER} FROM customers_customer c WHERE c.id = $1 AND c.store_id = $2
        ) node)))::text
"""


def _page(condition: str, order: str, total: str = "") -> str:
    return f"""
        WITH page AS MATERIALIZED (
            SELECT {_COLUMNS} FROM customers_customer c WHERE {condition} {order} LIMIT 51
        )
        SELECT json_build_object('data', json_build_object('customers', json_build_object(
            {total}
            'pageInfo', (SELECT json_build_object(
                'hasNextPage', count(*) > 50,
                'endCursor', {_global_id("Customer", "(array_agg(id))[least(50, count(*))]")}) FROM page),
            'nodes', coalesce((SELECT json_agg(node) FROM (SELECT {_CUSTOMER} FROM page c LIMIT 50) node), '[]')
        )))::text
    """


PAGE: Final = _page(_STAGE, _NEWEST)
PAGE_TOTAL: Final = _page(
    _STAGE,
    _NEWEST,
    f"'totalCount', (SELECT count(*) FROM customers_customer c WHERE {_STAGE}),",
)
DEEP: Final = _page("c.store_id = $1 AND c.id > $2 AND c.archived_at IS NULL", "ORDER BY c.id")

NESTED: Final = f"""
    SELECT json_build_object('data', json_build_object('customers', json_build_object(
        'nodes', coalesce(json_agg(node), '[]'))))::text
    FROM (
        SELECT {_global_id("Customer", "c.id")} AS id, c.name, c.lifecycle,
            (SELECT json_build_object('nodes', coalesce(json_agg(vehicle), '[]')) FROM (
                SELECT {_global_id("CustomerVehicle", "v.id")} AS id, v.vin, v.model, v.plate_masked AS plate,
                       v.from_on AS "fromOn"
                FROM customers_customer_vehicle v WHERE v.customer_id = c.id AND v.archived_at IS NULL
                ORDER BY v.id LIMIT 50
            ) vehicle) AS vehicles,
            (SELECT json_build_object('nodes', coalesce(json_agg(task), '[]')) FROM (
                SELECT {_global_id("FollowUpTask", "f.id")} AS id, f.channel, f.subject, f.due_at AS "dueAt", f.state
                FROM customers_follow_up_task f WHERE f.customer_id = c.id AND f.archived_at IS NULL
                ORDER BY f.due_at DESC, f.id DESC LIMIT 5
            ) task) AS "followUps"
        FROM (SELECT c.id, c.name, c.lifecycle FROM customers_customer c WHERE {_STAGE} {_NEWEST} LIMIT 50) c
    ) node
"""

ROWS: Final = f"""
    SELECT json_build_object('data', json_build_object('customers', json_build_object(
        'nodes', coalesce(json_agg(node), '[]'))))::text
    FROM (
        SELECT {_CUSTOMER}, c.name_pinyin AS "namePinyin", c.created_at AS "createdAt"
        FROM (SELECT {_COLUMNS} FROM customers_customer c WHERE {_STAGE} {_NEWEST} LIMIT $3) c
    ) node
"""

COUNTS: Final = """
    SELECT json_build_object('data', json_build_object('customerStats', coalesce(json_agg(stat), '[]')))::text
    FROM (
        SELECT json_build_object('lifecycle', lifecycle) AS key, count(*) AS count
        FROM customers_customer WHERE store_id = $1 AND archived_at IS NULL GROUP BY lifecycle ORDER BY 2 DESC
    ) stat
"""

RELATION: Final = f"""
    SELECT json_build_object('data', json_build_object('customers', json_build_object(
        'nodes', coalesce(json_agg(node), '[]'))))::text
    FROM (
        SELECT {_global_id("Customer", "c.id")} AS id, c.name, c.lifecycle, c.mobile_masked AS mobile
        FROM customers_customer c
        WHERE c.store_id = $1 AND c.archived_at IS NULL AND EXISTS (
            SELECT FROM customers_customer_vehicle v
            WHERE v.customer_id = c.id AND v.archived_at IS NULL AND lower(v.model) LIKE $2
        )
        ORDER BY c.id LIMIT 50
    ) node
"""


def _payload(command: str, customer: str = "") -> str:
    return f"""
        SELECT json_build_object('data', json_build_object('{command}', json_build_object(
            'followUpTask', json_build_object('id', {_global_id("FollowUpTask", "f.id")}, 'version', f.version,
                'channel', f.channel, 'subject', f.subject, 'dueAt', f.due_at, 'state', f.state{customer}),
            'problems', json_build_array())))::text
        FROM written f
    """


CREATE: Final = f"""
    WITH subject AS (
        SELECT c.id, c.store_id, c.owner_id, c.name, c.lifecycle FROM customers_customer c
        WHERE c.id = $1 AND c.store_id = $2
    ), written AS (
        INSERT INTO customers_follow_up_task (id, version, created_at, updated_at, store_id, customer_id, subject_ref,
            owner_id, channel, subject, due_at, grace_minutes, overdue_at, priority, rank, must, by_rule, state,
            reschedule_count, reschedule_reason, cancel_reason, overdue_told)
        SELECT $3::uuid, 1, $4::timestamptz, $4, store_id, id, '', owner_id, $5::varchar, $6::varchar,
            $7::timestamptz, 60, $7 + interval '1 hour', 'NORMAL', 2, false, false, 'PLANNED', 0, '', '', false
        FROM subject
        RETURNING *
    )
    {
    _payload(
        "planFollowUp",
        f''', 'customer', json_build_object('id', {_global_id("Customer", "c.id")},
        'name', c.name, 'lifecycle', c.lifecycle)''',
    )
} JOIN subject c ON c.id = f.customer_id
"""

UPDATE: Final = f"""
    WITH written AS (
        UPDATE customers_follow_up_task SET subject = $4, version = version + 1, updated_at = $5
        WHERE id = $1 AND store_id = $2 AND version = $3
        RETURNING *
    )
    {_payload("updateFollowUpTask")}
"""

CONFLICT: Final = (
    '{"data":{"updateFollowUpTask":{"followUpTask":null,"problems":'
    '[{"code":"CONFLICT","message":"this FollowUpTask has been changed since it was read"}]}}}'
)
