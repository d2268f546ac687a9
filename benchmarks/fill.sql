-- The rows of the data set, the same at every run. :customers, :vehicles and :follow_ups are how many.
-- Several customers have no follow-up, a few have hundreds; stages and brands are as uneven as in a shop.
-- Nothing is due before 2040, so that no job of Forecourt begins to work on these rows.

CREATE FUNCTION pg_temp.part(i bigint, salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(i, salt) & 2147483647) / 2147483648.0 $$;

CREATE FUNCTION pg_temp.choice(i bigint, salt bigint, choices text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT choices[1 + floor(pg_temp.part(i, salt) * cardinality(choices))::int] $$;

CREATE FUNCTION pg_temp.skewed(i bigint, salt bigint, choices text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT choices[1 + floor(power(pg_temp.part(i, salt), 2.5) * cardinality(choices))::int] $$;

CREATE FUNCTION pg_temp.uuid7(at timestamptz, i bigint, salt bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
           || '7' || substr(md5(i::text || '/' || salt::text), 1, 3)
           || '9' || substr(md5(i::text || '/' || salt::text), 4, 15))::uuid $$;

-- The folded forms that models keep beside the texts that are searched; those here are ASCII and Chinese.
CREATE FUNCTION pg_temp.fold_customer() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.name_search := lower(NEW.name); RETURN NEW; END $$;
CREATE FUNCTION pg_temp.fold_vehicle() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.vin_search := lower(NEW.vin); NEW.model_search := lower(NEW.model); RETURN NEW; END $$;
CREATE FUNCTION pg_temp.fold_task() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.subject_search := lower(NEW.subject); RETURN NEW; END $$;
CREATE TRIGGER fold BEFORE INSERT ON customers_customer FOR EACH ROW EXECUTE FUNCTION pg_temp.fold_customer();
CREATE TRIGGER fold BEFORE INSERT ON customers_customer_vehicle FOR EACH ROW EXECUTE FUNCTION pg_temp.fold_vehicle();
CREATE TRIGGER fold BEFORE INSERT ON customers_follow_up_task FOR EACH ROW EXECUTE FUNCTION pg_temp.fold_task();

CREATE TEMP TABLE shop AS SELECT id AS store_id FROM core_store ORDER BY code LIMIT 1;

INSERT INTO core_user (id, version, created_at, updated_at, login, display_name, display_name_search, locale, status)
SELECT pg_temp.uuid7(at, i, 1), 1, at, at, 'sales' || i, '销售 ' || i, '销售 ' || i, 'zh-CN', 'ACTIVE'
FROM generate_series(1, 40) i, (SELECT timestamptz '2023-07-01 08:00:00Z' AS at) t;

CREATE TEMP TABLE person AS
SELECT i, pg_temp.uuid7(at, i, 2) AS id, at,
       (ARRAY['王','李','张','刘','陈','杨','黄','赵','吴','周'])[s] AS surname,
       (ARRAY['wang','li','zhang','liu','chen','yang','huang','zhao','wu','zhou'])[s] AS surname_pinyin,
       (ARRAY['伟','芳','秀英','敏','静','强','磊','洋','小明','丽娟','建国','海燕'])[g] AS given,
       (ARRAY['wei','fang','xiuying','min','jing','qiang','lei','yang','xiaoming','lijuan','jianguo','haiyan'])[g]
           AS given_pinyin,
       (ARRAY['w','f','xy','m','j','q','l','y','xm','lj','jg','hy'])[g] AS given_initials,
       CASE WHEN p < 0.35 THEN 'PROSPECT' WHEN p < 0.50 THEN 'INTENT' WHEN p < 0.54 THEN 'ORDERED'
            WHEN p < 0.82 THEN 'OWNER' WHEN p < 0.94 THEN 'LOST' WHEN p < 0.98 THEN 'DORMANT'
            ELSE 'CHURNED' END AS stage
FROM generate_series(1, :customers) i,
     LATERAL (SELECT date_trunc('milliseconds', timestamptz '2023-08-01 00:00:00Z'
                  + make_interval(secs => 94608000.0 / :customers * (i - 1 + 0.9 * pg_temp.part(i, 3)))) AS at,
              1 + floor(pg_temp.part(i, 4) * 10)::int AS s, 1 + floor(pg_temp.part(i, 5) * 12)::int AS g,
              pg_temp.part(i, 6) AS p) t;
CREATE UNIQUE INDEX ON person (i);
ANALYZE person;

INSERT INTO customers_customer (id, version, created_at, updated_at, store_id, kind, name, name_folded, name_pinyin,
    name_initials, gender, birth_on, birth_calendar, company_code, region_code, occupation, lifecycle, lifecycle_at,
    lifecycle_reason, intent_level, level_until, deposit_paid, owner_id, priority, completeness, language,
    do_not_profile, last_contact_at, mobile_sealed, mobile_masked, mobile_index, mobile_last4)
SELECT id, 1, at, at, store_id, CASE WHEN pg_temp.part(i, 7) < 0.08 THEN 'COMPANY' ELSE 'PERSON' END,
    surname || given, surname || given, surname_pinyin || given_pinyin, left(surname_pinyin, 1) || given_initials,
    pg_temp.choice(i, 8, ARRAY['MALE','FEMALE','UNKNOWN']),
    CASE WHEN pg_temp.part(i, 9) < 0.6 THEN date '1960-01-01' + floor(pg_temp.part(i, 10) * 16000)::int END, 'SOLAR',
    '', pg_temp.choice(i, 11, ARRAY['310115','310112','320500','330100','']),
    pg_temp.choice(i, 12, ARRAY['','','engineer','teacher','doctor','trader']), stage,
    CASE WHEN stage <> 'PROSPECT' THEN at + interval '5 days' END,
    CASE WHEN stage = 'LOST' THEN 'bought elsewhere' ELSE '' END,
    CASE WHEN stage IN ('PROSPECT', 'INTENT', 'ORDERED') THEN pg_temp.skewed(i, 13, ARRAY['C','B','A','H']) END,
    CASE WHEN stage IN ('PROSPECT', 'INTENT', 'ORDERED') THEN timestamptz '2040-01-01 00:00:00Z' END,
    stage = 'ORDERED', pg_temp.uuid7(timestamptz '2023-07-01 08:00:00Z', 1 + floor(pg_temp.part(i, 14) * 40)::int, 1),
    pg_temp.part(i, 15) < 0.05, floor(pg_temp.part(i, 16) * 101)::int, 'zh-CN', false,
    CASE WHEN pg_temp.part(i, 17) < 0.7
         THEN date_trunc('milliseconds', at + pg_temp.part(i, 18) * interval '20 days') END,
    -- Envelope and blind indexes have the length of real ones; no operation opens them.
    encode(sha256(convert_to('sealed' || i, 'UTF8')), 'base64') || md5('sealed' || i),
    '13' || floor(pg_temp.part(i, 19) * 10)::int || '****' || lpad(floor(pg_temp.part(i, 20) * 10000)::text, 4, '0'),
    encode(sha256(convert_to('index' || i, 'UTF8')), 'hex'),
    encode(sha256(convert_to('last4' || i % 10000, 'UTF8')), 'hex')
FROM person, shop ORDER BY i;

INSERT INTO customers_customer_vehicle (id, version, created_at, updated_at, store_id, customer_id, vin, model, role,
    from_on, to_on, plate_masked)
SELECT pg_temp.uuid7(at, i, 21), 1, at, at, store_id, customer_id,
    upper(translate(left(md5('vin' || i), 17), 'abcdef', 'GHJKLM')),
    pg_temp.skewed(i, 22, ARRAY['BYD','Volkswagen','Toyota','Geely','Changan','Tesla','Honda','BMW','Li Auto','Nissan',
        'Audi','Chery','NIO','Buick','XPeng','Volvo','Lexus','Zeekr','Mazda','Cadillac'])
        || ' ' || pg_temp.choice(i, 23, ARRAY['One','Plus','Pro','Max','L7','S5']),
    CASE WHEN pg_temp.part(i, 24) < 0.85 THEN 'OWNER' ELSE 'DRIVER' END, at::date,
    CASE WHEN pg_temp.part(i, 25) < 0.15 THEN at::date + 300 END,
    '沪' || pg_temp.choice(i, 26, ARRAY['A','B','C','D']) || '***' || lpad((i % 100)::text, 2, '0')
FROM (SELECT v.i, p.id AS customer_id,
             date_trunc('milliseconds', p.at + pg_temp.part(v.i, 27) * interval '40 days') AS at
      FROM generate_series(1, :vehicles) v(i)
      JOIN person p ON p.i = 1 + floor(pg_temp.part(v.i, 28) * :customers)::int) rows, shop
ORDER BY rows.at, i;

INSERT INTO customers_follow_up_task (id, version, created_at, updated_at, store_id, customer_id, subject_ref, owner_id,
    channel, subject, due_at, grace_minutes, overdue_at, priority, rank, must, by_rule, state, done_at,
    reschedule_count, reschedule_reason, cancel_reason, overdue_told)
SELECT pg_temp.uuid7(at, i, 31), 1, at, at, store_id, customer_id, '',
    pg_temp.uuid7(timestamptz '2023-07-01 08:00:00Z', 1 + floor(pg_temp.part(i, 32) * 40)::int, 1),
    pg_temp.skewed(i, 33, ARRAY['CALL','WECHAT','SHOWROOM']),
    pg_temp.choice(i, 34, ARRAY['Ask about the test drive','Send the offer','Remind of the service',
        'Answer his question about the loan','Invite to the autumn show']) || ' #' || i,
    due_at, 60, due_at + interval '1 hour', priority,
    CASE priority WHEN 'HIGH' THEN 1 WHEN 'NORMAL' THEN 2 ELSE 3 END, false, pg_temp.part(i, 35) < 0.6, state,
    CASE WHEN state = 'DONE' THEN due_at END, 0, '',
    CASE WHEN state = 'CANCELLED' THEN 'the customer called first' ELSE '' END, state = 'MISSED'
FROM (SELECT i, customer_id, at, state, priority,
             CASE WHEN state = 'PLANNED' THEN timestamptz '2040-01-01 00:00:00Z' ELSE at END
                 + floor(pg_temp.part(i, 36) * 864000000) * interval '1 millisecond' AS due_at
      FROM (SELECT f.i, p.id AS customer_id,
                   date_trunc('milliseconds', p.at + pg_temp.part(f.i, 37) * interval '40 days') AS at,
                   pg_temp.skewed(f.i, 38, ARRAY['DONE','DONE','PLANNED','CANCELLED','MISSED']) AS state,
                   pg_temp.skewed(f.i, 39, ARRAY['NORMAL','NORMAL','HIGH','LOW']) AS priority
            FROM generate_series(1, :follow_ups) f(i)
            JOIN person p
              ON p.i = 1 + floor(power(pg_temp.part(f.i, 40), 1.5) * :customers)::bigint * 7919 % :customers) drawn
     ) rows, shop
ORDER BY rows.at, i;

DROP TRIGGER fold ON customers_customer;
DROP TRIGGER fold ON customers_customer_vehicle;
DROP TRIGGER fold ON customers_follow_up_task;
