package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// output is a file that appears when it is complete, in the place of one of its name. A nil output is none.
type output struct {
	f    *os.File
	path string
}

// newOutput begins a file that the user names; without a name there is none. A place that cannot be written is refused at once.
func (c *console) newOutput(name string) (*output, error) {
	if name == "" {
		return nil, nil
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Dir, path)
	}
	if err := regular(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".punchledger-*")
	if err != nil {
		return nil, fileError(err, path)
	}
	return &output{f, path}, nil
}

// fileError lets an error about a file of ours name the one that was asked for.
func fileError(err error, path string) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return &os.PathError{Op: e.Op, Path: path, Err: e.Err}
	}
	return err
}

// write puts the content where it was asked for.
func (o *output) write(data []byte) error {
	if _, err := o.f.Write(data); err != nil {
		return fileError(err, o.path)
	}
	return o.finish()
}

func (o *output) finish() error {
	if err := o.f.Close(); err != nil {
		return fileError(err, o.path)
	}
	if err := os.Rename(o.f.Name(), o.path); err != nil {
		return fmt.Errorf("put %s in its place: %w", o.path, err)
	}
	return nil
}

// discard removes what was not finished.
func (o *output) discard() {
	if o != nil {
		_ = o.f.Close()
		_ = os.Remove(o.f.Name()) // gone when it was finished
	}
}

// givenDay is a day in a file. Rows that are there and empty say that the day pays nothing.
type givenDay struct {
	whatif.Figures
	Rows map[string]whatif.Quantity `json:"rows"`
}

// dayFiles are the files of days of a replay: those that it is compared with, and those that it writes.
type dayFiles struct {
	against *dayFile
	out     *output
	buf     *bufio.Writer
}

// days opens the files of days and lets the question use them.
func (r *replaying) days(q *evaluate.Question) (d *dayFiles, err error) {
	d = &dayFiles{}
	if r.cmd.Against != "" {
		if d.against, err = r.c.openDays(r.cmd.Against, r.v.names.known); err != nil {
			return nil, err
		}
		q.Against = d.against.days
	}
	if r.cmd.DaysOut == "" {
		return d, nil
	}
	if d.out, err = r.c.newOutput(r.cmd.DaysOut); err != nil {
		d.close()
		return nil, err
	}
	d.buf = bufio.NewWriter(d.out.f)
	q.Given = func(_ string, days []whatif.Figures) error {
		for i := range days {
			if err := printJSONLine(d.buf, givenDay{days[i], days[i].Rows}); err != nil {
				return err
			}
		}
		return nil
	}
	return d, nil
}

// finish writes what is left.
func (d *dayFiles) finish() error {
	if d.out == nil {
		return nil
	}
	if err := d.buf.Flush(); err != nil {
		return fileError(err, d.out.path)
	}
	return d.out.finish()
}

func (d *dayFiles) close() {
	d.out.discard()
	if d.against != nil {
		_ = d.against.f.Close()
	}
}

// dayFile is a file of days that another build wrote: a line for each, those of an employee together and by date.
type dayFile struct {
	f      *os.File
	name   string
	sum    string // SHA-256 of the file
	places map[string]extent
}

// extent is where the lines of an employee lie.
type extent struct {
	from, to int64
	line     int // number of the first
}

// longestDay is how long the line of a day may be.
const longestDay = 4 << 20

// openDays reads a file once, to know where the lines of each employee are and that they can be compared.
func (c *console) openDays(name string, known func(employee string) bool) (_ *dayFile, err error) {
	f, err := c.open(name)
	if err != nil {
		return nil, err
	}
	d := &dayFile{f: f, name: name, places: map[string]extent{}}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	sum := sha256.New()
	lines := bufio.NewScanner(io.TeeReader(f, sum))
	lines.Buffer(make([]byte, 64<<10), longestDay)
	var last givenDay
	var at int64
	n := 0
	for lines.Scan() {
		n++
		begin := at
		at += int64(len(lines.Bytes())) + 1
		day, err := d.read(lines.Bytes(), n)
		if err != nil {
			return nil, err
		}
		here, seen := d.places[day.Emp]
		switch {
		case !known(day.Emp):
			return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", day.Emp, "file", name, "line", strconv.Itoa(n))
		case seen && (last.Emp != day.Emp || last.Date >= day.Date):
			return nil, d.bad(n, "not_in_order")
		case !seen:
			here = extent{begin, begin, n}
		}
		here.to = at
		d.places[day.Emp], last = here, day
	}
	if err := lines.Err(); err != nil {
		return nil, d.bad(n+1, "too_long")
	}
	if n == 0 {
		return nil, d.bad(1, "missing")
	}
	if _, err := io.Copy(sum, f); err != nil {
		return nil, err
	}
	d.sum = hex.EncodeToString(sum.Sum(nil))
	return d, nil
}

func (d *dayFile) bad(line int, problem string) error {
	return domain.NewError(domain.Invalid, "days_unreadable", "file", d.name, "line", strconv.Itoa(line), "problem", problem)
}

func (d *dayFile) read(line []byte, n int) (out givenDay, err error) {
	if err := json.Unmarshal(line, &out); err != nil {
		return out, d.bad(n, "not_a_day")
	}
	out.Figures.Rows = out.Rows
	if out.Emp == "" || out.Date == 0 || out.Rows == nil && out.ResultHash == "" {
		return out, d.bad(n, "not_a_day")
	}
	return out, nil
}

// days are those of an employee. It may be called by several goroutines at once.
func (d *dayFile) days(employee string) ([]whatif.Day, error) {
	here := d.places[employee]
	data := make([]byte, here.to-here.from)
	if n, err := d.f.ReadAt(data, here.from); err != nil && (!errors.Is(err, io.EOF) || int64(n) < here.to-here.from-1) { // the last line may lack its end
		return nil, fmt.Errorf("read %s: %w", d.name, err)
	}
	var out []whatif.Day
	for line := range bytes.Lines(data) {
		f, err := d.read(bytes.TrimRight(line, "\x00\n"), here.line+len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, whatif.DayOf(&f.Figures))
	}
	return out, nil
}
