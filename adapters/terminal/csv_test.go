package terminal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
)

var chinese = map[string]string{"badge": "工号", "name": "姓名", "time": "打卡时间", "dir": "类型"}

func csvOf(columns map[string]string) terminal.Options {
	return terminal.Options{Format: terminal.CSV, Columns: columns}
}

const export = "工号,姓名,打卡时间,类型\n" +
	"0007,王伟,2026-10-08 09:05:59,上班\n" +
	"0008,李娜,2026/10/8 18:05,签退\n"

var exported = []string{"2 0007 2026-10-08T09:05:59 in", "3 0008 2026-10-08T18:05:00 out"}

func TestCSVInItsEncodings(t *testing.T) {
	for name, c := range map[string]struct{ text, option, found string }{
		"UTF-8":                   {export, "", "encoding.utf8"},
		"UTF-8 with a mark":       {"\xef\xbb\xbf" + export, "", "encoding.bom"},
		"GB18030":                 {gb18030(t, export), "", "encoding.gb18030"},
		"GB18030, told":           {gb18030(t, export), "gbk", "encoding.given"},
		"UTF-8, told":             {export, "UTF-8", "encoding.given"},
		"UTF-8 with CR LF":        {strings.ReplaceAll(export, "\n", "\r\n"), "", "encoding.utf8"},
		"UTF-8, last line open":   {strings.TrimSuffix(export, "\n"), "", "encoding.utf8"},
		"tabs":                    {strings.ReplaceAll(export, ",", "\t"), "", "encoding.utf8"},
		"semicolons":              {strings.ReplaceAll(export, ",", ";"), "", "encoding.utf8"},
		"everything quoted":       {`"` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(export), ",", `","`), "\n", "\"\n\"") + `"`, "", "encoding.utf8"},
		"rows of blanks below":    {export + ",,,\n , ,,\n", "", "encoding.utf8"},
		"more columns, all empty": {strings.ReplaceAll(export, "签退", "签退,,"), "", "encoding.utf8"},
	} {
		t.Run(name, func(t *testing.T) {
			o := csvOf(chinese)
			o.Encoding = c.option
			require.Equal(t, exported, read(t, c.text, o))
			r, err := terminal.Open(strings.NewReader(c.text), o)
			require.NoError(t, err)
			require.Equal(t, c.found, r.Found()[0].Code)
		})
	}
}

func TestCSVKeepsNames(t *testing.T) {
	r, err := terminal.Open(strings.NewReader(gb18030(t, export)), csvOf(chinese))
	require.NoError(t, err)
	var names []string
	for l := range r.Lines() {
		names = append(names, l.Name)
	}
	require.Equal(t, []string{"王伟", "李娜"}, names)
}

func TestCSVTornCharacterSpoilsOnlyItsLine(t *testing.T) {
	text := gb18030(t, export) + "0009,\xb0,2026-10-08 09:00,\n" + gb18030(t, "0010,张,2026-10-08 09:00,\n")
	require.Equal(t, append(exported, "4:6 bad_encoding", "5 0010 2026-10-08T09:00:00 auto"), read(t, text, csvOf(chinese)))
	text = export + "0009,\xb0,2026-10-08 09:00,\n0010,张,2026-10-08 09:00,\n"
	require.Equal(t, append(exported, "4:6 bad_encoding", "5 0010 2026-10-08T09:00:00 auto"), read(t, text, csvOf(chinese)))
}

func TestCSVHeaderBelowATitle(t *testing.T) {
	text := "打卡记录表,,,\n统计日期：2026-10-01 至 2026-10-31\n" + export
	o := csvOf(chinese)
	require.Equal(t, []string{"4 0007 2026-10-08T09:05:59 in", "5 0008 2026-10-08T18:05:00 out"}, read(t, text, o))
	r, err := terminal.Open(strings.NewReader(text), o)
	require.NoError(t, err)
	require.Equal(t, []terminal.Finding{
		{Code: "encoding.utf8", Args: map[string]string{"valid": "5", "invalid": "0"}},
		{Code: "delimiter", Args: map[string]string{"delimiter": ","}},
		{Code: "header", Args: map[string]string{"line": "3", "columns": "badge=工号, time=打卡时间, dir=类型, name=姓名"}},
	}, r.Found())
}

