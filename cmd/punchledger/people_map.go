package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type peopleMapCmd struct {
	Who []string `arg:"" optional:"" help:"BADGE=EMPLOYEE, or one CSV or XLSX file with badge and id, for new people also name, group and hired; optional from and device. Without it: the badges that wait."`
	listFlags
	From   string `help:"First date of the badges; the first day of employment when left out." placeholder:"DATE"`
	Device string `help:"Only on this clock."`
	DryRun bool   `help:"Show whose punches would be recorded and which days change, and write nothing."`
}

// mapping is a badge and whose it is.
type mapping struct {
	Line     int         `json:"line,omitempty"`
	Badge    string      `json:"badge"`
	Employee string      `json:"emp"`
	Device   string      `json:"device,omitempty"`
	From     domain.Date `json:"from"`
	New      bool        `json:"new_person,omitempty"`
	Punches  int         `json:"punches"` // that waited for it and count or are to be reviewed
	Rejected int         `json:"rejected,omitempty"`
	Verdict  string      `json:"verdict"` // assigned, unchanged, refused
	Reason   string      `json:"reason,omitempty"`
	Problem  string      `json:"problem,omitempty"`

	mac      string
	newcomer *newcomer
}

// The verdicts of mappings beside lineRefused and lineUnchanged.
const lineAssigned = "assigned"

// mapped is what people map prints.
type mapped struct {
	Act      string     `json:"act,omitempty"`
	DryRun   bool       `json:"dry_run"`
	Assigned int        `json:"assigned"`
	Refused  int        `json:"refused"`
	Punches  int        `json:"punches"`
	Rejected int        `json:"rejected"` // punches, recorded without being counted
	Mappings []*mapping `json:"mappings"`
	Effect   *effect    `json:"effect,omitempty"`

	RejectedWhy map[string]int `json:"rejected_why,omitempty"`
}

// Run gives badges to people and records what waited for them.
func (cmd *peopleMapCmd) Run(c *console) error {
	if len(cmd.Who) == 0 {
		return (&importWaitingCmd{}).Run(c)
	}
	return c.writing(func(w *writer) error {
		if err := w.settle(c); err != nil {
			return err
		}
		list, err := cmd.mappings(c, w)
		if err != nil {
			return err
		}
		out := mapped{DryRun: cmd.DryRun, Mappings: list, RejectedWhy: map[string]int{}}
		if err := w.judgeMappings(c, list); err != nil {
			return err
		}
		if cmd.DryRun {
			err = w.previewMappings(c, &out)
		} else {
			err = w.mapBadges(c, &out)
		}
		if err != nil {
			return err
		}
		if err := out.print(c); err != nil {
			return err
		}
		if !cmd.DryRun {
			err = w.turnDue(c.ctx)
		}
		if err == nil && out.Refused+out.Rejected > 0 {
			return errNo
		}
		return err
	})
}

// mappings reads the arguments, or the file.
func (cmd *peopleMapCmd) mappings(c *console, w *writer) ([]*mapping, error) {
	from, err := optionalDate("from", cmd.From)
	if err != nil {
		return nil, err
	}
	var out []*mapping
	if len(cmd.Who) == 1 && !strings.Contains(cmd.Who[0], "=") {
		return cmd.fromFile(c, w, cmd.Who[0], from)
	}
	for _, arg := range cmd.Who {
		badge, emp, ok := strings.Cut(arg, "=")
		if !ok || badge == "" || emp == "" {
			return nil, wrongValue("BADGE=EMPLOYEE", arg, "not_a_mapping")
		}
		out = append(out, &mapping{Badge: badge, Employee: emp, Device: cmd.Device, From: from, mac: w.badgeMAC(badge)})
	}
	return out, nil
}

