package golden

// meals translates breaks that the rules deduct or credit.
func (t *translation) meals() {
	switch t.rules.oneOf("break_overlap", "subtract_from_work", "ignore") {
	case "subtract_from_work":
		t.doc.Breaks.Punched = "anywhere"
	case "ignore":
		t.doc.Breaks.Punched = "ignore"
	}
}
