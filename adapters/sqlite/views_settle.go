package sqlite

import (
	"context"
	"errors"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

// viewsPages is how many pages the write-ahead log of the views may have before it is copied into the file (4 MiB). SQLite would
// do so by itself, but says nothing of an fsync that fails then.
const viewsPages = 1000

// settle copies the write-ahead log into the file if it has that many pages. What keeps it from being copied, a full disk, a reader
// or another writer, leaves it as it is. It is renewed first: an fsync that failed, here or in a process before, may have left it
// in memory only.
func (v *Views) settle(ctx context.Context, pages int64) error {
	if v.path == inMemory {
		return nil
	}
	var busy, logged, copied int64
	err := v.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &logged, &copied)
	if err != nil || logged < pages || copied >= logged {
		return nil
	}
	tx, err := v.write.BeginTx(ctx, nil) // nobody else may write meanwhile
	if codeOf(err)&0xff == sqlite3.SQLITE_BUSY {
		return nil
	}
	if err == nil {
		err = errors.Join(renewWAL(v.disk, v.path), ignoreDone(tx.Rollback()))
	}
	if err == nil {
		err = v.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &logged, &copied)
		if codeOf(err)&0xff != sqlite3.SQLITE_IOERR {
			return nil
		}
	}
	return fmt.Errorf("the views could not be made durable; look at the disk, then remove %s, which is built again: %w", v.path, err)
}

// settleLast settles before the file is closed, when SQLite would copy what is left. Where somebody else is writing, it would not.
func (v *Views) settleLast() error {
	ctx := context.Background()
	if _, err := v.write.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	return v.settle(ctx, 1)
}
