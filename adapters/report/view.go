package report

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/whatif"
)

// pageView is what the template shows. All its texts are in the reader's language.
type pageView struct {
	Lang, Title string
	Style       template.CSS
	Compared    []Measure
	Candidates  []string
	Replays     []replayView
	words
}

// Say lets the template name texts.
func (p pageView) Say(key string) string { return p.say(key) }

// replayView is one report.
type replayView struct {
	ID, Title, Lead string
	Notes           []string
	Tiles           []tile
	Facts           []fact
	Before, After   []string
	Rerun           string
	Codes           chart
	Spread          []column
	Months          chart
	Groups          []section
	Losses, Gains   []mover
	Anomalies       []counted
	Limits          []counted
	Days            []day
	Listed          string
	Traced          string // how many of them open
	Failures        []failure
	FailuresMore    string
	Why             string
}

type tile struct{ Figure, Label, Tone string }

type fact struct {
	Label, Value string
	Code         bool
}

// section is a chart under a heading.
type section struct {
	Heading string
	Chart   chart
}

type mover struct {
	Emp, Moved string
	Days       int
}

// counted is something that happens more or less often.
type counted struct{ What, ID, More, Less string }

func pageOf(p Page) pageView {
	w := words{p.Text}
	out := pageView{Lang: w.Lang(), Style: template.CSS(style), words: w, Title: w.say("title")} // the style is a file of ours
	for i, d := range p.Replays {
		out.Replays = append(out.Replays, w.replay(&p, d, i))
		out.Candidates = append(out.Candidates, w.candidate(d.Header))
	}
	if len(p.Replays) > 1 {
		out.Compared = measures(w, p.Replays, moved)
		return out
	}
	out.Title = out.Replays[0].Title
	return out
}

// candidate is what was tried, in a few words.
func (w words) candidate(h *whatif.Header) string {
	if h.Candidate == "" {
		return w.say("engine", "engine", h.Engine)
	}
	return h.Candidate
}

func (w words) replay(p *Page, d whatif.Document, n int) replayView {
	s, h := d.Summary, d.Header
	out := replayView{
		ID: fmt.Sprintf("r%d", n+1), Title: w.say("title_of", "candidate", w.candidate(h)), Lead: w.lead(s),
		Facts: w.facts(d), Before: w.pins(h.Before), After: w.pins(h.After), Rerun: commandLine(h.Rerun),
		Codes: w.codes(d), Spread: w.spread(d), Months: w.months(d), Groups: w.groups(d),
		Losses: w.movers(d.Top.Losses), Gains: w.movers(d.Top.Gains),
		Anomalies: w.anomalies(s), Limits: w.limits(s), Days: w.days(p, d), Failures: w.failures(d.Failures),
		Tiles: []tile{
			{strconv.Itoa(s.PersonsChanged), w.say("tile.persons", "of", s.Persons), ""},
			{strconv.Itoa(s.DaysChanged), w.say("tile.days", "of", s.DaysSame+s.DaysChanged), ""},
			{moved(s.WorthGained), w.say("tile.gained", "persons", s.PersonsUp), toned("gain", s.WorthGained)},
			{moved(-s.WorthLost), w.say("tile.lost", "persons", s.PersonsDown), toned("loss", s.WorthLost)},
		},
	}
	if d.Collective {
		out.Notes = append(out.Notes, w.say("collective", "fewest", whatif.Fewest))
	}
	if h.Population.Partial() {
		out.Notes = append(out.Notes, w.say("partial"))
	}
	if n := d.Intake; n != nil {
		out.Notes = append(out.Notes, w.say("intake", "accept", n.Accept, "hold", n.Hold, "reject", n.Reject, "kept", n.Kept))
	}
	if s.PersonsFailed > 0 {
		out.Notes = append(out.Notes, w.say("failed", "n", s.PersonsFailed))
	}
	if n := len(d.Failures); n > shownFailures {
		out.FailuresMore = w.say("failures_first", "n", shownFailures, "of", n)
	}
	if s.DaysSealed > 0 {
		out.Notes = append(out.Notes, w.say("sealed", "days", s.DaysSealed))
	}
	if n := len(d.Days); n > 0 {
		out.Listed = w.say("listed", "n", n)
		if n < s.DaysChanged {
			out.Listed = w.say("listed_first", "n", n, "of", s.DaysChanged)
		}
		if slices.Contains(h.Rerun, "--rules") {
			out.Why = WhyCommand(h, d.Days[0].Emp, d.Days[0].Date)
		}
		if n := traced(&d); n > 0 && p.Tell != nil {
			if out.Traced = w.say("traced", "n", n); n == len(d.Days) {
				out.Traced = w.say("traced_all")
			}
		}
	}
	return out
}

