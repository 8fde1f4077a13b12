package facts

import (
	"cmp"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

// Month is what one timecard says to evaluation.
type Month struct {
	Punches  []attendance.Punch  `json:"punches,omitempty"`
	Credits  []attendance.Credit `json:"credits,omitempty"`
	Waivers  []attendance.Waiver `json:"waivers,omitempty"`
	Disputed []domain.Date       `json:"disputed,omitempty"`
}

// Span is the range of dates, both included, that an event may touch. A punch may belong to a day up to two dates before its
// UTC date and one after it; everything about a date touches that date.
type Span struct{ From, To domain.Date }

func around(at domain.Seconds) Span {
	d := domain.DateOfUnix(at)
	return Span{d - 2, d + 1}
}

func on(d domain.Date) Span { return Span{d, d} }

// With returns the smallest span that holds both; a zero span holds nothing.
func (s Span) With(o Span) Span {
	if o.From == 0 {
		return s
	}
	if s.From == 0 {
		return o
	}
	return Span{min(s.From, o.From), max(s.To, o.To)}
}

// apply folds one event of the timecard and returns the dates it touches.
func (m *Month) apply(d eventstore.Decoded) Span {
	id := d.ID.String()
	switch e := d.Event.(type) {
	case timecard.PunchAccepted:
		return m.recorded(d, e.PunchDetails, attendance.Counted)
	case timecard.PunchHeld:
		return m.recorded(d, e.PunchDetails, attendance.Held)
	case timecard.PunchRejected:
		return m.recorded(d, e.PunchDetails, attendance.Rejected)
	case timecard.PunchAdded:
		m.Punches = append(m.Punches, attendance.Punch{
			ID: e.Punch, At: e.EffectiveAt.Seconds(), Dir: attendance.Direction(e.Dir), TimeSource: string(timecard.Declared),
			Place: string(timecard.PlaceUnknown), Site: e.Site, Job: e.Job, Cost: e.Cost, Added: true,
			Position: domain.Seconds(d.Position), Event: id,
		})
		return around(e.EffectiveAt.Seconds())
	case timecard.PunchReleased:
		return m.change(e.Punch, id, func(p *attendance.Punch) { p.State = attendance.Counted })
	case timecard.PunchRefused:
		return m.change(e.Punch, id, func(p *attendance.Punch) { p.State = attendance.Refused })
	case timecard.PunchAdmitted:
		return m.change(e.Punch, id, func(p *attendance.Punch) { p.State = attendance.Counted })
	case timecard.PunchVoided:
		return m.change(e.Punch, id, func(p *attendance.Punch) { p.State, p.VoidedWith = attendance.Voided, e.Batch })
	case timecard.PunchRetimed:
		return m.change(e.Punch, id, func(p *attendance.Punch) { move(p, e.EffectiveAt.Seconds()) })
	case timecard.PunchRedirected:
		return m.change(e.Punch, id, func(p *attendance.Punch) { turn(p, attendance.Direction(e.Dir)) })
	case timecard.DayCredited:
		m.Credits = append(m.Credits, attendance.Credit{
			ID: e.Credit, Date: e.Date, From: e.From.Seconds(), To: e.To.Seconds(), Seconds: e.Seconds, Code: e.Code, Event: id,
		})
		return on(e.Date)
	case timecard.DayCreditRevoked:
		i := slices.IndexFunc(m.Credits, func(c attendance.Credit) bool { return c.ID == e.Credit })
		if i < 0 {
			return Span{}
		}
		date := m.Credits[i].Date
		m.Credits = slices.Delete(m.Credits, i, i+1)
		return on(date)
	case timecard.AnomalyAcknowledged:
		m.Waivers = append(m.Waivers, attendance.Waiver{Date: e.Date, Key: e.Key, Ack: true, Event: id})
		return on(e.Date)
	case timecard.AnomalyWaived:
		m.Waivers = append(m.Waivers, attendance.Waiver{Date: e.Date, Key: e.Key, Until: e.Until, Event: id})
		return on(e.Date)
	case timecard.DayAttested:
		m.Disputed = slices.DeleteFunc(m.Disputed, func(x domain.Date) bool { return x == e.Date })
		if e.Statement == timecard.Dispute {
			m.Disputed = append(m.Disputed, e.Date)
		}
		return on(e.Date)
	}
	return Span{}
}

func (m *Month) recorded(d eventstore.Decoded, p timecard.PunchDetails, state attendance.PunchState) Span {
	received := p.ReceivedAt.Seconds()
	if p.Channel == timecard.ChannelImport { // the file's age says nothing about the person
		received = 0
	}
	m.Punches = append(m.Punches, attendance.Punch{
		ID: p.Punch, At: p.EffectiveAt.Seconds(), Dir: attendance.Direction(p.Dir), State: state, Received: received,
		TimeSource: string(p.TimeSource), Place: string(p.Place), Site: p.Facts.Site, Job: p.Job, Cost: p.Cost,
		Reasons: p.Reasons, Position: domain.Seconds(d.Position), Event: d.ID.String(), Device: p.Device,
	})
	return around(p.EffectiveAt.Seconds())
}

// move and turn keep what was recorded first.
func move(p *attendance.Punch, to domain.Seconds) {
	if p.FirstAt == 0 {
		p.FirstAt = p.At
	}
	p.At = to
}

func turn(p *attendance.Punch, dir attendance.Direction) {
	if p.FirstDir == "" {
		p.FirstDir = p.Dir
	}
	p.Dir = dir
}

// change applies f to the punch that counts under an id: the last one, as a voided line may be imported again under its old id.
func (m *Month) change(punch, event string, f func(*attendance.Punch)) Span {
	for i := len(m.Punches) - 1; i >= 0; i-- {
		p := &m.Punches[i]
		if p.ID != punch {
			continue
		}
		before := around(p.At)
		f(p)
		p.Changed = append(p.Changed, event)
		return before.With(around(p.At))
	}
	return Span{}
}

// SortPunches brings punches into the order that evaluation wants. Those of a cache mostly have it.
func SortPunches(p []attendance.Punch) {
	before := func(a, b attendance.Punch) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Position, b.Position))
	}
	for i := 1; i < len(p); i++ { // the library's check would copy each punch
		if a, b := &p[i-1], &p[i]; a.At > b.At || a.At == b.At && a.Position > b.Position {
			slices.SortStableFunc(p, before)
			return
		}
	}
}