func (cmd *peopleMapCmd) fromFile(c *console, w *writer, file string, from domain.Date) ([]*mapping, error) {
	t, err := cmd.open(c, file, []string{"badge"}, []string{"id", "name"})
	if err != nil {
		return nil, err
	}
	var out []*mapping
	for row, bad := range t.Rows() {
		m := &mapping{Line: row.Line, Badge: row.Values["badge"], Employee: row.Values["id"], Device: row.Values["device"], From: from}
		out = append(out, m)
		if m.Device == "" {
			m.Device = cmd.Device
		}
		if bad == nil && row.Values["from"] != "" {
			m.From, bad = cmd.dateIn(row, "from")
		}
		if bad == nil && m.Badge == "" {
			bad = &terminal.Bad{Line: row.Line, Column: row.At["badge"], Reason: terminal.ReasonNoBadge}
		}
		if bad == nil && row.Values["name"] != "" && !w.ledger.Directory().Employee(m.Employee).Exists() {
			m.New = true
			n := &newcomer{id: m.Employee, name: row.Values["name"], terms: people.Terms{
				Group: row.Values["group"], WorkTZ: row.Values["tz"], Site: row.Values["site"], Tags: strings.Fields(row.Values["tags"]),
			}, staffNo: row.Values["staff_no"]}
			if n.id == "" {
				n.id = "e" + strings.ReplaceAll(w.newID(), "-", "")[:12]
			}
			n.hired, bad = cmd.dateIn(row, "hired")
			m.Employee, m.newcomer = n.id, n
		}
		if bad != nil {
			m.Verdict, m.Reason, m.Problem = lineRefused, bad.Reason, c.text.Text("reasons."+bad.Reason, bad.Args)
			continue
		}
		m.mac = w.badgeMAC(m.Badge)
	}
	return out, t.Err()
}

