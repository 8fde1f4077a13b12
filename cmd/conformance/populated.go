package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/eventstore"
)

// given is an event as the official fixtures have it.
type given struct {
	Event struct {
		StreamID       string `json:"streamId"`
		StreamRevision struct {
			Value uint64 `json:"value"`
		} `json:"streamRevision"`
		EventID      uuid.UUID `json:"eventId"`
		EventType    string    `json:"eventType"`
		EventData    []int     `json:"eventData"`
		UserMetadata []int     `json:"userMetadata"`
		ContentType  string    `json:"contentType"`
		Position     struct {
			Commit uint64 `json:"commit"`
		} `json:"position"`
		Created struct {
			Seconds int64 `json:"seconds"`
			Nanos   int64 `json:"nanos"`
		} `json:"created"`
	} `json:"event"`
}

// populated returns the records of the database that the official tests expect to find: what their fixtures name, at its places, and
// around it as many events as they count.
func populated(resources string) ([]esdb.Record, error) {
	at := map[uint64]esdb.Record{}
	files, err := filepath.Glob(filepath.Join(resources, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if strings.Contains(f, "filtered") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		var events []given
		if err := json.Unmarshal(text, &events); err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		for _, g := range events {
			at[g.Event.Position.Commit] = g.record()
		}
	}
	filtered, err := filteredEvents(resources)
	if err != nil {
		return nil, err
	}
	for _, r := range filtered {
		at[r.Position] = r
	}
	fill(at, "dataset20M-0", 6000)
	fill(at, "dataset20M-1800", 2000)
	var out []esdb.Record
	for _, r := range at {
		out = append(out, r)
	}
	return out, nil
}

func (g given) record() esdb.Record {
	e := g.Event
	return esdb.Record{
		Event:  eventstore.Event{ID: e.EventID, Type: e.EventType, Data: toBytes(e.EventData), Metadata: toBytes(e.UserMetadata)},
		Stream: e.StreamID, Revision: e.StreamRevision.Value, Position: e.Position.Commit,
		Created: time.Unix(e.Created.Seconds, e.Created.Nanos).UTC(), JSON: e.ContentType == "application/json",
	}
}

func toBytes(numbers []int) []byte {
	out := make([]byte, len(numbers))
	for i, n := range numbers {
		out[i] = byte(n)
	}
	return out
}

// filteredEvents returns the events that a filter on eventType-194 finds first.
func filteredEvents(resources string) ([]esdb.Record, error) {
	var positions []struct {
		Commit uint64 `json:"commit"`
	}
	var versions []uint64
	for name, v := range map[string]any{"positions": &positions, "versions": &versions} {
		text, err := os.ReadFile(filepath.Join(resources, "all-"+name+"-filtered-stream-194-e0-e30.json"))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, v); err != nil {
			return nil, err
		}
	}
	var out []esdb.Record
	for i, p := range positions {
		stream, kind := "dataset20M-0", "eventType-194"
		if i >= 10 {
			stream, kind = "dataset20M-1800", fmt.Sprintf("eventType-%d", 1800+versions[i]%200)
		}
		out = append(out, dataset(stream, kind, versions[i], p.Commit))
	}
	return out, nil
}

func dataset(stream, kind string, revision, position uint64) esdb.Record {
	return esdb.Record{
		Event: eventstore.Event{
			ID: eventstore.EventID(stream, kind, int(revision)), Type: kind, Data: []byte(`{"somedata" : 1}`), Metadata: []byte(`{"metadata" : 1}`),
		},
		Stream: stream, Revision: revision, Position: position, Created: time.Unix(1578852900, 0).UTC(), JSON: true,
	}
}

// fill adds the events of a stream that no fixture names, at positions between those of its neighbours.
func fill(at map[uint64]esdb.Record, stream string, n uint64) {
	known := map[uint64]uint64{} // position by revision
	for _, r := range at {
		if r.Stream == stream {
			known[r.Revision] = r.Position
		}
	}
	position := uint64(20_000)
	for revision := range n {
		if p, ok := known[revision]; ok {
			position = p
			continue
		}
		position++
		for _, taken := at[position]; taken; _, taken = at[position] {
			position++
		}
		at[position] = dataset(stream, "eventType-of-others", revision, position)
	}
}
