package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/seal"
)

// punchShown is a punch with what became of it.
type punchShown struct {
	Punch       string              `json:"punch"`
	State       string              `json:"state" enum:"counted,held,rejected,refused,voided"`
	RecordedAs  string              `json:"recorded_as" doc:"Type of the event that recorded it."`
	Date        domain.Date         `json:"date"`
	EffectiveAt domain.Instant      `json:"effective_at"`
	FirstAt     domain.Instant      `json:"first_at" doc:"As it was recorded, before anybody moved it."`
	ReceivedAt  domain.Instant      `json:"received_at,omitzero"`
	Dir         timecard.Direction  `json:"dir"`
	Device      string              `json:"device,omitempty"`
	Site        string              `json:"site,omitempty"`
	Place       timecard.Place      `json:"place,omitempty" doc:"The verdict; never where it was."`
	TimeSource  timecard.TimeSource `json:"time_source,omitempty"`
	TimeClass   string              `json:"time_class,omitempty"`
	Assurance   string              `json:"assurance,omitempty" doc:"How well device and person are proven: l0 to l3."`
	Passkey     *passkeyShown       `json:"passkey,omitempty"`
	RuleCase    string              `json:"rule_case,omitempty"`
	Reasons     []reasonShown       `json:"reasons"`
	Appealed    bool                `json:"appealed,omitempty"`
	History     []string            `json:"history,omitempty" doc:"Types of the events that changed it, oldest first."`
}

// PunchOf is the input of an act about a punch of somebody, on its date.
type PunchOf struct {
	Whose
	Punch
}

// longestBack is how many dates back the choke point looks for one on which somebody may act on a punch; which date it is about is
// known once it was read.
const longestBack = MaxDates - 1

// About implements input.
func (in *PunchOf) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	return Subject{Scope: OfOne, Emp: in.Emp, From: c.Today - longestBack, To: c.Today, Kind: people.DelegatePunches}
}

type judgePunchIn struct {
	PunchOf
	Body struct{ Reason }
}

