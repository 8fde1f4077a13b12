package report

import "github.com/punchledger/punchledger/domain/whatif"

// Teller tells both computations of a day in the reader's language, line by line. It is asked only for days that have them.
type Teller func(of *whatif.Document, day *whatif.DayChange) []Line

// Line is one of them.
type Line struct {
	Kind  Kind
	Cells []string
}

// Kind is how a line is shown, and what its cells are.
type Kind string

// The kinds of lines.
const (
	Text    Kind = "text"
	Heading Kind = "heading"
	Stage   Kind = "stage" // number, name, how the sides compare
	Sides   Kind = "sides" // what each side says
	Row     Kind = "row"   // pay code, before, after, difference
)

// told are the lines of a day, none where the report does not have them.
func (p *Page) told(d *whatif.Document, c *whatif.DayChange) []Line {
	if p.Tell == nil || c.Traces == nil {
		return nil
	}
	return p.Tell(d, c)
}

// traced counts the listed days with both computations.
func traced(d *whatif.Document) (n int) {
	for i := range d.Days {
		if d.Days[i].Traces != nil {
			n++
		}
	}
	return n
}
