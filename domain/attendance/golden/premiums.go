package golden

import (
	"fmt"

	"github.com/punchledger/punchledger/domain/ruleset"
)

// premiums translates premiums; each is a family of its own, as they add up.
func (t *translation) premiums() {
	for i, o := range t.rules.objects("premiums") {
		if o.values["kind"] == "minimum_shift" {
			o.skip("kind")
			t.callIn(o, fmt.Sprintf("premium%d", i+1), t.payCode(o.text("code"), "statutory_pay", 1))
			continue
		}
		p := ruleset.Premium{ID: fmt.Sprintf("premium%d", i+1), Family: fmt.Sprintf("family%d", i+1), Code: t.payCode(o.text("code"), "premium", 0.5)}
		switch o.oneOf("kind", "time_window", "days") {
		case "time_window":
			p.Band = &ruleset.Span{t.clock(o.text("window_from")), t.clock(o.text("window_to"))}
			if o.yes("requires_whole_shift_inside") {
				t.lacks("premium of whole shifts")
			}
			if o.oneOf("days", "all", "holidays") == "holidays" {
				p.Day = []string{"holiday"}
			}
		case "days":
			p.Weekday = o.texts("days")
		}
		t.doc.Premiums = append(t.doc.Premiums, p)
	}
}
