package attendance

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// The hashes cover fields in a fixed order, integers as varints and texts with their length before them, behind a name of the format.
const (
	inputFormat  = "punchledger/input/1"
	resultFormat = "punchledger/result/1"
)

// pins names what the day was computed with.
func (e *evaluator) pins() {
	p := &e.day.Pins
	p.TZVersion, p.TZHash, p.Engine = e.book.Zones.Version(), e.book.Zones.SHA256(), e.book.Engine
	g := e.today.gov
	if g == nil || g.assign == nil {
		return
	}
	p.Group = g.assign.Group
	p.ChosenBy = appendID(p.ChosenBy, g.assign.Event)
	if g.version == nil {
		return
	}
	p.ChosenBy = appendID(appendID(p.ChosenBy, g.binding.Event), g.version.Event)
	p.Ruleset, p.Version, p.RulesHash = g.rules.Doc.ID, g.version.Number, g.rules.Hash
	if y := e.today.year; y != nil {
		p.Calendar, p.CalendarRev = y.id, y.rev
	}
}

func appendID(list []string, id string) []string {
	if id == "" {
		return list
	}
	return append(list, id)
}

// seal pins the day and computes its hashes (stage 16).
func (e *evaluator) seal() {
	if e.bare {
		return
	}
	if e.rules != nil {
		e.pins()
	}
	e.buf = e.appendInput(e.buf[:0])
	in := sha256.Sum256(e.buf)
	e.buf = e.appendResult(e.buf[:0])
	out := sha256.Sum256(e.buf)
	var both [128]byte
	hex.Encode(both[:64], in[:])
	hex.Encode(both[64:], out[:])
	text := string(both[:])
	e.day.InputHash, e.day.ResultHash = text[:64], text[64:]
}

func appendInts(b []byte, list ...int64) []byte {
	for _, v := range list {
		b = binary.AppendVarint(b, v)
	}
	return b
}

func appendInterval(b []byte, x Interval) []byte {
	return binary.AppendVarint(binary.AppendVarint(b, int64(x.From)), int64(x.To))
}

func appendIntervals(b []byte, list []Interval) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, x := range list {
		b = appendInterval(b, x)
	}
	return b
}

func appendTexts(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendText(b, s)
	}
	return b
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// appendInput writes the facts that the day used, its rules, calendar, zone data and the carry: no positions and no engine.
func (e *evaluator) appendInput(b []byte) []byte {
	s := e.today
	if e.contextOf != s.gov || e.contextIn != s.year {
		e.contextOf, e.contextIn = s.gov, s.year
		e.context = sha256.Sum256(e.appendContext(b[:0]))
	}
	b = appendText(b[:0], inputFormat)
	b = append(b, e.context[:]...)
	b = appendInts(b, int64(s.date), int64(s.kind), int64(s.shift))
	b = appendText(appendText(appendText(b, e.day.Zone), s.site), s.unknown)
	b = append(binary.AppendUvarint(b, uint64(len(e.carryIn))), e.carryIn...)
	b = appendInterval(b, e.day.Window)
	b = appendIntervals(b, s.plan())
	b = appendBool(appendBool(b, e.day.Settled), s.half)
	b = e.appendPunches(b)
	return e.appendOverlays(b)
}

// appendContext writes what stays equal from day to day: employee, assignment, rules, calendar year and zone data. Its hash stands
// for it in every day.
func (e *evaluator) appendContext(b []byte) []byte {
	s, p := e.today, &e.day.Pins
	for _, t := range [...]string{e.facts.Employee, p.RulesHash, p.Calendar, p.TZHash} {
		b = appendText(b, t)
	}
	if s.year != nil {
		b = appendText(b, s.year.hash)
	}
	if s.gov == nil || s.gov.assign == nil {
		return b
	}
	a := s.gov.assign
	for _, t := range [...]string{a.Group, a.Zone, a.Site, a.Employer, a.PayGroup, a.Cost, a.Contract} {
		b = appendText(b, t)
	}
	return appendBool(appendTexts(b, a.Tags), a.NoPunches)
}

func (e *evaluator) appendPunches(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(e.taken)))
	for i := range e.taken {
		p := e.taken[i].p
		for _, t := range [...]string{p.ID, string(p.Dir), p.TimeSource, p.Place, p.Site, p.Job, p.Cost} {
			b = appendText(b, t)
		}
		b = appendInts(b, int64(p.At), int64(p.Received), int64(p.State))
		b = appendBool(appendTexts(b, p.Reasons), p.Added)
	}
	return b
}

