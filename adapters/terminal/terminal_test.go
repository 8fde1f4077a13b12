package terminal_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
)

// read renders what a file yields: "number badge wall dir" for a line, "number:column reason" for a bad one.
func read(t *testing.T, text string, o terminal.Options) []string {
	t.Helper()
	r, err := terminal.Open(strings.NewReader(text), o)
	require.NoError(t, err)
	out := []string{}
	for l, bad := range r.Lines() {
		switch {
		case bad != nil && bad.Held():
			require.Equal(t, bad.Line, l.Number)
			out = append(out, fmt.Sprintf("%d:%d %s %s %s", bad.Line, bad.Column, bad.Reason, l.Badge, l.Wall))
		case bad != nil:
			require.Equal(t, terminal.Line{}, l)
			out = append(out, fmt.Sprintf("%d:%d %s", bad.Line, bad.Column, bad.Reason))
		default:
			out = append(out, fmt.Sprintf("%d %s %s%s %s", l.Number, l.Badge+l.Employee, l.Wall, l.Offset, l.Dir))
		}
	}
	require.NoError(t, r.Err())
	return out
}

func usb(layout string) terminal.Options {
	return terminal.Options{Format: terminal.ATTLOG, Layout: layout}
}

const dump = "      824\t2020-01-07 10:34:08\t1\t0\t1\t0\n" + //
	"     1312\t2020-01-07 19:38:32\t1\t1\t1\t0\r\n" +
	"\n" +
	"      505\t1971--10--29 -23:-23:-27\t1\t0\t0\t0\n" +
	"        7\t2020-02-30 10:00:00\t1\t0\t0\t0\n" +
	"        7\t2020-00-12 10:00:00\t1\t0\t0\t0\n" +
	"        7\t2020-02-03 10:61:00\t1\t0\t0\t0\n" +
	"      555\t2000-01-01 00:27:05\t1\t0\t0\t0\n" +
	"       42\t2020-01-07 18:00:00\t1\t255\t15\t0\n" +
	"       42\t2020-01-07 19:00:00\t1\t4\t15\t9\n" +
	"       42\t2020-01-07 20:00:00\t1\t2\t1\t0\n" +
	"       42\t2020-01-07 20:10:00\t1\tx\t1\t0\n" +
	"         \t2020-01-07 20:10:00\t1\t0\t1\t0\n" +
	"       42\t2020-01-07 20:2"

func TestAttlogReadsEveryKindOfDirtAndGoesOn(t *testing.T) {
	t.Log("fixtures only; set PUNCHLEDGER_REAL_DATA to a folder of real exports to run the tests on those as well")
	require.Equal(t, []string{
		"1 824 2020-01-07T10:34:08 in",
		"2 1312 2020-01-07T19:38:32 out",
		"4:11 bad_date",
		"5:11 bad_date",
		"6:11 bad_date",
		"7:11 bad_time",
		"8:11 clock_reset 555 2000-01-01T00:27:05",
		"9 42 2020-01-07T18:00:00 auto",
		"10 42 2020-01-07T19:00:00 in",
		"11 42 2020-01-07T20:00:00 break_out",
		"12:33 bad_number",
		"13:1 no_badge",
		"14:0 too_few_fields",
	}, read(t, dump, usb(terminal.LayoutUSB)))
}

func TestAttlogKeepsWhatTheTerminalSaid(t *testing.T) {
	r, err := terminal.Open(strings.NewReader("     0042\t2020-01-07 19:00:00\t1\t4\t15\t9\n"), usb(terminal.LayoutUSB))
	require.NoError(t, err)
	for l, bad := range r.Lines() {
		require.Nil(t, bad)
		status, verify := 4, 15
		require.Equal(t, terminal.Line{
			Number: 1, Badge: "0042", Wall: "2020-01-07T19:00:00", Dir: terminal.In, Status: &status, Verify: &verify, WorkCode: "9",
			Raw: "     0042\t2020-01-07 19:00:00\t1\t4\t15\t9",
		}, l)
	}
}

