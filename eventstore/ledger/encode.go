package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/eventstore"
)

// seal returns the events as a reader will see them, their secrets sealed under keys of the present period.
func (l *Ledger) seal(ctx context.Context, stream string, decided []domain.Event) ([]domain.Event, error) {
	now := domain.InstantOf(l.now())
	out := make([]domain.Event, len(decided))
	for i, e := range decided {
		sealed, err := domain.MapSecrets(e, func(s domain.Secret) (domain.Secret, error) {
			if s.Sealed() { // carried over from an earlier event of the same stream and type
				return s, nil
			}
			return l.sealer.Seal(ctx, subjectOf(stream, e), periodOf(s.Class, now), stream, e.EventType(), s)
		})
		if err != nil {
			return nil, fmt.Errorf("seal %s for %s: %w", e.EventType(), stream, err)
		}
		out[i] = sealed
	}
	return out, nil
}

// encode returns what is stored of sealed events.
func (l *Ledger) encode(stream, command string, sealed []domain.Event, meta eventstore.Metadata) ([]eventstore.Event, error) {
	out := make([]eventstore.Event, len(sealed))
	for i, e := range sealed {
		data, schema, err := l.codec.Encode(e)
		if err != nil {
			return nil, err
		}
		meta.Schema = schema
		if meta.Salt, err = l.salt(); err != nil {
			return nil, err
		}
		m, err := json.Marshal(meta)
		if err != nil {
			return nil, fmt.Errorf("encode metadata of %s: %w", e.EventType(), err)
		}
		out[i] = eventstore.Event{ID: eventstore.EventID(stream, command, i), Type: e.EventType(), Metadata: m, Data: data}
	}
	return out, nil
}

// subjectOf returns whose key seals the secrets of an event: the employee; a badge in quarantine, so that one unknown person can be
// forgotten without the others; or category:id for what is about something else.
func subjectOf(stream string, e domain.Event) string {
	if q, ok := e.(place.PunchQuarantined); ok {
		return "badge:" + q.BadgeMAC
	}
	category, rest, _ := strings.Cut(stream, "-")
	switch category {
	case "employee", "bank":
		return rest
	case "timecard", "request", "roster", "pay", "evidence":
		emp, _, _ := strings.Cut(rest, "-")
		return emp
	case "intake":
		return category + ":" + rest[:max(0, strings.LastIndexByte(rest, '-'))]
	}
	return category + ":" + rest
}

// periodOf returns the life of the key that seals a class of evidence recorded at an instant: its year, or its month.
func periodOf(class domain.SecretClass, at domain.Instant) string {
	if class.Yearly() {
		return at.Time().Format("2006")
	}
	return at.Time().Format("200601")
}