func TestCSVMissingColumnNamesTheNearest(t *testing.T) {
	_, err := terminal.Open(strings.NewReader("员工工号,姓名,时间\n1,王伟,2026-10-08 09:05\n"), csvOf(map[string]string{"badge": "工号", "time": "时间"}))
	require.Equal(t, domain.NewError(domain.Invalid, "missing_column", "column", "badge", "want", "工号", "line", "1",
		"header", "员工工号 | 姓名 | 时间", "nearest", "员工工号"), err)
	_, err = terminal.Open(strings.NewReader("bagde;tme\n"), csvOf(nil))
	require.Equal(t, domain.NewError(domain.Invalid, "missing_column", "column", "badge", "want", "badge", "line", "1",
		"header", "bagde | tme", "nearest", "bagde"), err)
	_, err = terminal.Open(strings.NewReader("badge,time,time\n"), csvOf(nil))
	require.ErrorIs(t, err, &domain.Error{Code: "ambiguous_column"})
}

func TestCSVTimes(t *testing.T) {
	for text, want := range map[string]string{
		"2026-10-08 09:05:59":           "2026-10-08T09:05:59",
		"2026-10-08T09:05:59.250":       "2026-10-08T09:05:59",
		"2026-10-08 09:05:59+08:00":     "2026-10-08T09:05:59+08:00",
		"2026/10/8 9:05":                "2026-10-08T09:05:00",
		"2026.10.08 9:05":               "2026-10-08T09:05:00",
		"2026年10月8日 09:05":              "2026-10-08T09:05:00",
		"2026年10月8日09时05分":              "2026-10-08T09:05:00",
		"2026年10月8日9时05分30秒":            "2026-10-08T09:05:30",
		"2026-10-08 星期四 09：05":          "2026-10-08T09:05:00",
		"08.10.2026 09:05":              "2026-10-08T09:05:00",
		"2026/10/8 9:05 PM":             "2026-10-08T21:05:00",
		"2026/10/8 下午 9:05":             "2026-10-08T21:05:00",
		"2026/10/8 上午 12:05":            "2026-10-08T00:05:00",
		"2026/10/8 12:05 pm":            "2026-10-08T12:05:00",
		"2026/10/8 下午 14:05":            "2026-10-08T14:05:00",
		"2026/10/8 上午 14:05":            "bad_time",
		"10/08/2026 09:05":              "ambiguous_date",
		"10-08-2026 09:05":              "ambiguous_date",
		"26-10-08 09:05":                "bad_date",
		"2026-13-08 09:05":              "bad_date",
		"2026-02-29 09:05":              "bad_date",
		"2026-10/08 09:05":              "bad_date",
		"2026-10-08":                    "bad_time",
		"2026-10-08 24:00":              "bad_time",
		"2026-10-08 9:5:":               "bad_time",
		"2026-10-08 09:05 maybe":        "bad_time",
		"2026-10-08 09:05:59+8":         "bad_time",
		"yesterday":                     "bad_date",
		"":                              "bad_date",
		"99999999999999999999-01-01 00": "bad_date",
	} {
		t.Run(text, func(t *testing.T) {
			got := read(t, "badge,time\n7,"+text+"\n", csvOf(nil))
			if strings.Contains(want, "T") {
				want = "2 7 " + want + " auto"
			} else {
				want = "2:3 " + want
			}
			require.Equal(t, []string{want}, got)
		})
	}
}

func TestCSVDateOrderIsSaidNeverGuessed(t *testing.T) {
	text := "badge,time\n7,10/08/2026 09:05\n"
	o := csvOf(nil)
	o.DateOrder = "mdy"
	require.Equal(t, []string{"2 7 2026-10-08T09:05:00 auto"}, read(t, text, o))
	o.DateOrder = "dmy"
	require.Equal(t, []string{"2 7 2026-08-10T09:05:00 auto"}, read(t, text, o))
}

