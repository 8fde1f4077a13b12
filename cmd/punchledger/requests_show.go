package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type requestsListCmd struct {
	All    bool   `help:"Also what is over."`
	Status string `help:"In this status." placeholder:"STATUS"`
	requestFilter
	pastFlag
}

// Run lists requests; those that wait need no look at the whole log.
func (cmd *requestsListCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		var list []ledger.ShownRequest
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
				list = append(list, ledger.ShownOf(r))
			}
		}
		return printRequests(c, list)
	})
}

// print lists requests of every status.
func (cmd *requestsListCmd) print(c *console, all []request.Request) error {
	var list []ledger.ShownRequest
	for _, r := range all {
		ok, err := cmd.covers(r)
		if err != nil {
			return err
		}
		if ok && (cmd.Status == "" || string(r.Status) == cmd.Status) {
			list = append(list, ledger.ShownOf(r))
		}
	}
	return printRequests(c, list)
}

func printRequests(c *console, list []ledger.ShownRequest) error {
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
			shown, err := ledger.StoryOf(records, r.codec, ref, nil)
			if err != nil {
				return err
			}
			if c.cfg.Output == "json" {
				return printJSON(c.Out, shown)
			}
			if err := printRequests(c, []ledger.ShownRequest{shown}); err != nil {
				return err
			}
			return printHistory(c, shown.History)
		})
	})
}

func printHistory(c *console, history []ledger.Happened) error {
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
