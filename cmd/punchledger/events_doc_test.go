package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

var update = flag.Bool("update", false, "write golden files and generated docs instead of comparing them")

// eventPackage is a package that owns streams.
type eventPackage struct {
	name       string // the folder below domain
	categories []string
	events     []domain.Event
	upcasters  []domain.Upcaster
}

// schema returns the current schema of an event of p.
func (p eventPackage) schema(e domain.Event) int {
	n := 1
	for _, u := range p.upcasters {
		if u.Type == e.EventType() {
			n = max(n, u.From+1)
		}
	}
	return n
}

// eventPackages are in the order in which docs/events.md shows them.
func eventPackages() []eventPackage {
	return []eventPackage{
		{"people", people.Categories(), people.Events(), people.Upcasters()},
		{"access", access.Categories(), access.Events(), access.Upcasters()},
		{"schedule", schedule.Categories(), schedule.Events(), schedule.Upcasters()},
		{"ruleset", ruleset.Categories(), ruleset.Events(), ruleset.Upcasters()},
		{"place", place.Categories(), place.Events(), place.Upcasters()},
		{"timecard", timecard.Categories(), timecard.Events(), timecard.Upcasters()},
		{"request", request.Categories(), request.Events(), request.Upcasters()},
		{"whatif", whatif.Categories(), whatif.Events(), whatif.Upcasters()},
		{"zone", zone.Categories(), zone.Events(), zone.Upcasters()},
	}
}

// streamNames say how the streams of a category are named and what one of them holds.
var streamNames = map[string]struct{ name, holds string }{
	"org":      {"org-main", "The ledger itself and the organisation that keeps it."},
	"employer": {"employer-{employer}", "A legal entity that employs people."},
	"employee": {"employee-{emp}", "One employee: employment, dated terms, badges, consents, wages."},
	"group":    {"group-{group}", "An attendance group (考勤组) and the rulesets it follows."},
	"grant":    {"grant-{principal}", "What one principal, an employee or somebody from outside, may do: grants, and by what they prove who they are."},
	"ruleset":  {"ruleset-{id}", "A rules document and its versions."},
	"calendar": {"calendar-{id}", "The years of a jurisdiction's calendar."},
	"roster":   {"roster-{emp}-{yyyymm}", "Who works which shift: one employee and month."},
	"clock":    {"clock-{zone}-{yyyy}", "Which dates are over in a time zone; the name has lower case, `.` for `/`, `.p` for `+` and `.m` for `-`, as in `clock-asia.shanghai-2026`."},
	"site":     {"site-{id}", "A place of work."},
	"device":   {"device-{id}", "A terminal, phone, page, kiosk or import that punches come from."},
	"intake":   {"intake-{device}-{yyyymmdd}", "What a device brought on a day (UTC) beside punches: batches, and punches that wait for a person."},
	"timecard": {"timecard-{emp}-{yyyymm}", "Punches of one employee and month and what later happened to them; credits, waivers, attestations. " +
		"The month is the UTC month of the punch's first effective time, or the month of the date that an event is about."},
	"request": {"request-{emp}-{yyyy}", "Requests of one employee and year."},
	"replay":  {"replay-{id}", "One what-if: the question, the hash of the answer, and what became of it."},
	"engine":  {"engine-main", "Releases of the program that evaluates, and the time zone data it uses."},
}

// TestEventsDoc compares docs/events.md with the event types of the code; with -update it writes the file.
func TestEventsDoc(t *testing.T) {
	got := eventsDoc(t)
	path := filepath.Join("..", "..", "docs", "events.md")
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "write it with: make docs")
	if line := firstDifference(want, got); line > 0 {
		require.Fail(t, "docs/events.md is not what the code says", "first difference in line %d; write it anew with: make docs", line)
	}
}

// firstDifference returns the first line in which a and b differ, or 0.
func firstDifference(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 0
	}
	la, lb := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(la), len(lb)) {
		if !bytes.Equal(la[i], lb[i]) {
			return i + 1
		}
	}
	return min(len(la), len(lb)) + 1
}

