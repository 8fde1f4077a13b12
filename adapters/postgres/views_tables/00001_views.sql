-- +goose Up
CREATE TABLE meta (
  id smallint PRIMARY KEY CHECK (id = 1),
  shape text NOT NULL,
  ledger text NOT NULL,
  shards integer NOT NULL CHECK (shards > 0)
);
CREATE TABLE checkpoint (
  name text COLLATE "C" NOT NULL,
  shard smallint NOT NULL,
  cursor bigint NOT NULL DEFAULT 0,
  position bigint NOT NULL DEFAULT 0,
  recorded_at bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (name, shard)
);
CREATE TABLE fact (
  shard smallint NOT NULL,
  emp text COLLATE "C" NOT NULL,
  part text COLLATE "C" NOT NULL,
  data bytea NOT NULL,
  marks bytea NOT NULL,
  PRIMARY KEY (shard, emp, part)
);
CREATE TABLE day (
  emp text COLLATE "C" NOT NULL,
  date integer NOT NULL,
  data json NOT NULL,
  carry bytea NOT NULL,
  marks bytea NOT NULL,
  PRIMARY KEY (emp, date)
);
CREATE INDEX day_date ON day (date);
CREATE TABLE shadow (
  emp text COLLATE "C" NOT NULL,
  date integer NOT NULL,
  data json NOT NULL,
  carry bytea NOT NULL,
  marks bytea NOT NULL,
  PRIMARY KEY (emp, date)
);
CREATE TABLE anomaly (
  emp text COLLATE "C" NOT NULL,
  date integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  "of" text COLLATE "C" NOT NULL,
  data json NOT NULL,
  about json NOT NULL,
  marks bytea NOT NULL,
  PRIMARY KEY (emp, date, id, "of")
);
CREATE INDEX anomaly_date ON anomaly (date);
CREATE TABLE resolved (
  emp text COLLATE "C" NOT NULL,
  date integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  "of" text COLLATE "C" NOT NULL,
  data json NOT NULL,
  about json NOT NULL,
  marks bytea NOT NULL,
  PRIMARY KEY (emp, date, id, "of")
);
CREATE TABLE payroll_part (
  emp text COLLATE "C" NOT NULL,
  day integer NOT NULL,
  n integer NOT NULL,
  date integer NOT NULL,
  code text COLLATE "C" NOT NULL,
  data json NOT NULL,
  marks bytea NOT NULL,
  PRIMARY KEY (emp, day, n)
);
CREATE INDEX payroll_part_emp_date ON payroll_part (emp, date, code, day, n);
CREATE INDEX payroll_part_date ON payroll_part (date);
CREATE TABLE month_cells (
  month integer NOT NULL,
  emp text COLLATE "C" NOT NULL,
  data bytea NOT NULL,
  marks bytea NOT NULL,
  PRIMARY KEY (month, emp)
);
CREATE INDEX month_cells_emp ON month_cells (emp, month);
CREATE TABLE presence (
  emp text COLLATE "C" PRIMARY KEY,
  data bytea NOT NULL,
  marks bytea NOT NULL
);
CREATE TABLE request (
  emp text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  data json NOT NULL,
  marks bytea NOT NULL,
  PRIMARY KEY (emp, id)
);
CREATE TABLE inbox (
  item text COLLATE "C" PRIMARY KEY,
  who text COLLATE "C" NOT NULL,
  emp text COLLATE "C" NOT NULL,
  data json NOT NULL,
  marks bytea NOT NULL
);
CREATE INDEX inbox_who ON inbox (who);
CREATE INDEX inbox_emp ON inbox (emp);
CREATE TABLE person (
  emp text COLLATE "C" PRIMARY KEY,
  data json NOT NULL,
  marks bytea NOT NULL
);
