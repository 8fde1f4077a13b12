package main

import (
	"fmt"
	"io"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/punchledger/punchledger/domain"
)

// How many characters of a value stand in a message, and how many of a sentence within another.
const (
	longestShown    = 300
	longestSentence = 2000
)

// visible returns s as a terminal may show it: characters that move the cursor, reorder the line or cannot be seen are written as
// their number, \u202e. Joiners stay, as names and emoji are written with them. Only what is shown changes, never what is kept.
func visible(s string) string {
	if !strings.ContainsFunc(s, unseen) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !unseen(r):
			b.WriteString(s[:n])
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

func unseen(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != zeroWidthJoiner && r != zeroWidthNonJoiner
}

// shown is visible for a value in a message, which is cut where it is long.
func shown(s string) string { return cut(s, longestShown) }

func cut(s string, longest int) string {
	if n := utf8.RuneCountInString(s); n > longest {
		s = fmt.Sprintf("%s… (%d)", string([]rune(s)[:longest]), n)
	}
	return visible(s)
}

// shownArgs are the arguments of a text, each as it may be shown.
func shownArgs(args map[string]string) map[string]string {
	out := maps.Clone(args)
	for name, v := range out {
		longest := longestShown
		if name == "problem" {
			longest = longestSentence
		}
		out[name] = cut(v, longest)
	}
	return out
}

// shownError is err with arguments that may be shown.
func shownError(err *domain.Error) *domain.Error {
	return &domain.Error{Code: err.Code, Kind: err.Kind, Args: shownArgs(err.Args)}
}

// guarded writes messages to a terminal: nothing but text and the ends of lines reaches it, wherever a message comes from.
type guarded struct{ to io.Writer }

func (w guarded) Write(p []byte) (int, error) {
	lines := strings.Split(string(p), "\n")
	for i, line := range lines {
		lines[i] = visible(line)
	}
	if _, err := io.WriteString(w.to, strings.Join(lines, "\n")); err != nil {
		return 0, err
	}
	return len(p), nil
}
