package attendance_test

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// The file holds the lives of the first groups, and behind them those of later ones, so that a new document leaves the lines before alone.
const (
	lives      = 170
	laterLives = 108
)

// life is what is known of one person over some weeks.
type life struct {
	group  string
	first  domain.Date
	days   domain.Date
	turned domain.Date // 0: all days are over
	facts  *attendance.Facts
}

func (l life) String() string {
	return fmt.Sprintf("%s from %s, %d punches, %d approvals", l.group, l.first, len(l.facts.Punches), len(l.facts.Approvals))
}

// dice draw what happens: PCG-DXSM, written out so that the lives are the same under every version of Go.
type dice struct{ hi, lo uint64 }

func (d *dice) next() uint64 {
	const mulHi, mulLo, incHi, incLo, cheap = 2549297995355413924, 4865540595714422341, 6364136223846793005, 1442695040888963407, 0xda942042e4dd58b5
	hi, lo := bits.Mul64(d.lo, mulLo)
	hi += d.hi*mulLo + d.lo*mulHi
	var carry uint64
	lo, carry = bits.Add64(lo, incLo, 0)
	hi, _ = bits.Add64(hi, incHi, carry)
	d.hi, d.lo = hi, lo
	hi ^= hi >> 32
	hi *= cheap
	hi ^= hi >> 48
	return hi * (lo | 1)
}

// IntN draws one of 0 to n-1, each as likely.
func (d *dice) IntN(n int) int {
	if n&(n-1) == 0 {
		return int(d.next() & uint64(n-1))
	}
	for {
		product := d.next() >> 32 * uint64(n)
		if low := uint32(product); low >= -uint32(n)%uint32(n) {
			return int(product >> 32)
		}
	}
}

// in is true once in n.
func (d *dice) in(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d *dice, list ...T) T { return list[d.IntN(len(list))] }

// minutes are distances from the edges of plans and rules: on them, one off, and well away.
var minutes = []int{0, 0, 0, 1, -1, 3, 4, 5, 6, -5, 7, 10, -10, 11, 14, 15, 16, -15, 29, 30, -30, 31, 45, 60, -60, 61, 75, 90, 120, -120, 121, 150, 180, 240, -240, 241, 300}

// draw draws a life. The first seeds go through all groups in turn, those from lives on through the later ones.
func (c *community) draw(seed uint64) life {
	d := &dice{seed, 7}
	starts := []string{"2026-06-01", "2026-06-03", "2026-09-24", "2026-10-20", "2026-03-02", "2026-03-24", "2026-12-21", "2026-10-28", "2026-04-27"}
	groups, others := c.groups, c.groups
	if seed >= lives {
		groups, others = c.later, slices.Concat(c.later, c.groups)
	}
	l := life{group: groups[seed%uint64(len(groups))], first: date(c.t, pick(d, starts...)), days: 15}
	a := attendance.Assignment{
		From: l.first - 40, Group: l.group, Site: pick(d, "", "", "", "munich", "yard", "nowhere"), Cost: pick(d, "", "c1"), NoPunches: d.in(12),
		Contract: pick(d, "", "hourly", "monthly"), Zone: pick(d, "", "", "", "", "Asia/Tokyo"), Event: "assigned", Employer: "x", PayGroup: "y",
	}
	if d.in(2) {
		a.Tags = []string{"f", "night_worker"}
	}
	f := &attendance.Facts{Employee: fmt.Sprintf("e%d", seed), Employment: []attendance.Employment{{From: l.first - 30}}, Assignments: []attendance.Assignment{a}}
	l.facts = f
	if d.in(4) {
		b := a
		b.From, b.Group, b.Zone, b.Event = l.first+domain.Date(3+d.IntN(8)), pick(d, others...), "", "moved"
		f.Assignments = append(f.Assignments, b)
	}
	if d.in(10) {
		f.Employment = []attendance.Employment{{From: l.first + 2, Last: l.first + 6}, {From: l.first + 9}}
	}
	if d.in(5) {
		l.turned = l.first + domain.Date(4+d.IntN(9))
	}
	c.drawWork(d, &l)
	c.drawOverlays(d, &l)
	return l
}

