-- What users of PostGraphile write as functions: a command over a table whose columns have no defaults, and an update
-- in an expected version.
CREATE SCHEMA IF NOT EXISTS benchmark;

CREATE OR REPLACE FUNCTION benchmark.create_follow_up(customer_id uuid, channel text, subject text, due_at timestamptz)
RETURNS public.customers_follow_up_task LANGUAGE sql VOLATILE AS $$
    INSERT INTO public.customers_follow_up_task (id, version, created_at, updated_at, store_id, customer_id,
        subject_ref, owner_id, channel, subject, due_at, grace_minutes, overdue_at, priority, rank, must, by_rule,
        state, reschedule_count, reschedule_reason, cancel_reason, overdue_told)
    SELECT overlay(gen_random_uuid()::text PLACING
                   substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' FROM 1 FOR 15)::uuid,
        1, now(), now(), c.store_id, c.id, '', c.owner_id, create_follow_up.channel, create_follow_up.subject,
        create_follow_up.due_at, 60, create_follow_up.due_at + interval '1 hour', 'NORMAL', 2, false, false,
        'PLANNED', 0, '', '', false
    FROM public.customers_customer c, lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') h
    WHERE c.id = create_follow_up.customer_id
    RETURNING *
$$;

CREATE OR REPLACE FUNCTION benchmark.update_follow_up(id uuid, subject text, expected_version int)
RETURNS public.customers_follow_up_task LANGUAGE sql VOLATILE AS $$
    UPDATE public.customers_follow_up_task f
    SET subject = update_follow_up.subject, version = f.version + 1, updated_at = now()
    WHERE f.id = update_follow_up.id AND f.version = update_follow_up.expected_version
    RETURNING *
$$;