type appealIn struct {
	Whose
	Punch
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"2000" doc:"Why it should count; sealed before it is stored."`
	}
}

type receiptOut struct {
	Body punchAnswer
}

func (s *Server) toldRoutes() {
	const object = "punch"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/punches", ID: "list-punches", Action: access.PunchRead, Object: object,
		Summary: "Punches with what became of them: also those that wait or do not count, and why.",
	}, listPunches)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/punches/{punch}/receipt", ID: "get-receipt", Action: access.PunchRead,
		Object: object, Summary: "The signed receipt of a punch, as it was given first.",
	},
		func(ctx context.Context, c *Call, in *PunchOf) (*receiptOut, error) {
			a, err := c.receipt(ctx, in)
			if err != nil {
				return nil, err
			}
			return &receiptOut{Body: c.answerOf(a)}, nil
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/punches/{punch}/receipt.txt", ID: "get-receipt-text", Action: access.PunchRead,
		Object: object, Summary: "The receipt alone, as text/plain.",
	},
		func(ctx context.Context, c *Call, in *PunchOf) (*documentOut, error) {
			a, err := c.receipt(ctx, in)
			if err != nil {
				return nil, err
			}
			return &documentOut{ContentType: plainType, Body: []byte(a.Note)}, nil
		})
	s.judgeRoutes()
	s.keyRoutes()
}

const plainType = "text/plain; charset=utf-8"

// listPunches shows the dates that one may see.
func listPunches(ctx context.Context, c *Call, in *WhoseDays) (*Listed[punchShown], error) {
	from, to := in.Window(c.Today)
	told, err := c.s.o.Ledger.Punches(ctx, in.Emp, from, to)
	if err != nil {
		return nil, err
	}
	out := &Listed[punchShown]{Seen: c.tip, Body: List[punchShown]{Items: []punchShown{}}}
	for i := range told {
		if !c.Covers(in.Emp, told[i].Date) {
			continue
		}
		p, err := c.punchShown(ctx, &told[i])
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, p)
	}
	return out, nil
}

func (c *Call) punchShown(ctx context.Context, t *ledger.Told) (punchShown, error) {
	d := &t.Details
	p := punchShown{
		Punch: t.ID, State: t.StateWord(), RecordedAs: t.RecordedAs, Date: t.Date, EffectiveAt: t.EffectiveAt, FirstAt: t.FirstAt,
		ReceivedAt: t.ReceivedAt, Dir: t.Dir, Device: t.Device, Site: t.Site, Place: t.Place, TimeSource: t.TimeSource,
		TimeClass: d.TimeClass, Assurance: t.Assurance, Passkey: shownPasskey(t.Passkey), RuleCase: d.RuleCase, Reasons: []reasonShown{}, Appealed: t.Appealed, History: t.History,
	}
	because, err := c.s.o.Ledger.Because(ctx, t)
	for _, b := range because {
		p.Reasons = append(p.Reasons, reasonShown{Code: b.Code, Rule: b.Rule, Text: c.Text.Because(b.Code, b.Args)})
	}
	return p, err
}

// punchOf reads the punch that a call is about, and asks once more with its date. Whoever may not act on it there is answered as if
// there were none.
func (c *Call) punchOf(ctx context.Context, in *PunchOf) (ledger.Told, error) {
	t, err := c.s.o.Ledger.PunchOf(ctx, in.Emp, in.Punch.Punch)
	absent := errors.Is(err, &domain.Error{Code: "unknown_punch"})
	if err != nil && !absent {
		return t, err
	}
	if !absent && c.ask(c.route.Action, in.on(t.Date)) == nil {
		return t, nil
	}
	if c.ask(c.route.Action, in.on(c.Today)) != nil {
		return ledger.Told{}, errNotAuthorised()
	}
	return ledger.Told{}, domain.NewError(domain.NotFound, "unknown_punch", "punch", in.Punch.Punch)
}

// on is the subject of an act on a date.
func (in *PunchOf) on(date domain.Date) Subject {
	return Subject{Emp: in.Emp, From: date, Kind: people.DelegatePunches}
}

func (c *Call) receipt(ctx context.Context, in *PunchOf) (ledger.Answer, error) {
	t, err := c.punchOf(ctx, in)
	if err != nil {
		return ledger.Answer{}, err
	}
	intake, err := c.s.o.Intake()
	if err != nil {
		return ledger.Answer{}, err
	}
	return intake.ReceiptOn(ctx, t.Card, t.ID)
}

// judgeRoutes let people decide what intake could not.
func (s *Server) judgeRoutes() {
	for _, r := range []struct {
		verb, summary string
		command       func(t *ledger.Told, reason, actor string) timecard.Command
	}{
		{"release", "Let a held punch count.", func(t *ledger.Told, reason, actor string) timecard.Command {
			return timecard.ReleasePunch{Card: t.Card, Punch: t.ID, Reason: reason, ActorID: actor}
		}},
		{"refuse", "End a hold without counting the punch.", func(t *ledger.Told, reason, actor string) timecard.Command {
			return timecard.RefusePunch{Card: t.Card, Punch: t.ID, Reason: reason, ActorID: actor}
		}},
		{"admit", "Let a rejected or refused punch count after all.", func(t *ledger.Told, reason, actor string) timecard.Command {
			return timecard.AdmitPunch{Card: t.Card, Punch: t.ID, Reason: reason, ActorID: actor}
		}},
	} {
		Handle(s, Route{
			Method: http.MethodPost, Path: "/v1/employees/{emp}/punches/{punch}/" + r.verb, ID: r.verb + "-punch", Action: access.PunchJudge,
			Object: "verdict", Summary: r.summary, MaxBody: MaxPunchBody,
		},
			func(ctx context.Context, c *Call, in *judgePunchIn) (*Written, error) {
				t, err := c.punchOf(ctx, &in.PunchOf)
				if err != nil {
					return nil, err
				}
				return c.act(ctx, r.command(&t, in.Body.Reason.Reason, c.Who.Principal), "")
			})
	}
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/punches/{punch}/appeal", ID: "appeal-punch", Action: access.PunchAppeal,
		Object: "appeal", Summary: "Ask for another look at a punch that does not count.", MaxBody: MaxPunchBody,
	},
		func(ctx context.Context, c *Call, in *appealIn) (*Written, error) {
			card, err := c.s.o.Ledger.CardOf(ctx, in.Emp, in.Punch.Punch)
			if err != nil {
				return nil, err
			}
			return c.act(ctx, timecard.AppealPunch{
				Card: card, Punch: in.Punch.Punch, Text: domain.NewSecret(domain.ClassText, in.Body.Text), ActorID: c.Who.Principal,
			}, "")
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/punches/rejudge", ID: "rejudge-punches", Action: access.PunchRepeat, Object: "rejudging",
		Summary: "Judge punches again that wait or were rejected, because a fence or a rule was wrong.",
	}, s.rejudge)
}

type rejudgeIn struct {
	Nobody
	Body struct {
		Reason
		State    string      `json:"state,omitempty" enum:"held,rejected,refused" doc:"All three when left out."`
		Employee string      `json:"emp,omitempty" maxLength:"64"`
		Carries  string      `json:"carries,omitempty" maxLength:"64" doc:"A reason that they carry, such as outside_fence."`
		Site     string      `json:"site,omitempty" maxLength:"64" doc:"Near which they were made."`
		From     domain.Date `json:"from,omitzero"`
		To       domain.Date `json:"to,omitzero"`
		DryRun   bool        `json:"dry_run,omitempty" doc:"Only show what would change."`
	}
}

type rejudged struct {
	Employee string            `json:"emp"`
	Punch    string            `json:"punch"`
	At       domain.Instant    `json:"effective_at"`
	Verdict  timecard.Rejudged `json:"rejudged"`
	Settled  bool              `json:"settled,omitempty" doc:"It counts now; of a dry run, it would."`
}

type rejudgeOut struct {
	Body struct {
		DryRun bool       `json:"dry_run"`
		Items  []rejudged `json:"items"`
	}
}

func (s *Server) rejudge(ctx context.Context, c *Call, in *rejudgeIn) (*rejudgeOut, error) {
	done, err := s.heavy()
	if err != nil {
		return nil, err
	}
	defer done()
	b := in.Body
	told, err := s.o.Ledger.Waiting(ctx, ledger.Waiting{
		State: b.State, Employee: b.Employee, Reason: b.Carries, Site: b.Site, From: b.From, To: b.To,
	})
	if err != nil {
		return nil, err
	}
	out := &rejudgeOut{}
	out.Body.DryRun, out.Body.Items = b.DryRun, []rejudged{}
	for i := range told {
		t := &told[i]
		verdict, sound, err := s.o.Ledger.JudgeAgain(ctx, t, s.o.Open)
		if err != nil {
			return nil, err
		}
		row := rejudged{Employee: t.Card.Emp, Punch: t.ID, At: t.Details.EffectiveAt, Verdict: verdict}
		if settle := t.Settling(verdict, b.Reason.Reason, c.Who.Principal); settle != nil && sound {
			row.Settled = true
			if !b.DryRun {
				if _, err := c.carryOut(ctx, ledger.Request{
					ID: c.derive("settle/" + t.Card.Stream() + "/" + t.ID), Command: settle, Actor: c.Actor(),
				}); err != nil {
					return nil, err
				}
			}
		}
		out.Body.Items = append(out.Body.Items, row)
	}
	return out, nil
}

type ledgerKey struct {
	KeyID     string `json:"key_id" doc:"Eight hexadecimal digits, as in the notes."`
	PublicKey string `json:"public_key" doc:"Ed25519: SubjectPublicKeyInfo as DER in base64."`
	PEM       string `json:"pem"`
}

type keysOut struct {
	Body struct {
		Origin string      `json:"origin" doc:"Name of the ledger in its notes."`
		Keys   []ledgerKey `json:"keys" doc:"The newest last; notes of earlier ones stay valid."`
	}
}

// keyRoutes give away what verifies receipts and tickets.
func (s *Server) keyRoutes() {
	Handle(s, Route{Method: http.MethodGet, Path: "/v1/keys", ID: "list-keys", Object: "key", Summary: "The public keys that verify receipts."},
		func(_ context.Context, c *Call, _ *Open) (*keysOut, error) {
			org := c.Directory().Org()
			out := &keysOut{}
			out.Body.Origin, out.Body.Keys = org.Origin, []ledgerKey{}
			for _, k := range org.SealKeys {
				text, err := seal.PEM(k.PublicKey)
				if err != nil {
					return nil, err
				}
				out.Body.Keys = append(out.Body.Keys, ledgerKey{k.KeyID, k.PublicKey, string(text)})
			}
			return out, nil
		})
	Handle(s, Route{Method: http.MethodGet, Path: "/v1/keys.pem", ID: "list-keys-pem", Object: "key", Summary: "The newest of them as openssl reads it."},
		func(_ context.Context, c *Call, _ *Open) (*documentOut, error) {
			keys := c.Directory().Org().SealKeys
			if len(keys) == 0 {
				return nil, domain.NewError(domain.NotFound, "no_keys_yet")
			}
			text, err := seal.PEM(keys[len(keys)-1].PublicKey)
			return &documentOut{ContentType: "application/x-pem-file", Body: []byte(strings.TrimRight(string(text), "\n") + "\n")}, err
		})
}
