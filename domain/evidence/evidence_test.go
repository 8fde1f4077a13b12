package evidence_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/evidence"
)

const noon = domain.Instant(1_792_324_800_000) // 2026-10-18T12:00:00Z

func photo(id string, change ...func(*evidence.StoreEvidence)) evidence.StoreEvidence {
	c := evidence.StoreEvidence{
		Evidence: id, Emp: "e1", SHA256: strings.Repeat("a", 64), MIME: evidence.JPEG, Bytes: 1000, Width: 4, Height: 3, ReceivedAt: noon,
		Ref: evidence.Place{Original: strings.Repeat("b", 64)}.Seal(),
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func TestDecide(t *testing.T) {
	known := evidence.Facts{EmployeeKnown: true}
	var full, heavy []evidence.Event
	for i := range evidence.MaxDayFiles {
		full = append(full, evidence.EvidenceStored(photo("f"+strings.Repeat("x", i))))
	}
	for i := range 10 {
		heavy = append(heavy, evidence.EvidenceStored(photo("h"+strings.Repeat("x", i), func(c *evidence.StoreEvidence) { c.Bytes = evidence.MaxBytes })))
	}
	tomorrow := photo("n", func(c *evidence.StoreEvidence) { c.ReceivedAt += domain.Day.Instant() })
	decidertest.Run(t, evidence.Decide, evidence.Evolve, []decidertest.Case[evidence.Command, evidence.Facts, evidence.Event]{
		{Name: "a photo is stored", When: photo("n"), Facts: known, Then: []evidence.Event{evidence.EvidenceStored(photo("n"))}},
		{Name: "evidence is about somebody", When: photo("n"), Err: "unknown_employee"},
		{Name: "an id is used once", Given: full[:1], When: photo("f"), Facts: known, Err: "evidence_exists"},
		{Name: "a day has so many files", Given: full, When: photo("n"), Facts: known, Err: "evidence_quota"},
		{Name: "a day has so many bytes", Given: heavy, When: photo("n"), Facts: known, Err: "evidence_quota"},
		{Name: "the next day is another one", Given: full, When: tomorrow, Facts: known, Then: []evidence.Event{evidence.EvidenceStored(tomorrow)}},
	})
	for name, f := range map[string]func(*evidence.StoreEvidence){
		"no hash":               func(c *evidence.StoreEvidence) { c.SHA256 = "" },
		"a kind that is served": func(c *evidence.StoreEvidence) { c.MIME = "text/html" },
		"no bytes":              func(c *evidence.StoreEvidence) { c.Bytes = 0 },
		"too many bytes":        func(c *evidence.StoreEvidence) { c.Bytes = evidence.MaxBytes + 1 },
		"no place":              func(c *evidence.StoreEvidence) { c.Ref = domain.Secret{} },
		"a place in the clear":  func(c *evidence.StoreEvidence) { c.Ref = domain.NewSecret(domain.ClassText, "x") },
	} {
		_, err := evidence.Decide(evidence.State{}, photo("n", f), known)
		require.Equal(t, "invalid_field", decidertest.Code(err), name)
	}
}

func TestReference(t *testing.T) {
	for _, r := range []evidence.Reference{{"e1", "202610", "abc"}, {"ann.li.7", "202610", "abc"}} {
		got, err := evidence.ParseReference(r.String())
		require.NoError(t, err)
		require.Equal(t, r, got)
	}
	for _, s := range []string{"", "e1", "e1.202610", "e1.2026.abc", "e1.202610.", ".202610.abc", "e-1.202610.abc", "../x.202610.abc"} {
		_, err := evidence.ParseReference(s)
		require.Equal(t, "unknown_evidence", decidertest.Code(err), s)
	}
}

func TestPlace(t *testing.T) {
	p := evidence.Place{Evidence: "e1.202610.abc", Original: "aa", Shown: "bb", ShownMIME: evidence.PNG}
	got, err := evidence.ParsePlace(p.Seal().Clear)
	require.NoError(t, err)
	require.Equal(t, p, got)
	_, err = evidence.ParsePlace([]byte("{}"))
	require.Error(t, err)
}

func TestFixtures(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), evidence.Events())
}
