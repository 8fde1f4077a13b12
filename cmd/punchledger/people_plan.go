package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// peoplePlan compares a list of people with the ledger.
type peoplePlan struct {
	cmd    *peopleImportCmd
	c      *console
	w      *writer
	has    map[string]bool // columns of the list
	from   domain.Date
	report peopleReport

	byStaffNo map[string][]string // employees by staff number, and by name and first day
	byName    map[string][]string
	names     map[string]string
	seen      map[string]int    // employee -> line of the list
	newKeys   map[string]int    // of new people without an id
	freed     map[string]string // badge and clock that a line takes from somebody -> from whom
	holders   []*personLine     // lines that give a badge
}

// read plans every line.
func (p *peoplePlan) read(t *terminal.Table) error {
	p.seen, p.newKeys, p.freed = map[string]int{}, map[string]int{}, map[string]string{}
	if err := p.index(); err != nil {
		return err
	}
	for row, bad := range t.Rows() {
		l := &personLine{Line: row.Line, Name: row.Values["name"], Verdict: lineUnchanged}
		p.report.Lines = append(p.report.Lines, l)
		if bad == nil {
			bad = p.line(l, row)
		}
		if bad != nil {
			l.Verdict, l.Reason, l.Column = lineRefused, bad.Reason, bad.Column
			l.Problem = p.c.text.Text("reasons."+bad.Reason, bad.Args)
		}
	}
	if err := t.Err(); err != nil {
		return err
	}
	return p.check()
}

// index finds people by what a list may know them by, where it gives no ids.
func (p *peoplePlan) index() error {
	d := p.w.ledger.Directory()
	p.byStaffNo, p.byName, p.names = map[string][]string{}, map[string][]string{}, map[string]string{}
	for _, emp := range d.IDs("employee") {
		s := d.Employee(emp)
		name, err := p.w.nameOf(p.c, s)
		if err != nil {
			return err
		}
		p.names[emp] = name
		p.byName[name+"\x00"+s.Hired().String()] = append(p.byName[name+"\x00"+s.Hired().String()], emp)
		if a := s.Assignments(); len(a) > 0 && a[len(a)-1].StaffNo != "" {
			p.byStaffNo[a[len(a)-1].StaffNo] = append(p.byStaffNo[a[len(a)-1].StaffNo], emp)
		}
	}
	return nil
}

// nameOf opens the name of an employee. One that was erased is empty.
func (w *writer) nameOf(c *console, s people.EmployeeState) (string, error) {
	var err error
	for _, event := range []string{people.EmployeeRegistered{}.EventType(), people.AssignmentChanged{}.EventType()} {
		var clear []byte
		if clear, err = w.vault.Open(c.ctx, "employee-"+s.Emp, event, s.Name); err == nil {
			return string(clear), nil
		}
		if _, gone := errors.AsType[*vault.ErasedError](err); gone || s.Name.IsZero() {
			return "", nil
		}
	}
	return "", fmt.Errorf("open the name of %s: %w", s.Emp, err)
}

// line plans one line of the list.
func (p *peoplePlan) line(l *personLine, row terminal.TableRow) *terminal.Bad {
	n := newcomer{
		id: row.Values["id"], name: row.Values["name"], badge: row.Values["badge"], device: row.Values["device"], staffNo: row.Values["staff_no"],
		terms: people.Terms{
			Group: row.Values["group"], WorkTZ: row.Values["tz"], Site: row.Values["site"], Tags: strings.Fields(row.Values["tags"]),
			StaffNo: row.Values["staff_no"],
		},
	}
	var bad *terminal.Bad
	if n.hired, bad = p.cmd.dateIn(row, "hired"); bad != nil {
		return bad
	}
	if n.last, bad = p.cmd.dateIn(row, "last_day"); bad != nil {
		return bad
	}
	for _, column := range []string{"name", "group", "hired"} {
		if row.Values[column] == "" {
			return &terminal.Bad{Line: row.Line, Column: row.At[column], Reason: terminal.ReasonMissingKey, Args: map[string]string{"key": column}}
		}
	}
	emp, why := p.find(n)
	key := cmp.Or(emp, n.id, "\x00"+n.staffNo+"\x00"+n.badge+"\x00"+n.device+"\x00"+n.name+"\x00"+n.hired.String())
	if first, twice := p.seen[key]; why == nil && twice {
		why = domain.NewError(domain.Conflict, "listed_twice", "line", fmt.Sprint(first))
	}
	if why != nil {
		p.refuse(l, why)
		return nil
	}
	p.seen[key] = row.Line
	if l.ID = emp; emp == "" {
		p.register(l, n)
	} else {
		p.compare(l, n)
	}
	return nil
}

