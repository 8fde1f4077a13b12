package audit

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Facts are none: a read is written down whatever else is known.
type Facts struct{}

// State of a stream is nothing: no read depends on another.
type State struct{}

const maxQuery = 512

// Decide decides a command.
func Decide(_ State, c Command, _ Facts) ([]Event, error) {
	switch c := c.(type) {
	case RecordRead:
		return recordRead(c)
	case RecordTrace:
		return recordTrace(c)
	}
	panic(fmt.Sprintf("audit: no case for %T", c))
}

func recordRead(c RecordRead) ([]Event, error) {
	var is domain.Fields
	is.Document("reader", c.Reader)
	is.Text("query", c.Query, maxQuery)
	is.Code("purpose", c.Purpose)
	is.OptionalCode("case", c.Case)
	is.That(slices.Contains(Classes(), c.Class), "class", "unknown_value")
	is.That(len(c.Subjects) > 0, "subjects", "missing")
	is.That(len(c.Subjects) <= MaxSubjects, "subjects", "too_long")
	for _, emp := range c.Subjects {
		is.ID("subjects", emp)
	}
	is.That(c.Rows >= 0, "rows", "out_of_range")
	if c.ResultHash != "" {
		is.SHA256("result_hash", c.ResultHash)
	}
	is.That(c.At != 0, "at", "missing")
	if is.First != nil {
		return nil, is.First
	}
	c.Subjects = slices.Compact(slices.Sorted(slices.Values(c.Subjects)))
	return []Event{RecordsRead(c)}, nil
}

func recordTrace(c RecordTrace) ([]Event, error) {
	var is domain.Fields
	is.Document("reader", c.Reader)
	is.ID("emp", c.Emp)
	is.Date("date", c.Date)
	is.Code("purpose", c.Purpose)
	is.OptionalCode("case", c.Case)
	is.SHA256("result_hash", c.ResultHash)
	is.That(c.At != 0, "at", "missing")
	if is.First != nil {
		return nil, is.First
	}
	return []Event{TraceServed(c)}, nil
}

// Evolve applies one event.
func Evolve(s State, e Event) State {
	switch e.(type) {
	case RecordsRead, TraceServed:
		return s
	}
	panic(fmt.Sprintf("audit: no case for %T", e))
}