// failure is somebody who could not be evaluated.
type failure struct{ Emp, Side, Why, Code string }

// shownFailures is how many of them a page lists.
const shownFailures = 100

func (w words) failures(list []whatif.Failure) []failure {
	out := make([]failure, min(len(list), shownFailures))
	for i := range out {
		f := &list[i]
		out[i] = failure{f.Emp, w.say("failed_" + string(f.Side)), Why(w.Catalogue, f), f.Code}
	}
	return out
}

// Why says why somebody could not be evaluated.
func Why(t *text.Catalogue, f *whatif.Failure) string {
	if f.Code == whatif.EvaluationFailed || !t.Has("errors."+f.Code+".what") {
		return text.Shown(f.Reason)
	}
	return t.Error(text.ShownError(&domain.Error{Code: f.Code, Kind: domain.Invalid, Args: f.Args})).What
}

// WhyCommand is the command line that computes a day on both sides again, or, where the candidate has no rules, as it is.
func WhyCommand(h *whatif.Header, employee string, date domain.Date) string {
	args := []string{"punchledger", "why", employee, date.String()}
	if i := slices.Index(h.Rerun, "--rules"); i >= 0 && i+1 < len(h.Rerun) {
		args = append(args, "--diff", h.Rerun[i+1], "--from", min(h.From, date).String())
	}
	return commandLine(args)
}

// toned is a tone for what is not nothing.
func toned(tone string, s domain.Seconds) string {
	if s == 0 {
		return ""
	}
	return tone
}

func (w words) lead(s whatif.Summary) string {
	if s.DaysChanged == 0 {
		return w.say("lead_none", "persons", s.Persons, "days", s.DaysSame)
	}
	return w.say("lead", "persons", s.Persons, "changed", s.PersonsChanged, "up", s.PersonsUp, "down", s.PersonsDown,
		"even", s.PersonsChanged-s.PersonsUp-s.PersonsDown, "days", s.DaysChanged, "all", s.DaysSame+s.DaysChanged)
}

// facts are what the report answers.
func (w words) facts(d whatif.Document) []fact {
	h := d.Header
	to := w.say("until_now")
	if h.To != 0 {
		to = h.To.String()
	}
	out := []fact{
		{w.say("fact.dates"), w.say("from_to", "from", h.From, "to", to), false},
		{w.say("fact.people"), w.people(h.Population), false},
		{w.say("fact.as_of"), w.say("position", "position", h.AsOf), false},
		{w.say("fact.engine"), h.Engine, false},
		{w.say("fact.report_hash"), d.ReportHash, true},
		{w.say("fact.days_hash"), d.DaysHash, true},
	}
	if d.Replay != "" {
		out = append(out, fact{w.say("fact.replay"), d.Replay, true})
	}
	return out
}

// people says who was asked for.
func (w words) people(p whatif.Population) string {
	var parts []string
	for _, x := range []struct {
		key string
		ids []string
	}{{"group", p.Groups}, {"site", p.Sites}, {"tag", p.Tags}, {"employee", p.Employees}} {
		if len(x.ids) > 0 {
			parts = append(parts, w.say("among."+x.key, "ids", w.list(x.ids)))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, w.say("among.all"))
	}
	if p.Sample != nil {
		parts = append(parts, w.say("among.sample", "n", p.Sample.N, "seed", p.Sample.Seed))
	}
	return w.list(parts)
}

// pins say what a side was computed with, a line each.
func (w words) pins(pins []whatif.Pin) []string {
	out := make([]string, len(pins))
	for i, p := range pins {
		out[i] = w.say("pin."+p.Kind, "id", p.ID, "version", p.Version, "year", p.Year, "hash", p.Hash[:min(len(p.Hash), 12)])
	}
	return out
}

func (w words) movers(list []whatif.Mover) []mover {
	out := make([]mover, len(list))
	for i, m := range list {
		out[i] = mover{m.Emp, moved(m.Worth), m.DaysChanged}
	}
	return out
}

