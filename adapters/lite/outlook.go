package lite

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words of the API that the pages look at.
const (
	unsignedReason = "unsigned"  // a punch that no key signs, such as one from here
	heldEvent      = "PunchHeld" // it had to wait, whatever became of it later
)

// outlook says beforehand what will become of a punch from here, and why, as far as that can be known: from the login, or from what
// became of the last one. The newest punch comes first.
func (v *visit) outlook(session *own, list []row) (key string, why []string) {
	if session != nil && !session.Confirmed {
		return "outlook_unvouched", nil
	}
	last := slices.IndexFunc(list, func(p row) bool {
		return p.Device == "" && slices.ContainsFunc(p.Reasons, func(r reason) bool { return r.Code == unsignedReason })
	})
	switch {
	case last < 0:
		return "outlook_unknown", nil
	case list[last].RecordedAs != heldEvent:
		return "outlook_counted", nil
	}
	for _, r := range v.plain(slices.Clone(list[last].Reasons)) {
		if r.Code != unsignedReason && len(why) < mostReasons {
			why = append(why, r.Text)
		}
	}
	return "outlook_held", why
}

// plain writes reasons without the pointers into the rules, which are for those who write rules.
func (v *visit) plain(reasons []reason) []reason {
	for i := range reasons {
		r := &reasons[i]
		if r.Rule == "" || !strings.Contains(r.Text, r.Rule) {
			continue
		}
		text := strings.ReplaceAll(r.Text, r.Rule, v.text.Text("lite.the_rule", nil))
		first, n := utf8.DecodeRuneInString(text)
		r.Text = string(unicode.ToUpper(first)) + text[n:]
	}
	return reasons
}
