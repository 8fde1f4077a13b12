package attendance

import (
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain/ruleset"
)

// Outcome is a row or an anomaly of the day with what made it. Where no rule could make it another one, Remedy names the act that
// could: correction, credit, review, approval, roster, calendar, binding, dispute or administrator.
type Outcome struct {
	Kind     string `json:"kind"` // row, anomaly
	ID       string `json:"id"`   // a pay code, or the key of an anomaly
	Segments []int  `json:"segments,omitempty"`
	Knobs    []Knob `json:"knobs,omitempty"`
	Remedy   string `json:"remedy,omitempty"`
}

// Knob is a place of the rules that would give another outcome. Value is what the document says there, where it was asked; empty is
// nothing, and what is built in holds.
type Knob struct {
	Rule  string `json:"rule"` // JSON pointer
	Value string `json:"value,omitempty"`
}

// Settle fills in what the rules say at the knobs.
func (t *Trace) Settle() error {
	if t.Rules == nil {
		return nil
	}
	said, err := ruleset.SettingsOf(t.Rules.Doc)
	if err != nil {
		return err
	}
	for i := range t.Outcomes {
		for k := range t.Outcomes[i].Knobs {
			knob := &t.Outcomes[i].Knobs[k]
			knob.Value = said.At(knob.Rule).Text
		}
	}
	return nil
}

// outcomes lists the rows and the anomalies of the day with what made them.
func (e *evaluator) outcomes() []Outcome {
	var out []Outcome
	for i := range e.day.Rows {
		r := &e.day.Rows[i]
		o := Outcome{Kind: "row", ID: r.Code, Segments: cloned(r.Segments), Knobs: knobs(e.rulesOfRow(r))}
		if len(o.Knobs) == 0 && e.credited() {
			o.Remedy = "credit"
		}
		out = append(out, o)
	}
	for i := range e.day.Anomalies {
		a := &e.day.Anomalies[i]
		out = append(out, Outcome{
			Kind: "anomaly", ID: a.Key(), Segments: e.segmentsOf(a), Knobs: knobs(e.rulesOfAnomaly(a)), Remedy: remedies[a.ID],
		})
	}
	return out
}

// credited reports whether somebody has entered time for the day.
func (e *evaluator) credited() bool {
	return slices.ContainsFunc(e.facts.Credits, func(c Credit) bool { return c.Date == e.day.Date })
}

