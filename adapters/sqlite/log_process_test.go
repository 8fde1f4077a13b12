package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// childDir names the folder in which this test binary, started once more, is the writer.
const childDir = "PUNCHLEDGER_TEST_WRITER"

// TestMain makes a process that was started for it append until it is killed, and say each revision that was acknowledged.
func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	l, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{})
	for n := 0; err == nil; n++ {
		var p eventstore.Place
		p, err = l.Append(context.Background(), "gate-a", eventstore.Revision(n), punch("gate-a", n))
		if err == nil {
			fmt.Println(p.Revision)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestAReaderFollowsAnotherProcessAndNothingAcknowledgedIsLostWhenThatIsKilled(t *testing.T) {
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	acknowledged := bufio.NewScanner(out)
	require.True(t, acknowledged.Scan(), "the writer has begun")

	_, err = sqlite.OpenLog(ledger(dir), sqlite.LogOptions{})
	locked, ok := errors.AsType[*sqlite.LockedError](err)
	require.True(t, ok, "got %v", err)
	require.Equal(t, child.Process.Pid, locked.PID)

	r, err := sqlite.OpenReader(ledger(dir))
	require.NoError(t, err)
	_, err = r.Append(t.Context(), "gate-a", 0, punch("gate-a", 0))
	require.ErrorIs(t, err, sqlite.ErrReadOnly)
	var after eventstore.Cursor
	for after < 300 {
		require.NoError(t, r.Wait(t.Context(), after))
		for record, err := range r.ReadAll(t.Context(), after) {
			require.NoError(t, err)
			require.Equal(t, after+1, record.Cursor)
			require.Equal(t, punch("gate-a", int(after)), record.Event)
			after = record.Cursor
		}
	}
	require.NoError(t, child.Process.Kill())
	last := 1
	for acknowledged.Scan() {
		if n, err := strconv.Atoi(acknowledged.Text()); err == nil {
			last = n
		}
	}
	require.Error(t, child.Wait(), "it was killed")
	head, err := r.Head(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, int(head), last)
	require.NoError(t, r.Close())

	l := open(t, dir)
	require.GreaterOrEqual(t, len(records(t, l)), last)
	append1(t, l, "gate-a", int(head), int(head)+1)
}
