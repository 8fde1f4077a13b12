package audit_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/audit"
	"github.com/punchledger/punchledger/domain/decidertest"
)

const noon = domain.Instant(1_792_324_800_000)

func TestDecide(t *testing.T) {
	read := audit.RecordRead{
		Reader: "hr-2", Query: "evidence get x", Purpose: "request_review", Subjects: []string{"e2", "e1", "e2"}, Class: audit.Evidence, Rows: 1, At: noon,
	}
	sorted := read
	sorted.Subjects = []string{"e1", "e2"}
	trace := audit.RecordTrace{
		Reader: "hr-2", Emp: "e1", Date: domain.NewDate(2026, 10, 18), Purpose: "audit", ResultHash: strings.Repeat("a", 64), At: noon,
	}
	change := func(f func(*audit.RecordRead)) audit.RecordRead {
		c := read
		c.Subjects = slices.Clone(c.Subjects)
		f(&c)
		return c
	}
	decidertest.Run(t, audit.Decide, audit.Evolve, []decidertest.Case[audit.Command, audit.Facts, audit.Event]{
		{Name: "a read names each person once", When: read, Then: []audit.Event{audit.RecordsRead(sorted)}},
		{Name: "a trace is written down", When: trace, Then: []audit.Event{audit.TraceServed(trace)}},
		{Name: "a read says whose data it was", When: change(func(c *audit.RecordRead) { c.Subjects = nil }), Err: "invalid_field"},
		{Name: "a read says why", When: change(func(c *audit.RecordRead) { c.Purpose = "" }), Err: "invalid_field"},
		{Name: "a purpose is a code", When: change(func(c *audit.RecordRead) { c.Purpose = "Ann Li is late" }), Err: "invalid_field"},
		{Name: "an event names so many people", When: change(func(c *audit.RecordRead) { c.Subjects = slices.Repeat([]string{"e1"}, audit.MaxSubjects+1) }), Err: "invalid_field"},
		{Name: "the class is known", When: change(func(c *audit.RecordRead) { c.Class = "everything" }), Err: "invalid_field"},
		{Name: "a trace names the result", When: audit.RecordTrace{Reader: "hr-2", Emp: "e1", Date: trace.Date, Purpose: "audit", At: noon}, Err: "invalid_field"},
	})
	require.Equal(t, "audit-hr-2-202610", read.Stream())
}

func TestFixtures(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), audit.Events())
}