// judgeMappings finds what cannot be done: a badge that somebody else has, or that the list gives twice.
func (w *writer) judgeMappings(c *console, list []*mapping) error {
	given := map[string]*mapping{}
	d := w.ledger.Directory()
	for _, m := range list {
		if m.Verdict == lineRefused {
			continue
		}
		if m.From == 0 {
			if m.From = d.Employee(m.Employee).Hired(); m.New {
				m.From = m.newcomer.hired
			}
		}
		m.Verdict = lineAssigned
		for _, b := range d.Employee(m.Employee).Badges {
			if b.MAC == m.mac && b.Device == m.Device && m.From.Covers(b.From, b.To) {
				m.Verdict = lineUnchanged
			}
		}
		var err error
		key := m.mac + "\x00" + m.Device
		switch other := given[key]; {
		case other != nil && other.Employee != m.Employee:
			err = domain.NewError(domain.Conflict, "badge_taken", "emp", other.Employee)
		case m.New:
			n := m.newcomer
			n.terms.StaffNo = n.staffNo
			_, err = w.look(c, people.RegisterEmployee{Emp: n.id, Name: n.name, HiredOn: n.hired, Terms: n.terms})
			if err == nil && d.BadgeTakenBy(m.command()) != "" {
				err = domain.NewError(domain.Conflict, "badge_taken", "emp", d.BadgeTakenBy(m.command()))
			}
		case m.Verdict == lineAssigned:
			_, err = w.look(c, m.command())
		}
		given[key] = m
		if wrong, ok := errors.AsType[*domain.Error](err); ok {
			m.refuse(c, wrong)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (m *mapping) command() people.AssignBadge {
	return people.AssignBadge{Emp: m.Employee, Badge: m.Badge, BadgeMAC: m.mac, Device: m.Device, From: m.From}
}

func (m *mapping) refuse(c *console, why *domain.Error) {
	m.Verdict, m.Reason, m.Problem = lineRefused, why.Code, c.text.Error(why).What
}

// look asks what would come of a command, and writes nothing.
func (w *writer) look(c *console, command ledger.Command) (ledger.Receipt, error) {
	return w.ledger.Do(c.ctx, ledger.Request{ID: w.newID(), Actor: c.actor(), Command: command, DryRun: true})
}

// previewMappings looks what would be recorded if the badges were given.
func (w *writer) previewMappings(c *console, out *mapped) error {
	im, door := w.importer(c), &rehearsal{door: w.ledger}
	im.Holder = func(mac, device string, date domain.Date) (string, bool) {
		best := (*mapping)(nil)
		for _, m := range out.Mappings {
			if m.Verdict != lineRefused && m.mac == mac && (m.Device == "" || m.Device == device) && date >= m.From && (best == nil || m.Device != "") {
				best = m
			}
		}
		if best == nil {
			return w.ledger.Directory().BadgeHolder(mac, device, date)
		}
		return best.Employee, true
	}
	list, err := im.Attributable(c.ctx, "")
	if err != nil {
		return err
	}
	var touches []touch
	waited := w.waitedBy(out.Mappings)
	for _, a := range list {
		for _, p := range a.Command.Punches {
			touches = append(touches, touch{emp: a.Emp, punch: p.Details.Punch, at: []domain.Instant{p.Details.EffectiveAt}})
			if m := waited[p.Details.Punch]; m != nil {
				m.Punches++
			}
		}
		if !w.ledger.Directory().Employee(a.Emp).Exists() {
			continue // has no days to compare with yet
		}
		r, err := door.Do(c.ctx, ledger.Request{ID: w.newID(), Actor: c.actor(), Command: a.Command})
		if err != nil {
			return err
		}
		for row, why := range terminal.RejectedRows(r) {
			if m := waited[row]; m != nil {
				m.Punches--
				m.Rejected++
				out.RejectedWhy[why]++
			}
		}
	}
	return w.withViews(c, func(views viewStore) error {
		e, err := w.effectOf(c, views, touches, door.events)
		out.Effect = &e
		return err
	})
}

// waitedBy returns the mapping that each waiting row is for.
func (w *writer) waitedBy(list []*mapping) map[string]*mapping {
	byBadge := map[string]*mapping{}
	for _, m := range list {
		if m.Verdict != lineRefused {
			byBadge[m.mac] = m
		}
	}
	out := map[string]*mapping{}
	for _, q := range w.ledger.Directory().Waiting("") {
		if m := byBadge[q.BadgeMAC]; m != nil {
			out[q.Row] = m
		}
	}
	return out
}

// mapBadges gives the badges and records what waited for them. Run again after an interruption, it finds what was given and records the rest.
func (w *writer) mapBadges(c *console, out *mapped) error {
	once := *w
	once.actID = "map_" + strings.ReplaceAll(w.newID(), "-", "")[:12]
	for _, m := range out.Mappings {
		if m.Verdict == lineRefused {
			continue
		}
		var err error
		if m.New {
			n := m.newcomer
			_, err = once.do(c, people.RegisterEmployee{Emp: n.id, Name: n.name, HiredOn: n.hired, Terms: n.terms})
		}
		if err == nil && m.Verdict == lineAssigned {
			_, err = once.do(c, m.command())
			out.Act = once.actID
		}
		if wrong, ok := errors.AsType[*domain.Error](err); ok {
			m.refuse(c, wrong)
			continue
		}
		if err != nil {
			return err
		}
		n, err := once.attribute(c, m.mac)
		if err != nil {
			return err
		}
		m.Punches, m.Rejected = n.Rows-len(n.Rejected), len(n.Rejected)
		for why, count := range n.Reasons() {
			out.RejectedWhy[why] += count
		}
	}
	return nil
}

func (out *mapped) print(c *console) error {
	for _, m := range out.Mappings {
		out.Punches += m.Punches
		out.Rejected += m.Rejected
		switch m.Verdict {
		case lineAssigned:
			out.Assigned++
		case lineRefused:
			out.Refused++
		}
	}
	key := "cli.mapped"
	if out.DryRun {
		key = "cli.would_map"
	}
	c.say(key, "assigned", fmt.Sprint(out.Assigned), "refused", fmt.Sprint(out.Refused), "punches", fmt.Sprint(out.Punches))
	c.rejected(out.RejectedWhy)
	if c.cfg.Output == "json" {
		return printJSON(c.Out, out)
	}
	t, err := c.table("badge", "employee", "device", "from", ">punches", "state", "reason")
	if err != nil {
		return err
	}
	for _, m := range out.Mappings {
		from := ""
		if m.From != 0 {
			from = m.From.String()
		}
		if err := t.add(m, m.Badge, m.Employee, m.Device, from, fmt.Sprint(m.Punches), c.word("labels.person.", m.Verdict), m.Problem); err != nil {
			return err
		}
	}
	if err := t.end(); err != nil || out.Effect == nil {
		return err
	}
	return out.Effect.print(c)
}

// rejected says how many punches that waited were rejected, by reason.
func (c *console) rejected(why map[string]int) {
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		c.say("cli.map_rejected", "count", fmt.Sprint(why[reason]), "reason", c.t("reasons."+reason))
	}
}
