package terminal_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// hall is a ledger with two people, 42 and 43, each with the badge of that number.
type hall struct {
	t      *testing.T
	store  eventstore.Store
	codec  *eventstore.Codec
	ledger *ledger.Ledger
	vault  *vault.Vault
	random *rand.ChaCha8
	n      int
}

var hr = domain.Actor{Kind: domain.ActorAdmin, ID: "hr"}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t, store: memory.New(), random: rand.NewChaCha8([32]byte{7})}
	h.codec = eventstore.NewCodec(slices.Concat(people.Categories(), place.Categories(), timecard.Categories()),
		slices.Concat(people.Events(), place.Events(), timecard.Events()), nil)
	epoch, err := vault.NewEpochKey(h.random, 1)
	require.NoError(t, err)
	h.vault, err = vault.New(t.Context(), &vault.Memory{}, epoch, vault.Options{Create: true, Rand: h.random, Now: h.now})
	require.NoError(t, err)
	h.open(h.store)
	h.do(people.CreateGroup{Group: "office", Title: "Office"})
	for _, emp := range []string{"e42", "e43"} {
		h.do(people.RegisterEmployee{
			Emp: emp, Name: emp, HiredOn: date(t, "2020-01-01"), Terms: people.Terms{Group: "office", WorkTZ: "Asia/Shanghai"},
		})
		h.badge(emp, emp[1:])
	}
	return h
}

func (h *hall) now() time.Time { return time.Date(2026, 10, 9, 1, 0, 0, 0, time.UTC) }

// open opens the ledger on a store.
func (h *hall) open(store eventstore.Store) {
	h.t.Helper()
	var err error
	h.ledger, err = ledger.Open(h.t.Context(), ledger.Options{
		Store: store, Codec: h.codec, Sealer: h.vault, Now: h.now, Random: rand.NewChaCha8([32]byte{8}),
	})
	require.NoError(h.t, err)
}

func (h *hall) do(c ledger.Command) {
	h.t.Helper()
	h.n++
	_, err := h.ledger.Do(h.t.Context(), ledger.Request{ID: fmt.Sprint("setup", h.n), Command: c, Actor: hr})
	require.NoError(h.t, err, "%T", c)
}

func mac(badge string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(badge))) }

func (h *hall) badge(emp, number string) {
	h.t.Helper()
	h.do(people.AssignBadge{Emp: emp, Badge: number, BadgeMAC: mac(number), From: date(h.t, "2020-01-01")})
}

func date(t testing.TB, s string) domain.Date {
	t.Helper()
	d, err := domain.ParseDate(s)
	require.NoError(t, err)
	return d
}

func (h *hall) importer() *terminal.Importer {
	return &terminal.Importer{
		Ledger: h.ledger, Store: h.store, Codec: h.codec, Open: h.vault.Open, MAC: mac, NewID: uuid.NewString, Now: h.now, Actor: hr, Device: "gate", Zone: "Asia/Shanghai",
		Format: terminal.ATTLOG, FileName: "1_attlog.dat", SHA256: strings.Repeat("ab", 32),
	}
}

func lines(t testing.TB, text string, o terminal.Options) *terminal.Reader {
	t.Helper()
	r, err := terminal.Open(strings.NewReader(text), o)
	require.NoError(t, err)
	return r
}

func (h *hall) run(text string, o terminal.Options) terminal.Report {
	h.t.Helper()
	im := h.importer()
	im.Format = o.Format
	report, err := im.Run(h.t.Context(), lines(h.t, text, o))
	require.NoError(h.t, err)
	total := 0
	for _, n := range report.Counts {
		total += n
	}
	require.Equal(h.t, report.Rows, total, "every row has a verdict: %v", report.Counts)
	return report
}

// stored lists the events of a kind of stream: type, and punch by employee, time and batch line, or what else tells them apart.
func (h *hall) stored(category string) []string {
	h.t.Helper()
	out := []string{}
	for d, err := range h.codec.DecodeAll(h.store.ReadAll(context.Background(), 0)) {
		require.NoError(h.t, err)
		if domain.Category(d.Stream) != category {
			continue
		}
		switch e := d.Event.(type) {
		case timecard.PunchAccepted:
			out = append(out, fmt.Sprintf("%s %s %s %s line %d", d.Type, e.Emp, e.EffectiveAt, e.Dir, e.Line))
		case place.PunchQuarantined:
			out = append(out, fmt.Sprintf("%s %s line %d %s", d.Type, e.ClaimedAt, e.Line, e.Why))
		case place.PunchAttributed:
			out = append(out, d.Type+" "+e.Emp)
		default:
			out = append(out, d.Type)
		}
	}
	return out
}

