package terminal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/terminal"
)

func TestJSONL(t *testing.T) {
	for text, want := range map[string]string{
		`{"badge":"007","at":"2026-10-08T09:05:59+08:00","dir":"in","id":"x1","device_seq":12,"note":"gate 2\nnorth"}`: "1 007 2026-10-08T09:05:59+08:00 in",
		`{"emp":"e1007","at":"2026-10-08T09:05:59"}`:                             "1 e1007 2026-10-08T09:05:59 auto",
		`{"badge":7,"at":"2026-10-08 09:05:59.5Z","dir":null}`:                   "1 7 2026-10-08T09:05:59Z auto",
		`{"badge":"7","at":"2026-10-08T09:05:59","status":1}`:                    "1 7 2026-10-08T09:05:59 out",
		`{"badge":"7","at":"2001-10-08T09:05:59"}`:                               "1:19 clock_reset 7 2001-10-08T09:05:59",
		`{"badge":"7","at":"2026-10-08T09:05:59","dirr":"in"}`:                   "1:41 unknown_key",
		`{"badge":"7", "badge":"8","at":"2026-10-08T09:05:59"}`:                  "1:15 duplicate_key",
		`{"at":"2026-10-08T09:05:59"}`:                                           "1:0 missing_key",
		`{"badge":"7"}`:                                                          "1:0 missing_key",
		`{"badge":"7","at":"08.10.2026 09:05"}`:                                  "1:19 bad_value",
		`{"badge":"7","at":20261008}`:                                            "1:19 bad_value",
		`{"badge":"7","at":"2026-13-08T09:05:59"}`:                               "1:19 bad_date",
		`{"badge":"7","at":"2026-12-08T09:65:59"}`:                               "1:19 bad_time",
		`{"badge":["7"],"at":"2026-10-08T09:05:59"}`:                             "1:10 bad_value",
		`{"badge":"7\u0000","at":"2026-10-08T09:05:59"}`:                         "1:10 bad_value",
		`{"badge":"\ud800","at":"2026-10-08T09:05:59"}`:                          "1:10 bad_value",
		`{"badge":"7","at":"2026-10-08T09:05:59","dir":"up"}`:                    "1:47 unknown_direction",
		`{"badge":"7","at":"2026-10-08T09:05:59","device_seq":-1}`:               "1:54 bad_number",
		`{"badge":"7","at":"2026-10-08T09:05:59","status":"x"}`:                  "1:50 bad_number",
		`{"badge":"` + strings.Repeat("9", 65) + `","at":"2026-10-08T09:05:59"}`: "1:10 bad_badge",
		`{"badge":"7"`:     "1:13 bad_json",
		`{"badge":"7"} {}`: "1:15 bad_json",
		`[1]`:              "1:2 bad_json",
		`nonsense`:         "1:2 bad_json",
	} {
		t.Run(text, func(t *testing.T) {
			require.Equal(t, []string{want}, read(t, text+"\n", terminal.Options{Format: terminal.JSONL}))
		})
	}
}

func TestJSONLKeepsIDAndSequence(t *testing.T) {
	r, err := terminal.Open(strings.NewReader(`{"badge":"7","at":"2026-10-08T09:05:59Z","id":"x1","device_seq":12,"note":"n"}`),
		terminal.Options{Format: terminal.JSONL})
	require.NoError(t, err)
	for l, bad := range r.Lines() {
		require.Nil(t, bad)
		require.Equal(t, []any{"x1", int64(12), "n"}, []any{l.Ref, *l.DeviceSeq, l.Note})
	}
}
