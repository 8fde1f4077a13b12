package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/punchledger/punchledger/adapters/spreadsheet"
	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
)

// listFlags say how to read a list of people or badges.
type listFlags struct {
	Sheet     string            `help:"xlsx: the sheet; the first one when left out."`
	Columns   map[string]string `help:"Our column=the list's, such as badge=卡号;group=班组." placeholder:"OURS=THEIRS"`
	Delimiter string            `help:"csv: , ; or tab; found out when left out."`
	Encoding  string            `enum:",utf-8,gb18030" default:"" help:"csv: utf-8 or gb18030; found out when left out."`
	DateOrder string            `enum:",mdy,dmy" default:"" help:"Order of dates such as 10/08/2026."`
}

// peopleColumns are our columns, in the order in which they are shown.
var peopleColumns = []string{"id", "name", "group", "hired", "last_day", "badge", "device", "tz", "site", "staff_no", "tags", "from"}

// peopleNames are what lists call them, the most telling first: 工号 is the badge where a list has no other number for it, else the staff number.
var peopleNames = map[string][]string{
	"id":       {"employee", "emp", "employee_id", "人员编号", "系统编号", "员工ID"},
	"name":     {"full name", "employee name", "姓名", "员工姓名", "名字"},
	"group":    {"attendance group", "考勤组", "班组"},
	"hired":    {"hired_on", "hire date", "start date", "入职日期", "入职时间", "入职日", "到职日期"},
	"last_day": {"last day", "leaving date", "离职日期", "最后工作日"},
	"badge":    {"badge number", "card", "pin", "卡号", "考勤号", "考勤号码", "登记号码", "工号"},
	"device":   {"clock", "terminal", "设备", "考勤机"},
	"tz":       {"zone", "timezone", "time zone", "时区"},
	"site":     {"place", "地点", "工作地点", "办公地点"},
	"staff_no": {"staff number", "employee number", "员工编号", "员工工号", "人事编号", "工号"},
	"tags":     {"标签"},
	"from":     {"effective", "effective date", "valid from", "生效日期", "启用日期"},
}

// maxList is how many bytes a list of people may have: some 500,000 lines.
const maxList = 64 << 20

// open opens a CSV or XLSX file as a table. A spreadsheet is told by its first bytes, whatever it is called.
func (l listFlags) open(c *console, file string, needed ...[]string) (*terminal.Table, error) {
	data, err := c.read(file, maxList)
	if err != nil {
		return nil, err
	}
	if len(data) > maxList {
		return nil, domain.NewError(domain.Invalid, "list_too_large", "file", file, "limit", fmt.Sprint(maxList>>20))
	}
	var r io.ReadSeeker = bytes.NewReader(data)
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		if r, err = spreadsheet.CSV(bytes.NewReader(data), l.Sheet); err != nil {
			return nil, err
		}
	} else if l.Sheet != "" || strings.EqualFold(filepath.Ext(file), ".xls") {
		return nil, domain.NewError(domain.Invalid, "bad_spreadsheet", "problem", "not XLSX")
	}
	o := terminal.TableOptions{Encoding: l.Encoding, Columns: l.Columns, Names: peopleNames, Order: peopleColumns, Needed: needed}
	if l.Delimiter != "" {
		if o.Delimiter = []rune(l.Delimiter)[0]; l.Delimiter == "tab" || l.Delimiter == `\t` {
			o.Delimiter = '\t'
		}
	}
	t, err := terminal.OpenTable(r, o)
	if err != nil {
		return nil, err
	}
	for _, f := range t.Found {
		c.say("found."+f.Code, pairsOf(f.Args)...)
	}
	return t, nil
}

func pairsOf(args map[string]string) []string {
	out := make([]string, 0, 2*len(args))
	for k, v := range args {
		out = append(out, k, v)
	}
	return out
}

// dateIn reads a date of a row; Bad says where it could not be read.
func (l listFlags) dateIn(row terminal.TableRow, column string) (domain.Date, *terminal.Bad) {
	v, ok := row.Values[column]
	if !ok {
		return 0, nil
	}
	d, reason := terminal.ParseTableDate(v, l.DateOrder)
	if reason != "" {
		return 0, &terminal.Bad{Line: row.Line, Column: row.At[column], Reason: reason, Args: map[string]string{"value": v}, Raw: row.Raw}
	}
	return d, nil
}
