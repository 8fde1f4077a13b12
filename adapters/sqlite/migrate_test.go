package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
)

// steps are the first n migrations of an imagined later build: the released first one, and others that make a table and fill it
// from the events.
func steps(t *testing.T, n int) fstest.MapFS {
	t.Helper()
	first, err := os.ReadFile("migrations/log/0001_log.sql")
	require.NoError(t, err)
	out := fstest.MapFS{"steps/0001.sql": {Data: first}}
	for i := 2; i <= n; i++ {
		text := fmt.Sprintf("CREATE TABLE step%d (cursor INTEGER PRIMARY KEY) STRICT; INSERT INTO step%d SELECT cursor FROM events", i, i)
		out[fmt.Sprintf("steps/%04d.sql", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestAnUpgradeThatStoppedAnywhereIsFinishedByTheNextOpening(t *testing.T) {
	const last = 5
	for done := 1; done <= last; done++ {
		for _, broken := range []bool{false, true} {
			t.Run(fmt.Sprintf("after step %d, in the middle of the next: %v", done, broken), func(t *testing.T) {
				dir := t.TempDir()
				l := open(t, dir)
				append1(t, l, "gate-a", 0, 50)
				want := records(t, l)
				require.NoError(t, l.Close())

				some := steps(t, done)
				if broken { // the next step ends half way
					some[fmt.Sprintf("steps/%04d.sql", done+1)] = &fstest.MapFile{Data: []byte(
						"CREATE TABLE half (n INTEGER) STRICT; DELETE FROM events; INSERT INTO nowhere VALUES (1)")}
				}
				version, err := sqlite.Migrate(ledger(dir), some, "steps")
				require.Equal(t, broken, err != nil, "%v", err)
				require.Equal(t, done, version)

				version, err = sqlite.Migrate(ledger(dir), steps(t, last), "steps")
				require.NoError(t, err)
				require.Equal(t, last, version)
				// Now the file is of a later build than this one.
				_, err = sqlite.OpenLog(ledger(dir), sqlite.LogOptions{})
				newer, ok := errors.AsType[*sqlite.NewerFileError](err)
				require.True(t, ok, "got %v", err)
				require.Equal(t, last, newer.Version)

				for i := 2; i <= last; i++ {
					alter(t, ledger(dir), fmt.Sprintf("DROP TABLE step%d", i))
				}
				alter(t, ledger(dir), "PRAGMA user_version = 1")
				require.Equal(t, want, records(t, open(t, dir)))
			})
		}
	}
}
