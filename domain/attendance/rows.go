package attendance

import (
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// rows builds the day's segments and their rows (stages 13 and 14).
func (e *evaluator) rows() {
	e.mergeSegments()
	for k := range e.segs {
		s := &e.segs[k]
		if !e.bare {
			e.day.Segments = append(e.day.Segments, Segment{
				ID: k + 1, From: s.from, To: s.to, Civil: s.civil, Kind: s.kind, InPlan: e.pieces[s.piece].inPlan,
				Base: e.baseID(s.base), Rule: s.rule, Premiums: e.premiumIDs(s), By: e.boundBy(s),
			})
		}
		d := s.dims()
		e.paidRow(s.owner, max(s.base, noCode), e.baseID(s.base), d, e.cashRate(s)).Seconds += s.len()
		for f := range e.rules.Families {
			if p := s.premium[f]; p >= 0 {
				e.codeRow(s.owner, e.rules.Premiums[p].Code, d).Seconds += s.len()
			}
		}
		if s.toil >= 0 && s.base >= 0 {
			e.codeRow(s.owner, s.toil, d).Seconds += s.len()
		}
	}
	for code, up := range e.ups {
		if up > 0 {
			e.roundUp(e.rules.Codes[code].ID, up)
		}
	}
	e.leaveRows()
	e.infoRows()
}

// mergeSegments joins neighbours that nothing tells apart any more, so that a day is shown in as few lines as it has answers.
func (e *evaluator) mergeSegments() {
	n := 0
	for k := range e.segs {
		s := &e.segs[k]
		if n > 0 {
			l := &e.segs[n-1]
			if l.to == s.from && l.piece == s.piece && l.civil == s.civil && l.owner == s.owner && l.base == s.base &&
				l.rule == s.rule && l.toil == s.toil && l.kind == s.kind && l.premium == s.premium && l.subject == s.subject {
				l.to = s.to
				continue
			}
		}
		if n < k {
			e.segs[n] = *s
		}
		n++
	}
	e.segs = e.segs[:n]
}

func (e *evaluator) baseID(base int) string {
	switch base {
	case baseUnpaid:
		return codeUnpaid
	case baseUnapproved:
		return codeUnapproved
	}
	return e.rules.Codes[base].ID
}

// texts returns what was added to the text scratch since from, as a slice that later additions cannot reach.
func (e *evaluator) textsFrom(from int) []string {
	if from == len(e.texts) {
		return nil
	}
	return e.texts[from:len(e.texts):len(e.texts)]
}

func (e *evaluator) premiumIDs(s *segment) []string {
	from := len(e.texts)
	for f := range e.rules.Families {
		if p := s.premium[f]; p >= 0 {
			e.texts = append(e.texts, e.rules.Codes[e.rules.Premiums[p].Code].ID)
		}
	}
	return e.textsFrom(from)
}

// boundBy lists the punches, approval and credit that a segment rests on.
func (e *evaluator) boundBy(s *segment) []string {
	from := len(e.texts)
	in, out, a, c := e.behind(s)
	for _, p := range [...]*Punch{in, out} {
		if p != nil {
			e.texts = append(e.texts, p.ID)
		}
	}
	if a != nil {
		e.texts = append(e.texts, a.Request)
	}
	if c != nil {
		e.texts = append(e.texts, c.ID)
	}
	return e.textsFrom(from)
}

func (e *evaluator) behind(s *segment) (in, out *Punch, a *Approval, c *Credit) {
	p := &e.pieces[s.piece]
	if p.span >= 0 {
		w := &e.counted[p.span]
		in = e.taken[e.clusters[w.in].first].p
		if w.out >= 0 {
			out = e.taken[e.clusters[w.out].last].p
		}
	}
	return in, out, p.appr, p.credit
}

// row returns the row of (date, code, dims) at the rate of the code, making it if there is none.
func (e *evaluator) row(date domain.Date, id string, d Dims) *Row {
	if code, ok := e.rules.CodeIndex(id); ok {
		return e.codeRow(date, code, d)
	}
	return e.paidRow(date, noCode, id, d, noCash)
}

// noCode is the index of a code that is built in, noCash the rate of what is not paid in money.
const (
	noCode = -1
	noCash = "0"
)

func (e *evaluator) codeRow(date domain.Date, code int, d Dims) *Row {
	return e.paidRow(date, code, e.rules.Codes[code].ID, d, e.rules.Codes[code].Rate)
}

// cashRate is what the base code of a segment pays: nothing where the time is given back instead, as the bank has it then.
func (e *evaluator) cashRate(s *segment) string {
	if s.base < 0 || s.toil >= 0 {
		return noCash
	}
	return e.rules.Codes[s.base].Rate
}

// paidRow returns the row of (date, code, dims, rate), making it if there is none.
func (e *evaluator) paidRow(date domain.Date, code int, id string, d Dims, rate string) *Row {
	for i, c := range e.rowCodes {
		if c != code {
			continue
		}
		if r := &e.day.Rows[i]; r.Date == date && r.Code == id && r.Dims == d && r.Rate == rate {
			return r
		}
	}
	e.rowCodes = append(e.rowCodes, code)
	e.day.Rows = append(e.day.Rows, Row{Date: date, Code: id, Class: "info", Rate: rate, Dims: d})
	r := &e.day.Rows[len(e.day.Rows)-1]
	if code >= 0 {
		r.Class, r.Basis = e.rules.Codes[code].ClassName, e.rules.Codes[code].Basis
	}
	return r
}

// roundUp adds what rounding gave to the first row of the code that is paid in money, else to its first row, and shows it.
func (e *evaluator) roundUp(code string, up domain.Seconds) {
	of := func(r Row) bool { return r.Code == code }
	i := slices.IndexFunc(e.day.Rows, func(r Row) bool { return of(r) && r.Rate != noCash })
	if i < 0 {
		i = slices.IndexFunc(e.day.Rows, of)
	}
	if i >= 0 {
		e.day.Rows[i].Seconds += up
	}
	if code, ok := e.rules.CodeIndex(code); ok && e.rules.Codes[code].Class == ruleset.ClassBase {
		e.info("x.rounding").Seconds += up
	}
}

func (e *evaluator) info(code string) *Row { return e.row(e.day.Date, code, Dims{}) }

// penalty books statutory pay, at most limit times a day. note says what it is for.
func (e *evaluator) penalty(code int, qty domain.Seconds, limit int, rule, note string) {
	id := e.rules.Codes[code].ID
	r := e.info(id)
	if limit > 0 && r.Count >= limit {
		if e.rec != nil {
			e.note(12, rule, "pay.max_premiums", "code", id, "max", number(limit))
		}
		return
	}
	r.Count++
	r.Seconds += qty
	if e.rec != nil {
		e.note(12, rule, note, "code", id, "s", seconds(qty))
	}
}

func (e *evaluator) leaveRows() {
	planned := length(e.plan)
	for i := range e.leaveSecs {
		l := &e.leaveSecs[i]
		if l.secs == 0 || l.rule.Code < 0 || e.leaveCounts(l.rule) {
			continue
		}
		r := e.info(e.rules.Codes[l.rule.Code].ID)
		r.Seconds += l.secs
		r.Days += int(l.secs * 1000 / planned)
	}
	for i := range e.facts.Credits {
		c := &e.facts.Credits[i]
		if c.Date != e.day.Date {
			continue
		}
		if code, ok := e.rules.CodeIndex(c.Code); ok && e.rules.Codes[code].Class != ruleset.ClassBase {
			e.info(c.Code).Seconds += max(c.Seconds, c.To-c.From)
		}
	}
}

func (e *evaluator) infoRows() {
	if e.day.Late > 0 {
		r := e.info("x.late")
		r.Seconds, r.Count = e.day.Late, 1
	}
	if e.day.Early > 0 {
		r := e.info("x.early")
		r.Seconds, r.Count = e.day.Early, 1
	}
	switch b := &e.rules.Breaks; {
	case b.Regular:
	case e.seen < 0:
		e.info("x.deducted").Seconds = -e.seen
	case e.seen > 0:
		e.info("x.credited").Seconds = e.seen
	}
	e.undertime()
	if e.absence > 0 {
		e.info("x.absent").Days = e.absence
	}
	for i := range e.taken {
		if e.taken[i].p.State == Held {
			e.info("x.held").Count++
		}
	}
}

// finishRows gives rows their sources and segments and puts them in order.
func (e *evaluator) finishRows() {
	e.sortRows()
	slices.Sort(e.day.Flags)
	if e.bare {
		return
	}
	for i := range e.day.Rows {
		r := &e.day.Rows[i]
		from, num := len(e.texts), len(e.numbers)
		for k := range e.segs {
			if e.inRow(r, k) {
				e.numbers = append(e.numbers, k+1)
				e.sourcesOf(from, k)
			}
		}
		if num < len(e.numbers) {
			r.Segments = e.numbers[num:len(e.numbers):len(e.numbers)]
		} else {
			e.otherSources(from, r)
		}
		if r.Sources = e.textsFrom(from); r.Sources != nil {
			slices.Sort(r.Sources)
		}
	}
}

// sortRows puts the few rows of a day in order, and their codes with them.
func (e *evaluator) sortRows() {
	rows, codes := e.day.Rows, e.rowCodes
	for i := 1; i < len(rows); i++ {
		for k := i; k > 0 && compareRows(&rows[k], &rows[k-1]) < 0; k-- {
			rows[k], rows[k-1] = rows[k-1], rows[k]
			codes[k], codes[k-1] = codes[k-1], codes[k]
		}
	}
}

func compareRows(a, b *Row) int {
	if a.Date != b.Date {
		return int(a.Date - b.Date)
	}
	if c := strings.Compare(a.Code, b.Code); c != 0 {
		return c
	}
	for _, p := range [...][2]string{
		{a.Rate, b.Rate}, {a.Dims.Site, b.Dims.Site}, {a.Dims.Cost, b.Dims.Cost}, {a.Dims.Job, b.Dims.Job}, {a.Dims.Place, b.Dims.Place},
	} {
		if c := strings.Compare(p[0], p[1]); c != 0 {
			return c
		}
	}
	return 0
}

// inRow reports whether segment k is part of r.
func (e *evaluator) inRow(r *Row, k int) bool {
	s := &e.segs[k]
	if r.Date != s.owner {
		return false
	}
	pays := r.Code == e.baseID(s.base) && r.Rate == e.cashRate(s) || s.toil >= 0 && s.base >= 0 && r.Code == e.rules.Codes[s.toil].ID ||
		slices.Contains(e.day.Segments[k].Premiums, r.Code)
	return pays && r.Dims == s.dims()
}

// sourcesOf adds the events behind segment k to the texts since from.
func (e *evaluator) sourcesOf(from, k int) {
	in, out, a, c := e.behind(&e.segs[k])
	for _, p := range [...]*Punch{in, out} {
		if p != nil {
			e.source(from, p.Event)
		}
	}
	if a != nil {
		e.source(from, a.Event)
	}
	if c != nil {
		e.source(from, c.Event)
	}
}

// otherSources adds the events behind a row that no segment makes: leave, credits, or the punches of the day.
func (e *evaluator) otherSources(from int, r *Row) {
	if r.Class == "leave" {
		for i := range e.leaveSecs {
			if l := &e.leaveSecs[i]; l.rule.Code >= 0 && e.rules.Codes[l.rule.Code].ID == r.Code {
				e.source(from, l.appr.Event)
			}
		}
	}
	for i := range e.facts.Credits {
		if c := &e.facts.Credits[i]; c.Date == e.day.Date && c.Code == r.Code {
			e.source(from, c.Event)
		}
	}
	if r.Class == "leave" || r.Class == "bank" {
		return
	}
	for k := range e.taken {
		t := &e.taken[k]
		if used := t.cluster >= 0 && t.role != "duplicate" && t.role != "unused"; used || t.role == "held" && r.Code == "x.held" {
			e.source(from, t.p.Event)
		}
	}
}

func (e *evaluator) source(from int, id string) {
	if id != "" && !slices.Contains(e.texts[from:], id) {
		e.texts = append(e.texts, id)
	}
}
