package text

import (
	"fmt"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/punchledger/punchledger/domain"
)

// How many characters of a value stand in a message, and how many of a sentence within another.
const (
	LongestShown    = 300
	longestSentence = 2000
)

// Visible returns s as a terminal or a page may show it: characters that move the cursor, reorder the line or cannot be seen are
// written as their number, \u202e. Joiners stay, as names and emoji are written with them. Only what is shown changes, never what is
// kept.
func Visible(s string) string {
	if !strings.ContainsFunc(s, Unseen) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !Unseen(r):
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

// Unseen reports whether Visible writes a character as its number.
func Unseen(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != zeroWidthJoiner && r != zeroWidthNonJoiner
}

// Shown is Visible for a value in a message, which is cut where it is long.
func Shown(s string) string { return cut(s, LongestShown) }

func cut(s string, longest int) string {
	if n := utf8.RuneCountInString(s); n > longest {
		s = fmt.Sprintf("%s… (%d)", string([]rune(s)[:longest]), n)
	}
	return Visible(s)
}

// ShownArgs are the arguments of a text, each as it may be shown.
func ShownArgs(args map[string]string) map[string]string {
	out := maps.Clone(args)
	for name, v := range out {
		longest := LongestShown
		if name == "problem" {
			longest = longestSentence
		}
		out[name] = cut(v, longest)
	}
	return out
}

// ShownError is err with arguments that may be shown.
func ShownError(err *domain.Error) *domain.Error {
	return &domain.Error{Code: err.Code, Kind: err.Kind, Args: ShownArgs(err.Args)}
}
