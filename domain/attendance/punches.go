package attendance

import (
	"sort"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// taken is a punch that the day considers.
type taken struct {
	p       *Punch
	cluster int // index into clusters, or -1
	role    string
	of      string
	back    bool // from the next day's window
	shift   int  // index into the day's shift windows, or -1
	off     bool // in no shift's window, where the rules ask for that
}

// cluster is one punch, or several within the dedupe time: the first counts as an in, the last as an out.
type cluster struct {
	first, last int // indices into taken
	dir         Direction
	role        string
}

// attach finds the window of the day and the punches in it (stages 1 and 2).
func (e *evaluator) attach() {
	from := e.carry.cut
	if e.rules.Assign == ruleset.AssignByCut || e.carry.Through != e.day.Date-1 {
		from = max(e.cut(e.yesterday, e.today, 0), e.carry.cut)
	}
	to := max(e.cut(e.today, e.tomorrow, from), from+1)
	e.day.Window = Interval{from, to}
	e.settle(to)
	e.shiftWindows()
	list := e.facts.Punches
	if e.nextPunch == 0 || e.nextPunch > 0 && list[e.nextPunch-1].At >= from {
		e.nextPunch = sort.Search(len(list), func(i int) bool { return list[i].At >= from })
	}
	i := e.nextPunch
	for i < len(list) && list[i].At < from {
		i++
	}
	for ; i < len(list) && list[i].At < to; i++ {
		e.consider(&list[i], false)
	}
	e.nextPunch = i
	e.judged = e.day.Settled && !e.day.Pending
	for k := range e.taken {
		e.cluster(k)
	}
	if e.rec != nil {
		e.noteWindow()
	}
}

// lookTurned finds the last date that is over in the zone of the day.
func (e *evaluator) lookTurned() {
	if z := e.today.zone; e.turnedIn != z {
		e.turnedIn, e.turned = z, e.book.Turned[z.Name()]
	}
}

// settle decides whether the day can still gain punches by itself.
func (e *evaluator) settle(to domain.Seconds) {
	z := e.today.zone
	e.lookTurned()
	last := to + e.rules.MaxOpen
	if e.rules.Assign != ruleset.AssignByCut {
		last = to + max(e.rules.MaxOpen, e.rules.Longest)
	}
	if e.turned > e.day.Date+4 && last < e.clockDay(z, e.day.Date+4).midnight {
		e.day.Settled = true
		return
	}
	e.day.Settled = e.turned >= z.DateOf(last) || e.book.Synced[z.Name()] > last
}

// consider lists a punch of the window with the role that its state gives it.
func (e *evaluator) consider(p *Punch, back bool) {
	t := taken{p: p, cluster: -1, back: back, shift: -1}
	switch p.State {
	case Held:
		t.role = "held"
		e.day.Pending = true
	case Rejected:
		t.role = "rejected"
	case Refused:
		t.role = "refused"
	case Voided:
		t.role = "voided"
	case Counted:
		if !back && (p.At < e.carry.backAt || p.At == e.carry.backAt && p.ID == e.carry.backID) {
			t.role = "carried_back"
		}
		if t.role == "" {
			e.inShift(&t)
		}
	}
	e.taken = append(e.taken, t)
}

// cluster joins a counted punch to the one before it when both say the same within the dedupe time.
func (e *evaluator) cluster(k int) {
	t := &e.taken[k]
	if t.role != "" {
		return
	}
	if !e.repeats(t.p) {
		t.cluster = len(e.clusters)
		e.clusters = append(e.clusters, cluster{first: k, last: k, dir: t.p.Dir})
		return
	}
	c := &e.clusters[len(e.clusters)-1]
	c.last, t.cluster = k, len(e.clusters)-1
	if c.dir == Auto {
		c.dir = t.p.Dir
	}
}

// repeats reports whether p says again what the last cluster said.
func (e *evaluator) repeats(p *Punch) bool {
	n := len(e.clusters)
	if n == 0 || e.rules.Dedupe == 0 {
		return false
	}
	c := &e.clusters[n-1]
	return p.At-e.taken[c.last].p.At <= e.rules.Dedupe && sameDir(c.dir, p.Dir)
}

func sameDir(a, b Direction) bool {
	if a == b {
		return true
	}
	pauses := a == BreakOut || a == BreakIn || b == BreakOut || b == BreakIn
	return !pauses && (a == Auto || b == Auto)
}

// inAt is the time of a cluster that is read as an in, outAt as an out, cut to the rules' precision.
func (e *evaluator) inAt(k int) domain.Seconds {
	return e.floor(e.taken[e.clusters[k].first].p.At)
}

func (e *evaluator) outAt(k int) domain.Seconds {
	at := e.taken[e.clusters[k].last].p.At
	if e.rules.Precision == ruleset.PrecisionMinuteUp {
		at += domain.Minute - 1
	}
	return e.floor(at)
}

func (e *evaluator) floor(at domain.Seconds) domain.Seconds {
	if e.rules.Precision == ruleset.PrecisionSecond {
		return at
	}
	return at - ((at%domain.Minute)+domain.Minute)%domain.Minute
}

// roles writes what each considered punch was used for into the day.
func (e *evaluator) roles() {
	for k := range e.taken {
		t := &e.taken[k]
		if t.cluster >= 0 {
			c := &e.clusters[t.cluster]
			kept := c.first
			if c.role == "out" || c.role == "break_out" {
				kept = c.last
			}
			t.role = c.role
			if t.role == "" {
				t.role = "unused"
			}
			if kept != k {
				t.role, t.of = "duplicate", e.taken[kept].p.ID
			}
		}
		role := PunchRole{ID: t.p.ID, At: t.p.At, Dir: t.p.Dir, Role: t.role, Of: t.of, Event: t.p.Event}
		if t.shift >= 0 {
			role.Shift = e.day.Shifts[t.shift].Shift
		}
		e.day.Punches = append(e.day.Punches, role)
	}
}
