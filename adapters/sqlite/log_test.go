package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/storetest"
)

// open returns a log in dir that must never fail.
func open(t testing.TB, dir string) *sqlite.Log {
	t.Helper()
	l, err := sqlite.OpenLog(filepath.Join(dir, "ledger.db"), sqlite.LogOptions{Fatal: func(err error) { t.Error(err) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestLog(t *testing.T) {
	storetest.Run(t, func(t *testing.T) eventstore.Store {
		t.Helper()
		return open(t, t.TempDir())
	})
}

func TestLogIsDurable(t *testing.T) {
	storetest.RunDurable(t, func(t *testing.T, dir string) storetest.Closer {
		t.Helper()
		return open(t, dir)
	})
}

// punch has about the size of an accepted punch with its metadata.
func punch(stream string, n int) eventstore.Event {
	return eventstore.Event{
		ID: eventstore.EventID(stream, "c", n), Type: "PunchAccepted",
		Metadata: fmt.Appendf(nil, `{"schema":1,"command_id":"c-%d","salt":"%s","pins":"%s"}`, n, strings.Repeat("s", 43), strings.Repeat("p", 250)),
		Data:     fmt.Appendf(nil, `{"punch_id":"p-%d","direction":"in","evidence":"%s"}`, n, strings.Repeat("e", 200)),
	}
}
