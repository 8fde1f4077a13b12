package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// watchEvery is how late a reader in another process may learn of a record.
const watchEvery = 25 * time.Millisecond

// watcher tells a reading log that another process has committed. SQLite has no message for that, but a number that changes.
type watcher struct {
	conn *conn
	stop chan struct{}
	done chan struct{}
}

func newWatcher(l *Log) (*watcher, error) {
	c, err := logSchema.open(l.path, readOnly, 1)
	if err != nil {
		return nil, err
	}
	version, err := c.prepare("PRAGMA data_version")
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	w := &watcher{conn: c, stop: make(chan struct{}), done: make(chan struct{})}
	go w.run(l, version)
	return w, nil
}

func (w *watcher) run(l *Log, version *stmt) {
	defer close(w.done)
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	seen := make([]driver.Value, 1)
	now := make([]driver.Value, 1)
	for {
		if _, err := version.row(now); err != nil {
			l.announce(fmt.Errorf("watch %s: %w", l.path, err))
			return
		}
		if now[0] != seen[0] {
			seen[0] = now[0]
			l.announce(nil)
		}
		select {
		case <-tick.C:
		case <-w.stop:
			return
		}
	}
}

func (w *watcher) close() error {
	close(w.stop)
	<-w.done
	return w.conn.close()
}