// shiftsOf are the starts and ends, in minutes, of days that people of a group tend to work.
func shiftsOf(group string) [][2]int {
	switch group {
	case "abroad":
		return [][2]int{{1260, 1800}, {1320, 1860}, {1260, 1920}}
	case "plant", "split":
		return [][2]int{{360, 840}, {840, 1320}, {1320, 1800}, {1320, 1800}}
	case "split_points":
		return [][2]int{{480, 1260}}
	case "tokyo", "kansai":
		return [][2]int{{540, 1050}, {540, 1260}, {600, 1500}}
	case "research", "flexible":
		return [][2]int{{600, 1140}, {630, 1170}, {540, 1290}}
	case "california", "shop", "open":
		return [][2]int{{480, 1020}, {420, 1140}, {1080, 1680}, {540, 600}, {540, 1080}}
	}
	return [][2]int{{540, 1080}, {540, 1080}, {540, 1290}}
}

func (c *community) drawWork(d *dice, l *life) {
	habit := cmp.Or(habits[l.group], l.group)
	names := map[string]string{"plant": "Europe/Berlin", "split": "Europe/Berlin", "california": "America/Los_Angeles", "shop": "America/Los_Angeles", "tokyo": "Asia/Tokyo", "kansai": "Asia/Tokyo", "open": "UTC"}
	z := zoneOf(c.t, cmp.Or(l.facts.Assignments[0].Zone, names[habit], "Asia/Shanghai"))
	usual := pick(d, shiftsOf(habit)...)
	typed := !d.in(4)
	for day := l.first - 1; day <= l.first+l.days; day++ {
		if d.in(6) || day.Weekday() == 0 && !d.in(4) || day.Weekday() == 6 && d.in(2) {
			continue
		}
		plan := usual
		if d.in(5) {
			plan = pick(d, shiftsOf(habit)...)
		}
		punch := func(minute int, dir attendance.Direction) {
			if d.in(14) {
				return
			}
			p := c.drawPunch(d, l, z.Start(day, domain.Seconds(minute)*60), dir, typed)
			l.facts.Punches = append(l.facts.Punches, p)
			if d.in(9) {
				again := p
				again.ID, again.At = p.ID+"b", p.At+pick(d, domain.Seconds(0), 20, 59, 60, 61)
				again.Event += "b"
				l.facts.Punches = append(l.facts.Punches, again)
			}
		}
		from, to := plan[0]+pick(d, minutes...), plan[1]+pick(d, minutes...)
		punch(from, attendance.In)
		if middle := (plan[0]+plan[1])/2 + pick(d, minutes...)/2; d.in(2) && from < middle {
			length := pick(d, 5, 10, 15, 20, 21, 29, 30, 31, 45, 60, 61, 90, 121)
			out, in := attendance.Out, attendance.In
			if d.in(3) {
				out, in = attendance.BreakOut, attendance.BreakIn
			}
			if middle+length < to {
				punch(middle, out)
				punch(middle+length, in)
			}
		}
		punch(to, attendance.Out)
	}
	slices.SortStableFunc(l.facts.Punches, func(a, b attendance.Punch) int { return cmp.Compare(a.At, b.At) })
	for i := range l.facts.Punches {
		l.facts.Punches[i].Position = domain.Seconds(i + 1)
	}
}

