package whatif

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Since is what has become of a report since it was made: of people whose days something was recorded about, the days on which the
// candidate changes something else than the report said.
type Since struct {
	Touched   []string   `json:"touched"`             // who was looked at again, sorted
	Everybody bool       `json:"everybody,omitempty"` // something was recorded that concerns everybody
	Days      []DaySince `json:"days"`                // by employee and date
}

// DaySince is one day of which the report would say something else now. A side is nil where the candidate changes nothing.
type DaySince struct {
	Emp  string      `json:"emp"`
	Date domain.Date `json:"date"`
	Then *DayChange  `json:"then"`
	Now  *DayChange  `json:"now"`
}

// CompareSince lists the days of which two reports say different things: one as it was made, and one on what is known now.
func CompareSince(then, now []DayChange) []DaySince {
	type key struct {
		emp  string
		date domain.Date
	}
	days := map[key]*DaySince{}
	side := func(list []DayChange, into func(*DaySince, *DayChange)) {
		for i := range list {
			d := list[i]
			d.Stage, d.Name, d.Note, d.Rule, d.Traces = 0, "", "", "", nil
			k := key{d.Emp, d.Date}
			if days[k] == nil {
				days[k] = &DaySince{Emp: d.Emp, Date: d.Date}
			}
			into(days[k], &d)
		}
	}
	side(then, func(s *DaySince, d *DayChange) { s.Then = d })
	side(now, func(s *DaySince, d *DayChange) { s.Now = d })
	out := []DaySince{}
	for _, s := range days {
		if !reflect.DeepEqual(s.Then, s.Now) {
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b DaySince) int { return cmp.Or(cmp.Compare(a.Emp, b.Emp), cmp.Compare(a.Date, b.Date)) })
	return out
}
