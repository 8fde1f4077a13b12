package inbox_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/inbox"
)

// kept is a store of items and requests in memory.
type kept struct {
	items map[string]inbox.Item
	filed map[string]inbox.Filed
}

func newKept() *kept { return &kept{map[string]inbox.Item{}, map[string]inbox.Filed{}} }

func (k *kept) InboxItem(_ context.Context, key string) (inbox.Item, bool, error) {
	i, ok := k.items[key]
	return i, ok, nil
}

func (k *kept) PutInboxItem(_ context.Context, i inbox.Item) error {
	k.items[i.Key()] = i
	return nil
}

func (k *kept) DropInboxItem(_ context.Context, key string) error {
	delete(k.items, key)
	return nil
}

func (k *kept) Request(_ context.Context, employee, id string) (inbox.Filed, bool, error) {
	f, ok := k.filed[employee+" "+id]
	return f, ok, nil
}

func (k *kept) PutRequest(_ context.Context, f inbox.Filed) error {
	k.filed[f.Employee+" "+f.Request] = f
	return nil
}

var (
	date  = domain.NewDate(2026, 10, 14)
	asked = request.Approval{Kind: request.Correction, Change: request.Add, Target: request.Subject{
		Target: request.Target{Date: date, Dir: "out"}, At: 77,
	}}
	submitted = request.RequestSubmitted{
		Request: "r1", Emp: "e1", Wish: request.Wish{Approval: asked}, FiledBy: "e1", At: 5, Cycle: "2026-10", Nth: 2,
		Flags: []string{"late"}, Chain: []request.Step{{Role: "manager"}, {Role: "hr"}}, Turn: request.Turn{Step: 1, Role: "manager", Approver: "m1", DueAt: 90},
	}
	toHR     = request.Turn{Step: 2, Role: "hr", Why: request.SLAPassed, DueAt: 200}
	returned = request.RequestReturned{Request: "r1", Emp: "e1", By: "m1", ExpiresAt: 300}
	held     = timecard.PunchHeld{PunchDetails: timecard.PunchDetails{
		Emp: "e1", Punch: "p1", ReceivedAt: 9, EffectiveAt: (date.Unix() - domain.Hour).Instant(), ClaimedOffset: 2 * domain.Hour, Reasons: []string{"outside"},
	}}
)

// apply folds events, all at once or one by one, and returns what waits and where the request stands.
func apply(t *testing.T, size int, events ...domain.Event) *kept {
	t.Helper()
	k := newKept()
	var batch []eventstore.Decoded
	for i, e := range events {
		batch = append(batch, eventstore.Decoded{Event: e, Meta: eventstore.Metadata{RecordedAt: date.Unix().Instant()}})
		if len(batch) == size || i == len(events)-1 {
			require.NoError(t, inbox.Projector{}.Apply(t.Context(), k, batch))
			batch = nil
		}
	}
	return k
}

