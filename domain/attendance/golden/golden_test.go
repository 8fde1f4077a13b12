package golden_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/attendance/golden"
)

const tenHours = `{"schema":1,"id":"c","area":"law","kind":"overtime","timezone":"America/Los_Angeles",` +
	`"rules":{"overtime":[{"code":"OT15","basis":"day","over_minutes":480,"rate":1.5}]},` +
	`"punches":[{"at":"2024-03-04T08:00:00","dir":"in"},{"at":"2024-03-04T18:00:00","dir":"out"}],` +
	`"expected":{"regular_minutes":480,"at_1_5":120}}`

func judge(t *testing.T, line string) golden.Outcome {
	t.Helper()
	cases, err := golden.Read([]byte(line))
	require.NoError(t, err)
	require.Len(t, cases, 1)
	o, err := golden.Judge(&cases[0])
	require.NoError(t, err)
	return o
}

func TestACaseIsJudgedByTheEngine(t *testing.T) {
	tests := map[string]struct {
		from, to string
		state    golden.State
		says     string
	}{
		"as it stands it holds":                      {state: golden.Pass},
		"an altered figure fails":                    {from: `"at_1_5":120`, to: `"at_1_5":121`, state: golden.Fail, says: "at_1_5: got 120, want 121"},
		"an altered punch fails":                     {from: "T18:00", to: "T18:01", state: golden.Fail, says: "at_1_5: got 121, want 120"},
		"an altered rule fails":                      {from: `"over_minutes":480`, to: `"over_minutes":479`, state: golden.Fail, says: "regular_minutes: got 479, want 480"},
		"an unknown key of the rules is unsupported": {from: `"rate":1.5`, to: `"rate":1.5,"moon":"full"`, state: golden.Unsupported, says: "rules.overtime.moon"},
		"an unknown value of the rules is unsupported": {
			from: `"basis":"day"`, to: `"basis":"moon"`, state: golden.Unsupported, says: "rules.overtime.basis moon",
		},
		"an unknown key of a punch is unsupported":  {from: `"dir":"out"`, to: `"dir":"out","mood":"good"`, state: golden.Unsupported, says: "punches.mood"},
		"an unknown expectation is unsupported":     {from: `"at_1_5":120`, to: `"at_9":0`, state: golden.Unsupported, says: "expected.at_9"},
		"an unknown fact of the context likewise":   {from: `"expected"`, to: `"context":{"tide":1},"expected"`, state: golden.Unsupported, says: "context.tide"},
		"a value of another type is not understood": {from: `"rate":1.5`, to: `"rate":"high"`, state: golden.Unsupported, says: "rules.overtime.rate has another type"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, tenHours, test.from)
			o := judge(t, strings.Replace(tenHours, test.from, test.to, 1))
			require.Equal(t, test.state, o.State, "%v", o)
			if test.says != "" {
				require.Contains(t, append(o.Concepts, o.Differences...), test.says)
			}
		})
	}
}

const bonusWeek = `{"schema":1,"id":"c","area":"law","kind":"pay","timezone":"America/New_York",` +
	`"rules":{"overtime":[{"basis":"week","over_minutes":2400,"rate":1.5}],"hourly_rate":"12.00","bonus_in_regular_rate":"46.00"},` +
	`"context":{"worked_minutes_week":2760,"currency":"USD"},"punches":[],"expected":{"regular_rate":"13.00","pay_total":"637.00"}}`

func TestACaseOfPayIsJudgedByItsArithmetic(t *testing.T) {
	tests := map[string]struct {
		from, to string
		state    golden.State
		says     string
	}{
		"as it stands it holds":               {state: golden.Pass},
		"an altered amount fails":             {from: "637.00", to: "637.01", state: golden.Fail, says: "pay_total: got 637.00, want 637.01"},
		"an altered bonus fails":              {from: "46.00", to: "92.00", state: golden.Fail, says: "regular_rate: got 14.00, want 13.00"},
		"more hours fail":                     {from: "2760", to: "2820", state: golden.Fail, says: "regular_rate: got 12.98, want 13.00"},
		"an altered threshold fails":          {from: "2400", to: "2280", state: golden.Fail, says: "pay_total: got 650.00, want 637.00"},
		"a rule of days needs days":           {from: `"week"`, to: `"day"`, state: golden.Unsupported, says: "overtime of days of which only the week is known"},
		"an unknown remuneration is reported": {from: `"hourly_rate"`, to: `"tips":"1","hourly_rate"`, state: golden.Unsupported, says: "rules.tips"},
		"an amount is a decimal":              {from: `"12.00"`, to: `"1e1"`, state: golden.Unsupported, says: "rules.hourly_rate has another type"},
		"an unknown result is reported":       {from: `"pay_total"`, to: `"net"`, state: golden.Unsupported, says: "expected.net"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, bonusWeek, test.from)
			o := judge(t, strings.Replace(bonusWeek, test.from, test.to, 1))
			require.Equal(t, test.state, o.State, "%v", o)
			if test.says != "" {
				require.Contains(t, append(o.Concepts, o.Differences...), test.says)
			}
		})
	}
}

func TestCasesOfAnotherSchemaAreRefused(t *testing.T) {
	_, err := golden.Read([]byte(strings.Replace(tenHours, `"schema":1`, `"schema":2`, 1)))
	require.ErrorContains(t, err, "schema 2")
	_, err = golden.Read([]byte("{"))
	require.ErrorContains(t, err, "line 1")
}
