package main

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// replaying is a replay of the command line on its way.
type replaying struct {
	cmd        *replayRunCmd
	c          *console
	v          *view
	candidates []*evaluate.Candidate
	docs       []whatif.Document
	position   uint64
}

func (r *replaying) run() (err error) {
	if r.candidates, err = r.named(); err != nil {
		return err
	}
	q := evaluate.Question{Keep: r.cmd.Days}
	if err := r.v.asked(r.c.ctx, &q, r.candidates, r.cmd.population()); err != nil {
		return err
	}
	at, err := r.v.views.Checkpoint(r.c.ctx, projections.AllViews)
	if err != nil {
		return err
	}
	r.position = uint64(at.Position)
	if err := r.rejudge(); err != nil {
		return err
	}
	r.traces(&q)
	days, err := r.days(&q)
	if err != nil {
		return err
	}
	defer days.close()
	if err := r.headers(q, days.against); err != nil {
		return err
	}
	kept, err := r.keeping(&q)
	if err != nil {
		return err
	}
	pace := r.c.newPace(r.cmd.Progress)
	done := 0
	q.Progress = func(n, of int) {
		done = n
		pace.at(n, of)
	}
	reports, err := r.v.replay(r.c.ctx, q, r.candidates)
	pace.done()
	if stopped := r.c.ctx.Err(); stopped != nil {
		kept.close()
		return r.stopped(done, len(q.Employees))
	}
	if err != nil {
		kept.close()
		return err
	}
	for i := range reports {
		r.docs[i].Report, r.docs[i].ReportHash = reports[i], reports[i].Hash()
	}
	kept.finish()
	return days.finish()
}

// traces asks for both traces of the first days where somebody will look at them.
func (r *replaying) traces(q *evaluate.Question) {
	if r.cmd.HTML == "" && r.c.cfg.Output != "json" || r.cmd.Collective {
		return
	}
	q.Traces = r.cmd.Traces
	q.Placed = func(t *attendance.Trace) error {
		return evaluate.Place(r.c.ctx, r.v.log, t, eventstore.Position(r.position))
	}
}

// stopped says how far it came and how to go on.
func (r *replaying) stopped(done, of int) error {
	n, all := strconv.Itoa(done), strconv.Itoa(of)
	if r.cmd.Resume == "" {
		return domain.NewError(domain.Conflict, "replay_stopped", "done", n, "of", all)
	}
	return domain.NewError(domain.Conflict, "replay_paused", "done", n, "of", all, "file", r.cmd.Resume, "position", strconv.FormatUint(r.position, 10))
}

// named are the candidates: one for each document of rules, all with the same calendars and zone data; without rules one.
func (r *replaying) named() (out []*evaluate.Candidate, err error) {
	for _, name := range r.cmd.Rules {
		c, err := r.v.candidate(r.c, name)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		out = append(out, &evaluate.Candidate{})
	}
	years, err := r.years()
	if err != nil {
		return nil, err
	}
	var zones *zone.Archive
	if r.cmd.Zone != "" {
		if zones, err = r.c.zoneArchive(r.cmd.Zone); err != nil {
			return nil, err
		}
	}
	for _, c := range out {
		c.Years, c.Zones = years, zones
	}
	return out, nil
}

