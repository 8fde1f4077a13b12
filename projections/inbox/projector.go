package inbox

import (
	"context"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

// Projector keeps what waits. It is stateless.
type Projector struct{}

// Name returns the name of its checkpoint.
func (Projector) Name() string { return "inbox" }

// Apply folds what a batch says of things that wait.
func (Projector) Apply(ctx context.Context, tx Tx, batch []eventstore.Decoded) error {
	b := &buffer{tx: tx, items: map[string]*Item{}, filed: map[[2]string]Filed{}}
	for _, d := range batch {
		var err error
		switch e := d.Event.(type) {
		case request.Event:
			if err = b.request(ctx, e); err == nil {
				err = b.file(ctx, e)
			}
		case place.DeviceEvent:
			err = b.device(ctx, e)
		default:
			err = b.punch(ctx, e, d.Meta.RecordedAt)
		}
		if err != nil {
			return err
		}
	}
	return b.flush(ctx)
}

// buffer holds the items that a batch has touched, so that each is read and written once.
type buffer struct {
	tx    Tx
	items map[string]*Item // nil: it waits no more
	order []string
	filed map[[2]string]Filed // by employee and id
	files [][2]string
}

// item returns an item as it is now, nil where there is none.
func (b *buffer) item(ctx context.Context, key string) (*Item, error) {
	if i, ok := b.items[key]; ok {
		return i, nil
	}
	stored, ok, err := b.tx.InboxItem(ctx, key)
	if !ok || err != nil {
		return nil, err
	}
	return &stored, nil
}

func (b *buffer) put(key string, i *Item) {
	if _, ok := b.items[key]; !ok {
		b.order = append(b.order, key)
	}
	b.items[key] = i
}

func (b *buffer) flush(ctx context.Context) error {
	for _, key := range b.order {
		err := error(nil)
		if i := b.items[key]; i != nil {
			err = b.tx.PutInboxItem(ctx, *i)
		} else {
			err = b.tx.DropInboxItem(ctx, key)
		}
		if err != nil {
			return err
		}
	}
	for _, key := range b.files {
		if err := b.tx.PutRequest(ctx, b.filed[key]); err != nil {
			return err
		}
	}
	return nil
}

func requestKey(emp, id string) string { return Item{Kind: Step, Employee: emp, ID: id}.Key() }

func (b *buffer) request(ctx context.Context, e request.Event) error {
	switch e := e.(type) {
	case request.RequestSubmitted:
		i := Item{Kind: Step, ID: e.Request, Employee: e.Emp, Since: e.At, Flags: e.Flags}
		i.asks(e.Approval)
		i.turn(e.Turn)
		b.put(i.Key(), &i)
	case request.RequestResubmitted:
		return b.change(ctx, requestKey(e.Emp, e.Request), func(i *Item) {
			i.Kind = Step
			i.asks(e.Approval)
			i.turn(e.Turn)
		})
	case request.StepDecided:
		if e.Next != nil {
			return b.change(ctx, requestKey(e.Emp, e.Request), func(i *Item) { i.turn(*e.Next) })
		}
	case request.RequestEscalated:
		return b.change(ctx, requestKey(e.Emp, e.Request), func(i *Item) { i.turn(e.Turn) })
	case request.RequestReassigned:
		return b.change(ctx, requestKey(e.Emp, e.Request), func(i *Item) { i.turn(e.Turn) })
	case request.RequestReturned:
		return b.change(ctx, requestKey(e.Emp, e.Request), func(i *Item) {
			i.Kind, i.Who, i.Role, i.Step, i.Why = Returned, e.Emp, request.RoleEmployee, 0, ""
			i.RemindAt, i.DueAt = 0, e.ExpiresAt
		})
	case request.RequestApproved:
		b.put(requestKey(e.Emp, e.Request), nil)
	case request.RequestRejected:
		b.put(requestKey(e.Emp, e.Request), nil)
	case request.RequestWithdrawn:
		b.put(requestKey(e.Emp, e.Request), nil)
	case request.RequestExpired:
		b.put(requestKey(e.Emp, e.Request), nil)
	case request.RequestApplied, request.RequestRevoked, request.EvidenceAttached, request.ExternalDecisionRecorded:
		// nobody is asked for anything
	}
	return nil
}

// asks notes what is asked for.
func (i *Item) asks(a request.Approval) {
	i.Request, i.Change, i.Date = string(a.Kind), string(a.Change), a.Target.Date
}

// turn gives the item to whose turn it is.
func (i *Item) turn(t request.Turn) {
	i.Who, i.Role, i.Step, i.Why, i.RemindAt, i.DueAt = t.Approver, t.Role, t.Step, string(t.Why), t.RemindAt, t.DueAt
}

func (b *buffer) change(ctx context.Context, key string, f func(*Item)) error {
	i, err := b.item(ctx, key)
	if i == nil || err != nil {
		return err
	}
	next := *i
	next.Flags, next.Reasons = slices.Clone(i.Flags), slices.Clone(i.Reasons)
	f(&next)
	b.put(key, &next)
	return nil
}

func punchKey(emp, id string) string { return Item{Kind: Held, Employee: emp, ID: id}.Key() }

func (b *buffer) punch(ctx context.Context, e domain.Event, at domain.Instant) error {
	switch e := e.(type) {
	case timecard.PunchHeld:
		i := Item{
			Kind: Held, ID: e.Punch, Employee: e.Emp, Role: request.RoleManager, Since: e.ReceivedAt, Reasons: e.Reasons,
			Date: domain.DateOfUnix(e.EffectiveAt.Seconds() + e.ClaimedOffset),
		}
		b.put(i.Key(), &i)
	case timecard.PunchRetimed:
		return b.change(ctx, punchKey(e.Emp, e.Punch), func(i *Item) {
			i.Date += domain.DateOfUnix(e.EffectiveAt.Seconds()) - domain.DateOfUnix(e.PreviousAt.Seconds())
		})
	case timecard.PunchAppealed:
		i := Item{Kind: Appeal, ID: e.Punch, Employee: e.Emp, Role: request.RoleManager, Since: at, Date: domain.DateOfUnix(at.Seconds())}
		b.put(i.Key(), &i)
	case timecard.PunchAdmitted:
		return b.done(ctx, punchKey(e.Emp, e.Punch))
	case timecard.PunchReleased:
		return b.done(ctx, punchKey(e.Emp, e.Punch))
	case timecard.PunchRefused:
		return b.done(ctx, punchKey(e.Emp, e.Punch))
	case timecard.PunchVoided:
		return b.done(ctx, punchKey(e.Emp, e.Punch))
	}
	return nil
}

// device puts a device that a person has taken into use before their manager, until somebody confirms it.
func (b *buffer) device(ctx context.Context, e place.DeviceEvent) error {
	switch e := e.(type) {
	case place.DeviceBound:
		i := Item{Kind: Device, ID: e.Device, Employee: e.Emp, Role: request.RoleManager, Since: e.At, Date: domain.DateOfUnix(e.At.Seconds())}
		b.put(i.Key(), &i)
	case place.DeviceConfirmed:
		return b.done(ctx, Item{Kind: Device, ID: e.Device}.Key())
	case place.DeviceUnbound:
		return b.done(ctx, Item{Kind: Device, ID: e.Device}.Key())
	case place.DeviceRetired:
		return b.done(ctx, Item{Kind: Device, ID: e.Device}.Key())
	case place.DeviceHandedOver:
		return b.done(ctx, Item{Kind: Device, ID: e.Device}.Key())
	case place.DeviceEnrolled, place.DeviceTrustChanged, place.DeviceClockCorrected, place.DeviceOutageRecorded, place.DeviceKeyRotated:
		// nobody is asked for anything
	}
	return nil
}

// done takes away an item that is there.
func (b *buffer) done(ctx context.Context, key string) error {
	i, err := b.item(ctx, key)
	if i != nil && err == nil {
		b.put(key, nil)
	}
	return err
}
