-- +goose Up
CREATE TABLE epoch (
  id smallint PRIMARY KEY CHECK (id = 1),
  number bigint NOT NULL
);
INSERT INTO epoch VALUES (1, 0);
-- Positions are dense from 1: a record that is gone is seen. Bytes are kept as they came; jsonb would order keys anew.
CREATE TABLE event (
  position bigint PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  metadata bytea NOT NULL,
  data bytea NOT NULL,
  commitment bytea NOT NULL CHECK (length(commitment) = 33),
  UNIQUE (stream, revision)
);
