package terminal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/punchledger/punchledger/adapters/terminal"
)

// walk reads text to its end and checks what holds of any file: numbers never go back, a line is complete, a bad one says why.
func walk(t *testing.T, text string, o terminal.Options) {
	t.Helper()
	r, err := terminal.Open(strings.NewReader(text), o)
	if err != nil {
		return
	}
	last, limit := 0, strings.Count(text, "\n")+1
	told := map[int]bool{}
	for l, bad := range r.Lines() {
		number := l.Number
		if bad != nil {
			number = bad.Line
			if bad.Reason == "" || bad.Column < 0 || (l.Number != 0) != bad.Held() {
				t.Fatalf("bad line %+v with %+v", bad, l)
			}
		} else if l.Badge+l.Employee == "" || len(l.Wall) != len("2006-01-02T15:04:05") || l.Dir == "" {
			t.Fatalf("incomplete line %+v", l)
		}
		if number < last || number < 1 || number > limit {
			t.Fatalf("line %d after line %d of %d", number, last, limit)
		}
		last, told[number] = number, true
	}
	if o.Format != terminal.CSV { // which has a header, and records over several lines
		noneLost(t, text, told)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
}

// noneLost asks for a verdict on every line that is not blank.
func noneLost(t *testing.T, text string, told map[int]bool) {
	t.Helper()
	n := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		if n++; len(bytes.TrimSpace([]byte(line))) > 0 && !told[n] {
			t.Fatalf("nothing is said of line %d: %q", n, line)
		}
	}
}

func FuzzAttlog(f *testing.F) {
	f.Add(dump)
	f.Add("1\t2026-01-05 08:00:00\t0\t1\t2\t2026-01-05 09:00:00\t1\t1\n")
	f.Add("101 2026-03-02 08:56:12 0 1\ntime=2026-01-05 08:00:00\tpin=3\n")
	f.Add("1\t1971--10--29 -23:-6:-18\t255\n\x00\r\n\xff\t")
	f.Fuzz(func(t *testing.T, text string) {
		for _, layout := range []string{terminal.LayoutUSB, terminal.LayoutPush, terminal.LayoutAuto} {
			walk(t, text, terminal.Options{Format: terminal.ATTLOG, Layout: layout})
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add(export)
	f.Add("badge,time\n7,\"2026-10-08\n09:05\"\n\"8,\n9,2026年10月8日下午9:05\n")
	f.Add("title\nbadge;date;time\n7;08.10.2026;9:05\n")
	f.Add("\xb9\xa4\xba\xc5,time,badge\n\xb0,10/08/2026 09:05,7\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, encoding := range []string{"", "utf-8", "gb18030"} {
			walk(t, text, terminal.Options{Format: terminal.CSV, Encoding: encoding, DateOrder: "mdy"})
			walk(t, text, terminal.Options{Format: terminal.CSV, Encoding: encoding, Columns: chinese})
			two := map[string]string{"date": "date", "time": "time"}
			walk(t, text, terminal.Options{Format: terminal.CSV, Encoding: encoding, Columns: two})
		}
	})
}

func FuzzJSONL(f *testing.F) {
	f.Add(`{"badge":"007","at":"2026-10-08T09:05:59+08:00","dir":"in","id":"x1","device_seq":12,"note":"gate"}`)
	f.Add("{\"emp\":\"e1\",\"at\":\"2026-10-08 09:05\"}\n{\"badge\":\"\\ud800\"}\n[[[[")
	f.Add(`{"badge":7,"at":"2026-10-08T09:05:59Z","status":1,"verify":15}{`)
	f.Fuzz(func(t *testing.T, text string) {
		walk(t, text, terminal.Options{Format: terminal.JSONL})
	})
}
