package terminal

import (
	"fmt"
	"io"
	"iter"

	"github.com/punchledger/punchledger/domain"
)

// Formats that can be read.
const (
	ATTLOG = "attlog"
	CSV    = "csv"
	JSONL  = "jsonl"
)

// Layouts of attlog files. A USB dump has the terminal's number before the state, a push body has not.
const (
	LayoutUSB  = "usb"
	LayoutPush = "push"
	LayoutAuto = "auto"
)

// Options say how to read a file. The zero value of each field is its default.
type Options struct {
	Format          string // attlog, csv or jsonl
	FileName        string // evidence for the layout of an attlog file, and nothing else
	Layout          string // attlog: usb, push or auto (default)
	IgnoreDirection bool   // every line becomes Auto: for terminals whose state key nobody presses
	MinDate         string // times before it are clock_reset; default 2005-01-01, "none" for no floor

	Columns    map[string]string    // csv: our column (badge, emp, time, date, dir, name, ref, work_code, note) to the file's
	Delimiter  rune                 // csv: one of , ; tab; 0 finds out
	Encoding   string               // csv: utf-8 or gb18030; empty finds out
	DateOrder  string               // csv: mdy or dmy, for dates such as 10/08/2026, which are refused without it
	Directions map[string]Direction // csv: words of the dir column beyond the known ones
}

// DefaultMinDate is the floor under which a terminal's clock is taken to have been reset: no terminal read here is older.
const DefaultMinDate = "2005-01-01"

// Finding is something that was found out about a file, to be told to the person who imports it. The texts are under found.
type Finding struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

func finding(code string, args ...string) Finding {
	f := Finding{Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if f.Args == nil {
			f.Args = map[string]string{}
		}
		f.Args[args[i]] = args[i+1]
	}
	return f
}

// Reader yields the lines of one file.
type Reader struct {
	src   *source
	parse func(rawLine, func(Line, *Bad) bool) bool
	found []Finding
}

// Open looks at the whole of r where that is needed to tell how to read it, goes back to its start and returns a Reader.
// A *domain.Error says what of the file or the options is in the way, and which option settles it.
func Open(r io.ReadSeeker, o Options) (*Reader, error) {
	c, err := o.common()
	if err != nil {
		return nil, err
	}
	if err := refuseUTF16(r); err != nil {
		return nil, err
	}
	if err := refuseEndless(r); err != nil {
		return nil, err
	}
	switch o.Format {
	case ATTLOG:
		return openATTLOG(r, o, c)
	case CSV:
		return openCSV(r, o, c)
	case JSONL:
		p := jsonl{common: c}
		return &Reader{src: newSource(r, utf8Encoding()), parse: p.parse}, nil
	}
	return nil, domain.NewError(domain.Invalid, "unknown_format", "format", o.Format, "want", "attlog, csv, jsonl")
}

// Found returns what was found out about the file.
func (r *Reader) Found() []Finding { return r.found }

// Lines yields every line that is not empty, in order and once: a Line, or a Bad that says why not. Where Bad.Held, the Line is
// there as well.
func (r *Reader) Lines() iter.Seq2[Line, *Bad] {
	return func(yield func(Line, *Bad) bool) {
		for {
			raw, ok := r.src.next()
			if !ok {
				return
			}
			if raw.bad != nil {
				if !yield(Line{}, raw.bad) {
					return
				}
				continue
			}
			if !r.parse(raw, yield) {
				return
			}
		}
	}
}

// Err returns the error of the underlying reader that ended Lines, if any.
func (r *Reader) Err() error {
	if r.src.err == nil {
		return nil
	}
	return fmt.Errorf("read line %d: %w", r.src.split.number+1, r.src.err)
}

// common is what the formats share.
type common struct {
	minDate   string
	ignoreDir bool
}

func (o Options) common() (common, error) {
	c := common{minDate: o.MinDate, ignoreDir: o.IgnoreDirection}
	switch c.minDate {
	case "":
		c.minDate = DefaultMinDate
	case "none":
		c.minDate = ""
	default:
		if _, err := domain.ParseDate(c.minDate); err != nil {
			return c, badOption("min-date", o.MinDate, "2005-01-01")
		}
	}
	return c, nil
}

// finish applies what holds for every format: unread directions and clocks that were reset.
func (c common) finish(raw rawLine, l Line, timeColumn int) (Line, *Bad) {
	l.Number = raw.number
	if l.Raw == "" {
		l.Raw = raw.text
	}
	if l.Dir == "" || c.ignoreDir {
		l.Dir = Auto
	}
	if l.Wall < c.minDate {
		return l, newBad(raw, timeColumn, ReasonClockReset, "at", l.Wall, "floor", c.minDate)
	}
	return l, nil
}

func badOption(option, value, want string) error {
	return domain.NewError(domain.Invalid, "bad_option", "option", option, "value", value, "want", want)
}
