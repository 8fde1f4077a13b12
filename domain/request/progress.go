package request

import "github.com/punchledger/punchledger/domain"

// Progress is what the events of one act say about where a request stands now, for who asked or decided.
type Progress struct {
	Status Status   `json:"status,omitempty"`
	Cycle  string   `json:"cycle,omitempty"`
	Nth    int      `json:"nth,omitempty"`
	Flags  []string `json:"flags,omitempty"`
	Chain  []Step   `json:"chain,omitempty"`
	Turn   *Turn    `json:"turn,omitempty"`
}

// After returns p as it is after an event; events of other packages, and those that move nothing, leave it.
func (p Progress) After(e domain.Event) Progress {
	switch e := e.(type) {
	case RequestSubmitted:
		return Progress{Status: StatusOpen, Cycle: e.Cycle, Nth: e.Nth, Flags: e.Flags, Chain: e.Chain, Turn: &e.Turn}
	case RequestResubmitted:
		p.Status, p.Turn = StatusOpen, &e.Turn
	case StepDecided:
		p.Status, p.Turn = StatusOpen, e.Next
	case RequestReassigned:
		p.Status, p.Turn = StatusOpen, &e.Turn
	case RequestApproved:
		p.Status = StatusApproved
	case RequestRejected:
		p.Status = StatusRejected
	case RequestReturned:
		p.Status = StatusReturned
	case RequestWithdrawn:
		p.Status = StatusWithdrawn
	case RequestRevoked:
		p.Status = StatusRevoked
	}
	return p
}

// ChangeOf tells what a correction does from what it names: an exception, a recorded punch, a time, a direction.
func ChangeOf(key, punch, at, dir string) Change {
	switch {
	case key != "":
		return Explain
	case punch == "":
		return Add
	case at != "":
		return Retime
	case dir != "":
		return Redirect
	}
	return Void
}

// Lacks returns which field a wish must name and does not; nothing where it is whole.
func (a Approval) Lacks() string {
	t := a.Target
	switch {
	case a.Kind.Timed() && t.From == 0:
		return "from"
	case a.Kind.Timed() && t.To <= t.From:
		return "to"
	case a.Kind == Swap && t.Date == 0:
		return "date"
	case a.Kind == Swap && t.Rest == 0:
		return "rest"
	case a.Change == Explain && t.Date == 0:
		return "date"
	case a.Change == Add && t.At == 0:
		return "at"
	case a.Change == Add && t.Dir == "":
		return "dir"
	}
	return ""
}