func TestCSVDateAndTimeInTwoColumns(t *testing.T) {
	o := csvOf(map[string]string{"badge": "nr", "date": "datum", "time": "zeit", "dir": "art"})
	require.Equal(t, []string{
		"2 7 2026-10-08T09:05:00 in", "3 7 2026-10-08T17:05:00 out", "4:3 bad_date", "5:14 bad_time",
	}, read(t, "Nr;Datum;Zeit;Art\n7;08.10.2026;9:05;Kommen\n7;2026/10/8 0:00;17:05;gehen\n7;8;9:05;Gehen\n7;08.10.2026;25:05;Gehen\n", o))
}

func TestCSVDirections(t *testing.T) {
	o := csvOf(nil)
	o.Directions = map[string]terminal.Direction{"0": terminal.In, "in": terminal.Out}
	text := "badge,time,dir\n"
	for _, word := range []string{"0", "in", "C/Out", "", "退勤", "外出", "1"} {
		text += "7,2026-10-08 09:05," + word + "\n"
	}
	require.Equal(t, []string{
		"2 7 2026-10-08T09:05:00 in", "3 7 2026-10-08T09:05:00 out", "4 7 2026-10-08T09:05:00 out", "5 7 2026-10-08T09:05:00 auto",
		"6 7 2026-10-08T09:05:00 out", "7 7 2026-10-08T09:05:00 break_out", "8:20 unknown_direction",
	}, read(t, text, o))
	o.IgnoreDirection = true
	require.NotContains(t, strings.Join(read(t, text, o), "\n"), "unknown_direction")
}

func TestCSVQuotes(t *testing.T) {
	for name, c := range map[string]struct {
		rows string
		want []string
	}{
		"a doubled quote and a delimiter inside": {
			`7,2026-10-08 09:05,"a ""b"", c"` + "\n",
			[]string{"2 7 2026-10-08T09:05:00 auto"},
		},
		"a field over three lines": {
			"7,2026-10-08 09:05,\"one\ntwo\nthree\"\n8,2026-10-08 09:06,\n",
			[]string{"2 7 2026-10-08T09:05:00 auto", "5 8 2026-10-08T09:06:00 auto"},
		},
		"a quote that never closes spoils one line": {
			"7,2026-10-08 09:05,\"one\n8,2026-10-08 09:06,\n9,2026-10-08 09:07,\n",
			[]string{"2:20 open_quote", "3 8 2026-10-08T09:06:00 auto", "4 9 2026-10-08T09:07:00 auto"},
		},
		"text after a closing quote": {
			"7,2026-10-08 09:05,\"one\"two\n",
			[]string{"2:25 bad_quote"},
		},
		"a quote in the middle is a character":      {"7,2026-10-08 09:05,5\" disk\n", []string{"2 7 2026-10-08T09:05:00 auto"}},
		"zeros guarded from a spreadsheet":          {"=\"007\",2026-10-08 09:05,\n'08,2026-10-08 09:05,\n", []string{"2 007 2026-10-08T09:05:00 auto", "3 08 2026-10-08T09:05:00 auto"}},
		"too few and too many fields":               {"7\n7,2026-10-08 09:05,,x\n", []string{"2:0 too_few_fields", "3:21 too_many_fields"}},
		"no badge":                                  {",2026-10-08 09:05,\n", []string{"2:1 no_badge"}},
		"a badge that is no number of any terminal": {strings.Repeat("9", 65) + ",2026-10-08 09:05,\n", []string{"2:1 bad_badge"}},
		"a clock that was reset":                    {"7,2000-01-01 09:05,\n", []string{"2:3 clock_reset 7 2000-01-01T09:05:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, read(t, "badge,time,note\n"+c.rows, csvOf(nil)))
		})
	}
}

func TestCSVNamesPeopleByID(t *testing.T) {
	require.Equal(t, []string{"2 e1007 2026-10-08T09:05:00 auto"}, read(t, "emp,time\ne1007,2026-10-08 09:05\n", csvOf(nil)))
}
