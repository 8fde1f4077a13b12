package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAMoveThatWasKilledIsRunAgain kills moves into a database and back into a file at random moments, and runs them again to their end.
func TestAMoveThatWasKilledIsRunAgain(t *testing.T) {
	address, err := newDatabase(t).create(t.Context())
	require.NoError(t, err)
	data := filepath.Join(t.TempDir(), "ledger")
	command := func(args ...string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), "punchledger", args...)
		c.Env = append(c.Environ(), "PUNCHLEDGER_DATA="+data)
		if _, err := os.Stat(filepath.Join(data, elsewhereFile)); err == nil {
			c.Env = append(c.Env, "PUNCHLEDGER_LOG="+address)
		}
		return c
	}
	look := func() (v verdict) {
		out, err := command("verify", "-o", "json").Output()
		require.NoError(t, err, "%s", out)
		require.NoError(t, json.Unmarshal(out, &v))
		return v
	}
	out, err := command("demo", "--people", "12", "--days", "14").CombinedOutput()
	require.NoError(t, err, "%s", out)
	want := look()
	random := rand.New(rand.NewPCG(uint64(*tortureSeed), 8))
	for _, to := range []string{address, toFile} {
		there := func() bool {
			_, err := os.Stat(filepath.Join(data, elsewhereFile))
			return (err == nil) == (to == address)
		}
		for tries := 0; !there(); tries++ {
			move := command("migrate-log", "--to", to)
			if tries < 3 {
				require.NoError(t, move.Start())
				power := time.AfterFunc(time.Duration(50+random.IntN(400))*time.Millisecond, func() { _ = move.Process.Kill() })
				_ = move.Wait() // it was killed, or was quicker
				power.Stop()
				continue
			}
			out, err := move.CombinedOutput()
			require.NoError(t, err, "%s", out)
		}
		got := look()
		require.Equal(t, want.Head, got.Head)
		require.Equal(t, want.Events, got.Events)
		require.Equal(t, want.ViewsFingerprint, got.ViewsFingerprint)
	}
}