func (e *evaluator) appendOverlays(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(e.appr)))
	for _, a := range e.appr {
		for _, t := range [...]string{a.Request, a.Kind, a.Settle, a.Type} {
			b = appendText(b, t)
		}
		b = appendInts(b, int64(a.From), int64(a.To))
	}
	for i := range e.facts.Credits {
		if c := &e.facts.Credits[i]; c.Date == e.day.Date {
			b = appendText(appendText(b, c.ID), c.Code)
			b = appendInts(b, int64(c.From), int64(c.To), int64(c.Seconds))
		}
	}
	for i := range e.facts.Waivers {
		if w := &e.facts.Waivers[i]; w.Date == e.day.Date {
			b = appendInts(appendText(b, w.Key), int64(w.Until))
			b = appendBool(b, w.Ack)
		}
	}
	return appendBool(b, slices.Contains(e.facts.Disputed, e.day.Date))
}

// appendResult writes what the day came to: no pins, no pointers into the rules, so that the same pay under other words is equal.
func (e *evaluator) appendResult(b []byte) []byte {
	d := &e.day
	b = appendText(b, resultFormat)
	b = appendText(appendText(appendText(b, d.Employee), d.Shift), d.Zone)
	b = appendInts(b, int64(d.Date), int64(d.Kind), int64(d.Attended), int64(d.Late), int64(d.Early), int64(d.Present), int64(d.Counted))
	b = appendInterval(b, d.Window)
	b = appendBool(appendBool(b, d.Settled), d.Pending)
	b = binary.AppendUvarint(b, uint64(len(d.Punches)))
	for i := range d.Punches {
		p := &d.Punches[i]
		b = appendText(appendText(appendText(appendText(b, p.ID), string(p.Dir)), p.Role), p.Of)
		b = appendInts(b, int64(p.At))
	}
	b = appendIntervals(appendIntervals(b, d.Intervals), d.Plan)
	for i := range d.Shifts { // none where the rules do not ask, so that such days keep their hashes
		w := &d.Shifts[i]
		b = appendInterval(appendInts(appendText(b, w.Shift), int64(w.From), int64(w.To)), w.Window)
	}
	b = appendTexts(b, d.Flags)
	b = binary.AppendUvarint(b, uint64(len(d.Segments)))
	for i := range d.Segments {
		s := &d.Segments[i]
		b = appendInts(b, int64(s.From), int64(s.To), int64(s.Civil), int64(s.Kind))
		b = appendTexts(appendTexts(appendText(appendBool(b, s.InPlan), s.Base), s.Premiums), s.By)
	}
	b = binary.AppendUvarint(b, uint64(len(d.Rows)))
	for i := range d.Rows {
		b = appendRow(b, &d.Rows[i])
	}
	b = binary.AppendUvarint(b, uint64(len(d.Anomalies)))
	for i := range d.Anomalies {
		b = appendAnomaly(b, &d.Anomalies[i])
	}
	return b
}

func appendRow(b []byte, r *Row) []byte {
	for _, t := range [...]string{r.Code, r.Class, r.Rate, r.Basis, r.Dims.Site, r.Dims.Cost, r.Dims.Job, r.Dims.Place} {
		b = appendText(b, t)
	}
	b = appendInts(b, int64(r.Date), int64(r.Seconds), int64(r.Days), int64(r.Count))
	return appendTexts(b, r.Sources)
}

func appendAnomaly(b []byte, a *Anomaly) []byte {
	b = appendText(appendText(appendText(appendText(b, a.ID), a.Of), a.Severity), a.State)
	b = appendBool(b, a.Block)
	b = binary.AppendUvarint(b, uint64(len(a.Evidence)))
	if len(a.Evidence) == 0 {
		return b
	}
	for _, k := range slices.Sorted(maps.Keys(a.Evidence)) {
		b = appendText(appendText(b, k), a.Evidence[k])
	}
	return b
}

// Clone returns a copy of d that shares nothing with the evaluation that made it.
func (d *Day) Clone() Day {
	out := *d
	out.Punches, out.Intervals, out.Plan = cloned(d.Punches), cloned(d.Intervals), cloned(d.Plan)
	out.Flags, out.Segments, out.Rows, out.Shifts = cloned(d.Flags), cloned(d.Segments), cloned(d.Rows), cloned(d.Shifts)
	for i := range out.Segments {
		s := &out.Segments[i]
		s.Premiums, s.By = cloned(s.Premiums), cloned(s.By)
	}
	for i := range out.Rows {
		r := &out.Rows[i]
		r.Sources, r.Segments = cloned(r.Sources), cloned(r.Segments)
	}
	out.Anomalies = cloned(d.Anomalies)
	for i := range out.Anomalies {
		out.Anomalies[i].Evidence = maps.Clone(d.Anomalies[i].Evidence)
	}
	out.Pins.ChosenBy = cloned(d.Pins.ChosenBy)
	return out
}

// cloned copies a list; an empty one becomes nil, whatever memory stood behind it.
func cloned[T any](list []T) []T { return append([]T(nil), list...) }

// baseSeconds is what base codes and x.unpaid have of a day: its counted time.
func baseSeconds(d *Day) domain.Seconds {
	var s domain.Seconds
	for i := range d.Rows {
		if r := &d.Rows[i]; r.Class == "base" || r.Code == codeUnpaid {
			s += r.Seconds
		}
	}
	return s
}
