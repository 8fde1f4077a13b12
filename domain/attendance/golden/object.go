package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// reading notes what of a case was understood and which concepts are missing.
type reading struct {
	roots   []*object
	missing []string
}

// lacks names a concept that the case needs and the translation does not have.
func (r *reading) lacks(format string, args ...any) {
	if name := fmt.Sprintf(format, args...); !slices.Contains(r.missing, name) {
		r.missing = append(r.missing, name)
	}
}

// concepts returns what is missing: what was named, and the concepts behind the keys that nobody has read. Keys without a name of
// their concept go by their path, and only where nothing else says what is missing.
func (r *reading) concepts() []string {
	named, plain := slices.Clone(r.missing), []string{}
	for _, o := range r.roots {
		for _, path := range o.unread() {
			if name, ok := conceptOf(path); ok {
				named = append(named, name)
			} else {
				plain = append(plain, path)
			}
		}
	}
	if len(named) == 0 {
		named = plain
	}
	slices.Sort(named)
	return slices.Compact(named)
}

// object is a JSON object that knows which of its keys were read. Its methods return the zero value for a key that is not there or
// null, and note one of another type as not understood.
type object struct {
	r      *reading
	path   string
	values map[string]any
	read   map[string]bool
	parts  map[string][]*object
}

func (r *reading) root(path string, data json.RawMessage) *object {
	var v map[string]any
	if len(data) > 0 {
		dec := json.NewDecoder(bytes.NewReader(data))
		if err := dec.Decode(&v); err != nil {
			r.lacks("%s is no object", path)
		}
	}
	o := r.object(path, v)
	r.roots = append(r.roots, o)
	return o
}

func (r *reading) object(path string, v map[string]any) *object {
	return &object{r: r, path: path, values: v, read: map[string]bool{}, parts: map[string][]*object{}}
}

// has reports whether the key is there and not null. It does not count as reading.
func (o *object) has(key string) bool { return o != nil && o.values[key] != nil }

// null reports whether the key is there and explicitly null, which counts as reading.
func (o *object) null(key string) bool {
	v, ok := o.values[key]
	if ok && v == nil {
		o.read[key] = true
	}
	return ok && v == nil
}

// keys returns the keys in order.
func (o *object) keys() []string {
	if o == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.values))
}

// skip counts keys as read that have no bearing on the result.
func (o *object) skip(keys ...string) {
	for _, k := range keys {
		o.read[k] = true
		delete(o.parts, k)
	}
}

func (o *object) value(key string) any {
	if o == nil {
		return nil
	}
	o.read[key] = true
	return o.values[key]
}

func (o *object) odd(key string) { o.r.lacks("%s has another type", o.path+"."+key) }

func (o *object) text(key string) string {
	switch v := o.value(key).(type) {
	case nil:
	case string:
		return v
	default:
		o.odd(key)
	}
	return ""
}

func (o *object) number(key string) float64 {
	switch v := o.value(key).(type) {
	case nil:
	case float64:
		return v
	default:
		o.odd(key)
	}
	return 0
}

// minutes reads a length in minutes.
func (o *object) minutes(key string) domain.Seconds {
	return domain.Seconds(o.number(key) * float64(domain.Minute))
}

func (o *object) yes(key string) bool {
	switch v := o.value(key).(type) {
	case nil:
	case bool:
		return v
	default:
		o.odd(key)
	}
	return false
}

// object reads an object; nil where there is none.
func (o *object) object(key string) *object {
	switch v := o.value(key).(type) {
	case nil:
	case map[string]any:
		return o.part(key, v)
	default:
		o.odd(key)
	}
	return nil
}

// part is an object under a key; read twice, it is the same.
func (o *object) part(key string, v map[string]any) *object {
	for _, p := range o.parts[key] {
		if len(p.values) > 0 && len(v) > 0 && fmt.Sprintf("%p", p.values) == fmt.Sprintf("%p", v) {
			return p
		}
	}
	p := o.r.object(o.path+"."+key, v)
	o.parts[key] = append(o.parts[key], p)
	return p
}

// objects reads a list of objects.
func (o *object) objects(key string) []*object {
	var out []*object
	for _, v := range o.list(key) {
		m, ok := v.(map[string]any)
		if !ok {
			o.odd(key)
			return nil
		}
		out = append(out, o.part(key, m))
	}
	return out
}

func (o *object) list(key string) []any {
	switch v := o.value(key).(type) {
	case nil:
	case []any:
		return v
	default:
		o.odd(key)
	}
	return nil
}

func (o *object) texts(key string) []string {
	var out []string
	for _, v := range o.list(key) {
		s, ok := v.(string)
		if !ok {
			o.odd(key)
			return nil
		}
		out = append(out, s)
	}
	return out
}

func (o *object) numbers(key string) []float64 {
	var out []float64
	for _, v := range o.list(key) {
		n, ok := v.(float64)
		if !ok {
			o.odd(key)
			return nil
		}
		out = append(out, n)
	}
	return out
}

// oneOf reads a text that must be one of the values; any other is a concept that is missing.
func (o *object) oneOf(key string, values ...string) string {
	if !o.has(key) {
		return ""
	}
	v := o.value(key)
	s, ok := v.(string)
	if !ok || !slices.Contains(values, s) {
		name, _ := conceptOf(o.path + "." + key)
		o.r.lacks("%s %v", name, v)
		return ""
	}
	return s
}

// unread returns the paths of the keys that nobody has read.
func (o *object) unread() []string {
	var out []string
	for _, k := range o.keys() {
		if !o.read[k] {
			out = append(out, o.path+"."+k)
		}
		for _, p := range o.parts[k] {
			out = append(out, p.unread()...)
		}
	}
	return out
}

var dates = regexp.MustCompile(`\.\d{4}-\d{2}(-\d{2})?\b`)

// conceptOf names the concept behind a key; one without a name goes by its path.
func conceptOf(path string) (name string, ok bool) {
	path = dates.ReplaceAllString(path, ".date")
	for p := path; p != ""; {
		if name, ok := concepts[p]; ok {
			return name, true
		}
		i := strings.LastIndexByte(p, '.')
		if i < 0 {
			break
		}
		p = p[:i]
	}
	return path, false
}
