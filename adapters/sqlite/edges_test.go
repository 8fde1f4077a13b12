package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/payroll"
)

func TestTheFirstFailureIsReportedAndStays(t *testing.T) {
	var reported []error
	first, second := errors.New("the disk is full"), errors.New("the disk is on fire")
	seen := sqlite.Raise(func(err error) { reported = append(reported, err) }, first, second)
	require.Len(t, reported, 1)
	for _, err := range append(seen, reported...) {
		require.ErrorIs(t, err, first)
		require.NotErrorIs(t, err, second)
	}
}

func TestTheFirstReasonWhyWaitingIsOverStays(t *testing.T) {
	l := open(t, t.TempDir())
	cut := errors.New("the line is cut")
	sqlite.Announce(l, cut)
	sqlite.Announce(l, nil)
	sqlite.Announce(l, sqlite.ErrClosed)
	require.ErrorIs(t, l.Wait(t.Context(), 0), cut)
}

func TestValuesThatOnlyBeginAsTheyShouldAreDamaged(t *testing.T) {
	for statement, problem := range map[string]string{
		"UPDATE events SET commitment = CAST(commitment || x'00' AS BLOB) WHERE cursor = 2":                                       "its commitment has 34 bytes",
		"UPDATE events SET commitment = CAST(substr(commitment, 1, 32) AS BLOB) WHERE cursor = 2":                                 "its commitment has 32 bytes",
		"UPDATE events SET event_id = CAST(event_id || x'00' AS BLOB) WHERE cursor = 2":                                           "its event id has 17 bytes",
		"UPDATE events SET event_id = CAST(substr(event_id, 1, 15) AS BLOB) WHERE cursor = 2":                                     "its event id has 15 bytes",
		"DELETE FROM streams WHERE name = 'gate-b'":                                                                               "its stream 2 has no name",
		"INSERT INTO streams VALUES (7, ''); UPDATE events SET stream_id = 7 WHERE cursor = 2; DELETE FROM streams WHERE id <> 1": "its stream 7 has no name",
		"UPDATE events SET data = CAST(data || x'00' AS BLOB) WHERE cursor = 2":                                                   "its bytes do not have its commitment",
		"UPDATE events SET stream_id = 1, revision = 2 WHERE cursor = 2":                                                          "its bytes do not have its commitment",
		"UPDATE events SET revision = 2 WHERE cursor = 2":                                                                         "its bytes do not have its commitment",
		"UPDATE events SET metadata = CAST(metadata || x'20' AS BLOB), data = CAST(substr(data, 2) AS BLOB) WHERE cursor = 2":     "its bytes do not have its commitment",
	} {
		t.Run(problem+" after "+statement, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			append1(t, l, "gate-a", 0, 1)
			append1(t, l, "gate-b", 0, 1)
			append1(t, l, "gate-c", 0, 1)
			require.NoError(t, l.Close())
			alter(t, ledger(dir), "PRAGMA foreign_keys = OFF; "+statement)
			r, err := sqlite.OpenReader(ledger(dir))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, r.Close()) })
			n, err := until(r.ReadAll(t.Context(), 0))
			require.Equal(t, 1, n)
			damaged, ok := errors.AsType[*eventstore.CorruptError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, problem, damaged.Problem)
			require.Equal(t, eventstore.Cursor(2), damaged.Cursor)
		})
	}
}

func TestTheFirstStreamWithoutANameIsSaidToHaveNone(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	append1(t, l, "gate-a", 0, 1)
	require.NoError(t, l.Close())
	alter(t, ledger(dir), "PRAGMA foreign_keys = OFF; DELETE FROM streams")
	_, err := until(open(t, dir).ReadAll(t.Context(), 0))
	require.ErrorContains(t, err, "its stream 1 has no name")
}

func TestAnEndThatIsNoPlaceIsNotBelieved(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	append1(t, l, "gate-a", 0, 3)
	require.NoError(t, l.Close())
	require.NoError(t, os.Remove(filepath.Join(dir, "ledger.head")))
	alter(t, ledger(dir), "UPDATE events SET commitment = x'00' WHERE cursor = 3")
	_, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{})
	require.ErrorContains(t, err, "find the end of")
}

func TestAStreamWhoseEndIsNoPlaceTakesNoAppend(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	append1(t, l, "gate-a", 0, 2)
	append1(t, l, "gate-b", 0, 1)
	require.NoError(t, l.Close())
	alter(t, ledger(dir), "UPDATE events SET commitment = x'00' WHERE cursor = 2")
	var reported []error
	l, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{Fatal: func(err error) { reported = append(reported, err) }})
	require.NoError(t, err)
	_, err = l.Append(t.Context(), "gate-a", 2, punch("gate-a", 2))
	require.ErrorContains(t, err, "append to gate-a at revision 2")
	require.Len(t, reported, 1)
	require.Error(t, l.Close())
}

func TestFilesInAFolderThatIsNotThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nowhere")
	_, err := sqlite.OpenVault(filepath.Join(dir, "vault.db"), sqlite.VaultOptions{Create: true})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = sqlite.OpenViews(t.Context(), filepath.Join(dir, "views.db"), "engine 1")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestAVaultWithoutItsTableIsNotOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	require.NoError(t, openVault(t, path).Close())
	alter(t, path, "DROP TABLE keys")
	_, err := sqlite.OpenVault(path, sqlite.VaultOptions{})
	require.ErrorContains(t, err, "declared otherwise")
}

