package main_test

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is where, and what may import what (docs/ARCHITECTURE.md). The rules are data; a rule that makes the code worse is
// changed here, in a commit of its own.

const module = "github.com/punchledger/punchledger/"

// domainOrder lists the packages of domain that may import those before them. Of the other ones, people may import domain and
// zone, and the rest domain alone.
var domainOrder = []string{"pay", "zone", "schedule", "ruleset", "place", "timecard", "request", "attendance", "whatif"}

// impure are packages of the standard library that bring in what a decision must be given as data.
var impure = []string{"os", "os/exec", "os/signal", "net", "context", "math/rand", "crypto/rand", "io/ioutil", "syscall", "log"}

// domainLibraries are the libraries that folders of domain may import: documents, decimals, canonical JSON, texts.
var domainLibraries = map[string][]string{
	"domain/ruleset":    {"github.com/goccy/go-yaml", "github.com/santhosh-tekuri/jsonschema/v6", "github.com/gowebpki/jcs"},
	"domain/schedule":   {"github.com/gowebpki/jcs"},
	"domain/attendance": {"github.com/gowebpki/jcs"},
	"domain/whatif":     {"github.com/gowebpki/jcs", "github.com/go-json-experiment/json/jsontext"},
	"domain/timecard":   {"github.com/go-json-experiment/json"}, // strict decoding of what devices sign
	"domain/text":       {"golang.org/x/text"},
}

// testLibraries are for tests and for the packages that tests share, whose names end in "test".
var testLibraries = []string{
	"testing", "os", "math/rand/v2", "github.com/stretchr/testify", "pgregory.net/rapid", "github.com/rogpeppe/go-internal", "golang.org/x/sync",
	"github.com/goccy/go-yaml", // vectors beside the rules they are about
}

// drivers speak to the world outside the process.
var drivers = []string{
	"net/http", "net/rpc", "database/sql", "modernc.org", "github.com/jackc", "github.com/pressly/goose",
	"github.com/EventStore", "github.com/kurrent-io", "google.golang.org/grpc", "github.com/ThreeDotsLabs",
	"github.com/nats-io", "github.com/IBM/sarama", "github.com/twmb",
}

// nameless are words that say nothing of what a thing is for.
var nameless = []string{
	"util", "utils", "common", "helper", "helpers", "base", "core", "types", "model", "models", "service", "services",
	"manager", "managers", "impl",
}

const maxLines = 450

// source is a Go file of the module.
type source struct {
	path    string // from the root of the module, with slashes
	imports []string
	lines   int
}

func (s source) dir() string { return path.Dir(s.path) }

// test reports whether s is a test, or belongs to a package that only tests import.
func (s source) test() bool {
	return strings.HasSuffix(s.path, "_test.go") || strings.HasSuffix(s.dir(), "test")
}

func TestLayout(t *testing.T) {
	files := readSources(t, os.DirFS("../.."))
	require.Greater(t, len(files), 50, "the module's root was not found")
	var broken []string
	for _, f := range files {
		if f.lines > maxLines {
			broken = append(broken, fmt.Sprintf("%s: has %d lines; a file has at most %d, so that it has one subject", f.path, f.lines, maxLines))
		}
		if rule := badName(f.path); rule != "" {
			broken = append(broken, f.path+": "+rule)
		}
		for _, name := range f.imports {
			if rule := badImport(f, name); rule != "" {
				broken = append(broken, fmt.Sprintf("%s: imports %s: %s", f.path, name, rule))
			}
		}
	}
	require.Empty(t, strings.Join(broken, "\n"))
}

// readSources reads the imports of every Go file below root.
func readSources(t *testing.T, root fs.FS) []source {
	t.Helper()
	var out []source
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "testdata" || e.Name() == "node_modules" || len(name) > 1 && e.Name()[0] == '.'):
			return fs.SkipDir
		case e.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{path: name, lines: bytes.Count(text, []byte("\n"))}
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imported)
		}
		out = append(out, s)
		return nil
	})
	require.NoError(t, err)
	return out
}

// badName returns the rule that a path breaks, or nothing.
func badName(file string) string {
	for part := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSuffix(file, ".go"), "_test"), "/") {
		if slices.Contains(nameless, part) {
			return fmt.Sprintf("no folder or file is called %s: name it for what it is about", part)
		}
	}
	return ""
}

// badImport returns the rule that an import breaks, or nothing.
func badImport(f source, name string) string {
	own, isOwn := strings.CutPrefix(name, module)
	top, _, _ := strings.Cut(f.dir(), "/")
	if isOwn && !f.test() && strings.HasSuffix(own, "test") {
		return "packages whose names end in test are for tests"
	}
	if top != "adapters" && top != "cmd" && under(name, drivers...) {
		return "drivers and net/http are imported in adapters and cmd only"
	}
	switch top {
	case "domain":
		if isOwn {
			return badDomainOrder(f, own)
		}
		return badDomainLibrary(f, name)
	case "eventstore":
		if isOwn && !under(own, "eventstore") && own != "domain" && !(f.dir() == "eventstore/ledger" && under(own, "domain")) {
			return "eventstore knows no word of attendance: it imports domain itself, and only ledger the packages in it"
		}
	case "projections":
		if isOwn && !under(own, "projections", "eventstore", "domain") {
			return "projections import domain and eventstore"
		}
	case "adapters":
		adapter := strings.Join(strings.Split(f.dir(), "/")[:2], "/")
		if under(own, "adapters") && !under(own, adapter) && !f.test() { // a test needs real parts beside it: a server for a client
			return "an adapter never imports another one; cmd wires"
		}
		if under(own, "cmd") {
			return "nothing imports cmd"
		}
	}
	return ""
}

