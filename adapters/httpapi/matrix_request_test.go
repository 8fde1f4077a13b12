package httpapi_test

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
)

// document is the API as it describes itself. Requests that a route can read are made from it.
type document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	ID         string `yaml:"operationId"`
	Parameters []struct {
		Name, In string
		Required bool
		Schema   schema
	}
	RequestBody struct {
		Required bool
		Content  map[string]struct{ Schema schema }
	} `yaml:"requestBody"`

	path, method string
	doc          document
}

type schema struct {
	Ref        string `yaml:"$ref"`
	Type       any
	Format     string
	Pattern    string
	Enum       []any
	Examples   []any
	Items      *schema
	MinItems   int `yaml:"minItems"`
	Minimum    *float64
	Required   []string
	Properties map[string]schema
}

func documentOf(t *testing.T, api *httpapi.Server) document {
	t.Helper()
	text, err := api.OpenAPI()
	require.NoError(t, err)
	var d document
	require.NoError(t, yaml.Unmarshal(text, &d))
	return d
}

func (d document) operation(id string) operation {
	for path, methods := range d.Paths {
		for method, op := range methods {
			if op.ID == id {
				op.path, op.method, op.doc = path, strings.ToUpper(method), d
				return op
			}
		}
	}
	return operation{}
}

func (o operation) has(query string) bool {
	for _, p := range o.Parameters {
		if p.In == "query" && p.Name == query {
			return true
		}
	}
	return false
}

// request makes what a cell sends: the least that the route can read, or what was made for it.
func (o operation) request(t *testing.T, c cell, by made) (method, path, body, kind string) {
	t.Helper()
	require.NotEmpty(t, o.ID, c.id)
	day := "2026-10-05"
	if c.then {
		day = "2026-09-05"
	}
	var path_, query []string
	for part := range strings.SplitSeq(o.path, "/") {
		name, isParameter := strings.CutPrefix(part, "{")
		if isParameter {
			part = o.fill(strings.TrimSuffix(name, "}"), c, day)
		}
		path_ = append(path_, part)
	}
	if c.then && o.has("from") {
		query = append(query, "from=2026-09-01", "to=2026-09-10")
	}
	if c.then && o.has("on") {
		query = append(query, "on="+day)
	}
	if by.query != "" {
		query = append(query, by.query)
	}
	path = strings.Join(path_, "/")
	if query != nil {
		path += "?" + strings.Join(query, "&")
	}
	if by.body != "" {
		return o.method, path, by.body, cmp.Or(by.kind, "application/json")
	}
	media, ok := o.RequestBody.Content["application/json"]
	if !ok {
		return o.method, path, "", ""
	}
	b, err := json.Marshal(o.doc.least(t, media.Schema))
	require.NoError(t, err)
	return o.method, path, string(b), "application/json"
}

// fill gives a parameter of a path a value.
func (o operation) fill(name string, c cell, day string) string {
	subject, punch := cmp.Or(c.subject, plain), noPunch
	wish := noRequest
	if !c.nowhere {
		punch, wish = punchOf(subject, c.then), requestOf(subject, c.then)
	}
	known := map[string]string{
		"emp": subject, "principal": subject, "punch": punch, "request": wish, "date": day, "month": strings.ReplaceAll(day, "-", "")[:6], "calendar_month": day[:7], "id": "office", "version": "1", "grant": "g1",
	}
	if v, ok := known[name]; ok {
		return v
	}
	for _, p := range o.Parameters {
		if p.In == "path" && p.Name == name && len(p.Schema.Enum) > 0 {
			return p.Schema.Enum[0].(string)
		}
		if p.In == "path" && p.Name == name && p.Schema.Pattern != "" {
			return matching(p.Schema.Pattern)
		}
	}
	return "x1"
}

// texts are tried for a string with a pattern.
var texts = []string{"x", "x1", "1", "2026-10-05", "123456", "2026-10-05T08:00", "2026-10-05T00:00:00Z", "Europe/Berlin"}

func matching(pattern string) string {
	re := regexp.MustCompile(pattern)
	for _, x := range texts {
		if re.MatchString(x) {
			return x
		}
	}
	return "no text for " + pattern
}

// plainTexts are for members that are dates or actions and described as texts.
var plainTexts = map[string]string{
	"hired_on": "2026-10-05", "effective_on": "2026-10-05", "last_day": "2026-10-05", "from": "2026-10-05", "to": "2026-10-06", "role": "hr",
}

// least is the smallest value that a schema takes.
func (d document) least(t *testing.T, s schema) any {
	t.Helper()
	if s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	kind, _ := s.Type.(string)
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.Examples) > 0:
		return s.Examples[0]
	case kind == "object" || s.Properties != nil:
		out := map[string]any{}
		for _, name := range s.Required {
			out[name] = d.least(t, s.Properties[name])
			if v, ok := plainTexts[name]; ok && out[name] == "x1" {
				out[name] = v
			}
			if name == "terms" { // whoever may act about people of the office may put people there
				out[name] = map[string]any{"group": "office"}
			}
		}
		return out
	case kind == "array":
		out := []any{}
		for range s.MinItems {
			out = append(out, d.least(t, *s.Items))
		}
		return out
	case kind == "integer" || kind == "number":
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case kind == "boolean":
		return false
	case s.Format == "date":
		return "2026-10-05"
	case s.Format == "date-time":
		return "2026-10-05T00:00:00Z"
	case kind == "string" && s.Pattern != "":
		return matching(s.Pattern)
	case kind == "string":
		return "x1"
	}
	return map[string]any{}
}
