package evaluate

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

// Streams is what Place reads of the log. Its records have positions.
type Streams interface {
	ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Record, error]
}

// Place says where the events that a trace names stand in the log: those of its inputs, and those that it is pinned to. Sites and
// calendars get the last event of their stream up to a position, as what they say is the sum of all of them. An event that is in none
// of the streams that may hold it gets no place.
func Place(ctx context.Context, log Streams, t *attendance.Trace, upto eventstore.Position) error {
	found := map[string]attendance.Place{}
	last := map[string]attendance.Place{}
	for _, stream := range streamsOf(t) {
		for r, err := range log.ReadStream(ctx, stream, 0) {
			if err != nil {
				return fmt.Errorf("read %s: %w", stream, err)
			}
			if r.Position > upto {
				break
			}
			p := attendance.Place{
				Event: r.ID.String(), Type: r.Type, Stream: stream, Revision: uint64(r.Revision), Position: uint64(r.Position),
				Hash: r.Commitment.String(),
			}
			found[p.Event], last[stream] = p, p
		}
	}
	at := func(event string) *attendance.Place {
		if p, ok := found[event]; ok {
			return &p
		}
		return nil
	}
	for i := range t.Inputs {
		in := &t.Inputs[i]
		in.Place = at(in.Event)
		for _, event := range in.Changed {
			if p := at(event); p != nil {
				in.By = append(in.By, *p)
			}
		}
	}
	for i := range t.Pinned {
		p := &t.Pinned[i]
		switch p.What {
		case "site", "calendar":
			id, _, _ := strings.Cut(p.ID, " ")
			if place, ok := last[p.What+"-"+id]; ok {
				p.Place = &place
			}
		default:
			p.Place = at(p.Event)
		}
	}
	return nil
}

// streamsOf are the streams that may hold what a trace names. A punch that was moved stays in the month in which it was made.
func streamsOf(t *attendance.Trace) []string {
	emp, streams := t.Day.Employee, map[string]bool{"employee-" + t.Day.Employee: true}
	for _, at := range []domain.Seconds{t.Day.Window.From - farthest, t.Day.Window.From, t.Day.Window.To + farthest} {
		streams[timecard.CardAt(emp, at.Instant()).Stream()] = true
	}
	streams[timecard.CardOn(emp, t.Day.Date).Stream()] = true
	for _, in := range t.Inputs {
		switch in.Kind {
		case "approval":
			date, err := domain.ParseDate(in.At[:min(len("2006-01-02"), len(in.At))])
			if err == nil {
				streams[request.Stream(emp, date)] = true
			}
			streams[request.Stream(emp, t.Day.Date)] = true
		case "roster", "swap":
			if date, err := domain.ParseDate(in.ID); err == nil {
				streams["roster-"+emp+"-"+date.YearMonth()] = true
			}
		}
	}
	for _, p := range t.Pinned {
		id, _, _ := strings.Cut(p.ID, " ")
		switch p.What {
		case "assignment":
			streams["group-"+id] = true
		case "binding":
			streams["ruleset-"+id] = true
		case "site", "calendar":
			streams[p.What+"-"+id] = true
		}
	}
	return slices.Sorted(maps.Keys(streams))
}
