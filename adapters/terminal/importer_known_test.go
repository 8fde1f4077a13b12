package terminal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/timecard"
)

// with runs an importer that is changed before.
func (h *hall) with(text string, o terminal.Options, change func(*terminal.Importer)) (terminal.Report, error) {
	h.t.Helper()
	im := h.importer()
	im.Format = o.Format
	change(im)
	return im.Run(h.t.Context(), lines(h.t, text, o))
}

func eventsOf[E domain.Event](h *hall) []E {
	h.t.Helper()
	var out []E
	for d, err := range h.codec.DecodeAll(h.store.ReadAll(h.t.Context(), 0)) {
		require.NoError(h.t, err)
		if e, ok := d.Event.(E); ok {
			out = append(out, e)
		}
	}
	return out
}

func TestARowThatIsReadInAnotherWayIsAConflict(t *testing.T) {
	jsonl := terminal.Options{Format: terminal.JSONL}
	unread := usb(terminal.LayoutUSB)
	unread.IgnoreDirection = true
	csv := terminal.Options{Format: terminal.CSV, Columns: map[string]string{"badge": "who", "time": "at", "dir": "dir"}}
	turned := csv
	turned.Directions = map[string]terminal.Direction{"x": terminal.Out}
	csv.Directions = map[string]terminal.Direction{"x": terminal.In}
	for _, c := range []struct {
		name, first, second string
		one, two            terminal.Options
		counts              map[string]int
		lines               []int
	}{
		{
			"without the directions of the clock", "42\t2026-10-08 08:58:10\t1\t0\t1\t0\n", "42\t2026-10-08 08:58:10\t1\t0\t1\t0\n",
			usb(terminal.LayoutUSB), unread,
			map[string]int{"conflict": 1},
			[]int{1},
		},
		{
			"with another meaning of a word", "who,at,dir\n42,2026-10-08 08:58:10,x\n", "who,at,dir\n42,2026-10-08 08:58:10,x\n",
			csv, turned,
			map[string]int{"conflict": 1},
			[]int{2},
		},
		{
			"an id that has another time", `{"id":"7","badge":"42","at":"2026-10-08T08:58:10","dir":"in"}` + "\n",
			`{"id":"8","badge":"42","at":"2026-10-08T18:00:00","dir":"out"}` + "\n" + `{"id":"7","badge":"42","at":"2026-12-08T08:58:10","dir":"in"}` + "\n",
			jsonl, jsonl,
			map[string]int{"accepted": 1, "conflict": 1},
			[]int{2},
		},
		{
			"a number of the device that has another time, in quarantine", `{"device_seq":7,"badge":"77","at":"2026-10-08T08:58:10","dir":"in"}` + "\n",
			`{"device_seq":7,"badge":"77","at":"2026-10-08T08:59:10","dir":"in"}` + "\n", jsonl, jsonl,
			map[string]int{"conflict": 1},
			[]int{1},
		},
		{
			"an id that stands twice in one file", "",
			`{"id":"7","badge":"42","at":"2026-10-08T08:58:10","dir":"in"}` + "\n" + `{"id":"7","badge":"42","at":"2026-10-08T08:58:10","dir":"out"}` + "\n",
			jsonl, jsonl,
			map[string]int{"accepted": 1, "conflict": 1},
			[]int{2},
		},
		{
			"an instant that is written in another offset is the same", `{"id":"7","badge":"42","at":"2026-10-08T08:58:10+08:00","dir":"in"}` + "\n",
			`{"id":"7","badge":"42","at":"2026-10-08T00:58:10Z","dir":"in"}` + "\n", jsonl, jsonl,
			map[string]int{"duplicate": 1},
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHall(t)
			h.run(c.first, c.one)
			punches := len(h.stored("timecard"))
			r, err := h.with(c.second, c.two, func(im *terminal.Importer) { im.SHA256 = strings.Repeat("cd", 32) })
			require.NoError(t, err)
			require.Equal(t, c.counts, r.Counts)
			require.Len(t, h.stored("timecard"), punches+c.counts["accepted"])
			var got []int
			for _, b := range r.Conflicts {
				got = append(got, b.Line)
				require.Equal(t, "conflict", b.Reason)
				require.NotEmpty(t, b.Raw)
			}
			require.Equal(t, c.lines, got)
		})
	}
	for _, key := range []string{"labels.verdict.conflict", "reasons.conflict", "errors.zone_differs.what", "errors.zone_differs.do"} {
		for _, lang := range text.Languages() {
			require.True(t, text.Lookup(lang).Has(key), "%s in %s", key, lang)
		}
	}
}

func TestADeviceKeepsItsZone(t *testing.T) {
	h := newHall(t)
	h.run(day, usb(terminal.LayoutUSB))
	want := recorded(t, h)
	for _, dry := range []bool{false, true} {
		_, err := h.with(day, usb(terminal.LayoutUSB), func(im *terminal.Importer) { im.Zone, im.DryRun = "Europe/Berlin", dry })
		var refused *domain.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, "zone_differs", refused.Code)
		require.Equal(t, map[string]string{"device": "gate", "enrolled": "Asia/Shanghai", "given": "Europe/Berlin"}, refused.Args)
	}
	require.Equal(t, want, recorded(t, h))
}