func TestAttlogIgnoresTheStateKeyWhenTold(t *testing.T) {
	o := usb(terminal.LayoutUSB)
	o.IgnoreDirection = true
	require.Equal(t, []string{"1 7 2020-01-07T19:00:00 auto"}, read(t, "    7\t2020-01-07 19:00:00\t1\t1\t0\t0\n", o))
}

func TestAttlogFloorCanBeMoved(t *testing.T) {
	o := usb(terminal.LayoutPush)
	text := "7\t2010-01-07 19:00:00\t1\t1\n"
	o.MinDate = "2015-01-01"
	require.Equal(t, []string{"1:3 clock_reset 7 2010-01-07T19:00:00"}, read(t, text, o))
	o.MinDate = "none"
	require.Equal(t, []string{"1 7 1999-01-07T19:00:00 out"}, read(t, "7\t1999-01-07 19:00:00\t1\t1\n", o))
}

func TestPushBody(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"two records of equal length glued to one line": {
			"1\t2026-01-05 08:00:00\t0\t1\t2\t2026-01-05 09:00:00\t1\t1\n",
			[]string{"1 1 2026-01-05T08:00:00 in", "1 2 2026-01-05T09:00:00 out"},
		},
		"glued records that do not come out even": {
			"1\t2026-01-05 08:00:00\t0\t1\t02\t0\t2026-01-05 09:00:00\t1\t1\n",
			[]string{"1:32 two_records"},
		},
		"a badge and a time alone": {"1\t2026-01-05 08:00:00\n", []string{"1 1 2026-01-05T08:00:00 auto"}},
		"index and mask by key, in any order": {
			"pin=9\tmaskflag=1\ttime=2026-01-05 08:00:00\tindex=7\tinoutstatus=2\r\n",
			[]string{"1 9 2026-01-05T08:00:00 auto"},
		},
		"a door event without a person": {"time=2026-01-05 08:00:00\tpin=0\tevent=27\n", []string{"1:26 no_badge"}},
		"a key twice":                   {"pin=1\ttime=2026-01-05 08:00:00\tpin=2\n", []string{"1:32 duplicate_key"}},
		"a time without seconds":        {"1\t2026-01-05 08:00\t0\n", []string{"1:3 bad_time"}},
		"text after the time":           {"1\t2026-01-05 08:00:00Z\t0\n", []string{"1:3 bad_time"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, read(t, c.text, usb(terminal.LayoutPush)))
		})
	}
}

func TestLinesThatAreNoText(t *testing.T) {
	good := "1\t2026-01-05 08:00:00\t0\n"
	for name, c := range map[string]struct{ text, want string }{
		"a zero byte":         {"1\t2026\x00-01-05\n", "2:7 binary"},
		"bytes beyond UTF-8":  {"1\xff\t2026-01-05 08:00:00\n", "2:2 bad_encoding"},
		"a control character": {"1\x1b[2J\t2026-01-05 08:00:00\n", "2:2 control_char"},
		"a line of 70 KiB":    {strings.Repeat("9", 70<<10) + "\n", "2:0 line_too_long"},
		"a line over 64 KiB":  {strings.Repeat("9", 64<<10+1) + "\r\n", "2:0 line_too_long"},
		"a megabyte":          {strings.Repeat("9", 1<<20) + "\n", "2:0 line_too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			want := []string{"1 1 2026-01-05T08:00:00 in", c.want, "3 1 2026-01-05T08:00:00 in"}
			require.Equal(t, want, read(t, good+c.text+good, usb(terminal.LayoutPush)))
		})
	}
}

func TestBadLineIsSafeToShow(t *testing.T) {
	r, err := terminal.Open(strings.NewReader("\x1b]0;"+strings.Repeat("长", 100)+"\n"), usb(terminal.LayoutPush))
	require.NoError(t, err)
	for _, bad := range r.Lines() {
		require.LessOrEqual(t, len(bad.Raw), 210)
		require.NotContains(t, bad.Raw, "\x1b")
		require.True(t, strings.HasSuffix(bad.Raw, "长…"), bad.Raw)
	}
}

