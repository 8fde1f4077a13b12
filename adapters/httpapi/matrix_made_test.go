package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/seal"
	"github.com/punchledger/punchledger/projections/payroll"
)

// made is what a cell sends where its description does not say enough: a signed punch, a file, a thing that must be there.
type made struct {
	dated bool // there is one of now and one of September
	query string
	kind  string // content type, where it is not JSON
	body  string
}

// kiosk is a device that speaks for itself: nameTokens makes it of names that begin so.
const kiosk = "kiosk.k1"

// make returns what a cell sends besides what its description says.
func (m *matrix) make(c cell) made {
	switch c.id {
	case "take-punches":
		return made{body: m.punches[c.subject]}
	case "get-ticket":
		if c.who.name == kiosk {
			return made{query: "device=k1"}
		}
		return made{query: "device=" + deviceOf(c.subject)}
	case "get-receipt", "get-receipt-text", "release-punch", "refuse-punch", "admit-punch",
		"get-request", "decide-request", "revoke-request", "reassign-request", "withdraw-request", "attach-evidence", "resubmit-request", "sign-request":
		return made{dated: true}
	case "add-evidence":
		return made{kind: "image/jpeg", body: "\xff\xd8\xff\xd9"}
	case "attest-day":
		return made{body: `{"statement":"agree","result_hash":"` + strings.Repeat("0", 64) + `"}`}
	case "set-fences":
		return made{body: `{"from":"always","fences":[{"id":"f","shape":"circle","crs":"wgs84","points":[{"lat":1,"lon":1}],"radius_m":50}]}`}
	case "set-networks":
		return made{body: `{"from":"always","ip":["203.0.113.0/24"]}`}
	case "decide-requests":
		return made{dated: true, body: `{"verdict":"approve","requests":["` + requestOf(plain, c.then) + `"]}`}
	case "pull-changes":
		return made{query: "since=1"}
	}
	return made{}
}

func deviceOf(emp string) string { return "dev_" + emp }

// punchOf is a punch of somebody that was made then or now.
func punchOf(emp string, then bool) string {
	if then {
		return deviceOf(emp) + ".1"
	}
	return deviceOf(emp) + ".2"
}

// requestOf is a request of somebody about then or now.
func requestOf(emp string, then bool) string {
	if then {
		return "q_" + emp + "_then"
	}
	return "q_" + emp + "_now"
}

// takesPunches lets an office take punches.
func takesPunches(t *testing.T, o *httpapi.Options) {
	t.Helper()
	key, err := seal.NewKey(zeros{})
	require.NoError(t, err)
	signer, err := seal.NewSigner("punchledger/test", key)
	require.NoError(t, err)
	intake := ledger.NewIntake(o.Ledger, signer, nil)
	o.Intake = func() (*ledger.Intake, error) { return intake, nil }
}

// things puts what routes are about into the company of the matrix: for each subject a phone, a punch of September and one of now, and
// one that waits in the phone, and a request about each day; rows of pay of e1. It returns the punches that are not sent yet.
func (o *office) things(intake *ledger.Intake) map[string]string {
	o.t.Helper()
	o.must(place.EnrolDevice{Device: "k1", Kind: place.Kiosk, PublicKey: signedtest.New("punchledger/test", "k1", plain).PublicKey})
	out := map[string]string{}
	for _, emp := range []string{plain, holder, almighty, unknown} {
		p := signedtest.New("punchledger/test", deviceOf(emp), emp)
		p.BootedAt = instant(o.t, "2026-09-01T00:00:00Z")
		if emp != unknown {
			o.must(place.EnrolDevice{Device: p.Device, Kind: place.Phone, PublicKey: p.PublicKey})
			o.must(place.BindDevice{Device: p.Device, Emp: emp, Now: p.BootedAt})
			o.must(place.ConfirmDevice{Device: p.Device, By: "boss", How: "in_person", Now: p.BootedAt})
			o.takes(intake, p, "2026-09-05T08:00:00Z")
			o.takes(intake, p, "2026-10-05T08:00:00Z")
			o.wishes(requestOf(emp, true), emp, "2026-09-05T16:00:00Z")
			o.wishes(requestOf(emp, false), emp, "2026-10-05T16:00:00Z")
		}
		out[emp] = string(signedtest.JSON(p.Sent(p.Punch(o.now, timecard.In), o.now)))
	}
	return out
}

