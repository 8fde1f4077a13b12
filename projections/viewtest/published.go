package viewtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/facts"
	"github.com/punchledger/punchledger/projections/payroll"
)

// Published counts what RunPublished looked at.
type Published struct {
	Changes   int // rule changes that were tried, adopted and published
	Refused   int // drawn and not published: the ledger had something against them
	Changed   int // of the changes, those that change a day
	Days      int // that differ, as the reports say
	Decisions int // of people, that stood before and after each of them
}

func (p Published) String() string {
	return fmt.Sprintf("%d rule changes published as reported (%d of them change days, %d days differ), %d decisions of people kept, %d drawn and refused",
		p.Changes, p.Changed, p.Days, p.Decisions, p.Refused)
}

// RunPublished tells a random history with corrections and decisions, and changes the rules in the middle of it, so many times: each
// change is tried, recorded, adopted and published. Publishing must give exactly the rows of the report, on every date of everybody,
// and leave every decision of a person in place.
func RunPublished(t *testing.T, open func(testing.TB) Store, seed uint64, changes int) Published {
	c := newCompany(t)
	c.found()
	c.do(people.CreateGroup{Group: "new", Title: "Bound to no rules yet"})
	r := &randomActs{Rand: rand.New(rand.NewPCG(seed, 2)), c: c, people: len(usualGroups)}
	l := &lifeOfRules{randomActs: r, t: t, views: open(t), evaluator: evaluate.New(c.codec, zone.Embedded(), "test")}
	for n, group := range usualGroups {
		c.hire(fmt.Sprintf("e%d", n), group, "2026-09-28")
	}
	for l.today = date("2026-10-05"); l.found.Changes < changes; {
		for range 3 {
			l.work(l.today)
			l.today++
		}
		c.advance(local("Asia/Shanghai", l.today, domain.Seconds(l.IntN(20))*domain.Hour))
		for range 6 {
			l.happen()
		}
		if l.today < date("2026-10-17") {
			continue // something to look back on
		}
		l.follow()
		l.decideAnomalies()
		l.follow()
		l.change()
	}
	return l.found
}

// usualGroups are the groups of those who come to work.
var usualGroups = []string{
	"cn-bj-office", "de-by-plant", "us-ca-hourly", "cn-sh-rnd", "jp-tokyo-office", "cn-bj-office", "de-by-plant", "us-ca-hourly", "cn-bj-office",
}

// usual are the minutes of the day at which people of a group come and go.
var usual = map[string][2]int{
	"cn-bj-office": {540, 1080}, "de-by-plant": {360, 840}, "us-ca-hourly": {540, 1050}, "cn-sh-rnd": {570, 1110}, "jp-tokyo-office": {540, 1050},
}

// work lets everybody come and go near the edges of plans and of what rules forgive; now and then somebody forgets to punch.
func (l *lifeOfRules) work(day domain.Date) {
	for n, group := range usualGroups {
		if l.IntN(8) == 0 || day.Weekday() == 0 && l.IntN(4) > 0 {
			continue
		}
		emp := fmt.Sprintf("e%d", n)
		for i, dir := range []timecard.Direction{timecard.In, timecard.Out} {
			if l.IntN(14) == 0 {
				continue
			}
			minute := usual[group][i] + pick(l.randomActs, 0, 0, 1, -1, 3, 5, 6, -5, 10, -10, 15, 16, -15, 30, -30, 31, 60, -60, 95, 180)
			at := local(packs[group], day, domain.Seconds(minute)*domain.Minute) + domain.Instant(l.IntN(60))*1000
			id := fmt.Sprintf("%s-%d-%s", emp, day, dir)
			if l.try(clocked(emp, id, at, dir)) {
				l.punches = append(l.punches, drawn{timecard.CardAt(emp, at), id, at})
			}
		}
	}
}

// happen lets somebody correct, approve, plan, punch, or change who works where and under what.
func (l *lifeOfRules) happen() {
	l.step++
	switch draw := l.IntN(100); {
	case draw < 35:
		l.correct()
	case draw < 65:
		l.decide(l.step)
	case draw < 80:
		l.roster()
	case draw < 92:
		l.punch(l.step)
	case draw < 97:
		l.person()
	default:
		l.rules(l.step)
	}
}

// lifeOfRules is one history with its views.
type lifeOfRules struct {
	*randomActs
	t         *testing.T
	views     Store
	evaluator *evaluate.Projector
	today     domain.Date
	step      int
	found     Published
}

func (l *lifeOfRules) follow() { follow(l.t, l.c.store, l.c.codec, l.views, 0, nil) }

