package process

import (
	"context"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// EscalateName is who acts when a step took too long.
const EscalateName = "escalate"

// Escalate moves on what waits too long: steps whose time is over or whose approver has left, and returned requests that nobody
// answered. It keeps no checkpoint, as deciders refuse what is not due.
type Escalate struct {
	Directory *ledger.Directory
	Door      Door
}

// Due carries out what is due at now and returns how many requests moved.
func (x *Escalate) Due(ctx context.Context, now domain.Instant) (int, error) {
	if err := x.Directory.CatchUp(ctx); err != nil {
		return 0, err
	}
	n := 0
	for _, r := range x.Directory.Pending() {
		c, id := x.asked(r, now)
		if c == nil {
			continue
		}
		receipt, err := x.Door.Do(ctx, ledger.Request{ID: id, Command: c, Actor: domain.Actor{Kind: domain.ActorSystem, ID: EscalateName}})
		var refused *domain.Error
		if err != nil && !(errors.As(err, &refused) && refused.Kind == domain.Conflict) {
			return n, fmt.Errorf("escalate request %s: %w", r.ID, err)
		}
		n += min(len(receipt.Events), 1)
	}
	return n, nil
}

// asked returns the command that a request is due for, if it is, under an id that says which turn of it is meant.
func (x *Escalate) asked(r request.Request, now domain.Instant) (ledger.Command, string) {
	ref := refOf(r.ID, r.Emp, r.Target)
	switch {
	case r.Status == request.StatusReturned && now >= r.ExpiresAt:
		return request.ExpireRequest{Ref: ref, Now: now}, fmt.Sprintf("expire:%s:%d", r.ID, r.ExpiresAt)
	case r.Status != request.StatusOpen || r.Turn.Approver == "" || r.Turn.Role == request.RoleEmployee:
		return nil, ""
	case r.Turn.DueAt != 0 && now >= r.Turn.DueAt, !x.Directory.Present(r.Turn.Approver, now):
		return request.EscalateDue{Ref: ref, Now: now}, fmt.Sprintf("escalate:%s:%d:%s:%d", r.ID, r.Turn.Step, r.Turn.Approver, r.Turn.DueAt)
	}
	return nil, ""
}