// wishes submits a request to add a punch.
func (o *office) wishes(id, emp, at string) {
	o.t.Helper()
	when := instant(o.t, at)
	o.must(request.SubmitRequest{Request: id, Emp: emp, By: emp, Now: o.now, Wish: request.Wish{Approval: request.Approval{
		Kind: request.Correction, Change: request.Add, ReasonCode: "forgot",
		Target: request.Subject{Target: request.Target{Date: domain.DateOfUnix(when.Seconds()), Dir: "out"}, At: when},
	}}})
}

// takes records a punch that a phone kept since it was made.
func (o *office) takes(intake *ledger.Intake, p *signedtest.Phone, at string) {
	o.t.Helper()
	s, err := signedtest.Open(p.Sent(p.Punch(instant(o.t, at), timecard.In), o.now))
	require.NoError(o.t, err)
	a := intake.Punch(o.t.Context(), ledger.Handed{Sender: timecard.Sender{Emp: p.Emp, Live: true}, Actor: domain.Actor{Kind: domain.ActorEmployee, ID: p.Emp}}, s)
	require.NoError(o.t, a.Err)
	require.Equal(o.t, at[:10], a.Receipt.EffectiveAt.String()[:10])
}

// septemberRows pay e1 on a day of September and on one of October.
type septemberRows struct{ t *testing.T }

func (p septemberRows) rows(c payroll.Cursor) []payroll.Row {
	out := []payroll.Row{}
	for _, on := range []string{"2026-09-05", "2026-10-05"} {
		if d := date(p.t, on); c.From <= d && d <= c.To {
			out = append(out, payroll.Row{RowID: on, Employee: plain, Date: d})
		}
	}
	return out
}

func (p septemberRows) Page(_ context.Context, c payroll.Cursor, _ func(string) bool) (payroll.Page, error) {
	return payroll.Page{Position: max(c.Position, 1), Rows: p.rows(c)}, nil
}

func (p septemberRows) Diff(_ context.Context, since eventstore.Position, c payroll.Cursor, _ func(string) bool) (payroll.Difference, error) {
	return payroll.Difference{Since: since, Position: c.Position, Added: p.rows(c)}, nil
}

// Whoever may not see a punch or a request on its date gets the same answer as about one that is not there.
func TestNobodyLearnsWhatThereIs(t *testing.T) {
	m, rows := newMatrix(t), readRows(t)
	asked := 0
	for _, id := range []string{
		"get-receipt", "get-receipt-text", "release-punch", "refuse-punch", "admit-punch",
		"get-request", "decide-request", "revoke-request", "reassign-request", "withdraw-request", "attach-evidence", "resubmit-request", "sign-request",
	} {
		for _, c := range cells(rows[id], true) {
			if c.may() {
				continue
			}
			status, body := m.ask(c, c.who.name)
			missing := c
			missing.nowhere = true
			other, otherBody := m.ask(missing, c.who.name)
			require.Equal(t, status, other, "%s: %s %s", c.name(), body, otherBody)
			there, none := strings.NewReplacer(punchOf(c.subject, c.then), "ID", requestOf(c.subject, c.then), "ID"), strings.NewReplacer(noPunch, "ID", noRequest, "ID")
			require.Equal(t, there.Replace(body), none.Replace(otherBody), c.name())
			asked++
		}
	}
	c := cell{row: rows["get-receipt"], subject: plain, then: true}
	status, _ := m.ask(c, "e2")
	require.Equal(t, http.StatusOK, status, "who led on the date of the punch")
	require.Positive(t, asked)
}

// noPunch and noRequest are ids of none.
const noPunch, noRequest = "dev_e1.99", "q_none"
