package ruleset_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
)

func TestDiff(t *testing.T) {
	const rule = "    - {id: late, outside: plan, code: OT_150}\n"
	const two = "    - {id: week, per: week, over: 40h, code: OT_150}\n"
	for _, c := range []struct {
		name, from, to string
		want           []ruleset.Change
	}{
		{"nothing", "id: small", "id: small", nil},
		{"one value", "grace: 5m", "grace: 10m", []ruleset.Change{{"/presence/late/grace", "5m", "10m"}}},
		{"a key that is new", "punch: {pair", "punch: {max_open: 16h, pair", []ruleset.Change{{"/punch/max_open", "", "16h"}}},
		{"a list of values", `[["09:00", "18:00"]]`, `[["09:00", "17:00"]]`, []ruleset.Change{{"/shifts/D/work", `[["09:00","18:00"]]`, `[["09:00","17:00"]]`}}},
		{"a tier", "over: 0m", "over: 1m", []ruleset.Change{{"/presence/late/tiers/0/over", "0m", "1m"}}},
		{"a rule put first", rule, two + rule, []ruleset.Change{{"/overtime/rules/0", "", `{"id":"week","per":"week","over":"40h","code":"OT_150"}`}}},
		{
			"changes come in document order", "timezone: Asia/Shanghai", "timezone: Asia/Tokyo\nprecision: minute",
			[]ruleset.Change{{"/timezone", "Asia/Shanghai", "Asia/Tokyo"}, {"/precision", "", "minute"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := ruleset.Parse([]byte(small), "a")
			require.NoError(t, err)
			b, err := ruleset.Parse([]byte(strings.Replace(small, c.from, c.to, 1)), "b")
			require.NoError(t, err)
			got, err := ruleset.Diff(a, b)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestDiffOfRulesThatChangedPlaces(t *testing.T) {
	const rule = "    - {id: late, outside: plan, code: OT_150}\n"
	const two = "    - {id: week, per: week, over: 40h, code: OT_150}\n"
	a, err := ruleset.Parse([]byte(strings.Replace(small, rule, rule+two, 1)), "a")
	require.NoError(t, err)
	b, err := ruleset.Parse([]byte(strings.Replace(small, rule, two+rule, 1)), "b")
	require.NoError(t, err)
	got, err := ruleset.Diff(a, b)
	require.NoError(t, err)
	require.Equal(t, []ruleset.Change{{"/overtime/rules", "[late week]", "[week late]"}}, got)
	got, err = ruleset.Diff(b, a)
	require.NoError(t, err)
	require.Len(t, got, 1)
}
