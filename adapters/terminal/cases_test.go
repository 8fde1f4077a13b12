package terminal_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/terminal"
)

// exchange is a golden case: what a terminal sent, and what is to be read from it.
type exchange struct {
	ID       string `json:"id"`
	Timezone string `json:"timezone"`
	Request  struct {
		Query map[string]string `json:"query"`
		Body  string            `json:"body"`
	} `json:"request"`
	Expected struct {
		Punches   []expectedPunch `json:"parsed_punches"`
		Rejected  *int            `json:"rejected_lines"`
		Direction string          `json:"direction"`
	} `json:"expected"`
}

type expectedPunch struct {
	Pin       string          `json:"pin"`
	At        string          `json:"at"`
	AtUTC     string          `json:"at_utc"`
	Status    *int            `json:"status_code"`
	Verify    json.RawMessage `json:"verify_code"`
	Direction string          `json:"direction"`
	Event     *int            `json:"event"`
	Index     *int            `json:"index"`
}

// TestCases runs the golden cases of the push protocol's punch lines. PUNCHLEDGER_CASES names another directory of them.
func TestCases(t *testing.T) {
	dir := os.Getenv("PUNCHLEDGER_CASES")
	if dir == "" {
		dir = filepath.Join("testdata", "cases")
	}
	files, err := filepath.Glob(filepath.Join(dir, "iclock*.jsonl"))
	require.NoError(t, err)
	var passed, failed, unsupported int
	for _, name := range files {
		for _, c := range readCases(t, name) {
			got, ok := c.run()
			switch {
			case !ok:
				unsupported++
				fmt.Printf("%s unsupported %s\n", c.ID, got)
			case got == "":
				passed++
				fmt.Printf("%s pass\n", c.ID)
			default:
				failed++
				fmt.Printf("%s fail %s\n", c.ID, got)
			}
		}
	}
	fmt.Printf("cases: %d pass, %d fail, %d unsupported of %d\n", passed, failed, unsupported, passed+failed+unsupported)
	require.Zero(t, failed)
}

func readCases(t *testing.T, name string) []exchange {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	var out []exchange
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c exchange
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c), "%s", name)
		out = append(out, c)
	}
	require.NoError(t, lines.Err())
	return out
}

// run returns what differs, or false and the concept that is not this package's.
func (c exchange) run() (string, bool) {
	switch table := c.Request.Query["table"]; {
	case table != "ATTLOG" && table != "rtlog":
		return "the server's replies and other tables", false
	case c.Expected.Punches == nil && c.Expected.Rejected == nil:
		return "the server's replies and what it stores", false
	}
	r, err := terminal.Open(strings.NewReader(c.Request.Body), terminal.Options{Format: terminal.ATTLOG, Layout: terminal.LayoutPush})
	if err != nil {
		return err.Error(), true
	}
	var lines []terminal.Line
	rejected := 0
	for l, bad := range r.Lines() {
		if bad != nil {
			rejected++
			continue
		}
		lines = append(lines, l)
	}
	if len(lines) != len(c.Expected.Punches) {
		return fmt.Sprintf("got %d punches, want %d", len(lines), len(c.Expected.Punches)), true
	}
	if want := c.Expected.Rejected; want != nil && rejected != *want {
		return fmt.Sprintf("got %d rejected lines, want %d", rejected, *want), true
	}
	for i, l := range lines {
		want := c.Expected.Punches[i]
		if want.Direction == "" {
			want.Direction = c.Expected.Direction
		}
		if diff := want.differs(l, c.Timezone); diff != "" {
			return diff, true
		}
	}
	return "", true
}

func (p expectedPunch) differs(l terminal.Line, zone string) string {
	dir := string(l.Dir)
	if l.Dir == terminal.Auto {
		dir = "unknown"
	}
	for _, c := range []struct{ what, got, want string }{
		{"pin", l.Badge, p.Pin},
		{"at", l.Wall, p.At},
		{"status_code", show(l.Status), show(p.Status)},
		{"verify_code", show(l.Verify), strings.Trim(string(p.Verify), `"`)},
		{"direction", dir, p.Direction},
		{"event", show(l.Event), show(p.Event)},
		{"index", l.Ref, show(p.Index)},
		{"at_utc", inUTC(l.Wall, zone), p.AtUTC},
	} {
		if c.want != "" && c.got != c.want {
			return fmt.Sprintf("%s: got %s, want %s", c.what, c.got, c.want)
		}
	}
	return ""
}

func show(v *int) string {
	if v == nil {
		return ""
	}
	return strconv.Itoa(*v)
}

func inUTC(wall, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return err.Error()
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05", wall, loc)
	if err != nil {
		return err.Error()
	}
	return at.UTC().Format(time.RFC3339)
}
