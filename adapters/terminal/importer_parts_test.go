package terminal_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain/decidertest"
)

// crowd is a file of many rows: repeats near and far, conflicts, unknown people, clocks that were reset, and rows that cannot be read.
func crowd(rows int) string {
	var b strings.Builder
	for n := range rows {
		badge := []int{42, 43, 77}[n%3]
		switch {
		case n%50 == 49:
			fmt.Fprintf(&b, "%9d\t2000-01-01 00:%02d:00\t1\t0\t1\t0\n", badge, n%60)
		case n%40 == 39:
			b.WriteString("       42\tgarbage\t1\t0\t1\t0\n")
		default: // the same times come back after a while
			i := n % 200
			fmt.Fprintf(&b, "%9d\t2026-10-%02d %02d:%02d:00\t1\t%d\t1\t0\n", badge, 1+i/40, 7+i%12, i%60, i%2)
		}
	}
	return b.String()
}

func (h *hall) runInParts(text string, rows int, options terminal.Options) terminal.Report {
	h.t.Helper()
	im := h.importer()
	im.Format, im.PartRows, im.Scratch, im.Size = options.Format, rows, h.t.TempDir(), int64(len(text))
	report, err := im.Run(h.t.Context(), lines(h.t, text, options))
	require.NoError(h.t, err)
	return report
}

func TestAFileThatIsWorkedOffInPartsGivesTheSame(t *testing.T) {
	jsonl := `{"badge":"42","at":"2026-10-08T08:58:10","dir":"in","id":"a"}` + "\n" +
		strings.Repeat(`{"badge":"43","at":"2026-10-08T08:58:10","dir":"in","id":"b","note":"x"}`+"\n", 30) +
		`{"badge":"43","at":"2026-10-08T09:58:10","dir":"in","id":"a"}` + "\n"
	for name, c := range map[string]struct {
		text    string
		options terminal.Options
	}{
		"attlog":                     {crowd(900), usb(terminal.LayoutUSB)},
		"rows with ids of their own": {jsonl, terminal.Options{Format: terminal.JSONL}},
		"one row again and again":    {strings.Repeat("       42\t2026-10-08 08:58:10\t1\t0\t1\t0\n", 400), usb(terminal.LayoutUSB)},
	} {
		t.Run(name, func(t *testing.T) {
			whole := newHall(t)
			want := whole.run(c.text, c.options)
			for _, rows := range []int{7, 100} {
				h := newHall(t)
				got := h.runInParts(c.text, rows, c.options)
				require.Equal(t, want.Counts, got.Counts)
				require.Equal(t, want.Bad, got.Bad)
				require.Equal(t, want.Reset, got.Reset)
				require.Equal(t, want.Conflicts, got.Conflicts)
				require.ElementsMatch(t, whole.stored("timecard"), h.stored("timecard"))
				require.ElementsMatch(t, whole.stored("intake"), h.stored("intake"))

				again := h.runInParts(c.text, rows, c.options)
				require.Equal(t, whole.run(c.text, c.options).Counts, again.Counts, "the ledger's rows are known part by part")
				require.Empty(t, again.Batch)
			}
		})
	}
}

func TestAFileWithoutLinesIsRefused(t *testing.T) {
	for _, format := range []string{terminal.ATTLOG, terminal.CSV, terminal.JSONL} {
		_, err := terminal.Open(strings.NewReader(strings.Repeat("x", 70_000)), terminal.Options{Format: format, Layout: terminal.LayoutUSB})
		require.Equal(t, "no_line_ends", decidertest.Code(err), format)
	}
}