func TestLayoutIsDecidedByEvidenceOnly(t *testing.T) {
	padded := "      824\t2020-01-07 10:34:08\t1\t0\t1\t0\n"
	six := "123456789\t2020-01-07 10:34:08\t1\t0\t1\t0\n"
	push := "824\t2020-01-07 10:34:08\t0\t1\n"
	for name, c := range map[string]struct {
		text, file, layout string
		found, fails       string
	}{
		"padded badges":                     {text: padded + six, found: "layout.padding"},
		"field counts of a push body":       {text: push + push, found: "layout.fields"},
		"key=value":                         {text: "time=2026-01-05 08:00:00\tpin=3\n", found: "layout.fields"},
		"blanks for tabs":                   {text: "101 2026-03-02 08:56:12 0 1\n", found: "layout.fields"},
		"six fields and the name of a dump": {text: six, file: "/tmp/1_attlog.dat", found: "layout.name"},
		"one torn line in a long dump":      {text: strings.Repeat(padded, 200) + push, found: "layout.padding"},
		"told":                              {text: six, layout: "push", found: "layout.given"},
		"six fields and no other evidence":  {text: six, fails: "layout_ambiguous"},
		"both kinds of lines":               {text: padded + push, fails: "layout_ambiguous"},
		"a push body named like a dump":     {text: push, file: "1_attlog.dat", fails: "layout_ambiguous"},
		"nothing that looks like a punch":   {text: "hello\n", fails: "layout_unknown"},
		"an empty file":                     {text: "", fails: "layout_unknown"},
		"a layout that does not exist":      {text: push, layout: "both", fails: "bad_option"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := terminal.Open(strings.NewReader(c.text), terminal.Options{Format: terminal.ATTLOG, Layout: c.layout, FileName: c.file})
			if c.fails != "" {
				require.ErrorIs(t, err, &domain.Error{Code: c.fails})
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.found, r.Found()[0].Code)
			for _, bad := range r.Lines() {
				require.True(t, bad == nil || bad.Line == 201, "%+v", bad)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		o    terminal.Options
		code string
	}{
		"an unknown format":           {"", terminal.Options{Format: "xls"}, "unknown_format"},
		"UTF-16":                      {"\xff\xfe1\x00", terminal.Options{Format: terminal.CSV}, "encoding_unsupported"},
		"a floor that is no date":     {"", terminal.Options{Format: terminal.JSONL, MinDate: "2005"}, "bad_option"},
		"an unknown encoding":         {"", terminal.Options{Format: terminal.CSV, Encoding: "koi8"}, "bad_option"},
		"an unknown date order":       {"", terminal.Options{Format: terminal.CSV, DateOrder: "ymd"}, "bad_option"},
		"a delimiter nobody uses":     {"", terminal.Options{Format: terminal.CSV, Delimiter: 'x'}, "bad_option"},
		"a column that is not ours":   {"", terminal.Options{Format: terminal.CSV, Columns: map[string]string{"salary": "x"}}, "bad_option"},
		"a direction that is no such": {"", terminal.Options{Format: terminal.CSV, Directions: map[string]terminal.Direction{"x": "up"}}, "bad_option"},
		"a CSV without a line":        {"\n\n", terminal.Options{Format: terminal.CSV}, "no_header"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := terminal.Open(strings.NewReader(c.text), c.o)
			require.ErrorIs(t, err, &domain.Error{Code: c.code})
		})
	}
}

// torn fails after its text.
type torn struct{ *strings.Reader }

func (r torn) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestErrorOfTheFileIsNamedWithItsLine(t *testing.T) {
	r, err := terminal.Open(torn{strings.NewReader("1\t2026-01-05 08:00:00\n")}, usb(terminal.LayoutPush))
	require.NoError(t, err)
	for range r.Lines() {
	}
	require.ErrorIs(t, r.Err(), io.ErrUnexpectedEOF)
	require.ErrorContains(t, r.Err(), "read line 2")
}

func gb18030(t *testing.T, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	require.NoError(t, err)
	return out
}
