package facts_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/projections/facts"
)

func TestTheZoneOfAnEmployeeIsTheirOwnUnlessTheRulesHaveOneForEverybody(t *testing.T) {
	book := &attendance.Rulebook{Groups: map[string][]attendance.Binding{}, Rulesets: map[string][]attendance.Version{}}
	for id, one := range map[string]bool{"near": false, "one": true} {
		book.Groups[id] = []attendance.Binding{{Ruleset: id, From: 1}}
		book.Rulesets[id] = []attendance.Version{{From: 1, Rules: &ruleset.Rules{OwnZone: one, Doc: &ruleset.Document{Timezone: "Asia/Shanghai"}}}}
	}
	for _, c := range []struct {
		name string
		list []attendance.Assignment
		want string
	}{
		{"their own", []attendance.Assignment{{Group: "near", Zone: "Asia/Tokyo"}}, "Asia/Tokyo"},
		{"that of the rules", []attendance.Assignment{{Group: "near"}}, "Asia/Shanghai"},
		{"that of the rules, which have one for everybody", []attendance.Assignment{{Group: "one", Zone: "Asia/Tokyo"}}, "Asia/Shanghai"},
		{"that of the last group with rules", []attendance.Assignment{{Group: "one", Zone: "Asia/Tokyo"}, {Group: "none"}}, "Asia/Shanghai"},
		{"their own in a group without rules", []attendance.Assignment{{Group: "none", Zone: "Asia/Tokyo"}}, "Asia/Tokyo"},
		{"none", []attendance.Assignment{{Group: "none"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, facts.ZoneOf(book, &attendance.Facts{Assignments: c.list}))
		})
	}
}
