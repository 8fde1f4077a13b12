package text

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// words are the arguments of notes whose values are words of ours, with the section that has them.
var words = map[string]string{"kind": "labels.kind.", "as": "labels.flag.", "edge": "labels.edge.", "mode": "labels.mode."}

// Note returns the sentence for a code of the trace, found under notes. Lengths come in whole seconds and are shown as h:mm, or
// h:mm:ss where seconds remain; times of day lose the T and empty seconds and keep their offset; words are translated.
func (c *Catalogue) Note(code string, args map[string]string) string {
	shown := maps.Clone(args)
	for name, v := range args {
		switch {
		case name == "s", strings.HasSuffix(name, "_s"), isLimit(code) && (name == "value" || name == "limit"):
			shown[name] = duration(v)
		case name == "at", name == "from", name == "to", name == "left":
			shown[name] = localTime(v)
		case words[name] != "" && c.Has(words[name]+v):
			shown[name] = c.texts[words[name]+v]
		}
	}
	return c.Text("notes."+code, shown)
}

// isLimit reports whether value and limit of the note are lengths; for days in a row they are days.
func isLimit(code string) bool {
	return strings.HasPrefix(code, "limit.") || code == "rest.gap" || code == "rest.weekly"
}

// duration shows whole seconds; what is no number stays as it is.
func duration(v string) string {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return v
	}
	out := domain.Seconds(n).HM()
	if rest := max(n, -n) % 60; rest != 0 {
		out += fmt.Sprintf(":%02d", rest)
	}
	return out
}

// localTime shows 2026-10-24T21:50:00+02:00 as 2026-10-24 21:50 +02:00.
func localTime(v string) string {
	const wall = len("2026-10-24T21:50:00")
	if len(v) < wall || v[len("2026-10-24")] != 'T' {
		return v
	}
	at := strings.TrimSuffix(v[:wall], ":00")
	return strings.TrimSpace(strings.Replace(at, "T", " ", 1) + " " + v[wall:])
}
