// Package bus carries messages between the ledger and others, through watermill: out to webhooks, NATS JetStream and Kafka as relay's
// publishers, in from topics, and to programs of one's own through Subscriber, which reads the log itself.
//
// A publisher returns when the other side has the message: a broker that has stored it as its settings say, a receiver that has answered
// with a status of 200 to 299.
package bus

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/punchledger/punchledger/projections/relay"
)

// Access is what opens an endpoint: its secrets in clear.
type Access struct {
	User, Password string // of a broker; may be empty
	Keys           []Key  // by which webhooks are signed; the newest first
}

// Key is a secret that signs webhooks: whsec_ and base64. It signs before Until, or for ever where that is zero.
type Key struct {
	Secret string
	Until  time.Time
}

// dialWithin bounds how long a connection may take, and answerWithin how long the other side may take to answer.
const (
	dialWithin   = 10 * time.Second
	answerWithin = 20 * time.Second
)

// Open connects to an endpoint. What it returns about a broker whose settings would lose messages says which.
func Open(e relay.Endpoint, a Access) (relay.Publisher, error) {
	t, err := ParseTarget(e.URL)
	if err != nil {
		return nil, err
	}
	switch t.Scheme {
	case NATS, NATSTLS:
		return openNATS(t, a)
	case Kafka, KafkaTLS:
		return openKafka(t, a)
	}
	return openWebhook(t, e.Private, a)
}

// messageOf is a message as watermill carries it.
func messageOf(m relay.Message) *message.Message {
	out := message.NewMessage(m.ID, m.Body)
	out.Metadata.Set("content-type", relay.ContentType)
	out.Metadata.Set(keyOf, m.Key)
	return out
}

// keyOf is the metadata member that names the stream of a message.
const keyOf = "partitionkey"

func unavailable(err error) error { return &relay.UnavailableError{Problem: err} }

// answered says what becomes of a message by the status that a receiver answered with.
func answered(status int, after time.Duration) error {
	err := fmt.Errorf("the receiver answered %d %s", status, http.StatusText(status))
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 300 && status < 400:
		return errors.Join(err, errRedirect)
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests,
		status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return &relay.UnavailableError{Problem: err, After: after}
	}
	return err
}

var errRedirect = errors.New("redirects are not followed: give the address that it leads to")