// find returns whom a line is about: by id, else by staff number, badge, or name with the first day.
func (p *peoplePlan) find(n newcomer) (string, *domain.Error) {
	d := p.w.ledger.Directory()
	if n.id != "" {
		if d.Employee(n.id).Exists() {
			return n.id, nil
		}
		return "", nil
	}
	found := p.byStaffNo[n.staffNo]
	if n.staffNo == "" {
		found = nil
	}
	if n.badge != "" && len(found) == 0 {
		if emp, ok := d.BadgeHolder(p.w.badgeMAC(n.badge), n.device, max(p.from, n.hired)); ok && p.names[emp] == n.name {
			found = []string{emp}
		}
	}
	if len(found) == 0 {
		for _, emp := range p.byName[n.name+"\x00"+n.hired.String()] {
			if p.agrees(d.Employee(emp), n) {
				found = append(found, emp)
			}
		}
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	return "", domain.NewError(domain.Conflict, "ambiguous_person", "emp", strings.Join(found, " "))
}

// agrees reports whether neither staff number nor badge says that a person of this name and first day is another one.
func (p *peoplePlan) agrees(s people.EmployeeState, n newcomer) bool {
	if a := s.Assignments(); n.staffNo != "" && a[len(a)-1].StaffNo != "" {
		return false
	}
	return n.badge == "" || !slices.ContainsFunc(s.Badges, func(b people.Badge) bool {
		return b.Device == n.device && max(p.from, n.hired).Covers(b.From, b.To)
	})
}

func (p *peoplePlan) register(l *personLine, n newcomer) {
	if l.ID = n.id; l.ID == "" {
		l.ID = "e" + strings.ReplaceAll(p.w.newID(), "-", "")[:12]
	}
	l.Verdict = lineNew
	l.commands = append(l.commands, people.RegisterEmployee{Emp: l.ID, Name: n.name, HiredOn: n.hired, Terms: n.terms})
	if n.last != 0 {
		l.commands = append(l.commands, people.TerminateEmployee{Emp: l.ID, LastDay: n.last, ReasonCode: "left"})
	}
	p.badge(l, people.EmployeeState{}, n, n.hired)
}

// compare plans what of a known person changes from the date on.
func (p *peoplePlan) compare(l *personLine, n newcomer) {
	s := p.w.ledger.Directory().Employee(l.ID)
	from := max(p.from, s.Hired())
	if why := p.employment(l, s, n, &from); why != nil {
		p.refuse(l, why)
		return
	}
	known := len(l.Changes)
	a, _ := s.AssignmentOn(from)
	c := people.ChangeAssignment{Emp: l.ID, EffectiveOn: from}
	set := func(column, before, after string, into **string) {
		if p.has[column] && before != after {
			l.change(column, before, after)
			*into = &after
		}
	}
	set("group", a.Group, n.terms.Group, &c.Change.Group)
	set("zone", a.WorkTZ, n.terms.WorkTZ, &c.Change.WorkTZ)
	set("site", a.Site, n.terms.Site, &c.Change.Site)
	set("staff_no", a.StaffNo, n.staffNo, &c.Change.StaffNo)
	tags := slices.Compact(slices.Sorted(slices.Values(n.terms.Tags)))
	if p.has["tags"] && !slices.Equal(a.Tags, tags) {
		l.change("tags", strings.Join(a.Tags, " "), strings.Join(tags, " "))
		c.Change.Tags = &tags
	}
	if before := p.names[l.ID]; before != n.name {
		l.change("name", before, n.name)
		c.Name = n.name
	}
	if len(l.Changes) > known { // before an end and after a return
		at := 0
		if len(l.commands) > 0 {
			if _, back := l.commands[0].(people.RehireEmployee); back {
				at = 1
			}
		}
		l.commands = slices.Insert(l.commands, at, ledger.Command(c))
	}
	p.badge(l, s, n, from)
	if len(l.commands) > 0 {
		l.Verdict = lineChanged
	}
}

// employment plans a return or an end. The first day of an employment that is recorded cannot be changed.
func (p *peoplePlan) employment(l *personLine, s people.EmployeeState, n newcomer, from *domain.Date) *domain.Error {
	last := s.Employment[len(s.Employment)-1]
	known := slices.ContainsFunc(s.Employment, func(x people.Span) bool { return x.From == n.hired && (x.Last.IsZero() || x.Last >= x.From) })
	switch {
	case known:
	case !last.Last.IsZero() && n.hired > last.Last:
		l.change("hired_on", "", n.hired.String())
		l.commands = append(l.commands, people.RehireEmployee{Emp: l.ID, From: n.hired})
		last, *from = people.Span{From: n.hired}, max(*from, n.hired)
	default:
		return domain.NewError(domain.Conflict, "hired_differs", "recorded", s.Hired().String(), "given", n.hired.String())
	}
	if n.last == 0 || n.last == last.Last {
		return nil
	}
	if !last.Last.IsZero() {
		return domain.NewError(domain.Conflict, "already_terminated", "last_day", last.Last.String())
	}
	l.change("last_day", "", n.last.String())
	l.commands = append(l.commands, people.TerminateEmployee{Emp: l.ID, LastDay: n.last, ReasonCode: "left"})
	*from = min(*from, n.last)
	return nil
}

// badge plans that a person holds the badge of the list, and no other one for the same clocks, from a date on.
func (p *peoplePlan) badge(l *personLine, s people.EmployeeState, n newcomer, from domain.Date) {
	if n.badge == "" {
		return
	}
	mac := p.w.badgeMAC(n.badge)
	for _, b := range s.Badges {
		if b.MAC == mac && b.Device == n.device && from.Covers(b.From, b.To) {
			return
		}
	}
	before := ""
	for _, b := range s.Badges {
		if b.Device != n.device || !from.Covers(b.From, b.To) {
			continue
		}
		clear, err := p.w.vault.Open(p.c.ctx, "employee-"+l.ID, people.BadgeAssigned{}.EventType(), b.Number)
		if err != nil {
			continue // it cannot be named, so it cannot be ended; a conflict says so where there is one
		}
		before = string(clear)
		p.freed[b.MAC+"\x00"+b.Device] = l.ID
		l.commands = append(l.commands, people.AssignBadge{Emp: l.ID, Badge: before, BadgeMAC: b.MAC, Device: b.Device, From: b.From, To: from})
	}
	if before == "" && p.cmd.From == "" { // a first badge holds from the first day, as punches may wait for it
		from = n.hired
	}
	l.change("badge", before, n.badge)
	l.badgeMAC = mac
	l.commands = append(l.commands, people.AssignBadge{Emp: l.ID, Badge: n.badge, BadgeMAC: mac, Device: n.device, From: from})
	p.holders = append(p.holders, l)
}

func (l *personLine) change(what, before, after string) {
	l.Changes = append(l.Changes, change{What: what, Before: before, After: after})
}
