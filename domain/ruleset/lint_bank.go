package ruleset

import (
	"fmt"
	"maps"
	"slices"
)

// banks looks at what banks earn and take, and at what becomes of what expires.
func (l *linter) banks() {
	booked := map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(l.doc.Banks)) {
		b, pointer := l.doc.Banks[id], pointerTo("/banks", id)
		once := func(at, code string) {
			if first, ok := booked[code]; ok {
				l.fail(at, "lint.bank_code_twice", "code", code, "bank", first)
			}
			booked[code] = id
		}
		for i, code := range b.Earn {
			at := fmt.Sprintf("%s/earn/%d", pointer, i)
			l.declared(at, code, "bank")
			once(at, code)
		}
		for i, code := range b.Take {
			at := fmt.Sprintf("%s/take/%d", pointer, i)
			once(at, code)
			if code != Undertimes {
				l.declared(at, code, "leave", "base")
			} else if l.doc.Overtime.Undertime == nil {
				l.fail(at, "lint.premium_needs", "key", "overtime.undertime")
			}
		}
		if isChina(l.doc.Jurisdiction) && b.OnExpiry == "forfeit" && len(b.Earn) > 0 {
			l.fail(pointer+"/on_expiry", "lint.bank_forfeits", "bank", id)
		}
	}
}
