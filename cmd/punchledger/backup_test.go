package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/backup"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// drill runs a drill and returns its exit code and what it found.
func (s shell) drill(args ...string) (int, drilled) {
	s.t.Helper()
	code, out, messages := s.run(append([]string{"drill", "-o", "json"}, args...)...)
	var d drilled
	require.NoError(s.t, json.Unmarshal([]byte(out), &d), messages)
	return code, d
}

// onlyLedger fails where a drill has left anything.
func (s shell) onlyLedger(also ...string) {
	s.t.Helper()
	entries, err := os.ReadDir(s.dir)
	require.NoError(s.t, err)
	for _, e := range entries {
		require.Contains(s.t, append(also, "ledger", "ledger.kek", "people.csv", "punches.csv"), e.Name())
	}
}

// Backups are taken and restored as long as an import runs: each is one moment, and what comes back shows what the ledger showed then.
func TestDrillsDuringAnImportAgree(t *testing.T) {
	s := oneEmployee(t)
	var people, punches strings.Builder
	people.WriteString("name,group,hired,badge\n")
	punches.WriteString("badge,time,dir\n")
	for e := range 40 {
		fmt.Fprintf(&people, "Person %d,office,2026-10-01,%d\n", e, 1000+e)
		for day := range 10 {
			fmt.Fprintf(&punches, "%d,2026-10-%02d 09:00:00,in\n%d,2026-10-%02d 18:00:00,out\n", 1000+e, 5+day, 1000+e, 5+day)
		}
	}
	s.write("people.csv", []byte(people.String()))
	s.must("people", "import", "people.csv")
	s.write("punches.csv", []byte(punches.String()))
	imported := make(chan map[string]int)
	go func() {
		defer close(imported)
		imported <- s.imports("punches.csv", "--format", "csv", "--device", "gate", "--timezone", "Asia/Shanghai")
	}()
	var seen []eventstore.Position
	var counts map[string]int
	for counts == nil {
		select {
		case counts = <-imported:
		default:
		}
		code, d := s.drill("--rate", "0")
		require.Equal(t, exitDone, code, d.Problems)
		require.True(t, d.OK)
		seen = append(seen, d.Events)
	}
	require.Equal(t, 800, counts["accepted"])
	require.True(t, slices.IsSorted(seen), seen)
	require.Greater(t, seen[len(seen)-1], seen[0]+799)
	code, d := s.drill()
	require.Equal(t, exitDone, code)
	require.Zero(t, d.RPO.Events)
	require.Equal(t, "0.00", d.RPO.RecordedS)
	v, _ := s.verdict()
	require.Equal(t, v.ViewsFingerprint, d.ViewsFingerprint)
	require.Equal(t, v.Head, d.Head.String())
	s.onlyLedger()
}

func TestADrillThatDoesNotAgreeSaysSo(t *testing.T) {
	t.Run("views that are not what the log says", func(t *testing.T) {
		s := oneEmployee(t)
		s.imports("punches.csv", "--format", "csv", "--device", "gate", "--timezone", "Asia/Shanghai")
		s.must("days")
		db, err := sql.Open("sqlite", filepath.Join(s.dir, "ledger", viewsFile))
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "DELETE FROM day WHERE date = (SELECT min(date) FROM day)")
		require.NoError(t, err)
		require.NoError(t, db.Close())
		code, d := s.drill()
		require.Equal(t, exitNo, code)
		require.False(t, d.OK)
		require.Len(t, d.Problems, 1)
		require.Contains(t, d.Problems[0], "punchledger rebuild")
		s.must("rebuild")
		code, _ = s.drill()
		require.Equal(t, exitDone, code)
	})
	t.Run("a key file that is not the right one", func(t *testing.T) {
		s := oneEmployee(t)
		require.NoError(t, os.Remove(filepath.Join(s.dir, "ledger.kek")))
		code, d := s.drill()
		require.Equal(t, exitNo, code)
		require.Contains(t, d.Problems[0], "does not open the backup")
		code, out, _ := s.run("drill")
		require.Equal(t, exitNo, code)
		require.Contains(t, out, "The drill has failed")
		s.onlyLedger()
	})
	t.Run("a damaged ledger", func(t *testing.T) {
		s := oneEmployee(t)
		path := filepath.Join(s.dir, "ledger", logFile)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(b), "LedgerCreated", "LedgerCreatex")), 0o600))
		code, _, messages := s.run("drill")
		require.Equal(t, exitUsage, code)
		require.Contains(t, messages, "damaged at position 1")
		s.onlyLedger()
	})
	t.Run("a place in the data folder", func(t *testing.T) {
		s := oneEmployee(t)
		code, _, messages := s.run("drill", "--to", "ledger")
		require.Equal(t, exitUsage, code)
		require.Contains(t, messages, "inside the data folder")
	})
}

