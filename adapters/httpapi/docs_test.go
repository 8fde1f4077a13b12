package httpapi_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated docs anew")

func TestOpenAPIDocIsCurrent(t *testing.T) {
	const file = "../../docs/openapi.yaml"
	doc, err := makeOffice(t).api.OpenAPI()
	require.NoError(t, err)
	doc = append([]byte("# Written by make docs from adapters/httpapi.\n"), doc...)
	if *update {
		require.NoError(t, os.WriteFile(file, doc, 0o644))
	}
	stored, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, string(stored) == string(doc), "docs/openapi.yaml is not what the code says: run make docs")
}

// TestTheExamplesOfTheDocs sends every curl command of docs/api.md, in their order, and looks for what stands below it in the answer.
// "…" stands for anything.
func TestTheExamplesOfTheDocs(t *testing.T) {
	o := newOffice(t)
	page, err := os.ReadFile("../../docs/api.md")
	require.NoError(t, err)
	ran := 0
	for _, block := range strings.Split(string(page), "```console\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, example := range strings.Split(strings.ReplaceAll(block, "\\\n", " "), "$ curl ")[1:] {
			command, wanted, _ := strings.Cut(example, "\n")
			r := o.curl(command)
			var want, got any
			require.NoError(t, json.Unmarshal([]byte(wanted), &want), "%s", wanted)
			require.NoError(t, json.Unmarshal(r.body, &got), "%s", r.body)
			require.Empty(t, differs("", want, got), "%s\n%s", command, r.body)
			ran++
		}
	}
	require.Greater(t, ran, 6)
}

// curl sends what a curl command would.
func (o *office) curl(command string) reply {
	o.t.Helper()
	method, path, body := http.MethodGet, "", ""
	var header []string
	args := words(os.Expand(command, func(name string) string { return strings.ToLower(name) }))
	principal := ""
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-X":
			i++
			method = args[i]
		case "-d":
			i++
			body = args[i]
		case "-H":
			i++
			name, value, _ := strings.Cut(args[i], ": ")
			if name == "Authorization" {
				principal = strings.TrimPrefix(value, "Bearer ")
				continue
			}
			header = append(header, name, value)
		default:
			path = strings.TrimPrefix(args[i], "http://127.0.0.1:8088")
		}
	}
	return o.as(principal, method, path, body, header...)
}

// words splits a command line as a shell does, with both kinds of quotes.
func words(line string) []string {
	var out []string
	var word strings.Builder
	var quote rune
	open := false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == ' ':
			if open || word.Len() > 0 {
				out = append(out, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
		}
	}
	return out
}

// differs says where got lacks something of want.
func differs(at string, want, got any) string {
	switch want := want.(type) {
	case string:
		if want == "…" {
			return ""
		}
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return at + " is no object"
		}
		for name, v := range want {
			if d := differs(at+"/"+name, v, object[name]); d != "" {
				return d
			}
		}
		return ""
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) < len(want) || len(want) == 0 && len(list) > 0 {
			return fmt.Sprintf("%s is %v", at, got)
		}
		for i, v := range want {
			if d := differs(fmt.Sprintf("%s/%d", at, i), v, list[i]); d != "" {
				return d
			}
		}
		return ""
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Sprintf("%s is %v, want %v", at, got, want)
	}
	return ""
}
