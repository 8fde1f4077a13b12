package ledger

import (
	"cmp"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
)

// requestIndex is what decisions about requests ask for outside of their own stream.
type requestIndex struct {
	where   map[string]request.Ref      // every request of this ledger
	pending map[string]*request.Request // waits for an approver or for the employee
	byEmp   map[string][]string         // employee -> ids of pending ones
	used    map[cycleKey]int            // requests that count in a cycle
	counted map[string]cycleKey         // where a request counts, if it does
	marks   map[string]RequestMark      // what every request of this ledger is about
}

// RequestMark is what a request is about, for who may see it and act on it.
type RequestMark struct {
	request.Ref
	Kind request.Kind
	Date domain.Date
}

// cycleKey is one quota. Its year is that of the stream: a decision counts its own stream by itself.
type cycleKey struct {
	emp   string
	kind  request.Kind
	cycle string
	year  int
}

func newRequestIndex() requestIndex {
	return requestIndex{
		where: map[string]request.Ref{}, pending: map[string]*request.Request{}, byEmp: map[string][]string{},
		used: map[cycleKey]int{}, counted: map[string]cycleKey{}, marks: map[string]RequestMark{},
	}
}

// request keeps what is live of the requests of an employee.
func (x index) request(e request.Event) {
	switch e := e.(type) {
	case request.ExternalDecisionRecorded:
		x.disapproved(e.Emp, e.Request)
		if e.Outcome == request.Approved {
			x.approved(e.Emp, e.Request, e.Kind, request.Subject{Target: e.Target})
		}
	case request.RequestSubmitted:
		x.requests.submitted(e)
	case request.RequestApproved:
		x.requests.closed(e.Emp, e.Request)
		if e.Kind != request.Correction || e.Change == request.Add {
			x.approved(e.Emp, e.Request, e.Kind, e.Target)
		}
	case request.RequestRejected:
		x.requests.freed(e.Emp, e.Request)
	case request.RequestWithdrawn:
		x.requests.freed(e.Emp, e.Request)
	case request.RequestExpired:
		x.requests.freed(e.Emp, e.Request)
	case request.RequestRevoked:
		x.disapproved(e.Emp, e.Request)
	case request.RequestApplied:
		if e.Problem != "" {
			x.disapproved(e.Emp, e.Request)
		}
	case request.RequestResubmitted:
		x.requests.marks[e.Request] = RequestMark{Ref: x.requests.where[e.Request], Kind: e.Kind, Date: e.Target.Date}
		x.requests.changed(e)
	case request.EvidenceAttached, request.StepDecided, request.RequestEscalated,
		request.RequestReassigned, request.RequestReturned:
		x.requests.changed(e)
	}
}

func (x index) approved(emp, id string, kind request.Kind, target request.Subject) {
	year, _, _ := target.Date.Civil()
	x.approvals[emp] = append(x.approvals[emp], approval{request: id, kind: kind, year: year, target: target})
}

func (x index) disapproved(emp, id string) {
	x.approvals[emp] = slices.DeleteFunc(x.approvals[emp], func(a approval) bool { return a.request == id })
}

func (x requestIndex) submitted(e request.RequestSubmitted) {
	year, _, _ := e.Target.Date.Civil()
	x.where[e.Request] = request.Ref{Emp: e.Emp, Year: year, Request: e.Request}
	x.marks[e.Request] = RequestMark{Ref: x.where[e.Request], Kind: e.Kind, Date: e.Target.Date}
	s := request.Evolve(request.State{}, e)
	x.pending[e.Request] = &s.Requests[0]
	x.byEmp[e.Emp] = append(x.byEmp[e.Emp], e.Request)
	if s.Requests[0].Counts() {
		key := cycleKey{e.Emp, e.Kind, e.Cycle, year}
		x.used[key]++
		x.counted[e.Request] = key
	}
}

// changed folds an event of a pending request. Readers may hold the request, so that it is replaced.
func (x requestIndex) changed(e request.Event) {
	id := request.About(e)
	if r := x.pending[id]; r != nil {
		s := request.Evolve(request.State{Requests: []request.Request{*r}}, e)
		x.pending[id] = &s.Requests[0]
	}
}

func (x requestIndex) closed(emp, id string) {
	delete(x.pending, id)
	if x.byEmp[emp] = slices.DeleteFunc(x.byEmp[emp], func(o string) bool { return o == id }); len(x.byEmp[emp]) == 0 {
		delete(x.byEmp, emp)
	}
	delete(x.counted, id) // it counts for good
}

// freed closes a request and gives its place in the quota back.
func (x requestIndex) freed(emp, id string) {
	if key, ok := x.counted[id]; ok {
		x.used[key]--
	}
	x.closed(emp, id)
}

// RequestRef returns where a request is kept.
func (d *Directory) RequestRef(id string) (request.Ref, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	ref, ok := d.index.requests.where[id]
	return ref, ok
}

// RequestMark returns what a request of this ledger is about.
func (d *Directory) RequestMark(id string) (RequestMark, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	m, ok := d.index.requests.marks[id]
	return m, ok
}

// hasTurn reports whether the one who acts has the turn of the open request that the act is about, or stands in for who has it.
func (d *Directory) hasTurn(a Asking, today domain.Date) bool {
	d.mu.RLock()
	r := d.index.requests.pending[a.Request]
	d.mu.RUnlock()
	if r == nil || r.Emp != a.Emp || r.Status != request.StatusOpen || r.Turn.Approver == "" || d.SamePerson(a.Principal, r.Emp) {
		return false
	}
	return d.SamePerson(a.Principal, r.Turn.Approver) || slices.Contains(d.DeputiesOf(r.Turn.Approver, string(r.Kind), today), a.Principal)
}

// Pending returns the requests that wait for an approver or for the employee, by the time of submission. They must not be changed.
func (d *Directory) Pending() []request.Request {
	d.mu.RLock()
	defer d.mu.RUnlock()
	out := make([]request.Request, 0, len(d.index.requests.pending))
	for _, r := range d.index.requests.pending {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b request.Request) int {
		return cmp.Or(cmp.Compare(a.SubmittedAt, b.SubmittedAt), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// keptMonths is how far back plans of single days are kept: longer than anybody may take to decide a step.
const keptMonths = 2

// plan keeps a month of a roster, and drops what is long past.
func (x index) plan(e schedule.RosterMonthSet) {
	days := x.planned[e.Emp]
	if days == nil {
		days = map[domain.Date]string{}
		x.planned[e.Emp] = days
	}
	first, err := domain.ParseDate(e.Month[:4] + "-" + e.Month[4:] + "-01")
	if err != nil {
		return // the decider has checked it
	}
	for date := range days {
		if date < first.AddMonths(-keptMonths) || date.MonthStart() == first {
			delete(days, date)
		}
	}
	for _, day := range e.Days {
		days[day.Date] = day.Shift
	}
}

func (x index) planDay(emp string, date domain.Date, shift string) {
	if x.planned[emp] == nil {
		x.planned[emp] = map[domain.Date]string{}
	}
	x.planned[emp][date] = shift
	if shift == "" {
		delete(x.planned[emp], date)
	}
}