func knobs(pointers []string) []Knob {
	var out []Knob
	for _, p := range pointers {
		k := Knob{Rule: p}
		if p != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// noted are the rules of the recorded steps with one of the notes, whose arguments have the given values.
func (e *evaluator) noted(args map[string]string, notes ...string) []string {
	var out []string
	for _, s := range e.rec.steps {
		has := func(name string) bool { return s.Args[name] == args[name] }
		if slices.Contains(notes, s.Note) && !slices.ContainsFunc(slices.Collect(maps.Keys(args)), func(n string) bool { return !has(n) }) {
			out = append(out, s.Rule)
		}
	}
	return out
}

func (e *evaluator) rulesOfRow(r *Row) []string {
	if e.rules == nil {
		return nil
	}
	switch r.Code {
	case "x.late":
		return []string{e.rules.LateEdge.Pointer + "/grace"}
	case "x.early":
		return []string{e.rules.EarlyEdge.Pointer + "/grace"}
	case "x.absent":
		return e.rulesOfAbsence()
	case "x.deducted":
		return below(e.noted(nil, "break.auto"), "/deduct")
	case "x.credited":
		return below(e.noted(nil, "break.credited"), "/add")
	case "x.undertime":
		return []string{"/overtime/undertime/below", "/overtime/undertime/tolerance"}
	case "x.held":
		return []string{"/intake"}
	case "x.rounding":
		return below(e.noted(nil, "total.rounded"), "/every")
	}
	out := e.noted(map[string]string{"code": r.Code}, paidNotes...)
	for _, id := range r.Segments {
		out = append(out, e.rulesOfSegment(&e.day.Segments[id-1], r.Code)...)
	}
	out = append(out, below(e.noted(map[string]string{"code": r.Code}, "total.rounded"), "/every")...)
	for i := range e.leaveSecs {
		if l := &e.leaveSecs[i]; l.rule.Code >= 0 && e.rules.Codes[l.rule.Code].ID == r.Code {
			out = append(out, l.rule.Pointer)
		}
	}
	return out
}

// rulesOfAbsence are the rules that took something of the day.
func (e *evaluator) rulesOfAbsence() []string {
	var out []string
	for _, as := range []string{"absent", "absent_half"} {
		said := map[string]string{"as": as}
		out = append(out, below(e.noted(said, "presence.tier"), "/over")...)
		out = append(out, e.noted(said, "missing.both", "missing.one")...)
	}
	if w := e.rules.Doc.Presence.Worked; w != nil && len(out) == 0 {
		out = append(out, "/presence/worked")
	}
	return out
}

// rulesOfSegment are the rules by which a code has a segment.
func (e *evaluator) rulesOfSegment(s *Segment, code string) []string {
	var out []string
	switch code {
	case s.Base, codeUnpaid:
		out = e.claimedBy(s)
	default:
		for i := range e.rules.Doc.Premiums {
			if p := &e.rules.Doc.Premiums[i]; p.Code == code {
				out = append(out, "/premiums/"+number(i)+premiumKey(p))
			}
		}
		if out == nil { // time that is given back
			out = []string{s.Rule + "/toil"}
		}
	}
	return out
}

// premiumKey is the key of a premium that says most about when it is paid.
func premiumKey(p *ruleset.Premium) string {
	switch {
	case p.Band != nil:
		return "/band"
	case p.Hours != nil:
		return "/hours"
	case p.Weekday != nil:
		return "/weekday"
	case p.Day != nil:
		return "/day"
	case p.Dates != nil:
		return "/dates"
	}
	return ""
}

// claimedBy are the rules that gave a segment its base code: keys of an overtime rule, the times of a shift, or what lets it count.
func (e *evaluator) claimedBy(s *Segment) []string {
	for i := range e.rules.Passes {
		p := &e.rules.Passes[i]
		if p.Pointer != s.Rule {
			continue
		}
		key := "/over"
		if p.Outside {
			key = "/outside"
		}
		out := []string{p.Pointer + key}
		if p.Min > 0 {
			out = append(out, p.Pointer+"/min")
		}
		return out
	}
	if r := e.today.rule(); r != nil && r.Pointer == s.Rule {
		switch r.Kind {
		case ruleset.ShiftFlex:
			return []string{s.Rule + "/required", s.Rule + "/start"}
		case ruleset.ShiftOpen:
			return []string{s.Rule}
		case ruleset.ShiftFixed:
			return []string{s.Rule + "/work"}
		}
	}
	if strings.HasPrefix(s.Rule, "/rounding") {
		return []string{s.Rule + "/every"}
	}
	return []string{s.Rule}
}

func below(pointers []string, key string) []string {
	out := make([]string, len(pointers))
	for i, p := range pointers {
		out[i] = p + key
	}
	return out
}

// paidNotes are the notes of what is paid beside time that was worked.
var paidNotes = append([]string{"pay.statutory", "pay.standby"}, guaranteed[:]...)

// limitKeys are the keys of a limit that an anomaly was measured against.
var limitKeys = map[string][]string{
	"limit.over": {"/max", "/below"}, "limit.warn": {"/warn"}, "rest.gap": {"/min"}, "rest.weekly": {"/min"}, "rest.days_in_row": {"/max"},
}

// placesOf are the rules behind anomalies of which one place decides.
var placesOf = map[string][]string{
	"ot.approved_not_worked": {"/overtime/approval/mode"},
	"punch.auto_closed":      {"/punch/close"},
	"punch.duplicate":        {"/punch/dedupe"},
	"punch.held":             {"/intake"},
	"punch.missing_in":       {"/punch/pair"},
	"punch.missing_out":      {"/punch/pair"},
	"punch.off_shift":        {"/punch/off_shift"},
	"punch.rejected":         {"/intake"},
	"punch.unpaired":         {"/punch/pair"},
	"punch.unscheduled":      {"/schedule"},
	"time.future":            {"/intake/online/max_skew"},
	"trip.conflict":          {"/trip/punches"},
}

// remedies are the acts that answer an anomaly, by its id.
var remedies = map[string]string{
	"absent": "correction", "absent_half": "correction", "calendar.provisional": "calendar", "day.disputed": "dispute",
	"incomplete": "correction", "leave.conflict": "correction", "ot.approved_not_worked": "correction", "ot.unapproved": "approval",
	"punch.auto_closed": "correction", "punch.held": "review", "punch.late_arrival": "review", "punch.missing_in": "correction",
	"punch.missing_out": "correction", "punch.rejected": "review", "punch.unpaired": "correction", "punch.unscheduled": "roster",
	"roster.unknown_shift": "roster", "rules.none": "binding", "time.future": "review", "time.wall_only": "review",
	"trip.conflict": "correction", Mismatch: "administrator",
}

func (e *evaluator) rulesOfAnomaly(a *Anomaly) []string {
	if e.rules == nil {
		return nil
	}
	if keys := limitKeys[a.ID]; keys != nil {
		return e.rulesOfLimit(a, keys)
	}
	switch a.ID {
	case "core_missed":
		return []string{e.today.rule().Pointer + "/core"}
	case "ot.below_min":
		for i := range e.rules.Passes {
			if p := &e.rules.Passes[i]; p.ID == a.Of {
				return []string{p.Pointer + "/min"}
			}
		}
	case "ot.unapproved":
		var out []string
		for i := range e.pieces {
			if p := &e.pieces[i]; !p.counted && strings.HasPrefix(p.policy, "/count/") {
				out = append(out, p.policy)
			}
		}
		return append(out, "/overtime/approval/mode")
	case "break.assumed", "break.missed", "break.short", "break.late":
		if a.Of == "auto" {
			return below(e.noted(nil, "break.auto"), "/deduct")
		}
		return append(below(e.noted(map[string]string{"rule": a.Of}, a.ID), "/need"), below(e.noted(map[string]string{"rule": a.Of}, a.ID), "/worked_over")...)
	}
	if places := placesOf[a.ID]; places != nil {
		return places
	}
	return e.rulesOfPresence(a)
}

func (e *evaluator) rulesOfLimit(a *Anomaly, keys []string) []string {
	for i := range e.rules.Limits {
		l := &e.rules.Limits[i]
		switch {
		case l.ID != a.Of:
		case a.ID == "limit.over" && l.Max < 0:
			return []string{l.Pointer + keys[1]}
		default:
			return []string{l.Pointer + keys[0]}
		}
	}
	return nil
}

// rulesOfPresence are the rules that judged an edge of the plan, or that nobody came.
func (e *evaluator) rulesOfPresence(a *Anomaly) []string {
	said := map[string]string{"as": a.ID}
	if a.Of != "" {
		said["edge"] = a.Of
	}
	tiers := e.noted(said, "presence.tier")
	var out []string
	if len(tiers) > 0 || a.State == "waived" {
		switch a.Of {
		case "in":
			out = append(out, e.noted(nil, "late.by", "late.pardoned")...)
		case "out":
			out = append(out, e.noted(nil, "early.by")...)
		}
	}
	out = append(out, below(tiers, "/over")...)
	out = append(out, e.noted(said, "missing.one", "missing.both")...)
	if a.Of == "worked" {
		key := map[string]string{"absent": "/absent_below", "absent_half": "/half_below"}[a.ID]
		out = append(out, "/presence/worked"+key)
	}
	return out
}

// segmentsOf are the segments that an anomaly is about: those of its punch, of the time that it measures, or that it found unpaid.
func (e *evaluator) segmentsOf(a *Anomaly) []int {
	var out []int
	for i := range e.day.Segments {
		if s := &e.day.Segments[i]; e.concerns(a, s) {
			out = append(out, s.ID)
		}
	}
	return out
}

func (e *evaluator) concerns(a *Anomaly, s *Segment) bool {
	switch a.ID {
	case "ot.unapproved":
		return s.Base == codeUnapproved && strings.HasPrefix(s.Rule, "/count/")
	case "ot.below_min":
		return s.Base == codeUnpaid && slices.Contains(e.rulesOfAnomaly(a), s.Rule+"/min")
	case "limit.over", "limit.warn":
		for i := range e.rules.Limits {
			if l := &e.rules.Limits[i]; l.ID == a.Of {
				return e.measures(l, s)
			}
		}
	case "break.missed", "break.short", "break.late", "break.assumed", "rest.days_in_row", "rest.weekly", "punch.unscheduled":
		return s.Base != codeUnapproved
	case "late", "late_serious", "rest.gap":
		return s.ID == e.day.Segments[0].ID
	case "early_leave", "short_hours":
		return s.ID == e.day.Segments[len(e.day.Segments)-1].ID
	}
	return a.Of != "" && slices.Contains(s.By, a.Of)
}

// measures reports whether a limit counts a segment.
func (e *evaluator) measures(l *ruleset.LimitRule, s *Segment) bool {
	if l.Measure == ruleset.MeasureWorked || l.Measure == ruleset.MeasureDaysInRow {
		return true
	}
	for _, id := range append([]string{s.Base}, s.Premiums...) {
		if code, ok := e.rules.CodeIndex(id); ok && l.Codes.Has(code) {
			return true
		}
	}
	return false
}