func TestARowThatIsResolvedOverTheEdgeOfAMonthIsADuplicate(t *testing.T) {
	h := newHall(t)
	h.do(place.EnrolDevice{Device: "gate", Kind: place.Terminal}) // its zone is its site's
	const row = "42\t2026-10-01 04:00:00\t1\t0\t1\t0\n"
	h.run(row, usb(terminal.LayoutUSB)) // 30 September in UTC
	r, err := h.with(row, usb(terminal.LayoutUSB), func(im *terminal.Importer) { im.Zone, im.SHA256 = "UTC", strings.Repeat("cd", 32) })
	require.NoError(t, err)
	require.Equal(t, map[string]int{"duplicate": 1}, r.Counts)
	require.Len(t, h.stored("timecard"), 1)
}

func TestAnImportIsOneBatchHoweverOftenItIsRun(t *testing.T) {
	h := newHall(t)
	first := h.run(day, usb(terminal.LayoutUSB))
	want := recorded(t, h)
	r, err := h.with(day, usb(terminal.LayoutUSB), func(im *terminal.Importer) {
		im.Now = func() time.Time { return h.now().AddDate(0, 0, 3) } // its batch lies in another stream
	})
	require.NoError(t, err)
	require.Empty(t, r.Batch)
	require.Equal(t, want, recorded(t, h))

	other, err := h.with(day, usb(terminal.LayoutUSB), func(im *terminal.Importer) { im.SHA256 = strings.Repeat("cd", 32) })
	require.NoError(t, err)
	require.NotEqual(t, first.Batch, other.Batch)
	require.Equal(t, want+1, recorded(t, h), "another file with the same rows is another batch")
}

func TestAnImportThatWasVoidedComesBackUnderTheNextName(t *testing.T) {
	h := newHall(t)
	first := h.run(day, usb(terminal.LayoutUSB))
	name := first.Batch
	for _, suffix := range []string{"-2", "-3"} {
		h.do(place.VoidImportBatch{Device: "gate", ReceivedOn: date(t, "2026-10-09"), Batch: name, Reason: "wrong clock"})
		for _, p := range eventsOf[timecard.PunchAccepted](h) {
			if p.Batch == name {
				h.do(timecard.VoidPunch{
					Card: p.Card(), Punch: p.Punch, Grounds: timecard.Grounds{ReasonCode: "wrong_clock"}, Batch: name, ActorID: "hr",
				})
			}
		}
		r := h.run(day, usb(terminal.LayoutUSB))
		name = first.Batch + suffix
		require.Equal(t, name, r.Batch)
		require.Equal(t, dayCounts, r.Counts)
		require.Equal(t, map[string]int{"duplicate": 7, "bad_row": 1}, h.run(day, usb(terminal.LayoutUSB)).Counts)
	}
}

// Without the log an importer knows what the ledger keeps at hand.
func TestAnImporterWithoutTheLogAddsNothingTwice(t *testing.T) {
	h := newHall(t)
	blind := func(im *terminal.Importer) { im.Store, im.Codec = nil, nil }
	_, err := h.with(day, usb(terminal.LayoutUSB), blind)
	require.NoError(t, err)
	want := recorded(t, h)
	r, err := h.with(day, usb(terminal.LayoutUSB), blind)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"duplicate": 7, "bad_row": 1}, r.Counts)
	require.Empty(t, r.Batch)
	require.Equal(t, want, recorded(t, h))
}

func TestQuarantineKeepsTheEvidence(t *testing.T) {
	h := newHall(t)
	text := `{"badge":"77","at":"2026-10-08T08:58:10+09:00","dir":"in","device_seq":7,"note":"by the back door"}` + "\n" +
		`{"badge":"77","at":"2026-03-29T02:30:00","dir":"in"}` + "\n" +
		`{"badge":"42","at":"2026-10-08T08:58:10Z","dir":"in"}` + "\n"
	_, err := h.with(text, terminal.Options{Format: terminal.JSONL}, func(im *terminal.Importer) { im.Zone = "Europe/Berlin" })
	require.NoError(t, err)
	waiting := eventsOf[place.PunchQuarantined](h)
	require.Len(t, waiting, 2)
	require.Equal(t, int64(7), waiting[0].DeviceSeq)
	require.Equal(t, 9*domain.Hour, waiting[0].ClaimedOffset)
	require.Equal(t, "by the back door", h.opened("intake-gate-20261009", waiting[0], waiting[0].Note))
	require.Equal(t, []string{"wall_in_gap"}, waiting[1].Reasons)
	require.Zero(t, eventsOf[timecard.PunchAccepted](h)[0].ClaimedOffset)

	h.do(people.RegisterEmployee{
		Emp: "e77", Name: "e77", HiredOn: date(t, "2020-01-01"), Terms: people.Terms{Group: "office", WorkTZ: "Asia/Shanghai"},
	})
	h.badge("e77", "77")
	n, err := h.importer().Attribute(t.Context(), mac("77"))
	require.NoError(t, err)
	require.Equal(t, 2, n.Rows)
	for _, p := range eventsOf[timecard.PunchAccepted](h) {
		switch {
		case p.Emp != "e77":
		case p.DeviceSeq == 7:
			require.Equal(t, 9*domain.Hour, p.ClaimedOffset)
			require.Equal(t, "by the back door", h.opened(p.Card().Stream(), p, p.Sealed.Note))
		default:
			require.Equal(t, []string{"wall_in_gap"}, p.Reasons)
		}
	}
}

func (h *hall) opened(stream string, e domain.Event, s domain.Secret) string {
	h.t.Helper()
	clear, err := h.vault.Open(h.t.Context(), stream, e.EventType(), s)
	require.NoError(h.t, err)
	return string(clear)
}
