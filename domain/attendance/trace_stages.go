package attendance

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Stage is what one stage of evaluation took and what it gave. Days without rules have the stages that need none.
type Stage struct {
	Stage int     `json:"stage"`
	Name  string  `json:"name"`
	In    []Value `json:"in,omitempty"`
	Out   []Value `json:"out,omitempty"`
}

// Value is a named result. Names that end in _s are whole seconds; intervals are two local times with offset and a slash between
// them; amounts are a code, an equals sign and whole seconds, thousandths of a day before d or a number before x, with the rate behind @
// where it is not one; a stretch is an interval and its codes; an anomaly is its key, an equals sign, its severity, and its state behind a slash where it is not open.
type Value struct {
	Name string   `json:"name"`
	Is   []string `json:"is"`
}

// flow names, by stage, the values that it takes and those that it gives.
var flow = [...]struct{ in, out []string }{
	0:  {nil, []string{"kind", "shift", "zone", "site"}},
	1:  {[]string{"shift"}, []string{"window", "punches"}},
	2:  {[]string{"punches"}, []string{"counting"}},
	3:  {[]string{"counting"}, []string{"present", "missing"}},
	4:  {[]string{"present"}, []string{"adjusted"}},
	5:  {[]string{"shift", "adjusted"}, []string{"plan"}},
	6:  {[]string{"plan"}, []string{"due", "leave_s"}},
	7:  {[]string{"adjusted", "plan"}, []string{"counts", "counted_s", "present_s"}},
	8:  {[]string{"counts"}, []string{"kinds"}},
	9:  {[]string{"present", "due"}, []string{"late_s", "early_s", "flags"}},
	10: {[]string{"kinds"}, []string{"base"}},
	11: {[]string{"base"}, []string{"premiums"}},
	12: {[]string{"present_s"}, []string{"owed"}},
	13: {[]string{"base"}, []string{"totals"}},
	14: {[]string{"totals", "premiums", "owed"}, []string{"stretches", "rows"}},
	15: {[]string{"flags", "rows"}, []string{"anomalies"}},
	16: {[]string{"rows", "anomalies"}, nil},
}

// Values are the names of all values of stages.
func Values() []string {
	var out []string
	for _, f := range flow {
		out = append(out, f.out...)
	}
	return out
}

// stages lists what each stage took and gave.
func (e *evaluator) stages() []Stage {
	e.valuesOfPlan()
	e.valuesOfTime()
	e.valuesOfPay()
	values := func(names []string) []Value {
		var out []Value
		for _, n := range names {
			if is := e.rec.values[n]; len(is) > 0 {
				out = append(out, Value{Name: n, Is: is})
			}
		}
		return out
	}
	var out []Stage
	for i, f := range flow {
		if s := (Stage{Stage: i, Name: stageNames[i], In: values(f.in), Out: values(f.out)}); e.rules != nil || len(s.Out) > 0 {
			out = append(out, s)
		}
	}
	return out
}

func (e *evaluator) value(name string, is ...string) { e.rec.values[name] = is }

func (e *evaluator) valuesOfPlan() {
	s := e.today
	e.value("kind", e.day.Kind.String())
	e.value("zone", e.day.Zone)
	if r := s.rule(); r != nil {
		e.value("shift", r.ID)
	}
	if s.site != "" {
		e.value("site", s.site)
	}
	if e.rules == nil {
		return
	}
	e.value("window", e.spelled([]Interval{e.day.Window})...)
	e.value("plan", e.spelled(e.plan)...)
	e.value("due", e.spelled(e.due)...)
	var leave domain.Seconds
	for i := range e.leaveSecs {
		leave += e.leaveSecs[i].secs
	}
	e.value("leave_s", nonzero(leave)...)
}