func TestARowThatIsThereTwiceIsAnErrorAndNothingOfItIsKept(t *testing.T) {
	day := attendance.Day{Employee: "e1", Date: 5}
	for name, change := range map[string]func(projections.Tx) error{
		"day": func(tx projections.Tx) error {
			return tx.ReplaceDays(t.Context(), "e1", 1, 9, []daily.Row{{Day: day, Carry: []byte{1}}, {Day: day, Carry: []byte{1}}})
		},
		"anomaly": func(tx projections.Tx) error {
			return tx.ReplaceAnomalies(t.Context(), "e1", 1, 9, []anomaly.Row{{Employee: "e1", Date: 5}, {Employee: "e1", Date: 5}})
		},
		"payroll row": func(tx projections.Tx) error { // numbered within a day, so days that come in turns meet
			return tx.ReplaceParts(t.Context(), "e1", 1, 9, []payroll.Part{{Day: 5}, {Day: 6}, {Day: 5}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := viewsAt(t, ":memory:")
			require.ErrorContains(t, v.Update(t.Context(), "all", projections.Checkpoint{}, projections.Checkpoint{Cursor: 1}, change), "UNIQUE")
			at, err := v.Checkpoint(t.Context(), "all")
			require.NoError(t, err)
			require.Zero(t, at)
			require.NoError(t, v.Days(t.Context(), daily.Query{}, func(daily.Row) error {
				t.Error("a day was kept")
				return nil
			}))
		})
	}
}

func TestViewsLieWhereTheyWereAskedFor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "what? 100%41 #1")
	require.NoError(t, os.Mkdir(dir, 0o700))
	v, err := sqlite.OpenViews(t.Context(), filepath.Join(dir, "views.db"), "engine 1")
	require.NoError(t, err)
	require.NoError(t, v.Close())
	info, err := os.Stat(filepath.Join(dir, "views.db"))
	require.NoError(t, err)
	require.Positive(t, info.Size())
	beside, err := os.ReadDir(filepath.Dir(dir))
	require.NoError(t, err)
	require.Len(t, beside, 1, "and nothing lies beside their folder")
}

func TestAPageEndsAlsoWhereItsRecordsAreLarge(t *testing.T) {
	l := open(t, t.TempDir())
	for n := range 7 {
		e := punch("gate-a", n)
		e.Data = bytes.Repeat([]byte{'x'}, 900_000)
		_, err := l.Append(t.Context(), "gate-a", eventstore.Revision(n), e)
		require.NoError(t, err)
	}
	require.Len(t, records(t, l), 7)
	n, err := until(l.ReadStream(t.Context(), "gate-a", 1))
	require.NoError(t, err)
	require.Equal(t, 6, n)
}

func TestWhatIsNoFileIsNotOpened(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "folder.db")
	require.NoError(t, os.Mkdir(dir, 0o700))
	_, err := sqlite.OpenVault(dir, sqlite.VaultOptions{ReadOnly: true})
	require.Error(t, err)
	_, err = sqlite.OpenVault(dir, sqlite.VaultOptions{})
	require.Error(t, err)
	_, err = sqlite.OpenViews(t.Context(), dir, "engine 1")
	require.ErrorIs(t, err, sqlite.ErrNotWritable)
	path := filepath.Join(t.TempDir(), "views.db")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("Dear diary. "), 100), 0o600))
	_, err = sqlite.OpenViews(t.Context(), path, "engine 1")
	require.Error(t, err)
	require.NotErrorIs(t, err, sqlite.ErrNotWritable, "it can be written, and is something else")
}

func TestViewsInMemoryMakeNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	viewsAt(t, ":memory:")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestClosedViewsAreNeitherReadNorDropped(t *testing.T) {
	for _, path := range []string{":memory:", filepath.Join(t.TempDir(), "views.db")} {
		v, err := sqlite.OpenViews(t.Context(), path, "engine 1")
		require.NoError(t, err)
		require.NoError(t, v.Close())
		_, err = v.Checkpoint(t.Context(), "all")
		require.Error(t, err)
		require.Error(t, v.Drop(t.Context()))
		require.Error(t, v.Read(t.Context(), func(projections.Tx) error { return nil }))
	}
}

func TestViewsHeedACancelledRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := viewsAt(t, ":memory:")
	require.NoError(t, v.Update(t.Context(), "all", projections.Checkpoint{}, projections.Checkpoint{Cursor: 1}, func(tx projections.Tx) error {
		require.ErrorIs(t, tx.PutFact(ctx, "e1", "part", []byte{1}), context.Canceled)
		_, err := tx.Fact(ctx, "e1", "part")
		require.ErrorIs(t, err, context.Canceled)
		_, err = tx.FactParts(ctx, "e1", "p")
		require.ErrorIs(t, err, context.Canceled)
		_, err = tx.Carries(ctx, "e1", 1)
		require.ErrorIs(t, err, context.Canceled)
		return nil
	}))
}