// years reads the calendars that stand in the place of published ones.
func (r *replaying) years() (map[string]schedule.CalendarYear, error) {
	out := map[string]schedule.CalendarYear{}
	for _, name := range r.cmd.Calendar {
		year, id, err := r.c.calendarYear(name)
		if err != nil {
			return nil, err
		}
		if _, twice := out[id]; twice {
			return nil, wrongValue("--calendar", name, "twice")
		}
		out[id] = year
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, r.v.views.Read(r.c.ctx, func(tx projections.Tx) error {
		book, err := r.v.projector().Book(r.c.ctx, tx)
		if err != nil {
			return err
		}
		for id := range out {
			if book.Calendars[id] == nil {
				return domain.NewError(domain.NotFound, "unknown_calendar", "calendar", id)
			}
		}
		return nil
	})
}

// calendarYear reads one year of a calendar as publishing it would take it.
func (c *console) calendarYear(name string) (year schedule.CalendarYear, id string, err error) {
	data, err := c.read(name, ruleset.MaxBytes)
	if err != nil {
		return year, "", err
	}
	doc, err := ruleset.ParseCalendar(data, name)
	if err != nil {
		return year, "", err
	}
	events, err := schedule.DecideCalendar(schedule.CalendarState{}, publication(doc), schedule.CalendarFacts{})
	if err != nil {
		return year, "", err
	}
	for _, e := range events {
		if e, ok := e.(schedule.CalendarYearPublished); ok {
			year = e.CalendarYear
		}
	}
	return year, doc.ID, nil
}

// maxZones is how large an archive of zones may be: sixteen times that of today.
const maxZones = 8 << 20

// zoneArchive opens an archive of compiled zone files. Every zone of today's use is in it, or evaluation would stop at the first one
// that is not.
func (c *console) zoneArchive(name string) (*zone.Archive, error) {
	data, err := c.read(name, maxZones)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(name)
	a, err := zone.Open(strings.TrimSuffix(base, filepath.Ext(base)), data)
	if err == nil {
		_, err = a.Zone("UTC")
	}
	if err != nil {
		return nil, domain.NewError(domain.Invalid, "zones_unreadable", "file", name)
	}
	return a, nil
}

// headers says what each report answers.
func (r *replaying) headers(q evaluate.Question, against *dayFile) error {
	return r.v.views.Read(r.c.ctx, func(tx projections.Tx) error {
		for i, c := range r.candidates {
			q.Candidate = c
			before, after, titles, err := r.v.projector().Pins(r.c.ctx, tx, q)
			if err != nil {
				return err
			}
			if against != nil {
				before = []whatif.Pin{{Kind: "days", ID: filepath.Base(r.cmd.Against), Hash: against.sum}}
			}
			intake := whatif.Intake("")
			if c.Judged != nil {
				intake = whatif.IntakeRejudge
			}
			r.docs = append(r.docs, whatif.Document{Header: &whatif.Header{
				Intake: intake,
				Engine: engineVersion, AsOf: r.position, From: r.v.from, To: r.v.to, Population: r.cmd.population(),
				Before: before, After: after, Candidate: r.cmd.called(i), Rerun: r.cmd.rerun(i, r.position), Titles: titles,
			}})
		}
		return nil
	})
}

// called is what the user calls a candidate.
func (cmd *replayRunCmd) called(i int) string {
	var names []string
	if len(cmd.Rules) > 0 {
		names = append(names, cmd.Rules[i])
	}
	names = append(names, cmd.Calendar...)
	if cmd.Zone != "" {
		names = append(names, cmd.Zone)
	}
	if len(names) == 0 && cmd.Intake == string(whatif.IntakeRejudge) {
		names = append(names, "intake rejudge")
	}
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	return strings.Join(names, " + ")
}

// rerun is the command line that gives the report of a candidate again, whatever is written into the ledger until then.
func (cmd *replayRunCmd) rerun(i int, position uint64) []string {
	out := []string{"punchledger", "replay"}
	add := func(flag string, values ...string) {
		for _, v := range values {
			if v != "" {
				out = append(out, flag, v)
			}
		}
	}
	if len(cmd.Rules) > 0 {
		add("--rules", cmd.Rules[i])
	}
	add("--calendar", cmd.Calendar...)
	add("--zone", cmd.Zone)
	if cmd.Intake == string(whatif.IntakeRejudge) {
		add("--intake", cmd.Intake)
	}
	add("--against", cmd.Against)
	add("--from", cmd.From)
	add("--to", cmd.To)
	add("--group", cmd.Group...)
	add("--employee", cmd.Employee...)
	add("--site", cmd.Site...)
	add("--tag", cmd.Tag...)
	if cmd.Sample > 0 {
		add("--sample", strconv.Itoa(cmd.Sample))
		add("--seed", strconv.FormatInt(cmd.Seed, 10))
	}
	add("--as-of", strconv.FormatUint(position, 10))
	return out
}
