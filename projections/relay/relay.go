// Package relay takes what happens out to others: it reads the log after its checkpoint, turns each event into a CloudEvent and hands it
// to a publisher, at least once and with the event's id, so that whoever receives it twice can tell.
//
// Each endpoint has a filter, a checkpoint and a poison queue of its own, kept in a Book. What was sealed before it reached the log is
// named and never opened.
package relay

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// Publisher hands messages to a broker or a receiver. Publish returns nil when the other side has the message; an *UnavailableError says
// that nobody could be reached, any other error that this message was not taken. A Publisher is safe for concurrent use.
type Publisher interface {
	Publish(ctx context.Context, m Message) error
	Close() error
}

// Message is one event on its way. Key is what must keep its order: the stream.
type Message struct {
	ID       string
	Category string // of the stream
	Type     string
	Key      string
	Body     []byte // a CloudEvent as a JSON document
}

// ContentType is that of every message.
const ContentType = "application/cloudevents+json"

// UnavailableError says that a receiver could not be reached or asked to be left alone: the message is not to blame, and every other one
// would fare the same. After is how long the receiver asked to wait, 0 where it did not say.
type UnavailableError struct {
	Problem error
	After   time.Duration
}

func (e *UnavailableError) Error() string { return e.Problem.Error() }

// Unwrap returns the problem.
func (e *UnavailableError) Unwrap() error { return e.Problem }

// Direction is which way the messages of an endpoint go.
type Direction string

// The directions: out of the ledger, or decisions of other systems into it.
const (
	Out Direction = "out"
	In  Direction = "in"
)

// Endpoint is where messages go to or come from. What is secret of it is sealed.
type Endpoint struct {
	Name      string         `json:"name"`
	URL       string         `json:"url"`
	Direction Direction      `json:"direction"`
	System    string         `json:"system,omitempty"` // in: what the ledger calls the system whose decisions come
	Filter    Filter         `json:"filter,omitzero"`
	Private   bool           `json:"allow_private,omitempty"` // the receiver may be in a private network
	Attempts  int            `json:"attempts"`                // before an event goes to the poison queue
	Paused    bool           `json:"paused,omitempty"`
	Rewound   int            `json:"rewound,omitempty"` // how often; who delivers begins anew with each
	Keys      []SigningKey   `json:"keys,omitempty"`    // newest first
	Login     []byte         `json:"login,omitempty"`   // sealed user:password
	AddedAt   domain.Instant `json:"added_at"`
	AddedBy   string         `json:"added_by"`

	version int64
}

// SigningKey is a sealed secret by which messages are signed. Until is when it ends, 0 for the one that stays.
type SigningKey struct {
	Box   []byte         `json:"box"`
	Until domain.Instant `json:"until,omitzero"`
}

// DefaultAttempts is how often an event is tried before it goes to the poison queue.
const DefaultAttempts = 8

// Filter says which events an endpoint gets. An event passes if it has one of the types and is of one of the categories or streams; what
// is empty asks for nothing. A stream that ends in an asterisk stands for all that begin so.
type Filter struct {
	Types      []string `json:"types,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Streams    []string `json:"streams,omitempty"`
}

// Passes reports whether an event of a type in a stream is asked for.
func (f Filter) Passes(stream, eventType string) bool {
	if len(f.Types) > 0 && !slices.Contains(f.Types, eventType) {
		return false
	}
	if len(f.Categories) == 0 && len(f.Streams) == 0 {
		return true
	}
	if slices.Contains(f.Categories, domain.Category(stream)) {
		return true
	}
	for _, s := range f.Streams {
		begin, open := strings.CutSuffix(s, "*")
		if s == stream || open && strings.HasPrefix(stream, begin) {
			return true
		}
	}
	return false
}

// Check refuses a filter that can let nothing pass because of a word that is no type or category of this ledger.
func (f Filter) Check(types map[string]int, owns func(stream string) bool) error {
	for _, t := range f.Types {
		if _, ok := types[t]; !ok {
			return domain.NewError(domain.Invalid, "unknown_event_type", "type", t)
		}
	}
	for _, c := range f.Categories {
		if !owns(c) {
			return domain.NewError(domain.Invalid, "unknown_category", "category", c)
		}
	}
	for _, s := range f.Streams {
		if !owns(strings.TrimSuffix(s, "*")) {
			return domain.NewError(domain.Invalid, "unknown_category", "category", domain.Category(strings.TrimSuffix(s, "*")))
		}
	}
	return nil
}

// unknownEndpoint says that there is no endpoint of this name.
func unknownEndpoint(name string) error {
	return domain.NewError(domain.NotFound, "unknown_endpoint", "endpoint", name)
}
