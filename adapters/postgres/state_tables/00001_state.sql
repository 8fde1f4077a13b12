-- +goose Up
CREATE TABLE state_meta (
  id smallint PRIMARY KEY CHECK (id = 1),
  format integer NOT NULL,
  ledger text NOT NULL
);
INSERT INTO state_meta VALUES (1, 1, '');
CREATE TABLE state_entry (
  kind text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  principal text COLLATE "C" NOT NULL,
  expires_at bigint NOT NULL,
  version bigint NOT NULL,
  body bytea NOT NULL,
  marks bytea NOT NULL,
  PRIMARY KEY (kind, key)
);
CREATE INDEX state_entry_of ON state_entry (kind, principal, key);
CREATE INDEX state_entry_expires ON state_entry (expires_at) WHERE expires_at > 0;