func TestWhatWaits(t *testing.T) {
	item := inbox.Item{
		Kind: inbox.Step, ID: "r1", Employee: "e1", Who: "m1", Role: "manager", Date: date, Request: "correction", Change: "add", Step: 1,
		Flags: []string{"late"}, Since: 5, DueAt: 90,
	}
	change := func(f func(*inbox.Item)) []inbox.Item {
		i := item
		f(&i)
		return []inbox.Item{i}
	}
	hr := func(i *inbox.Item) { i.Who, i.Role, i.Step, i.Why, i.DueAt = "", "hr", 2, "sla", 200 }
	waits := inbox.Item{Kind: inbox.Held, ID: "p1", Employee: "e1", Role: "manager", Date: date, Since: 9, Reasons: []string{"outside"}}
	appealed, bound := timecard.PunchAppealed{Emp: "e1", Punch: "p1"}, place.DeviceBound{Device: "phone-1", Emp: "e1", At: date.Unix().Instant()}
	appeal := inbox.Item{Kind: inbox.Appeal, ID: "p1", Employee: "e1", Role: "manager", Date: date, Since: date.Unix().Instant()}
	device := inbox.Item{Kind: inbox.Device, ID: "phone-1", Employee: "e1", Role: "manager", Date: date, Since: date.Unix().Instant()}
	for _, c := range []struct {
		name   string
		events []domain.Event
		want   []inbox.Item
		status string
	}{
		{"a request waits for the approver", []domain.Event{submitted}, []inbox.Item{item}, "open"},
		{"an approved step gives the turn on", []domain.Event{submitted, request.StepDecided{Request: "r1", Emp: "e1", Next: &toHR}}, change(hr), "open"},
		{"an escalated step changes hands", []domain.Event{submitted, request.RequestEscalated{Request: "r1", Emp: "e1", Turn: toHR}}, change(hr), "open"},
		{"a reassigned step changes hands", []domain.Event{submitted, request.RequestReassigned{Request: "r1", Emp: "e1", Turn: toHR}}, change(hr), "open"},
		{"a returned request waits for the employee", []domain.Event{submitted, returned}, change(func(i *inbox.Item) {
			i.Kind, i.Who, i.Role, i.Step, i.DueAt = inbox.Returned, "e1", "employee", 0, 300
		}), "returned"},
		{"an answered one waits for the approver again", []domain.Event{submitted, returned, request.RequestResubmitted{
			Request: "r1", Emp: "e1", Wish: request.Wish{Approval: asked}, Turn: submitted.Turn,
		}}, []inbox.Item{item}, "open"},
		{"an approved request waits no more", []domain.Event{submitted, request.RequestApproved{Request: "r1", Emp: "e1", Approval: asked}}, nil, "approved"},
		{"nor does one that was applied", []domain.Event{submitted, request.RequestApproved{Request: "r1", Emp: "e1"}, request.RequestApplied{Request: "r1", Emp: "e1"}}, nil, "applied"},
		{"nor a rejected one", []domain.Event{submitted, request.RequestRejected{Request: "r1", Emp: "e1"}}, nil, "rejected"},
		{"nor a withdrawn one", []domain.Event{submitted, request.RequestWithdrawn{Request: "r1", Emp: "e1"}}, nil, "withdrawn"},
		{"nor an expired one", []domain.Event{submitted, returned, request.RequestExpired{Request: "r1", Emp: "e1"}}, nil, "expired"},
		{"nor a revoked one", []domain.Event{submitted, request.RequestApproved{Request: "r1", Emp: "e1"}, request.RequestRevoked{Request: "r1", Emp: "e1"}}, nil, "revoked"},
		{"a held punch waits for the manager", []domain.Event{held}, []inbox.Item{waits}, ""},
		{"a released one no more", []domain.Event{held, timecard.PunchReleased{Emp: "e1", Punch: "p1"}}, nil, ""},
		{"nor a refused one", []domain.Event{held, timecard.PunchRefused{Emp: "e1", Punch: "p1"}}, nil, ""},
		{"nor a voided one", []domain.Event{held, timecard.PunchVoided{Emp: "e1", Punch: "p1"}}, nil, ""},
		{"what never was held says nothing", []domain.Event{timecard.PunchVoided{Emp: "e1", Punch: "p2"}}, nil, ""},
		{"a held punch that moves over midnight is of another date", []domain.Event{held, timecard.PunchRetimed{
			Emp: "e1", Punch: "p1", PreviousAt: held.EffectiveAt, EffectiveAt: held.EffectiveAt + (2 * domain.Hour).Instant(),
		}}, []inbox.Item{func() inbox.Item { i := waits; i.Date++; return i }()}, ""},
		{"an appeal waits for the manager", []domain.Event{held, timecard.PunchRefused{Emp: "e1", Punch: "p1"}, appealed}, []inbox.Item{appeal}, ""},
		{"an admitted punch no more", []domain.Event{appealed, timecard.PunchAdmitted{Emp: "e1", Punch: "p1"}}, nil, ""},
		{"a new device waits to be confirmed", []domain.Event{bound}, []inbox.Item{device}, ""},
		{"a confirmed one no more", []domain.Event{bound, place.DeviceConfirmed{Device: "phone-1"}}, nil, ""},
		{"nor one that was given up", []domain.Event{bound, place.DeviceUnbound{Device: "phone-1", Emp: "e1"}}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1, 100} {
				k := apply(t, size, c.events...)
				var got []inbox.Item
				for _, i := range k.items {
					got = append(got, i)
				}
				require.Equal(t, c.want, got, "in batches of %d", size)
				require.Equal(t, c.status, k.filed["e1 r1"].Status)
			}
		})
	}
}

func TestWhichRequestsUseTheQuota(t *testing.T) {
	for status, want := range map[string]bool{"open": true, "approved": true, "applied": true, "revoked": true, "rejected": false, "withdrawn": false, "expired": false} {
		require.Equal(t, want, (&inbox.Filed{Status: status, Nth: 1}).Uses(), status)
	}
	require.False(t, (&inbox.Filed{Status: "open", Nth: 1, Change: "explain"}).Uses())
}
