-- +goose Up
CREATE TABLE vault_meta (
  id smallint PRIMARY KEY CHECK (id = 1),
  format integer NOT NULL,
  ledger text NOT NULL
);
INSERT INTO vault_meta VALUES (1, 1, '');
-- A subject, class and period has one key, also after it was erased.
CREATE TABLE vault_key (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C" NOT NULL,
  class text COLLATE "C" NOT NULL,
  period text COLLATE "C" NOT NULL,
  epoch integer NOT NULL,
  wrapped bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('active', 'erased')),
  created_at bigint NOT NULL,
  marks bytea NOT NULL,
  UNIQUE (subject, class, period)
);