// badDomainOrder judges the import of own by a file of domain.
func badDomainOrder(f source, own string) string {
	here, there := domainPackage(f.dir()), domainPackage(own)
	rank := slices.Index(domainOrder, here)
	switch {
	case !under(own, "domain"):
		return "domain imports domain"
	case there == "" || there == here || f.test(): // a test may compare with what stands above
		return ""
	case here == "people" && there == "zone":
		return ""
	case f.dir() == "domain/attendance/golden" && there == "bank": // a case is put to whatever decides it
		return ""
	case rank >= 0 && slices.Contains(domainOrder[:rank], there):
		return ""
	case rank < 0:
		return fmt.Sprintf("domain/%s stands apart from the other packages of domain", here)
	}
	return "inside domain the order is " + strings.Join(domainOrder, " < ")
}

// domainPackage returns attendance for domain/attendance and nothing for domain itself.
func domainPackage(dir string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(dir, "domain"), "/"), "/")
	return name
}

// badDomainLibrary judges the import of a foreign package by a file of domain.
func badDomainLibrary(f source, name string) string {
	if f.test() && under(name, testLibraries...) {
		return ""
	}
	first, _, _ := strings.Cut(name, "/")
	switch standard := !strings.Contains(first, "."); {
	case standard && name != "net/netip" && (under(name, impure...) || // netip reads addresses and opens nothing
		name == "C" || name == "unsafe"):
		return "domain is pure: no clock, I/O, randomness or context; what a decision needs comes in as data"
	case standard || under(name, domainLibraries[f.dir()]...):
		return ""
	}
	return "domain imports the standard library, and of others only those that layout_test.go lists for its folder"
}

// under reports whether name is one of roots or below one.
func under(name string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return name == root || strings.HasPrefix(name, root+"/") })
}

func TestLayoutRules(t *testing.T) {
	for _, c := range []struct {
		name, file, imports string
		allowed             bool
	}{
		{"domain imports the pure part of the standard library", "domain/date.go", "time", true},
		{"domain reads no files", "domain/people/people.go", "os", false},
		{"domain has no network, whichever part", "domain/people/people.go", "net/url", false},
		{"domain has no randomness", "domain/whatif/report.go", "math/rand/v2", false},
		{"a test of domain reads its fixtures", "domain/people/people_test.go", "os", true},
		{"a test of domain has no network", "domain/people/people_test.go", "net", false},
		{"rules documents are YAML", "domain/ruleset/parse.go", "github.com/goccy/go-yaml/ast", true},
		{"other packages of domain read no YAML", "domain/people/people.go", "github.com/goccy/go-yaml", false},
		{"domain has no test library outside tests", "domain/people/people.go", "github.com/stretchr/testify/require", false},
		{"attendance stands above ruleset", "domain/attendance/rules.go", module + "domain/ruleset", true},
		{"ruleset does not know attendance", "domain/ruleset/rules.go", module + "domain/attendance", false},
		{"cases ask banks", "domain/attendance/golden/judge.go", module + "domain/bank", true},
		{"attendance knows no banks", "domain/attendance/rules.go", module + "domain/bank", false},
		{"people stand apart", "domain/people/people.go", module + "domain/ruleset", false},
		{"people have time zones", "domain/people/people.go", module + "domain/zone", true},
		{"nobody in domain knows people", "domain/attendance/rules.go", module + "domain/people", false},
		{"a test of texts asks for every note that evaluation writes", "domain/text/note_test.go", module + "domain/attendance", true},
		{"not even a test of domain knows the log", "domain/text/note_test.go", module + "eventstore", false},
		{"domain does not know the log", "domain/people/people.go", module + "eventstore", false},
		{"shared cases are for tests", "domain/people/people.go", module + "domain/decidertest", false},
		{"tests share cases", "domain/people/people_test.go", module + "domain/decidertest", true},
		{"the log knows events and actors", "eventstore/codec.go", module + "domain", true},
		{"the log knows no timecard", "eventstore/codec.go", module + "domain/timecard", false},
		{"the ledger knows deciders", "eventstore/ledger/kinds.go", module + "domain/timecard", true},
		{"the ledger does not know views", "eventstore/ledger/kinds.go", module + "projections", false},
		{"the log has no driver", "eventstore/store.go", "database/sql", false},
		{"projections read the log", "projections/runner.go", module + "eventstore", true},
		{"projections do not know where rows lie", "projections/runner.go", module + "adapters/sqlite", false},
		{"projections serve no HTTP", "projections/runner.go", "net/http", false},
		{"an adapter does not know another", "adapters/kurrent/log.go", module + "adapters/esdb", false},
		{"a test of a client has a server", "adapters/kurrent/log_test.go", module + "adapters/esdb", true},
		{"an adapter has its driver", "adapters/sqlite/log.go", "modernc.org/sqlite", true},
		{"an adapter knows the ports", "adapters/sqlite/views.go", module + "projections/daily", true},
		{"an adapter knows no other adapter", "adapters/sqlite/log.go", module + "adapters/terminal", false},
		{"an adapter does not know the command", "adapters/sqlite/log.go", module + "cmd/punchledger", false},
		{"the command wires", "cmd/punchledger/wire.go", module + "adapters/sqlite", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			rule := badImport(source{path: c.file}, c.imports)
			require.Equal(t, c.allowed, rule == "", "%s imports %s: %s", c.file, c.imports, rule)
		})
	}
	require.NotEmpty(t, badName("domain/common/date.go"))
	require.NotEmpty(t, badName("domain/people/helpers_test.go"))
	require.Empty(t, badName("domain/people/people.go"))
}
