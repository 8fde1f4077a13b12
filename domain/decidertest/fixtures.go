package decidertest

import (
	"encoding/json"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
)

// Fixtures proves that released events stay readable. files holds one file <Type>.<schema>.json for every event type
// ever released, with every field filled: the stored data bytes. Each file of schema 1 must decode into the type of
// today's event of that name and encode to the same JSON value again; a type without a file and a file without a type
// fail. Files are added, never edited.
func Fixtures(t *testing.T, files fs.FS, events []domain.Event) {
	t.Helper()
	names, err := fs.Glob(files, "*.json")
	require.NoError(t, err)
	unclaimed := map[string]bool{}
	for _, name := range names {
		unclaimed[name] = true
	}
	for _, e := range events {
		name := e.EventType() + ".1.json"
		delete(unclaimed, name)
		t.Run(e.EventType(), func(t *testing.T) { fixture(t, files, name, e) })
	}
	require.Empty(t, unclaimed, "fixtures of unknown types")
}

func fixture(t *testing.T, files fs.FS, name string, e domain.Event) {
	t.Helper()
	data, err := fs.ReadFile(files, name)
	require.NoError(t, err, "every event type has a released fixture")
	v := reflect.New(reflect.TypeOf(e))
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(v.Interface()), "every field of %s has a place in today's type", name)
	encoded, err := json.Marshal(v.Elem().Interface())
	require.NoError(t, err)
	require.JSONEq(t, string(data), string(encoded))
	require.Empty(t, empty(v.Elem(), path.Base(name)), "fields that the fixture leaves empty")
}

// empty lists the paths of exported fields that hold their zero value.
func empty(v reflect.Value, at string) []string {
	if v.Type() == reflect.TypeFor[domain.Secret]() {
		s := v.Interface().(domain.Secret)
		if s.IsZero() || s.Key == "" || len(s.Commitment) == 0 || len(s.Box) == 0 {
			return []string{at}
		}
		return nil
	}
	var out []string
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				out = append(out, empty(v.Field(i), at+"."+f.Name)...)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return []string{at}
		}
		if v.Type().Elem().Kind() == reflect.Struct {
			return empty(v.Index(0), at+"[0]")
		}
	case reflect.Pointer:
		if v.IsNil() {
			return []string{at}
		}
		if v.Elem().Kind() == reflect.Struct {
			return empty(v.Elem(), at)
		}
	default:
		if v.IsZero() {
			return []string{at}
		}
	}
	return out
}