const day = "" +
	"       42\t2026-10-08 08:58:10\t1\t0\t1\t0\n" +
	"       43\t2026-10-08 08:59:00\t1\t0\t1\t0\n" +
	"       77\t2026-10-08 09:00:00\t1\t0\t1\t0\n" +
	"       42\t2026-10-08 18:01:00\t1\t1\t1\t0\n" +
	"       42\t2026-10-08 18:01:00\t1\t1\t1\t0\n" +
	"       43\t2000-01-01 00:05:00\t1\t1\t1\t0\n" +
	"       43\t2026-13-08 18:00:00\t1\t1\t1\t0\n" +
	"       77\t2026-10-08 18:00:00\t1\t1\t1\t0\n"

var dayCounts = map[string]int{"accepted": 3, "duplicate": 1, "unknown_person": 2, "clock_reset": 1, "bad_row": 1}

func TestImportGivesEveryRowAVerdict(t *testing.T) {
	h := newHall(t)
	r := h.run(day, usb(terminal.LayoutUSB))
	require.Equal(t, 8, r.Rows)
	require.Equal(t, dayCounts, r.Counts)
	require.NotEmpty(t, r.Batch)
	require.Len(t, r.Bad, 1)
	require.Equal(t, []any{7, 11, "bad_date"}, []any{r.Bad[0].Line, r.Bad[0].Column, r.Bad[0].Reason})
	require.Len(t, r.Reset, 1)
	require.Equal(t, 6, r.Reset[0].Line)
	require.ElementsMatch(t, []string{
		"PunchAccepted e42 2026-10-08T00:58:10.000Z in line 1",
		"PunchAccepted e43 2026-10-08T00:59:00.000Z in line 2",
		"PunchAccepted e42 2026-10-08T10:01:00.000Z out line 4",
	}, h.stored("timecard"))
	require.ElementsMatch(t, []string{
		"PunchQuarantined 2026-10-08T09:00:00 line 3 unknown_person",
		"PunchQuarantined 2000-01-01T00:05:00 line 6 clock_reset",
		"PunchQuarantined 2026-10-08T18:00:00 line 8 unknown_person",
		"ImportBatchRecorded",
	}, h.stored("intake"))
}

func TestImportOfTheSameFileAgainAddsNothing(t *testing.T) {
	h := newHall(t)
	h.run(day, usb(terminal.LayoutUSB))
	want := recorded(t, h)
	for _, restart := range []bool{false, true} {
		if restart {
			h.open(h.store)
		}
		r := h.run(day, usb(terminal.LayoutUSB))
		require.Equal(t, map[string]int{"duplicate": 7, "bad_row": 1}, r.Counts)
		require.Empty(t, r.Batch)
		require.Equal(t, want, recorded(t, h))
	}
}

func recorded(t testing.TB, h *hall) int {
	t.Helper()
	n := 0
	for _, err := range h.store.ReadAll(t.Context(), 0) {
		require.NoError(t, err)
		n++
	}
	return n
}

func TestImportDryRunWritesNothing(t *testing.T) {
	h := newHall(t)
	before := recorded(t, h)
	im := h.importer()
	im.DryRun = true
	r, err := im.Run(t.Context(), lines(t, day, usb(terminal.LayoutUSB)))
	require.NoError(t, err)
	require.Equal(t, before, recorded(t, h))
	require.Equal(t, dayCounts, r.Counts, "the same verdicts as the real import")
	require.Equal(t, dayCounts, h.run(day, usb(terminal.LayoutUSB)).Counts)
}

func TestAttributionAfterABadgeWasGiven(t *testing.T) {
	h := newHall(t)
	h.run(day, usb(terminal.LayoutUSB))
	n, err := h.importer().Attribute(t.Context(), mac("77"))
	require.NoError(t, err)
	require.Zero(t, n.Rows, "nobody holds the badge yet")

	h.do(people.RegisterEmployee{
		Emp: "e77", Name: "e77", HiredOn: date(t, "2020-01-01"), Terms: people.Terms{Group: "office", WorkTZ: "Asia/Shanghai"},
	})
	h.badge("e77", "77")
	n, err = h.importer().Attribute(t.Context(), mac("77"))
	require.NoError(t, err)
	require.Equal(t, 2, n.Rows)
	require.Contains(t, h.stored("timecard"), "PunchAccepted e77 2026-10-08T01:00:00.000Z in line 3")
	require.Contains(t, h.stored("timecard"), "PunchAccepted e77 2026-10-08T10:00:00.000Z out line 8")

	want := recorded(t, h)
	n, err = h.importer().Attribute(t.Context(), mac("77"))
	require.NoError(t, err)
	require.Zero(t, n.Rows, "again is nothing")
	require.Equal(t, map[string]int{"duplicate": 7, "bad_row": 1}, h.run(day, usb(terminal.LayoutUSB)).Counts)
	require.Equal(t, want, recorded(t, h))
}

