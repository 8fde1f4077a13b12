// Package report writes what-ifs as one page that a person can read: self-contained, without scripts and without any request, with
// its charts inside, for narrow and wide screens, dark and light, and paper.
//
// It shows what a report holds and computes no figure of its own; people are named by their ids alone, as the report names them.
package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/whatif"
)

// Page is what is to be written: one replay, or several candidates tried over the same dates.
type Page struct {
	Text    *text.Catalogue
	Replays []whatif.Document // each with its header
	Tell    Teller            // may be nil, and then no day opens
}

//go:embed page.html
var pageHTML string

//go:embed style.css
var style string

var page = template.Must(template.New("page").Parse(pageHTML))

// Write writes the page. The same replays in the same language give the same bytes.
func Write(w io.Writer, p Page) error {
	if err := page.Execute(w, pageOf(p)); err != nil {
		return fmt.Errorf("write the report as a page: %w", err)
	}
	return nil
}

// Compared are what several candidates come to, side by side: a line for each measure, with a value for each candidate, as a table on
// the command line has them.
func Compared(t *text.Catalogue, replays []whatif.Document) []Measure {
	return measures(words{t}, replays, domain.Seconds.HM)
}

// Measure is one line of a comparison.
type Measure struct {
	What   string
	Values []string
	Hash   bool // the values are hashes, which are long
}