// decideAnomalies lets people decide about some of the anomalies that are open, for good or for a time.
func (l *lifeOfRules) decideAnomalies() {
	var open []anomaly.Row
	require.NoError(l.t, l.views.Anomalies(l.t.Context(), anomaly.Query{}, func(a anomaly.Row) error {
		if a.State == "open" {
			open = append(open, a)
		}
		return nil
	}))
	for range min(4, len(open)) {
		a := pick(l.randomActs, open...)
		switch l.IntN(4) {
		case 0:
			l.try(timecard.AcknowledgeAnomaly{Emp: a.Employee, Date: a.Date, Key: a.Key(), ActorID: boss.ID})
		case 1:
			l.step++
			l.try(timecard.AddPunch{
				Emp: a.Employee, Punch: fmt.Sprintf("added%d", l.step), EffectiveAt: (a.Date.Unix() + domain.Seconds(l.IntN(96))*15*domain.Minute).Instant(),
				Dir: pick(l.randomActs, timecard.In, timecard.Out), Grounds: timecard.Grounds{ReasonCode: "forgotten"}, ActorID: boss.ID, Now: l.c.now,
			})
		default:
			l.try(timecard.WaiveAnomaly{Emp: a.Employee, Date: a.Date, Key: a.Key(), Reason: "accepted", ActorID: boss.ID})
		}
	}
}

// change draws a rule change and dates, tries it, publishes it and compares.
func (l *lifeOfRules) change() {
	d := l.c.led.Directory()
	id := pick(l.randomActs, "cn-bj-office", "cn-bj-office", "cn-sh-rnd", "de-by-plant", "us-ca-hourly", "jp-tokyo-office")
	versions := d.Ruleset(id).Versions
	old, err := ruleset.ParseStored(versions[l.IntN(len(versions))].Doc)
	require.NoError(l.t, err)
	doc, what := l.changed(old)
	from, until := l.today-domain.Date(l.IntN(22)), domain.Date(0)
	if l.IntN(4) == 0 {
		until = from + domain.Date(1+l.IntN(14))
	}
	about := fmt.Sprintf("%s from %s to %s: %s", id, from, until, strings.Join(what, ", "))
	candidate := evaluate.Candidate{From: from, To: max(until-1, 0), InPlaceOf: id}
	report, computed := l.tryRules(doc, &candidate)
	before := figuresOf(l.t, l.views)
	kept := l.decisions(before)

	if err := l.adopt(doc, from, until, report); err != nil {
		wrong, ok := errors.AsType[*domain.Error](err)
		require.True(l.t, ok, "%s: %v", about, err)
		require.Contains(l.t, []string{"shift_in_use", "already_published"}, wrong.Code, about)
		l.found.Refused++
		return
	}
	l.follow()
	after := figuresOf(l.t, l.views)
	l.requirePromised(report, before, after, about)
	requireSame(l.t, since(l.t, computed, from), since(l.t, l.views, from), about)
	require.Equal(l.t, kept, l.decisions(after), about)
	l.found.Changes++
	l.found.Days += report.Summary.DaysChanged
	l.found.Decisions += len(kept)
	if report.Summary.DaysChanged > 0 {
		l.found.Changed++
	}
}

// tryRules replays a candidate for everybody and computes their days under it.
func (l *lifeOfRules) tryRules(doc *ruleset.Document, candidate *evaluate.Candidate) (report whatif.Report, computed projections.Reader) {
	hash, err := ruleset.Hash(doc)
	require.NoError(l.t, err)
	candidate.Rules, err = ruleset.Compile(doc, hash)
	require.NoError(l.t, err)
	candidate.Version = len(l.c.led.Directory().Ruleset(doc.ID).Versions) + 1
	ctx := l.t.Context()
	require.NoError(l.t, l.views.Read(ctx, func(tx projections.Tx) error {
		everybody, err := tx.Employees(ctx)
		if err != nil {
			return err
		}
		report, err = l.evaluator.Replay(ctx, tx, evaluate.Question{
			Candidate: candidate, From: candidate.From, Employees: everybody, Keep: whatif.All, Cores: 1,
		})
		if err != nil {
			return err
		}
		computed, err = l.evaluator.Compute(ctx, tx, everybody, candidate.From, 0, candidate)
		return err
	}))
	return report, computed
}

// adopt takes the way of a person: the replay is written down and adopted, and the rules published under it.
func (l *lifeOfRules) adopt(doc *ruleset.Document, from, until domain.Date, report whatif.Report) error {
	c, d := l.c, l.c.led.Directory()
	head, err := l.views.Checkpoint(l.t.Context(), projections.AllViews)
	require.NoError(l.t, err)
	replay := fmt.Sprintf("tried%d", c.n)
	request, complete, err := d.Recording(ledger.Trial{
		Replay: replay, Doc: doc, From: from, To: max(d.LastTurned()+1, from), AsOf: uint64(head.Position), Purpose: "rule_change", Actor: boss.ID,
		Report: report, ReportHash: report.Hash(), Engine: "test",
	})
	require.NoError(l.t, err)
	c.do(request)
	c.do(complete)
	adopt, err := d.Adopting(replay, from, nil, boss.ID)
	require.NoError(l.t, err)
	c.do(adopt)
	draft, publish, err := d.Releasing(ledger.Release{Doc: doc, From: from, Until: until, Replay: replay, Author: boss.ID})
	require.NoError(l.t, err)
	if draft != nil {
		c.do(*draft)
	}
	_, err = c.try(publish)
	return err
}