func TestRowsOfAClockThatLostItsTimeAreNotAttributed(t *testing.T) {
	h := newHall(t)
	h.run("       77\t2000-01-01 00:05:00\t1\t1\t1\t0\n", usb(terminal.LayoutUSB))
	h.badge("e42", "77")
	n, err := h.importer().Attribute(t.Context(), mac("77"))
	require.NoError(t, err)
	require.Zero(t, n.Rows)
	require.Empty(t, h.stored("timecard"))
	require.Len(t, h.ledger.Directory().Waiting(mac("77")), 1)
}

func TestClocksThatAreSetBackAndForth(t *testing.T) {
	for _, c := range []struct {
		name, rows string
		want       []string
		reasons    []string
	}{
		{
			"a repeated hour is told apart by the order of the file",
			"42\t2025-10-26 01:50:00\t1\t0\t1\t0\n42\t2025-10-26 02:10:00\t1\t1\t1\t0\n42\t2025-10-26 02:50:00\t1\t0\t1\t0\n" +
				"42\t2025-10-26 02:05:00\t1\t1\t1\t0\n42\t2025-10-26 02:50:30\t1\t0\t1\t0\n42\t2025-10-26 03:10:00\t1\t1\t1\t0\n",
			[]string{
				"2025-10-25T23:50:00.000Z", "2025-10-26T00:10:00.000Z", "2025-10-26T00:50:00.000Z",
				"2025-10-26T01:05:00.000Z", "2025-10-26T01:50:30.000Z", "2025-10-26T02:10:00.000Z",
			},
			nil,
		},
		{
			"in a file by person the hour after another one's day is the first",
			"43\t2025-10-26 18:00:00\t1\t1\t1\t0\n42\t2025-10-26 02:10:00\t1\t0\t1\t0\n",
			[]string{"2025-10-26T17:00:00.000Z", "2025-10-26T00:10:00.000Z"},
			nil,
		},
		{
			"a time that the clock jumped over counts as the jump",
			"42\t2025-03-30 02:30:00\t1\t0\t1\t0\n",
			[]string{"2025-03-30T01:00:00.000Z"},
			[]string{"wall_in_gap"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHall(t)
			im := h.importer()
			im.Zone = "Europe/Berlin"
			_, err := im.Run(t.Context(), lines(t, c.rows, usb(terminal.LayoutUSB)))
			require.NoError(t, err)
			var got []string
			for d, err := range h.codec.DecodeAll(h.store.ReadAll(t.Context(), 0)) {
				require.NoError(t, err)
				if e, ok := d.Event.(timecard.PunchAccepted); ok {
					got = append(got, e.EffectiveAt.String())
					require.Equal(t, c.reasons, e.Reasons)
				}
			}
			require.ElementsMatch(t, c.want, got)
		})
	}
}

// interrupted is a store that fails at one append, once.
type interrupted struct {
	eventstore.Store
	at    atomic.Int64
	after bool // the append is durable, only the answer is lost
}

var errCut = errors.New("the power was cut")

func (s *interrupted) Append(
	ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.Event,
) (eventstore.Place, error) {
	if s.at.Add(-1) != 0 {
		return s.Store.Append(ctx, stream, expected, events...)
	}
	if s.after {
		if _, err := s.Store.Append(ctx, stream, expected, events...); err != nil {
			return eventstore.Place{}, err
		}
	}
	return eventstore.Place{}, errCut
}