const eventsIntro = `# Events

Every fact of the ledger is one of these events; everything else is computed from them. This page is written from the code by
` + "`make docs`" + `, and a test compares the two. Events are never edited and never leave: a type keeps its name for ever, a new shape of its
data gets the next schema number and an upcaster from the one before.

## Around every event

An event is stored with the name of its **stream**, its **revision** there (from 1), its **event id**, its **type**, its **metadata** and its **data**.
The event id is a UUIDv5 of stream, command id and ordinal, so that a repeated command writes the same ids. Together these bytes make
the **commitment** of the event ([ADR 0005](adr/0005-commitment.md)). The **position** is the dense number of the event among all events of the ledger, from 1.

`

const eventsReading = `
## How to read the tables

| type | in JSON |
|---|---|
| text | a string |
| date | ` + "`\"2026-10-24\"`" + `: a civil date without zone |
| instant | ` + "`\"2026-10-24T19:50:00.000Z\"`" + `: UTC with milliseconds |
| seconds, milliseconds, metres, whole number | an integer; there are no fractions |
| sealed | an object: ` + "`class`" + ` of evidence, ` + "`key`" + ` (its id), ` + "`key_commitment`" + ` and ` + "`box`" + ` (nonce and AES-256-GCM ciphertext), the last two in base64. The clear text is never in the log ([ADR 0006](adr/0006-secrets.md)) |

Optional fields are left out where there is nothing to say. Fields that a reader does not know are kept in the log and ignored.
`

// eventsDoc returns the page.
func eventsDoc(t *testing.T) []byte {
	t.Helper()
	src := readComments(t)
	var b bytes.Buffer
	b.WriteString(eventsIntro)
	fmt.Fprintf(&b, "%s\n\n", src.of(eventstore.Metadata{}).doc)
	src.table(t, &b, eventstore.Metadata{}, nil)
	b.WriteString(eventsReading)
	unused := map[string]bool{}
	for category := range streamNames {
		unused[category] = true
	}
	schemas := map[string]int{}
	for _, p := range eventPackages() {
		for _, e := range p.events {
			schemas[e.EventType()] = p.schema(e)
		}
		b.WriteString(packageDoc(t, src, p, unused))
	}
	require.Equal(t, ledger.NewCodec().Types(), schemas, "eventPackages has the events of the codec")
	require.Empty(t, unused, "streamNames describes categories that do not exist")
	return b.Bytes()
}

// packageDoc returns the categories of a package with their events.
func packageDoc(t *testing.T, src *comments, p eventPackage, unused map[string]bool) string {
	t.Helper()
	var b bytes.Buffer
	shown := 0
	for _, category := range p.categories {
		stream, ok := streamNames[category]
		require.True(t, ok, "streamNames says nothing of category %s", category)
		delete(unused, category)
		fmt.Fprintf(&b, "\n## %s\n\nStream: `%s`. %s\n", category, stream.name, stream.holds)
		for _, e := range p.events {
			if slices.Contains(src.categoriesOf(e), category) {
				eventDoc(t, src, &b, p, e)
				shown++
			}
		}
	}
	require.GreaterOrEqual(t, shown, len(p.events), "an event of %s has no marker method such as employeeEvent that names its category", p.name)
	return b.String()
}

// eventDoc writes one event: what it says, its fields, an example.
func eventDoc(t *testing.T, src *comments, b *bytes.Buffer, p eventPackage, e domain.Event) {
	t.Helper()
	schema := p.schema(e)
	fixture := filepath.Join("..", "..", "domain", p.name, "testdata", "events", fmt.Sprintf("%s.%d.json", e.EventType(), schema))
	example, err := os.ReadFile(fixture)
	require.NoError(t, err, "every event has a released example")
	doc := src.of(e).doc
	require.NotEmpty(t, doc, "%s has no comment for docs/events.md", e.EventType())
	fmt.Fprintf(b, "\n### %s\n\n%s Schema %d.\n\n", e.EventType(), doc, schema)
	var parsed any
	require.NoError(t, json.Unmarshal(example, &parsed), fixture)
	src.table(t, b, e, parsed)
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, bytes.TrimSpace(example), "", "  "))
	fmt.Fprintf(b, "\n```json\n%s\n```\n", strings.TrimSpace(pretty.String()))
}
