-- What payroll and BI may read (docs/postgres.md). Columns are only ever added.
-- +goose Up
CREATE INDEX day_on ON day ((DATE '0001-01-01' + (date - 1)));
CREATE INDEX payroll_part_on ON payroll_part ((DATE '0001-01-01' + (date - 1)));

CREATE VIEW report_position AS
SELECT min(position) AS position, to_timestamp(min(recorded_at) / 1000.0) AS recorded_at,
  min(position) = max(position) AND count(*) = (SELECT shards FROM meta) AS even
FROM checkpoint WHERE name = 'views';

CREATE VIEW report_people AS
SELECT emp AS employee, data->>'staff_no' AS staff_no, data->>'group' AS attendance_group, data->>'zone' AS zone, data->>'site' AS site,
  (data->>'hired_on')::date AS hired_on, (data->>'last_day')::date AS last_day
FROM person;

CREATE VIEW report_days AS
SELECT emp AS employee, DATE '0001-01-01' + (date - 1) AS date, data->>'kind' AS kind, data->>'shift' AS shift, data->>'zone' AS zone,
  (data->>'settled')::boolean AS settled, coalesce((data->>'pending')::boolean, false) AS pending,
  round((data->>'attended')::numeric / 1000, 3) AS attended_days, (data->>'present_s')::integer AS present_seconds,
  (data->>'counted_s')::integer AS counted_seconds, (data->>'late_s')::integer AS late_seconds, (data->>'early_s')::integer AS early_seconds,
  ARRAY(SELECT json_array_elements_text(coalesce(data->'flags', '[]'))) AS flags,
  data->'pins'->>'group' AS attendance_group, data->'pins'->>'ruleset' AS ruleset, (data->'pins'->>'version')::integer AS ruleset_version,
  data->>'result_hash' AS result_hash
FROM day;

CREATE VIEW report_exceptions AS
SELECT emp AS employee, DATE '0001-01-01' + (date - 1) AS date, id AS exception, "of" AS about, data->>'severity' AS severity,
  data->>'state' AS state, coalesce((data->>'block')::boolean, false) AS blocks_close, about->>'group' AS attendance_group, about->>'site' AS site
FROM anomaly;

CREATE VIEW report_rows AS
WITH part AS (
  SELECT emp, date, code, data->>'rate' AS rate, data->>'class' AS class, data->>'basis' AS basis,
    coalesce(data->'dims'->>'site', '') AS site, coalesce(data->'dims'->>'cost', '') AS cost, coalesce(data->'dims'->>'job', '') AS job,
    coalesce(data->'dims'->>'place', '') AS place, (data->>'seconds')::bigint AS seconds,
    coalesce((data->>'days_milli')::bigint, 0) AS days_milli, coalesce((data->>'count')::bigint, 0) AS count
  FROM payroll_part
)
SELECT encode(substring(sha256(convert_to(E'punchledger/row_id/v1\n' || emp, 'UTF8')
    || '\x00' || convert_to((DATE '0001-01-01' + (date - 1))::text, 'UTF8') || '\x00' || convert_to(code, 'UTF8') || '\x00' || convert_to(rate, 'UTF8')
    || '\x00' || convert_to(site, 'UTF8') || '\x00' || convert_to(cost, 'UTF8') || '\x00' || convert_to(job, 'UTF8')
    || '\x00' || convert_to(place, 'UTF8') || '\x00' || convert_to('regular', 'UTF8') || '\x00') FROM 1 FOR 16), 'hex') AS row_id,
  emp AS employee, DATE '0001-01-01' + (date - 1) AS date, code, min(class) AS class, rate, min(basis) AS basis,
  sum(seconds)::bigint AS seconds, round(sum(seconds) / 3600.0, 2) AS hours, round(sum(days_milli) / 1000, 3) AS days, sum(count)::bigint AS count,
  site, cost, job, place
FROM part GROUP BY emp, date, code, rate, site, cost, job, place;

CREATE VIEW report_requests AS
SELECT emp AS employee, id AS request, data->>'kind' AS kind, data->>'type' AS type, data->>'change' AS change, data->>'status' AS status,
  (data->>'date')::date AS date, (data->>'from')::timestamptz AS from_at, (data->>'to')::timestamptz AS to_at,
  (data->>'submitted_at')::timestamptz AS submitted_at
FROM request;