// A restore may be killed between any two files that it moves to their place: there is no ledger until the last one, and the
// restore is begun again.
func TestARestoreThatWasKilledIsBegunAgain(t *testing.T) {
	s := oneEmployee(t)
	want, _ := s.verdict()
	s.must("users", "invite", "e1") // so that there is a state.db
	s.must("backup", "kept")
	notes := []string{vaultPart.note, statePart.note} // a ledger of files has none
	files := slices.DeleteFunc(slices.Clone(movedIn), func(name string) bool { return slices.Contains(notes, name) })
	for moved := range len(files) + 1 {
		back := shell{t: t, dir: t.TempDir()}
		key, err := os.ReadFile(filepath.Join(s.dir, "ledger.kek"))
		require.NoError(t, err)
		back.write("ledger.kek", key)
		back.must("restore", filepath.Join(s.dir, "kept"))
		data := filepath.Join(back.dir, "ledger")
		for _, beside := range []string{"-shm", "-wal"} { // of the look at the log that ends a restore: one that was killed has not come so far
			if err := os.Remove(filepath.Join(data, logFile+beside)); !errors.Is(err, os.ErrNotExist) {
				require.NoError(t, err)
			}
		}
		require.NoError(t, os.Mkdir(filepath.Join(data, stagingFolder), 0o700))
		for _, name := range files[moved:] {
			require.NoError(t, os.Rename(filepath.Join(data, name), filepath.Join(data, stagingFolder, name)))
		}
		if moved < len(files) {
			for _, note := range notes { // it was to be in databases then
				require.NoError(t, os.WriteFile(filepath.Join(data, note), []byte("postgres://db/other\n"), 0o600))
			}
			code, _, messages := back.run("days")
			require.Equal(t, exitUsage, code)
			require.Contains(t, messages, "Run the same “punchledger restore” again")
			back.must("restore", filepath.Join(s.dir, "kept"))
			require.NoDirExists(t, filepath.Join(data, stagingFolder))
			for _, note := range notes {
				require.NoFileExists(t, filepath.Join(data, note))
			}
		}
		got, _ := back.verdict()
		require.Equal(t, want, got)
		back.must("groups", "add", "other")
	}
}

// BenchmarkAppendDuringBackup measures single durable appends, alone and while the log is copied again and again at a rate.
func BenchmarkAppendDuringBackup(b *testing.B) {
	for name, rate := range map[string]int64{"alone": -1, "backup of 64 MiB a second": 64, "backup without a limit": 0} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			data := filepath.Join(dir, "ledger")
			require.NoError(b, os.Mkdir(data, 0o700))
			log, err := sqlite.OpenLog(filepath.Join(data, logFile), sqlite.LogOptions{})
			require.NoError(b, err)
			event := func(n int) eventstore.Event {
				return eventstore.Event{
					ID: eventstore.EventID("timecard-e1-202610", "c", n), Type: "PunchAccepted",
					Metadata: fmt.Appendf(nil, `{"schema":1,"salt":%q}`, strings.Repeat("s", 300)), Data: fmt.Appendf(nil, `{"x":%q}`, strings.Repeat("e", 300)),
				}
			}
			const before = 60_000 // about 60 MB
			for n := 0; n < before; n += 500 {
				events := make([]eventstore.Event, 500)
				for i := range events {
					events[i] = event(n + i)
				}
				_, err := log.Append(b.Context(), "timecard-e1-202610", eventstore.Revision(n), events...)
				require.NoError(b, err)
			}
			ctx, stop := context.WithCancel(b.Context())
			copied := make(chan int)
			go func() { copied <- copyAgain(ctx, data, dir, rate) }()
			var took []time.Duration
			for n := before; b.Loop(); n++ {
				began := time.Now()
				_, err := log.Append(b.Context(), "timecard-e1-202610", eventstore.Revision(n), event(n))
				require.NoError(b, err)
				took = append(took, time.Since(began))
			}
			stop()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
			b.ReportMetric(float64(<-copied), "copies")
			require.NoError(b, log.Close())
		})
	}
}

// copyAgain copies the log until ctx ends, and returns how often.
func copyAgain(ctx context.Context, data, dir string, rate int64) (n int) {
	for ; rate >= 0 && ctx.Err() == nil; n++ {
		f, err := backup.Create(filepath.Join(dir, fmt.Sprint("b", n)), rate<<20)
		if err != nil {
			return n
		}
		_ = f.Add(ctx, logFile, func(w io.Writer) error { // what ctx has ended is not asked for
			_, err := sqlite.CopyLog(ctx, filepath.Join(data, logFile), w)
			return err
		})
		_ = f.Discard() // the folder goes with the benchmark
	}
	<-ctx.Done()
	return n
}
