package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/goccy/go-yaml"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/metrics"
)

// What is in deploy/ is looked at here as far as that goes without the programs that it is for: that it is well formed, and that it names
// what there is.

const deployDir = "../../deploy"

// parses fails where the binary would refuse a command line: an unknown command, flag or value.
func parses(t *testing.T, args []string) {
	t.Helper()
	parser, err := kong.New(&Config{}, kong.Name("punchledger"), kong.Exit(func(int) {}), kong.Writers(&bytes.Buffer{}, &bytes.Buffer{}))
	require.NoError(t, err)
	_, err = parser.Parse(args)
	require.NoError(t, err, "punchledger %s", strings.Join(args, " "))
}

// isSetting fails where a variable of the environment is none that a flag reads.
func isSetting(t *testing.T, name string) {
	t.Helper()
	parser, err := kong.New(&Config{}, kong.Name("punchledger"))
	require.NoError(t, err)
	var known []string
	flags := parser.Model.Flags
	for _, command := range parser.Model.Leaves(false) {
		flags = append(flags, command.Flags...)
	}
	for _, f := range flags {
		known = append(known, "PUNCHLEDGER_"+strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")))
	}
	require.Contains(t, known, name, "no flag reads it")
}

func readDeploy(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployDir, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(text)
}

// loadCompose loads the compose file with the official loader, with empty files in the place of the secrets.
func loadCompose(t *testing.T) *types.Project {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(deployDir, "compose"))))
	o, err := cli.NewProjectOptions([]string{filepath.Join(dir, "compose.yaml")}, cli.WithProfiles([]string{"setup"}), cli.WithWorkingDirectory(dir))
	require.NoError(t, err)
	p, err := o.LoadProject(t.Context())
	require.NoError(t, err)
	return p
}

func TestTheComposeFileIsOneThatRuns(t *testing.T) {
	p := loadCompose(t)
	require.ElementsMatch(t, []string{"kurrentdb", "postgres", "nats", "server", "worker", "setup"}, p.ServiceNames())
	pinned := regexp.MustCompile(`^[a-z0-9/.-]+:[0-9]+\.[0-9]+(\.[0-9]+)?[a-z0-9.-]*$`)
	for name, s := range p.Services {
		if s.Image == "punchledger:local" {
			parses(t, s.Command)
			require.True(t, s.ReadOnly, name)
			require.Equal(t, []string{"ALL"}, s.CapDrop, name)
			require.Contains(t, s.SecurityOpt, "no-new-privileges:true", name)
		} else {
			require.Regexp(t, pinned, s.Image, "%s: a tag that always means the same", name)
		}
		if name != "setup" {
			require.NotNil(t, s.HealthCheck, name)
		}
		for _, port := range s.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, "%s publishes %s to others", name, port.Published)
		}
		for key, value := range s.Environment {
			require.NotNil(t, value, "%s takes %s from whoever starts it", name, key)
			require.NotContains(t, *value, ":secret@", name)
			if strings.HasPrefix(key, "PUNCHLEDGER_") {
				isSetting(t, key)
			}
		}
		for _, secret := range s.Secrets {
			require.Contains(t, p.Secrets, secret.Source, name)
		}
	}
	require.Equal(t, 2, *p.Services["worker"].Deploy.Replicas)
	require.True(t, p.Networks["inside"].Internal, "nothing but these services reaches a database in clear")
	require.Equal(t, []string{"server"}, publishing(p))
	for _, probed := range []string{"server", "worker"} {
		check := p.Services[probed].HealthCheck.Test
		require.Equal(t, []string{"CMD", "/punchledger"}, []string(check[:2]), probed)
		parses(t, check[2:])
	}
}

func publishing(p *types.Project) (out []string) {
	for name, s := range p.Services {
		if len(s.Ports) > 0 {
			out = append(out, name)
		}
	}
	return out
}

func TestTheSettingsOfNATSAreThoseThatTheRelayAsksFor(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "run", "secrets"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "run", "secrets", "nats_auth"), []byte("authorization {user: punchledger, password: \"a\"}\n"), 0o600))
	conf := filepath.Join(dir, "nats.conf")
	require.NoError(t, os.WriteFile(conf, []byte(readDeploy(t, "compose/nats.conf")), 0o600))
	o, err := natsserver.ProcessConfigFile(conf)
	require.NoError(t, err)
	require.True(t, o.SyncAlways, "what is acknowledged is on the disk")
	require.True(t, o.JetStream)
	require.Equal(t, "punchledger", o.Username)
}

// unit is a systemd unit: what stands under each key, in order.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for line := range strings.Lines(readDeploy(t, "systemd/"+name)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(line, "#") {
			out[key] = append(out[key], value)
		}
	}
	return out
}

var inShell = regexp.MustCompile(`^/bin/sh -c '(?:exec )?(.*)'$`)

