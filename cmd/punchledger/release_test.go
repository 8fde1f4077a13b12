package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeRelease names the release whose ledger is to be kept: go test ./cmd/punchledger -run TestLedgersOfReleases -release v0.3
var writeRelease = flag.String("release", "", "write the ledger of this release into testdata/ledgers; one that is there is never written again")

const releasesDir = "testdata/ledgers"

// Files of a release's ledger that are kept beside the archive, to be read.
const (
	keptLedger  = "ledger.tar.gz"
	keptVerdict = "verify.json"
	keptRows    = "rows.csv"
)

// kept is what a verification says that must stay. Figures may change with a later build only where the changelog says so: then, and
// only then, verify.json and rows.csv are written anew by hand. The archive is never touched.
type kept struct {
	Events           int    `json:"events"`
	Streams          int    `json:"streams"`
	Head             string `json:"head"`
	ViewsFingerprint string `json:"views_fingerprint"`
	Views            struct {
		Days      int `json:"days"`
		Anomalies int `json:"anomalies"`
		Rows      int `json:"rows"`
	} `json:"views"`
}

// keptLedgers are written for each release: an office in which everything is corrected, and the sample company with all packs.
var keptLedgers = map[string]struct {
	employee string // somebody who has a day on 2026-10-15
	write    func(*testing.T) shell
}{
	"office": {"e2", smallOffice},
	"company": {"e1002", func(t *testing.T) shell {
		t.Helper()
		s := shell{t: t, dir: t.TempDir()}
		s.must("demo", "--people", "7", "--days", "30")
		return s
	}},
}

// TestLedgersOfReleases opens the ledger of every release with this build: the same events, the same figures, and it can be written,
// backed up and restored.
func TestLedgersOfReleases(t *testing.T) {
	for name, l := range keptLedgers {
		if *writeRelease != "" {
			keep(t, filepath.Join(releasesDir, *writeRelease, name), l.write)
		}
	}
	releases, err := filepath.Glob(filepath.Join(releasesDir, "v*", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, releases)
	for _, dir := range releases {
		t.Run(filepath.Base(filepath.Dir(dir))+" "+filepath.Base(dir), func(t *testing.T) {
			s := shell{t: t, dir: unpack(t, filepath.Join(dir, keptLedger))}
			want := verdictIn(t, dir)
			got, _ := s.verdict()
			require.Equal(t, want, got, "figures of a released ledger have changed; CHANGELOG must say why")
			rows, err := os.ReadFile(filepath.Join(dir, keptRows))
			require.NoError(t, err)
			require.Equal(t, string(rows), s.must("rows", "-o", "csv"), "rows of a released ledger have changed; CHANGELOG must say why")
			require.NotContains(t, s.must("people"), unreadable)

			s.must("backup", "before")
			s.must("punch", "add", keptLedgers[filepath.Base(dir)].employee, "2026-10-15T12:00", "in")
			after, fingerprint := s.verdict()
			require.Greater(t, after.Events, want.Events)
			require.Equal(t, s.must("rows", "-o", "csv", "--as-of", "100000"), s.must("rows", "-o", "csv"))

			s.must("backup", "after")
			for name, w := range map[string]kept{"before": want, "after": after} {
				back := shell{t: t, dir: t.TempDir()}
				key, err := os.ReadFile(filepath.Join(s.dir, "ledger.kek"))
				require.NoError(t, err)
				back.write("ledger.kek", key)
				back.must("restore", filepath.Join(s.dir, name))
				got, again := back.verdict()
				require.Equal(t, w, got)
				require.Equal(t, name == "after", again == fingerprint)
			}
		})
	}
}

func (s shell) verdict() (kept, string) {
	s.t.Helper()
	var v kept
	require.NoError(s.t, json.Unmarshal([]byte(s.must("verify", "-o", "json")), &v))
	return v, v.ViewsFingerprint
}

func verdictIn(t *testing.T, dir string) kept {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, keptVerdict))
	require.NoError(t, err)
	var v kept
	require.NoError(t, json.Unmarshal(text, &v))
	return v
}

// keep writes the ledger of a release.
func keep(t *testing.T, dir string, write func(*testing.T) shell) {
	t.Helper()
	require.NoDirExists(t, dir, "the ledger of a release is written once")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	s := write(t)
	v, _ := s.verdict()
	text, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, keptVerdict), append(text, '\n'), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, keptRows), []byte(s.must("rows", "-o", "csv")), 0o644))

	var b bytes.Buffer
	zip, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	require.NoError(t, err)
	archive := tar.NewWriter(zip)
	for _, name := range []string{"ledger.kek", "ledger/ledger.db", "ledger/ledger.head", "ledger/vault.db"} {
		content, err := os.ReadFile(filepath.Join(s.dir, name))
		require.NoError(t, err)
		require.NoError(t, archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))}))
		_, err = archive.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(archive.Close(), zip.Close()))
	require.NoError(t, os.WriteFile(filepath.Join(dir, keptLedger), b.Bytes(), 0o644))
}

// unpack returns a folder with a copy of a kept ledger.
func unpack(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	zip, err := gzip.NewReader(f)
	require.NoError(t, err)
	for archive := tar.NewReader(zip); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		require.NoError(t, err)
		require.True(t, filepath.IsLocal(h.Name))
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, h.Name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, h.Name), content, 0o600))
	}
}