func (c *community) drawPunch(d *dice, l *life, at domain.Seconds, dir attendance.Direction, typed bool) attendance.Punch {
	n := len(l.facts.Punches) + 1
	if !typed && (dir == attendance.In || dir == attendance.Out) {
		dir = attendance.Auto
	}
	p := attendance.Punch{
		ID: fmt.Sprintf("p%02d", n), At: at, Dir: dir, Event: fmt.Sprintf("ev%02d", n), Place: pick(d, "office", "office", "remote", "unknown", ""),
		Job: pick(d, "", "", "", "j1"),
	}
	if d.in(3) {
		p.At += domain.Seconds(d.IntN(60))
	}
	if d.in(12) {
		p.State = pick(d, attendance.Held, attendance.Rejected, attendance.Refused, attendance.Voided)
		p.Reasons = []string{"proof_missing", "clock"}
		p.Changed = []string{"changed" + p.ID}
	}
	if d.in(10) {
		p.Received = p.At + pick(d, domain.Seconds(5), -100, -3600, 36*domain.Hour, 36*domain.Hour+1, 3*domain.Day)
		p.TimeSource = pick(d, "", "wall_claimed")
	}
	if d.in(20) {
		p.Reasons, p.Site, p.Cost, p.Added = append(p.Reasons, "time_in_future"), "yard", "c2", true
	}
	return p
}

func (c *community) drawOverlays(d *dice, l *life) {
	f := l.facts
	for i := range d.IntN(9) {
		day := l.first + domain.Date(d.IntN(int(l.days)))
		from := day.Unix() - 8*domain.Hour + domain.Seconds(pick(d, 540, 600, 780, 1080, 1110, 1320, 840, 0))*60 + domain.Seconds(pick(d, minutes...))*60
		f.Approvals = append(f.Approvals, attendance.Approval{
			Request: fmt.Sprintf("r%d", i), Kind: pick(d, "overtime", "overtime", "overtime", "leave", "leave", "trip", "outing", "remote", "field"), From: from,
			To:     from + domain.Seconds(pick(d, 30, 60, 120, 180, 240, 300, 480, 540, 1440, 3000))*60,
			Settle: pick(d, "pay", "toil"), Type: pick(d, "annual", "sick", "personal", "vacation", "other"), Event: fmt.Sprintf("a%d", i),
		})
		if a := &f.Approvals[i]; a.Kind == "trip" && d.in(2) {
			a.Zone = pick(d, "Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin")
		}
	}
	slices.SortFunc(f.Approvals, func(a, b attendance.Approval) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Request, b.Request))
	})
	for day := l.first; day < l.first+l.days; day++ {
		if d.in(12) {
			id := fmt.Sprintf("c%d", len(f.Credits))
			credit := attendance.Credit{ID: id, Date: day, Code: pick(d, "", "REG", "OT_150", "LEAVE_SICK", "TOIL", "NONE"), Event: "granted-" + id}
			if d.in(2) {
				credit.Seconds = domain.Seconds(pick(d, 600, 1800, 3600, 7200))
			} else {
				credit.From = day.Unix() + domain.Seconds(pick(d, 0, 1, 5))*domain.Hour
				credit.To = credit.From + domain.Seconds(pick(d, 600, 1800, 7200))
			}
			f.Credits = append(f.Credits, credit)
		}
		if d.in(10) {
			f.Roster = append(f.Roster, attendance.RosterDay{
				Date: day, Shift: pick(d, "D", "F", "E", "L", "N", "N", "A", "O", "rest", "legal_rest", "Q"), Site: pick(d, "", "", "tokyo", "munich", "yard"), Event: "rostered",
			})
			if d.in(3) {
				f.Roster = append(f.Roster, attendance.RosterDay{Date: day, Shift: pick(d, "D", "E", "L", "N", "Q"), Event: "rostered-too"})
			}
		}
		if d.in(25) {
			f.Swaps = append(f.Swaps, attendance.Swap{WorkDate: day, RestDate: day + domain.Date(d.IntN(5)) + 1, Kind: pick(d, "prior", "prior", "after"), Event: "swapped"})
		}
		if d.in(6) {
			f.Waivers = append(f.Waivers, attendance.Waiver{
				Date: day, Key: pick(d, "late:in", "absent", "incomplete:out", "ot.unapproved", "punch.missing_out:out", "early_leave:out", "rest.gap:de.rest11"),
				Until: pick(d, domain.Date(0), 0, day+3, day+400), Ack: d.in(2), Event: "waived",
			})
		}
		if d.in(30) {
			f.Disputed = append(f.Disputed, day)
		}
	}
}
