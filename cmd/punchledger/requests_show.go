package main

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// shownRequest is a request as list and show print it.
type shownRequest struct {
	Request     string          `json:"request"`
	Employee    string          `json:"emp"`
	Kind        request.Kind    `json:"kind"`
	Change      request.Change  `json:"change,omitempty"`
	Target      request.Subject `json:"target"`
	Type        string          `json:"type,omitempty"`
	Settle      request.Settle  `json:"settle,omitempty"`
	Reason      string          `json:"reason_code,omitempty"`
	Status      request.Status  `json:"status"`
	Cycle       string          `json:"cycle,omitempty"`
	Nth         int             `json:"nth,omitempty"`
	Flags       []string        `json:"flags,omitempty"`
	Chain       []request.Step  `json:"chain,omitempty"`
	Turn        *request.Turn   `json:"turn,omitempty"`
	FiledBy     string          `json:"filed_by,omitempty"`
	SubmittedAt domain.Instant  `json:"submitted_at,omitzero"`
	ExpiresAt   domain.Instant  `json:"expires_at,omitzero"`
	Evidence    []string        `json:"evidence,omitempty"`
	Effects     []string        `json:"effects,omitempty"`
	Problem     string          `json:"problem,omitempty"`
	History     []happened      `json:"history,omitempty"`
}

// happened is one event of a request.
type happened struct {
	Event      string         `json:"event"`
	ID         string         `json:"event_id"`
	RecordedAt domain.Instant `json:"recorded_at"`
	By         string         `json:"by"`
	Data       domain.Event   `json:"data"` // what was sealed stays so
}

func shownOwn(r request.Request) shownRequest {
	out := shownRequest{
		Request: r.ID, Employee: r.Emp, Kind: r.Kind, Change: r.Change, Target: r.Target, Type: r.Type, Settle: r.Settle,
		Reason: r.ReasonCode, Status: r.Status, Cycle: r.Cycle, Nth: r.Nth, Flags: r.Flags, Chain: r.Chain, FiledBy: r.FiledBy,
		SubmittedAt: r.SubmittedAt, ExpiresAt: r.ExpiresAt, Evidence: r.Evidence, Effects: r.Effects, Problem: r.Problem,
	}
	if r.Status == request.StatusOpen {
		out.Turn = &r.Turn
	}
	return out
}

type requestsListCmd struct {
	All    bool   `help:"Also what is over."`
	Status string `help:"In this status." placeholder:"STATUS"`
	requestFilter
	pastFlag
}

// Run lists requests; those that wait need no look at the whole log.
func (cmd *requestsListCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		var list []shownRequest
		if cmd.All || cmd.Status != "" {
			return c.logReading(func(r *reader) error {
				until, err := moment(cmd.AsOf)
				if err != nil {
					return err
				}
				all, err := allRequests(c.ctx, past{r.log, r.codec, until}, r.codec)
				if err != nil {
					return err
				}
				return cmd.print(c, all)
			})
		}
		for _, r := range d.Pending() {
			ok, err := cmd.covers(r)
			if err != nil {
				return err
			}
			if ok {
				list = append(list, shownOwn(r))
			}
		}
		return printRequests(c, list)
	})
}

// print lists requests of every status.
func (cmd *requestsListCmd) print(c *console, all []request.Request) error {
	var list []shownRequest
	for _, r := range all {
		ok, err := cmd.covers(r)
		if err != nil {
			return err
		}
		if ok && (cmd.Status == "" || string(r.Status) == cmd.Status) {
			list = append(list, shownOwn(r))
		}
	}
	return printRequests(c, list)
}

func printRequests(c *console, list []shownRequest) error {
	t, err := c.table("id", "employee", "type", "date", "state", "who", "due", "flags")
	if err != nil {
		return err
	}
	for _, r := range list {
		who, due := "", ""
		if r.Turn != nil {
			who, due = c.approver(*r.Turn), when(r.Turn.DueAt)
		}
		flags := make([]string, len(r.Flags))
		for i, f := range r.Flags {
			flags[i] = c.t("labels.request_flag." + f)
		}
		err := t.add(r, r.Request, r.Employee, c.t("labels.request."+string(r.Kind)), r.Target.Date.String(),
			c.t("labels.request_status."+string(r.Status)), who, due, strings.Join(flags, ", "))
		if err != nil {
			return err
		}
	}
	return t.end()
}

// allRequests folds every request of a log, by the time of submission.
func allRequests(ctx context.Context, log eventstore.Store, codec *eventstore.Codec) ([]request.Request, error) {
	states, order := map[string]request.State{}, []string(nil)
	for rec, err := range log.ReadAll(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if domain.Category(rec.Stream) != request.Category {
			continue
		}
		d, err := codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		if _, known := states[rec.Stream]; !known {
			order = append(order, rec.Stream)
		}
		states[rec.Stream] = request.Evolve(states[rec.Stream], d.Event.(request.Event))
	}
	var out []request.Request
	for _, stream := range order {
		out = append(out, states[stream].Requests...)
	}
	slices.SortStableFunc(out, func(a, b request.Request) int { return cmp.Compare(a.SubmittedAt, b.SubmittedAt) })
	return out, nil
}

type requestsShowCmd struct {
	Request string `arg:"" help:"Request."`
	pastFlag
}

func (cmd *requestsShowCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		ref, ok := d.RequestRef(cmd.Request)
		if !ok {
			return domain.NewError(domain.NotFound, "unknown_request", "request", cmd.Request)
		}
		return c.logReading(func(r *reader) error {
			until, err := moment(cmd.AsOf)
			if err != nil {
				return err
			}
			records := r.log.ReadStream(c.ctx, ref.Stream(), 0)
			if until != nil {
				records = past{r.log, r.codec, until}.ReadAll(c.ctx, 0)
			}
			shown, err := requestStory(records, r.codec, ref)
			if err != nil {
				return err
			}
			if c.cfg.Output == "json" {
				return printJSON(c.Out, shown)
			}
			if err := printRequests(c, []shownRequest{shown}); err != nil {
				return err
			}
			return printHistory(c, shown.History)
		})
	})
}

// requestStory folds the stream of a request and keeps its own events.
func requestStory(records iter.Seq2[eventstore.Record, error], codec *eventstore.Codec, ref request.Ref) (shownRequest, error) {
	var s request.State
	var history []happened
	for rec, err := range records {
		if err != nil {
			return shownRequest{}, err
		}
		if rec.Stream != ref.Stream() {
			continue
		}
		d, err := codec.DecodeRecord(rec)
		if err != nil {
			return shownRequest{}, err
		}
		e := d.Event.(request.Event)
		s = request.Evolve(s, e)
		if request.About(e) == ref.Request {
			history = append(history, happened{
				Event: d.Type, ID: d.ID.String(), RecordedAt: d.Meta.RecordedAt, By: d.Meta.Actor.ID, Data: d.Event,
			})
		}
	}
	r, _ := s.Own(ref.Request)
	out := shownOwn(r)
	out.History = history
	return out, nil
}

func printHistory(c *console, history []happened) error {
	t, err := c.table("recorded_at", "event", "actor")
	if err != nil {
		return err
	}
	for _, h := range history {
		if err := t.add(h, h.RecordedAt.String(), h.Event, h.By); err != nil {
			return err
		}
	}
	return t.end()
}
