package golden

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// variant is a case in one state of its rules, or for one of its people.
type variant struct {
	c        *Case
	name     string
	employee string
}

// variants takes a case apart that speaks of rules before and after a change, or of several people. Keys that end in _before and
// _after are what the rules say in that state; a change of a shift in the middle of a day is a change of the rules.
func variants(c *Case) []variant {
	var rules map[string]any
	if err := json.Unmarshal(c.Rules, &rules); err != nil {
		return []variant{{c: c}}
	}
	if who := people(c); len(who) > 0 {
		var out []variant
		for _, e := range who {
			out = append(out, variant{c: c, name: e, employee: e})
		}
		return out
	}
	before, after := maps.Clone(rules), maps.Clone(rules)
	changed := false
	for k, v := range rules {
		for suffix, state := range map[string]map[string]any{"_before": before, "_after": after} {
			if key, ok := strings.CutSuffix(k, suffix); ok && (key == "shifts" || key == "assignments") {
				delete(before, k)
				delete(after, k)
				state[key] = v
				changed = true
			}
		}
	}
	if change, ok := rules["rule_change"].(map[string]any); ok {
		delete(before, "rule_change")
		delete(after, "rule_change")
		after["shifts"] = changedShifts(rules["shifts"], change)
		changed = true
	}
	if !changed {
		return []variant{{c: c}}
	}
	return []variant{{c: c.under(before), name: "before"}, {c: c.under(after), name: "after"}}
}

// under is the case with other rules.
func (c *Case) under(rules map[string]any) *Case {
	out := *c
	out.Rules, _ = json.Marshal(rules) // it came out of JSON
	return &out
}

// translateWithout translates a case without some keys of its rules and context.
func translateWithout(c *Case, keys ...string) (*Setup, []string, error) {
	var rules, context map[string]any
	if json.Unmarshal(c.Rules, &rules) != nil || json.Unmarshal(c.Context, &context) != nil {
		return nil, []string{"rules or context of no objects"}, nil
	}
	for _, k := range keys {
		delete(rules, k)
		delete(context, k)
	}
	out := c.under(rules)
	out.Context, _ = json.Marshal(context)
	return Translate(out)
}

func changedShifts(list any, change map[string]any) []any {
	var out []any
	shifts, _ := list.([]any)
	for _, v := range shifts {
		s, ok := v.(map[string]any)
		if !ok {
			continue
		}
		s = maps.Clone(s)
		for k, v := range change {
			if k != "after_punch" { // the rules of a day are those that are in force for it, whenever they were changed
				s[k] = v
			}
		}
		out = append(out, s)
	}
	return out
}

// people are those whose punches the case names, in order.
func people(c *Case) []string {
	var punches []struct {
		Employee string `json:"employee"`
	}
	if err := json.Unmarshal(c.Punches, &punches); err != nil {
		return nil
	}
	var out []string
	for _, p := range punches {
		if p.Employee != "" && !slices.Contains(out, p.Employee) {
			out = append(out, p.Employee)
		}
	}
	slices.Sort(out)
	return out
}
