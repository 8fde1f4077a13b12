package attendance

import (
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// AnomalyKind is what is true of every anomaly of an id: its default severity and whether it stops a close.
type AnomalyKind struct {
	ID       string
	Severity string
	Block    bool
}

// AnomalyKinds are the anomalies that evaluation raises, by id. A ruleset may override severity and block.
var AnomalyKinds = []AnomalyKind{
	{"absent", "high", true},
	{"absent_half", "high", true},
	{"break.assumed", "info", false},
	{"break.late", "high", false},
	{"break.missed", "high", false},
	{"break.short", "high", false},
	{"calendar.provisional", "critical", true},
	{"core_missed", "low", false},
	{"day.disputed", "high", true},
	{"early_leave", "low", false},
	{"incomplete", "medium", false},
	{"late", "low", false},
	{"late_serious", "medium", false},
	{"leave.conflict", "low", false},
	{"limit.over", "medium", false},
	{"limit.warn", "low", false},
	{"ot.approved_not_worked", "low", false},
	{"ot.below_min", "low", false},
	{"ot.unapproved", "medium", false},
	{"punch.auto_closed", "medium", false},
	{"punch.duplicate", "info", false},
	{"punch.held", "high", true},
	{"punch.late_arrival", "low", false},
	{"punch.missing_in", "high", true},
	{"punch.missing_out", "high", true},
	{"punch.off_shift", "medium", false},
	{"punch.rejected", "medium", false},
	{"punch.unpaired", "medium", false},
	{"punch.unscheduled", "low", false},
	{"rest.days_in_row", "high", false},
	{"rest.gap", "high", false},
	{"rest.weekly", "high", false},
	{"roster.unknown_shift", "medium", true},
	{"rules.none", "critical", true},
	{"short_hours", "low", false},
	{"time.future", "medium", false},
	{"time.wall_only", "medium", false},
	{"trip.conflict", "low", false},
}

// kinds finds an AnomalyKind by its id.
var kinds = func() map[string]AnomalyKind {
	m := make(map[string]AnomalyKind, len(AnomalyKinds))
	for _, k := range AnomalyKinds {
		m[k.ID] = k
	}
	return m
}()

// Key returns the part of an anomaly's key that a waiver names: the id, and after a colon the discriminator if there is one.
func (a *Anomaly) Key() string {
	if a.Of == "" {
		return a.ID
	}
	return a.ID + ":" + a.Of
}

func (e *evaluator) anomaly(id, of string, ev map[string]string) {
	for i := range e.day.Anomalies {
		if a := &e.day.Anomalies[i]; a.ID == id && a.Of == of {
			return
		}
	}
	k := kinds[id]
	a := Anomaly{ID: id, Of: of, Severity: k.Severity, Block: k.Block, State: "open", Evidence: ev}
	if e.rules != nil {
		a.Severity, a.Block = e.rules.Severity(id, k.Severity), e.rules.Blocks(id, k.Block)
	}
	e.day.Anomalies = append(e.day.Anomalies, a)
}

// detail is one entry of an anomaly's evidence before it is written out.
type detail struct {
	key  string
	text string
	n    domain.Seconds
	form detailForm
}

type detailForm uint8

const (
	formText detailForm = iota
	formNumber
	formClock
)

func inText(key, text string) detail               { return detail{key: key, text: text} }
func inNumber(key string, s domain.Seconds) detail { return detail{key: key, n: s, form: formNumber} }

func inClock(key string, at domain.Seconds) detail { return detail{key: key, n: at, form: formClock} }

// evidence writes details out. An outline has none: nobody looks at it, and writing costs more than most stages.
func (e *evaluator) evidence(list ...detail) map[string]string {
	if e.bare {
		return nil
	}
	m := make(map[string]string, len(list))
	for _, d := range list {
		switch d.form {
		case formText:
			m[d.key] = d.text
		case formNumber:
			m[d.key] = seconds(d.n)
		case formClock:
			m[d.key] = e.local(d.n)
		}
	}
	return m
}

// argsOf pairs keys with values.
func argsOf(list ...string) map[string]string {
	m := make(map[string]string, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	return m
}

func seconds(s domain.Seconds) string { return strconv.FormatInt(int64(s), 10) }

func number(n int) string { return strconv.Itoa(n) }

// local writes an instant as the wall clock of the day's zone shows it, with its offset (RFC 3339).
func (e *evaluator) local(at domain.Seconds) string {
	off := e.today.zone.Offset(at)
	text := (at + off).Instant().Time().Format("2006-01-02T15:04:05")
	sign := "+"
	if off < 0 {
		sign, off = "-", -off
	}
	hm := func(n domain.Seconds) string { return strconv.Itoa(int(100 + n))[1:] }
	return text + sign + hm(off/domain.Hour) + ":" + hm(off%domain.Hour/domain.Minute)
}

// raise adds the anomalies that no stage has raised, and the state that waivers give (stage 15).
func (e *evaluator) raise() {
	e.punchAnomalies()
	e.planAnomalies()
	e.overtimeAnomalies()
	e.overlayAnomalies()
	for _, d := range e.facts.Disputed {
		if d == e.day.Date {
			e.anomaly("day.disputed", "", nil)
		}
	}
	sortAnomalies(e.day.Anomalies)
	e.waive()
}

// lateArrival is how long after its time a punch may be received before that is worth a look.
const lateArrival = 36 * domain.Hour

func (e *evaluator) punchAnomalies() {
	for i := range e.taken {
		t := &e.taken[i]
		if t.role == "carried_back" || t.role == "voided" || t.role == "refused" {
			continue
		}
		switch t.p.State {
		case Held:
			e.anomaly("punch.held", t.p.ID, e.evidence(inText("reasons", strings.Join(t.p.Reasons, " "))))
		case Rejected:
			e.anomaly("punch.rejected", t.p.ID, e.evidence(inText("reasons", strings.Join(t.p.Reasons, " "))))
			continue
		}
		if e.day.Punches[i].Role == "duplicate" {
			e.anomaly("punch.duplicate", t.p.ID, e.evidence(inText("of", e.day.Punches[i].Of)))
		}
		if t.off {
			e.anomaly("punch.off_shift", t.p.ID, e.evidence(inClock("at", t.p.At)))
		}
		e.clockAnomalies(t.p)
	}
}

func (e *evaluator) clockAnomalies(p *Punch) {
	if p.Received > 0 {
		switch age := p.Received - p.At; {
		case age > lateArrival:
			e.anomaly("punch.late_arrival", p.ID, e.evidence(inClock("at", p.At), inClock("received", p.Received)))
		case -age > e.rules.MaxSkew:
			e.anomaly("time.future", p.ID, e.evidence(inClock("at", p.At), inClock("received", p.Received)))
		}
	}
	if p.TimeSource == "wall_claimed" {
		e.anomaly("time.wall_only", p.ID, nil)
	}
	for _, r := range p.Reasons {
		if r == "time_in_future" {
			e.anomaly("time.future", p.ID, nil)
		}
	}
}

func (e *evaluator) planAnomalies() {
	s := e.today
	if s.unknown != "" {
		e.anomaly("roster.unknown_shift", s.unknown, nil)
	}
	if y := s.year; y != nil && (!y.known || y.provisional) {
		e.anomaly("calendar.provisional", y.id, e.evidence(inNumber("year", domain.Seconds(y.year))))
	}
	if s.rule() == nil && len(e.clusters) > 0 && len(e.appr) == 0 {
		e.anomaly("punch.unscheduled", e.taken[e.clusters[0].first].p.ID, nil)
	}
}

// unapprovedFloor is the shortest time beyond the plan that asks for a manager's attention where the rules name no minimum.
const unapprovedFloor = 15 * domain.Minute

func (e *evaluator) overtimeAnomalies() {
	var open domain.Seconds
	for i := range e.pieces {
		p := &e.pieces[i]
		late, off := p.policy == "/count/late", p.policy == "/count/off"
		early := p.policy == "/count/early" && e.rules.Early == ruleset.CountApproved
		if !p.counted && (early || late && e.rules.Late == ruleset.CountApproved || off && e.rules.Off == ruleset.CountApproved) {
			open += p.to - p.from
		}
	}
	if open > 0 && open >= e.leastOvertime() {
		e.anomaly("ot.unapproved", "", e.evidence(inNumber("s", open)))
	}
	if !e.judged {
		return
	}
	for _, a := range e.overtime {
		if a.From < e.day.Window.From { // it belongs to the day it began on
			continue
		}
		var worked domain.Seconds
		for i := range e.pieces {
			if p := &e.pieces[i]; p.span >= 0 {
				worked += overlap([]Interval{{p.from, p.to}}, Interval{a.From, a.To})
			}
		}
		if worked == 0 && e.rules.Approval != ruleset.ApprovalHours {
			e.anomaly("ot.approved_not_worked", a.Request, nil)
		}
	}
}

// leastOvertime is the least minimum of the passes that today's kind of day can reach.
func (e *evaluator) leastOvertime() domain.Seconds {
	least := domain.Seconds(0)
	for i := range e.rules.Passes {
		p := &e.rules.Passes[i]
		if p.Min > 0 && p.Match.OnDate(e.day.Kind, e.day.Date) && (least == 0 || p.Min < least) {
			least = p.Min
		}
	}
	if least == 0 {
		return unapprovedFloor
	}
	return least
}

func (e *evaluator) overlayAnomalies() {
	for _, a := range e.appr {
		var id string
		switch {
		case a.Kind == "leave":
			id = "leave.conflict"
		case a.Kind == "trip" && e.rules.Doc.Trip != nil && e.rules.Doc.Trip.Punches == "required" && e.judged:
			if len(e.clusters) == 0 && overlap(e.plan, clip(a, e.day.Window)) > 0 {
				e.anomaly("trip.conflict", a.Request, nil)
			}
			continue
		case a.Kind == "trip":
			id = "trip.conflict"
		default:
			continue
		}
		for _, s := range e.spans {
			if overlap(e.plan, Interval{max(s.from, a.From), min(s.to, a.To)}) > 0 && e.atOffice(a, s) {
				e.anomaly(id, a.Request, e.evidence(inClock("in", s.from), inClock("out", s.to)))
			}
		}
	}
}

// atOffice reports whether a span contradicts an approval: any work does a leave, work at the office a trip.
func (e *evaluator) atOffice(a *Approval, s work) bool {
	if a.Kind == "leave" {
		return true
	}
	return e.taken[e.clusters[s.in].first].p.Place == "office"
}

func sortAnomalies(list []Anomaly) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && (list[j].ID < list[j-1].ID || list[j].ID == list[j-1].ID && list[j].Of < list[j-1].Of); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// waive gives anomalies the state that waivers of the day name; a waiver past its date no longer holds.
func (e *evaluator) waive() {
	for i := range e.facts.Waivers {
		w := &e.facts.Waivers[i]
		if w.Date != e.day.Date || w.Until != 0 && e.turned >= w.Until {
			continue
		}
		for k := range e.day.Anomalies {
			a := &e.day.Anomalies[k]
			switch {
			case a.Key() != w.Key:
			case !w.Ack:
				a.State = "waived"
			case a.State == "open":
				a.State = "acknowledged"
			}
		}
	}
}