func TestTheUnitsStartWhatThereIs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(deployDir, "systemd", "*.service"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		name := filepath.Base(file)
		u := unit(t, name)
		require.Len(t, u["ExecStart"], 1, name)
		line := u["ExecStart"][0]
		if m := inShell.FindStringSubmatch(line); m != nil {
			line = m[1]
		}
		line = strings.NewReplacer("%i", "1", `"`, "", "$$(date +%%F-%%H%%M)", "2026-10-31-0230", "${CREDENTIALS_DIRECTORY}", "/run/credentials/x").Replace(line)
		args := strings.Fields(line)
		require.Equal(t, "/usr/local/bin/punchledger", args[0], name)
		parses(t, args[1:])
		require.Equal(t, []string{"punchledger"}, u["User"], name)
		require.Equal(t, []string{"strict"}, u["ProtectSystem"], name)
		for _, credential := range u["LoadCredential"] {
			id, _, _ := strings.Cut(credential, ":")
			require.Contains(t, u["ExecStart"][0], "${CREDENTIALS_DIRECTORY}/"+id, "%s loads a key that it does not use", name)
		}
		if name != "punchledger.service" && name != "punchledger-drill.service" {
			require.Empty(t, u["LoadCredential"], "%s needs no key", name)
		}
	}
	for _, timer := range []string{"punchledger-backup.timer", "punchledger-drill.timer"} {
		require.NotEmpty(t, unit(t, timer)["OnCalendar"], timer)
		require.FileExists(t, filepath.Join(deployDir, "systemd", strings.TrimSuffix(timer, "timer")+"service"))
	}
	for line := range strings.Lines(readDeploy(t, "systemd/environment.example")) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "#"), "="); ok && strings.HasPrefix(name, "PUNCHLEDGER_") {
			isSetting(t, name)
		}
	}
}

// exposureLimit is how much of a system a unit may be exposed to, in the points of systemd-analyze: 10 is everything.
const exposureLimit = 2.0

func TestTheUnitsAreShutIn(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not installed (Debian's package systemd): exposure was not measured")
		return
	}
	for _, name := range []string{"punchledger.service", "punchledger-worker@1.service", "punchledger-backup.service", "punchledger-drill.service"} {
		source := strings.Replace(name, "@1", "@", 1)
		file := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(file, []byte(readDeploy(t, "systemd/"+source)), 0o600))
		out, err := exec.CommandContext(t.Context(), tool, "security", "--offline=true", "--no-pager",
			fmt.Sprintf("--threshold=%.0f", exposureLimit*10), file).CombinedOutput()
		require.NoError(t, err, "%s is exposed to more than %.1f:\n%s", name, exposureLimit, out)
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		t.Logf("%s: %s", name, lines[len(lines)-1])
	}
}

func TestTheImageIsBuiltByALineThatBuilds(t *testing.T) {
	file := readDeploy(t, "Dockerfile")
	require.Contains(t, file, "\nFROM scratch\n", "nothing but the program is in it")
	require.Contains(t, file, "\nUSER 65532:65532\n")
	require.Contains(t, file, "FROM golang:"+strings.TrimPrefix(runtime.Version(), "go")+"-", "with the Go that tests ran with")
	for key := range strings.FieldsSeq(regexp.MustCompile(`(?m)^ENV (.*)$`).FindStringSubmatch(file)[1]) {
		name, _, _ := strings.Cut(key, "=")
		isSetting(t, name)
	}
	for _, m := range regexp.MustCompile(`(?m)^(?:CMD|HEALTHCHECK .* CMD|ENTRYPOINT) \[(.*)\]$`).FindAllStringSubmatch(file, -1) {
		args := strings.Split(strings.ReplaceAll(m[1], `"`, ""), ", ")
		if args = slices.DeleteFunc(args, func(a string) bool { return a == "/punchledger" }); len(args) > 0 {
			parses(t, args)
		}
	}
	m := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build) (.*)$`).FindStringSubmatch(file)
	require.NotNil(t, m, "the line that builds was not found")
	plan := exec.CommandContext(t.Context(), "/bin/sh", "-c", m[1]+" -n "+m[2]) // all that would be done: doing it takes minutes
	plan.Dir = "../.."
	out, err := plan.CombinedOutput()
	require.NoError(t, err, "%.500s", out)
	require.Regexp(t, `mv \S+ /out/punchledger`, string(out), "what the image takes is what was built")
}

func TestEveryMetricOfAnAlertIsCounted(t *testing.T) {
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(readDeploy(t, "prometheus/alerts.yaml")), &file))
	require.NotEmpty(t, file.Groups)
	names := metrics.New("test").Names()
	used := regexp.MustCompile(`\b(?:punchledger|go|process)_[a-z_]+`)
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			require.NotEmpty(t, r.Alert)
			require.Contains(t, []string{"page", "look"}, r.Labels["severity"], r.Alert)
			require.NotEmpty(t, r.Annotations["summary"], r.Alert)
			require.NotEmpty(t, r.Annotations["mend"], r.Alert)
			for _, name := range used.FindAllString(r.Expr, -1) {
				for _, part := range []string{"_bucket", "_count", "_sum"} {
					if base := strings.TrimSuffix(name, part); slices.Contains(names, base) {
						name = base
					}
				}
				require.Contains(t, names, name, "%s asks for it", r.Alert)
			}
		}
	}
}