// anomalies are those that come and go, the most first.
func (w words) anomalies(s whatif.Summary) (out []counted) {
	ids := slices.Collect(maps.Keys(s.AnomaliesOpened))
	ids = slices.AppendSeq(ids, maps.Keys(s.AnomaliesClosed))
	slices.SortFunc(ids, func(a, b string) int {
		if x, y := s.AnomaliesOpened[a]+s.AnomaliesClosed[a], s.AnomaliesOpened[b]+s.AnomaliesClosed[b]; x != y {
			return y - x
		}
		return strings.Compare(a, b)
	})
	for _, id := range slices.Compact(ids) {
		out = append(out, counted{w.named("anomalies.", id), id, strconv.Itoa(s.AnomaliesOpened[id]), strconv.Itoa(s.AnomaliesClosed[id])})
	}
	return out
}

func (w words) limits(s whatif.Summary) (out []counted) {
	for _, id := range slices.Sorted(maps.Keys(s.LimitsBroken)) {
		out = append(out, counted{What: id, ID: id, More: strconv.Itoa(s.LimitsBroken[id])})
	}
	return out
}

// measures compare several reports; shown writes a difference.
func measures(w words, replays []whatif.Document, shown func(domain.Seconds) string) []Measure {
	line := func(what string, value func(whatif.Document) string) Measure {
		m := Measure{What: what}
		for _, d := range replays {
			m.Values = append(m.Values, value(d))
		}
		return m
	}
	number := func(key string, of func(whatif.Summary) int) Measure {
		return line(w.say("measure."+key), func(d whatif.Document) string { return strconv.Itoa(of(d.Summary)) })
	}
	out := []Measure{
		number("persons", func(s whatif.Summary) int { return s.Persons }),
		number("persons_changed", func(s whatif.Summary) int { return s.PersonsChanged }),
		number("persons_up", func(s whatif.Summary) int { return s.PersonsUp }),
		number("persons_down", func(s whatif.Summary) int { return s.PersonsDown }),
		number("days_changed", func(s whatif.Summary) int { return s.DaysChanged }),
		line(w.say("measure.gained"), func(d whatif.Document) string { return shown(d.Summary.WorthGained) }),
		line(w.say("measure.lost"), func(d whatif.Document) string { return shown(-d.Summary.WorthLost) }),
	}
	codes := map[string]string{}
	for _, d := range replays {
		for code := range d.Summary.Codes {
			codes[code] = w.coded(d, code)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		out = append(out, line(codes[code], func(d whatif.Document) string {
			c := d.Summary.Codes[code]
			return shown(c.After - c.Before)
		}))
	}
	sum := func(of func(whatif.Summary) map[string]int) func(whatif.Summary) int {
		return func(s whatif.Summary) (n int) {
			for _, x := range of(s) {
				n += x
			}
			return n
		}
	}
	if slices.ContainsFunc(replays, func(d whatif.Document) bool { return d.Summary.PersonsFailed > 0 }) {
		out = append(out, number("failed", func(s whatif.Summary) int { return s.PersonsFailed }))
	}
	out = append(out,
		number("opened", sum(func(s whatif.Summary) map[string]int { return s.AnomaliesOpened })),
		number("closed", sum(func(s whatif.Summary) map[string]int { return s.AnomaliesClosed })),
		number("limits", sum(func(s whatif.Summary) map[string]int { return s.LimitsBroken })))
	hash := line(w.say("fact.report_hash"), func(d whatif.Document) string { return d.ReportHash })
	hash.Hash = true
	return append(out, hash)
}

// coded names a pay code by its title and its id.
func (w words) coded(d whatif.Document, code string) string {
	title := w.title(d.Header.Titles[code])
	if w.Has("paycodes." + code) {
		title = w.Text("paycodes."+code, nil)
	}
	if title != "" && title != code {
		return title + w.aside(code)
	}
	return code
}

// commandLine writes arguments as they are typed.
func commandLine(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		if a == "" || strings.ContainsAny(a, " \t\n;'\"\\*?#&|<>()$`~") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		out[i] = a
	}
	return strings.Join(out, " ")
}

// longest is the greatest of some lengths, at least 1.
func longest(of ...domain.Seconds) domain.Seconds { return max(1, slices.Max(append(of, 0))) }