func TestAnInterruptedImportIsRunAgain(t *testing.T) {
	var text strings.Builder
	for n := range 700 { // several chunks of one timecard
		fmt.Fprintf(&text, "%d\t2026-10-%02d %02d:%02d:00\t1\t%d\t1\t0\n", []int{42, 43, 77}[n%3], 1+n/40, 7+n%12, n%60, n%2)
	}
	whole := newHall(t)
	want := whole.run(text.String(), usb(terminal.LayoutUSB))
	rows := withoutBatch(whole)
	for at := 1; at <= 4; at++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("at append %d, durable %v", at, after), func(t *testing.T) {
				h := newHall(t)
				s := &interrupted{Store: h.store, after: after}
				s.at.Store(int64(at))
				h.open(s)
				_, err := h.importer().Run(t.Context(), lines(t, text.String(), usb(terminal.LayoutUSB)))
				require.ErrorIs(t, err, errCut)
				h.open(h.store)
				again := h.run(text.String(), usb(terminal.LayoutUSB))
				require.Equal(t, want.Rows, again.Rows)
				require.Equal(t, want.Counts, again.Counts, "the verdicts of the import as a whole")
				require.Equal(t, want.Batch, again.Batch)
				require.ElementsMatch(t, rows, withoutBatch(h))
				require.Contains(t, h.stored("intake"), "ImportBatchRecorded")
				require.Equal(t, map[string]int{"duplicate": want.Rows}, h.run(text.String(), usb(terminal.LayoutUSB)).Counts)
			})
		}
	}
}

func withoutBatch(h *hall) []string {
	return append(h.stored("timecard"), slices.DeleteFunc(h.stored("intake"), func(s string) bool { return s == "ImportBatchRecorded" })...)
}

func TestImportOfEveryFormat(t *testing.T) {
	chinese := "工号,姓名,打卡时间,类型\n42,王小明,2026-10-08 08:58:10,上班\n42,王小明,2026-10-08 18:01:00,下班\n"
	encoded, err := simplifiedchinese.GB18030.NewEncoder().String(chinese)
	require.NoError(t, err)
	columns := map[string]string{"badge": "工号", "name": "姓名", "time": "打卡时间", "dir": "类型"}
	words := map[string]terminal.Direction{"上班": terminal.In, "下班": terminal.Out}
	for _, c := range []struct {
		name, text string
		options    terminal.Options
	}{
		{"csv in GB18030 with Chinese headers", encoded, terminal.Options{Format: terminal.CSV, Columns: columns, Directions: words, Encoding: "gb18030"}},
		{"csv in GB18030 that is found out", encoded, terminal.Options{Format: terminal.CSV, Columns: columns, Directions: words}},
		{"csv in UTF-8 with a mark", "\ufeff" + chinese, terminal.Options{Format: terminal.CSV, Columns: columns, Directions: words}},
		{"attlog as a terminal pushes it", "42\t2026-10-08 08:58:10\t0\t1\t0\t0\n42\t2026-10-08 18:01:00\t1\t1\t0\t0\n", usb(terminal.LayoutPush)},
		{"attlog as it is on a stick", "42\t2026-10-08 08:58:10\t1\t0\t1\t0\n42\t2026-10-08 18:01:00\t1\t1\t1\t0\n", usb(terminal.LayoutUSB)},
		{
			"json lines", `{"badge":"42","at":"2026-10-08T08:58:10","dir":"in"}` + "\n" + `{"badge":"42","at":"2026-10-08T18:01:00","dir":"out"}` + "\n",
			terminal.Options{Format: terminal.JSONL},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHall(t)
			require.Equal(t, map[string]int{"accepted": 2}, h.run(c.text, c.options).Counts)
			got := strings.Join(h.stored("timecard"), "\n")
			require.Contains(t, got, "PunchAccepted e42 2026-10-08T00:58:10.000Z in")
			require.Contains(t, got, "PunchAccepted e42 2026-10-08T10:01:00.000Z out")
			require.Equal(t, map[string]int{"duplicate": 2}, h.run(c.text, c.options).Counts)
		})
	}
}

func TestPeopleThatAFileNamesAndNobodyKnowsWait(t *testing.T) {
	h := newHall(t)
	o := terminal.Options{Format: terminal.JSONL}
	text := `{"emp":"e42","at":"2026-10-08T08:58:10+08:00","dir":"in"}` + "\n" + `{"emp":"e99","at":"2026-10-08T08:58:10+08:00","dir":"in"}` + "\n"
	require.Equal(t, map[string]int{"accepted": 1, "unknown_person": 1}, h.run(text, o).Counts)
	require.Len(t, h.ledger.Directory().Waiting(mac("e99")), 1)
	require.Equal(t, map[string]int{"duplicate": 2}, h.run(text, o).Counts)
}

func TestTimeZonesAndDevicesOfAnImportAreChecked(t *testing.T) {
	h := newHall(t)
	im := h.importer()
	im.Zone = "Asia/Atlantis"
	_, err := im.Run(t.Context(), lines(t, day, usb(terminal.LayoutUSB)))
	require.Error(t, err)
	require.Empty(t, h.stored("timecard"))
}
