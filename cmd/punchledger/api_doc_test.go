package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
)

// exampleOffice is what the examples of docs/api.md are asked of: Wang (e1) is led by Li (e2). It returns the tokens by the names that
// the examples give them.
func exampleOffice(t *testing.T) (s *served, tokens map[string]string) {
	t.Helper()
	tokens = map[string]string{}
	s = newServed(t, func(s *served) {
		s.must("people", "add", "--id", "e2", "--name", "Li", "--group", "office", "--hired", "2026-10-01")
		s.must("people", "assign", "e1", "--from", "2026-10-12", "--manager", "e2")
		s.must("punch", "add", "e1", "2026-10-12T08:55", "in")
		s.must("punch", "add", "e1", "2026-10-12T18:02", "out")
		s.must("punch", "add", "e1", "2026-10-13T08:58", "in")
		s.must("units", "define", "sales", "--title", "Sales")
		for who, role := range map[string]access.Role{"rita": access.RulesAdmin, "petra": access.Payroll, "aud": access.Auditor} {
			s.atMachine(who, role, func(*identity.Service) {})
		}
		own := []access.Action{access.IdentityUse, access.IdentityEdit, access.HolderEdit, access.GrantEdit, access.PolicyEdit}
		actions := slices.DeleteFunc(access.Actions(), func(a access.Action) bool { return slices.Contains(own, a) })
		for name, who := range map[string]string{"HR": "personnel", "RULES": "rita", "PAYROLL": "petra", "AUDITOR": "aud", "WANG": "e1", "LI": "e2"} {
			tokens[name] = s.tokenFor(who, actions...)
		}
	})
	return s, tokens
}

// TestTheExamplesOfTheAPI runs the commands of docs/api.md in the blocks that say "console served", with sh and curl, against a server,
// and looks for what stands below them in the answers. "…" stands for anything.
func TestTheExamplesOfTheAPI(t *testing.T) {
	s, tokens := exampleOffice(t)
	page, err := os.ReadFile("../../docs/api.md")
	require.NoError(t, err)
	heads := filepath.Join(s.dir, "heads")
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, ".curlrc"), []byte("dump-header = \""+heads+"\"\n"), 0o600))
	position := regexp.MustCompile(`(?i)\nLedger-Position: (\d+)`)
	ran := 0
	for _, block := range strings.Split(string(page), "```console served\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, example := range strings.Split("\n"+block, "\n$ ")[1:] {
			command, wanted := example, ""
			if at := strings.Index(example, "\n{"); at >= 0 {
				command, wanted = example[:at], example[at:]
			}
			said, missing := s.example(command, wanted, tokens)
			// What follows from a decision is written after it is answered: a read is repeated until it is there.
			if missing != "" && !strings.Contains(command, "--json") && !strings.Contains(command, "--data") {
				require.Eventually(t, func() bool {
					said, missing = s.example(command, wanted, tokens)
					return missing == ""
				}, time.Minute, 50*time.Millisecond, "%s", command)
			}
			require.Empty(t, missing, "%s\n%s", command, said)
			head, err := os.ReadFile(heads)
			require.NoError(t, err)
			if at := position.FindSubmatch(head); at != nil { // the next command may look at what this one did
				s.shown(string(at[1]))
			}
			ran++
		}
	}
	require.Greater(t, ran, 20)
}

// example runs a command against the server and says what its answer lacks of what is wanted.
func (s *served) example(command, wanted string, tokens map[string]string) (said []byte, missing string) {
	s.t.Helper()
	c := exec.CommandContext(s.t.Context(), "sh", "-c", strings.ReplaceAll(command, "http://127.0.0.1:8088", s.url))
	c.Dir = s.dir
	c.Env = append(os.Environ(), "CURL_HOME="+s.dir)
	for name, token := range tokens {
		c.Env = append(c.Env, name+"="+token)
	}
	said, err := c.Output()
	require.NoError(s.t, err, "%s", command)
	var want, got any
	require.NoError(s.t, json.Unmarshal([]byte(wanted), &want), "%s\nsaid %s", command, said)
	require.NoError(s.t, json.Unmarshal(said, &got), "%s\nsaid %s", command, said)
	return said, lacks("", want, got)
}

// lacks says where got lacks something of want.
func lacks(at string, want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if _, there := object[name]; !there {
				return at + "/" + name + " is not there"
			}
			if d := lacks(at+"/"+name, want[name], object[name]); d != "" {
				return d
			}
		}
		return ""
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) < len(want) || len(want) == 0 && len(list) > 0 {
			return fmt.Sprintf("%s is %v", at, got)
		}
		for i := range want {
			if d := lacks(fmt.Sprintf("%s/%d", at, i), want[i], list[i]); d != "" {
				return d
			}
		}
		return ""
	}
	if want != "…" && !reflect.DeepEqual(want, got) {
		return fmt.Sprintf("%s is %v, want %v", at, got, want)
	}
	return ""
}
