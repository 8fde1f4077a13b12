package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestREADME types the commands of the tour and of the part about one's own export, as README.md and README.zh-CN.md have them, and
// looks for what stands below each. "…" stands for anything; alone on a line, for any number of lines.
func TestREADME(t *testing.T) {
	for file, parts := range map[string]map[string]string{
		"README.md":       {"the tour": "## A tour in five minutes", "one's own export": "## Your own clock export in three minutes"},
		"README.zh-CN.md": {"the tour": "## 五分钟导览", "one's own export": "## 三分钟导入自己的考勤数据"},
	} {
		for name, heading := range parts {
			t.Run(file+" says what "+name+" prints", func(t *testing.T) {
				t.Parallel()
				dir := readerFolder(t)
				env := append(os.Environ(), "PUNCHLEDGER_LANG=en")
				if strings.Contains(file, "zh-CN") {
					env = append(env, "PUNCHLEDGER_LANG=zh-CN")
				}
				if name == "the tour" {
					typed(t, dir, env, "bin/punchledger demo > /dev/null")
				}
				ran := 0
				for _, x := range readmeExamples(t, file, heading) {
					if setting, ok := strings.CutPrefix(x.command, "export "); ok {
						env = append(env, setting)
						continue
					}
					said := typed(t, dir, env, x.command)
					if x.wanted != "" {
						require.Regexp(t, x.pattern(), said, "%s", x.command)
					}
					ran++
				}
				require.Greater(t, ran, 10)
			})
		}
	}
}

// readmeExample is a command, perhaps with the lines that it reads, and what it should print.
type readmeExample struct{ command, wanted string }

// pattern is what the output has to look like.
func (x readmeExample) pattern() string {
	lines := regexp.QuoteMeta(x.wanted)
	lines = regexp.MustCompile(`(?m)^…\n`).ReplaceAllString(lines, "(?:.*\n)*")
	return "^" + strings.ReplaceAll(lines, "…", ".*") + "$"
}

// readmeExamples reads the commands below a heading.
func readmeExamples(t *testing.T, file, heading string) []readmeExample {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", file))
	require.NoError(t, err)
	_, part, found := strings.Cut(string(page), heading+"\n")
	require.True(t, found, "%s has no part %q", file, heading)
	part, _, _ = strings.Cut(part, "\n## ")
	var out []readmeExample
	for i, block := range strings.Split(part, "```") {
		if i%2 == 0 {
			continue
		}
		for _, example := range strings.Split(block, "\n$ ")[1:] {
			command, wanted, _ := strings.Cut(strings.TrimSuffix(example, "\n")+"\n", "\n")
			if strings.HasSuffix(command, "<<'END'") {
				command, wanted = command+"\n"+wanted, ""
			}
			out = append(out, readmeExample{command, wanted})
		}
	}
	return out
}

// readerFolder is where a reader of README stands: bin/punchledger is the program.
func readerFolder(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("punchledger")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o700))
	require.NoError(t, os.Symlink(program, filepath.Join(dir, "bin", "punchledger")))
	return dir
}

// typed runs a command and returns what the reader sees, without spaces at the ends of lines.
func typed(t *testing.T, dir string, env []string, command string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sh", "-c", command)
	c.Dir, c.Env = dir, env
	said, err := c.CombinedOutput()
	require.NoError(t, err, "%s\n%s", command, said)
	return regexp.MustCompile(`(?m) +$`).ReplaceAllString(string(said), "")
}
