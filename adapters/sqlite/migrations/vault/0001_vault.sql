CREATE TABLE keys (
    id         TEXT    PRIMARY KEY,
    subject    TEXT    NOT NULL,
    class      TEXT    NOT NULL,
    period     TEXT    NOT NULL,
    epoch      INTEGER NOT NULL,
    wrapped    BLOB    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('active', 'erased')),
    created_at TEXT    NOT NULL,
    UNIQUE (subject, class, period)
) STRICT, WITHOUT ROWID;
