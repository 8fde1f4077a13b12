package httpapi_test

import (
	"context"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/presence"
	"github.com/punchledger/punchledger/projections/slot"
)

// bareBoards show nothing of anybody.
type bareBoards struct{}

func (bareBoards) InboxItems(context.Context, inbox.Query, func(inbox.Item) error) error { return nil }

func (bareBoards) Requests(context.Context, string, func(inbox.Filed) error) error { return nil }

func (bareBoards) ResolvedAnomalies(context.Context, anomaly.Query, func(anomaly.Row) error) error {
	return nil
}

func (bareBoards) Months(context.Context, month.Query, func(month.Person) error) error { return nil }

func (bareBoards) Filed(context.Context, string, func(inbox.Filed) error) error { return nil }

func (bareBoards) Presences(context.Context, string, domain.Instant) ([]presence.Status, error) {
	return nil, nil
}

func (bareBoards) Month(_ context.Context, emp string, first domain.Date) (month.Own, error) {
	return month.Own{Employee: emp, Month: first.Time().Format("2006-01")}, nil
}

func (bareBoards) Slots(context.Context, string, domain.Date, domain.Date, domain.Instant) ([]slot.Day, error) {
	return nil, nil
}

func (bareBoards) Preview(_ context.Context, emp string, _ request.Approval, _ domain.Instant, _ bool) (evaluate.Preview, error) {
	return evaluate.Preview{Employee: emp}, nil
}

// noFiles keep no evidence, and no request has any.
type noFiles struct{}

func (noFiles) Add(context.Context, string, string, domain.Actor, []byte) (httpapi.StoredEvidence, ledger.Receipt, error) {
	return httpapi.StoredEvidence{}, ledger.Receipt{}, unknownEvidence("")
}

func (noFiles) Find(_ context.Context, reference string) (httpapi.StoredEvidence, error) {
	return httpapi.StoredEvidence{}, unknownEvidence(reference)
}

func (noFiles) Month(context.Context, string, string, func(httpapi.StoredEvidence) error) error {
	return nil
}

func (noFiles) Get(_ context.Context, reference string, _ bool) (httpapi.OpenedEvidence, error) {
	return httpapi.OpenedEvidence{}, unknownEvidence(reference)
}

func (noFiles) Attach(_ context.Context, reference string) (evidence.Attachment, error) {
	return evidence.Attachment{}, unknownEvidence(reference)
}

func unknownEvidence(reference string) error {
	return domain.NewError(domain.NotFound, "unknown_evidence", "evidence", reference)
}

// stories read requests from the log of an office.
type stories struct {
	store eventstore.Store
	codec *eventstore.Codec
}

func (s stories) Story(ctx context.Context, _ string, ref request.Ref) (ledger.ShownRequest, error) {
	return ledger.StoryOf(s.store.ReadStream(ctx, ref.Stream(), 0), s.codec, ref, nil)
}

func (stories) Has(context.Context, request.Ref, string) (bool, error) { return false, nil }

// noRows pay nobody.
type noRows struct{}

func (noRows) Page(_ context.Context, c payroll.Cursor, _ func(string) bool) (payroll.Page, error) {
	return payroll.Page{Position: max(c.Position, 1), Rows: []payroll.Row{}}, nil
}

func (noRows) Diff(_ context.Context, since eventstore.Position, c payroll.Cursor, _ func(string) bool) (payroll.Difference, error) {
	return payroll.Difference{Since: since, Position: c.Position}, nil
}

// noTrials find that nothing differs.
type noTrials struct{}

func (noTrials) Replay(context.Context, httpapi.TrialWish) (httpapi.Tried, error) {
	return httpapi.Tried{Report: whatif.Report{Days: []whatif.DayChange{{Emp: "e1", Date: 20700}}}, Position: 1, Engine: "test"}, nil
}
