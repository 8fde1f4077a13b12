CREATE TABLE entries (
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    principal  TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_of ON entries (kind, principal, key);
CREATE INDEX entries_expire ON entries (expires_at) WHERE expires_at > 0;
