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

// settle copies the write-ahead log into the file if it has that many pages. What keeps it from being copied, a full disk or a
// reader, leaves it as it is. Only after an fsync that failed it may not be on the disk, and is renewed before anything is copied.
func (v *Views) settle(ctx context.Context, pages int64) error {
	if v.path == inMemory {
		return nil
	}
	var busy, logged, copied int64
	err := v.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &logged, &copied)
	if err == nil && logged >= pages && copied < logged {
		err = v.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &logged, &copied)
	}
	if codeOf(err) != sqlite3.SQLITE_IOERR_FSYNC {
		return nil
	}
	tx, err := v.write.BeginTx(ctx, nil) // nobody else may write
	if err == nil {
		err = errors.Join(renewWAL(v.disk, v.path), ignoreDone(tx.Rollback()))
	}
	if err != nil {
		return fmt.Errorf("the views could not be made durable; look at the disk, then remove %s, which is built again: %w", v.path, err)
	}
	return nil
}
