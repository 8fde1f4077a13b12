package report

import (
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/text"
)

// words says things in the reader's language.
type words struct{ *text.Catalogue }

// say returns a text of the section of reports; args are alternating names and values.
func (w words) say(key string, args ...any) string {
	m := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = fmt.Sprint(args[i+1])
	}
	return w.Text("report."+key, m)
}

// named returns the word for an id, or the id where there is none.
func (w words) named(prefix, id string) string {
	if w.Has(prefix + id) {
		return w.Text(prefix+id, nil)
	}
	return id
}

// list joins words as the language does.
func (w words) list(of []string) string {
	if w.Lang() == text.Chinese {
		return strings.Join(of, "、")
	}
	return strings.Join(of, ", ")
}

// aside puts a detail in the brackets of the language.
func (w words) aside(detail string) string {
	if w.Lang() == text.Chinese {
		return "（" + detail + "）"
	}
	return " (" + detail + ")"
}

// title is the title of a pay code, if its rules give one.
func (w words) title(t ruleset.Text) string {
	if title := t[strings.TrimSuffix(w.Lang(), "-CN")]; title != "" {
		return title
	}
	return t["en"]
}

const minus = "\u2212" // as wide as a plus sign, and not broken from its number

// hours shows a length as h:mm, without the seconds that a sum may have: pages are narrow.
func hours(s domain.Seconds) string { return strings.Replace(s.HM(), "-", minus, 1) }

// moved is hours of a difference, with its sign.
func moved(s domain.Seconds) string { return plus(s, hours(s)) }

// exact is hours with the seconds that remain, so that what differs does not look the same.
func exact(s domain.Seconds) string {
	rest := max(s, -s) % domain.Minute
	if rest == 0 {
		return hours(s)
	}
	out := fmt.Sprintf("%s:%02d", max(s, -s).HM(), rest)
	if s < 0 {
		return minus + out
	}
	return out
}

func plus(s domain.Seconds, shown string) string {
	if s > 0 {
		return "+" + shown
	}
	return shown
}

// informs reports whether a code pays nothing: those that evaluation itself writes.
func informs(code string) bool { return strings.HasPrefix(code, "x.") }
