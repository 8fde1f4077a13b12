package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// shell runs commands as a user would, on a ledger of its own.
type shell struct {
	t   *testing.T
	dir string
	now func() time.Time // nil is the system's clock
}

func newShell(t *testing.T) shell {
	t.Helper()
	s := shell{t: t, dir: t.TempDir()}
	s.must("init")
	return s
}

// run returns the exit code and what was printed.
func (s shell) run(args ...string) (code int, out, messages string) {
	s.t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), invocation{
		Args: append(args, "--data", "ledger"), Dir: s.dir, Getenv: func(string) string { return "" },
		In: bytes.NewReader(nil), Out: &o, Err: &e, Now: s.now,
	})
	return code, o.String(), e.String()
}

func (s shell) must(args ...string) string {
	s.t.Helper()
	code, out, messages := s.run(args...)
	require.Equal(s.t, exitDone, code, "%v: %s", args, messages)
	return out
}

func (s shell) write(name string, data []byte) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(filepath.Join(s.dir, name), data, 0o600))
}

// counts are the verdicts of an import.
func (s shell) imports(args ...string) map[string]int {
	s.t.Helper()
	var r struct {
		Counts map[string]int `json:"counts"`
	}
	require.NoError(s.t, json.Unmarshal([]byte(s.must(append([]string{"import", "punches", "-o", "json"}, args...)...)), &r))
	return r.Counts
}

func (s shell) hire(badge, device string) {
	s.t.Helper()
	s.write("people.csv", fmt.Appendf(nil, "name,group,hired,badge,device\nPerson %s,all,2000-01-01,%s,%s\n", badge, badge, device))
	s.must("people", "import", "people.csv")
}

// TestGoldenBodiesAreImported brings every golden body of the push protocol into a ledger: as many punches as the case names, as
// many bad lines as it names, and nothing new the second time.
func TestGoldenBodiesAreImported(t *testing.T) {
	data, err := os.ReadFile("../../adapters/terminal/testdata/cases/iclock_attlog.jsonl")
	require.NoError(t, err)
	s := newShell(t)
	s.must("rules", "publish", "flex-open", "--from", "2000-01-01")
	s.must("groups", "add", "all")
	s.must("groups", "bind", "all", "flex-open", "--from", "2000-01-01")
	for i, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		var c struct {
			ID      string `json:"id"`
			Request struct {
				Body string `json:"body"`
			} `json:"request"`
			Expected struct {
				Punches []struct {
					Pin string `json:"pin"`
				} `json:"parsed_punches"`
				Rejected *int `json:"rejected_lines"`
			} `json:"expected"`
		}
		require.NoError(t, json.Unmarshal(line, &c))
		if c.Request.Body == "" {
			continue // an empty body has no line to judge: the reader's own test covers it
		}
		device := fmt.Sprintf("clock%d", i)
		s.must("devices", "add", device, "--tz", "UTC")
		hired := map[string]bool{}
		for _, p := range c.Expected.Punches {
			if !hired[p.Pin] {
				hired[p.Pin] = true
				s.hire(p.Pin, device)
			}
		}
		s.write("body", []byte(c.Request.Body))
		args := []string{"body", "--format", "attlog", "--layout", "push", "--device", device, "--timezone", "UTC"}
		code, _, _ := s.run(append([]string{"import", "punches"}, append(args, "--dry-run")...)...)
		if len(c.Expected.Punches) == 0 && code != exitDone {
			continue // no line of it is a record: the file is refused as a whole
		}
		first := s.imports(args...)
		require.Equal(t, len(c.Expected.Punches), first["accepted"]+first["duplicate"], "%s: %v", c.ID, first)
		if c.Expected.Rejected != nil {
			require.Equal(t, *c.Expected.Rejected, first["bad_row"], "%s: %v", c.ID, first)
		}
		second := s.imports(args...)
		require.Zero(t, second["accepted"], "%s: %v", c.ID, second)
		require.Equal(t, len(c.Expected.Punches), second["duplicate"], "%s: %v", c.ID, second)
	}
}

// TestChineseExportInGB18030 is what a clerk gets out of an older Chinese clock program: GB18030, Chinese headers and words.
func TestChineseExportInGB18030(t *testing.T) {
	s := newShell(t)
	s.must("rules", "publish", "cn-bj-office")
	s.must("groups", "add", "all")
	s.must("groups", "bind", "all", "cn-bj-office", "--from", "2026-01-01")
	s.hire("1001", "")
	text := "工号,姓名,打卡时间,类型\r\n1001,张伟,2026-10-08 09:05:59,上班\r\n1001,张伟,2026年10月8日 18:20,下班\r\n2002,李娜,2026/10/8 9:00,签到\r\n1001,张伟,10月8日,下班\r\n"
	file, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	require.NoError(t, err)
	s.write("export.csv", file)
	args := []string{
		"export.csv", "--format", "csv", "--device", "clock", "--timezone", "Asia/Shanghai",
		"--columns", "badge=工号;name=姓名;time=打卡时间;dir=类型",
	}
	require.Equal(t, map[string]int{"accepted": 2, "unknown_person": 1, "bad_row": 1}, s.imports(args...))
	require.Equal(t, map[string]int{"duplicate": 3, "bad_row": 1}, s.imports(args...))
	require.Contains(t, s.must("rows", "--from", "2026-10-08", "--to", "2026-10-08", "-o", "csv"), ",REG,base,1.00,8:00,28800,")
}