// requirePromised compares the figures of everybody on every date with those before, changed as the report says.
func (l *lifeOfRules) requirePromised(report whatif.Report, before, after map[string]whatif.Figures, about string) {
	want := before
	for _, d := range report.Days {
		key := d.Emp + " " + d.Date.String()
		have, known := before[key]
		require.Equal(l.t, known, d.Before != nil, "%s, %s", about, key)
		if known {
			require.Equal(l.t, text(l.t, have), text(l.t, plain(*d.Before)), about)
		}
		if d.After == nil {
			delete(want, key)
			continue
		}
		want[key] = plain(*d.After)
	}
	require.Equal(l.t, lines(l.t, want), lines(l.t, after), about)
}

// plain leaves out what cannot be read from the rows: what they are worth, and the hash of the day.
func plain(f whatif.Figures) whatif.Figures {
	rows := map[string]whatif.Quantity{}
	for code, q := range f.Rows {
		q.Worth = 0
		rows[code] = q
	}
	f.Rows, f.ResultHash = rows, ""
	return f
}

func lines(t *testing.T, figures map[string]whatif.Figures) []string {
	out := make([]string, 0, len(figures))
	for _, f := range figures {
		out = append(out, text(t, f))
	}
	slices.Sort(out)
	return out
}

// figuresOf reads what every stored day gives, by person and date.
func figuresOf(t *testing.T, r projections.Reader) map[string]whatif.Figures {
	t.Helper()
	out := map[string]whatif.Figures{}
	ctx := t.Context()
	require.NoError(t, r.Days(ctx, daily.Query{}, func(d daily.Row) error {
		out[d.Employee+" "+d.Date.String()] = whatif.Figures{Emp: d.Employee, Date: d.Date, Flags: d.Flags, Rows: map[string]whatif.Quantity{}}
		return nil
	}))
	require.NoError(t, r.Parts(ctx, payroll.Query{}, func(p payroll.Part) error {
		rows := out[p.Employee+" "+p.Day.String()].Rows
		q := rows[p.Code]
		q.Seconds += p.Seconds
		q.Days += p.Row.Days
		q.Count += p.Count
		rows[p.Code] = q
		return nil
	}))
	require.NoError(t, r.Anomalies(ctx, anomaly.Query{}, func(a anomaly.Row) error {
		key := a.Employee + " " + a.Date.String()
		f := out[key]
		f.Anomalies = append(f.Anomalies, a.Key())
		slices.Sort(f.Anomalies)
		out[key] = f
		return nil
	}))
	return out
}

// decisions lists what people decided, as evaluation reads it: punches that they entered, took away, moved or turned, time that they
// granted, approvals, and anomalies that they settled. Of the last it makes sure that each is shown: settled, or as one that is past.
func (l *lifeOfRules) decisions(days map[string]whatif.Figures) []string {
	ctx := l.t.Context()
	shown := map[string]string{}
	put := func(a anomaly.Row) error {
		shown[a.Employee+" "+a.Date.String()+" "+a.Key()] = a.State
		return nil
	}
	require.NoError(l.t, l.views.ResolvedAnomalies(ctx, anomaly.Query{}, put))
	require.NoError(l.t, l.views.Anomalies(ctx, anomaly.Query{}, put))
	var out []string
	require.NoError(l.t, l.views.Read(ctx, func(tx projections.Tx) error {
		keeper := facts.NewKeeper(l.c.codec, zone.Embedded(), "test")
		everybody, err := tx.Employees(ctx)
		for _, employee := range everybody {
			f, failed := keeper.Load(ctx, tx, employee, 1)
			if failed != nil {
				return failed
			}
			out = append(out, decided(l.t, f)...)
			for _, w := range f.Waivers {
				day := employee + " " + w.Date.String()
				out = append(out, fmt.Sprintf("%s settled %+v", day, w))
				if _, exists := days[day]; exists && w.Until == 0 {
					require.Contains(l.t, []string{"waived", "acknowledged", anomaly.Resolved}, shown[day+" "+w.Key], day+" "+w.Key)
				}
			}
		}
		return err
	}))
	return out
}

func decided(t *testing.T, f *attendance.Facts) (out []string) {
	for _, p := range f.Punches {
		if p.Added || p.FirstAt != 0 || p.FirstDir != "" || p.State != attendance.Counted {
			out = append(out, f.Employee+" punch "+text(t, p))
		}
	}
	for _, a := range f.Approvals {
		out = append(out, f.Employee+" approval "+text(t, a))
	}
	for _, c := range f.Credits {
		out = append(out, f.Employee+" credit "+text(t, c))
	}
	return out
}