func (e *evaluator) valuesOfTime() {
	var punches, counting, missing []string
	for i := range e.day.Punches {
		p := &e.day.Punches[i]
		punches = append(punches, e.local(p.At))
		switch p.Role {
		case "in", "out", "break_in", "break_out":
			counting = append(counting, e.local(p.At))
		}
	}
	for edge, n := range map[string]int{"in": e.missIn, "out": e.missOut} {
		if n > 0 {
			missing = append(missing, edge)
		}
	}
	slices.Sort(missing)
	e.value("punches", punches...)
	e.value("counting", counting...)
	e.value("missing", missing...)
	e.value("present", e.spelled(e.day.Intervals)...)
	var adjusted []Interval
	for _, w := range e.counted {
		adjusted = append(adjusted, Interval{w.from, w.to})
	}
	e.value("adjusted", e.spelled(adjusted)...)
	e.value("present_s", nonzero(e.day.Present)...)
	e.value("late_s", nonzero(e.day.Late)...)
	e.value("early_s", nonzero(e.day.Early)...)
	e.value("flags", cloned(e.day.Flags)...)
}

func (e *evaluator) valuesOfPay() {
	premiums, owed, totals, rows := map[string]domain.Seconds{}, map[string]domain.Seconds{}, map[string]domain.Seconds{}, []string{}
	for i := range e.day.Rows {
		r := &e.day.Rows[i]
		switch {
		case r.Class == "premium":
			premiums[r.Code] += r.Seconds
		case r.Class == "statutory_pay":
			owed[r.Code] += r.Seconds
		case r.Class == "base", r.Code == codeUnpaid:
			totals[r.Code] += r.Seconds
		}
		rows = append(rows, e.amountOf(r))
	}
	e.value("premiums", amounts(premiums)...)
	e.value("owed", amounts(owed)...)
	e.value("totals", amounts(totals)...)
	e.value("rows", rows...)
	var stretches []string
	for i := range e.day.Segments {
		s := &e.day.Segments[i]
		stretches = append(stretches, strings.Join(append([]string{e.spelled([]Interval{{s.From, s.To}})[0], s.Base}, s.Premiums...), " "))
	}
	e.value("stretches", stretches...)
	var raised []string
	for i := range e.day.Anomalies {
		a := &e.day.Anomalies[i]
		raised = append(raised, a.Key()+"="+a.Severity)
		if a.State != "open" {
			raised[i] += "/" + a.State
		}
	}
	e.value("anomalies", raised...)
}

// amountOf is a row as text: days where it has no seconds, else how often, and its rate where that is not one.
func (e *evaluator) amountOf(r *Row) string {
	switch {
	case r.Seconds == 0 && r.Days > 0:
		return r.Code + "=" + strconv.Itoa(r.Days) + "d"
	case r.Seconds == 0 && r.Count > 0:
		return r.Code + "=" + strconv.Itoa(r.Count) + "x"
	case r.Class == "info" || r.Rate == "1.00":
		return r.Code + "=" + seconds(r.Seconds)
	}
	return r.Code + "=" + seconds(r.Seconds) + "@" + r.Rate
}

// snapshot keeps what a stage gave before a later one changes it.
func (e *evaluator) snapshot(stage int) {
	if e.rec == nil {
		return
	}
	switch stage {
	case 7:
		var counts []Interval
		for i := range e.pieces {
			if p := &e.pieces[i]; p.counted {
				counts = append(counts, Interval{p.from, p.to})
			}
		}
		e.value("counts", e.spelled(counts)...)
		e.value("counted_s", nonzero(e.day.Counted)...)
	case 8:
		kinds := map[string]domain.Seconds{}
		for k := range e.segs {
			kinds[e.segs[k].kind.String()] += e.segs[k].len()
		}
		e.value("kinds", amounts(kinds)...)
	case 10:
		base := map[string]domain.Seconds{}
		for k := range e.segs {
			base[e.baseID(e.segs[k].base)] += e.segs[k].len()
		}
		e.value("base", amounts(base)...)
	}
}

// spelled writes intervals as local times.
func (e *evaluator) spelled(list []Interval) []string {
	var out []string
	for _, x := range list {
		out = append(out, e.local(x.From)+"/"+e.local(x.To))
	}
	return out
}

func nonzero(s domain.Seconds) []string {
	if s == 0 {
		return nil
	}
	return []string{seconds(s)}
}

// amounts writes what codes have, by code.
func amounts(by map[string]domain.Seconds) []string {
	var out []string
	for _, code := range slices.Sorted(maps.Keys(by)) {
		if by[code] != 0 {
			out = append(out, code+"="+seconds(by[code]))
		}
	}
	return out
}
