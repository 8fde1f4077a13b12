package ledger

import (
	"encoding/base64"
	"fmt"
	"reflect"

	"github.com/punchledger/punchledger/domain"
)

// macVersion begins what a command's MAC is computed over. Its form is for ever: a repeated command must be known again by later builds.
const macVersion = "punchledger/command/v1"

// mac authenticates a command under the ledger's key, so that a repeated id with another command is told apart over restarts.
// A command that says what its identity is (a punch: what its device said) is judged on that alone. What will be sealed enters as
// "there is something" only: a MAC must not let anybody test a guess at what was erased (docs/adr/0009).
func (l *Ledger) mac(c Command) string {
	return base64.RawURLEncoding.EncodeToString(l.sealer.MAC([]byte(macVersion), []byte(c.Stream()), macContent(c)))
}

func macContent(c Command) []byte {
	if i, ok := c.(interface{ Identity() []byte }); ok {
		return i.Identity()
	}
	return appendValue([]byte(reflect.TypeOf(c).Name()), reflect.ValueOf(c))
}

// circumstance names the fields of commands that say when a command was made, not what it asks for: they differ when it is repeated.
var circumstance = map[string]bool{"Now": true, "Today": true, "AnnouncedAt": true, "DecidedAt": true, "ReceivedAt": true}

// appendValue writes a command's content in a stable form: fields in their order, without those that hold nothing, so that a new
// optional field changes no old command. Fields with the tag mac:"secret" and values of domain.Secret enter as present or not; those
// with mac:"none" stay out, as commands were recorded before they had them.
func appendValue(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Struct:
		if s, ok := reflect.TypeAssert[domain.Secret](v); ok {
			return append(append(b, "secret:"...), s.Class...)
		}
		return appendFields(append(b, '{'), v)
	case reflect.Pointer, reflect.Interface:
		return appendValue(append(b, '*'), v.Elem()) // nil holds nothing and is not written
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return fmt.Appendf(b, "%q", v.Bytes())
		}
		b = fmt.Appendf(b, "[%d ", v.Len())
		for i := range v.Len() {
			b = append(appendValue(b, v.Index(i)), ',')
		}
		return append(b, ']')
	case reflect.String:
		return fmt.Appendf(b, "%q", v.String())
	case reflect.Bool:
		return fmt.Appendf(b, "%t", v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return fmt.Appendf(b, "%d", v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Appendf(b, "%d", v.Uint())
	case reflect.Map: // of strings: fmt prints them in the order of their keys
		return fmt.Appendf(b, "%q", v.Interface())
	}
	panic(fmt.Sprintf("ledger: a command holds a %s", v.Type()))
}

func appendFields(b []byte, v reflect.Value) []byte {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || circumstance[f.Name] || v.Field(i).IsZero() || f.Tag.Get("mac") == "none" {
			continue
		}
		b = append(append(b, f.Name...), ':')
		if f.Tag.Get("mac") == "secret" {
			b = append(b, "secret;"...)
			continue
		}
		b = append(appendValue(b, v.Field(i)), ';')
	}
	return append(b, '}')
}
