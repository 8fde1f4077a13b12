package sqlite_test

import (
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// indexOf returns where the one page of an index lies in a file.
func indexOf(t *testing.T, path, index string) (from, to int) {
	t.Helper()
	const pageSize = 4096
	page := int(numberIn(t, path, fmt.Sprintf("SELECT rootpage FROM sqlite_schema WHERE name = '%s'", index)))
	return (page - 1) * pageSize, page * pageSize
}

// A revision that the index has lost would be given again. Every second byte of the index in which streams find their ends is
// changed: either the log is not opened, or it appends after the true end.
func TestADamagedIndexDoublesNoRevision(t *testing.T) {
	const perStream = 6
	streams := []string{"gate-a", "gate-b", "gate-c"}
	dir := t.TempDir()
	l := open(t, dir)
	for _, stream := range streams {
		append1(t, l, stream, 0, perStream)
	}
	require.NoError(t, l.Close())
	whole, err := os.ReadFile(ledger(dir))
	require.NoError(t, err)
	guard, err := os.ReadFile(filepath.Join(dir, "ledger.head"))
	require.NoError(t, err)
	for _, index := range []string{"sqlite_autoindex_events_1", "sqlite_autoindex_streams_1"} {
		from, to := indexOf(t, ledger(dir), index)
		refused := 0
		for at := from; at < to; at += 2 {
			if whole[at] == 0 && whole[at+1] == 0 { // the middle of the page is free
				continue
			}
			damaged := append([]byte(nil), whole...)
			damaged[at] ^= 1 << (at / 2 % 8)
			require.NoError(t, os.WriteFile(ledger(dir), damaged, 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "ledger.head"), guard, 0o600))
			l, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{Fatal: func(error) {}})
			if err != nil {
				_, ok := errors.AsType[*sqlite.DamagedError](err)
				require.True(t, ok, "byte %d: got %v", at, err)
				refused++
				continue
			}
			for _, stream := range streams {
				p, err := l.Append(t.Context(), stream, perStream, punch(stream, perStream))
				require.NoError(t, err, "byte %d", at)
				require.Equal(t, eventstore.Revision(perStream+1), p.Revision)
			}
			require.Len(t, records(t, l), len(streams)*(perStream+1), "byte %d", at)
			require.NoError(t, l.Close())
		}
		require.Positive(t, refused, index)
	}
}

func TestADamagedFileOfTheLogIsNamed(t *testing.T) {
	for name, statement := range map[string]string{
		"tables declared otherwise":     "CREATE TABLE notes (text TEXT)",
		"an index of another table":     "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_streams_1') WHERE name = 'sqlite_autoindex_events_1'",
		"a format of before the tables": "PRAGMA user_version = 0",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			append1(t, l, "gate-a", 0, 3)
			require.NoError(t, l.Close())
			alter(t, ledger(dir), statement)
			_, writing := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{})
			r, reading := sqlite.OpenReader(ledger(dir))
			if reading == nil {
				reading = errors.Join(r.Check(t.Context()), r.Close())
			}
			for _, err := range []error{writing, reading} {
				damaged, ok := errors.AsType[*sqlite.DamagedError](err)
				require.True(t, ok, "got %v", err)
				require.Equal(t, "ledger", damaged.Kind)
			}
		})
	}
}

func TestASoundFileIsSound(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	append1(t, l, "gate-a", 0, 300)
	require.NoError(t, l.Check(t.Context()), "while it is written")
	keys := openVault(t, filepath.Join(dir, "vault.db"))
	require.NoError(t, keys.Check(t.Context()))
}

// A guard in which any byte has changed guards nothing, and must not be taken for one that guards another record, or none.
func TestAGuardIsTakenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	append1(t, l, "gate-a", 0, 12)
	require.NoError(t, l.Close())
	path := filepath.Join(dir, "ledger.head")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	try := func(text []byte) error {
		require.NoError(t, os.WriteFile(path, text, 0o600))
		r, err := sqlite.OpenReader(ledger(dir))
		if err == nil {
			require.NoError(t, r.Close())
		}
		return err
	}
	require.NoError(t, try(whole))
	for at := range whole {
		for bit := range 8 {
			damaged := append([]byte(nil), whole...)
			damaged[at] ^= 1 << bit
			require.Error(t, try(damaged), "%s", damaged)
		}
		require.Error(t, try(whole[:at]), "%s", whole[:at])
	}
	var names map[string]any
	require.NoError(t, json.Unmarshal(whole, &names))
	require.Len(t, names, 2)
}

func TestADamagedVaultIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		file      bool // the file itself is damaged, not only a key
	}{
		"a key changed":               {"UPDATE keys SET wrapped = CAST(substr(wrapped, 1, 20) || x'00' || substr(wrapped, 22) AS BLOB) WHERE class = 'text'", false},
		"a key of another person":     {"UPDATE keys SET subject = 'e2' WHERE class = 'text'", false},
		"a key of another class":      {"UPDATE keys SET class = 'photo' WHERE class = 'text'", false},
		"a key of another year":       {"UPDATE keys SET period = '2027' WHERE class = 'text'", false},
		"a key under another id":      {"UPDATE keys SET id = 'k' WHERE class = 'text'", false},
		"a key of another epoch":      {"UPDATE keys SET epoch = 2 WHERE class = 'text'", false},
		"a time that cannot be read":  {"UPDATE keys SET created_at = 'x' WHERE class = 'text'", false},
		"tables declared otherwise":   {"CREATE TABLE notes (text TEXT)", true},
		"a format before its tables":  {"PRAGMA user_version = 0", true},
		"a table of the wrong format": {"ALTER TABLE keys ADD COLUMN more TEXT", true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vault.db")
			epoch, err := vault.NewEpochKey(rand.Reader, 1)
			require.NoError(t, err)
			keys := openVault(t, path)
			v, err := vault.New(t.Context(), keys, epoch, vault.Options{Create: true})
			require.NoError(t, err)
			_, err = v.Seal(t.Context(), "e1", "2026", "timecard-e1", "PunchAccepted", domain.NewSecret(domain.ClassText, "late train"))
			require.NoError(t, err)
			require.NoError(t, errors.Join(keys.Check(t.Context()), v.Check(t.Context())))
			require.NoError(t, keys.Close())

			alter(t, path, c.statement)
			keys, err = sqlite.OpenVault(path, sqlite.VaultOptions{ReadOnly: true})
			if err == nil {
				if err = keys.Check(t.Context()); err == nil {
					v, err = vault.New(t.Context(), keys, epoch, vault.Options{})
					require.NoError(t, err, "the ledger's own key is as it was")
					err = v.Check(t.Context())
				}
				require.NoError(t, keys.Close())
			}
			require.Error(t, err)
			_, named := errors.AsType[*sqlite.DamagedError](err)
			require.Equal(t, c.file, named, "got %v", err)
			_, err = sqlite.OpenVault(path, sqlite.VaultOptions{})
			require.Equal(t, c.file, err != nil, "a damaged file is not written")
		})
	}
}

// numberIn asks a file behind the back of those who have it open.
func numberIn(t *testing.T, path, query string) (n int64) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	require.NoError(t, db.Close())
	return n
}
