CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE streams (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- cursor is dense from 1, so that it is the position too, and a record that is gone is seen.
CREATE TABLE events (
    cursor     INTEGER PRIMARY KEY,
    stream_id  INTEGER NOT NULL REFERENCES streams (id),
    revision   INTEGER NOT NULL,
    event_id   BLOB    NOT NULL,
    type       TEXT    NOT NULL,
    metadata   BLOB    NOT NULL,
    data       BLOB    NOT NULL,
    commitment BLOB    NOT NULL,
    UNIQUE (stream_id, revision)
) STRICT;

INSERT INTO meta (name, value) VALUES ('created_at', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
