package ledger

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// seal returns the events as a reader will see them, their secrets sealed under keys of the present period.
func (l *Ledger) seal(ctx context.Context, stream string, decided []domain.Event) ([]domain.Event, error) {
	subject, now := subjectOf(stream), domain.InstantOf(l.now())
	out := make([]domain.Event, len(decided))
	for i, e := range decided {
		sealed, err := domain.MapSecrets(e, func(s domain.Secret) (domain.Secret, error) {
			if s.Sealed() { // carried over from an earlier event of the same stream and type
				return s, nil
			}
			return l.sealer.Seal(ctx, subject, periodOf(s.Class, now), stream, e.EventType(), s)
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

// subjectOf returns whose key seals the secrets of a stream: the employee, or category:id for streams about something else.
func subjectOf(stream string) string {
	category, rest, _ := strings.Cut(stream, "-")
	switch category {
	case "employee":
		return rest
	case "timecard", "request", "roster", "pay":
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

// mac authenticates a command under the ledger's key, so that a repeated id with another command is told apart over restarts.
// A command that says what its identity is (a punch: the bytes its device signed) is judged on that alone.
func (l *Ledger) mac(c Command) (string, error) {
	var content []byte
	if i, ok := c.(interface{ Identity() []byte }); ok {
		content = i.Identity()
	} else {
		content = appendValue(nil, reflect.ValueOf(c))
	}
	sum := l.sealer.MAC([]byte(c.Stream()), fmt.Appendf(nil, "%T", c), content)
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// circumstance names the fields of commands that say when a command was made, not what it asks for: they differ when it is repeated.
var circumstance = map[string]bool{"Now": true, "Today": true}

// appendValue writes a command's content in a stable form, secrets in clear: it goes into a MAC and nowhere else.
func appendValue(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !circumstance[f.Name] {
				b = append(b, v.Type().Field(i).Name...)
				b = append(appendValue(append(b, ':'), v.Field(i)), ';')
			}
		}
		return b
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return append(b, "nil"...)
		}
		return appendValue(b, v.Elem())
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return fmt.Appendf(b, "%q", v.Bytes())
		}
		b = fmt.Appendf(b, "%d[", v.Len())
		for i := range v.Len() {
			b = append(appendValue(b, v.Index(i)), ',')
		}
		return append(b, ']')
	}
	return fmt.Appendf(b, "%#v", v.Interface()) // maps print in the order of their keys
}
