package whatif

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Document is a replay as it is handed out. The report's members stand beside the others; report_hash covers the report alone, so
// that the same answer has the same hash whoever asked, in whatever words.
type Document struct {
	Replay     string  `json:"replay,omitempty"` // of one that was recorded
	ReportHash string  `json:"report_hash"`
	Collective bool    `json:"collective,omitempty"` // only what concerns five people or more was kept; the hash is that of the whole
	Header     *Header `json:"header,omitempty"`
	Report
}

// Header says what was asked, what each side was computed with, and how to ask again.
type Header struct {
	Engine     string      `json:"engine"` // build that evaluated
	AsOf       uint64      `json:"as_of"`  // position that was known
	From       domain.Date `json:"from"`
	To         domain.Date `json:"to,omitzero"` // included; up to now when it is missing
	Population Population  `json:"population"`
	Intake     Intake      `json:"intake,omitempty"` // rejudge, or nothing for keep
	Before     []Pin       `json:"before"`
	After      []Pin       `json:"after"`
	// Candidate is what was tried, in the words of whoever asked: the name of a document, of a year of a calendar and so on.
	Candidate string `json:"candidate,omitempty"`
	// Rerun is the command line that asks the same again.
	Rerun []string `json:"rerun,omitempty"`
	// Titles are those of pay codes, by code.
	Titles map[string]ruleset.Text `json:"titles,omitempty"`
}

// Pin names one thing that a side was computed with: a version of rules, a year of a calendar, zone data, or a file of days.
type Pin struct {
	Kind    string `json:"kind"` // rules, calendar, zones, days
	ID      string `json:"id"`
	Version int    `json:"version,omitempty"`
	Year    int    `json:"year,omitempty"`
	Hash    string `json:"hash"`
}
